/* Checks input: required fields, lengths, permitted characters. */
#include "input.h"

#include "../markup/markup.h"

#include <math.h>

/* Path of a field in the body. */
static const char *path_of(mc__input *r, size_t i)
{
    const char *json = r->type->fields[i].json;

    return *r->within ? mc__arena_format(r->arena, "%s%s", r->within, json) : json;
}

void mc__input_blame(mc__input *r, size_t i, const char *message)
{
    mc__fault(r->problem, path_of(r, i), "%s", message);
}

void *mc__input_begin_item(mc__input *out, mc__input *r, size_t i, size_t n)
{
    const mc_type *type = r->type->fields[i].type;
    const char *within = mc__arena_format(r->arena, "%s[%zu].", path_of(r, i), n);
    void *input = mc__arena_alloc(r->arena, type->size);

    *out = (mc__input){r->problem, r->arena, type, input, r->purpose, within};
    if (!input)
        return NULL;
    memset(input, 0, type->size);
    *(size_t *)input = type->size;
    return input;
}

/* text is valid UTF-8. White space outside of ASCII counts too. */
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
    case MC_KIND_INT64S:
        return ((const mc_int64s *)member)->items != NULL;
    case MC_KIND_LIST:
        return ((const mc_list *)member)->items != NULL;
    case MC_KIND_MAYBE_INT64:
        return ((const mc_maybe_int64 *)member)->given;
    case MC_KIND_MAYBE_DOUBLE:
        return ((const mc_maybe_double *)member)->given;
    default:
        return true;
    }
}

static int clean_text(mc__input *r, const mc__field *field, const char **text)
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

static int check_text(mc__input *r, size_t i, bool required)
{
    const mc__field *field = &r->type->fields[i];
    const char **text = (const char **)((char *)r->input + field->offset);
    int rc;

    if (!mc__utf8_valid(*text, strlen(*text))) {
        mc__input_blame(r, i, "must be valid UTF-8");
        return 0;
    }
    rc = clean_text(r, field, text);
    if (rc < 0)
        return mc__fail(r->problem, rc, "the text could not be cleaned");
    if ((required || (field->flags & (MC_FIELD_REQUIRED | MC_FIELD_REQUIRED_TO_EDIT))) &&
        is_blank(*text)) {
        mc__input_blame(r, i, "must not be empty");
    } else if (field->max_length && mc__utf8_length(*text) > (size_t)field->max_length) {
        mc__input_blame(r, i,
                        mc__arena_format(r->arena, "must have at most %lld characters",
                                         (long long)field->max_length));
    }
    return 0;
}

static bool is_negative(const mc__field *field, const char *member)
{
    return (field->kind == MC_KIND_INT64 && *(const int64_t *)member < 0) ||
           (field->kind == MC_KIND_MAYBE_INT64 && ((const mc_maybe_int64 *)member)->value < 0);
}

/* JSON has no such numbers, but callers of C do. */
static bool is_no_number(const mc__field *field, const char *member)
{
    return (field->kind == MC_KIND_DOUBLE && !isfinite(*(const double *)member)) ||
           (field->kind == MC_KIND_MAYBE_DOUBLE &&
            !isfinite(((const mc_maybe_double *)member)->value));
}

static bool has_fault(mc__input *r, size_t i)
{
    return r->problem->shown.fault_count && mc__is_at_fault(r->problem, path_of(r, i));
}

int mc__input_check(mc__input *r)
{
    uint32_t needed = r->purpose == MC_TO_CREATE ? MC_FIELD_REQUIRED : MC_FIELD_REQUIRED_TO_EDIT;

    for (size_t i = 0; i < r->type->field_count; i++) {
        const mc__field *field = &r->type->fields[i];
        const char *member = (const char *)r->input + field->offset;
        int rc = 0;

        if (has_fault(r, i)) /* not reported as missing too */
            continue;
        if (!is_given(field, member)) {
            if ((field->flags & needed) && !(field->flags & MC_FIELD_BY_RIGHTS))
                mc__input_blame(r, i, "is required");
        } else if (field->kind == MC_KIND_STRING) {
            rc = check_text(r, i, field->flags & needed);
        } else if ((field->flags & MC_FIELD_POSITIVE) && is_negative(field, member)) {
            mc__input_blame(r, i,
                            field->kind == MC_KIND_MAYBE_INT64 ? "must be 0 or more"
                                                               : "must be greater than 0");
        } else if (is_no_number(field, member)) {
            mc__input_blame(r, i, "must be a finite number");
        }
        if (rc < 0)
            return rc;
    }
    return 0;
}
