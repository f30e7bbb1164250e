/* Received text, and addresses. */
#include "base/address.h"
#include "base/text.h"

#include <criterion/criterion.h>
#include <string.h>

Test(base64, is_decoded_strictly)
{
    static const struct {
        const char *text, *decoded;
    } cases[] = {{"", ""},        {"Zg==", "f"},        {"Zm8=", "fo"},
                 {"Zm9v", "foo"}, {"Zm9vOg==", "foo:"}, {"+/+/", "\xfb\xff\xbf"},
                 {"Zg", NULL},    {"Zg=", NULL},        {"Z===", NULL},
                 {"====", NULL},  {"Zm9v\n", NULL},     {"Zm_v", NULL},
                 {"=Zm9", NULL},  {"Zg==Zg==", NULL},   {"AAAA", NULL}};

    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        char out[32];
        bool is_sound = text_base64(out, cases[i].text);

        cr_expect_eq(is_sound, cases[i].decoded != NULL, "%s", cases[i].text);
        if (is_sound && cases[i].decoded)
            cr_expect_str_eq(out, cases[i].decoded);
    }
}

Test(secrets, are_the_same_or_not)
{
    cr_expect(text_same_secret("abc", "abc"));
    cr_expect_not(text_same_secret("abc", "abd"));
    cr_expect_not(text_same_secret("abc", "ab"));
    cr_expect_not(text_same_secret("ab", "abc"));
    cr_expect_not(text_same_secret("", "a"));
}

Test(daemon_text, decodes_percent_escapes)
{
    static const struct {
        const char *in, *path, *form; /* NULL: refused */
    } cases[] = {
        {"", "", ""},
        {"abc", "abc", "abc"},
        {"a%20b", "a b", "a b"},
        {"a+b", "a+b", "a b"},
        {"%C3%a9", "\xc3\xa9", "\xc3\xa9"},
        {"%2f%2F", "//", "//"},
        {"100%", NULL, NULL},
        {"100%2", NULL, NULL},
        {"%zz", NULL, NULL},
        {"%2", NULL, NULL},
        {"%00", NULL, NULL},
        {"a%00b", NULL, NULL},
        {"%ff", NULL, NULL},
        {"%c0%80", NULL, NULL},
        {"\xff", NULL, NULL},
    };

    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        char out[64];
        size_t length = strlen(cases[i].in);

        cr_expect_eq(text_decode(out, cases[i].in, length, false), cases[i].path != NULL, "%s",
                     cases[i].in);
        if (cases[i].path)
            cr_expect_str_eq(out, cases[i].path);
        cr_expect_eq(text_decode(out, cases[i].in, length, true), cases[i].form != NULL, "%s",
                     cases[i].in);
        if (cases[i].form)
            cr_expect_str_eq(out, cases[i].form);
    }
}

Test(daemon_text, reads_no_further_than_told)
{
    char out[8];

    cr_expect(text_decode(out, "ab%20", 2, false));
    cr_expect_str_eq(out, "ab");
    cr_expect_not(text_decode(out, "ab%20", 4, false));
}

Test(daemon_text, knows_utf8)
{
    static const char *const good[] = {"",
                                       "abc",
                                       "\xc3\xa9",
                                       "\xe2\x82\xac",
                                       "\xf0\x9f\x8d\x85",
                                       "\xf4\x8f\xbf\xbf",
                                       "\xed\x9f\xbf"};
    static const char *const bad[] = {"\x80",
                                      "\xc1\xbf",
                                      "\xe0\x9f\xbf",
                                      "\xed\xa0\x80",
                                      "\xf0\x8f\xbf\xbf",
                                      "\xf4\x90\x80\x80",
                                      "\xf5\x80\x80\x80",
                                      "\xe2\x82",
                                      "\xc3",
                                      "a\xc3z"};

    for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++)
        cr_expect(text_is_utf8(good[i], strlen(good[i])), "good %zu", i);
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
        cr_expect_not(text_is_utf8(bad[i], strlen(bad[i])), "bad %zu", i);
    cr_expect_not(text_is_utf8("a\0b", 3), "NUL");
}

Test(daemon_text, reads_numbers_of_64_bits)
{
    static const struct {
        const char *text;
        bool good;
        int64_t number;
    } cases[] = {
        {"0", true, 0},
        {"041", true, 41},
        {"9223372036854775807", true, INT64_MAX},
        {"9223372036854775808", false, 0},
        {"99999999999999999999999999", false, 0},
        {"", false, 0},
        {"-1", false, 0},
        {"+1", false, 0},
        {" 1", false, 0},
        {"1x", false, 0},
        {"0x5", false, 0},
    };

    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        int64_t number = -1;
        bool good = text_number(&number, cases[i].text, strlen(cases[i].text));

        cr_expect_eq(good, cases[i].good, "%s", cases[i].text);
        cr_expect_eq(number, good ? cases[i].number : -1, "%s", cases[i].text);
    }
}

Test(daemon_address, believes_trusted_proxies_only)
{
    static const struct {
        const char *trusted, *peer, *cloudflare, *forwarded, *client;
    } cases[] = {
        {"", "127.0.0.1", "1.1.1.1", "2.2.2.2", "127.0.0.1"},
        {"127.0.0.1", "127.0.0.1", "1.1.1.1", "2.2.2.2", "1.1.1.1"},
        {"127.0.0.1", "127.0.0.1", NULL, "2.2.2.2, 3.3.3.3", "2.2.2.2"},
        {"127.0.0.1", "127.0.0.1", "nonsense", " 2.2.2.2", "2.2.2.2"},
        {"127.0.0.1", "127.0.0.1", NULL, "2001:db8::1", "2001:db8::1"},
        {"127.0.0.1", "127.0.0.1", NULL, "nonsense, 2.2.2.2", "127.0.0.1"},
        {"127.0.0.1", "127.0.0.1", NULL, NULL, "127.0.0.1"},
        {"127.0.0.1", "127.0.0.1", "", "", "127.0.0.1"},
        {"10.0.0.0/8", "10.9.8.7", NULL, "2.2.2.2", "2.2.2.2"},
        {"10.0.0.0/8", "11.9.8.7", NULL, "2.2.2.2", "11.9.8.7"},
        {"10.0.0.0/9 192.168.0.1", "10.128.0.1", NULL, "2.2.2.2", "10.128.0.1"},
        {"10.0.0.0/9 192.168.0.1", "192.168.0.1", NULL, "2.2.2.2", "2.2.2.2"},
        {"0.0.0.0/0", "8.8.8.8", NULL, "2.2.2.2", "2.2.2.2"},
        {"fd00::/8", "fd12::1", NULL, "2.2.2.2", "2.2.2.2"},
    };

    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        char client[ADDRESS_SIZE];
        networks trusted;

        cr_assert(networks_parse(&trusted, cases[i].trusted), "%s", cases[i].trusted);
        address_of_client(client, cases[i].peer, &trusted, cases[i].cloudflare, cases[i].forwarded);
        cr_expect_str_eq(client, cases[i].client, "case %zu: %s", i, client);
    }
}

Test(daemon_address, refuses_malformed_networks)
{
    static const char *const bad[] = {"x",          "1.2.3",      "1.2.3.4/33", "1.2.3.4/",
                                      "1.2.3.4/-1", "1.2.3.4/8x", "::/129",     "127.0.0.1,y"};
    networks out;

    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
        cr_expect_not(networks_parse(&out, bad[i]), "%s", bad[i]);
}

Test(daemon_address, is_shortened_for_logs)
{
    static const char *const cases[][2] = {
        {"203.0.113.7", "113.7"},
        {"2001:db8::1", ":1"},
        {"2001:db8:0:0:0:0:a:b", "a:b"},
        {"", ""},
        {"x", "x"},
    };

    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
        cr_expect_str_eq(address_tail(cases[i][0]), cases[i][1]);
}
