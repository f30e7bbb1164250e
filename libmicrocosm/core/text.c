/*
 * Text that grows up to a maximum, and mc_buffer, its public form. Calls alloc.c only.
 *
 * The final NUL is written when the string is read, not at each append; there is always room for
 * it.
 */
#include "core.h"

#include <stdatomic.h>

#define SMALLEST_CAPACITY ((size_t)128)

struct mc_budget {
    _Atomic size_t left;
};

static bool fail(mc__text *text, int error)
{
    text->error = error;
    return false;
}

static size_t largest_length(const mc__text *text)
{
    size_t max = text->max ? text->max : MC_TEXT_MAX_DEFAULT;

    return max < PTRDIFF_MAX ? max : PTRDIFF_MAX - 1;
}

static bool spend(mc_budget *budget, size_t bytes)
{
    size_t left;

    if (!budget)
        return true;
    left = atomic_load_explicit(&budget->left, memory_order_relaxed);
    do {
        if (left < bytes)
            return false;
    } while (!atomic_compare_exchange_weak_explicit(&budget->left, &left, left - bytes,
                                                    memory_order_relaxed, memory_order_relaxed));
    return true;
}

static void give_back(mc_budget *budget, size_t bytes)
{
    if (budget)
        atomic_fetch_add_explicit(&budget->left, bytes, memory_order_relaxed);
}

static bool grow(mc__text *text, size_t more)
{
    size_t max = largest_length(text), before = text->capacity;

    if (text->length > max || more > max - text->length)
        return fail(text, MC_ETOOLARGE);

    size_t needed = text->length + more + 1;
    size_t capacity =
        text->capacity > SMALLEST_CAPACITY / 2 ? text->capacity * 2 : SMALLEST_CAPACITY;
    if (capacity > max + 1)
        capacity = max + 1;
    if (capacity < needed)
        capacity = needed;

    if (!spend(text->budget, capacity - before)) {
        capacity = needed; /* what is left may be enough for that */
        if (!spend(text->budget, capacity - before))
            return fail(text, MC_EBUSY);
    }

    char *data = mc__realloc(text->data, capacity);
    if (!data) {
        give_back(text->budget, capacity - before);
        return fail(text, MC_ENOMEM);
    }

    text->data = data;
    text->capacity = capacity;
    return true;
}

bool mc__text_reserve(mc__text *text, size_t more)
{
    if (text->error)
        return false;

    return more < text->capacity - text->length || grow(text, more);
}

/* Two digits per division, since divisions are slow. */
static char *write_digits(char *end, uint64_t number)
{
    static const char pairs[] = "00010203040506070809101112131415161718192021222324"
                                "25262728293031323334353637383940414243444546474849"
                                "50515253545556575859606162636465666768697071727374"
                                "75767778798081828384858687888990919293949596979899";

    for (; number >= 100; number /= 100)
        memcpy(end -= 2, pairs + number % 100 * 2, 2);
    if (number >= 10)
        return memcpy(end - 2, pairs + number * 2, 2);
    *--end = (char)('0' + number);
    return end;
}

char *mc__int_format(char *end, int64_t number)
{
    char *start = write_digits(end, number < 0 ? -(uint64_t)number : (uint64_t)number);

    if (number < 0)
        *--start = '-';
    return start;
}

void mc__text_int(mc__text *text, int64_t number)
{
    char digits[MC_INT_TEXT_SIZE], *end = digits + sizeof(digits);
    const char *start = mc__int_format(end, number);

    mc__text_append(text, start, (size_t)(end - start));
}

/* Formats into the room there is; returns the length needed, or -1. */
static int format_into(mc__text *text, const char *format, va_list args) MC_PRINTF(2, 0);
static int format_into(mc__text *text, const char *format, va_list args)
{
    size_t room = text->capacity - text->length;

    return vsnprintf(room ? text->data + text->length : NULL, room, format, args);
}

static void append_format(mc__text *text, const char *format, va_list args) MC_PRINTF(2, 0);
static void append_format(mc__text *text, const char *format, va_list args)
{
    va_list again;

    va_copy(again, args);
    int length = format_into(text, format, args);

    if (length < 0) {
        fail(text, MC_ENOMEM);
    } else if ((size_t)length < text->capacity - text->length) {
        text->length += (size_t)length;
    } else if (mc__text_reserve(text, (size_t)length)) {
        format_into(text, format, again);
        text->length += (size_t)length;
    }
    va_end(again);
}

void mc__text_format(mc__text *text, const char *format, ...)
{
    va_list args;

    if (text->error)
        return;

    va_start(args, format);
    append_format(text, format, args);
    va_end(args);
}

static const char *entity(char c)
{
    switch (c) {
    case '&':
        return "&amp;";
    case '<':
        return "&lt;";
    case '>':
        return "&gt;";
    case '"':
        return "&#34;";
    case '\'':
        return "&#39;";
    default:
        return NULL;
    }
}

void mc__text_html(mc__text *text, const char *string, size_t length)
{
    size_t start = 0; /* of the current run without entities, which is copied as a whole */

    for (size_t i = 0; i < length; i++) {
        const char *replacement = entity(string[i]);

        if (!replacement)
            continue;
        mc__text_append(text, string + start, i - start);
        mc__text_puts(text, replacement);
        start = i + 1;
    }
    if (start < length)
        mc__text_append(text, string + start, length - start);
}

char mc__unescaped(const char *html, size_t *length)
{
    static const char characters[] = "&<>\"'";

    for (const char *c = characters; *html == '&' && *c; c++) {
        *length = strlen(entity(*c));
        if (strncmp(html, entity(*c), *length) == 0)
            return *c;
    }
    *length = 1;
    return *html;
}

void mc__text_unescape(mc__text *text, const char *html)
{
    size_t length;

    for (const char *at = html; *at; at += length)
        mc__text_putc(text, mc__unescaped(at, &length));
}

const char *mc__text_string(mc__text *text)
{
    /* A truncated text must not look complete. */
    return text->error ? "" : mc_buffer_bytes(text);
}

void mc__text_clear(mc__text *text)
{
    text->length = 0;
    text->error = 0;
}

void mc__text_release(mc__text *text)
{
    mc__free(text->data);
    give_back(text->budget, text->capacity);
    *text = (mc__text){.max = text->max, .budget = text->budget};
}

int mc_budget_new(mc_budget **out, size_t bytes)
{
    mc_budget *budget;

    if (!out)
        return MC_EINVAL;
    budget = mc__malloc(sizeof(*budget));
    if (!budget)
        return MC_ENOMEM;
    atomic_init(&budget->left, bytes);
    *out = budget;
    return 0;
}

void mc_budget_free(mc_budget *budget)
{
    mc__free(budget);
}

size_t mc_budget_left(const mc_budget *budget)
{
    return budget ? atomic_load_explicit(&budget->left, memory_order_relaxed) : 0;
}

int mc__text_settle(mc__text *text, size_t before)
{
    int error = text->error;

    if (!error)
        return 0;
    text->length = before;
    text->error = 0;
    return error;
}

int mc_buffer_new(mc_buffer **out, size_t max)
{
    return mc_buffer_new_within(out, max, NULL);
}

int mc_buffer_new_within(mc_buffer **out, size_t max, mc_budget *budget)
{
    mc_buffer *buffer;

    if (!out)
        return MC_EINVAL;
    buffer = mc__malloc(sizeof(*buffer));
    if (!buffer)
        return MC_ENOMEM;

    *buffer = (mc_buffer){.max = max ? max : MC_TEXT_MAX_DEFAULT, .budget = budget};
    *out = buffer;
    return 0;
}

void mc_buffer_free(mc_buffer *buffer)
{
    if (!buffer)
        return;

    mc__text_release(buffer);
    mc__free(buffer);
}

void mc_buffer_clear(mc_buffer *buffer)
{
    if (buffer)
        mc__text_clear(buffer);
}

bool mc_buffer_shrink(mc_buffer *buffer, size_t keep)
{
    bool is_large = buffer && buffer->capacity > keep;

    mc_buffer_clear(buffer);
    if (is_large)
        mc__text_release(buffer);
    return is_large;
}

int mc_buffer_append(mc_buffer *buffer, const void *bytes, size_t length)
{
    size_t before;

    if (!buffer || (!bytes && length > 0))
        return MC_EINVAL;
    before = buffer->length;
    mc__text_append(buffer, bytes, length);
    return mc__text_settle(buffer, before);
}

char *mc_buffer_bytes(mc_buffer *buffer)
{
    if (!buffer || !buffer->data)
        return (char *)"";

    buffer->data[buffer->length] = '\0';
    return buffer->data;
}

size_t mc_buffer_length(const mc_buffer *buffer)
{
    return buffer ? buffer->length : 0;
}
