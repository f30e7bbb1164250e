/*
 * Tells code from other text in Markdown, so that what people mean as code stays as it is. Calls
 * nothing.
 */
#include "stages.h"

static bool is_blank(char c)
{
    return c == ' ' || c == '\t';
}

static size_t line_end(const mc__verbatim *v, size_t at)
{
    const char *newline = memchr(v->text + at, '\n', v->length - at);

    return newline ? (size_t)(newline - v->text) + 1 : v->length;
}

static size_t run_length(const mc__verbatim *v, size_t at, size_t end, char c)
{
    size_t begin = at;

    while (at < end && v->text[at] == c)
        at++;
    return at - begin;
}

static size_t skip_blanks(const mc__verbatim *v, size_t at, size_t end)
{
    while (at < end && is_blank(v->text[at]))
        at++;
    return at;
}

/* Behind the marks of quotes and list items at the start of a line. */
static size_t skip_containers(const mc__verbatim *v, size_t at, size_t end, bool *is_item)
{
    for (;;) {
        at = skip_blanks(v, at, end);
        if (at >= end)
            return at;
        if (v->text[at] == '>') {
            at++;
        } else if (strchr("-+*", v->text[at]) && at + 1 < end && is_blank(v->text[at + 1])) {
            *is_item = true;
            at += 2;
        } else {
            return at;
        }
    }
}

static bool is_blank_line(const mc__verbatim *v, size_t at, size_t end)
{
    at = skip_blanks(v, at, end);
    return at >= end || v->text[at] == '\n';
}

/* Length of the fence that a line opens, or 0. */
static size_t opened_fence(const mc__verbatim *v, size_t at, size_t end)
{
    char c = at < end ? v->text[at] : 0;
    size_t ticks = c == '`' || c == '~' ? run_length(v, at, end, c) : 0;

    if (ticks < 3 || (c == '`' && memchr(v->text + at + ticks, '`', end - at - ticks)))
        return 0;
    return ticks;
}

static bool closes_fence(const mc__verbatim *v, size_t at, size_t end)
{
    size_t ticks = run_length(v, at, end, v->fence);

    return ticks >= v->fence_length && is_blank_line(v, at + ticks, end);
}

static bool is_indented(const mc__verbatim *v, size_t at, size_t end)
{
    return (at < end && v->text[at] == '\t') || run_length(v, at, end, ' ') >= 4;
}

/* Whether the line is code as a whole; follows fences, lists and blank lines. */
static bool is_code_line(mc__verbatim *v, size_t at, size_t end)
{
    bool is_item = false;
    size_t content = skip_containers(v, at, end, &is_item);

    if (v->fence) {
        if (closes_fence(v, content, end))
            v->fence = 0;
        return true;
    }
    if (is_blank_line(v, at, end)) {
        v->after_blank = true;
        return false;
    }
    if (v->after_blank && !v->in_list && is_indented(v, at, end))
        return true; /* and after_blank stays, for the next line */

    v->in_list = is_item || (v->in_list && (!v->after_blank || is_blank(v->text[at])));
    v->after_blank = false;
    v->fence_length = opened_fence(v, content, end);
    if (v->fence_length > 0)
        v->fence = v->text[content];
    return v->fence_length > 0;
}

/* Where the paragraph ends that `at` is in: at a blank line or a fence. */
static size_t find_block_end(const mc__verbatim *v, size_t at)
{
    for (size_t end = line_end(v, at); end < v->length; end = line_end(v, at)) {
        size_t next_end = line_end(v, end);
        bool is_item = false;

        at = end;
        if (is_blank_line(v, at, next_end) ||
            opened_fence(v, skip_containers(v, at, next_end, &is_item), next_end))
            return at;
    }
    return v->length;
}

/* Behind the run of backticks of that length that ends the code, or 0. */
static size_t find_closing_ticks(mc__verbatim *v, size_t at, size_t ticks)
{
    if (ticks > MC__TICKS_MAX || v->unpaired[ticks])
        return 0;
    while (at < v->block_end) {
        const char *place = memchr(v->text + at, '`', v->block_end - at);
        if (!place)
            break;

        size_t begin = (size_t)(place - v->text);
        size_t run = run_length(v, begin, v->block_end, '`');
        at = begin + run;
        if (run == ticks)
            return at;
    }
    v->unpaired[ticks] = true;
    return 0;
}

static void enter_block(mc__verbatim *v, size_t at)
{
    if (at < v->block_end)
        return;
    v->block_end = find_block_end(v, at);
    memset(v->unpaired, 0, sizeof(v->unpaired));
}

/* Where code begins in the line, and where that code ends; or end, end. */
static size_t find_code(mc__verbatim *v, size_t end, size_t *code_end)
{
    size_t at = v->at;

    while (at < end) {
        size_t ticks = run_length(v, at, end, '`');

        if (ticks > 0) {
            *code_end = find_closing_ticks(v, at + ticks, ticks);
            if (*code_end)
                return at;
            at += ticks;
        } else {
            at += v->text[at] == '\\' && at + 1 < end ? 2 : 1;
        }
    }
    *code_end = end;
    return end;
}

void mc__verbatim_init(mc__verbatim *v, const char *text, size_t length)
{
    *v = (mc__verbatim){.text = text, .length = length, .at_line_start = true, .after_blank = true};
}

bool mc__verbatim_next(mc__verbatim *v, mc__part *part)
{
    if (v->at >= v->length)
        return false;

    if (v->at >= v->line_end)
        v->line_end = line_end(v, v->at);
    size_t end = v->line_end;
    *part = (mc__part){v->at, end, true};
    if (v->at_line_start && is_code_line(v, v->at, end)) {
        v->at = end;
        return true;
    }

    size_t code_end;
    enter_block(v, v->at);
    part->end = find_code(v, end, &code_end);
    part->is_code = part->end == part->begin; /* at the backticks: their code is the part */
    if (part->is_code)
        part->end = code_end;
    v->at = part->end;
    v->at_line_start = v->text[v->at - 1] == '\n';
    return true;
}
