/*
 * Keeps from md4c what it would take more than linear time for. This is for safety, so it holds for
 * every line, code or not, and comes last before md4c. Calls lines.c.
 */
#include "lines.h"
#include "stages.h"

#define INDENT_MAX 100 /* column up to which such a mark counts */
#define TABLE_COLUMNS_MAX 64

/* md4c finds the line of a link by walking over all lines of its paragraph: lines times brackets
 * is what a paragraph costs. All together may cost so much, or else each is cut to the latter. */
#define PARAGRAPHS_COST_MAX ((uint64_t)1 << 26)
#define PARAGRAPH_COST_MAX ((uint64_t)1 << 20)

/* Where links are defined by reference, md4c reads for each pair of brackets all that is in them,
 * and for each use the whole target. Brackets times what may be that long may cost so much. */
#define REFERENCES_COST_MAX ((uint64_t)1 << 27)

static size_t line_length(const char *text, size_t length)
{
    const char *newline = memchr(text, '\n', length);

    return newline ? (size_t)(newline - text) + 1 : length;
}

/* If the mark of a quote or list item begins at `at`: where its last character is, else length. */
static size_t find_mark(const char *line, size_t length, size_t at)
{
    size_t mark = at < length && line[at] == '>' ? 1 : mc__item_mark(line, at, length);

    return mark > 0 ? at + mark - 1 : length;
}

static size_t skip_indent(const char *line, size_t length, size_t at, size_t *column)
{
    for (; at < length && mc__is_blank(line[at]); at++)
        *column = mc__column_behind(*column, line[at]);
    return at;
}

/* Where the first mark is that nests too deep; length if there is none. */
static size_t find_deep_mark(const char *line, size_t length)
{
    size_t column = 0, at = 0;

    for (size_t marks = 0;; marks++) {
        at = skip_indent(line, length, at, &column);
        size_t mark = find_mark(line, length, at);
        if (mark >= length || marks >= MC__CONTAINERS_MAX || column >= INDENT_MAX)
            return mark;
        column += mark + 1 - at;
        at = mark + 1;
    }
}

/* Where a backslash takes from the line what must not reach md4c; length if nowhere. */
static size_t find_excess(const char *line, size_t length)
{
    bool is_rule = mc__rule_length(line, mc__skip_blanks(line, 0, length), length) > 0;
    size_t excess = is_rule ? length : find_deep_mark(line, length);

    if (excess == length && memchr(line, '|', length)) {
        size_t prefix = strspn(line, " \t>");

        if (prefix < length && mc__table_ruler(line + prefix, length - prefix) > TABLE_COLUMNS_MAX)
            return prefix;
    }
    return excess;
}

/* The text must be NUL-terminated. */
static void limit_nesting(mc__text *out, const char *text, size_t length)
{
    for (size_t at = 0; at < length;) {
        size_t line = line_length(text + at, length - at);
        size_t excess = find_excess(text + at, line);

        mc__text_append(out, text + at, excess);
        if (excess < line)
            mc__text_putc(out, '\\');
        mc__text_append(out, text + at + excess, line - excess);
        at += line;
    }
}

/* Whether the line can't go on with the paragraph before: it is blank, or an item of a list. */
static bool ends_paragraph(const char *line, size_t length)
{
    size_t at = mc__skip_blanks(line, 0, length);

    if (at == length || line[at] == '\n')
        return true;
    return strspn(line, " ") == at && at < 4 && strchr("-+*", line[at]) && length - at > 2 &&
           line[at + 1] == ' ' && line[at + 2] != '\n' && !mc__is_blank(line[at + 2]);
}

static uint64_t count_brackets(const char *line, size_t length)
{
    uint64_t brackets = 0;

    for (size_t i = 0; i < length; i++)
        brackets += line[i] == '[' || line[i] == ']';
    return brackets;
}

/* What a text will cost. */
typedef struct costs {
    uint64_t paragraphs; /* lines times brackets in each, added up */
    uint64_t labels;     /* bytes times brackets in each, added up */
    uint64_t definition; /* bytes in the longest definition of a link */
    uint64_t brackets;
} costs;

typedef struct paragraph {
    uint64_t lines, bytes, brackets;
    uint64_t definition; /* bytes in what may be one, or 0 */
} paragraph;

static void end_paragraph(costs *c, paragraph *p)
{
    c->paragraphs += p->lines * p->brackets;
    c->labels += p->bytes * p->brackets;
    c->brackets += p->brackets;
    if (p->definition > c->definition)
        c->definition = p->definition;
    *p = (paragraph){0};
}

/* A definition ends where the next begins, if not before. */
static void add_definitions(costs *c, paragraph *p, const char *line, size_t length)
{
    for (size_t i = 0; i < length; i++) {
        if (line[i] == ']' && i + 1 < length && line[i + 1] == ':') {
            if (p->definition > c->definition)
                c->definition = p->definition;
            p->definition = 1;
        } else if (p->definition > 0) {
            p->definition++;
        }
    }
}

static costs count_costs(const char *text, size_t length)
{
    costs c = {0};
    paragraph p = {0};

    for (size_t at = 0; at < length;) {
        size_t line = line_length(text + at, length - at);

        if (ends_paragraph(text + at, line))
            end_paragraph(&c, &p);
        p.lines++;
        p.bytes += line;
        p.brackets += count_brackets(text + at, line);
        add_definitions(&c, &p, text + at, line);
        at += line;
    }
    end_paragraph(&c, &p);
    return c;
}

/* Makes text of what might define links. */
static void drop_definitions(mc__text *out, const char *text, size_t length)
{
    for (size_t i = 0; i < length; i++) {
        if (i > 0 && text[i] == ':' && text[i - 1] == ']')
            mc__text_putc(out, '\\');
        mc__text_putc(out, text[i]);
    }
}

/* Cuts paragraphs that cost too much by blank lines. */
static void limit_paragraphs(mc__text *out, const char *text, size_t length)
{
    uint64_t lines = 0, brackets = 0;

    for (size_t at = 0; at < length;) {
        size_t line = line_length(text + at, length - at);

        if (ends_paragraph(text + at, line))
            lines = brackets = 0;
        mc__text_append(out, text + at, line);
        lines++;
        brackets += count_brackets(text + at, line);
        if (lines * brackets > PARAGRAPH_COST_MAX) {
            mc__text_putc(out, '\n');
            lines = brackets = 0;
        }
        at += line;
    }
}

static void limit_costs(mc__text *out, const char *text, size_t length)
{
    mc__text cut __attribute__((cleanup(mc__text_auto))) = {.max = out->max};
    costs c = count_costs(text, length);

    if (c.paragraphs > PARAGRAPHS_COST_MAX) {
        limit_paragraphs(&cut, text, length);
        if (cut.error) {
            out->error = cut.error;
            return;
        }
        text = mc__text_string(&cut);
        length = cut.length;
    }
    if (c.definition > 0 &&
        (c.labels > REFERENCES_COST_MAX || c.definition * c.brackets > REFERENCES_COST_MAX))
        drop_definitions(out, text, length);
    else
        mc__text_append(out, text, length);
}

void mc__limit(mc__text *out, const char *text, size_t length)
{
    mc__text nested __attribute__((cleanup(mc__text_auto))) = {.max = out->max};

    limit_nesting(&nested, text, length);
    if (nested.error)
        out->error = nested.error;
    else
        limit_costs(out, mc__text_string(&nested), nested.length);
}
