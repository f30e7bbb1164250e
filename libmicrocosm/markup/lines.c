/*
 * Reads the lines of Markdown. Calls bbcode.c for the tags that begin blocks, policy.c.
 */
#include "lines.h"
#include "policy.h"
#include "tokens.h"

enum { NOTE_LABEL_MAX = 54, NOTE_INDENT = 4 };

/* A place in a line. Tabs make columns differ from bytes; a container may take part of a tab. */
typedef struct cursor {
    const char *text;
    size_t at, end;     /* at: the first character that is no blank; end: without the line end */
    size_t column;      /* of that character */
    size_t from_column; /* where the content of the containers begins */
} cursor;

static void skip_blanks(cursor *c)
{
    for (; c->at < c->end && mc__is_blank(c->text[c->at]); c->at++)
        c->column = mc__column_behind(c->column, c->text[c->at]);
}

static size_t indent_of(const cursor *c)
{
    return c->column - c->from_column;
}

static bool is_at_end(const cursor *c)
{
    return c->at >= c->end;
}

static void skip(cursor *c, size_t characters)
{
    c->at += characters;
    c->column += characters;
    c->from_column = c->column;
}

static size_t run_length(const cursor *c, char mark)
{
    return mc__run_length(c->text, c->at, c->end, mark);
}

static bool is_blank_from(const cursor *c, size_t at)
{
    return mc__skip_blanks(c->text, at, c->end) == c->end;
}

/* >!x!< */
static bool is_spoiler(const cursor *c)
{
    return c->end - c->at > 4 && c->text[c->at + 1] == '!' && c->text[c->at + 2] != ' ' &&
           memmem(c->text + c->at + 3, c->end - c->at - 3, "!<", 2);
}

static bool enter_quote(cursor *c)
{
    if (is_at_end(c) || c->text[c->at] != '>' || indent_of(c) > 3 || is_spoiler(c))
        return false;
    skip(c, 1);
    if (!is_at_end(c) && mc__is_blank(c->text[c->at]))
        c->from_column++;
    skip_blanks(c);
    return true;
}

/* Goes into the containers that are open, as far as the line goes on with them. */
static size_t match_containers(const mc__lines *lines, cursor *c)
{
    size_t i = 0;

    for (; i < lines->depth; i++) {
        const mc__container *container = &lines->containers[i];

        if (!container->is_item && !container->is_note) {
            if (!enter_quote(c))
                break;
        } else if (!is_at_end(c)) {
            if (indent_of(c) < container->indent)
                break;
            c->from_column += container->indent;
        }
    }
    return i;
}

size_t mc__rule_length(const char *text, size_t at, size_t end)
{
    char mark = at < end ? text[at] : 0;
    size_t count = 0;

    if (!mark || !strchr("-*_", mark))
        return 0;
    for (; at < end && text[at] != '\n'; at++) {
        if (text[at] == mark)
            count++;
        else if (!mc__is_blank(text[at]))
            return 0;
    }
    return count;
}

size_t mc__item_mark(const char *text, size_t at, size_t end)
{
    size_t digits = 0;

    while (at + digits < end && digits < 10 && mc__is_digit(text[at + digits]))
        digits++;
    size_t behind = at + digits;
    if (digits > 9 || behind >= end || !strchr(digits ? ".)" : "-+*", text[behind]))
        return 0;
    behind++;
    return behind >= end || strchr(" \t\n", text[behind]) ? behind - at : 0;
}

static bool is_rule(const cursor *c)
{
    return mc__rule_length(c->text, c->at, c->end) >= 3;
}

/* Bytes of the mark of an item; 0 if there is none, or none that can interrupt a paragraph. */
static size_t item_mark(const cursor *c, bool in_paragraph)
{
    size_t mark = mc__item_mark(c->text, c->at, c->end);
    bool is_first = mark == 1 || (mark == 2 && c->text[c->at] == '1');

    return in_paragraph && mark > 0 && (!is_first || is_blank_from(c, c->at + mark)) ? 0 : mark;
}

static bool enter_item(cursor *c, bool in_paragraph, mc__container *container)
{
    size_t indent = indent_of(c), mark = item_mark(c, in_paragraph);

    if (mark == 0 || is_rule(c) ||
        (in_paragraph && mc__table_ruler(c->text + c->at, c->end - c->at) > 0))
        return false;
    skip(c, mark);
    skip_blanks(c);
    size_t blanks = indent_of(c);
    if (blanks > 4 || is_at_end(c))
        blanks = 1;
    c->from_column += blanks;
    *container = (mc__container){.is_item = true, .indent = indent + mark + blanks};
    return true;
}

static void push(mc__lines *lines, mc__container container)
{
    if (lines->depth < MC__CONTAINERS_MAX)
        lines->containers[lines->depth++] = container;
}

/* Goes into the containers that begin in the line. Tags of BBCode count as such. Returns how many
 * containers the line is in. */
static size_t open_containers(mc__lines *lines, cursor *c, mc__line *line, size_t matched)
{
    mc__container container = {0};
    bool has_tag = false;

    while (!is_at_end(c) && indent_of(c) < 4) {
        /* A line that leaves an item may be the next one of its list, wherever it begins. */
        bool interrupts = lines->in_paragraph && matched == lines->depth;
        size_t tag = 0;
        bool is_quote = enter_quote(c), is_item = false;

        container = (mc__container){0};
        if (!is_quote)
            is_item = enter_item(c, interrupts, &container);
        if (!is_quote && !is_item)
            tag = mc__token_block_tag(c->text + c->at, c->end - c->at);
        if (!is_quote && !is_item && tag == 0)
            break;

        lines->in_paragraph = false;
        lines->depth = matched;
        line->has_item |= is_item;
        if (tag > 0) {
            has_tag = true;
            skip(c, tag);
            skip_blanks(c);
            c->from_column = c->column;
        } else {
            if (!has_tag)
                line->prefix = c->at;
            push(lines, container);
            matched = lines->depth;
        }
    }
    return matched;
}

static size_t fence_of(const cursor *c)
{
    char mark = is_at_end(c) ? 0 : c->text[c->at];
    size_t length = mark == '`' || mark == '~' ? run_length(c, mark) : 0;

    if (length < 3 ||
        (mark == '`' && memchr(c->text + c->at + length, '`', c->end - c->at - length)))
        return 0;
    return length;
}

/* Tags of BBCode may follow. */
static bool closes_fence(const mc__lines *lines, const cursor *c)
{
    size_t length = run_length(c, lines->fence);
    size_t at = c->at + length;

    if (length < lines->fence_length || indent_of(c) > 3)
        return false;
    return is_blank_from(c, at) || mc__token_block_tag(c->text + at, c->end - at) > 0;
}

/* "-- ", as mail has it before the name of who wrote it. */
static bool is_signature(const cursor *c)
{
    return c->end - c->at == 3 && memcmp(c->text + c->at, "-- ", 3) == 0;
}

static bool is_setext(const cursor *c)
{
    char mark = c->text[c->at];

    return (mark == '=' || mark == '-') && !is_signature(c) &&
           is_blank_from(c, c->at + run_length(c, mark));
}

static bool is_heading(const cursor *c)
{
    size_t level = run_length(c, '#'), behind = c->at + level;

    return level > 0 && level <= 6 && (behind == c->end || mc__is_blank(c->text[behind]));
}

static bool begins_html(const cursor *c)
{
    size_t at = c->at + 1, begin;

    if (c->text[c->at] != '<' || at >= c->end)
        return false;
    if (c->text[at] == '!' || c->text[at] == '?')
        return true;
    at += c->text[at] == '/';
    begin = at;
    while (at < c->end && !strchr(" \t/>", c->text[at]))
        at++;
    return mc__element_flags(mc__element_find((mc__slice){c->text + begin, at - begin})) &
           (MC__BLOCK | MC__UNSEEN);
}

/* The line has been found to be none of what containers are made of. */
static void read_leaf(mc__lines *lines, const cursor *c, mc__line *line, size_t matched)
{
    size_t fence = fence_of(c);
    bool is_deep = indent_of(c) > 3;
    bool is_lazy = lines->in_paragraph && matched < lines->depth;

    if (is_deep && lines->in_paragraph) {
        line->kind = MC__LINE_TEXT;
        line->continues = true;
        line->is_false_mark = fence > 0;
        return;
    }
    if (is_deep) {
        lines->depth = matched;
        line->kind = MC__LINE_CODE;
        return;
    }

    line->kind = MC__LINE_TEXT;
    if (fence > 0) {
        lines->fence = c->text[c->at];
        lines->fence_length = fence;
        line->kind = MC__LINE_CODE;
    } else if (begins_html(c)) {
        lines->in_html = true;
        line->kind = MC__LINE_HTML;
    } else if (!is_heading(c) && !is_rule(c) &&
               !(lines->in_paragraph && !is_lazy && is_setext(c))) {
        line->continues = lines->in_paragraph;
        line->is_false_mark = line->continues && is_signature(c);
        lines->in_paragraph = true;
        lines->depth = is_lazy ? lines->depth : matched;
        return;
    }
    lines->in_paragraph = false;
    lines->depth = matched;
}

size_t mc__note_label(const char *text, size_t length)
{
    size_t bound = length > NOTE_LABEL_MAX ? NOTE_LABEL_MAX : length, end = 2;

    if (length < 4 || text[0] != '[' || text[1] != '^')
        return 0;
    while (end < bound && !strchr("[] \t\n", text[end]))
        end++;
    return end > 2 && end < bound && text[end] == ']' ? end + 1 : 0;
}

/* The text of a footnote goes on in lines that are indented, unless it stands in something else. */
static void begin_note(mc__lines *lines, const cursor *c, const mc__line *line)
{
    size_t label = mc__note_label(c->text + c->at, c->end - c->at);

    if (lines->depth > 0 && lines->containers[0].is_note)
        lines->depth = 0;
    if (label > 0 && lines->depth == 0 && line->kind == MC__LINE_TEXT && c->at + label < c->end &&
        c->text[c->at + label] == ':')
        push(lines, (mc__container){.is_note = true, .indent = NOTE_INDENT});
}

/* Behind a blank line only lists and the texts of footnotes may go on. */
static void end_blank(mc__lines *lines, size_t matched)
{
    lines->in_paragraph = lines->in_html = false;
    lines->fence = 0;
    while (matched < lines->depth && lines->containers[matched].indent > 0)
        matched++;
    lines->depth = matched;
}

/* In lists and tables of BBCode, tags are indented as in HTML, and no code. */
static void skip_tag_indent(const mc__lines *lines, cursor *c, mc__line *line)
{
    mc__token token;

    if (lines->tags == 0 || lines->depth > 0 || lines->fence || indent_of(c) < 4 || is_at_end(c) ||
        c->text[c->at] != '[' || !mc__bbcode_read(c->text, c->end, c->at, &token))
        return;
    line->indent = c->at - line->begin;
    line->begin = c->at;
    c->from_column = c->column;
}

static void read_line(mc__lines *lines, cursor *c, mc__line *line)
{
    skip_blanks(c);
    size_t matched = match_containers(lines, c);
    if (matched > 0 && lines->containers[0].is_note && !is_at_end(c)) {
        line->indent = c->text[line->begin] == '\t' ? 1 : NOTE_INDENT;
        line->begin += line->indent;
    }
    skip_tag_indent(lines, c, line);
    line->prefix = line->content = c->at;
    bool closes = lines->fence && closes_fence(lines, c); /* md4c takes it from any container */
    if (closes || (lines->fence && matched == lines->depth)) {
        line->kind = MC__LINE_CODE;
        if (closes) {
            line->tail = c->at + run_length(c, lines->fence);
            end_blank(lines, matched);
        }
        return;
    }
    lines->fence = 0;
    if (is_at_end(c)) {
        end_blank(lines, matched);
        return;
    }
    if (lines->in_html && matched == lines->depth) {
        line->kind = MC__LINE_HTML;
        return;
    }
    lines->in_html = false;
    matched = open_containers(lines, c, line, matched);
    line->content = c->at;
    if (!is_at_end(c)) {
        read_leaf(lines, c, line, matched);
        if (matched == 0)
            begin_note(lines, c, line);
    } else if (line->content > line->prefix) {
        line->kind = MC__LINE_TEXT; /* only tags of BBCode */
    }
}

bool mc__lines_next(mc__lines *lines, mc__line *line)
{
    if (lines->at >= lines->length)
        return false;

    const char *newline = memchr(lines->text + lines->at, '\n', lines->length - lines->at);
    size_t end = newline ? (size_t)(newline - lines->text) : lines->length;
    cursor c = {.text = lines->text, .at = lines->at, .end = end};

    *line = (mc__line){.begin = lines->at, .end = end + (newline != NULL)};
    read_line(lines, &c, line);
    lines->at = line->end;
    return true;
}

void mc__lines_jump(mc__lines *lines, size_t at)
{
    lines->at = at;
    lines->in_paragraph = lines->in_html = false;
    lines->fence = 0;
}

/* Tables: md4c 0.4.8 needs help to read them as GitHub does. */

/* Dashes, and perhaps a colon at either end. */
static bool is_ruler_cell(mc__slice cell)
{
    cell = mc__slice_trim(cell, " \t\n");
    if (cell.length > 0 && cell.text[0] == ':')
        cell = mc__slice_behind(cell, 1);
    size_t dashes = mc__run_length(cell.text, 0, cell.length, '-');

    return dashes > 0 &&
           (dashes == cell.length || (dashes + 1 == cell.length && cell.text[dashes] == ':'));
}

size_t mc__table_ruler(const char *line, size_t length)
{
    mc__slice rest = mc__slice_trim((mc__slice){line, length}, " \t\n");
    bool has_pipe = rest.length > 0 && memchr(rest.text, '|', rest.length);
    size_t columns = 0;

    if (has_pipe && rest.text[0] == '|')
        rest = mc__slice_behind(rest, 1);
    for (; has_pipe && rest.length > 0; columns++) {
        if (!is_ruler_cell(mc__slice_cut(&rest, "|")))
            return 0;
        rest = mc__slice_behind(rest, rest.length > 0);
    }
    return columns;
}

static void put_cell(mc__text *out, const char *cell, size_t length)
{
    size_t at = mc__skip_blanks(cell, 0, length), marks = at;

    while (marks < length && !mc__is_blank(cell[marks]))
        marks++;
    bool left = at < marks && cell[at] == ':';
    mc__text_append(out, cell, at + left);
    for (size_t i = marks - at; i > 0 && i < 3; i++)
        mc__text_putc(out, '-');
    mc__text_append(out, cell + at + left, length - at - left);
}

void mc__table_put_ruler(mc__text *out, const char *line, size_t length)
{
    size_t begin = 0;

    for (size_t i = 0; i <= length; i++) {
        if (i < length && line[i] != '|' && line[i] != '\n')
            continue;
        put_cell(out, line + begin, i - begin);
        if (i < length)
            mc__text_putc(out, line[i]);
        begin = i + 1;
    }
}

/* Behind the white space and the '|' that a row may begin with. */
static size_t row_start(const char *row, size_t length)
{
    size_t at = mc__skip_blanks(row, 0, length);

    return at < length && row[at] == '|' ? at + 1 : at;
}

size_t mc__table_cells(const char *row, size_t length)
{
    size_t cells = 1, last = length;

    while (length > 0 && mc__is_blank(row[length - 1]))
        length--;
    for (size_t i = row_start(row, length); i < length; i++) {
        if (row[i] == '\\') {
            i++;
        } else if (row[i] == '|') {
            cells++;
            last = i;
        }
    }
    return last + 1 == length ? cells - 1 : cells; /* the last '|' may be there or not */
}
