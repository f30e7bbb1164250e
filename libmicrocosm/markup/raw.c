/*
 * What the author wrote between the marks of Markdown: text, with marks of our own in it, and HTML.
 * Calls elements.c, writer.c, flow.c, marks.c, scan.c, policy.c.
 *
 * Of HTML, known elements and few attributes stay, and a '<' that begins no tag is text.
 */
#include "marks.h"
#include "scan.h"
#include "writer.h"

#define ATTRIBUTES_MAX 16
#define VALUE_MAX 4096

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
        } else if (mark.kind == MC__MARK_ESCAPED && source == MC__SOURCE_TEXT) {
            mc__text_format(out, "&#%u;", (unsigned)mc__mark_escaped(mark.character));
        } else {
            if (mark.kind == MC__MARK_ESCAPED && source != MC__SOURCE_ATTRIBUTE)
                mc__text_putc(out, '\\');
            append(out, &mark.character, mark.character != 0, source);
        }
        at = mark.end;
    }
    append(out, text + at, length - at, source);
}

/* In code that was written as HTML, tags of BBCode are code too. */
static bool is_in_code(const mc__writer *w)
{
    return mc__flow_is_open(w, GUMBO_TAG_PRE) || mc__flow_is_open(w, GUMBO_TAG_CODE);
}

static bool is_element(const mc__writer *w, const mc__mark *mark)
{
    return mark->kind == MC__MARK_TOKEN && mark->token < w->tokens->count && !is_in_code(w);
}

/* Spaces begin no text. */
static void put_piece(mc__writer *w, const char *text, size_t length, mc__source source)
{
    bool is_html = source == MC__SOURCE_HTML;

    if (length == 0 || (!is_html && !w->has_text && mc__run_length(text, 0, length, ' ') == length))
        return;
    if (!is_html || w->active_count > 0)
        mc__writer_begin_text(w);
    mc__marked_source(&w->html, w->tokens, text, length, source);
}

void mc__raw_text(mc__writer *w, const char *text, size_t length, mc__source source)
{
    size_t at = 0;
    mc__mark mark;

    while (mc__mark_find(text, length, at, &mark)) {
        put_piece(w, text + at, mark.begin - at, source);
        if (is_element(w, &mark))
            mc__element_put(w, mark.token);
        else
            put_piece(w, text + mark.begin, mark.end - mark.begin, source);
        at = mark.end;
    }
    put_piece(w, text + at, length - at, source);
}

static void put_attributes(mc__writer *w, const mc__scan *scan, const mc__tag *tag,
                           GumboTag element)
{
    size_t at = tag->attributes;
    mc__attribute a;
    int count = 0;

    while (count < ATTRIBUTES_MAX && mc__scan_attribute(scan, tag, &at, &a)) {
        if (a.value.length > VALUE_MAX || mc__attribute_kind(element, a.name) == MC__VALUE_NONE)
            continue;
        mc__text_putc(&w->html, ' ');
        mc__text_lower(&w->html, a.name.text, a.name.length);
        mc__text_puts(&w->html, "=\"");
        if (a.value.text)
            mc__marked_source(&w->html, w->tokens, a.value.text, a.value.length, MC__SOURCE_HTML);
        mc__text_putc(&w->html, '"');
        count++;
    }
}

/* Behind the element whose start tag ends at `at`, if its end tag follows; else `at`. */
static size_t skip_unseen(mc__writer *w, mc__scan *scan, size_t at, GumboTag element)
{
    static const GumboTag remembered[] = {GUMBO_TAG_SCRIPT, GUMBO_TAG_STYLE,    GUMBO_TAG_IFRAME,
                                          GUMBO_TAG_OBJECT, GUMBO_TAG_NOSCRIPT, GUMBO_TAG_TEMPLATE};
    bool is_first = w->unseen == GUMBO_TAG_UNKNOWN;
    unsigned slot = 0; /* in which the scan remembers that no such end tag follows */
    mc__tag closer;

    mc__flow_begin_unseen(w, element);
    while (slot < MC_COUNT(remembered) && remembered[slot] != element)
        slot++;
    if (!is_first || slot == MC_COUNT(remembered))
        return at;

    size_t end = mc__scan_closer(scan, at, gumbo_normalized_tagname(element), slot);
    if (end == SIZE_MAX || !mc__scan_tag(scan, end, &closer))
        return at;
    mc__flow_end_unseen(w, element);
    return closer.end;
}

/* Behind the tag. */
static size_t take_tag(mc__writer *w, mc__scan *scan, const mc__tag *tag, GumboTag element)
{
    unsigned flags = mc__element_flags(element);

    if (tag->kind == MC__TAG_CLOSE) {
        if (flags & MC__UNSEEN)
            mc__flow_end_unseen(w, element);
        else
            mc__flow_close_raw(w, element);
    } else if (flags & MC__UNSEEN) {
        return skip_unseen(w, scan, tag->end, element);
    } else if ((flags & MC__KEPT) && mc__flow_open(w, element, 0)) {
        put_attributes(w, scan, tag, element);
        mc__text_putc(&w->html, '>');
    }
    return tag->end;
}

void mc__raw_html(mc__writer *w, const char *html, size_t length)
{
    mc__scan scan = {.text = html, .length = length};
    size_t text = 0; /* where the text begins that is still to be written */
    mc__tag tag;

    for (size_t at = 0; at < length;) {
        const char *mark = memchr(html + at, '<', length - at);
        if (!mark)
            break;

        at = (size_t)(mark - html);
        bool is_tag = mc__scan_tag(&scan, at, &tag);
        GumboTag element =
            is_tag && tag.kind != MC__TAG_OTHER ? mc__element_find(tag.name) : GUMBO_TAG_UNKNOWN;
        bool is_comment = is_tag && tag.kind == MC__TAG_OTHER;
        if (!is_comment && element == GUMBO_TAG_UNKNOWN) { /* as in "vector<int>" */
            at++;
            continue;
        }
        mc__raw_text(w, html + text, at - text, MC__SOURCE_HTML);
        at = text = is_comment ? tag.end : take_tag(w, &scan, &tag, element);
    }
    mc__raw_text(w, html + text, length - text, MC__SOURCE_HTML);
}
