/* Forms (application/x-www-form-urlencoded) as input structs. */
#include "input.h"

#include <stdlib.h>
#include <strings.h>

#define FORM_FIELDS_MAX 200

static int hex_value(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    c |= 0x20;
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

char *mc__form_decode(mc__arena *arena, const char *text, size_t length)
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

static const char *read_form_int(int64_t *out, const char *text)
{
    const char *digits = text + (*text == '-');
    size_t count = strspn(digits, "0123456789");

    if (count == 0 || digits[count])
        return "must be a whole number";
    return mc__int_parse(out, text, strlen(text)) ? NULL : "is out of range";
}

static const char *read_form_double(double *out, const char *text)
{
    return mc__number_parse(out, text, strlen(text)) ? NULL : "must be a number";
}

static const char *read_form_value(mc__input *r, const mc__field *field, const char *text)
{
    char *member = (char *)r->input + field->offset;
    bool yes = !strcasecmp(text, "1") || !strcasecmp(text, "true") || !strcasecmp(text, "on") ||
               !strcasecmp(text, "yes");

    switch (field->kind) {
    case MC_KIND_STRING:
        *(const char **)member = text;
        return NULL;
    case MC_KIND_INT64:
        return read_form_int((int64_t *)member, text);
    case MC_KIND_BOOL:
        *(bool *)member = yes;
        return NULL;
    case MC_KIND_CHOICE:
        *(mc_choice *)member = yes ? MC_YES : MC_NO;
        return NULL;
    case MC_KIND_MAYBE_INT64:
        ((mc_maybe_int64 *)member)->given = true;
        return read_form_int(&((mc_maybe_int64 *)member)->value, text);
    case MC_KIND_DOUBLE:
        return read_form_double((double *)member, text);
    case MC_KIND_MAYBE_DOUBLE:
        ((mc_maybe_double *)member)->given = true;
        return read_form_double(&((mc_maybe_double *)member)->value, text);
    default:
        return "cannot be sent as a form";
    }
}

static int read_form_pair(mc__input *r, const char *pair, size_t length)
{
    const char *equals = memchr(pair, '=', length);
    size_t key_length = equals ? (size_t)(equals - pair) : length;
    const char *key = mc__form_decode(r->arena, pair, key_length);
    const char *value =
        equals ? mc__form_decode(r->arena, equals + 1, length - key_length - 1) : "";

    if (r->arena->failed)
        return mc__fail(r->problem, MC_ENOMEM, "out of memory");
    if (!key || !value)
        return mc__fail(r->problem, MC_EINVAL, "the form is not encoded correctly");
    for (size_t i = 0; i < r->type->field_count; i++) {
        const char *fault = NULL;

        if (!is_form_key(key, r->type->fields[i].json))
            continue;
        if ((r->type->fields[i].flags & MC_FIELD_VARIANT) &&
            r->type->fields[i].kind != MC_KIND_STRING)
            continue; /* a form has only texts */
        fault = read_form_value(r, &r->type->fields[i], value);
        if (fault)
            mc__input_blame(r, i, fault);
    }
    return 0;
}

int mc__input_read_form(mc__input *r, const char *body, size_t length)
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
