/*
 * Writes HTML for markdown.c and elements.c. Calls flow.c, marks.c.
 */
#include "writer.h"
#include "marks.h"

#define ANCHOR_MAX 90 /* bytes, about */

void mc__writer_stay_fresh(mc__writer *w)
{
    w->fresh = w->html.length;
}

void mc__writer_begin_line(mc__writer *w)
{
    if (w->html.length != w->fresh || w->owes_line)
        mc__text_putc(&w->html, '\n');
    w->owes_line = false;
}

void mc__writer_trim_line_ends(mc__writer *w)
{
    while (w->html.length > w->fresh && w->html.data[w->html.length - 1] == '\n')
        w->html.length--;
}

void mc__writer_begin(mc__writer *w, GumboTag tag)
{
    if (mc__flow_begin(&w->flow, tag))
        mc__text_putc(&w->html, '>');
}

void mc__writer_begin_block(mc__writer *w, GumboTag tag, bool ends_line)
{
    mc__writer_begin_line(w);
    mc__writer_begin(w, tag);
    if (ends_line)
        mc__text_putc(&w->html, '\n');
    mc__writer_stay_fresh(w);
    w->has_text = w->break_due = false;
}

void mc__writer_begin_text(mc__writer *w)
{
    if (w->paragraph == MC__PARAGRAPH_DUE) {
        mc__writer_begin_block(w, GUMBO_TAG_P, false);
        w->paragraph = MC__PARAGRAPH_OPEN;
    }
    if (w->break_due)
        mc__text_puts(&w->html, "<br/>\n");
    w->break_due = false;
    w->has_text = true;
    if (w->first)
        mc__text_puts(&w->html, w->first);
    w->first = NULL;
    for (size_t i = 0; i < w->active_count; i++) {
        if (!mc__flow_has(&w->flow, w->active[i] + 1))
            w->open(w, w->active[i]);
    }
}

void mc__writer_break(mc__writer *w)
{
    w->break_due = w->has_text;
}

static bool is_bare(const mc__writer *w)
{
    size_t owner = w->flow.depth > 0 ? w->flow.open[w->flow.depth - 1].owner : 0;

    return owner > 0 && w->tokens->items[owner - 1].is_tight;
}

void mc__writer_begin_paragraph(mc__writer *w)
{
    w->paragraph = is_bare(w) ? MC__PARAGRAPH_BARE : MC__PARAGRAPH_DUE;
    if (w->paragraph == MC__PARAGRAPH_DUE || !w->has_text)
        w->has_text = w->break_due = false;
}

void mc__writer_end_paragraph(mc__writer *w)
{
    if (w->paragraph == MC__PARAGRAPH_OPEN) {
        mc__flow_end(&w->flow);
        mc__text_putc(&w->html, '\n');
    }
    w->paragraph = MC__PARAGRAPH_NONE;
}

/* The words of HTML, in lower case, with a '-' between them. */
static void put_anchor(mc__text *out, const char *html, size_t length)
{
    bool is_between = false, is_in_word = false;

    for (size_t at = 0; at < length && out->length < ANCHOR_MAX;) {
        const char *skipped = html[at] == '<' ? ">" : html[at] == '&' ? ";" : NULL;
        uint32_t c;

        if (skipped) {
            while (at < length && html[at] != *skipped)
                at++;
            at += at < length;
            continue;
        }
        c = mc__utf8_next(html, length, &at);
        if (mc__char_is_space(c) || c == '-') {
            is_between = out->length > 0;
        } else if (mc__char_is_letter(c) || c == '_' ||
                   (is_in_word && mc__char_is_word(c) && mc__char_is_visible(c))) {
            if (is_between)
                mc__text_putc(out, '-');
            mc__text_utf8(out, mc__char_to_lower(c));
            is_between = false;
            is_in_word = true;
            continue;
        }
        is_in_word = false; /* where marks on letters may stand, but those of emoji don't count */
    }
}

void mc__writer_begin_heading(mc__writer *w, GumboTag tag)
{
    mc__writer_begin_block(w, tag, false);
    w->is_heading = true;
    w->heading = w->html.length;
}

/* Puts the name into the start tag, now that it is known. */
static void put_heading_name(mc__writer *w)
{
    mc_scratch_text(anchor);
    mc_scratch_text(rest);
    bool is_open = w->heading > 0 && w->html.data[w->heading - 1] == '>' &&
                   w->flow.unseen == GUMBO_TAG_UNKNOWN; /* or its place would move */

    if (!is_open)
        return;
    put_anchor(&anchor, w->html.data + w->heading, w->html.length - w->heading);
    if (anchor.error)
        w->html.error = anchor.error;
    if (anchor.error || anchor.length == 0)
        return;

    mc__text_append(&rest, w->html.data + w->heading - 1, w->html.length - w->heading + 1);
    w->html.length = w->heading - 1;
    mc__text_format(&w->html, " id=\"%s\"", mc__text_string(&anchor));
    mc__text_append(&w->html, rest.data, rest.length);
    if (rest.error)
        w->html.error = rest.error;
}

void mc__writer_end_heading(mc__writer *w)
{
    if (!w->html.error)
        put_heading_name(w);
    w->is_heading = false;
    mc__flow_end(&w->flow);
    mc__text_putc(&w->html, '\n');
}

/*
 * md4c 0.4.8 may tell of the end of a span that it never told the beginning of, and the other way
 * round: "[a](*b) c*" has an end of emphasis only. So each end is compared with what is open.
 */
bool mc__writer_begin_span(mc__writer *w, MD_SPANTYPE type, GumboTag tag)
{
    if (w->spans++ >= MC__SPANS_MAX)
        return false;

    w->span_types[w->spans - 1] = type;
    return mc__flow_begin(&w->flow, tag);
}

static void end_innermost_span(mc__writer *w)
{
    if (--w->spans < MC__SPANS_MAX)
        mc__flow_end(&w->flow);
}

void mc__writer_end_span(mc__writer *w, MD_SPANTYPE type)
{
    size_t place = w->spans;

    if (w->spans <= MC__SPANS_MAX) {
        while (place > 0 && w->span_types[place - 1] != type)
            place--;
    }
    while (place > 0 && w->spans >= place)
        end_innermost_span(w);
}

void mc__writer_end_spans(mc__writer *w)
{
    while (w->spans > 0)
        end_innermost_span(w);
}

static void put_plain(mc__writer *w, const char *text, size_t length)
{
    if (length == 0 || (!w->has_text && mc__run_length(text, 0, length, ' ') == length))
        return;
    mc__writer_begin_text(w);
    mc__text_html(&w->html, text, length);
}

/* In code that was written as HTML, tags of BBCode are code too. */
static bool is_in_code(const mc__writer *w)
{
    return mc__flow_is_open(&w->flow, GUMBO_TAG_PRE) || mc__flow_is_open(&w->flow, GUMBO_TAG_CODE);
}

static bool is_element(const mc__writer *w, const mc__mark *mark)
{
    return mark->kind == MC__MARK_TOKEN && mark->token < w->tokens->count && !is_in_code(w);
}

void mc__writer_text(mc__writer *w, const char *text, size_t length)
{
    size_t at = 0;
    mc__mark mark;

    while (mc__mark_find(text, length, at, &mark)) {
        put_plain(w, text + at, mark.begin - at);
        if (is_element(w, &mark)) {
            w->put(w, mark.token);
        } else if (mark.kind == MC__MARK_TOKEN) {
            mc__writer_begin_text(w);
            mc__marked_source(&w->html, w->tokens, text + mark.begin, mark.end - mark.begin,
                              MC__SOURCE_CODE);
        } else if (mark.kind == MC__MARK_ESCAPED) {
            mc__writer_begin_text(w);
            mc__text_format(&w->html, "&#%u;", (unsigned)mc__mark_escaped(mark.character));
        } else {
            put_plain(w, &mark.character, mark.character != 0);
        }
        at = mark.end;
    }
    put_plain(w, text + at, length - at);
}

static void append(mc__text *out, const char *text, size_t length, mc__source source)
{
    if (source == MC__SOURCE_HTML)
        mc__flow_put(out, text, length);
    else
        mc__text_html(out, text, length);
}

void mc__marked_source(mc__text *out, const mc__tokens *tokens, const char *text, size_t length,
                       mc__source source)
{
    size_t at = 0;
    mc__mark mark;

    while (mc__mark_find(text, length, at, &mark)) {
        append(out, text + at, mark.begin - at, source);
        if (mark.kind == MC__MARK_TOKEN && mark.token < tokens->count) {
            const mc__token *t = &tokens->items[mark.token];

            append(out, tokens->text + t->begin, t->end - t->begin, source);
        } else {
            if (mark.kind == MC__MARK_ESCAPED && source != MC__SOURCE_ATTRIBUTE)
                mc__text_putc(out, '\\');
            append(out, &mark.character, mark.character != 0, source);
        }
        at = mark.end;
    }
    append(out, text + at, length - at, source);
}

/* In the author's HTML BBCode means what it means elsewhere; Markdown doesn't. */
static void put_raw_text(void *data, const char *text, size_t length)
{
    mc__writer *w = data;
    size_t at = 0;
    mc__mark mark;

    while (mc__mark_find(text, length, at, &mark)) {
        if (mark.begin > at && w->active_count > 0)
            mc__writer_begin_text(w);
        mc__flow_put(&w->html, text + at, mark.begin - at);
        if (is_element(w, &mark))
            w->put(w, mark.token);
        else
            mc__marked_source(&w->html, w->tokens, text + mark.begin, mark.end - mark.begin,
                              MC__SOURCE_HTML);
        at = mark.end;
    }
    if (at < length && w->active_count > 0)
        mc__writer_begin_text(w);
    mc__flow_put(&w->html, text + at, length - at);
}

static void put_raw_value(void *data, const char *value, size_t length)
{
    mc__writer *w = data;

    mc__marked_source(&w->html, w->tokens, value, length, MC__SOURCE_HTML);
}

void mc__writer_init(mc__writer *w, const mc__tokens *tokens, mc__put_token put_token,
                     mc__put_token open)
{
    w->put = put_token;
    w->open = open;
    w->tokens = tokens;
    w->flow.out = &w->html;
    w->flow.unseen = GUMBO_TAG_UNKNOWN;
    w->flow.sink = (mc__flow_sink){put_raw_text, put_raw_value, w};
}
