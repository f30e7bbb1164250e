/* Reads results: single columns, and whole rows into the structs of statements.h. */
#include "db.h"

#include <stdlib.h>
#include <string.h>

/* A column that is not there, in what a host's function answered, is empty. */
static const char *value_of(const PGresult *rows, int row, int column)
{
    const char *value = PQgetvalue(rows, row, column);

    return value ? value : "";
}

bool mc__row_is_null(const PGresult *rows, int row, int column)
{
    return PQgetisnull(rows, row, column) != 0;
}

int64_t mc__row_int(const PGresult *rows, int row, int column)
{
    const char *at = value_of(rows, row, column);
    bool negative = *at == '-';
    uint64_t number = 0;

    for (at += negative; *at >= '0' && *at <= '9'; at++)
        number = number * 10 + (uint64_t)(*at - '0');
    return (int64_t)(negative ? -number : number);
}

bool mc__row_bool(const PGresult *rows, int row, int column)
{
    return value_of(rows, row, column)[0] == 't';
}

double mc__row_double(const PGresult *rows, int row, int column)
{
    double number = 0;

    /* Not strtod: its decimal point depends on the host's locale. */
    const char *text = value_of(rows, row, column);
    mc__number_parse(&number, text, strlen(text));
    return number;
}

mc_time mc__row_time(const PGresult *rows, int row, int column)
{
    mc_time time = {MC_TIME_NONE};

    if (!mc__row_is_null(rows, row, column) && !mc__time_parse(&time, value_of(rows, row, column)))
        time.us = MC_TIME_NONE;
    return time;
}

const char *mc__row_text(const PGresult *rows, int row, int column)
{
    return value_of(rows, row, column);
}

static size_t count_elements(const char *array)
{
    size_t count = array[0] == '{' && array[1] != '}' ? 1 : 0;

    for (; *array; array++)
        count += *array == ',';
    return count;
}

int mc__ints_parse(mc_int64s *out, mc__arena *arena, const char *array)
{
    const char *at = array;
    size_t count = count_elements(at);
    int64_t *items = mc__arena_alloc(arena, (count ? count : 1) * sizeof(*items));

    if (!items)
        return MC_ENOMEM;
    for (size_t i = 0; i < count; i++) {
        char *end;

        items[i] = strtoll(at + 1, &end, 10);
        at = end;
    }
    *out = (mc_int64s){items, count};
    return 0;
}

int mc__row_ints(mc_int64s *out, mc__arena *arena, const PGresult *rows, int row, int column)
{
    return mc__ints_parse(out, arena, value_of(rows, row, column));
}

/* Copies an element of {plain,NULL,"quoted, with \\\" and \\\\"} and returns where it ends. */
static const char *copy_element(char *to, const char *at)
{
    bool quoted = *at == '"';

    if (!quoted && strncmp(at, "NULL", 4) == 0 && (at[4] == ',' || at[4] == '}'))
        at += 4;
    for (at += quoted; *at && (quoted ? *at != '"' : *at != ',' && *at != '}'); at++) {
        at += *at == '\\' && at[1];
        *to++ = *at;
    }
    *to = '\0';
    return at + (quoted && *at == '"');
}

int mc__row_texts(mc_strings *out, mc__arena *arena, const PGresult *rows, int row, int column)
{
    const char *at = value_of(rows, row, column);
    size_t most = count_elements(at), count = 0;
    const char **items = mc__arena_alloc(arena, (most ? most : 1) * sizeof(*items));
    /* The texts are shorter than the array, with a NUL in place of each comma or brace. */
    char *to = mc__arena_alloc(arena, strlen(at) + 1);

    if (!items || !to)
        return MC_ENOMEM;
    while (most && count < most && *at && *at != '}') {
        at = copy_element(to, at + 1);
        items[count++] = to;
        to += strlen(to) + 1;
    }
    *out = (mc_strings){items, count};
    return 0;
}

/* {1,4,NULL}: as many numbers as the struct has. */
mc__change mc__row_change(const PGresult *rows, int row, int column)
{
    enum { MEMBERS = sizeof(mc__change) / sizeof(int64_t) };
    const char *at = PQgetvalue(rows, row, column);
    int64_t numbers[MEMBERS] = {0};
    mc__change change;

    for (int i = 0; i < MEMBERS && *at; i++)
        for (at++; *at && *at != ',' && *at != '}'; at++)
            if (*at >= '0' && *at <= '9')
                numbers[i] = numbers[i] * 10 + (*at - '0');
    memcpy(&change, numbers, sizeof(change));
    return change;
}

static void read_column(void *member, mc__column_kind kind, const PGresult *rows, int row,
                        int column)
{
    switch (kind) {
    case MC_COLUMN_INT:
        *(int64_t *)member = mc__row_int(rows, row, column);
        break;
    case MC_COLUMN_BOOL:
        *(bool *)member = mc__row_bool(rows, row, column);
        break;
    case MC_COLUMN_CHOICE:
        *(mc_choice *)member = mc__row_is_null(rows, row, column) ? MC_UNSET
                               : mc__row_bool(rows, row, column)  ? MC_YES
                                                                  : MC_NO;
        break;
    case MC_COLUMN_TEXT:
        *(const char **)member = mc__row_text(rows, row, column);
        break;
    case MC_COLUMN_MAYBE_TEXT:
        *(const char **)member =
            mc__row_is_null(rows, row, column) ? NULL : mc__row_text(rows, row, column);
        break;
    case MC_COLUMN_TIME:
        *(mc_time *)member = mc__row_time(rows, row, column);
        break;
    case MC_COLUMN_DOUBLE:
        *(double *)member = mc__row_double(rows, row, column);
        break;
    case MC_COLUMN_CHANGE:
        *(mc__change *)member = mc__row_change(rows, row, column);
        break;
    }
}

void mc__row_read(void *out, mc__query query, const PGresult *rows, int row)
{
    const mc__query_info *info = &mc__queries[query];

    for (int i = 0; i < info->n_columns; i++)
        read_column((char *)out + info->columns[i].offset, (mc__column_kind)info->columns[i].kind,
                    rows, row, i);
}
