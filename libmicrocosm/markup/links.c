/*
 * Judges and rewrites the targets of links: what they carry to follow people, or to credit those
 * who recommend something for money, goes. Calls slice.c.
 *
 * A link is read the way browsers do, which is more lenient than any standard: white space around
 * it goes, '\' is as good as '/', and two of them lead to another host. Whatever a browser would
 * silently drop from the middle of a link (tabs, line breaks) makes it bad, so that no scheme can
 * hide behind it.
 */
#include "links.h"

#include <strings.h>

#define ITEM_DIGITS_MIN 9
#define SORTED_MAX 64
#define VIMEO_DIGITS_MAX 15

/* Lists of names are words with spaces between. Beginnings of names, and names, on every host: */
static const char *const families[] = {"utm_", "stm_", "mtm_", "pk_", "hsa_"};
static const char everywhere[] =
    "_ga _gl _hsenc _hsmi _openstat dclid epik fbclid gad_campaignid gad_source gbraid gclid "
    "gclsrc guce_referrer guce_referrer_sig igsh igshid li_fat_id mc_cid mc_eid mibextid "
    "mkt_tok msclkid oly_anon_id oly_enc_id rdt_cid ref ref_src ref_url srsltid ttclid "
    "twclid vero_id wbraid wickedid yclid ysclid";

static const char videos[] = "youtube.com www.youtube.com m.youtube.com music.youtube.com youtu.be";
static const char amazon[] =
    "amazon.com amazon.co.uk amazon.de amazon.fr amazon.it amazon.es amazon.nl amazon.com.be "
    "amazon.ie amazon.pl amazon.se amazon.ca amazon.com.mx amazon.com.br amazon.com.au "
    "amazon.co.jp amazon.in amazon.sg amazon.ae amazon.sa amazon.eg amazon.com.tr "
    "amazon.co.za";
static const char ebay[] =
    "ebay.com ebay.co.uk ebay.de ebay.fr ebay.it ebay.es ebay.nl ebay.be ebay.ie ebay.at "
    "ebay.ch ebay.pl ebay.ca ebay.in ebay.com.au ebay.com.hk ebay.com.my ebay.com.sg "
    "ebay.com.tw ebay.ph ebay.vn half.com";

/* Further names on some hosts: the first row that has the host counts. */
static const struct {
    const char *hosts;
    bool with_subdomains;
    const char *names;
    bool is_shop, has_items;
} places[] = {
    {videos, false, "si", false, false},
    {"open.spotify.com", false, "si", false, false},
    {amazon, true, "camp tag creative linkcode linkid", true, false},
    {"rover.ebay.com", false, "pub campid", true, false},
    {ebay, true, "mkevt mkcid mkrid campid toolid", true, true},
};

/* One of the hosts, or a host below it. */
static bool is_below(mc__slice host, const char *hosts)
{
    while (host.length > 0 && !mc__slice_is_among(host, hosts)) {
        mc__slice_cut(&host, ".");
        if (host.length > 0)
            host = mc__slice_behind(host, 1);
    }
    return host.length > 0;
}

/* The number of the place that a host is in; MC_COUNT(places) for none. */
static size_t place_of(mc__slice host)
{
    mc__slice name = mc__slice_cut(&host, ":");
    size_t i = 0;

    while (i < MC_COUNT(places) &&
           !(places[i].with_subdomains ? is_below(name, places[i].hosts)
                                       : mc__slice_is_among(name, places[i].hosts)))
        i++;
    return i;
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

static void encode(mc__text *out, mc__slice part)
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

static bool is_video_host(mc__slice host)
{
    return mc__slice_is_among(host, videos);
}

static bool is_tracking(mc__slice key, size_t place)
{
    for (size_t i = 0; i < MC_COUNT(families); i++) {
        if (mc__slice_begins(key, families[i]))
            return true;
    }
    return mc__slice_is_among(key, everywhere) ||
           (place < MC_COUNT(places) && mc__slice_is_among(key, places[place].names));
}

/* Cuts the first parameter off a query, of which each begins with '?' or '&'. */
static mc__slice cut_parameter(mc__slice *query)
{
    *query = mc__slice_behind(*query, 1);
    return mc__slice_cut(query, "&");
}

static mc__slice key_of(mc__slice parameter)
{
    return mc__slice_cut(&parameter, "=");
}

static mc__slice query_value(mc__slice query, const char *name)
{
    while (query.length > 0) {
        mc__slice value = cut_parameter(&query), key = mc__slice_cut(&value, "=");

        if (mc__slice_is(key, name) && value.length > 0)
            return mc__slice_behind(value, 1);
    }
    return (mc__slice){NULL, 0};
}

static bool is_behind(mc__slice a, mc__slice b)
{
    mc__slice x = key_of(a), y = key_of(b);
    int order = memcmp(x.text, y.text, x.length < y.length ? x.length : y.length);

    return order ? order > 0 : x.length > y.length;
}

/* Keeps equal names in their order. */
static void sort(mc__slice *parameters, size_t count)
{
    for (size_t i = 1; i < count; i++) {
        mc__slice moving = parameters[i];
        size_t at = i;

        for (; at > 0 && is_behind(parameters[at - 1], moving); at--)
            parameters[at] = parameters[at - 1];
        parameters[at] = moving;
    }
}

static void put_parameters(mc__text *out, const mc__slice *parameters, size_t count,
                           char *separator)
{
    for (size_t i = 0; i < count; i++) {
        mc__text_putc(out, *separator);
        encode(out, parameters[i]);
        *separator = '&';
    }
}

static void put_query(mc__text *out, mc__slice host, mc__slice query)
{
    mc__slice kept[SORTED_MAX];
    size_t place = place_of(host), count = 0;
    bool is_sorted = place < MC_COUNT(places) && places[place].is_shop;
    char separator = '?';

    while (query.length > 0) {
        mc__slice parameter = cut_parameter(&query);

        if (!is_tracking(key_of(parameter), place))
            kept[count++] = parameter;
        if (is_sorted && (count == SORTED_MAX || query.length == 0))
            sort(kept, count);
        if (!is_sorted || count == SORTED_MAX || query.length == 0) {
            put_parameters(out, kept, count, &separator);
            count = 0;
        }
    }
}

static bool is_item_number(mc__slice s)
{
    return mc__slice_is_number(s) && s.length >= ITEM_DIGITS_MIN;
}

/* The number in one of the parts of a path /itm/..., or in the parameter "item"; empty if there is
 * none. Others may be numbers of people or products. */
static mc__slice find_item_number(mc__slice path, mc__slice query)
{
    mc__slice item = query_value(query, "item");

    for (bool is_item = mc__slice_begins(path, "/itm/"); is_item && path.length > 0;) {
        path = mc__slice_behind(path, 1);
        mc__slice part = mc__slice_cut(&path, "/");
        if (is_item_number(part))
            return part;
    }
    return is_item_number(item) ? item : (mc__slice){NULL, 0};
}

static bool put_shop_item(mc__text *out, mc__slice host, mc__slice path, mc__slice query)
{
    size_t place = place_of(host);
    mc__slice number = {NULL, 0};

    if (place < MC_COUNT(places) && places[place].has_items)
        number = find_item_number(path, query);
    if (number.length == 0)
        return false;
    mc__text_puts(out, "/itm/");
    mc__text_append(out, number.text, number.length);
    return true;
}

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
    encode(out, path);
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
    encode(out, authority);
    if (put_shop_item(out, authority, path, query))
        return MC__LINK_ABSOLUTE;
    encode(out, path);
    put_query(out, authority, query);
    encode(out, rest);
    return MC__LINK_ABSOLUTE;
}

static mc__link_kind put_mail(mc__text *out, mc__slice rest)
{
    if (rest.length == 0)
        return MC__LINK_BAD;

    mc__text_puts(out, "mailto:");
    encode(out, rest);
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

    encode(out, link);
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
    static const char *const paths[] = {"/embed/", "/shorts/", "/live/"};
    mc__slice id = {NULL, 0};

    if (is_short_host && path.length > 1)
        id = read_id(mc__slice_behind(path, 1), 11, 11);
    else if (mc__slice_is(path, "/watch"))
        id = read_id(query_value(query, "v"), 11, 11);
    for (size_t i = 0; i < MC_COUNT(paths) && id.length == 0; i++) {
        if (mc__slice_begins(path, paths[i]))
            id = read_id(mc__slice_behind(path, strlen(paths[i])), 11, 11);
    }
    if (put_player(out, 560, 315, "https://www.youtube-nocookie.com/embed/", id))
        return true;
    return put_player(out, 560, 315, "https://www.youtube-nocookie.com/embed/videoseries?list=",
                      read_id(query_value(query, "list"), 10, 64));
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
    if (is_video_host(host))
        return put_video(out, mc__slice_is(host, "youtu.be"), path, query);
    if (!mc__slice_is(host, "vimeo.com") && !mc__slice_is(host, "www.vimeo.com"))
        return false;

    path = path.length > 0 ? mc__slice_behind(path, 1) : path;
    mc__slice number = mc__slice_cut(&path, "/");
    return mc__slice_is_number(number) && number.length <= VIMEO_DIGITS_MAX &&
           put_player(out, 500, 281, "https://player.vimeo.com/video/", number);
}
