/* Writes records as JSON: one pass over the field table, into a growing buffer. */
#include "record.h"

#include <math.h>
#include <microcosm/common.h>

/* How to write a byte of a JSON string: 0 as it is, 'u' as \u00xx, '2' depending on the next bytes,
 * else as a backslash and this letter. <, > and & are escaped so that JSON can be embedded in HTML
 * (docs/http/conventions.md#json). */
/* clang-format off */
static const char escapes[256] = {
    'u', 'u', 'u', 'u', 'u', 'u', 'u', 'u', 'u', 't', 'n', 'u', 'u', 'r', 'u', 'u',
    'u', 'u', 'u', 'u', 'u', 'u', 'u', 'u', 'u', 'u', 'u', 'u', 'u', 'u', 'u', 'u',
    ['"'] = '"', ['\\'] = '\\', ['<'] = 'u', ['>'] = 'u', ['&'] = 'u', [0xE2] = '2',
};
/* clang-format on */

static bool is_line_separator(const char *at)
{
    return (unsigned char)at[1] == 0x80 &&
           ((unsigned char)at[2] == 0xA8 || (unsigned char)at[2] == 0xA9);
}

static void put_escape(mc__text *out, char kind, unsigned char c)
{
    static const char hex[] = "0123456789abcdef";

    if (kind == 'u') {
        char escape[6] = {'\\', 'u', '0', '0', hex[c >> 4], hex[c & 15]};
        mc__text_append(out, escape, sizeof(escape));
    } else {
        char escape[2] = {'\\', kind};
        mc__text_append(out, escape, sizeof(escape));
    }
}

typedef unsigned char block __attribute__((vector_size(16)));

/* Whether sixteen bytes need no escape. Comparing them together halves the time for strings. */
static bool is_plain(const char *at)
{
    uint64_t halves[2];
    block bytes, found;

    memcpy(&bytes, at, sizeof(bytes));
    found = (block)(bytes < 0x20) | (block)(bytes == '"') | (block)(bytes == '\\') |
            (block)(bytes == '<') | (block)(bytes == '>') | (block)(bytes == '&') |
            (block)(bytes == 0xE2);
    memcpy(halves, &found, sizeof(found));
    return !(halves[0] | halves[1]);
}

/* The first byte at or after at that needs an escape, or the end. */
static const char *skip_plain(const char *at, const char *end)
{
    while ((size_t)(end - at) >= sizeof(block) && is_plain(at))
        at += sizeof(block);
    while (at < end && !escapes[(unsigned char)*at])
        at++;
    return at;
}

void mc__json_string(mc__text *out, const char *text)
{
    size_t length = strlen(text);
    const char *run = text, *end = text + length, *at;

    if (!mc__text_has_room(out, length + 2)) /* grow once, not in steps */
        mc__text_reserve(out, length + 2);
    mc__text_putc(out, '"');
    for (at = skip_plain(text, end); at < end; at = skip_plain(at, end)) {
        char kind = escapes[(unsigned char)*at];

        if (kind == '2' && !is_line_separator(at)) {
            at++;
            continue;
        }
        mc__text_append(out, run, (size_t)(at - run));
        if (kind == '2') {
            mc__text_puts(out, (unsigned char)at[2] == 0xA8 ? "\\u2028" : "\\u2029");
            at += 2;
        } else {
            put_escape(out, kind, (unsigned char)*at);
        }
        run = ++at;
    }
    mc__text_append(out, run, (size_t)(end - run));
    mc__text_putc(out, '"');
}

size_t mc__json_length(const char *text, size_t length)
{
    const char *end = text + length;

    for (const char *at = skip_plain(text, end); at < end; at = skip_plain(at + 1, end)) {
        char kind = escapes[(unsigned char)*at];

        if (kind == '2')
            length += is_line_separator(at) ? 3 : 0;
        else
            length += kind == 'u' ? 5 : 1;
    }
    return length;
}

/* The parts of a decimal number: 0.digits times ten to the power. */
typedef struct decimal {
    char digits[20];
    int count, power;
    bool negative;
} decimal;

/* Finds the fewest digits that read back as the same number. */
static void shortest(decimal *out, double number)
{
    char text[40], *digit = out->digits;

    for (int precision = 0; precision < 17; precision++) {
        double back = 0;

        snprintf(text, sizeof(text), "%.*e", precision, number);
        if (strchr(text, ','))
            *strchr(text, ',') = '.'; /* the host's locale may use a decimal comma */
        if (mc__number_parse(&back, text, strlen(text)) && back == number)
            break;
    }
    out->negative = text[0] == '-';
    for (const char *c = text; *c && *c != 'e'; c++)
        if (*c >= '0' && *c <= '9')
            *digit++ = *c;
    while (digit > out->digits + 1 && digit[-1] == '0')
        digit--;
    out->count = (int)(digit - out->digits);
    out->power = (int)strtol(strchr(text, 'e') + 1, NULL, 10);
}

static void put_zeros(mc__text *out, int count)
{
    while (count-- > 0)
        mc__text_putc(out, '0');
}

static void put_fixed(mc__text *out, const decimal *d)
{
    int whole = d->power + 1;

    if (whole <= 0) {
        mc__text_puts(out, "0.");
        put_zeros(out, -whole);
        mc__text_append(out, d->digits, (size_t)d->count);
    } else if (whole >= d->count) {
        mc__text_append(out, d->digits, (size_t)d->count);
        put_zeros(out, whole - d->count);
    } else {
        mc__text_append(out, d->digits, (size_t)whole);
        mc__text_putc(out, '.');
        mc__text_append(out, d->digits + whole, (size_t)(d->count - whole));
    }
}

static void put_scientific(mc__text *out, const decimal *d)
{
    mc__text_append(out, d->digits, 1);
    if (d->count > 1)
        mc__text_putc(out, '.');
    mc__text_append(out, d->digits + 1, (size_t)(d->count - 1));
    mc__text_format(out, "e%s%d", d->power < 0 ? "-" : "+", d->power < 0 ? -d->power : d->power);
}

/* Without an exponent from 1e-6 to below 1e21, as in the API v1. */
void mc__json_double(mc__text *out, double number)
{
    decimal d;

    if (!isfinite(number)) {
        mc__text_puts(out, "null");
        return;
    }
    if (number == floor(number) && fabs(number) < 1e15) {
        mc__text_int(out, (int64_t)number);
        return;
    }
    shortest(&d, number);
    if (d.negative)
        mc__text_putc(out, '-');
    if (fabs(number) < 1e-6 || fabs(number) >= 1e21)
        put_scientific(out, &d);
    else
        put_fixed(out, &d);
}

void mc__json_time(mc__text *out, mc_time time)
{
    char text[MC_TIME_TEXT_SIZE];
    size_t length = mc__time_format(text, time);

    mc__text_putc(out, '"');
    mc__text_append(out, text, length);
    mc__text_putc(out, '"');
}

static bool is_empty(const mc__field *field, const char *member)
{
    switch (field->kind) {
    case MC_KIND_BOOL:
        return !*(const bool *)member;
    case MC_KIND_CHOICE:
        return *(const mc_choice *)member == MC_UNSET;
    case MC_KIND_INT64:
        return *(const int64_t *)member == 0;
    case MC_KIND_DOUBLE:
        return *(const double *)member == 0;
    case MC_KIND_STRING:
        return !*(const char *const *)member || !**(const char *const *)member;
    case MC_KIND_TIME:
        return ((const mc_time *)member)->us == MC_TIME_NONE;
    case MC_KIND_RECORD:
        return !*(const void *const *)member;
    case MC_KIND_LIST:
        return ((const mc_list *)member)->count == 0;
    case MC_KIND_STRINGS:
        return ((const mc_strings *)member)->count == 0;
    case MC_KIND_INT64S:
        return ((const mc_int64s *)member)->count == 0;
    case MC_KIND_MAYBE_INT64:
        return !((const mc_maybe_int64 *)member)->given;
    case MC_KIND_MAYBE_DOUBLE:
        return !((const mc_maybe_double *)member)->given;
    }
    return true;
}

/* The flags of a field that apply in a view. */
typedef struct rules {
    uint32_t hidden, optional;
} rules;

static rules rules_of(mc__view view)
{
    return view == MC_VIEW_DETAIL
               ? (rules){MC_FIELD_SUMMARY_ONLY, MC_FIELD_OPTIONAL}
               : (rules){MC_FIELD_DETAIL_ONLY, MC_FIELD_OPTIONAL | MC_FIELD_OPTIONAL_IN_SUMMARY};
}

static bool is_with_time(const mc__field *field, const char *member)
{
    const char *record = member - field->offset;

    return field->with_time && ((const mc_time *)(record + field->with_time))->us != MC_TIME_NONE;
}

static bool is_shown(const mc__field *field, const char *member, rules r)
{
    if (field->kind == MC_KIND_CHOICE) /* first, because most fields are choices and mostly unset */
        return *(const mc_choice *)member != MC_UNSET && !(field->flags & r.hidden);
    if (field->flags & r.hidden)
        return false;
    if ((field->flags & r.optional) || field->kind == MC_KIND_MAYBE_INT64 ||
        field->kind == MC_KIND_MAYBE_DOUBLE)
        return !is_empty(field, member) || is_with_time(field, member);
    return true;
}

/* The output, and the flags whose positions are recorded (NULL: none). */
typedef struct writer {
    mc__text *out;
    mc__json_flags *noted;
} writer;

static void put_record(const writer *w, const void *record, mc__view view);

static void put_choice(const writer *w, const mc__field *field, mc_choice choice)
{
    if (choice == MC__CHOICE_OPEN && w->noted) {
        if (w->noted->count < MC_JSON_FLAGS_MAX)
            w->noted->items[w->noted->count++] = (mc__json_flag){field->name, w->out->length};
        else
            w->out->error = MC_ESTATE;
    }
    mc__text_puts(w->out, choice == MC_YES ? "true" : "false");
}

static void put_list(const writer *w, const mc_list *list, mc__view view)
{
    mc__text *out = w->out;

    mc__text_putc(out, '[');
    for (size_t i = 0; i < list->count; i++) {
        if (i)
            mc__text_putc(out, ',');
        put_record(w, list->items[i], view);
    }
    mc__text_putc(out, ']');
}

static void put_strings(mc__text *out, const mc_strings *strings)
{
    mc__text_putc(out, '[');
    for (size_t i = 0; i < strings->count; i++) {
        if (i)
            mc__text_putc(out, ',');
        mc__json_string(out, strings->items[i]);
    }
    mc__text_putc(out, ']');
}

static void put_numbers(mc__text *out, const mc_int64s *numbers)
{
    mc__text_putc(out, '[');
    for (size_t i = 0; i < numbers->count; i++) {
        if (i)
            mc__text_putc(out, ',');
        mc__text_int(out, numbers->items[i]);
    }
    mc__text_putc(out, ']');
}

static void put_string(mc__text *out, const mc__field *field, const char *text)
{
    bool is_empty = !text || !*text;

    if (is_empty && (field->flags & MC_FIELD_NULL))
        mc__text_puts(out, "null");
    else
        mc__json_string(out, is_empty ? "" : text);
}

static void put_value(const writer *w, const mc__field *field, const char *member, mc__view view)
{
    mc__text *out = w->out;
    mc__view inside = (field->flags & MC_FIELD_INHERIT) ? view : MC_VIEW_SUMMARY;

    if (field->kind == MC__KIND_RAW) {
        const mc__raw *raw = (const mc__raw *)member;

        raw->write(out, raw->data);
        return;
    }
    switch (field->kind) {
    case MC_KIND_BOOL:
        mc__text_puts(out, *(const bool *)member ? "true" : "false");
        break;
    case MC_KIND_CHOICE:
        put_choice(w, field, *(const mc_choice *)member);
        break;
    case MC_KIND_INT64:
        mc__text_int(out, *(const int64_t *)member);
        break;
    case MC_KIND_DOUBLE:
        mc__json_double(out, *(const double *)member);
        break;
    case MC_KIND_STRING:
        put_string(out, field, *(const char *const *)member);
        break;
    case MC_KIND_TIME:
        mc__json_time(out, *(const mc_time *)member);
        break;
    case MC_KIND_RECORD:
        put_record(w, *(const void *const *)member, inside);
        break;
    case MC_KIND_LIST:
        put_list(w, (const mc_list *)member, inside);
        break;
    case MC_KIND_STRINGS:
        put_strings(out, (const mc_strings *)member);
        break;
    case MC_KIND_INT64S:
        put_numbers(out, (const mc_int64s *)member);
        break;
    case MC_KIND_MAYBE_INT64:
        mc__text_int(out, ((const mc_maybe_int64 *)member)->value);
        break;
    case MC_KIND_MAYBE_DOUBLE:
        mc__json_double(out, ((const mc_maybe_double *)member)->value);
        break;
    }
}

static void put_record(const writer *w, const void *record, mc__view view)
{
    mc__text *out = w->out;
    const mc_type *type = record ? *(const mc_type *const *)record : NULL;
    const mc__field *field, *end;
    rules r = rules_of(view);
    bool first = true;

    if (!type) {
        mc__text_puts(out, "null");
        return;
    }
    if (type->flags & MC_TYPE_BARE) {
        put_value(w, &type->fields[0], (const char *)record + type->fields[0].offset, view);
        return;
    }
    mc__text_putc(out, '{');
    end = type->fields + type->field_count;
    for (field = type->fields; field < end; field++) {
        const char *member = (const char *)record + field->offset;

        if (!is_shown(field, member, r))
            continue;
        mc__text_append(out, field->key + first,
                        field->key_length - first); /* no comma before the first */
        put_value(w, field, member, view);
        first = false;
    }
    mc__text_putc(out, '}');
}

void mc__json_record(mc__text *out, const void *record, mc__view view)
{
    put_record(&(writer){out, NULL}, record, view);
}

void mc__json_record_noting(mc__text *out, const void *record, mc__view view, mc__json_flags *noted)
{
    noted->count = 0;
    put_record(&(writer){out, noted}, record, view);
}

size_t mc__json_flag_at(const mc__json_flags *noted, const char *name)
{
    for (size_t i = 0; i < noted->count; i++)
        if (strcmp(noted->items[i].name, name) == 0)
            return noted->items[i].at;
    return 0;
}

int mc_record_json(mc_buffer *out, const void *record)
{
    size_t before;

    if (!out)
        return MC_EINVAL;
    before = out->length;
    mc__json_record(out, record, MC_VIEW_DETAIL);
    return mc__text_settle(out, before);
}
