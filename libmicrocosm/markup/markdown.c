/*
 * Turns Markdown into HTML by md4c, and hands the HTML on in pieces. Calls raw.c, writer.c,
 * flow.c, elements.c, sanitise.c.
 *
 * Bare URLs are left to words.c: md4c's own way of finding them has known faults in the versions
 * that distributions carry, and knows nothing of the names and tags that are found along with them.
 */
#include "scan.h"
#include "stages.h"
#include "writer.h"

#define PIECE ((size_t)64 << 10) /* HTML that is worth handing on */
#define TARGET_MAX MC__LINK_MAX
#define TITLE_MAX 500
#define LANGUAGE_MAX 30

/* How much larger than the Markdown the HTML may become. Six times can happen ("-\n" is an item of
 * a list); what exceeds this repeats something, such as a long link by its reference. */
#define GROWTH_MAX 8
#define GROWTH_ALWAYS ((size_t)256 << 10)

typedef struct renderer {
    mc__sanitiser *sanitiser;
    mc__writer w;
    const char *markdown;
    size_t length;
    mc__text raw;     /* HTML of the author's that is still coming in */
    size_t handed_on; /* HTML in earlier pieces */
    size_t growth_max;
    size_t images;     /* that the text is the alternative text of */
    int64_t next_item; /* the first number of a list; 1: the items count by themselves */
    bool in_raw_block, in_code_block;
    size_t before_raw, raw_begin; /* length of the HTML before a block of HTML, and in its line */
    size_t indent;                /* columns that md4c said come before what comes next in code */
    int error;
} renderer;

static int check(renderer *r)
{
    if (!r->error)
        r->error = r->w.html.error ? r->w.html.error : r->raw.error;
    if (!r->error && r->handed_on + r->w.html.length > r->growth_max)
        r->error = MC_ETOOLARGE;
    return r->error;
}

static void put(renderer *r, const char *string)
{
    mc__text_puts(&r->w.html, string);
}

static void end_line(renderer *r)
{
    if (r->w.html.length > 0 && r->w.html.data[r->w.html.length - 1] != '\n')
        mc__text_putc(&r->w.html, '\n');
}

static void hand_on(renderer *r)
{
    int rc = mc__sanitise(r->sanitiser, mc__text_string(&r->w.html), r->w.html.length);

    if (rc < 0)
        r->error = rc;
    r->handed_on += r->w.html.length;
    r->w.fresh = 0;
    mc__text_clear(&r->w.html);
}

/* Only where nothing is open, so that each piece can be understood alone. */
static void hand_on_if_large(renderer *r)
{
    bool is_whole = r->w.depth == 0 && r->w.unseen == GUMBO_TAG_UNKNOWN;

    if (!is_whole || r->w.html.length < PIECE || check(r))
        return;
    hand_on(r);
    r->w.owes_line = true;
}

static void flush_raw(renderer *r)
{
    if (r->raw.length == 0 || check(r))
        return;
    if (!r->in_raw_block)
        mc__writer_begin_text(&r->w);
    mc__raw_html(&r->w, r->raw.data, r->raw.length);
    mc__text_clear(&r->raw);
}

/* As in code or an attribute. */
static void put_piece(renderer *r, MD_TEXTTYPE type, const char *text, size_t size)
{
    mc__source source = type == MD_TEXT_CODE ? MC__SOURCE_CODE : MC__SOURCE_ATTRIBUTE;
    uint32_t character;

    if (type != MD_TEXT_ENTITY || mc__entity(text, size, &character) == 0)
        mc__marked_source(&r->w.html, r->w.tokens, text, size, source);
    else if (character == 0)
        mc__text_append(&r->w.html, text, size); /* as gumbo knows it, too */
    else
        mc__text_format(&r->w.html, "&#%u;", (unsigned)character);
}

static void put_attribute_value(renderer *r, const MD_ATTRIBUTE *value)
{
    for (size_t i = 0; value->substr_offsets[i] < value->size; i++) {
        size_t begin = value->substr_offsets[i];

        put_piece(r, value->substr_types[i], value->text + begin,
                  value->substr_offsets[i + 1] - begin);
    }
}

static void put_attribute(renderer *r, const char *name, const MD_ATTRIBUTE *value, size_t max)
{
    if (!value->text || value->size > max)
        return;

    mc__text_format(&r->w.html, " %s=\"", name);
    put_attribute_value(r, value);
    put(r, "\"");
}
static void begin_link(renderer *r, const MD_SPAN_A_DETAIL *link)
{
    if (!mc__writer_begin_span(&r->w, MD_SPAN_A, GUMBO_TAG_A))
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

static void begin_span(renderer *r, MD_SPANTYPE type, void *detail)
{
    static const GumboTag tags[] = {[MD_SPAN_EM] = GUMBO_TAG_EM,
                                    [MD_SPAN_STRONG] = GUMBO_TAG_STRONG,
                                    [MD_SPAN_CODE] = GUMBO_TAG_CODE,
                                    [MD_SPAN_DEL] = GUMBO_TAG_DEL};

    if (type == MD_SPAN_A)
        begin_link(r, detail);
    else if (mc__writer_begin_span(&r->w, type, tags[type]))
        put(r, ">");
}

/* No span goes on behind its block. */
static void end_spans(renderer *r)
{
    if (r->images > 0) {
        r->images = 1;
        end_image(r, NULL);
    }
    mc__writer_end_spans(&r->w);
}

static int enter_span(MD_SPANTYPE type, void *detail, void *data)
{
    renderer *r = data;

    flush_raw(r);
    if (r->images == 0)
        mc__writer_begin_text(&r->w);
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
        mc__writer_end_span(&r->w, type);
    return check(r);
}

static void begin_item(renderer *r, const MD_BLOCK_LI_DETAIL *item)
{
    if (mc__flow_begin(&r->w, GUMBO_TAG_LI)) {
        if (r->next_item != 1)
            mc__text_format(&r->w.html, " value=\"%lld\"", (long long)r->next_item);
        put(r, ">");
    }
    r->next_item = 1;
    if (item->is_task)
        r->w.first = item->task_mark == ' ' ? "<input type=\"checkbox\"/> "
                                            : "<input type=\"checkbox\" checked=\"\"/> ";
    r->w.has_text = r->w.break_due = false;
    mc__writer_stay_fresh(&r->w);
}

static void begin_cell(renderer *r, GumboTag tag, MD_ALIGN align)
{
    static const char *const attributes[] = {
        [MD_ALIGN_DEFAULT] = "",
        [MD_ALIGN_LEFT] = " align=\"left\"",
        [MD_ALIGN_CENTER] = " align=\"center\"",
        [MD_ALIGN_RIGHT] = " align=\"right\"",
    };

    if (mc__flow_begin(&r->w, tag)) {
        put(r, attributes[align]);
        put(r, ">");
    }
    r->w.has_text = r->w.break_due = false;
}

/* The language is a class, if it looks like one. */
static void begin_code(renderer *r, const MD_BLOCK_CODE_DETAIL *code)
{
    mc__writer_begin_line(&r->w);
    mc__writer_begin(&r->w, GUMBO_TAG_PRE);
    if (mc__flow_begin(&r->w, GUMBO_TAG_CODE)) {
        if (code->lang.size > 0 && code->lang.size <= LANGUAGE_MAX) {
            put(r, " class=\"language-");
            put_attribute_value(r, &code->lang);
            put(r, "\"");
        }
        put(r, ">");
    }
    r->in_code_block = true;
    r->indent = 0;
}

/* Blocks that are just an element. */
static const GumboTag block_tags[] = {
    [MD_BLOCK_QUOTE] = GUMBO_TAG_BLOCKQUOTE,
    [MD_BLOCK_UL] = GUMBO_TAG_UL,
    [MD_BLOCK_OL] = GUMBO_TAG_OL,
    [MD_BLOCK_TABLE] = GUMBO_TAG_TABLE,
    [MD_BLOCK_THEAD] = GUMBO_TAG_THEAD,
    [MD_BLOCK_TBODY] = GUMBO_TAG_TBODY,
    [MD_BLOCK_TR] = GUMBO_TAG_TR,
};

static int enter_block(MD_BLOCKTYPE type, void *detail, void *data)
{
    static const GumboTag headings[] = {GUMBO_TAG_H1, GUMBO_TAG_H2, GUMBO_TAG_H3,
                                        GUMBO_TAG_H4, GUMBO_TAG_H5, GUMBO_TAG_H6};
    renderer *r = data;

    switch (type) {
    case MD_BLOCK_DOC:
        break;
    case MD_BLOCK_LI:
        begin_item(r, detail);
        break;
    case MD_BLOCK_HR:
        mc__writer_begin_line(&r->w);
        put(r, "<hr/>\n");
        break;
    case MD_BLOCK_H:
        mc__writer_begin_heading(&r->w, headings[((MD_BLOCK_H_DETAIL *)detail)->level - 1]);
        break;
    case MD_BLOCK_CODE:
        begin_code(r, detail);
        break;
    case MD_BLOCK_HTML:
        r->before_raw = r->w.html.length;
        mc__writer_begin_line(&r->w);
        r->raw_begin = r->w.html.length;
        r->in_raw_block = true;
        break;
    case MD_BLOCK_P:
        mc__writer_begin_paragraph(&r->w);
        break;
    case MD_BLOCK_TH:
    case MD_BLOCK_TD:
        begin_cell(r, type == MD_BLOCK_TH ? GUMBO_TAG_TH : GUMBO_TAG_TD,
                   ((MD_BLOCK_TD_DETAIL *)detail)->align);
        break;
    default:
        mc__writer_begin_block(&r->w, block_tags[type], true);
        r->next_item = type == MD_BLOCK_OL ? ((MD_BLOCK_OL_DETAIL *)detail)->start : 1;
    }
    return check(r);
}

static void end_raw_block(renderer *r)
{
    flush_raw(r);
    mc__flow_end_block(&r->w);
    if (r->w.html.length >= r->raw_begin &&
        mc__text_string(&r->w.html)[r->raw_begin + strspn(r->w.html.data + r->raw_begin, " \n")] ==
            '\0') /* it was only a comment */
        r->w.html.length = r->before_raw;
    end_line(r);
    r->in_raw_block = false;
}

static void end_block(renderer *r)
{
    mc__flow_end(&r->w);
    put(r, "\n");
}

static void end_item(renderer *r)
{
    if (r->w.first) /* nothing else is in it */
        mc__writer_begin_text(&r->w);
    mc__writer_trim_line_ends(&r->w);
    end_block(r);
    mc__writer_stay_fresh(&r->w); /* no blank line between items */
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
    case MD_BLOCK_P:
        mc__writer_end_paragraph(&r->w);
        break;
    case MD_BLOCK_H:
        mc__writer_end_heading(&r->w);
        break;
    case MD_BLOCK_CODE:
        r->in_code_block = false;
        mc__flow_end(&r->w);
        end_block(r);
        break;
    default:
        end_block(r);
    }
    hand_on_if_large(r);
    return check(r);
}

static bool is_source(const renderer *r, const char *text)
{
    return text >= r->markdown && text < r->markdown + r->length;
}

/* The indent of a line of code as it was written: md4c makes spaces of tabs. */
static void put_indent(renderer *r, const char *text)
{
    const char *begin = text;
    size_t column = 0, end_column = 0;

    while (begin > r->markdown && begin[-1] != '\n')
        begin--;
    for (const char *at = begin; at < text; at++)
        end_column = mc__column_behind(end_column, *at);
    for (const char *at = begin; at < text; at++) {
        size_t next = mc__column_behind(column, *at);
        size_t from = end_column - r->indent;

        if (column >= from)
            mc__text_putc(&r->w.html, *at == '\t' ? '\t' : ' ');
        else
            for (size_t i = from; i < next; i++) /* a tab of which the block took a part */
                mc__text_putc(&r->w.html, ' ');
        column = next;
    }
    r->indent = 0;
}

/* What is indented comes in two parts, the first being spaces of md4c's own. */
static void put_code_line(renderer *r, const char *text, size_t size)
{
    if (!is_source(r, text) && size > 0 && text[0] == ' ') {
        r->indent += size;
        return;
    }
    if (r->indent > 0 && is_source(r, text))
        put_indent(r, text);
    for (; r->indent > 0; r->indent--)
        put(r, " ");
    mc__marked_source(&r->w.html, r->w.tokens, text, size, MC__SOURCE_CODE);
}

static void put_text(renderer *r, MD_TEXTTYPE type, const char *text, size_t size)
{
    flush_raw(r);
    if (type == MD_TEXT_BR || type == MD_TEXT_SOFTBR) {
        if (r->images > 0)
            put(r, " ");
        else
            mc__writer_break(&r->w);
    } else if (r->in_code_block) {
        put_code_line(r, text, size);
    } else if (type == MD_TEXT_NORMAL && r->images == 0) {
        mc__raw_text(&r->w, text, size, MC__SOURCE_TEXT);
    } else {
        if (r->images == 0)
            mc__writer_begin_text(&r->w);
        put_piece(r, type, text, size);
    }
}

static int text(MD_TEXTTYPE type, const char *characters, MD_SIZE size, void *data)
{
    renderer *r = data;

    if (type != MD_TEXT_HTML)
        put_text(r, type, characters, size);
    else if (r->images == 0 || r->in_raw_block)
        mc__text_append(&r->raw, characters, size);
    return check(r);
}

static const MD_PARSER parser = {
    .flags = MD_FLAG_TABLES | MD_FLAG_STRIKETHROUGH | MD_FLAG_TASKLISTS,
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

    mc__flow_close(&r->w);
    end_line(r);
    if (!check(r))
        hand_on(r);
    return r->error;
}

int mc__markdown(mc__sanitiser *s, const mc__tokens *tokens, const char *markdown, size_t length)
{
    renderer *r = mc__calloc(1, sizeof(*r)); /* the stack of elements is large */
    int rc;

    if (!r)
        return MC_ENOMEM;

    r->sanitiser = s;
    r->markdown = markdown;
    r->length = length;
    r->next_item = 1;
    r->w.tokens = tokens;
    r->w.unseen = GUMBO_TAG_UNKNOWN;
    r->w.open_again = mc__element_open;
    r->growth_max = length * GROWTH_MAX + GROWTH_ALWAYS;
    r->w.html.max = r->growth_max * 2;
    r->raw.max = length + 1;
    rc = run(r, markdown, length);
    mc__text_release(&r->w.html);
    mc__text_release(&r->raw);
    mc__free(r);
    return rc;
}
