/* Introspection of types, records that own their memory, and records from rows. */
#include "record.h"

#include <errno.h>

const char *mc_type_name(const mc_type *type)
{
    return type ? type->name : "";
}

bool mc_type_is_input(const mc_type *type)
{
    return type && (type->flags & MC_TYPE_INPUT);
}

size_t mc_type_size(const mc_type *type)
{
    return type ? type->size : 0;
}

size_t mc_type_field_count(const mc_type *type)
{
    return type ? type->field_count : 0;
}

int mc_type_field(mc_field_info *out, const mc_type *type, size_t i)
{
    const mc__field *field;

    if (!out || !type || i >= type->field_count)
        return MC_EINVAL;
    field = &type->fields[i];
    *out = (mc_field_info){.name = field->name,
                           .json = field->json,
                           .kind = field->kind,
                           .flags = field->flags,
                           .max_length = field->max_length,
                           .type = field->type,
                           .offset = field->offset};
    return 0;
}

const mc_type *mc_record_type(const void *record)
{
    return record ? *(const mc_type *const *)record : NULL;
}

int mc_record_get(mc_value *out, const void *record, size_t i)
{
    const mc_type *type = mc_record_type(record);
    const mc__field *field;
    const char *member;

    if (!out || !type || i >= type->field_count)
        return MC_EINVAL;
    field = &type->fields[i];
    member = (const char *)record + field->offset;
    *out = (mc_value){.kind = field->kind};
    switch (field->kind) {
    case MC_KIND_BOOL:
        out->as.boolean = *(const bool *)member;
        break;
    case MC_KIND_CHOICE:
        out->as.choice = *(const mc_choice *)member;
        break;
    case MC_KIND_INT64:
        out->as.int64 = *(const int64_t *)member;
        break;
    case MC_KIND_DOUBLE:
        out->as.number = *(const double *)member;
        break;
    case MC_KIND_STRING:
        out->as.string = *(const char *const *)member;
        break;
    case MC_KIND_TIME:
        out->as.time = *(const mc_time *)member;
        break;
    case MC_KIND_RECORD:
        out->as.record = *(const void *const *)member;
        break;
    case MC_KIND_LIST:
        out->as.list = *(const mc_list *)member;
        break;
    case MC_KIND_STRINGS:
        out->as.strings = *(const mc_strings *)member;
        break;
    case MC_KIND_INT64S:
        out->as.int64s = *(const mc_int64s *)member;
        break;
    case MC_KIND_MAYBE_INT64:
        out->as.maybe_int64 = *(const mc_maybe_int64 *)member;
        break;
    case MC_KIND_MAYBE_DOUBLE:
        out->as.maybe_double = *(const mc_maybe_double *)member;
        break;
    }
    return 0;
}

typedef struct hold {
    struct hold *next;
    void *held;
    void (*release)(void *held);
} hold;

/* Precedes a root record in memory; nested records have none and can't be freed. */
typedef struct record_head {
    mc__arena arena; /* has the list of holds too */
    hold *holds;
} record_head;

#define HEAD_SIZE ((sizeof(record_head) + 15) & ~(size_t)15)

static void fill_defaults(void *record, const mc_type *type)
{
    *(const mc_type **)record = type;
    for (size_t i = 0; i < type->field_count; i++) {
        char *member = (char *)record + type->fields[i].offset;

        if (type->fields[i].kind == MC_KIND_STRING)
            *(const char **)member = "";
        else if (type->fields[i].kind == MC_KIND_TIME)
            ((mc_time *)member)->us = MC_TIME_NONE;
    }
}

void *mc__record_new(const mc_type *type)
{
    record_head *head = mc__calloc(1, HEAD_SIZE + type->size);
    void *record;

    if (!head)
        return NULL;
    record = (char *)head + HEAD_SIZE;
    fill_defaults(record, type);
    return record;
}

static record_head *head_of(void *root)
{
    return (record_head *)((char *)root - HEAD_SIZE);
}

mc__arena *mc__record_arena(void *root)
{
    return &head_of(root)->arena;
}

bool mc__record_hold(void *root, void *held, void (*release)(void *held))
{
    record_head *head = head_of(root);
    hold *one = mc__arena_alloc(&head->arena, sizeof(*one));

    if (!one) {
        release(held);
        return false;
    }
    *one = (hold){head->holds, held, release};
    head->holds = one;
    return true;
}

void mc_record_free(void *record)
{
    record_head *head;

    if (!record)
        return;
    head = head_of(record);
    for (hold *one = head->holds; one; one = one->next)
        one->release(one->held);
    mc__arena_release(&head->arena);
    mc__free(head);
}

void *mc__record_make(mc__arena *arena, const mc_type *type)
{
    void *record = mc__arena_alloc(arena, type->size);

    if (record)
        fill_defaults(record, type);
    return record;
}

bool mc__list_add(mc__arena *arena, mc_list *list, size_t *capacity, const void *item)
{
    const void **items = (const void **)list->items;

    if (list->count == *capacity) {
        size_t more = *capacity ? *capacity * 2 : 4;

        items = mc__arena_alloc(arena, more * sizeof(*items));
        if (!items)
            return false;
        if (list->count)
            memcpy(items, list->items, list->count * sizeof(*items));
        list->items = items;
        *capacity = more;
    }
    items[list->count++] = item;
    return true;
}

const void **mc__list_make(mc__arena *arena, mc_list *list, size_t count)
{
    const void **items = mc__arena_alloc(arena, (count ? count : 1) * sizeof(*items));

    list->items = items;
    list->count = items ? count : 0;
    return items;
}

/* The length of the field's name if the path begins with it, else 0. */
static size_t match(const mc__field *field, const char *path)
{
    const char *name = field->name;
    size_t length = 0;

    while (name[length] && name[length] == path[length])
        length++;
    return !name[length] && (path[length] == '.' || !path[length]) ? length : 0;
}

/* Finds the field that a path begins with, and the length of its name. Columns are mostly in the
 * order of the table, so the search starts after the previous field and wraps around. */
static const mc__field *find_field(const mc_type *type, const char *path, size_t first,
                                   size_t *length)
{
    for (size_t i = 0; i < type->field_count; i++) {
        size_t at = first + i < type->field_count ? first + i : first + i - type->field_count;

        *length = match(&type->fields[at], path);
        if (*length)
            return &type->fields[at];
    }
    return NULL;
}

/* Where the search starts: at the record that contained the previous column, else after its field.
 */
static size_t first_guess(const mc_type *type, const mc__column *before, int depth)
{
    if (!before)
        return 0;
    return (size_t)(before->path[depth] - type->fields) + (depth == before->depth - 1);
}

/* before: the column resolved previously, usually the one to the left, or NULL. */
static bool resolve(mc__column *out, const mc_type *type, const char *path,
                    const mc__column *before)
{
    for (int depth = 0; depth < MC_PATH_MAX; depth++) {
        size_t length;
        const mc__field *field = find_field(type, path, first_guess(type, before, depth), &length);

        if (!field)
            return false;
        out->path[depth] = field;
        out->depth = depth + 1;
        if (path[length] == '\0')
            return field->kind != MC_KIND_RECORD && field->kind != MC_KIND_LIST;
        if (field->kind != MC_KIND_RECORD || !field->type)
            return false;
        if (before && (before->path[depth] != field || depth == before->depth - 1))
            before = NULL; /* the rest of the paths differs */
        type = field->type;
        path += length + 1;
    }
    return false;
}

bool mc__column_resolve(mc__column *out, const mc_type *type, const char *name)
{
    return resolve(out, type, name, NULL);
}

int mc__columns_make(mc__columns *out, mc__arena *arena, const mc_type *type, const PGresult *rows)
{
    const mc__column *before = NULL;
    int count = PQnfields(rows);

    out->count = 0;
    out->borrows = false;
    out->items = mc__arena_alloc(arena, (size_t)(count ? count : 1) * sizeof(*out->items));
    if (!out->items)
        return MC_ENOMEM;
    for (int i = 0; i < count; i++) {
        mc__column *column = &out->items[out->count];

        if (!resolve(column, type, PQfname(rows, i), before))
            continue;
        column->column = i;
        before = column;
        out->count++;
    }
    return 0;
}

const char *mc__columns_text(const mc__columns *columns, mc__arena *arena, const PGresult *rows,
                             int row, int column)
{
    const char *text = PQgetvalue(rows, row, column);

    return columns->borrows ? text
                            : mc__arena_copy(arena, text, (size_t)PQgetlength(rows, row, column));
}

static int set_member(char *member, mc__arena *arena, const mc__columns *columns, mc_kind kind,
                      const PGresult *rows, int row, int column)
{
    switch (kind) {
    case MC_KIND_BOOL:
        *(bool *)member = mc__row_bool(rows, row, column);
        return 0;
    case MC_KIND_CHOICE:
        *(mc_choice *)member = mc__row_bool(rows, row, column) ? MC_YES : MC_NO;
        return 0;
    case MC_KIND_INT64:
        *(int64_t *)member = mc__row_int(rows, row, column);
        return 0;
    case MC_KIND_DOUBLE:
        *(double *)member = mc__row_double(rows, row, column);
        return 0;
    case MC_KIND_STRING:
        *(const char **)member = mc__columns_text(columns, arena, rows, row, column);
        return 0;
    case MC_KIND_TIME:
        *(mc_time *)member = mc__row_time(rows, row, column);
        return 0;
    case MC_KIND_INT64S:
        return mc__row_ints((mc_int64s *)member, arena, rows, row, column);
    case MC_KIND_STRINGS:
        return mc__row_texts((mc_strings *)member, arena, rows, row, column);
    case MC_KIND_MAYBE_INT64:
        *(mc_maybe_int64 *)member = (mc_maybe_int64){true, mc__row_int(rows, row, column)};
        return 0;
    case MC_KIND_MAYBE_DOUBLE:
        *(mc_maybe_double *)member = (mc_maybe_double){true, mc__row_double(rows, row, column)};
        return 0;
    case MC_KIND_RECORD:
    case MC_KIND_LIST: /* mc__column_resolve() refuses them */
        break;
    }
    return MC_EINVAL;
}

int mc__record_decode(void *record, mc__arena *arena, const mc__columns *columns,
                      const PGresult *rows, int row)
{
    for (size_t i = 0; i < columns->count; i++) {
        const mc__column *column = &columns->items[i];
        char *at = record;
        int rc;

        if (mc__row_is_null(rows, row, column->column))
            continue;
        for (int depth = 0; depth < column->depth - 1; depth++) {
            const mc__field *field = column->path[depth];
            void **inner = (void **)(at + field->offset);

            if (!*inner)
                *inner = mc__record_make(arena, field->type);
            if (!*inner)
                return MC_ENOMEM;
            at = *inner;
        }
        rc = set_member(at + column->path[column->depth - 1]->offset, arena, columns,
                        column->path[column->depth - 1]->kind, rows, row, column->column);
        if (rc < 0)
            return rc;
    }
    return arena->failed ? MC_ENOMEM : 0;
}

int mc__record_decode_row(void *record, mc__arena *arena, const mc_type *type, const PGresult *rows,
                          int row)
{
    mc_scratch_arena(scratch);
    mc__columns columns;

    if (mc__columns_make(&columns, &scratch, type, rows) < 0)
        return MC_ENOMEM;
    return mc__record_decode(record, arena, &columns, rows, row);
}

int mc__records_decode(mc_list *out, mc__arena *arena, const mc_type *type, const PGresult *rows)
{
    const void **records = mc__list_make(arena, out, (size_t)PQntuples(rows));
    mc_scratch_arena(scratch);
    mc__columns columns;

    if (!records || mc__columns_make(&columns, &scratch, type, rows) < 0)
        return MC_ENOMEM;
    for (size_t i = 0; i < out->count; i++) {
        void *record = mc__record_make(arena, type);
        int rc = record ? mc__record_decode(record, arena, &columns, rows, (int)i) : MC_ENOMEM;

        if (rc < 0)
            return rc;
        records[i] = record;
    }
    return 0;
}
