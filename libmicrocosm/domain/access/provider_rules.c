/* See provider_rules.h. */
#include "provider_rules.h"

#include "core/core.h"
#include "remote/fetch.h"

bool mc__provider_name_is_sound(const char *name)
{
    size_t length = name ? strlen(name) : 0;

    return length >= 1 && length <= MC__PROVIDER_NAME_MOST &&
           strspn(name, "abcdefghijklmnopqrstuvwxyz0123456789") == length;
}

static bool begins_with_host(const char *text, const char *host)
{
    size_t length = strlen(host);

    return strncmp(text, host, length) == 0 && strchr(":/?", text[length]);
}

static bool is_https(const char *url)
{
    return strncmp(url, "https://", 8) == 0;
}

bool mc__provider_url_is_sound(const char *url)
{
    static const char *const own[] = {"127.0.0.1", "localhost", "[::1]"};

    if (!mc__remote_is_address(url) || strpbrk(url, "#@\\") || !mc__utf8_valid(url, strlen(url)))
        return false;
    if (is_https(url))
        return true;
    for (size_t i = 0; i < MC_COUNT(own); i++)
        if (strncmp(url, "http://", 7) == 0 && begins_with_host(url + 7, own[i]))
            return true;
    return false;
}

bool mc__provider_url_is_as_sound(const char *url, const char *issuer)
{
    return mc__provider_url_is_sound(url) && (is_https(url) || !is_https(issuer));
}
