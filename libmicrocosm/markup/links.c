/*
 * Judges and rewrites the targets of links. Calls scan.c, unicode.c.
 *
 * A link is read the way browsers do, which is more lenient than any standard: white space around
 * it goes, '\' is as good as '/', and two of them lead to another host. Whatever a browser would
 * silently drop from the middle of a link (tabs, line breaks) makes it bad, so that no scheme can
 * hide behind it.
 */
#include "links.h"
#include "scan.h"

typedef struct slice {
    const char *text;
    size_t length;
} slice;

static char to_lower(char c)
{
    return c >= 'A' && c <= 'Z' ? (char)(c + ('a' - 'A')) : c;
}

static bool is_slash(char c)
{
    return c == '/' || c == '\\';
}

static bool equals(slice s, const char *text, size_t length)
{
    if (s.length != length)
        return false;
    for (size_t i = 0; i < length; i++) {
        if (to_lower(s.text[i]) != to_lower(text[i]))
            return false;
    }
    return true;
}

static bool begins_with(slice s, const char *lower)
{
    size_t length = strlen(lower);

    return s.length >= length && mc__name_is(s.text, length, lower);
}

static slice behind(slice s, size_t count)
{
    return (slice){s.text + count, s.length - count};
}

/* Cuts off what comes before the first of these characters, and returns it. */
static slice cut_before(slice *rest, const char *stops)
{
    slice head = {rest->text, 0};

    while (head.length < rest->length && !strchr(stops, rest->text[head.length]))
        head.length++;
    *rest = behind(*rest, head.length);
    return head;
}

static void add_home(mc__home *home, size_t i, const char *url)
{
    const char *host = url ? strstr(url, "://") : NULL;

    if (!url)
        return;
    home->host[i] = host ? host + 3 : url;
    home->length[i] = strcspn(home->host[i], "/?#");
}

void mc__home_init(mc__home *home, const char *site_url, const char *site_domain)
{
    *home = (mc__home){0};
    add_home(home, 0, site_url);
    add_home(home, 1, site_domain);
}

static bool is_home(const mc__home *home, slice authority)
{
    for (size_t i = 0; i < MC_COUNT(home->host); i++) {
        if (home->length[i] > 0 && equals(authority, home->host[i], home->length[i]))
            return true;
    }
    return false;
}

static void put_percent(mc__text *out, const char *bytes, size_t length)
{
    for (size_t i = 0; i < length; i++)
        mc__text_format(out, "%%%02X", (unsigned char)bytes[i]);
}

static bool may_stand(uint32_t c)
{
    return c < 0x80 ? c > ' ' && c < 0x7F && !strchr("\"<>\\^`{|}", (int)c)
                    : mc__char_is_printable(c);
}

static void put_encoded(mc__text *out, slice part)
{
    for (size_t at = 0; at < part.length;) {
        size_t begin = at;
        uint32_t c = mc__utf8_next(part.text, part.length, &at);

        if (may_stand(c))
            mc__text_append(out, part.text + begin, at - begin);
        else
            put_percent(out, part.text + begin, at - begin);
    }
}

static bool is_video_host(slice host)
{
    static const char *const hosts[] = {"youtube.com", "www.youtube.com", "m.youtube.com",
                                        "music.youtube.com", "youtu.be"};

    for (size_t i = 0; i < MC_COUNT(hosts); i++) {
        if (equals(host, hosts[i], strlen(hosts[i])))
            return true;
    }
    return false;
}

static bool is_tracking(slice key, bool video)
{
    static const char *const families[] = {"utm_", "stm_"};
    static const char *const names[] = {"gclid",   "fbclid", "igshid",  "igsh",   "mc_cid",
                                        "mc_eid",  "yclid",  "dclid",   "gbraid", "wbraid",
                                        "msclkid", "twclid", "_hsenc",  "_hsmi",  "mkt_tok",
                                        "vero_id", "ref",    "ref_src", "ref_url"};

    for (size_t i = 0; i < MC_COUNT(families); i++) {
        if (begins_with(key, families[i]))
            return true;
    }
    for (size_t i = 0; i < MC_COUNT(names); i++) {
        if (equals(key, names[i], strlen(names[i])))
            return true;
    }
    return video && equals(key, "si", 2);
}

/* The query with its '?', or nothing if only tracking was in it. */
static void put_query(mc__text *out, slice query, bool video)
{
    char separator = '?';

    while (query.length > 0) {
        query = behind(query, 1); /* '?' or '&' */
        slice parameter = cut_before(&query, "&");
        slice rest = parameter;
        slice key = cut_before(&rest, "=");

        if (is_tracking(key, video))
            continue;
        mc__text_putc(out, separator);
        put_encoded(out, parameter);
        separator = '&';
    }
}

static mc__link_kind put_home(mc__text *out, slice path)
{
    if (path.length == 0 || path.text[0] != '/')
        mc__text_putc(out, '/');
    put_encoded(out, path);
    return MC__LINK_RELATIVE;
}

static mc__link_kind put_absolute(mc__text *out, const mc__home *home, const char *scheme,
                                  slice rest)
{
    while (rest.length > 0 && is_slash(rest.text[0]))
        rest = behind(rest, 1);

    slice authority = cut_before(&rest, "/\\?#");
    if (authority.length == 0 || strchr(":@", authority.text[0]))
        return MC__LINK_BAD;
    /* A path that begins with two slashes would lead to another host if it stood alone. */
    if (is_home(home, authority) &&
        !(rest.length >= 2 && is_slash(rest.text[0]) && is_slash(rest.text[1])))
        return put_home(out, rest);

    slice path = cut_before(&rest, "?#");
    slice query = cut_before(&rest, "#");
    mc__text_puts(out, scheme);
    mc__text_puts(out, "://");
    put_encoded(out, authority);
    put_encoded(out, path);
    put_query(out, query, is_video_host(authority));
    put_encoded(out, rest);
    return MC__LINK_ABSOLUTE;
}

static mc__link_kind put_mail(mc__text *out, slice rest)
{
    if (rest.length == 0)
        return MC__LINK_BAD;

    mc__text_puts(out, "mailto:");
    put_encoded(out, rest);
    return MC__LINK_MAIL;
}

/* A link with something before a ':' that might be taken for a scheme. */
static mc__link_kind put_schemed(mc__text *out, const mc__home *home, slice scheme, slice rest)
{
    bool two_slashes = rest.length > 2 && is_slash(rest.text[0]) && is_slash(rest.text[1]);

    if (equals(scheme, "mailto", 6))
        return put_mail(out, rest);
    if (equals(scheme, "http", 4) && two_slashes)
        return put_absolute(out, home, "http", rest);
    if (equals(scheme, "https", 5) && two_slashes)
        return put_absolute(out, home, "https", rest);
    return MC__LINK_BAD;
}

static bool has_control(slice s)
{
    for (size_t i = 0; i < s.length; i++) {
        if ((unsigned char)s.text[i] < 0x20 || s.text[i] == 0x7F)
            return true;
    }
    return false;
}

static slice trim(slice s)
{
    while (s.length > 0 && (unsigned char)s.text[0] <= ' ')
        s = behind(s, 1);
    while (s.length > 0 && (unsigned char)s.text[s.length - 1] <= ' ')
        s.length--;
    return s;
}

mc__link_kind mc__link_clean(mc__text *out, const mc__home *home, const char *url, size_t length)
{
    slice link = trim((slice){url, length});
    slice rest = link;

    if (link.length == 0 || link.length > MC__LINK_MAX || has_control(link))
        return MC__LINK_BAD;

    if (link.length >= 2 && is_slash(link.text[0]) && is_slash(link.text[1]))
        return put_absolute(out, home, "https", link);
    if (begins_with(link, "www."))
        return put_absolute(out, home, "http", link);
    slice head = cut_before(&rest, ":/?#");
    if (rest.length > 0 && rest.text[0] == ':')
        return put_schemed(out, home, head, behind(rest, 1));

    put_encoded(out, link);
    return MC__LINK_RELATIVE;
}

static bool is_id_character(char c)
{
    return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || c == '-' ||
           c == '_';
}

/* The id that a text begins with, if it has so many characters. */
static slice read_id(slice s, size_t min, size_t max)
{
    size_t length = 0;

    while (length < s.length && is_id_character(s.text[length]))
        length++;
    return length >= min && length <= max ? (slice){s.text, length} : (slice){NULL, 0};
}

static slice read_number(slice s)
{
    size_t length = 0;

    while (length < s.length && s.text[length] >= '0' && s.text[length] <= '9')
        length++;
    bool ends = length == s.length || strchr("/?#", s.text[length]);
    return length > 0 && length <= 15 && ends ? (slice){s.text, length} : (slice){NULL, 0};
}

/* The value of a parameter of a query, which begins with '?'. */
static slice find_parameter(slice query, const char *name)
{
    while (query.length > 0) {
        query = behind(query, 1);
        slice value = cut_before(&query, "&");
        slice key = cut_before(&value, "=");

        if (equals(key, name, strlen(name)) && value.length > 0)
            return behind(value, 1);
    }
    return (slice){NULL, 0};
}

/* Nothing of what the author wrote goes into a player but an id. */
static bool put_player(mc__text *out, int width, int height, const char *address, slice id)
{
    if (id.length == 0)
        return false;
    mc__text_format(out,
                    "<iframe width=\"%d\" height=\"%d\" src=\"%s%.*s\" frameborder=\"0\" "
                    "allowfullscreen=\"allowfullscreen\"></iframe>",
                    width, height, address, (int)id.length, id.text);
    return true;
}

static bool put_video(mc__text *out, bool is_short_host, slice path, slice query)
{
    static const char *const places[] = {"/embed/", "/shorts/", "/live/"};
    slice id = {NULL, 0};

    if (is_short_host && path.length > 1)
        id = read_id(behind(path, 1), 11, 11);
    else if (equals(path, "/watch", 6))
        id = read_id(find_parameter(query, "v"), 11, 11);
    for (size_t i = 0; i < MC_COUNT(places) && id.length == 0; i++) {
        if (begins_with(path, places[i]))
            id = read_id(behind(path, strlen(places[i])), 11, 11);
    }
    if (put_player(out, 560, 315, "https://www.youtube-nocookie.com/embed/", id))
        return true;
    return put_player(out, 560, 315, "https://www.youtube-nocookie.com/embed/videoseries?list=",
                      read_id(find_parameter(query, "list"), 10, 64));
}

bool mc__player(mc__text *out, const char *url, size_t length)
{
    slice rest = {url, length};

    cut_before(&rest, ":");
    if (rest.length < 4)
        return false;
    rest = behind(rest, 3);

    slice host = cut_before(&rest, "/?#");
    slice path = cut_before(&rest, "?#");
    slice query = cut_before(&rest, "#");
    if (is_video_host(host))
        return put_video(out, equals(host, "youtu.be", 8), path, query);
    if ((equals(host, "vimeo.com", 9) || equals(host, "www.vimeo.com", 13)) && path.length > 1)
        return put_player(out, 500, 281, "https://player.vimeo.com/video/",
                          read_number(behind(path, 1)));
    return false;
}
