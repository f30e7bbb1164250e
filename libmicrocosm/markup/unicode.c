/*
 * What Unicode says of characters. Calls core only.
 *
 * The tables are the library's own: those of the C library go by the host's locale, and its
 * functions for other locales need locale data that may not be installed and an object that
 * somebody must keep. make_unicode_table.py writes them.
 */
#include "markup.h"

#include "unicode_table.h"

enum {
    PRINTABLE = 1,
    WORD = 2,
    MARK = 4,
    PUNCTUATION = 8,
    SPACELESS = 16,
    INVISIBLE = 32,
    NUMBER = 64
};

static unsigned kind_of(uint32_t c)
{
    size_t low = 0, high = MC_COUNT(kind_runs);

    while (high - low > 1) { /* the run is in [low, high) */
        size_t middle = low + (high - low) / 2;

        if (kind_runs[middle].first <= c)
            low = middle;
        else
            high = middle;
    }
    return kind_runs[low].kind;
}

/* The run that has c in it, or NULL. Runs may interleave at their ends, by one step. */
static const struct case_run *find_run(const struct case_run *runs, size_t count, uint32_t c)
{
    size_t low = 0, high = count;

    while (low < high) { /* find the first run that begins after c */
        size_t middle = low + (high - low) / 2;

        if (runs[middle].first <= c)
            low = middle + 1;
        else
            high = middle;
    }
    for (size_t i = low; i > 0 && low - i < 2; i--) {
        const struct case_run *run = &runs[i - 1];

        if (c <= run->last && (c - run->first) % run->step == 0)
            return run;
    }
    return NULL;
}

bool mc__char_is_printable(uint32_t c)
{
    if (c < 0x7F)
        return c >= 0x20;
    return kind_of(c) & PRINTABLE;
}

bool mc__char_is_space(uint32_t c)
{
    if (c < 0x80)
        return c == ' ' || (c >= '\t' && c <= '\r');
    return c == 0x85 || c == 0xA0 || c == 0x1680 || (c >= 0x2000 && c <= 0x200A) || c == 0x2028 ||
           c == 0x2029 || c == 0x202F || c == 0x205F || c == 0x3000;
}

bool mc__char_is_letter(uint32_t c)
{
    if (c < 0x80)
        return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z');
    return kind_of(c) & WORD;
}

bool mc__char_is_word(uint32_t c)
{
    if (c < 0x80)
        return c == '_' || mc__char_is_letter(c);
    return kind_of(c) & (WORD | MARK);
}

bool mc__char_is_number(uint32_t c)
{
    return kind_of(c) & NUMBER;
}

bool mc__char_is_punctuation(uint32_t c)
{
    return kind_of(c) & PUNCTUATION;
}

bool mc__char_is_spaceless(uint32_t c)
{
    return c >= 0x80 && (kind_of(c) & SPACELESS);
}

bool mc__char_is_visible(uint32_t c)
{
    if (c < 0x7F)
        return c > ' ';
    return (kind_of(c) & (PRINTABLE | INVISIBLE)) == PRINTABLE && !mc__char_is_space(c);
}

bool mc__char_is_lower(uint32_t c)
{
    if (c < 0x80)
        return c >= 'a' && c <= 'z';
    return find_run(lower_runs, MC_COUNT(lower_runs), c);
}

uint32_t mc__char_to_lower(uint32_t c)
{
    if (c < 0x80)
        return c >= 'A' && c <= 'Z' ? c + ('a' - 'A') : c;

    const struct case_run *run = find_run(to_lower_runs, MC_COUNT(to_lower_runs), c);
    return run ? (uint32_t)((int32_t)c + run->distance) : c;
}

void mc__text_lower(mc__text *out, const char *text, size_t length)
{
    for (size_t at = 0; at < length;)
        mc__text_utf8(out, mc__char_to_lower(mc__utf8_next(text, length, &at)));
}
