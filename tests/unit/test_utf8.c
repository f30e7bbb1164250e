#include <criterion/criterion.h>

#include "core/core.h"

TestSuite(utf8, .timeout = 120);

#define BYTES(literal) literal, sizeof(literal) - 1

typedef struct sample {
    const char *bytes;
    size_t length;
} sample;

static const sample valid[] = {
    {BYTES("")},
    {BYTES("a")},
    {BYTES("\x01\x7F")},
    {BYTES("plain text that is longer than eight bytes")},
    {BYTES("Zoë likes Ærø")},
    {BYTES("\xC2\x80")},         /* U+0080, the smallest of two bytes */
    {BYTES("\xDF\xBF")},         /* U+07FF */
    {BYTES("\xE0\xA0\x80")},     /* U+0800 */
    {BYTES("\xED\x9F\xBF")},     /* U+D7FF, before the surrogates */
    {BYTES("\xEE\x80\x80")},     /* U+E000, behind them */
    {BYTES("\xEF\xBF\xBD")},     /* U+FFFD */
    {BYTES("\xEF\xBF\xBF")},     /* U+FFFF */
    {BYTES("\xF0\x90\x80\x80")}, /* U+10000 */
    {BYTES("\xF4\x8F\xBF\xBF")}, /* U+10FFFF, the last */
    {BYTES("seven, h\xC3\xA9las, and more")},
};

static const sample invalid[] = {
    {BYTES("\0")},
    {BYTES("a\0b")},
    {BYTES("eight or\0 more of them")},
    {BYTES("\x80")}, /* continuation without a start */
    {BYTES("\xBF")},
    {BYTES("a\x80")},
    {BYTES("1234567\x80")},
    {BYTES("\xC3")}, /* cut off */
    {BYTES("\xE2\x82")},
    {BYTES("\xF0\x9F\x98")},
    {BYTES("12345678\xF0")},
    {BYTES("\xC3z")}, /* not continued */
    {BYTES("\xE2\x82z")},
    {BYTES("\xE2zz")},
    {BYTES("\xF0\x9F\x98z")},
    {BYTES("\xC3\xC3")},
    {BYTES("\xC0\x80")}, /* overlong NUL */
    {BYTES("\xC0\xAF")}, /* overlong slash */
    {BYTES("\xC1\xBF")},
    {BYTES("\xE0\x80\x80")},
    {BYTES("\xE0\x9F\xBF")},
    {BYTES("\xF0\x80\x80\x80")},
    {BYTES("\xF0\x8F\xBF\xBF")},
    {BYTES("\xED\xA0\x80")}, /* surrogates */
    {BYTES("\xED\xBF\xBF")},
    {BYTES("\xF4\x90\x80\x80")}, /* U+110000 */
    {BYTES("\xF5\x80\x80\x80")},
    {BYTES("\xF8\x88\x80\x80\x80")},
    {BYTES("\xFE")},
    {BYTES("\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF")},
};

Test(utf8, is_valid_when_well_formed)
{
    for (size_t i = 0; i < MC_COUNT(valid); i++)
        cr_expect(mc__utf8_valid(valid[i].bytes, valid[i].length), "valid[%zu]", i);
    cr_expect(mc__utf8_valid(NULL, 0));
}

Test(utf8, is_invalid_when_malformed_or_with_nul)
{
    for (size_t i = 0; i < MC_COUNT(invalid); i++)
        cr_expect_not(mc__utf8_valid(invalid[i].bytes, invalid[i].length), "invalid[%zu]", i);
}

Test(utf8, is_checked_at_each_position_of_a_text)
{
    char line[64];

    for (size_t at = 0; at < 24; at++) {
        for (size_t i = 0; i < MC_COUNT(invalid); i++) {
            memset(line, 'x', sizeof(line));
            memcpy(line + at, invalid[i].bytes, invalid[i].length);
            cr_expect_not(mc__utf8_valid(line, sizeof(line)), "invalid[%zu] at %zu", i, at);
        }
    }
}

Test(utf8, is_never_read_past_its_end)
{
    /* Memory of exactly that size, so that sanitizers detect an overrun. */
    for (size_t i = 0; i < MC_COUNT(invalid); i++) {
        mc_auto(mc__free) char *copy = mc__malloc(invalid[i].length);
        size_t at = 0, steps = 0;

        memcpy(copy, invalid[i].bytes, invalid[i].length);
        mc__utf8_valid(copy, invalid[i].length);
        for (; at < invalid[i].length; steps++)
            mc__utf8_next(copy, invalid[i].length, &at);
        cr_expect_eq(at, invalid[i].length, "invalid[%zu]", i);
        cr_expect_leq(steps, invalid[i].length, "invalid[%zu]", i);
    }
}

Test(utf8, takes_every_character_there_and_back)
{
    mc_scratch_text(text);

    for (uint32_t c = 1; c <= 0x10FFFF; c++) {
        if (c == 0xD800)
            c = 0xE000;
        size_t at = 0;

        mc__text_clear(&text);
        mc__text_utf8(&text, c);
        cr_assert(mc__utf8_valid(text.data, text.length), "U+%04X", c);
        cr_assert_eq(mc__utf8_next(text.data, text.length, &at), c, "U+%04X", c);
        cr_assert_eq(at, text.length, "U+%04X", c);
    }
}

Test(utf8, replaces_numbers_that_are_no_characters)
{
    static const uint32_t numbers[] = {0, 0xD800, 0xDBFF, 0xDFFF, 0x110000, UINT32_MAX};

    for (size_t i = 0; i < MC_COUNT(numbers); i++) {
        mc_scratch_text(text);

        mc__text_utf8(&text, numbers[i]);
        cr_expect_str_eq(mc__text_string(&text), "\xEF\xBF\xBD", "%X", numbers[i]);
    }
}

Test(utf8, is_walked_through_character_by_character)
{
    static const char text[] = "aé€😀";
    static const uint32_t wanted[] = {'a', 0xE9, 0x20AC, 0x1F600};
    size_t at = 0;

    for (size_t i = 0; i < MC_COUNT(wanted); i++)
        cr_expect_eq(mc__utf8_next(text, sizeof(text) - 1, &at), wanted[i]);
    cr_expect_eq(at, sizeof(text) - 1);
    cr_expect_eq(mc__utf8_next(text, sizeof(text) - 1, &at), 0, "at the end there is nothing");
    cr_expect_eq(at, sizeof(text) - 1);
}

Test(utf8, is_counted_in_characters)
{
    cr_expect_eq(mc__utf8_length(""), 0);
    cr_expect_eq(mc__utf8_length("abc"), 3);
    cr_expect_eq(mc__utf8_length("aé€😀"), 4);
}
