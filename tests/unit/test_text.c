#include <criterion/criterion.h>

#include "core/core.h"
#include "fail_alloc.h"

TestSuite(text, .timeout = 120);

Test(text, is_empty_at_first)
{
    mc_scratch_text(text);

    cr_expect_str_eq(mc__text_string(&text), "");
    mc__text_append(&text, NULL, 0);
    mc__text_puts(&text, NULL);
    cr_expect_str_eq(mc__text_string(&text), "");
    cr_expect_eq(text.error, 0);
}

Test(text, appends_all_kinds_of_values)
{
    mc_scratch_text(text);

    mc__text_puts(&text, "a");
    mc__text_putc(&text, 'b');
    mc__text_append(&text, "cdef", 2);
    mc__text_int(&text, -42);
    mc__text_format(&text, "<%s %d>", "x", 7);
    mc__text_html(&text, "<&>", 3);
    mc__text_utf8(&text, 0xE9);
    cr_expect_str_eq(mc__text_string(&text), "abcd-42<x 7>&lt;&amp;&gt;é");
    cr_expect_eq(text.length, strlen(mc__text_string(&text)));
}

Test(text, keeps_bytes_while_it_grows)
{
    mc_scratch_text(text);

    for (int i = 0; i < 100000; i++)
        mc__text_putc(&text, (char)('a' + i % 26));
    const char *string = mc__text_string(&text);
    for (int i = 0; i < 100000; i++)
        cr_assert_eq(string[i], 'a' + i % 26);
    cr_expect_eq(text.length, 100000);
}

Test(text, can_be_cleared_and_filled_again)
{
    mc_scratch_text(text);

    mc__text_puts(&text, "first, and longer");
    mc__text_clear(&text);
    cr_expect_str_eq(mc__text_string(&text), "");
    mc__text_puts(&text, "second");
    cr_expect_str_eq(mc__text_string(&text), "second");
}

Test(text, writes_integers)
{
    static const struct {
        int64_t number;
        const char *text;
    } cases[] = {
        {0, "0"},
        {1, "1"},
        {-1, "-1"},
        {9, "9"},
        {10, "10"},
        {-10, "-10"},
        {99, "99"},
        {100, "100"},
        {101, "101"},
        {999, "999"},
        {1000, "1000"},
        {9999, "9999"},
        {10000, "10000"},
        {10001, "10001"},
        {12345678, "12345678"},
        {99999999, "99999999"},
        {100000000, "100000000"},
        {INT32_MAX, "2147483647"},
        {INT64_MAX, "9223372036854775807"},
        {INT64_MIN, "-9223372036854775808"},
    };

    for (size_t i = 0; i < MC_COUNT(cases); i++) {
        mc_scratch_text(text);

        mc__text_int(&text, cases[i].number);
        cr_expect_str_eq(mc__text_string(&text), cases[i].text);
    }
}

Test(text, writes_integers_of_every_length_as_printf_does)
{
    uint64_t number = 1;

    for (int i = 0; i < 63; i++, number *= 2) {
        for (int64_t near = -1; near <= 1; near++) {
            mc_scratch_text(text);
            char wanted[32];

            snprintf(wanted, sizeof(wanted), "%lld", (long long)number + (long long)near);
            mc__text_int(&text, (int64_t)number + near);
            cr_expect_str_eq(mc__text_string(&text), wanted);
        }
    }
}

Test(text, formats_more_than_its_capacity)
{
    mc_scratch_text(text);

    mc__text_puts(&text, ">");
    mc__text_format(&text, "%0300d|%s", 5, "end");
    cr_expect_eq(text.length, 305);
    cr_expect_str_eq(mc__text_string(&text) + 300, "5|end");
}

Test(text, formats_up_to_its_capacity)
{
    for (int length = 120; length < 136; length++) {
        mc_scratch_text(text);

        mc__text_format(&text, "%0*d", length, 0);
        cr_expect_eq(text.length, (size_t)length);
        cr_expect_eq(strlen(mc__text_string(&text)), (size_t)length);
    }
}

Test(text, escapes_html)
{
    static const struct {
        const char *text, *html;
    } cases[] = {
        {"", ""},
        {"plain", "plain"},
        {"<", "&lt;"},
        {"a<b", "a&lt;b"},
        {"<b>", "&lt;b&gt;"},
        {"\"it's\"", "&#34;it&#39;s&#34;"},
        {"&amp;", "&amp;amp;"},
        {"<<>>", "&lt;&lt;&gt;&gt;"},
        {"Zoë & Ærø", "Zoë &amp; Ærø"},
    };

    for (size_t i = 0; i < MC_COUNT(cases); i++) {
        mc_scratch_text(text);

        mc__text_html(&text, cases[i].text, strlen(cases[i].text));
        cr_expect_str_eq(mc__text_string(&text), cases[i].html);
    }
}

Test(text, fills_its_maximum_and_no_more)
{
    mc__text text __attribute__((cleanup(mc__text_auto))) = {.max = 10};

    mc__text_append(&text, "0123456789", 10);
    cr_expect_eq(text.error, 0);
    cr_expect_str_eq(mc__text_string(&text), "0123456789");

    mc__text_putc(&text, '!');
    cr_expect_eq(text.error, MC_ETOOLARGE);
    cr_expect_str_eq(mc__text_string(&text), "", "a cut text is not taken for a whole one");
}

Test(text, does_nothing_after_it_failed_until_cleared)
{
    mc__text text __attribute__((cleanup(mc__text_auto))) = {.max = 4};

    mc__text_puts(&text, "12345");
    mc__text_putc(&text, 'x');
    mc__text_int(&text, 1);
    mc__text_format(&text, "%d", 1);
    mc__text_html(&text, "<", 1);
    mc__text_utf8(&text, 'x');
    cr_expect_eq(text.length, 0);
    cr_expect_not(mc__text_reserve(&text, 0));

    mc__text_clear(&text);
    mc__text_puts(&text, "1234");
    cr_expect_str_eq(mc__text_string(&text), "1234");
}

Test(text, keeps_its_maximum_in_all_appends)
{
    static const char *const names[] = {"append", "putc", "int", "format", "html", "utf8"};

    for (size_t i = 0; i < MC_COUNT(names); i++) {
        mc__text text __attribute__((cleanup(mc__text_auto))) = {.max = 3};

        mc__text_puts(&text, "123");
        switch (i) {
        case 0:
            mc__text_append(&text, "4", 1);
            break;
        case 1:
            mc__text_putc(&text, '4');
            break;
        case 2:
            mc__text_int(&text, 4);
            break;
        case 3:
            mc__text_format(&text, "%d", 4);
            break;
        case 4:
            mc__text_html(&text, "4", 1);
            break;
        case 5:
            mc__text_utf8(&text, '4');
            break;
        }
        cr_expect_eq(text.error, MC_ETOOLARGE, "%s", names[i]);
        cr_expect_eq(text.length, 3, "%s", names[i]);
    }
}

Test(text, refuses_a_length_that_overflows)
{
    mc_scratch_text(text);
    volatile size_t huge = SIZE_MAX;

    mc__text_puts(&text, "text");
    cr_expect_not(mc__text_reserve(&text, huge));
    cr_expect_eq(text.error, MC_ETOOLARGE);
}

Test(text, has_the_default_maximum_when_it_was_only_zeroed)
{
    mc__text text __attribute__((cleanup(mc__text_auto))) = {0};

    mc__text_puts(&text, "text");
    cr_expect_str_eq(mc__text_string(&text), "text");
}

static int append_in_steps(void)
{
    mc_scratch_text(text);

    mc__text_puts(&text, "short");
    mc__text_format(&text, "%0500d", 1);
    mc__text_html(&text, "<a b='c'>", 9);
    return text.error;
}

Test(text, survives_each_allocation_that_fails)
{
    cr_expect_eq(fail_each(append_in_steps), 3);
}

TestSuite(buffer, .timeout = 120);

Test(buffer, holds_bytes_for_callers)
{
    mc_buffer *buffer = NULL;

    cr_assert_eq(mc_buffer_new(&buffer, 0), 0);
    cr_expect_eq(mc_buffer_length(buffer), 0);
    cr_expect_str_eq(mc_buffer_bytes(buffer), "");
    cr_expect_eq(mc_buffer_append(buffer, "a\0b", 3), 0);
    cr_expect_eq(mc_buffer_length(buffer), 3);
    cr_expect_arr_eq(mc_buffer_bytes(buffer), "a\0b", 4);
    mc_buffer_clear(buffer);
    cr_expect_str_eq(mc_buffer_bytes(buffer), "");
    mc_buffer_free(buffer);
    mc_buffer_free(NULL);
}

Test(buffer, refuses_more_than_its_maximum)
{
    mc_buffer *buffer = NULL;

    cr_assert_eq(mc_buffer_new(&buffer, 2), 0);
    cr_expect_eq(mc_buffer_append(buffer, "ab", 2), 0);
    cr_expect_eq(mc_buffer_append(buffer, "c", 1), MC_ETOOLARGE);
    cr_expect_eq(mc_buffer_length(buffer), 2);
    cr_expect_str_eq(mc_buffer_bytes(buffer), "ab");
    mc_buffer_free(buffer);
}

static int make_buffer(void)
{
    mc_buffer *buffer = NULL;
    int rc = mc_buffer_new(&buffer, 0);

    if (rc == 0)
        rc = mc_buffer_append(buffer, "text", 4);
    mc_buffer_free(buffer);
    return rc;
}

Test(buffer, survives_each_allocation_that_fails)
{
    cr_expect_eq(fail_each(make_buffer), 2);
}

Test(buffers, share_a_budget)
{
    static char bytes[5000];
    mc_budget *budget = NULL;
    mc_buffer *first = NULL, *second = NULL;

    cr_assert_eq(mc_budget_new(&budget, 10000), 0);
    cr_assert_eq(mc_buffer_new_within(&first, 0, budget), 0);
    cr_assert_eq(mc_buffer_new_within(&second, 0, budget), 0);
    cr_expect_eq(mc_budget_left(budget), 10000);
    cr_expect_eq(mc_buffer_append(first, bytes, 4990), 0);
    cr_expect_eq(mc_buffer_append(second, bytes, 4990), 0);
    cr_expect_eq(mc_buffer_append(second, bytes, 4990), MC_EBUSY);
    cr_expect_eq(mc_buffer_length(second), 4990, "it is as it was");
    cr_expect_not(mc_buffer_shrink(first, 5000), "small enough to be kept");
    cr_expect_eq(mc_buffer_length(first), 0);
    cr_expect(mc_buffer_shrink(first, 1000));
    cr_expect_not(mc_buffer_shrink(first, 1000), "there is nothing any more");
    mc_buffer_clear(second);
    cr_expect_eq(mc_buffer_append(second, bytes, 5000), 0, "what the other has freed is there");
    mc_buffer_free(first);
    mc_buffer_free(second);
    cr_expect_eq(mc_budget_left(budget), 10000);
    mc_budget_free(budget);
    mc_budget_free(NULL);
}

Test(text, domain_names_have_one_spelling)
{
    static const char *const names[][2] = {
        {"spam.example", "spam.example"},
        {"SPAM.Example", "spam.example"},
        {"spam.example.", "spam.example"},
        {"ｓＰam.example", "spam.example"},
        {"spam。example", "spam.example"},
        {"spam．example｡", "spam.example"},
        {"bücher.example", "xn--bcher-kva.example"},
        {"BÜCHER.example", "xn--bcher-kva.example"},
        {"bücher.example", "xn--bcher-kva.example"}, /* a diaeresis of its own */
        {"XN--BCHER-KVA.example", "xn--bcher-kva.example"},
        {"spa\xc2\xadm.example", "spam.example"}, /* a soft hyphen */
        {"_a.example", "_a.example"},
        {"xn--i-7iq.example", "xn--i-7iq.example"}, /* no name in IDNA 2008, but in use */
        {"localhost", "localhost"},
        {"", NULL},
        {".", NULL},
        {"..", NULL},
        {"a..b", NULL},
        {".a", NULL},
        {"a b", NULL},
        {"a/b", NULL},
        {"a＠b", NULL},
        {"a∕b", NULL},
    };

    for (size_t i = 0; i < MC_COUNT(names); i++) {
        mc_scratch_text(out);

        cr_expect_eq(mc__domain_name(&out, names[i][0]), names[i][1] ? 0 : MC_EINVAL, "%s",
                     names[i][0]);
        if (names[i][1])
            cr_expect_str_eq(mc__text_string(&out), names[i][1]);
    }
}

Test(text, whole_numbers_are_read_strictly)
{
    static const struct {
        const char *text;
        int64_t number;
    } good[] = {{"0", 0},
                {"-0", 0},
                {"007", 7},
                {"-12", -12},
                {"9223372036854775807", INT64_MAX},
                {"-9223372036854775808", INT64_MIN}};
    static const char *const bad[] = {"",
                                      "-",
                                      "+1",
                                      " 1",
                                      "1 ",
                                      "1x",
                                      "0x1",
                                      "1.0",
                                      "--1",
                                      "1e3",
                                      "\t1",
                                      "\xef\xbc\x91",
                                      "9223372036854775808",
                                      "-9223372036854775809",
                                      "99999999999999999999"};
    int64_t number;

    for (size_t i = 0; i < MC_COUNT(good); i++) {
        cr_expect(mc__int_parse(&number, good[i].text, strlen(good[i].text)), "%s", good[i].text);
        cr_expect_eq(number, good[i].number, "%s", good[i].text);
    }
    for (size_t i = 0; i < MC_COUNT(bad); i++)
        cr_expect(!mc__int_parse(&number, bad[i], strlen(bad[i])), "%s", bad[i]);
}
