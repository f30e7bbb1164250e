/*
 * Reads the lines of tables. Calls slice.c.
 */
#include "tables.h"

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
