/*
 * Reads JSON bodies: input structs, and the operations of PATCH. Collects the faults of all fields,
 * so that the client sees them at once.
 */
#include "input.h"
#include "json_check.h"

/* Not json.h: it includes debug.h, which declares a function mc_error(). */
#include <json-c/json_object.h>
#include <json-c/json_tokener.h>
#include <json-c/linkhash.h>
#include <strings.h>

/* The API's deepest input is an array of objects that contain an object. */
#define JSON_DEPTH_MAX 32

MC_DEFINE_AUTO(struct json_object *, json_object_put)
MC_DEFINE_AUTO(struct json_tokener *, json_tokener_free)

static int build(struct json_object **out, mc__problem *problem, const char *text, size_t length)
{
    mc_auto(json_tokener_free) struct json_tokener *tokener = json_tokener_new_ex(JSON_DEPTH_MAX);

    if (!tokener)
        return mc__fail(problem, MC_ENOMEM, "out of memory");
    *out = json_tokener_parse_ex(tokener, text, (int)length);
    if (json_tokener_get_error(tokener) == json_tokener_continue) /* a number ends with the text */
        *out = json_tokener_parse_ex(tokener, " ", 1);
    return json_tokener_get_error(tokener) == json_tokener_success
               ? 0
               : mc__fail(problem, MC_EINVAL, "the body is not valid JSON");
}

/*
 * Text after the first value is ignored (docs/http/conventions.md#request-bodies). Keys are in
 * lower case afterwards, so that json-c keeps the last of those that differ in case only.
 */
static int parse_json(struct json_object **out, mc__problem *problem, mc__arena *arena,
                      const char *body, size_t length)
{
    mc__json_check check = {.text = body, .length = length, .depth_max = JSON_DEPTH_MAX};
    char *text;

    if (length > INT32_MAX)
        return mc__fail(problem, MC_ETOOLARGE, "the body is too large");
    if (!mc__utf8_valid(body, length))
        return mc__fail(problem, MC_EINVAL, "the body is not valid UTF-8 without NUL");
    if (!mc__json_check_value(&check))
        return mc__fail(problem, MC_EINVAL, "the body is not valid JSON: %s (at byte %zu)",
                        check.problem, check.at + 1);
    text = mc__arena_text(arena, check.at);
    if (!text)
        return mc__fail(problem, MC_ENOMEM, "out of memory");
    mc__json_lower_keys(&check, text);
    return build(out, problem, text, check.at);
}

static struct json_object *get_any_case(struct json_object *object, const char *key, size_t length)
{
    struct json_object *found = NULL;

    json_object_object_foreach(object, candidate, value)
    {
        if (strncasecmp(candidate, key, length) == 0 && candidate[length] == '\0')
            found = value; /* of duplicate keys the last one counts */
    }
    return found;
}

/* Finds a path such as "meta.editReason". NULL if it is absent, null, or inside a non-object. */
static struct json_object *get_path(struct json_object *object, const char *path)
{
    for (;;) {
        size_t length = strcspn(path, ".");

        if (!object || json_object_get_type(object) != json_type_object)
            return NULL;
        object = get_any_case(object, path, length);
        if (path[length] == '\0')
            return object;
        path += length + 1;
    }
}

static const char *copy_json_text(mc__input *r, struct json_object *value, const char **fault)
{
    const char *text = json_object_get_string(value);
    size_t length = (size_t)json_object_get_string_len(value);

    if (memchr(text, '\0', length)) { /* of an escape \u0000 */
        *fault = "must not contain NUL";
        return NULL;
    }
    return mc__arena_copy(r->arena, text, length);
}

static const char *read_int(int64_t *out, struct json_object *value)
{
    if (json_object_get_type(value) != json_type_int)
        return "must be a whole number";
    *out = json_object_get_int64(value);
    /* json-c caps numbers that are too large */
    if (*out == INT64_MAX || *out == INT64_MIN)
        return "is out of range";
    return NULL;
}

static const char *read_strings(mc__input *r, mc_strings *out, struct json_object *value)
{
    size_t count;
    const char **items;

    if (json_object_get_type(value) != json_type_array)
        return "must be a list of texts";
    count = json_object_array_length(value);
    items = mc__arena_alloc(r->arena, (count + 1) * sizeof(*items));
    if (!items)
        return NULL; /* the arena has failed */
    for (size_t i = 0; i < count; i++) {
        struct json_object *item = json_object_array_get_idx(value, i);
        const char *fault = NULL;

        if (json_object_get_type(item) != json_type_string)
            return "must be a list of texts";
        items[i] = copy_json_text(r, item, &fault);
        if (fault)
            return fault;
    }
    *out = (mc_strings){items, count};
    return NULL;
}

static const char *read_ints(mc__input *r, mc_int64s *out, struct json_object *value)
{
    size_t count;
    int64_t *items;

    if (json_object_get_type(value) != json_type_array)
        return "must be a list of numbers";
    count = json_object_array_length(value);
    if (count > MC_INPUT_LIST_MAX)
        return "has too many items";
    items = mc__arena_alloc(r->arena, (count + 1) * sizeof(*items));
    for (size_t i = 0; items && i < count; i++)
        if (read_int(&items[i], json_object_array_get_idx(value, i)))
            return "must be a list of whole numbers";
    *out = (mc_int64s){items, items ? count : 0};
    return NULL;
}

static const char *read_double(double *out, struct json_object *value)
{
    if (json_object_get_type(value) != json_type_int &&
        json_object_get_type(value) != json_type_double)
        return "must be a number";
    *out = json_object_get_double(value);
    return *out - *out == 0 ? NULL : "is out of range";
}

static void read_object(mc__input *r, struct json_object *object);

static const char *read_list(mc__input *r, size_t i, struct json_object *value)
{
    mc_list *list = (mc_list *)((char *)r->input + r->type->fields[i].offset);
    size_t count;
    const void **items;

    if (json_object_get_type(value) != json_type_array)
        return "must be a list of objects";
    count = json_object_array_length(value);
    if (count > mc__input_list_max(&r->type->fields[i]))
        return "has too many items";
    items = mc__list_make(r->arena, list, count);
    for (size_t n = 0; items && n < count; n++) {
        struct json_object *item = json_object_array_get_idx(value, n);
        mc__input of_item;

        if (json_object_get_type(item) != json_type_object)
            return "must be a list of objects";
        items[n] = mc__input_begin_item(&of_item, r, i, n);
        if (!items[n])
            break;
        read_object(&of_item, item);
        mc__input_check(&of_item);
    }
    return NULL;
}

/* 0 stands for no id where one may be missing; an id that a body must have is told from a missing
 * one. */
static bool is_id(const mc__field *field)
{
    return (field->flags & MC_FIELD_POSITIVE) && (field->flags & MC_FIELD_REQUIRED) &&
           !(field->flags & MC_FIELD_BY_RIGHTS);
}

static const char *read_value(mc__input *r, size_t i, struct json_object *value)
{
    const mc__field *field = &r->type->fields[i];
    char *member = (char *)r->input + field->offset;
    const char *fault = NULL;

    switch (field->kind) {
    case MC_KIND_STRING:
        if (json_object_get_type(value) != json_type_string)
            return "must be a text";
        *(const char **)member = copy_json_text(r, value, &fault);
        return fault;
    case MC_KIND_INT64:
        fault = read_int((int64_t *)member, value);
        return fault || *(int64_t *)member || !is_id(field) ? fault : "must be greater than 0";
    case MC_KIND_MAYBE_INT64:
        ((mc_maybe_int64 *)member)->given = true;
        return read_int(&((mc_maybe_int64 *)member)->value, value);
    case MC_KIND_BOOL:
    case MC_KIND_CHOICE:
        if (json_object_get_type(value) != json_type_boolean)
            return "must be true or false";
        if (field->kind == MC_KIND_BOOL)
            *(bool *)member = json_object_get_boolean(value);
        else
            *(mc_choice *)member = json_object_get_boolean(value) ? MC_YES : MC_NO;
        return NULL;
    case MC_KIND_DOUBLE:
        return read_double((double *)member, value);
    case MC_KIND_MAYBE_DOUBLE:
        ((mc_maybe_double *)member)->given = true;
        return read_double(&((mc_maybe_double *)member)->value, value);
    case MC_KIND_STRINGS:
        return read_strings(r, (mc_strings *)member, value);
    case MC_KIND_INT64S:
        return read_ints(r, (mc_int64s *)member, value);
    case MC_KIND_LIST:
        return read_list(r, i, value);
    default:
        return "cannot be set";
    }
}

static bool fits(const mc__field *field, struct json_object *value)
{
    switch (json_object_get_type(value)) {
    case json_type_string:
        return field->kind == MC_KIND_STRING;
    case json_type_boolean:
        return field->kind == MC_KIND_CHOICE;
    case json_type_int:
    case json_type_double:
        return field->kind == MC_KIND_MAYBE_DOUBLE;
    default:
        return false;
    }
}

/* Of the fields for one key, that of the value's type takes it, and the first speaks for all if
 * there is none. */
static const char *read_variant(mc__input *r, size_t i, struct json_object *value)
{
    const mc__field *fields = r->type->fields, *first = NULL;
    bool has_taker = false;

    for (size_t n = 0; n < r->type->field_count; n++) {
        if (strcmp(fields[n].json, fields[i].json) != 0)
            continue;
        has_taker |= fits(&fields[n], value);
        first = first ? first : &fields[n];
    }
    if (fits(&fields[i], value))
        return read_value(r, i, value);
    return has_taker || first != &fields[i] ? NULL : "must be a text, a number, true or false";
}

static void read_object(mc__input *r, struct json_object *object)
{
    for (size_t i = 0; i < r->type->field_count; i++) {
        struct json_object *value = get_path(object, r->type->fields[i].json);
        bool is_variant = r->type->fields[i].flags & MC_FIELD_VARIANT;
        const char *fault = !value       ? NULL
                            : is_variant ? read_variant(r, i, value)
                                         : read_value(r, i, value);

        if (fault)
            mc__input_blame(r, i, fault);
    }
}

/* The body is the value of the only field. */
static int read_bare(mc__input *r, struct json_object *value)
{
    const char *fault = value ? read_value(r, 0, value) : "must not be null";

    return fault ? mc__fail(r->problem, MC_EINVAL, "the body %s", fault) : 0;
}

int mc__input_read_json(mc__input *r, const char *body, size_t length)
{
    mc_auto(json_object_put) struct json_object *root = NULL;
    int rc = parse_json(&root, r->problem, r->arena, body, length);

    if (rc < 0)
        return rc;
    if (r->type->flags & MC_TYPE_BARE)
        return read_bare(r, root);
    if (json_object_get_type(root) != json_type_object)
        return mc__fail(r->problem, MC_EINVAL, "the body must be a JSON object");
    read_object(r, root);
    return 0;
}

static const char *text_member(struct json_object *object, const char *key)
{
    struct json_object *value = get_any_case(object, key, strlen(key));

    return value && json_object_get_type(value) == json_type_string ? json_object_get_string(value)
                                                                    : "";
}

/* Only remembers an unsupported operation, since malformed ones are reported first. */
static int read_patch_op(mc__problem *problem, mc__arena *arena, mc__patch_op *op,
                         struct json_object *object, bool *unsupported)
{
    const char *name, *path, *from;
    struct json_object *value;

    if (!object || json_object_get_type(object) != json_type_object)
        return mc__fail(problem, MC_EINVAL, "each operation must be an object");
    name = text_member(object, "op");
    path = text_member(object, "path");
    from = text_member(object, "from");
    value = get_any_case(object, "value", 5);
    if (!strcmp(name, "replace") || !strcmp(name, "add") || !strcmp(name, "test")) {
        if (!*path || !value)
            return mc__fail(problem, MC_EINVAL, "the operation \"%s\" needs a path and a value",
                            name);
    } else if (!strcmp(name, "move") || !strcmp(name, "copy")) {
        if (!*path || !*from)
            return mc__fail(problem, MC_EINVAL, "the operation \"%s\" needs a path and a from",
                            name);
    } else if (!strcmp(name, "remove")) {
        if (!*path)
            return mc__fail(problem, MC_EINVAL, "the operation \"remove\" needs a path");
    } else {
        return mc__fail(problem, MC_EINVAL, "unknown operation");
    }
    if (strcmp(name, "replace") != 0) {
        *unsupported = true;
        return 0;
    }
    op->path = mc__arena_strdup(arena, path);
    op->kind = json_object_get_type(value) == json_type_boolean  ? MC_PATCH_BOOL
               : json_object_get_type(value) == json_type_string ? MC_PATCH_STRING
                                                                 : MC_PATCH_OTHER;
    op->value = op->kind == MC_PATCH_BOOL && json_object_get_boolean(value);
    return 0;
}

int mc__patch_read(mc__problem *problem, mc__arena *arena, mc__patch_op **ops, size_t *count,
                   const char *body, size_t length)
{
    mc_auto(json_object_put) struct json_object *root = NULL;
    bool unsupported = false;
    int rc = parse_json(&root, problem, arena, body, length);

    if (rc < 0)
        return rc;
    if (json_object_get_type(root) != json_type_array || json_object_array_length(root) == 0)
        return mc__fail(problem, MC_EINVAL, "the body must be a list of at least one operation");
    *count = json_object_array_length(root);
    *ops = mc__arena_alloc(arena, *count * sizeof(**ops));
    if (!*ops)
        return mc__fail(problem, MC_ENOMEM, "out of memory");
    for (size_t i = 0; i < *count; i++) {
        rc = read_patch_op(problem, arena, &(*ops)[i], json_object_array_get_idx(root, i),
                           &unsupported);
        if (rc < 0)
            return rc;
    }
    if (unsupported)
        return mc__fail(problem, MC_EUNSUPPORTED, "only the operation \"replace\" is offered");
    return arena->failed ? mc__fail(problem, MC_ENOMEM, "out of memory") : 0;
}
