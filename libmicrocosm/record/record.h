/*
 * Field tables and their uses: records from rows, JSON from records, input structs from JSON and
 * forms, introspection. Names no resource; the tables are in domain/, beside their topics.
 */
#ifndef MC_RECORD_H
#define MC_RECORD_H

#include "../core/core.h"
#include "../db/db.h"

#include <libpq-fe.h>
#include <microcosm/record.h>

typedef struct mc__field {
    const char *name, *json;
    const char *key; /* json as written in an object: ,"json": */
    size_t key_length;
    mc_kind kind;
    size_t offset;
    uint32_t flags;
    int64_t max_length;
    const mc_type *type;
    size_t with_time; /* JSON has it, though it is empty, if the time at this offset is set */
} mc__field;

enum {
    MC_TYPE_INPUT = 1, /* describes an input struct, whose first member is its size */
    MC_TYPE_BARE = 2   /* written, or read, as the value of its only field, without an object */
};

struct mc_type {
    const char *name;
    size_t size;
    const mc__field *fields;
    size_t field_count;
    uint32_t flags;
};

/* JSON written by a function; only in records that never leave the library. */
typedef struct mc__raw {
    void (*write)(mc__text *out, const void *data);
    const void *data;
} mc__raw;
#define MC__KIND_RAW ((mc_kind)100)

/* The kind comes from the member itself, so a table cannot disagree with its struct. */
#define MC_KIND_OF(expr)                                                                           \
    _Generic((expr), bool: MC_KIND_BOOL, mc_choice: MC_KIND_CHOICE, int64_t: MC_KIND_INT64,        \
        double: MC_KIND_DOUBLE, const char *: MC_KIND_STRING, mc_time: MC_KIND_TIME,               \
        mc_list: MC_KIND_LIST, mc_strings: MC_KIND_STRINGS, mc_int64s: MC_KIND_INT64S,             \
        mc_maybe_int64: MC_KIND_MAYBE_INT64, mc_maybe_double: MC_KIND_MAYBE_DOUBLE,                \
        mc__raw: MC__KIND_RAW,                                \
        default: MC_KIND_RECORD)
#define MC_FIELD(struct_, member, json_, ...)                                                      \
    {                                                                                              \
        .name = #member, .json = json_,                                                            \
        .key = ",\"" json_ "\":", .key_length = sizeof(",\"" json_ "\":") - 1,                     \
        .kind = MC_KIND_OF(((struct_ *)0)->member), .offset = offsetof(struct_, member),           \
        __VA_ARGS__                                                                                \
    }
#define MC_TYPE(struct_, name_, fields_, ...)                                                      \
    {                                                                                              \
        .name = name_, .size = sizeof(struct_), .fields = fields_,                                 \
        .field_count = MC_COUNT(fields_), __VA_ARGS__                                              \
    }

/* Making records */

/* A record that owns an arena; NULL when out of memory. Free with mc_record_free(). */
void *mc__record_new(const mc_type *type);
MC_DEFINE_AUTO(void *, mc_record_free)
mc__arena *mc__record_arena(void *root);
/* Makes a record of mc__record_new() own an object that it points into; freeing the record releases
 * it. False when out of memory: it is released at once. */
bool mc__record_hold(void *root, void *held, void (*release)(void *held));
/* A record inside an arena, with "" for texts and MC_TIME_NONE for times. NULL when out of memory.
 */
void *mc__record_make(mc__arena *arena, const mc_type *type);
/* Appends an item to a list that grows in an arena; capacity starts as 0. */
bool mc__list_add(mc__arena *arena, mc_list *list, size_t *capacity, const void *item);
/* Room for count items at once; NULL when out of memory. */
const void **mc__list_make(mc__arena *arena, mc_list *list, size_t count);

/* Rows to records. A column's name is the path of the member it fills: title, meta.created,
 * meta.created_by.id. A nested record is made for its first column that isn't NULL. Columns that
 * match no member are left to the caller. */
#define MC_PATH_MAX 4
typedef struct mc__column {
    int column;
    int depth;
    const mc__field *path[MC_PATH_MAX];
} mc__column;
typedef struct mc__columns {
    mc__column *items;
    size_t count;
    /* Set after mc__columns_make(): texts are not copied but point into the rows, which then must
     * outlive the records. */
    bool borrows;
} mc__columns;
/* False for a name that matches no member. Also used by the test that compares statements with
 * types. */
bool mc__column_resolve(mc__column *out, const mc_type *type, const char *name);
int mc__columns_make(mc__columns *out, mc__arena *arena, const mc_type *type, const PGresult *rows);
int mc__record_decode(void *record, mc__arena *arena, const mc__columns *columns,
                      const PGresult *rows, int row);
/* The same without columns made before: one row into a record that exists, or a new record for each
 * row. */
int mc__record_decode_row(void *record, mc__arena *arena, const mc_type *type, const PGresult *rows,
                          int row);
int mc__records_decode(mc_list *out, mc__arena *arena, const mc_type *type, const PGresult *rows);
/* The text of one column, copied into the arena unless the columns borrow. */
const char *mc__columns_text(const mc__columns *columns, mc__arena *arena, const PGresult *rows,
                             int row, int column);

/* Records to JSON */
typedef enum mc__view { MC_VIEW_SUMMARY, MC_VIEW_DETAIL } mc__view;
void mc__json_record(mc__text *out, const void *record, mc__view view);
/* Writes the text with quotes, escaped as docs/http/conventions.md#json says. */
void mc__json_string(mc__text *out, const char *text);
/* Length of the same without the quotes. */
size_t mc__json_length(const char *text, size_t length);
void mc__json_double(mc__text *out, double number);
void mc__json_time(mc__text *out, mc_time time);
/* A choice whose value differs per reader: it is written as false and its position is recorded, so
 * that copies can be patched to true. Only in records that never leave the library. */
#define MC__CHOICE_OPEN ((mc_choice)3)
#define MC_JSON_FLAGS_MAX 4
typedef struct mc__json_flag {
    const char *name; /* of the member */
    size_t at;        /* offset of its value in the text */
} mc__json_flag;
typedef struct mc__json_flags {
    size_t count; /* more than there is room for make the text's error MC_ESTATE */
    mc__json_flag items[MC_JSON_FLAGS_MAX];
} mc__json_flags;
void mc__json_record_noting(mc__text *out, const void *record, mc__view view,
                            mc__json_flags *noted);
/* Position of the flag of that name; 0: it was not recorded. */
size_t mc__json_flag_at(const mc__json_flags *noted, const char *name);

/* JSON and forms to input structs */
typedef enum mc__purpose { MC_TO_CREATE, MC_TO_EDIT } mc__purpose;
/* The source of input: a request's body, or, if that is NULL, a caller's struct. */
typedef struct mc__source {
    const void *given; /* begins with its size; may be older and shorter, or newer and longer */
    const char *body;
    size_t length;
    mc_format format;
} mc__source;
/* A request's body as a source. NULL is an empty one, whatever its length. */
mc__source mc__source_of(mc_format format, const char *body, size_t length);
#define MC_INPUT_LIST_MAX 1000 /* unless the field's max_length says otherwise */
/*
 * Fills *input (type->size bytes) from a source and checks it; texts and lists are allocated in the
 * arena. The problem receives all faults. Returns 0, MC_EINVAL or MC_ENOMEM.
 */
int mc__input_take(mc__problem *problem, mc__arena *arena, const mc_type *type, void *input,
                   mc__purpose purpose, const mc__source *source);

/* Text of comma-separated values (RFC 4180), read a record at a time. Lines end with LF, CRLF or
 * CR; empty ones are skipped, and so is a byte order mark. */
typedef struct mc__csv {
    const char *at, *end;
    int64_t line; /* of the record that was read last, from 1 */
    int64_t next_line;
    const char **fields; /* of that record */
} mc__csv;
#define MC_CSV_FIELDS_MAX 100
typedef enum mc__csv_found { MC_CSV_END, MC_CSV_RECORD, MC_CSV_BROKEN } mc__csv_found;
mc__csv mc__csv_of(const char *text, size_t length);
/* Reads the next record; its fields are in the arena, their list is good until the next call. When
 * that fails: all are empty, or MC_CSV_BROKEN. */
mc__csv_found mc__csv_next(mc_strings *out, mc__csv *csv, mc__arena *arena);

/* Decodes %xx and + of a form or query. NULL if the text is malformed, or when out of memory. */
char *mc__form_decode(mc__arena *arena, const char *text, size_t length);

/* One operation of a PATCH body, not yet checked against the resource. */
typedef struct mc__patch_op {
    const char *path;
    enum { MC_PATCH_BOOL, MC_PATCH_STRING, MC_PATCH_OTHER } kind;
    bool value;
} mc__patch_op;
/* 0, MC_EINVAL for a malformed body, MC_EUNSUPPORTED for any operation but replace. */
int mc__patch_read(mc__problem *problem, mc__arena *arena, mc__patch_op **ops, size_t *count,
                   const char *body, size_t length);

#endif
