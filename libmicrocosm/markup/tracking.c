/*
 * What links carry to follow people, or to credit those who recommend something for money. Calls
 * slice.c, unicode.c.
 */
#include "links.h"

#define ITEM_DIGITS_MIN 9
#define SORTED_MAX 64

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

void mc__link_encode(mc__text *out, mc__slice part)
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

bool mc__is_video_host(mc__slice host)
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

mc__slice mc__query_value(mc__slice query, const char *name)
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
        mc__link_encode(out, parameters[i]);
        *separator = '&';
    }
}

void mc__put_query(mc__text *out, mc__slice host, mc__slice query)
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
    mc__slice item = mc__query_value(query, "item");

    for (bool is_item = mc__slice_begins(path, "/itm/"); is_item && path.length > 0;) {
        path = mc__slice_behind(path, 1);
        mc__slice part = mc__slice_cut(&path, "/");
        if (is_item_number(part))
            return part;
    }
    return is_item_number(item) ? item : (mc__slice){NULL, 0};
}

bool mc__put_shop_item(mc__text *out, mc__slice host, mc__slice path, mc__slice query)
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
