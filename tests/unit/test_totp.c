/* One-time codes by the time. */
#include "core/core.h"

#include <criterion/criterion.h>

static void begin(void)
{
    cr_assert_eq(mc__digest_start(), 0);
}

TestSuite(totp, .init = begin);

/* RFC 6238, appendix B, for SHA-1. */
Test(totp, is_as_the_standard_says)
{
    static const struct {
        int64_t time;
        const char *code;
    } vectors[] = {{59, "94287082"},         {1111111109, "07081804"}, {1111111111, "14050471"},
                   {1234567890, "89005924"}, {2000000000, "69279037"}, {20000000000, "65353130"}};
    static const char secret[] = "12345678901234567890";
    char code[9];

    for (size_t i = 0; i < MC_COUNT(vectors); i++) {
        cr_assert(mc__totp(code, 8, (const uint8_t *)secret, 20, vectors[i].time / 30));
        cr_expect_str_eq(code, vectors[i].code);
        cr_assert(mc__totp(code, 6, (const uint8_t *)secret, 20, vectors[i].time / 30));
        cr_expect_str_eq(code, vectors[i].code + 2);
    }
}

/* RFC 4648, 10, without padding. */
Test(totp, secrets_are_spelled_in_base32)
{
    static const char *const vectors[][2] = {{"", ""},
                                             {"f", "MY"},
                                             {"fo", "MZXQ"},
                                             {"foo", "MZXW6"},
                                             {"foob", "MZXW6YQ"},
                                             {"fooba", "MZXW6YTB"},
                                             {"foobar", "MZXW6YTBOI"}};
    char text[17];

    for (size_t i = 0; i < MC_COUNT(vectors); i++) {
        mc__base32(text, (const uint8_t *)vectors[i][0], strlen(vectors[i][0]));
        cr_expect_str_eq(text, vectors[i][1]);
    }
}
