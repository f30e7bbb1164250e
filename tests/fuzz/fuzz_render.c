/*
 * Fuzzes what turns people's text into HTML. Beside the sanitizers' findings it stops at HTML that
 * is not what sanitise.c promises: only known elements and attributes, nested properly, everything
 * else escaped; and at plain fields that change when they are cleaned again.
 *
 *     clang -g -O1 -fsanitize=fuzzer,address ...; ./fuzz_render -max_len=4096 -timeout=5 CORPUS
 */
#include "markup/markup.h"

#include "../support/blank_html.h"

#define OPEN_MAX 1000

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const char elements[] = " a abbr acronym area article aside b bdi bdo blockquote br caption "
                               "cite code col colgroup dd del details "
                               "dfn div dl dt em figcaption figure h1 h2 h3 h4 h5 h6 hgroup hr i "
                               "iframe img input ins kbd li map mark meter ol p pre "
                               "progress q rp rt ruby s samp section small span strike strong sub "
                               "summary sup table tbody td tfoot th "
                               "thead time tr tt u ul var wbr ";

static const char attributes[] =
    " abbr align alt allowfullscreen checked cite class colspan coords datetime decoding dir "
    "disabled "
    "frameborder headers height high href id "
    "lang loading low max min name open optimum rel rowspan scope shape span "
    "src summary target title type usemap "
    "valign value width ";

static const char voids[] = " area br col hr img input wbr ";

typedef struct reader {
    const char *at;
    char open[OPEN_MAX][16];
    size_t depth;
} reader;

static void stop_unless(bool good)
{
    if (!good)
        __builtin_trap();
}

/* Reads a name that must be in the list. */
static void read_name(reader *r, const char *list, char name[16])
{
    size_t length = strspn(r->at, "abcdefghijklmnopqrstuvwxyz0123456789");
    char padded[18];

    stop_unless(length > 0 && length < 16);
    memcpy(name, r->at, length);
    name[length] = '\0';
    snprintf(padded, sizeof(padded), " %s ", name);
    stop_unless(strstr(list, padded));
    r->at += length;
}

static void read_char(reader *r, char c)
{
    stop_unless(*r->at == c);
    r->at++;
}

static bool begins(const char *text, const char *with)
{
    return strncmp(text, with, strlen(with)) == 0;
}

static void check_link(const char *url)
{
    size_t head = strcspn(url, "/?#\"");

    stop_unless(begins(url, "http://") || begins(url, "https://") || begins(url, "mailto:") ||
                (!memchr(url, ':', head) && !begins(url, "//")));
    for (; *url != '"'; url++)
        stop_unless((unsigned char)*url > ' ' && *url != '\\' && *url != 0x7F);
}

static void read_attribute(reader *r)
{
    char name[16];

    read_char(r, ' ');
    read_name(r, attributes, name);
    read_char(r, '=');
    read_char(r, '"');
    if (strcmp(name, "href") == 0 || strcmp(name, "src") == 0 || strcmp(name, "cite") == 0)
        check_link(r->at);
    r->at += strcspn(r->at, "<>\"'");
    read_char(r, '"');
}

static void read_start_tag(reader *r)
{
    char name[16], padded[18];

    read_name(r, elements, name);
    while (*r->at == ' ')
        read_attribute(r);
    snprintf(padded, sizeof(padded), " %s ", name);
    if (strstr(voids, padded)) {
        read_char(r, '/');
    } else {
        stop_unless(r->depth < OPEN_MAX);
        memcpy(r->open[r->depth++], name, sizeof(name));
    }
    read_char(r, '>');
}

static void read_end_tag(reader *r)
{
    char name[16];

    read_char(r, '/');
    read_name(r, elements, name);
    stop_unless(r->depth > 0 && strcmp(r->open[--r->depth], name) == 0);
    read_char(r, '>');
}

static void check_html(const char *html)
{
    reader r = {.at = html};

    while (*r.at) {
        r.at += strcspn(r.at, "<>\"'");
        if (!*r.at)
            break;
        read_char(&r, '<');
        if (*r.at == '/')
            read_end_tag(&r);
        else
            read_start_tag(&r);
    }
    stop_unless(r.depth == 0);
}

static int64_t find_member(void *data, const char *name)
{
    (void)data;
    stop_unless(*name != '\0' && strlen(name) <= MC__MENTION_NAME_MAX * 4);
    return name[0] == 'm' ? 12 : 0;
}

static void check_render(const char *text, size_t length)
{
    mc_scratch_text(html);
    mc__rendered rendered;
    mc__render_options options = {
        .site_url = "https://key.example.com",
        .site_domain = "forum.example.net",
        .lookup = find_member,
        .rendered = &rendered,
    };

    if (mc__render(&html, &options, text, length) < 0)
        return;
    stop_unless(mc__utf8_valid(html.data, html.length));
    check_html(mc__text_string(&html));
    stop_unless(rendered.blank == html_is_blank(mc__text_string(&html)));
}

static void check_clean(const char *text, size_t length)
{
    mc_scratch_text(once);
    mc_scratch_text(twice);

    if (mc__clean_block(&once, text, length, true) < 0)
        return;
    stop_unless(mc__clean_block(&twice, once.data, once.length, true) == 0);
    stop_unless(once.length == twice.length &&
                memcmp(mc__text_string(&once), mc__text_string(&twice), once.length) == 0);
}

/* Makes valid text of any bytes, or most of them would be refused at the door. */
static void make_valid(mc__text *out, const uint8_t *data, size_t size)
{
    for (size_t at = 0; at < size;) {
        uint32_t c = mc__utf8_next((const char *)data, size, &at);

        mc__text_utf8(out, c ? c : ' ');
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    mc_scratch_text(text);

    make_valid(&text, data, size);
    if (text.error)
        return 0;
    check_render(mc__text_string(&text), text.length);
    check_clean(mc__text_string(&text), text.length);
    return 0;
}
