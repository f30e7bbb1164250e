/* Reads comma-separated values. */
#include "record.h"

mc__csv mc__csv_of(const char *text, size_t length)
{
    static const char mark[] = "\xef\xbb\xbf";
    size_t skipped = length >= 3 && memcmp(text, mark, 3) == 0 ? 3 : 0;

    return (mc__csv){.at = text + skipped, .end = text + length, .next_line = 1};
}

static bool ends_line(const mc__csv *csv)
{
    return csv->at == csv->end || *csv->at == '\n' || *csv->at == '\r';
}

/* Passes the end of a line; quoted fields may contain some, too. */
static void pass_line_end(mc__csv *csv)
{
    if (csv->at == csv->end)
        return;
    if (*csv->at == '\r' && csv->at + 1 < csv->end && csv->at[1] == '\n')
        csv->at++;
    csv->at++;
    csv->next_line++;
}

/* NULL: the quote isn't closed. */
static const char *read_quoted(mc__csv *csv, mc__arena *arena)
{
    const char *first = ++csv->at;
    mc_scratch_text(field);

    for (;;) {
        const char *quote = memchr(csv->at, '"', (size_t)(csv->end - csv->at));

        if (!quote)
            return NULL;
        mc__text_append(&field, csv->at, (size_t)(quote - csv->at));
        csv->at = quote + 1;
        if (csv->at == csv->end || *csv->at != '"')
            break;
        mc__text_putc(&field, '"');
        csv->at++;
    }
    for (; first < csv->at; first++)
        csv->next_line += *first == '\n';
    arena->failed |= field.error != 0;
    return mc__arena_copy(arena, mc__text_string(&field), field.length);
}

/* NULL: there is a quote in it. */
static const char *read_plain(mc__csv *csv, mc__arena *arena)
{
    const char *first = csv->at;

    while (!ends_line(csv) && *csv->at != ',') {
        if (*csv->at == '"')
            return NULL;
        csv->at++;
    }
    return mc__arena_copy(arena, first, (size_t)(csv->at - first));
}

mc__csv_found mc__csv_next(mc_strings *out, mc__csv *csv, mc__arena *arena)
{
    size_t count = 0;

    if (!csv->fields)
        csv->fields = mc__arena_alloc(arena, MC_CSV_FIELDS_MAX * sizeof(*csv->fields));
    while (csv->at < csv->end && ends_line(csv))
        pass_line_end(csv);
    csv->line = csv->next_line;
    if (csv->at == csv->end)
        return MC_CSV_END;
    for (;;) {
        const char *field;

        if (!csv->fields || count == MC_CSV_FIELDS_MAX)
            return MC_CSV_BROKEN;
        field = csv->at < csv->end && *csv->at == '"' ? read_quoted(csv, arena)
                                                      : read_plain(csv, arena);
        if (!field)
            return MC_CSV_BROKEN;
        csv->fields[count++] = field;
        if (ends_line(csv))
            break;
        if (*csv->at++ != ',')
            return MC_CSV_BROKEN;
    }
    pass_line_end(csv);
    *out = (mc_strings){csv->fields, count};
    return MC_CSV_RECORD;
}
