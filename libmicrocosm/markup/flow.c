/*
 * Writes HTML that is well-formed and bounded, whatever the author put into it. Calls policy.c,
 * scan.c.
 *
 * This is not what makes the HTML safe: that is sanitise.c, which comes last. It is here because a
 * parser of HTML 5 does what the specification says about broken markup, and some of that takes
 * more than linear time, or multiplies text: open formatting elements are opened again in every
 * paragraph that follows, each tag looks through all open elements. What is written here is always
 * nested properly and never deep, has known elements only, and few attributes. It is also kinder:
 * a '<' that begins no tag stays in the text, and a tag never closed ends with its block.
 */
#include "flow.h"
#include "scan.h"

#define ATTRIBUTES_MAX 16
#define VALUE_MAX 4096
#define GONE SIZE_MAX

static mc__open_element *top(mc__flow *flow)
{
    return flow->depth > 0 ? &flow->open[flow->depth - 1] : NULL;
}

bool mc__flow_is_open(const mc__flow *flow, GumboTag tag)
{
    for (size_t i = 0; i < flow->depth; i++) {
        if (flow->open[i].tag == tag)
            return true;
    }
    return false;
}

static void put_name(mc__flow *flow, const char *before, GumboTag tag)
{
    mc__text_puts(flow->out, before);
    mc__text_puts(flow->out, gumbo_normalized_tagname(tag));
}

static void push(mc__flow *flow, GumboTag tag, bool is_raw)
{
    mc__open_element *e = &flow->open[flow->depth++];

    *e = (mc__open_element){.tag = tag, .is_raw = is_raw};
    if (is_raw) {
        flow->raw_count++;
    } else {
        e->made = flow->made_count;
        flow->made[flow->made_count++] = flow->depth - 1;
    }
}

/* Takes the innermost element off the stack, without writing anything. */
static GumboTag pop(mc__flow *flow)
{
    const mc__open_element *e = &flow->open[--flow->depth];

    if (e->is_raw)
        flow->raw_count--;
    else
        flow->made[e->made] = GONE; /* its end is still to come */
    if (flow->depth < flow->unseen_depth)
        flow->unseen = GUMBO_TAG_UNKNOWN; /* what contains the script ends before it: no script */
    return e->tag;
}

static void close_to(mc__flow *flow, size_t depth)
{
    while (flow->depth > depth) {
        put_name(flow, "</", pop(flow));
        mc__text_putc(flow->out, '>');
    }
}

bool mc__flow_begin(mc__flow *flow, GumboTag tag)
{
    bool nested_link = tag == GUMBO_TAG_A && mc__flow_is_open(flow, GUMBO_TAG_A);

    if (flow->skipped > 0 || flow->made_count == MC__FLOW_MADE_MAX) {
        flow->skipped++;
        return false;
    }
    if (nested_link) {
        flow->made[flow->made_count++] = GONE;
        return false;
    }
    push(flow, tag, false);
    put_name(flow, "<", tag);
    return true;
}

void mc__flow_end(mc__flow *flow)
{
    if (flow->skipped > 0) {
        flow->skipped--;
        return;
    }

    size_t place = flow->made[flow->made_count - 1];
    if (place != GONE)
        close_to(flow, place);
    flow->made_count--;
}

void mc__flow_end_block(mc__flow *flow)
{
    while (flow->depth > 0 && top(flow)->is_raw && !(mc__element_flags(top(flow)->tag) & MC__BLOCK))
        close_to(flow, flow->depth - 1);
}

void mc__flow_close(mc__flow *flow)
{
    close_to(flow, 0);
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

static void apply_implied_end(mc__flow *flow, const implied_end *rule)
{
    size_t depth = flow->depth;

    for (size_t i = flow->depth; i > 0 && flow->open[i - 1].is_raw; i--) {
        GumboTag tag = flow->open[i - 1].tag;

        if (is_among(tag, rule->within))
            break;
        if (is_among(tag, rule->closes))
            depth = i - 1;
    }
    close_to(flow, depth);
}

/* A block ends the paragraph it would stand in, and what was opened in text around it but links. */
static void make_way_for_block(mc__flow *flow)
{
    for (size_t i = flow->depth; i > 0; i--) {
        GumboTag tag = flow->open[i - 1].tag;

        if (tag == GUMBO_TAG_P) {
            close_to(flow, i - 1);
            return;
        }
        if (mc__element_flags(tag) & MC__BLOCK)
            break;
    }
    while (flow->depth > 0 && top(flow)->is_raw && top(flow)->tag != GUMBO_TAG_A &&
           !(mc__element_flags(top(flow)->tag) & MC__BLOCK))
        close_to(flow, flow->depth - 1);
}

static void make_way(mc__flow *flow, GumboTag tag)
{
    if (mc__element_flags(tag) & MC__BLOCK)
        make_way_for_block(flow);
    for (size_t i = 0; i < MC_COUNT(implied_ends); i++) {
        if (is_among(tag, implied_ends[i].tags))
            apply_implied_end(flow, &implied_ends[i]);
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

static void put_attribute(mc__flow *flow, const mc__attribute *attribute)
{
    mc__text_putc(flow->out, ' ');
    mc__text_lower(flow->out, attribute->name, attribute->name_length);
    mc__text_puts(flow->out, "=\"");
    if (attribute->value)
        flow->sink.value(flow->sink.data, attribute->value, attribute->value_length);
    mc__text_putc(flow->out, '"');
}

static void put_start_tag(mc__flow *flow, const mc__scan *scan, const mc__tag *tag,
                          GumboTag element)
{
    size_t at = tag->attributes;
    mc__attribute attribute;
    int count = 0;

    put_name(flow, "<", element);
    while (count < ATTRIBUTES_MAX && mc__scan_attribute(scan, tag, &at, &attribute)) {
        if (attribute.value_length > VALUE_MAX ||
            mc__attribute_kind(element, attribute.name, attribute.name_length) == MC__VALUE_NONE)
            continue;
        put_attribute(flow, &attribute);
        count++;
    }
    mc__text_putc(flow->out, '>');
}

static void open_element(mc__flow *flow, const mc__scan *scan, const mc__tag *tag, GumboTag element)
{
    unsigned flags = mc__element_flags(element);
    bool nested_link = element == GUMBO_TAG_A && mc__flow_is_open(flow, GUMBO_TAG_A);

    if (!(flags & MC__KEPT) || nested_link)
        return;
    make_way(flow, element);
    if (flags & MC__VOID) {
        put_start_tag(flow, scan, tag, element);
        return;
    }
    if (flow->raw_count == MC__FLOW_RAW_MAX)
        return;
    push(flow, element, true);
    put_start_tag(flow, scan, tag, element);
}

bool mc__flow_open(mc__flow *flow, GumboTag tag, size_t owner)
{
    if (flow->raw_count == MC__FLOW_RAW_MAX || (tag == GUMBO_TAG_A && mc__flow_is_open(flow, tag)))
        return false;
    make_way(flow, tag);
    push(flow, tag, true);
    top(flow)->owner = owner;
    put_name(flow, "<", tag);
    return true;
}

static size_t find_owner(const mc__flow *flow, size_t owner)
{
    size_t i = flow->depth;

    while (i > 0 && flow->open[i - 1].owner != owner)
        i--;
    return i;
}

bool mc__flow_has(const mc__flow *flow, size_t owner)
{
    return find_owner(flow, owner) > 0;
}

bool mc__flow_shut(mc__flow *flow, size_t owner)
{
    size_t place = find_owner(flow, owner);

    if (place > 0)
        close_to(flow, place - 1);
    return place > 0;
}

/* An end tag reaches no element outside of the Markdown that it stands in. */
static void close_element(mc__flow *flow, GumboTag element)
{
    bool in_script = flow->unseen != GUMBO_TAG_UNKNOWN;
    size_t least = in_script ? flow->unseen_depth : 0;

    for (size_t i = flow->depth; i > least && flow->open[i - 1].is_raw; i--) {
        if (flow->open[i - 1].tag == element) {
            close_to(flow, i - 1);
            return;
        }
    }
}

static void begin_unseen(mc__flow *flow, GumboTag element)
{
    if (flow->unseen != GUMBO_TAG_UNKNOWN)
        return;

    flow->unseen = element;
    flow->unseen_from = flow->out->length;
    flow->unseen_depth = flow->depth;
}

/* Takes back all that was written since the element began. */
static void end_unseen(mc__flow *flow, GumboTag element)
{
    if (flow->unseen != element || element == GUMBO_TAG_UNKNOWN)
        return;

    while (flow->depth > flow->unseen_depth)
        pop(flow);
    flow->out->length = flow->unseen_from;
    flow->unseen = GUMBO_TAG_UNKNOWN;
}

/* Behind the element whose start tag ends at `at`, if its end tag follows; else `at`. */
static size_t skip_unseen(mc__flow *flow, mc__scan *scan, size_t at, GumboTag element)
{
    static const GumboTag remembered[] = {GUMBO_TAG_SCRIPT, GUMBO_TAG_STYLE,    GUMBO_TAG_IFRAME,
                                          GUMBO_TAG_OBJECT, GUMBO_TAG_NOSCRIPT, GUMBO_TAG_TEMPLATE};
    bool is_first = flow->unseen == GUMBO_TAG_UNKNOWN;
    unsigned slot = 0; /* in which the scan remembers that no such end tag follows */
    mc__tag closer;

    begin_unseen(flow, element);
    while (slot < MC_COUNT(remembered) && remembered[slot] != element)
        slot++;
    if (!is_first || slot == MC_COUNT(remembered))
        return at;

    size_t end = mc__scan_closer(scan, at, gumbo_normalized_tagname(element), slot);
    if (end == SIZE_MAX || !mc__scan_tag(scan, end, &closer))
        return at;
    end_unseen(flow, element);
    return closer.end;
}

static size_t take_tag(mc__flow *flow, mc__scan *scan, const mc__tag *tag)
{
    if (tag->kind == MC__TAG_OTHER)
        return tag->end;

    GumboTag element = mc__element_find(tag->name, tag->name_length);
    bool is_unseen = mc__element_flags(element) & MC__UNSEEN;
    if (tag->kind == MC__TAG_OPEN && is_unseen)
        return skip_unseen(flow, scan, tag->end, element);
    if (tag->kind == MC__TAG_OPEN)
        open_element(flow, scan, tag, element);
    else if (is_unseen)
        end_unseen(flow, element);
    else
        close_element(flow, element);
    return tag->end;
}

/* "vector<int>" has no tag in it. */
static bool is_html(const mc__tag *tag)
{
    return tag->kind == MC__TAG_OTHER ||
           mc__element_find(tag->name, tag->name_length) != GUMBO_TAG_UNKNOWN;
}

void mc__flow_raw(mc__flow *flow, const char *html, size_t length)
{
    mc__scan scan = {.text = html, .length = length};
    size_t text = 0; /* where the text begins that is still to be written */
    mc__tag tag;

    for (size_t at = 0; at < length;) {
        const char *mark = memchr(html + at, '<', length - at);
        if (!mark)
            break;

        at = (size_t)(mark - html);
        if (!mc__scan_tag(&scan, at, &tag) || !is_html(&tag)) {
            at++;
            continue;
        }
        flow->sink.text(flow->sink.data, html + text, at - text);
        at = text = take_tag(flow, &scan, &tag);
    }
    flow->sink.text(flow->sink.data, html + text, length - text);
}
