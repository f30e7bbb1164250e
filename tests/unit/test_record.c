/* Rows to records and records to JSON, without a server: libpq makes the rows. */
#include "db/db.h"
#include "domain/types.h"
#include "record/record.h"

#include <criterion/criterion.h>
#include <math.h>

/* Rows. */

static const struct {
    const char *name, *value; /* value NULL: the column is NULL */
} columns_of_comment[] = {
    {"site_id", "5"}, /* of no member */
    {"id", "41"},
    {"item_type", "conversation"},
    {"item_id", "-7"},
    {"in_reply_to", NULL},
    {"markdown", "So *it* is"},
    {"meta.created", "2026-01-02 03:04:05.25+00"},
    {"meta.created_by.id", "9223372036854775807"},
    {"meta.created_by.profile_name", "alice"},
    {"meta.created_by.visible", "t"},
    {"meta.edited_by.id", NULL},
    {"meta.edited_by.profile_name", NULL},
    {"meta.flags.deleted", "f"},
    {"meta.flags.moderated", "t"},
    {"meta.flags.none", "t"}, /* no such member */
    {"meta.created_by", "1"}, /* a record, no value */
    {"meta.created.us", "1"}, /* a value, no record */
    {"met", "1"},
    {"metal", "1"},
    {"", "1"},
};
#define COLUMNS ((int)MC_COUNT(columns_of_comment))

/* One row, its columns in the order start, start + step, ... */
static PGresult *make_rows(int start, int step)
{
    PGresult *rows = PQmakeEmptyPGresult(NULL, PGRES_TUPLES_OK);
    PGresAttDesc attributes[COLUMNS];

    memset(attributes, 0, sizeof(attributes));
    for (int i = 0; i < COLUMNS; i++)
        attributes[i].name = (char *)columns_of_comment[(start + i * step) % COLUMNS].name;
    cr_assert(PQsetResultAttrs(rows, COLUMNS, attributes));
    for (int i = 0; i < COLUMNS; i++) {
        const char *value = columns_of_comment[(start + i * step) % COLUMNS].value;

        cr_assert(PQsetvalue(rows, 0, i, (char *)value, value ? (int)strlen(value) : -1));
    }
    return rows;
}

static mc_comment *decode(mc__arena *arena, mc__columns *columns, const PGresult *rows,
                          bool borrows)
{
    mc_comment *comment = mc__record_make(arena, &mc__comment_type);

    cr_assert_eq(mc__columns_make(columns, arena, &mc__comment_type, rows), 0);
    columns->borrows = borrows;
    cr_assert_eq(mc__record_decode(comment, arena, columns, rows, 0), 0);
    return comment;
}

static void expect_comment(const mc_comment *comment)
{
    const mc_profile *by = comment->meta->created_by;

    cr_expect_eq(comment->id, 41);
    cr_expect_str_eq(comment->item_type, "conversation");
    cr_expect_eq(comment->item_id, -7);
    cr_expect_eq(comment->in_reply_to, 0);
    cr_expect_str_eq(comment->markdown, "So *it* is");
    cr_expect_str_eq(comment->html, "");
    cr_expect_eq(comment->meta->created.us, INT64_C(1767323045250000));
    cr_expect_eq(by->id, INT64_MAX);
    cr_expect_str_eq(by->profile_name, "alice");
    cr_expect(by->visible);
    cr_expect_null(comment->meta->edited_by);
    cr_expect_eq(comment->meta->flags->deleted, MC_NO);
    cr_expect_eq(comment->meta->flags->moderated, MC_YES);
    cr_expect_eq(comment->meta->flags->open, MC_UNSET);
}

Test(record, is_the_same_whatever_the_order_of_the_columns)
{
    static const int steps[] = {1, 3, 7, 9, 11, 13, 17, 19}; /* prime to the number of columns */

    cr_assert_eq(COLUMNS, 20);
    for (int start = 0; start < COLUMNS; start++) {
        for (size_t i = 0; i < MC_COUNT(steps); i++) {
            mc_auto(PQclear) PGresult *rows = make_rows(start, steps[i]);
            mc_scratch_arena(arena);
            mc__columns columns;

            expect_comment(decode(&arena, &columns, rows, false));
            cr_expect_eq(columns.count, 13, "%zu columns from %d by %d", columns.count, start,
                         steps[i]);
        }
    }
}

Test(record, points_into_its_row_if_its_columns_borrow)
{
    mc_auto(PQclear) PGresult *rows = make_rows(0, 1);
    mc_scratch_arena(arena);
    mc__columns columns;
    const mc_comment *comment = decode(&arena, &columns, rows, true);

    expect_comment(comment);
    cr_expect_eq(comment->markdown, PQgetvalue(rows, 0, PQfnumber(rows, "markdown")));
    comment = decode(&arena, &columns, rows, false);
    cr_expect_neq(comment->markdown, PQgetvalue(rows, 0, PQfnumber(rows, "markdown")));
}

/* JSON strings. */

/* A simple implementation to compare with, one byte at a time. */
static void put_slowly(mc__text *out, const char *text)
{
    mc__text_putc(out, '"');
    for (const unsigned char *c = (const unsigned char *)text; *c; c++) {
        if (*c == '"' || *c == '\\')
            mc__text_format(out, "\\%c", *c);
        else if (*c == '\n' || *c == '\r' || *c == '\t')
            mc__text_puts(out, *c == '\n' ? "\\n" : *c == '\r' ? "\\r" : "\\t");
        else if (*c < 0x20 || *c == '<' || *c == '>' || *c == '&')
            mc__text_format(out, "\\u%04x", *c);
        else if (c[0] == 0xE2 && c[1] == 0x80 && (c[2] == 0xA8 || c[2] == 0xA9))
            mc__text_puts(out, *(c += 2) == 0xA8 ? "\\u2028" : "\\u2029");
        else
            mc__text_putc(out, (char)*c);
    }
    mc__text_putc(out, '"');
}

static void expect_string(const char *text)
{
    mc_scratch_text(right);
    mc_scratch_text(out);

    put_slowly(&right, text);
    mc__json_string(&out, text);
    cr_expect_str_eq(mc__text_string(&out), mc__text_string(&right));
}

Test(json, strings_are_escaped_wherever_it_is_needed)
{
    static const char *const pieces[] = {"\"",
                                         "\\",
                                         "\n",
                                         "\r",
                                         "\t",
                                         "\x01",
                                         "\x1F",
                                         "\x20",
                                         "\x7F",
                                         "<",
                                         ">",
                                         "&",
                                         "'",
                                         "/",
                                         "\xE2\x80\xA8",
                                         "\xE2\x80\xA9",
                                         "\xE2\x80\xAA",
                                         "\xE2\x82\xAC",
                                         "\xC3\xA4",
                                         "\xF0\x9F\x98\x80"};
    char text[120];

    for (size_t i = 0; i < MC_COUNT(pieces); i++) {
        size_t size = strlen(pieces[i]);

        for (size_t length = size; length < 70; length++) {
            for (size_t at = 0; at + size <= length; at++) {
                memset(text, 'x', length);
                text[length] = '\0';
                memcpy(text + at, pieces[i], size);
                expect_string(text);
                memcpy(text, pieces[i], size); /* and another at the beginning */
                expect_string(text);
            }
        }
    }
    for (int c = 1; c < 256; c++) {
        snprintf(text, sizeof(text), "%40s%c%40s", "", c, "");
        expect_string(text);
    }
}

/* As clients of the API v1 are used to: the fewest digits, written out from 1e-6 to below 1e21. */
Test(json, writes_the_shortest_number_that_reads_back)
{
    static const struct {
        double number;
        const char *text;
    } cases[] = {
        {0, "0"},
        {-3, "-3"},
        {0.1, "0.1"},
        {-9.14, "-9.14"},
        {0.1 + 0.2, "0.30000000000000004"},
        {123.456789012345678, "123.45678901234568"},
        {1e15, "1000000000000000"},
        {999999999999999.5, "999999999999999.5"},
        {1e20, "100000000000000000000"},
        {999999999999999868928.0, "999999999999999900000"},
        {1e21, "1e+21"},
        {-1.5e300, "-1.5e+300"},
        {1e-6, "0.000001"},
        {-0.00000123, "-0.00000123"},
        {9.99e-7, "9.99e-7"},
        {5e-324, "5e-324"},
        {NAN, "null"},
        {-INFINITY, "null"},
    };

    for (size_t i = 0; i < MC_COUNT(cases); i++) {
        mc_scratch_text(out);

        mc__json_double(&out, cases[i].number);
        cr_expect_str_eq(mc__text_string(&out), cases[i].text, "%s became %s", cases[i].text,
                         mc__text_string(&out));
    }
}

/* Records that keep others alive. */

static int released[8];

static void release(void *number)
{
    released[*(int *)number]++;
}

Test(record, releases_all_that_it_holds)
{
    static int numbers[8] = {0, 1, 2, 3, 4, 5, 6, 7};
    void *record = mc__record_new(&mc__comment_type);

    for (int i = 0; i < 8; i++)
        cr_assert(mc__record_hold(record, &numbers[i], release));
    mc_record_free(record);
    for (int i = 0; i < 8; i++)
        cr_expect_eq(released[i], 1, "number %d was released %d times", i, released[i]);
}

/* A record with a member of each kind that a column can have. */
typedef struct all_kinds {
    const mc_type *type;
    bool boolean;
    mc_choice choice;
    int64_t int64;
    double number;
    const char *string;
    mc_time time;
    mc_strings strings;
    mc_int64s int64s;
    mc_maybe_int64 maybe_int64;
    mc_maybe_double maybe_double;
} all_kinds;

static const mc__field all_fields[] = {
    MC_FIELD(all_kinds, boolean, "boolean"),
    MC_FIELD(all_kinds, choice, "choice"),
    MC_FIELD(all_kinds, int64, "int64"),
    MC_FIELD(all_kinds, number, "number"),
    MC_FIELD(all_kinds, string, "string"),
    MC_FIELD(all_kinds, time, "time"),
    MC_FIELD(all_kinds, strings, "strings"),
    MC_FIELD(all_kinds, int64s, "int64s"),
    MC_FIELD(all_kinds, maybe_int64, "maybeInt64"),
    MC_FIELD(all_kinds, maybe_double, "maybeDouble"),
};
static const mc_type all_type = MC_TYPE(all_kinds, "all_kinds", all_fields);

static PGresult *one_row(size_t count, const char *const (*columns)[2])
{
    PGresult *rows = PQmakeEmptyPGresult(NULL, PGRES_TUPLES_OK);
    PGresAttDesc attributes[16] = {{0}};

    for (size_t i = 0; i < count; i++)
        attributes[i].name = (char *)columns[i][0];
    cr_assert(PQsetResultAttrs(rows, (int)count, attributes));
    for (size_t i = 0; i < count; i++)
        cr_assert(PQsetvalue(rows, 0, (int)i, (char *)columns[i][1], (int)strlen(columns[i][1])));
    return rows;
}

Test(rows, fill_members_of_every_kind)
{
    static const char *const columns[][2] = {
        {"boolean", "t"},        {"choice", "f"},      {"int64", "-9"},
        {"number", "0.5"},       {"string", "so"},     {"time", "2026-01-02 03:04:05+00"},
        {"strings", "{a,b}"},    {"int64s", "{1,-2}"}, {"maybe_int64", "7"},
        {"maybe_double", "0.25"}};
    mc_scratch_arena(arena);
    mc_scratch_text(json);
    PGresult *rows = one_row(MC_COUNT(columns), columns);
    mc__columns made;
    all_kinds *record = mc__record_make(&arena, &all_type);

    cr_assert_eq(MC_COUNT(columns), MC_COUNT(all_fields));
    cr_assert_eq(mc__columns_make(&made, &arena, &all_type, rows), 0);
    cr_assert_eq(mc__record_decode(record, &arena, &made, rows, 0), 0);
    mc__json_record(&json, record, MC_VIEW_DETAIL);
    cr_expect_str_eq(mc__text_string(&json),
                     "{\"boolean\":true,\"choice\":false,\"int64\":-9,\"number\":0.5,"
                     "\"string\":\"so\",\"time\":\"2026-01-02T03:04:05Z\","
                     "\"strings\":[\"a\",\"b\"],\"int64s\":[1,-2],\"maybeInt64\":7,"
                     "\"maybeDouble\":0.25}");
    PQclear(rows);
}

Test(rows, have_lists_of_texts_as_postgresql_writes_them)
{
    static const struct {
        const char *array, *json;
    } cases[] = {
        {"{}", "[]"},
        {"{a}", "[\"a\"]"},
        {"{a,NULL,\"NULL\",b}", "[\"a\",\"\",\"NULL\",\"b\"]"},
        {"{\"\",\"x, y\",\"{}\"}", "[\"\",\"x, y\",\"{}\"]"},
        {"{\"a \\\"b\\\" \\\\c\",NULLS}", "[\"a \\\"b\\\" \\\\c\",\"NULLS\"]"},
        {"{Z\xC3\xBCrich,\"one\ntwo\"}", "[\"Z\xC3\xBCrich\",\"one\\ntwo\"]"},
    };

    for (size_t i = 0; i < MC_COUNT(cases); i++) {
        const char *const columns[][2] = {{"strings", cases[i].array}};
        mc_scratch_arena(arena);
        mc_scratch_text(json);
        PGresult *rows = one_row(1, columns);
        mc__columns made;
        all_kinds *record = mc__record_make(&arena, &all_type);

        cr_assert_eq(mc__columns_make(&made, &arena, &all_type, rows), 0);
        cr_assert_eq(mc__record_decode(record, &arena, &made, rows, 0), 0);
        mc__json_record(&json, record, MC_VIEW_DETAIL);
        cr_expect(strstr(mc__text_string(&json), cases[i].json), "%s became %s", cases[i].array,
                  mc__text_string(&json));
        PQclear(rows);
    }
}

/* Input with more fields than a machine word has bits. */
Test(input, reports_every_field_of_a_long_type_once)
{
    enum { COUNT = 150 };
    typedef struct long_input {
        size_t size;
        const char *texts[COUNT];
    } long_input;
    mc__problem problem = {0};
    mc__field fields[COUNT] = {{0}};
    char names[COUNT][8];
    mc_type type = {.name = "long",
                    .size = sizeof(long_input),
                    .fields = fields,
                    .field_count = COUNT,
                    .flags = MC_TYPE_INPUT};
    long_input input;
    mc_scratch_arena(arena);

    for (int i = 0; i < COUNT; i++) {
        snprintf(names[i], sizeof(names[i]), "f%d", i);
        fields[i] = (mc__field){.name = names[i],
                                .json = names[i],
                                .kind = MC_KIND_STRING,
                                .offset = sizeof(size_t) + (size_t)i * sizeof(char *),
                                .flags = MC_FIELD_REQUIRED};
    }
    cr_assert_eq(
        mc__input_take(
            &problem, &arena, &type, &input, MC_TO_CREATE,
            &(mc__source){.body = "{\"f3\":1,\"f70\":1}", .length = 16, .format = MC_FORMAT_JSON}),
        MC_EINVAL);
    cr_expect_eq(problem.shown.fault_count, COUNT);
    cr_expect_str_eq(problem.shown.faults[0].field, "f3");
    cr_expect_str_eq(problem.shown.faults[1].field, "f70");
    mc__problem_release(&problem);
}

/* Buffers */

Test(json, leaves_a_buffer_as_it_was_when_there_is_no_room)
{
    mc_buffer *buffer = NULL;
    void *record = mc__record_new(&mc__comment_type);

    cr_assert_eq(mc_buffer_new(&buffer, 40), 0);
    cr_assert_eq(mc_buffer_append(buffer, "before", 6), 0);
    cr_expect_eq(mc_record_json(buffer, record), MC_ETOOLARGE);
    cr_expect_str_eq(mc_buffer_bytes(buffer), "before");
    cr_expect_eq(mc_buffer_length(buffer), 6);
    cr_expect_eq(mc_buffer_append(buffer, "0123456789012345678901234567890123456789", 40),
                 MC_ETOOLARGE);
    cr_expect_eq(mc_buffer_append(buffer, ", after", 7), 0, "there is room for this");
    cr_expect_str_eq(mc_buffer_bytes(buffer), "before, after");
    mc_record_free(record);
    mc_buffer_free(buffer);
}

Test(json, knows_the_length_of_a_string)
{
    static const char *const texts[] = {
        "", "plain", "<&>\"\\\n\t\x01\x7f", "\xE2\x80\xA8 \xE2\x80\xA9 \xE2\x80\xB9",
        "sixteen and more bytes < sixteen and more bytes \xE2\x80\xA8"};

    for (size_t i = 0; i < MC_COUNT(texts); i++) {
        mc_scratch_text(written);

        mc__json_string(&written, texts[i]);
        cr_expect_eq(mc__json_length(texts[i], strlen(texts[i])), written.length - 2, "%s",
                     texts[i]);
    }
}
