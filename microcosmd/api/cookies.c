/* See cookies.h. */
#include "cookies.h"

#include <stdio.h>
#include <string.h>

#define NAME_SIZE 100

/* By the prefix browsers take it from this host alone. Where there is HTTPS, one without the prefix
 * counts for nothing. */
static void full_name(char out[NAME_SIZE], const exchange *x, const char *name)
{
    snprintf(out, NAME_SIZE, "%smicrocosm_%s", mc_session_is_secure(x->session) ? "__Host-" : "",
             name);
}

void cookie_put(char *out, size_t size, const exchange *x, const char *name, const char *value,
                int seconds)
{
    size_t used = strlen(out);
    char full[NAME_SIZE];

    full_name(full, x, name);
    snprintf(out + used, size - used,
             "Set-Cookie: %s=%s; Path=/; Max-Age=%d; HttpOnly; SameSite=Lax%s\r\n", full, value,
             *value ? seconds : 0, mc_session_is_secure(x->session) ? "; Secure" : "");
}

void cookie_get(char out[COOKIE_SIZE], const exchange *x, const char *name)
{
    const char *cookies = x->request->cookies;
    char full[NAME_SIZE];
    size_t prefix;

    full_name(full, x, name);
    prefix = strlen(full);
    *out = '\0';
    while (cookies && *cookies) {
        size_t length = strcspn(cookies, ";");

        if (length > prefix && strncmp(cookies, full, prefix) == 0 && cookies[prefix] == '=')
            snprintf(out, COOKIE_SIZE, "%.*s", (int)(length - prefix - 1), cookies + prefix + 1);
        cookies += length;
        cookies += strspn(cookies, "; ");
    }
}
