#include <criterion/criterion.h>

#include "core/core.h"

TestSuite(time, .timeout = 120);

#define SECONDS(s) ((int64_t)(s)*1000000)
#define DAY SECONDS(86400)

static const struct {
    int64_t us;
    const char *text;
} both_ways[] = {
    {0, "1970-01-01T00:00:00Z"},
    {1, "1970-01-01T00:00:00.000001Z"},
    {-1, "1969-12-31T23:59:59.999999Z"},
    {500000, "1970-01-01T00:00:00.5Z"},
    {120000, "1970-01-01T00:00:00.12Z"},
    {100, "1970-01-01T00:00:00.0001Z"},
    {SECONDS(951782400), "2000-02-29T00:00:00Z"},
    {SECONDS(951868800), "2000-03-01T00:00:00Z"},
    {SECONDS(1709164800), "2024-02-29T00:00:00Z"},
    {SECONDS(1735689599) + 999999, "2024-12-31T23:59:59.999999Z"},
    {SECONDS(1803893400) + 500000, "2027-03-01T09:30:00.5Z"},
    {SECONDS(2147483648), "2038-01-19T03:14:08Z"},
    {SECONDS(4107542400), "2100-03-01T00:00:00Z"},
    {SECONDS(-2203977600), "1900-02-28T00:00:00Z"},
    {SECONDS(-2203891200), "1900-03-01T00:00:00Z"},
    {SECONDS(-62135596800), "0001-01-01T00:00:00Z"},
    {SECONDS(253402300799) + 999999, "9999-12-31T23:59:59.999999Z"},
};

Test(time, is_written_as_rfc_3339)
{
    for (size_t i = 0; i < MC_COUNT(both_ways); i++) {
        char text[MC_TIME_TEXT_SIZE];
        size_t length = mc__time_format(text, (mc_time){both_ways[i].us});

        cr_expect_str_eq(text, both_ways[i].text);
        cr_expect_eq(length, strlen(text));
    }
}

Test(time, is_read_from_rfc_3339)
{
    for (size_t i = 0; i < MC_COUNT(both_ways); i++) {
        mc_time time = {MC_TIME_NONE};

        cr_assert(mc__time_parse(&time, both_ways[i].text), "%s", both_ways[i].text);
        cr_expect_eq(time.us, both_ways[i].us, "%s", both_ways[i].text);
    }
}

Test(time, has_no_text_when_there_is_none)
{
    char text[MC_TIME_TEXT_SIZE] = "x";

    cr_expect_eq(mc__time_format(text, (mc_time){MC_TIME_NONE}), 0);
    cr_expect_str_eq(text, "");
}

Test(time, outside_of_four_digit_years_fits_and_has_a_sign)
{
    static const struct {
        int64_t us;
        const char *text;
    } cases[] = {
        {INT64_MAX, "+294247-01-10T04:00:54.775807Z"},
        {INT64_MIN + 1, "-290308-12-21T19:59:05.224193Z"},
        {SECONDS(253402300800), "+010000-01-01T00:00:00Z"},
        {SECONDS(-62167219200), "0000-01-01T00:00:00Z"},
        {SECONDS(-62167219201), "-000001-12-31T23:59:59Z"},
    };

    for (size_t i = 0; i < MC_COUNT(cases); i++) {
        char text[MC_TIME_TEXT_SIZE];

        mc__time_format(text, (mc_time){cases[i].us});
        cr_expect_str_eq(text, cases[i].text);
    }
}

Test(time, is_read_in_the_forms_that_clients_and_postgresql_write)
{
    static const int64_t half_past_nine = SECONDS(1803893400); /* 2027-03-01T09:30:00Z */
    static const struct {
        const char *text;
        int64_t more; /* than half past nine */
    } cases[] = {
        {"2027-03-01 09:30:00+00", 0},
        {"2027-03-01 09:30:00.125+00", 125000},
        {"2027-03-01 09:30:00.125-00", 125000},
        {"2027-03-01 11:30:00+02", 0},
        {"2027-03-01 15:00:00+05:30", 0},
        {"2027-03-01 06:00:00-03:30", 0},
        {"2027-03-01 09:39:21+00:09:21", 0},
        {"2027-03-01 09:20:39-00:09:21", 0},
        {"2027-03-01t09:30:00z", 0},
        {"2027-03-01T09:30:00+00:00", 0},
        {"2027-03-02T09:29:00+23:59", 0},
        {"2027-02-28T09:31:00-23:59", 0},
        {"2027-03-01T09:30:00.0Z", 0},
        {"2027-03-01T09:30:00.1234567Z", 123456},
        {"2027-03-01T09:30:00.99999999999999999999999999Z", 999999},
        {"2027-03-01T09:29:60Z", 0},
    };

    for (size_t i = 0; i < MC_COUNT(cases); i++) {
        mc_time time = {MC_TIME_NONE};

        cr_assert(mc__time_parse(&time, cases[i].text), "%s", cases[i].text);
        cr_expect_eq(time.us, half_past_nine + cases[i].more, "%s", cases[i].text);
    }
}

Test(time, is_not_read_from_anything_else)
{
    static const char *const cases[] = {
        "",
        " ",
        "now",
        "infinity",
        "-infinity",
        "1803893400",
        "2027",
        "2027-03-01",
        "2027-03-01T",
        "2027-03-01T09:30Z",
        "2027-03-01T09:30:00",
        "2027-03-01 09:30:00",
        "2027-03-01T09:30:00 Z",
        "2027-03-01T09:30:00Z ",
        " 2027-03-01T09:30:00Z",
        "2027-03-01  09:30:00Z",
        "2027-03-01T09:30:00ZZ",
        "2027-03-01T09:30:00.Z",
        "2027-03-01T09:30:00,5Z",
        "2027-03-01T09:30:00.5",
        "2027-03-01T09:30:00.-5Z",
        "2027-3-1T09:30:00Z",
        "2027-03-01T9:30:00Z",
        "20270301T093000Z",
        "27-03-01T09:30:00Z",
        "+2027-03-01T09:30:00Z",
        "-027-03-01T09:30:00Z",
        "12027-03-01T09:30:00Z",
        "2027/03/01T09:30:00Z",
        "2027-03-01T09.30.00Z",
        "2027-03-01_09:30:00Z",
        "2027-00-01T09:30:00Z",
        "2027-13-01T09:30:00Z",
        "2027-03-00T09:30:00Z",
        "2027-03-32T09:30:00Z",
        "2027-04-31T09:30:00Z",
        "2027-02-29T09:30:00Z",
        "2100-02-29T09:30:00Z",
        "2024-02-30T09:30:00Z",
        "2027-03-01T24:00:00Z",
        "2027-03-01T09:60:00Z",
        "2027-03-01T09:30:61Z",
        "2027-03-01T09:30:00+",
        "2027-03-01T09:30:00+2",
        "2027-03-01T09:30:00+24",
        "2027-03-01T09:30:00+0530",
        "2027-03-01T09:30:00+05:",
        "2027-03-01T09:30:00+05:3",
        "2027-03-01T09:30:00+05:60",
        "2027-03-01T09:30:00+05:30:60",
        "2027-03-01T09:30:00+05:30:00:00",
        "2027-03-01T09:30:00+-5:30",
        "2027-03-01T09:30:00--05:30",
        "0000-01-01T00:00:00Z",
        "0001-01-01T00:00:00+00:01",
        "9999-12-31T23:59:59-00:01",
        "9999-12-31T23:59:60Z",
        "10000-01-01 00:00:00+00",
        "0044-03-15 12:00:00+00 BC",
        "\xD9\xA2\xD9\xA0-03-01T09:30:00Z", /* digits outside of ASCII */
    };

    for (size_t i = 0; i < MC_COUNT(cases); i++) {
        mc_time time = {42};

        cr_expect_not(mc__time_parse(&time, cases[i]), "%s", cases[i]);
        cr_expect_eq(time.us, 42, "%s: the out parameter is left alone", cases[i]);
    }
    cr_expect_not(mc__time_parse(&(mc_time){0}, NULL));
}

/* Counts days one by one through the whole range and compares. */
Test(time, knows_every_day_from_year_1_to_9999)
{
    static const int lengths[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    int64_t us = SECONDS(-62135596800);

    for (int year = 1; year <= 9999; year++) {
        bool leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;

        for (int month = 1; month <= 12; month++) {
            int length = lengths[month - 1] + (leap && month == 2);

            for (int day = 1; day <= length; day++, us += DAY) {
                char wanted[64], text[MC_TIME_TEXT_SIZE];
                mc_time time;

                snprintf(wanted, sizeof(wanted), "%04d-%02d-%02dT00:00:00Z", year, month, day);
                mc__time_format(text, (mc_time){us});
                if (strcmp(text, wanted) != 0 || !mc__time_parse(&time, wanted) || time.us != us)
                    cr_assert_fail("%s is written %s", wanted, text);
            }
        }
    }
    cr_expect_eq(us, SECONDS(253402300800));
}

Test(time, goes_forward)
{
    mc_time now = mc__now();
    int64_t ms = mc__monotonic_ms();

    cr_expect_gt(now.us, SECONDS(1700000000));
    cr_expect_geq(mc__monotonic_ms(), ms);
    cr_expect_gt(ms, 0);
}
