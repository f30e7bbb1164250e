/*
 * Judges and rewrites the targets of links. Calls slice.c, tracking.c.
 *
 * A link is read the way browsers do, which is more lenient than any standard: white space around
 * it goes, '\' is as good as '/', and two of them lead to another host. Whatever a browser would
 * silently drop from the middle of a link (tabs, line breaks) makes it bad, so that no scheme can
 * hide behind it.
 */
#include "links.h"
#include "slice.h"

#include <strings.h>

#define VIMEO_DIGITS_MAX 15

static bool is_slash(char c)
{
    return c == '/' || c == '\\';
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

static bool is_home(const mc__home *home, mc__slice authority)
{
    for (size_t i = 0; i < MC_COUNT(home->host); i++) {
        if (home->length[i] > 0 && home->length[i] == authority.length &&
            strncasecmp(authority.text, home->host[i], authority.length) == 0)
            return true;
    }
    return false;
}

static mc__link_kind put_home(mc__text *out, mc__slice path)
{
    if (path.length == 0 || path.text[0] != '/')
        mc__text_putc(out, '/');
    mc__link_encode(out, path);
    return MC__LINK_RELATIVE;
}

static mc__link_kind put_absolute(mc__text *out, const mc__home *home, const char *scheme,
                                  mc__slice rest)
{
    while (rest.length > 0 && is_slash(rest.text[0]))
        rest = mc__slice_behind(rest, 1);

    mc__slice authority = mc__slice_cut(&rest, "/\\?#");
    if (authority.length == 0 || strchr(":@", authority.text[0]) ||
        authority.text[authority.length - 1] == '@')
        return MC__LINK_BAD;
    /* A path that begins with two slashes would lead to another host if it stood alone. */
    if (is_home(home, authority) &&
        !(rest.length >= 2 && is_slash(rest.text[0]) && is_slash(rest.text[1])))
        return put_home(out, rest);

    mc__slice path = mc__slice_cut(&rest, "?#");
    mc__slice query = mc__slice_cut(&rest, "#");
    mc__text_puts(out, scheme);
    mc__text_puts(out, "://");
    mc__link_encode(out, authority);
    if (mc__put_shop_item(out, authority, path, query))
        return MC__LINK_ABSOLUTE;
    mc__link_encode(out, path);
    mc__put_query(out, authority, query);
    mc__link_encode(out, rest);
    return MC__LINK_ABSOLUTE;
}

static mc__link_kind put_mail(mc__text *out, mc__slice rest)
{
    if (rest.length == 0)
        return MC__LINK_BAD;

    mc__text_puts(out, "mailto:");
    mc__link_encode(out, rest);
    return MC__LINK_MAIL;
}

/* A link with something before a ':' that might be taken for a scheme. */
static mc__link_kind put_schemed(mc__text *out, const mc__home *home, mc__slice scheme,
                                 mc__slice rest)
{
    bool two_slashes = rest.length > 2 && is_slash(rest.text[0]) && is_slash(rest.text[1]);

    if (mc__slice_is(scheme, "mailto"))
        return put_mail(out, rest);
    if (mc__slice_is(scheme, "http") && two_slashes)
        return put_absolute(out, home, "http", rest);
    if (mc__slice_is(scheme, "https") && two_slashes)
        return put_absolute(out, home, "https", rest);
    return MC__LINK_BAD;
}

static bool has_control(mc__slice s)
{
    for (size_t i = 0; i < s.length; i++) {
        if ((unsigned char)s.text[i] < 0x20 || s.text[i] == 0x7F)
            return true;
    }
    return false;
}

static mc__slice trim(mc__slice s)
{
    while (s.length > 0 && (unsigned char)s.text[0] <= ' ')
        s = mc__slice_behind(s, 1);
    while (s.length > 0 && (unsigned char)s.text[s.length - 1] <= ' ')
        s.length--;
    return s;
}

mc__link_kind mc__link_clean(mc__text *out, const mc__home *home, const char *url, size_t length)
{
    mc__slice link = trim((mc__slice){url, length});
    mc__slice rest = link;

    if (link.length == 0 || link.length > MC__LINK_MAX || has_control(link))
        return MC__LINK_BAD;

    if (link.length >= 2 && is_slash(link.text[0]) && is_slash(link.text[1]))
        return put_absolute(out, home, "https", link);
    if (mc__slice_begins(link, "www."))
        return put_absolute(out, home, "http", link);
    mc__slice head = mc__slice_cut(&rest, ":/?#");
    if (rest.length > 0 && rest.text[0] == ':')
        return put_schemed(out, home, head, mc__slice_behind(rest, 1));

    mc__link_encode(out, link);
    return MC__LINK_RELATIVE;
}

/* The id that a text begins with, if it has so many characters. */
static mc__slice read_id(mc__slice s, size_t min, size_t max)
{
    size_t length = 0;

    while (length < s.length && (mc__is_letter(s.text[length]) || mc__is_digit(s.text[length]) ||
                                 strchr("-_", s.text[length])))
        length++;
    return length >= min && length <= max ? (mc__slice){s.text, length} : (mc__slice){NULL, 0};
}

/* Nothing of what the author wrote goes into a player but an id. */
static bool put_player(mc__text *out, int width, int height, const char *address, mc__slice id)
{
    if (id.length == 0)
        return false;
    mc__text_format(out,
                    "<iframe width=\"%d\" height=\"%d\" src=\"%s%.*s\" frameborder=\"0\" "
                    "allowfullscreen=\"allowfullscreen\"></iframe>",
                    width, height, address, (int)id.length, id.text);
    return true;
}

static bool put_video(mc__text *out, bool is_short_host, mc__slice path, mc__slice query)
{
    static const char *const places[] = {"/embed/", "/shorts/", "/live/"};
    mc__slice id = {NULL, 0};

    if (is_short_host && path.length > 1)
        id = read_id(mc__slice_behind(path, 1), 11, 11);
    else if (mc__slice_is(path, "/watch"))
        id = read_id(mc__query_value(query, "v"), 11, 11);
    for (size_t i = 0; i < MC_COUNT(places) && id.length == 0; i++) {
        if (mc__slice_begins(path, places[i]))
            id = read_id(mc__slice_behind(path, strlen(places[i])), 11, 11);
    }
    if (put_player(out, 560, 315, "https://www.youtube-nocookie.com/embed/", id))
        return true;
    return put_player(out, 560, 315, "https://www.youtube-nocookie.com/embed/videoseries?list=",
                      read_id(mc__query_value(query, "list"), 10, 64));
}

bool mc__player(mc__text *out, const char *url, size_t length)
{
    mc__slice rest = {url, length};

    mc__slice_cut(&rest, ":");
    if (rest.length < 4)
        return false;
    rest = mc__slice_behind(rest, 3);

    mc__slice host = mc__slice_cut(&rest, "/?#");
    mc__slice path = mc__slice_cut(&rest, "?#");
    mc__slice query = mc__slice_cut(&rest, "#");
    if (mc__is_video_host(host))
        return put_video(out, mc__slice_is(host, "youtu.be"), path, query);
    if (!mc__slice_is(host, "vimeo.com") && !mc__slice_is(host, "www.vimeo.com"))
        return false;

    path = path.length > 0 ? mc__slice_behind(path, 1) : path;
    mc__slice number = mc__slice_cut(&path, "/");
    return mc__slice_is_number(number) && number.length <= VIMEO_DIGITS_MAX &&
           put_player(out, 500, 281, "https://player.vimeo.com/video/", number);
}
