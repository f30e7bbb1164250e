/* See template.h. */
#include "template.h"

#define DEPTH_MAX 16 /* of sections and files in each other */
#define NAME_MAX_BYTES 40

typedef enum piece_kind { LITERAL, VALUE, RAW, SECTION, INVERTED } piece_kind;

typedef struct mc__piece {
    piece_kind kind;
    const char *text; /* of a literal */
    size_t length;
    size_t name; /* its place among the names */
    const struct mc__piece *inside, *next;
} piece;

/* Reading */

typedef struct reader {
    mc__problem *problem;
    mc__arena *arena;
    const mc__template_source *source;
    mc__part part;
    const char *file, *whole; /* what is being read, for messages */
    const char *at, *end;
    int depth;
} reader;

typedef struct tag {
    char sigil; /* 0: a value; else one of { # ^ / > ! */
    char name[NAME_MAX_BYTES];
    const char *start;
} tag;

static const char *const part_names[MC_PARTS] = {"subject", "text", "html"};

static int fail(const reader *r, const char *at, const char *what, const char *name)
{
    int line = 1;

    for (const char *c = r->whole; c < at; c++)
        line += *c == '\n';
    return mc__fail(r->problem, MC_EINVAL, "mail template %s, line %d: %s%s%s", r->file, line, what,
                    *name ? " " : "", name);
}

static bool is_blank(char c)
{
    return c == ' ' || c == '\t' || c == '\r';
}

/* The name inside of a tag, without blanks. False: it is too long or has other characters. */
static bool read_name(char out[NAME_MAX_BYTES], const char *from, const char *to)
{
    size_t length;

    while (from < to && is_blank(*from))
        from++;
    while (to > from && is_blank(to[-1]))
        to--;
    length = (size_t)(to - from);
    if (length >= NAME_MAX_BYTES)
        return false;
    memcpy(out, from, length);
    out[length] = '\0';
    return strspn(out, "abcdefghijklmnopqrstuvwxyz0123456789-_") == length;
}

/* Reads the tag that begins here, with its braces. */
static int read_tag(tag *out, reader *r)
{
    bool is_raw = r->at + 2 < r->end && r->at[2] == '{';
    const char *close = strstr(r->at, is_raw ? "}}}" : "}}"), *from = r->at + 2;

    *out = (tag){.start = r->at};
    if (!close || close >= r->end)
        return fail(r, r->at, "{{ without }}", "");
    if (from < close && strchr("{#^/>!", *from))
        out->sigil = *from++;
    if (out->sigil != '!' && !read_name(out->name, from, close))
        return fail(r, r->at, "this is no name of a value", "");
    r->at = close + (is_raw ? 3 : 2);
    return 0;
}

/* Takes the rest of the line if it has nothing but the tag. The beginning: of the literal before
 * it, whose end is returned. */
static const char *strip_line(reader *r, const tag *t, const char *begin)
{
    const char *from = t->start, *to = r->at;

    while (from > begin && is_blank(from[-1]))
        from--;
    while (to < r->end && is_blank(*to))
        to++;
    if ((from > r->whole && from[-1] != '\n') || (to < r->end && *to != '\n'))
        return t->start;
    r->at = to < r->end ? to + 1 : to;
    return from;
}

static int find_name(size_t *out, const reader *r, const tag *t)
{
    for (size_t i = 0; r->source->names[i].name; i++)
        if (strcmp(r->source->names[i].name, t->name) == 0) {
            *out = i;
            return 0;
        }
    return fail(r, t->start, "there is no value", t->name);
}

static piece *add(const piece ***last, reader *r, piece_kind kind)
{
    piece *p = mc__arena_alloc(r->arena, sizeof(*p));

    if (!p)
        return NULL;
    p->kind = kind;
    **last = p;
    *last = &p->next;
    return p;
}

static int add_literal(const piece ***last, reader *r, const char *from, const char *to)
{
    piece *p = from < to ? add(last, r, LITERAL) : NULL;

    if (p) {
        p->text = from;
        p->length = (size_t)(to - from);
    }
    return from < to && !p ? mc__fail(r->problem, MC_ENOMEM, "out of memory") : 0;
}

static int add_value(const piece ***last, reader *r, const tag *t)
{
    mc__value_kind kind;
    size_t name = 0;
    int rc = find_name(&name, r, t);
    piece *p;

    if (rc < 0)
        return rc;
    kind = r->source->names[name].kind;
    if (kind == MC_VALUE_LIST)
        return fail(r, t->start, "a list is shown by {{#", t->name);
    if (kind == MC_VALUE_HTML && r->part != MC_PART_HTML)
        return fail(r, t->start, "HTML can be shown in [html] only:", t->name);
    if ((kind == MC_VALUE_HTML) != (t->sigil == '{'))
        return fail(r, t->start,
                    kind == MC_VALUE_HTML ? "HTML is written with three braces:"
                                          : "only HTML is written with three braces, not",
                    t->name);
    p = add(last, r, t->sigil == '{' ? RAW : VALUE);
    if (!p)
        return mc__fail(r->problem, MC_ENOMEM, "out of memory");
    p->name = name;
    return 0;
}

static int read_pieces(const piece **out, reader *r, const tag *within);
static int read_part(const piece ***last, reader *r, const char *name);

static int add_section(const piece ***last, reader *r, const tag *t)
{
    size_t name = 0;
    int rc = find_name(&name, r, t);
    piece *p;

    if (rc < 0)
        return rc;
    p = add(last, r, t->sigil == '#' ? SECTION : INVERTED);
    if (!p)
        return mc__fail(r->problem, MC_ENOMEM, "out of memory");
    p->name = name;
    return read_pieces(&p->inside, r, t);
}

static int add_tag(const piece ***last, reader *r, const tag *t)
{
    switch (t->sigil) {
    case 0:
    case '{':
        return add_value(last, r, t);
    case '#':
    case '^':
        return add_section(last, r, t);
    case '>':
        return read_part(last, r, t->name);
    default:
        return 0;
    }
}

/* Reads up to the end of the part, or of the section. */
static int read_pieces(const piece **out, reader *r, const tag *within)
{
    const piece **last = out;
    int rc = ++r->depth > DEPTH_MAX ? fail(r, r->at, "too much is inside of each other", "") : 0;

    while (rc == 0) {
        const char *begin = r->at, *brace = strstr(begin, "{{");
        tag t;

        if (!brace || brace >= r->end) {
            r->at = r->end;
            rc = add_literal(&last, r, begin, r->end);
            if (rc == 0 && within)
                rc = fail(r, within->start, "this section has no end:", within->name);
            break;
        }
        r->at = brace;
        rc = read_tag(&t, r);
        if (rc == 0)
            rc = add_literal(&last, r, begin,
                             t.sigil && t.sigil != '{' ? strip_line(r, &t, begin) : brace);
        if (rc == 0 && t.sigil == '/') {
            if (!within || (*t.name && strcmp(t.name, within->name) != 0))
                rc = fail(r, t.start, "no section of that name is open:", t.name);
            break;
        }
        if (rc == 0)
            rc = add_tag(&last, r, &t);
    }
    r->depth--;
    return rc;
}

/* Length of the head of a part, such as "[text]\n", if there is one here. */
static size_t head_length(const char *line, mc__part part)
{
    size_t name = strlen(part_names[part]), length = name + 2;

    if (line[0] != '[' || strncmp(line + 1, part_names[part], name) != 0 || line[name + 1] != ']')
        return 0;
    while (is_blank(line[length]))
        length++;
    return line[length] == '\n' ? length + 1 : line[length] == '\0' ? length : 0;
}

static bool is_head(const char *line)
{
    return head_length(line, MC_PART_SUBJECT) || head_length(line, MC_PART_TEXT) ||
           head_length(line, MC_PART_HTML);
}

static const char *next_line(const char *line)
{
    line += strcspn(line, "\n");
    return *line ? line + 1 : line;
}

/* Finds a part of a file; without it the reader is at its end, and false. */
static bool find_part(reader *r)
{
    const char *line = r->whole;
    size_t head = 0;

    while (*line && !(head = head_length(line, r->part)))
        line = next_line(line);
    r->at = line + head;
    for (line = r->at; *line && !is_head(line);)
        line = next_line(line);
    r->end = line;
    return head > 0;
}

/* Reads the part of another file in the place of a tag. */
static int read_part(const piece ***last, reader *r, const char *name)
{
    reader inner = {.problem = r->problem,
                    .arena = r->arena,
                    .source = r->source,
                    .part = r->part,
                    .depth = r->depth};
    const piece *pieces = NULL;
    int rc = r->source->find(&inner.whole, r->source->data, r->problem, name);

    if (rc < 0)
        return rc;
    if (!inner.whole)
        return fail(r, r->at, "there is no file", name);
    inner.file = mc__arena_strdup(r->arena, name);
    if (!find_part(&inner))
        return fail(r, r->at, "this part is not in the file", name);
    rc = read_pieces(&pieces, &inner, NULL);
    **last = pieces;
    while (**last)
        *last = (const piece **)(uintptr_t) & (**last)->next;
    return rc;
}

/* A subject is one line. */
static void end_subject(reader *r)
{
    while (r->end > r->at && (r->end[-1] == '\n' || is_blank(r->end[-1])))
        r->end--;
}

int mc__template_load(mc__template *out, mc__problem *problem, mc__arena *arena,
                      const mc__template_source *source, const char *name)
{
    reader r = {.problem = problem, .arena = arena, .source = source, .file = name};
    int rc = source->find(&r.whole, source->data, problem, name);

    *out = (mc__template){.has = {false}};
    if (rc == 0 && !r.whole)
        return mc__fail(problem, MC_EINVAL, "there is no mail template %s", name);
    if (rc == 0 && *r.whole && !is_head(r.whole))
        return fail(&r, r.whole, "it must begin with [subject], [text] or [html]", "");
    for (int part = 0; rc == 0 && part < MC_PARTS; part++) {
        r.part = (mc__part)part;
        out->has[part] = find_part(&r);
        if (part == MC_PART_SUBJECT)
            end_subject(&r);
        if (!out->has[part] && part != MC_PART_HTML)
            rc = fail(&r, r.whole, "it lacks the part", part_names[part]);
        else
            rc = read_pieces(&out->parts[part], &r, NULL);
    }
    return rc == 0 && arena->failed ? mc__fail(problem, MC_ENOMEM, "out of memory") : rc;
}

/* Rendering */

typedef struct scope {
    const mc__value *values;
    const struct scope *outer;
} scope;

static bool is_empty(const mc__value *value)
{
    return value->count == 0 && (!value->text || !*value->text);
}

static const mc__value *value_of(const scope *s, size_t name)
{
    static const mc__value none = {NULL, NULL, 0};

    for (; s; s = s->outer)
        if (s->values[name].text || s->values[name].count)
            return &s->values[name];
    return &none;
}

static void render(mc__text *out, const piece *p, mc__part part, const scope *s)
{
    for (; p; p = p->next) {
        const mc__value *value = p->kind == LITERAL ? NULL : value_of(s, p->name);
        const char *text = value && value->text ? value->text : "";

        if (p->kind == LITERAL)
            mc__text_append(out, p->text, p->length);
        else if (p->kind == VALUE && part == MC_PART_HTML)
            mc__text_html(out, text, strlen(text));
        else if (p->kind == VALUE || p->kind == RAW)
            mc__text_puts(out, text);
        else if (value->count == 0 && is_empty(value) == (p->kind == INVERTED))
            render(out, p->inside, part, s);
        else if (p->kind == SECTION)
            for (size_t i = 0; i < value->count; i++)
                render(out, p->inside, part, &(scope){value->items[i], s});
    }
}

void mc__template_render(mc__text *out, const mc__template *from, mc__part part,
                         const mc__value *values)
{
    render(out, from->parts[part], part, &(scope){values, NULL});
}
