/* Passwords that many people have, which guessing begins with. */
#include "core.h"

#include "common_passwords.h"

#define LONGEST 64

static int compare(const void *key, const void *entry)
{
    return strcmp(key, *(const char *const *)entry);
}

bool mc__password_is_common(const char *password)
{
    char lower[LONGEST];
    size_t length = strlen(password);

    if (length >= sizeof(lower))
        return false;
    for (size_t i = 0; i <= length; i++)
        lower[i] = (char)(password[i] >= 'A' && password[i] <= 'Z' ? password[i] + 'a' - 'A'
                                                                   : password[i]);
    return bsearch(lower, common_passwords, MC_COUNT(common_passwords), sizeof(*common_passwords),
                   compare);
}
