/*
 * Paragraphs, line breaks, headings and spans of the HTML being made. Calls flow.c.
 */
#include "writer.h"

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
    if (mc__flow_begin(w, tag))
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
        if (!mc__flow_has(w, w->active[i] + 1))
            w->open_again(w, w->active[i]);
    }
}

void mc__writer_break(mc__writer *w)
{
    w->break_due = w->has_text;
}

static bool is_bare(const mc__writer *w)
{
    size_t owner = w->depth > 0 ? w->open[w->depth - 1].owner : 0;

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
        mc__flow_end(w);
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
                   w->unseen == GUMBO_TAG_UNKNOWN; /* or its place would move */

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
    mc__flow_end(w);
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
    return mc__flow_begin(w, tag);
}

static void end_innermost_span(mc__writer *w)
{
    if (--w->spans < MC__SPANS_MAX)
        mc__flow_end(w);
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
