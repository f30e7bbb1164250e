/*
 * The stack of elements that are open, so that what is written is well-formed and bounded, whatever
 * the author put into it. Calls policy.c.
 *
 * This is not what makes the HTML safe: that is sanitise.c, which comes last. It is here because a
 * parser of HTML 5 does what the specification says about broken markup, and some of that takes
 * more than linear time, or multiplies text: open formatting elements are opened again in every
 * paragraph that follows, each tag looks through all open elements. What is written here is always
 * nested properly and never deep, and an element never closed ends with its block.
 */
#include "writer.h"

static mc__open_element *top(mc__writer *w)
{
    return w->depth > 0 ? &w->open[w->depth - 1] : NULL;
}

bool mc__flow_is_open(const mc__writer *w, GumboTag tag)
{
    for (size_t i = 0; i < w->depth; i++) {
        if (w->open[i].tag == tag)
            return true;
    }
    return false;
}

static void put_name(mc__writer *w, const char *before, GumboTag tag)
{
    mc__text_puts(&w->html, before);
    mc__text_puts(&w->html, gumbo_normalized_tagname(tag));
}

static bool is_raw(const mc__open_element *e)
{
    return e->made == 0;
}

static void push(mc__writer *w, GumboTag tag, size_t made, size_t owner)
{
    w->open[w->depth++] = (mc__open_element){tag, made, owner};
    w->raw_count += made == 0;
}

/* Takes the innermost element off the stack, without writing anything. */
static GumboTag pop(mc__writer *w)
{
    const mc__open_element *e = &w->open[--w->depth];

    w->raw_count -= is_raw(e);
    if (w->depth < w->unseen_depth)
        w->unseen = GUMBO_TAG_UNKNOWN; /* what contains the script ends before it: no script */
    return e->tag;
}

static void close_to(mc__writer *w, size_t depth)
{
    while (w->depth > depth) {
        put_name(w, "</", pop(w));
        mc__text_putc(&w->html, '>');
    }
}

bool mc__flow_begin(mc__writer *w, GumboTag tag)
{
    bool nested_link = tag == GUMBO_TAG_A && mc__flow_is_open(w, GUMBO_TAG_A);

    if (w->made_count++ >= MC__FLOW_MADE_MAX || nested_link)
        return false;
    push(w, tag, w->made_count, 0);
    put_name(w, "<", tag);
    return true;
}

/* The author may have ended it already, with something around it. */
void mc__flow_end(mc__writer *w)
{
    size_t place = w->depth;

    while (place > 0 && w->open[place - 1].made != w->made_count)
        place--;
    if (place > 0)
        close_to(w, place - 1);
    w->made_count--;
}

void mc__flow_end_block(mc__writer *w)
{
    while (w->depth > 0 && is_raw(top(w)) && !(mc__element_flags(top(w)->tag) & MC__BLOCK))
        close_to(w, w->depth - 1);
}

void mc__flow_close(mc__writer *w)
{
    close_to(w, 0);
}

/* A start tag of these may leave out the end tag of the element before; it ends those in closes,
 * looking no further than one in within. */
typedef struct implied_end {
    const char *tags, *closes, *within;
} implied_end;

static const implied_end implied_ends[] = {
    {"li", "li", "ul ol"},
    {"dt dd", "dt dd", "dl"},
    {"rt rp", "rt rp", "ruby"},
    {"td th", "td th", "tr table"},
    {"tr", "tr caption colgroup", "tbody thead tfoot table"},
    {"tbody thead tfoot", "tbody thead tfoot caption colgroup tr", "table"},
};

static bool is_among(GumboTag tag, const char *names)
{
    return mc__slice_is_among(mc__slice_of(gumbo_normalized_tagname(tag)), names);
}

static void apply_implied_end(mc__writer *w, const implied_end *rule)
{
    size_t depth = w->depth;

    for (size_t i = w->depth; i > 0 && is_raw(&w->open[i - 1]); i--) {
        GumboTag tag = w->open[i - 1].tag;

        if (is_among(tag, rule->within))
            break;
        if (is_among(tag, rule->closes))
            depth = i - 1;
    }
    close_to(w, depth);
}

/* A block ends the paragraph it would stand in, and what was opened in text around it but links. */
static void make_way_for_block(mc__writer *w)
{
    for (size_t i = w->depth; i > 0; i--) {
        GumboTag tag = w->open[i - 1].tag;

        if (tag == GUMBO_TAG_P) {
            close_to(w, i - 1);
            return;
        }
        if (mc__element_flags(tag) & MC__BLOCK)
            break;
    }
    while (w->depth > 0 && is_raw(top(w)) && top(w)->tag != GUMBO_TAG_A &&
           !(mc__element_flags(top(w)->tag) & MC__BLOCK))
        close_to(w, w->depth - 1);
}

static void make_way(mc__writer *w, GumboTag tag)
{
    if (mc__element_flags(tag) & MC__BLOCK)
        make_way_for_block(w);
    for (size_t i = 0; i < MC_COUNT(implied_ends); i++) {
        if (is_among(tag, implied_ends[i].tags))
            apply_implied_end(w, &implied_ends[i]);
    }
}

void mc__flow_put(mc__text *out, const char *text, size_t length)
{
    for (size_t begin = 0, i = 0; i <= length; i++) {
        bool special = i < length && (text[i] == '<' || text[i] == '"');

        if (!special && i < length)
            continue;
        mc__text_append(out, text + begin, i - begin);
        if (special)
            mc__text_puts(out, text[i] == '<' ? "&lt;" : "&#34;");
        begin = i + 1;
    }
}

bool mc__flow_open(mc__writer *w, GumboTag tag, size_t owner)
{
    bool is_void = mc__element_flags(tag) & MC__VOID;
    bool is_refused = (!is_void && w->raw_count == MC__FLOW_RAW_MAX) ||
                      (tag == GUMBO_TAG_A && mc__flow_is_open(w, tag));

    if (is_refused)
        return false;
    make_way(w, tag);
    if (!is_void)
        push(w, tag, 0, owner);
    put_name(w, "<", tag);
    return true;
}

static size_t find_owner(const mc__writer *w, size_t owner)
{
    size_t i = w->depth;

    while (i > 0 && w->open[i - 1].owner != owner)
        i--;
    return i;
}

bool mc__flow_has(const mc__writer *w, size_t owner)
{
    return find_owner(w, owner) > 0;
}

bool mc__flow_shut(mc__writer *w, size_t owner)
{
    size_t place = find_owner(w, owner);

    if (place > 0)
        close_to(w, place - 1);
    return place > 0;
}

void mc__flow_close_raw(mc__writer *w, GumboTag element)
{
    bool in_script = w->unseen != GUMBO_TAG_UNKNOWN;
    size_t least = in_script ? w->unseen_depth : 0;

    for (size_t i = w->depth; i > least && is_raw(&w->open[i - 1]); i--) {
        if (w->open[i - 1].tag == element) {
            close_to(w, i - 1);
            return;
        }
    }
}

void mc__flow_begin_unseen(mc__writer *w, GumboTag element)
{
    if (w->unseen != GUMBO_TAG_UNKNOWN)
        return;

    w->unseen = element;
    w->unseen_from = w->html.length;
    w->unseen_depth = w->depth;
}

void mc__flow_end_unseen(mc__writer *w, GumboTag element)
{
    if (w->unseen != element || element == GUMBO_TAG_UNKNOWN)
        return;

    while (w->depth > w->unseen_depth)
        pop(w);
    w->html.length = w->unseen_from;
    w->unseen = GUMBO_TAG_UNKNOWN;
}
