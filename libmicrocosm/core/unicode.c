/*
 * What Unicode says of characters, by utf8proc, whose tables are the same on every host. Those of
 * the C library go by the host's locale.
 */
#include "core.h"

#include <utf8proc.h>

#define CAPITAL_SIGMA 0x3A3
#define FINAL_SIGMA 0x3C2

typedef struct range {
    uint32_t first, last;
} range;

/* Scripts whose words need no space between them, or whose words cling to those of others. */
static const range spaceless[] = {
    {0x0E00, 0x109F},                                     /* Thai, Lao, Tibetan, Myanmar */
    {0x1100, 0x11FF},                                     /* Hangul */
    {0x1780, 0x17FF},                                     /* Khmer */
    {0x3005, 0x3007}, {0x3031, 0x3035}, {0x303B, 0x303C}, /* signs that repeat a character */
    {0x3041, 0x318E},                                     /* Kana, Bopomofo, Hangul */
    {0x31A0, 0x31BF}, {0x31F0, 0x31FF}, {0x3400, 0x4DBF},   {0x4E00, 0x9FFF}, /* Han */
    {0xA960, 0xA97F}, {0xA9E0, 0xA9FF}, {0xAA60, 0xAA7F},   {0xAC00, 0xD7FF},
    {0xF900, 0xFAFF}, {0xFF66, 0xFFDC}, {0x1AFF0, 0x1B16F}, {0x20000, 0x3FFFD},
};

/* What shows as nothing, beside the characters that utf8proc calls ignorable: those that are not
 * assigned yet, the blank of Braille, a note without a head. */
static const range unseen[] = {
    {0x2065, 0x2065}, {0x2800, 0x2800}, {0xFFF0, 0xFFF8}, {0x1D159, 0x1D159}, {0xE0000, 0xE0FFF},
};

static bool is_in(const range *ranges, size_t count, uint32_t c)
{
    for (size_t i = 0; i < count && ranges[i].first <= c; i++) {
        if (c <= ranges[i].last)
            return true;
    }
    return false;
}

static utf8proc_category_t category(uint32_t c)
{
    return utf8proc_category((utf8proc_int32_t)c);
}

static bool is_noncharacter(uint32_t c)
{
    return (c >= 0xFDD0 && c <= 0xFDEF) || (c & 0xFFFE) == 0xFFFE;
}

bool mc__char_is_printable(uint32_t c)
{
    if (c < 0x7F)
        return c >= 0x20;
    switch (category(c)) {
    case UTF8PROC_CATEGORY_CN: /* may be next year's emoji, which must not vanish */
        return !is_noncharacter(c);
    case UTF8PROC_CATEGORY_CC:
    case UTF8PROC_CATEGORY_CF:
    case UTF8PROC_CATEGORY_CS:
    case UTF8PROC_CATEGORY_CO:
    case UTF8PROC_CATEGORY_ZS:
    case UTF8PROC_CATEGORY_ZL:
    case UTF8PROC_CATEGORY_ZP:
        return false;
    default:
        return true;
    }
}

bool mc__char_is_space(uint32_t c)
{
    if (c < 0x80)
        return c == ' ' || (c >= '\t' && c <= '\r');
    return c == 0x85 || c == 0xA0 || c == 0x1680 || (c >= 0x2000 && c <= 0x200A) || c == 0x2028 ||
           c == 0x2029 || c == 0x202F || c == 0x205F || c == 0x3000;
}

bool mc__char_is_number(uint32_t c)
{
    utf8proc_category_t found = category(c);

    return found >= UTF8PROC_CATEGORY_ND && found <= UTF8PROC_CATEGORY_NO;
}

bool mc__char_is_letter(uint32_t c)
{
    if (c < 0x80)
        return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z');

    utf8proc_category_t found = category(c);
    return (found >= UTF8PROC_CATEGORY_LU && found <= UTF8PROC_CATEGORY_LO) ||
           (found >= UTF8PROC_CATEGORY_ND && found <= UTF8PROC_CATEGORY_NO);
}

bool mc__char_is_word(uint32_t c)
{
    if (c < 0x80)
        return c == '_' || mc__char_is_letter(c);

    utf8proc_category_t found = category(c); /* letters, marks, numbers: in this order */
    return found >= UTF8PROC_CATEGORY_LU && found <= UTF8PROC_CATEGORY_NO;
}

bool mc__char_is_punctuation(uint32_t c)
{
    utf8proc_category_t found = category(c);

    return found >= UTF8PROC_CATEGORY_PD && found <= UTF8PROC_CATEGORY_PO;
}

bool mc__char_is_spaceless(uint32_t c)
{
    return c >= spaceless[0].first && is_in(spaceless, MC_COUNT(spaceless), c) &&
           mc__char_is_word(c) && !mc__char_is_number(c); /* with the marks on letters */
}

bool mc__char_is_visible(uint32_t c)
{
    if (c < 0x7F)
        return c > ' ';
    return mc__char_is_printable(c) && !utf8proc_get_property((utf8proc_int32_t)c)->ignorable &&
           !is_in(unseen, MC_COUNT(unseen), c);
}

bool mc__text_is_visible(const char *text, size_t length)
{
    for (size_t at = 0; at < length;) {
        if (mc__char_is_visible(mc__utf8_next(text, length, &at)))
            return true;
    }
    return false;
}

bool mc__char_is_joiner(uint32_t c)
{
    return c == 0x200C || c == 0x200D;
}

bool mc__char_is_lower(uint32_t c)
{
    if (c < 0x80)
        return c >= 'a' && c <= 'z';
    return category(c) == UTF8PROC_CATEGORY_LL;
}

uint32_t mc__char_to_lower(uint32_t c)
{
    if (c < 0x80)
        return c >= 'A' && c <= 'Z' ? c + ('a' - 'A') : c;
    return (uint32_t)utf8proc_tolower((utf8proc_int32_t)c);
}

/* A sigma at the end of a word has a form of its own. */
static bool is_final_sigma(uint32_t before, const char *text, size_t length, size_t at)
{
    return mc__char_is_word(before) &&
           !(at < length && mc__char_is_word(mc__utf8_next(text, length, &at)));
}

void mc__text_lower(mc__text *out, const char *text, size_t length)
{
    uint32_t before = 0;

    for (size_t at = 0; at < length;) {
        uint32_t c = mc__utf8_next(text, length, &at);

        mc__text_utf8(out, c == CAPITAL_SIGMA && is_final_sigma(before, text, length, at)
                               ? FINAL_SIGMA
                               : mc__char_to_lower(c));
        before = c;
    }
}
