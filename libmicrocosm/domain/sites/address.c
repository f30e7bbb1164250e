/* See address.h. */
#include "address.h"

#include <string.h>
#include <strings.h>

static bool is_hex(char c)
{
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
}

static bool is_alphanumeric(char c)
{
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

static size_t host_length(const char *text)
{
    size_t n = 0;

    if (*text == '[') { /* IPv6 */
        for (n = 1; is_hex(text[n]) || text[n] == ':' || text[n] == '.'; n++)
            ;
        return n > 1 && text[n] == ']' ? n + 1 : 0;
    }
    while (is_alphanumeric(text[n]) || (unsigned char)text[n] >= 0x80 ||
           (text[n] && strchr("-._", text[n])))
        n++;
    return n;
}

/* Length of "https://host:port" at the start of url, or 0. User names and passwords are refused,
 * since the address is shown to everybody. */
static size_t origin_length(const char *url)
{
    size_t n = strncasecmp(url, "https://", 8) == 0  ? 8
               : strncasecmp(url, "http://", 7) == 0 ? 7
                                                     : 0;
    size_t host = n ? host_length(url + n) : 0;

    if (!host)
        return 0;
    n += host;
    if (url[n] == ':')
        n += 1 + strspn(url + n + 1, "0123456789");
    return url[n] == '\0' || strchr("/?#", url[n]) ? n : 0;
}

/* Escapes characters that an address may not contain or that could end an HTML attribute; false if
 * escaping isn't possible. So is "&" in the path: as HTML, "&colon;" and "&#58;" would be a colon,
 * and what stands before it a scheme. */
static bool put_path(mc__text *out, const char *path)
{
    const char *path_end = path + strcspn(path, "?#");

    for (const char *c = path; *c; c++) {
        if ((unsigned char)*c < ' ' || *c == 0x7f)
            return false;
        if (*c == '%' && !(is_hex(c[1]) && is_hex(c[2])))
            return false;
        if ((unsigned char)*c >= 0x80 || strchr(" \"'<>[]\\^`{|}", *c) ||
            (*c == '&' && c < path_end))
            mc__text_format(out, "%%%02X", (unsigned)(unsigned char)*c);
        else
            mc__text_putc(out, *c);
    }
    return true;
}

static const char *escaped(mc__arena *arena, const char *url, size_t as_it_is)
{
    mc_scratch_text(out);

    mc__text_append(&out, url, as_it_is);
    if (!put_path(&out, url + as_it_is))
        return NULL;
    arena->failed |= out.error != 0;
    return mc__arena_strdup(arena, mc__text_string(&out));
}

const char *mc__picture_address(mc__arena *arena, const char *url)
{
    size_t origin = origin_length(url);
    bool is_path = url[0] == '/' && url[1] != '/';

    return *url && !origin && !is_path ? NULL : escaped(arena, url, origin);
}

static bool begins(const char *text, const char *start)
{
    return strncmp(text, start, strlen(start)) == 0;
}

const char *mc__logo_address(mc__arena *arena, const char *url)
{
    bool is_ours = begins(url, "/api/v1/files/microcosms/") || begins(url, "/api/v1/files/sites/");

    return is_ours ? "" : mc__picture_address(arena, url);
}

/* Whether it begins with the name of a scheme; what has a slash before the first colon doesn't. */
static bool has_scheme(const char *url)
{
    return url[strcspn(url, ":/?#")] == ':';
}

/* Without white space around it, as people paste addresses. */
static const char *trimmed(mc__arena *arena, const char *url)
{
    static const char spaces[] = " \t\r\n";
    const char *start = url + strspn(url, spaces);
    size_t length = strlen(start);

    while (length && strchr(spaces, start[length - 1]))
        length--;
    return mc__arena_copy(arena, start, length);
}

const char *mc__link_address(mc__arena *arena, const char *given)
{
    const char *url = trimmed(arena, given);
    size_t origin = origin_length(url);
    bool is_mail = strncasecmp(url, "mailto:", 7) == 0 && url[7];

    if (*url == '\0' || strncmp(url, "//", 2) == 0 || (!origin && !is_mail && has_scheme(url)))
        return NULL;
    return escaped(arena, url, origin);
}
