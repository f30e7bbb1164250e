/*
 * Request bodies to input structs. Every field that is wrong is noted, so that a client learns of
 * all its mistakes at once. Rules: contract/conventions.md sections 6, 12 and 13.
 */
#include "record.h"

#include "../content/content.h"

/* not json.h: its debug.h declares a function mc_error() */
#include <json-c/json_object.h>
#include <json-c/json_tokener.h>
#include <json-c/linkhash.h>
#include <strings.h>

/* Nothing that the API takes is deeper than an array of objects with an object inside. */
#define JSON_DEPTH_MAX 32
#define FORM_FIELDS_MAX 200

MC_DEFINE_AUTO(struct json_object *, json_object_put)
MC_DEFINE_AUTO(struct json_tokener *, json_tokener_free)

typedef struct reading {
    mc__problem *problem;
    mc__arena *arena;
    const mc_type *type;
    void *input;
    uint64_t faulty; /* bit i: field i is at fault already, so don't say that it is missing too */
} reading;

static void blame(reading *r, size_t i, const char *message)
{
    r->faulty |= (uint64_t)1 << i;
    mc__fault(r->problem, r->type->fields[i].json, "%s", message);
}

/* ---- parsing JSON ------------------------------------------------------------------------- */

/* Text after the first value is ignored, as the contract says. */
static int parse_json(struct json_object **out, mc__problem *problem, const char *body,
                      size_t length)
{
    mc_auto(json_tokener_free) struct json_tokener *tokener = json_tokener_new_ex(JSON_DEPTH_MAX);
    enum json_tokener_error error;

    if (!tokener)
        return mc__fail(problem, MC_ENOMEM, "out of memory");
    if (length > INT32_MAX)
        return mc__fail(problem, MC_ETOOLARGE, "the body is too large");
    if (!mc__utf8_valid(body, length))
        return mc__fail(problem, MC_EINVAL, "the body is not valid UTF-8");
    *out = json_tokener_parse_ex(tokener, body, (int)length);
    error = json_tokener_get_error(tokener);
    if (error == json_tokener_continue) /* a bare number ends with the text */
        *out = json_tokener_parse_ex(tokener, " ", 1), error = json_tokener_get_error(tokener);
    if (error == json_tokener_error_depth)
        return mc__fail(problem, MC_EINVAL, "the JSON is nested too deeply");
    if (error != json_tokener_success)
        return mc__fail(problem, MC_EINVAL, "the body is not valid JSON");
    return 0;
}

static struct json_object *get_any_case(struct json_object *object, const char *key, size_t length)
{
    struct json_object *found = NULL;

    json_object_object_foreach(object, candidate, value)
    {
        if (strncasecmp(candidate, key, length) == 0 && candidate[length] == '\0')
            found = value; /* the last one wins */
    }
    return found;
}

/* Finds "meta.editReason". NULL if it is absent, null, or inside something that is no object. */
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

static const char *copy_json_text(reading *r, struct json_object *value, const char **fault)
{
    const char *text = json_object_get_string(value);
    size_t length = (size_t)json_object_get_string_len(value);

    /* An escape such as \ud800 can hide what the check of the body could not see. */
    if (!mc__utf8_valid(text, length)) {
        *fault = "must be valid UTF-8 without NUL";
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

static const char *read_strings(reading *r, mc_strings *out, struct json_object *value)
{
    size_t count;
    const char **items;

    if (json_object_get_type(value) != json_type_array)
        return "must be a list of texts";
    count = json_object_array_length(value);
    items = mc__arena_alloc(r->arena, (count + 1) * sizeof(*items));
    if (!items)
        return NULL; /* the arena remembers */
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

static const char *read_value(reading *r, const mc__field *field, struct json_object *value)
{
    char *member = (char *)r->input + field->offset;
    const char *fault = NULL;

    switch (field->kind) {
    case MC_KIND_STRING:
        if (json_object_get_type(value) != json_type_string)
            return "must be a text";
        *(const char **)member = copy_json_text(r, value, &fault);
        return fault;
    case MC_KIND_INT64:
        return read_int((int64_t *)member, value);
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
        if (json_object_get_type(value) != json_type_int &&
            json_object_get_type(value) != json_type_double)
            return "must be a number";
        *(double *)member = json_object_get_double(value);
        return *(double *)member - *(double *)member == 0 ? NULL : "is out of range";
    case MC_KIND_STRINGS:
        return read_strings(r, (mc_strings *)member, value);
    default:
        return "cannot be set";
    }
}

static int read_json(reading *r, const char *body, size_t length)
{
    mc_auto(json_object_put) struct json_object *root = NULL;
    int rc = parse_json(&root, r->problem, body, length);

    if (rc < 0)
        return rc;
    if (json_object_get_type(root) != json_type_object)
        return mc__fail(r->problem, MC_EINVAL, "the body must be a JSON object");
    for (size_t i = 0; i < r->type->field_count; i++) {
        struct json_object *value = get_path(root, r->type->fields[i].json);
        const char *fault = value ? read_value(r, &r->type->fields[i], value) : NULL;

        if (fault)
            blame(r, i, fault);
    }
    return 0;
}

/* ---- parsing forms ------------------------------------------------------------------------- */

static int hex_value(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    c |= 0x20;
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* Decodes %xx and + ; NULL if that is malformed. */
static char *form_decode(mc__arena *arena, const char *text, size_t length)
{
    char *out = mc__arena_alloc(arena, length + 1);
    size_t n = 0;

    for (size_t i = 0; out && i < length; i++) {
        if (text[i] == '%') {
            int high = length - i < 3 ? -1 : hex_value(text[i + 1]);
            int low = length - i < 3 ? -1 : hex_value(text[i + 2]);

            if (high < 0 || low < 0)
                return NULL;
            out[n++] = (char)(high << 4 | low);
            i += 2;
        } else {
            out[n++] = text[i] == '+' ? ' ' : text[i];
        }
    }
    if (out && !mc__utf8_valid(out, n))
        return NULL;
    return out;
}

/* Forms use PascalCase, with ID in capitals: ItemID for itemId. */
static bool is_form_key(const char *key, const char *json)
{
    size_t length = strlen(json);

    if (strlen(key) != length || key[0] != json[0] - ('a' - 'A'))
        return false;
    for (size_t i = 1; i < length; i++) {
        bool last_of_id = i == length - 1 && json[i] == 'd' && json[i - 1] == 'I';

        if (key[i] != json[i] && !(last_of_id && key[i] == 'D'))
            return false;
    }
    return true;
}

static const char *read_form_value(reading *r, const mc__field *field, const char *text)
{
    char *member = (char *)r->input + field->offset, *end;
    bool yes = !strcasecmp(text, "1") || !strcasecmp(text, "true") || !strcasecmp(text, "on") ||
               !strcasecmp(text, "yes");

    switch (field->kind) {
    case MC_KIND_STRING:
        *(const char **)member = text;
        return NULL;
    case MC_KIND_INT64:
        *(int64_t *)member = strtoll(text, &end, 10);
        if (end == text || *end)
            return "must be a whole number";
        if (*(int64_t *)member == INT64_MAX || *(int64_t *)member == INT64_MIN)
            return "is out of range";
        return NULL;
    case MC_KIND_BOOL:
        *(bool *)member = yes;
        return NULL;
    case MC_KIND_CHOICE:
        *(mc_choice *)member = yes ? MC_YES : MC_NO;
        return NULL;
    case MC_KIND_DOUBLE:
        return mc__number_parse((double *)member, text, strlen(text)) ? NULL : "must be a number";
    default:
        return "cannot be sent as a form";
    }
}

static int read_form_pair(reading *r, const char *pair, size_t length)
{
    const char *equals = memchr(pair, '=', length);
    size_t key_length = equals ? (size_t)(equals - pair) : length;
    const char *key = form_decode(r->arena, pair, key_length);
    const char *value = equals ? form_decode(r->arena, equals + 1, length - key_length - 1) : "";

    if (r->arena->failed)
        return mc__fail(r->problem, MC_ENOMEM, "out of memory");
    if (!key || !value)
        return mc__fail(r->problem, MC_EINVAL, "the form is not encoded correctly");
    for (size_t i = 0; i < r->type->field_count; i++) {
        const char *fault = NULL;

        if (!is_form_key(key, r->type->fields[i].json))
            continue;
        fault = read_form_value(r, &r->type->fields[i], value);
        if (fault)
            blame(r, i, fault);
    }
    return 0;
}

static int read_form(reading *r, const char *body, size_t length)
{
    size_t at = 0;

    if (memchr(body, '\0', length))
        return mc__fail(r->problem, MC_EINVAL, "the form contains a NUL");
    for (int pairs = 0; at < length; pairs++) {
        const char *end = memchr(body + at, '&', length - at);
        size_t pair = end ? (size_t)(end - (body + at)) : length - at;
        int rc;

        if (pairs == FORM_FIELDS_MAX)
            return mc__fail(r->problem, MC_EINVAL, "the form has more than %d fields",
                            FORM_FIELDS_MAX);
        rc = pair ? read_form_pair(r, body + at, pair) : 0;
        if (rc < 0)
            return rc;
        at += pair + 1;
    }
    return 0;
}

/* ---- checking ------------------------------------------------------------------------------- */

/* Of valid UTF-8. A block of text may also hold white space that ASCII doesn't know. */
static bool is_blank(const char *text)
{
    size_t length = strlen(text);

    for (size_t at = 0; at < length;)
        if (!mc__char_is_space(mc__utf8_next(text, length, &at)))
            return false;
    return true;
}

static bool is_given(const mc__field *field, const char *member)
{
    switch (field->kind) {
    case MC_KIND_STRING:
        return *(const char *const *)member != NULL;
    case MC_KIND_INT64:
        return *(const int64_t *)member != 0;
    case MC_KIND_CHOICE:
        return *(const mc_choice *)member != MC_UNSET;
    case MC_KIND_STRINGS:
        return ((const mc_strings *)member)->items != NULL;
    default:
        return true;
    }
}

static int clean_text(reading *r, const mc__field *field, const char **text)
{
    int (*clean)(mc__text *, const char *, size_t, bool) = NULL;
    mc_scratch_text(cleaned);
    int rc;

    if (field->flags & MC_FIELD_SENTENCE)
        clean = mc__clean_sentence;
    else if (field->flags & MC_FIELD_BLOCK)
        clean = mc__clean_block;
    else if (field->flags & MC_FIELD_WORD)
        clean = mc__clean_word;
    if (!clean)
        return 0;
    rc = clean(&cleaned, *text, strlen(*text), (field->flags & MC_FIELD_CALM) != 0);
    if (rc < 0)
        return rc;
    *text = mc__arena_copy(r->arena, mc__text_string(&cleaned), cleaned.length);
    return 0;
}

static int check_text(reading *r, size_t i, bool required)
{
    const mc__field *field = &r->type->fields[i];
    const char **text = (const char **)((char *)r->input + field->offset);
    int rc;

    if (!mc__utf8_valid(*text, strlen(*text))) {
        blame(r, i, "must be valid UTF-8");
        return 0;
    }
    rc = clean_text(r, field, text);
    if (rc < 0)
        return mc__fail(r->problem, rc, "the text could not be cleaned");
    if ((required || (field->flags & (MC_FIELD_REQUIRED | MC_FIELD_REQUIRED_TO_EDIT))) &&
        is_blank(*text)) {
        blame(r, i, "must not be empty");
    } else if (field->max_length && mc__utf8_length(*text) > (size_t)field->max_length) {
        r->faulty |= (uint64_t)1 << i;
        mc__fault(r->problem, field->json, "must have at most %lld characters",
                  (long long)field->max_length);
    }
    return 0;
}

static int check(reading *r, mc__purpose purpose)
{
    for (size_t i = 0; i < r->type->field_count; i++) {
        const mc__field *field = &r->type->fields[i];
        const char *member = (const char *)r->input + field->offset;
        bool required = field->flags &
                        (purpose == MC_TO_CREATE ? MC_FIELD_REQUIRED : MC_FIELD_REQUIRED_TO_EDIT);
        int rc = 0;

        if (r->faulty & ((uint64_t)1 << i))
            continue;
        if (!is_given(field, member)) {
            if (required)
                blame(r, i, "is required");
        } else if (field->kind == MC_KIND_STRING) {
            rc = check_text(r, i, required);
        } else if (field->kind == MC_KIND_INT64 && (field->flags & MC_FIELD_POSITIVE) &&
                   *(const int64_t *)member < 0) {
            blame(r, i, "must be greater than 0");
        }
        if (rc < 0)
            return rc;
    }
    if (r->arena->failed)
        return mc__fail(r->problem, MC_ENOMEM, "out of memory");
    return r->problem->shown.fault_count ? MC_EINVAL : 0;
}

int mc__input_read(mc__problem *problem, mc__arena *arena, const mc_type *type, void *input,
                   mc__purpose purpose, mc_format format, const char *body, size_t length)
{
    reading r = {problem, arena, type, input, 0};
    int rc;

    memset(input, 0, type->size);
    *(size_t *)input = type->size;
    if (format == MC_FORMAT_JSON && length == 0)
        return mc__fail(problem, MC_EINVAL, "the body is empty");
    rc = format == MC_FORMAT_JSON ? read_json(&r, body, length) : read_form(&r, body, length);
    return rc < 0 ? rc : check(&r, purpose);
}

int mc__input_copy(mc__problem *problem, mc__arena *arena, const mc_type *type, void *input,
                   mc__purpose purpose, const void *given)
{
    reading r = {problem, arena, type, input, 0};
    size_t size = given ? *(const size_t *)given : 0;

    if (!given)
        return mc__fail(problem, MC_EINVAL, "nothing was given");
    for (size_t i = type->size; i < size; i++)
        if (((const char *)given)[i])
            return mc__fail(problem, MC_EINVAL, "a field is set that this library does not know");
    memset(input, 0, type->size);
    memcpy(input, given, size < type->size ? size : type->size);
    return check(&r, purpose);
}

/* ---- PATCH ---------------------------------------------------------------------------------- */

static const char *text_member(struct json_object *object, const char *key)
{
    struct json_object *value = get_any_case(object, key, strlen(key));

    return value && json_object_get_type(value) == json_type_string ? json_object_get_string(value)
                                                                    : "";
}

/* Well-formed operations that are not offered are remembered, since malformed ones come first. */
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
    int rc = parse_json(&root, problem, body, length);

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
