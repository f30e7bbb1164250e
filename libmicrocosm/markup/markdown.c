/*
 * Turns Markdown into HTML by md4c, and hands the HTML on in pieces. Calls flow.c, sanitise.c.
 *
 * Bare URLs are left to words.c: md4c's own way of finding them has known faults in the versions
 * that distributions carry, and knows nothing of the names and tags that are found along with them.
 */
#include "flow.h"
#include "scan.h"
#include "stages.h"

#include <md4c.h>

#define PIECE ((size_t)64 << 10) /* HTML that is worth handing on */
#define SPANS_MAX 24             /* levels of emphasis */
#define TARGET_MAX MC__LINK_MAX
#define TITLE_MAX 500

/* How much larger than the Markdown the HTML may become. Six times can happen ("-\n" is an item of
 * a list); what exceeds this repeats something, such as a long link by its reference. */
#define GROWTH_MAX 8
#define GROWTH_ALWAYS ((size_t)256 << 10)

typedef struct renderer {
    mc__sanitiser *sanitiser;
    mc__text html; /* the piece being made */
    mc__text raw;  /* HTML of the author's that is still coming in */
    mc__flow flow;
    size_t fresh;     /* length of html just behind a tag that needs no line break */
    size_t handed_on; /* HTML in earlier pieces */
    size_t growth_max;
    size_t images; /* that the text is the alternative text of */
    size_t spans;  /* that are open, written or not */
    MD_SPANTYPE span_types[SPANS_MAX];
    int64_t
        next_item; /* number that the next item of a list must be given; 0: it counts by itself */
    bool in_raw_block;
    bool owes_line; /* between the last piece and the next block */
    int error;
} renderer;

static int check(renderer *r)
{
    if (!r->error)
        r->error = r->html.error ? r->html.error : r->raw.error;
    if (!r->error && r->handed_on + r->html.length > r->growth_max)
        r->error = MC_ETOOLARGE;
    return r->error;
}

static void put(renderer *r, const char *string)
{
    mc__text_puts(&r->html, string);
}

static void stay_fresh(renderer *r)
{
    r->fresh = r->html.length;
}

static void begin_line(renderer *r)
{
    if (r->html.length != r->fresh || r->owes_line)
        mc__text_putc(&r->html, '\n');
    r->owes_line = false;
}

static void end_line(renderer *r)
{
    if (r->html.length > 0 && r->html.data[r->html.length - 1] != '\n')
        mc__text_putc(&r->html, '\n');
}

static void trim_line_ends(renderer *r)
{
    while (r->html.length > r->fresh && r->html.data[r->html.length - 1] == '\n')
        r->html.length--;
}

static void begin(renderer *r, GumboTag tag)
{
    if (mc__flow_begin(&r->flow, tag))
        put(r, ">");
}

static void hand_on(renderer *r)
{
    int rc = mc__sanitise(r->sanitiser, mc__text_string(&r->html), r->html.length);

    if (rc < 0)
        r->error = rc;
    r->handed_on += r->html.length;
    r->fresh = 0;
    mc__text_clear(&r->html);
}

/* Only where nothing is open, so that each piece can be understood alone. */
static void hand_on_if_large(renderer *r)
{
    bool is_whole = r->flow.depth == 0 && r->flow.unseen == GUMBO_TAG_UNKNOWN;

    if (!is_whole || r->html.length < PIECE || check(r))
        return;
    hand_on(r);
    r->owes_line = true;
}

static void flush_raw(renderer *r)
{
    if (r->raw.length == 0 || check(r))
        return;
    mc__flow_raw(&r->flow, r->raw.data, r->raw.length);
    mc__text_clear(&r->raw);
}

/* Names of entities that are not known here may be to gumbo. */
static void put_piece(renderer *r, MD_TEXTTYPE type, const char *text, size_t size)
{
    uint32_t character;

    if (type != MD_TEXT_ENTITY)
        mc__text_html(&r->html, text, size);
    else if (mc__entity(text, size, &character) == 0)
        mc__text_append(&r->html, text, size);
    else
        mc__text_format(&r->html, "&#%u;", (unsigned)character);
}

static void put_attribute(renderer *r, const char *name, const MD_ATTRIBUTE *value, size_t max)
{
    if (!value->text || value->size > max)
        return;

    mc__text_format(&r->html, " %s=\"", name);
    for (size_t i = 0; value->substr_offsets[i] < value->size; i++) {
        size_t begin = value->substr_offsets[i];

        put_piece(r, value->substr_types[i], value->text + begin,
                  value->substr_offsets[i + 1] - begin);
    }
    put(r, "\"");
}

static void begin_link(renderer *r, const MD_SPAN_A_DETAIL *link)
{
    if (!mc__flow_begin(&r->flow, GUMBO_TAG_A))
        return;

    put_attribute(r, "href", &link->href, TARGET_MAX);
    put_attribute(r, "title", &link->title, TITLE_MAX);
    put(r, ">");
}

/* What is in the brackets of an image becomes its alternative text, where tags mean nothing. */
static void begin_image(renderer *r, const MD_SPAN_IMG_DETAIL *image)
{
    if (r->images++ > 0)
        return;

    put(r, "<img");
    put_attribute(r, "src", &image->src, TARGET_MAX);
    put(r, " alt=\"");
}

static void end_image(renderer *r, const MD_SPAN_IMG_DETAIL *image)
{
    if (r->images == 0 || --r->images > 0)
        return;

    put(r, "\"");
    if (image)
        put_attribute(r, "title", &image->title, TITLE_MAX);
    put(r, "/>");
}

static GumboTag tag_of_span(MD_SPANTYPE type)
{
    switch (type) {
    case MD_SPAN_EM:
        return GUMBO_TAG_EM;
    case MD_SPAN_STRONG:
        return GUMBO_TAG_STRONG;
    case MD_SPAN_DEL:
        return GUMBO_TAG_DEL;
    default:
        return GUMBO_TAG_CODE;
    }
}

/*
 * md4c 0.4.8 may tell of the end of a span that it never told the beginning of, and the other way
 * round: "[a](*b) c*" has an end of emphasis only. So each end is compared with what is open.
 */
static void begin_span(renderer *r, MD_SPANTYPE type, void *detail)
{
    if (r->spans++ >= SPANS_MAX)
        return;

    r->span_types[r->spans - 1] = type;
    if (type == MD_SPAN_A)
        begin_link(r, detail);
    else
        begin(r, tag_of_span(type));
}

static void end_innermost_span(renderer *r)
{
    if (--r->spans < SPANS_MAX)
        mc__flow_end(&r->flow);
}

static bool is_span_open(const renderer *r, MD_SPANTYPE type)
{
    for (size_t i = 0; i < r->spans && i < SPANS_MAX; i++) {
        if (r->span_types[i] == type)
            return true;
    }
    return false;
}

static void end_span(renderer *r, MD_SPANTYPE type)
{
    if (r->spans > SPANS_MAX) {
        end_innermost_span(r);
        return;
    }
    while (is_span_open(r, type)) {
        bool is_last = r->span_types[r->spans - 1] == type;

        end_innermost_span(r);
        if (is_last)
            return;
    }
}

/* No span goes on behind its block. */
static void end_spans(renderer *r)
{
    if (r->images > 0) {
        r->images = 1;
        end_image(r, NULL);
    }
    while (r->spans > 0)
        end_innermost_span(r);
}

static int enter_span(MD_SPANTYPE type, void *detail, void *data)
{
    renderer *r = data;

    flush_raw(r);
    if (type == MD_SPAN_IMG)
        begin_image(r, detail);
    else if (r->images == 0)
        begin_span(r, type, detail);
    return check(r);
}

static int leave_span(MD_SPANTYPE type, void *detail, void *data)
{
    renderer *r = data;

    flush_raw(r);
    if (type == MD_SPAN_IMG)
        end_image(r, detail);
    else if (r->images == 0)
        end_span(r, type);
    return check(r);
}

static void begin_block(renderer *r, GumboTag tag, bool ends_line)
{
    begin_line(r);
    begin(r, tag);
    if (ends_line)
        put(r, "\n");
    stay_fresh(r);
}

static void begin_list(renderer *r, GumboTag tag, int64_t first)
{
    begin_block(r, tag, true);
    r->next_item = first == 1 ? 0 : first;
}

static void begin_item(renderer *r)
{
    if (mc__flow_begin(&r->flow, GUMBO_TAG_LI)) {
        if (r->next_item > 0)
            mc__text_format(&r->html, " value=\"%lld\"", (long long)r->next_item);
        put(r, ">");
    }
    r->next_item = 0;
    stay_fresh(r);
}

static void begin_cell(renderer *r, GumboTag tag, MD_ALIGN align)
{
    static const char *const attributes[] = {
        [MD_ALIGN_DEFAULT] = "",
        [MD_ALIGN_LEFT] = " align=\"left\"",
        [MD_ALIGN_CENTER] = " align=\"center\"",
        [MD_ALIGN_RIGHT] = " align=\"right\"",
    };

    if (mc__flow_begin(&r->flow, tag)) {
        put(r, attributes[align]);
        put(r, ">");
    }
}

static void begin_code(renderer *r)
{
    begin_line(r);
    begin(r, GUMBO_TAG_PRE);
    begin(r, GUMBO_TAG_CODE);
}

static void put_rule(renderer *r)
{
    begin_line(r);
    put(r, "<hr/>\n");
}

static int enter_block(MD_BLOCKTYPE type, void *detail, void *data)
{
    static const GumboTag headings[] = {GUMBO_TAG_H1, GUMBO_TAG_H2, GUMBO_TAG_H3,
                                        GUMBO_TAG_H4, GUMBO_TAG_H5, GUMBO_TAG_H6};
    renderer *r = data;

    switch (type) {
    case MD_BLOCK_DOC:
        break;
    case MD_BLOCK_QUOTE:
        begin_block(r, GUMBO_TAG_BLOCKQUOTE, true);
        break;
    case MD_BLOCK_UL:
        begin_list(r, GUMBO_TAG_UL, 1);
        break;
    case MD_BLOCK_OL:
        begin_list(r, GUMBO_TAG_OL, ((MD_BLOCK_OL_DETAIL *)detail)->start);
        break;
    case MD_BLOCK_LI:
        begin_item(r);
        break;
    case MD_BLOCK_HR:
        put_rule(r);
        break;
    case MD_BLOCK_H:
        begin_block(r, headings[((MD_BLOCK_H_DETAIL *)detail)->level - 1], false);
        break;
    case MD_BLOCK_CODE:
        begin_code(r);
        break;
    case MD_BLOCK_HTML:
        begin_line(r);
        r->in_raw_block = true;
        break;
    case MD_BLOCK_P:
        begin_block(r, GUMBO_TAG_P, false);
        break;
    case MD_BLOCK_TABLE:
        begin_block(r, GUMBO_TAG_TABLE, true);
        break;
    case MD_BLOCK_THEAD:
        begin_block(r, GUMBO_TAG_THEAD, true);
        break;
    case MD_BLOCK_TBODY:
        begin_block(r, GUMBO_TAG_TBODY, true);
        break;
    case MD_BLOCK_TR:
        begin_block(r, GUMBO_TAG_TR, true);
        break;
    case MD_BLOCK_TH:
        begin_cell(r, GUMBO_TAG_TH, ((MD_BLOCK_TD_DETAIL *)detail)->align);
        break;
    case MD_BLOCK_TD:
        begin_cell(r, GUMBO_TAG_TD, ((MD_BLOCK_TD_DETAIL *)detail)->align);
        break;
    }
    return check(r);
}

static void end_raw_block(renderer *r)
{
    flush_raw(r);
    mc__flow_end_block(&r->flow);
    end_line(r);
    r->in_raw_block = false;
}

static void end_block(renderer *r)
{
    mc__flow_end(&r->flow);
    put(r, "\n");
}

static void end_item(renderer *r)
{
    trim_line_ends(r);
    end_block(r);
    stay_fresh(r); /* no blank line between items */
}

static int leave_block(MD_BLOCKTYPE type, void *detail, void *data)
{
    renderer *r = data;

    (void)detail;
    flush_raw(r);
    end_spans(r);
    switch (type) {
    case MD_BLOCK_DOC:
    case MD_BLOCK_HR:
        break;
    case MD_BLOCK_HTML:
        end_raw_block(r);
        break;
    case MD_BLOCK_LI:
        end_item(r);
        break;
    case MD_BLOCK_CODE:
        mc__flow_end(&r->flow);
        end_block(r);
        break;
    default:
        end_block(r);
    }
    hand_on_if_large(r);
    return check(r);
}

static int text(MD_TEXTTYPE type, const char *characters, MD_SIZE size, void *data)
{
    renderer *r = data;

    if (type == MD_TEXT_HTML) {
        if (r->images == 0 || r->in_raw_block)
            mc__text_append(&r->raw, characters, size);
    } else {
        flush_raw(r);
        if (type == MD_TEXT_BR || type == MD_TEXT_SOFTBR)
            put(r, r->images > 0 ? " " : "<br/>\n");
        else
            put_piece(r, type, characters, size);
    }
    return check(r);
}

static const MD_PARSER parser = {
    .flags = MD_FLAG_TABLES | MD_FLAG_STRIKETHROUGH,
    .enter_block = enter_block,
    .leave_block = leave_block,
    .enter_span = enter_span,
    .leave_span = leave_span,
    .text = text,
};

static int run(renderer *r, const char *markdown, size_t length)
{
    int rc = md_parse(markdown, (MD_SIZE)length, &parser, r);

    if (r->error)
        return r->error;
    if (rc != 0) /* not from us, so from an allocation of its own */
        return MC_ENOMEM;

    mc__flow_close(&r->flow);
    end_line(r);
    if (!check(r))
        hand_on(r);
    return r->error;
}

int mc__markdown(mc__sanitiser *s, const char *markdown, size_t length)
{
    renderer *r = mc__calloc(1, sizeof(*r)); /* the stack of elements is large */
    int rc;

    if (!r)
        return MC_ENOMEM;

    r->sanitiser = s;
    r->growth_max = length * GROWTH_MAX + GROWTH_ALWAYS;
    r->html.max = r->growth_max * 2;
    r->raw.max = length + 1;
    r->flow.out = &r->html;
    r->flow.unseen = GUMBO_TAG_UNKNOWN;
    rc = run(r, markdown, length);
    mc__text_release(&r->html);
    mc__text_release(&r->raw);
    mc__free(r);
    return rc;
}
