/*
 * Reads the lines of tables. Calls core only.
 */
#include "tables.h"

size_t mc__table_ruler(const char *line, size_t length)
{
    size_t columns = 0, dashes = 0;
    bool has_pipe = false;

    for (size_t i = 0; i <= length; i++) {
        char c = i < length ? line[i] : '\n';

        if (c == '|' || c == '\n') {
            has_pipe |= c == '|';
            columns += dashes > 0;
            dashes = 0;
        } else if (c == '-') {
            dashes++;
        } else if (c != ':' && !mc__is_blank(c)) {
            return 0;
        }
    }
    return has_pipe ? columns : 0;
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
