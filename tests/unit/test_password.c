/* Hashes of passwords. */
#include "core/core.h"

#include <criterion/criterion.h>
#include <time.h>

static const mc__password_costs costs = {19456, 2};

static void begin(void)
{
    cr_assert_eq(mc__digest_start(), 0);
}

TestSuite(password, .init = begin);

/* RFC 9106, 5.3. */
Test(password, is_hashed_as_the_standard_says)
{
    static const uint8_t wanted[] = {0x0d, 0x64, 0x0d, 0xf5, 0x8d, 0x78, 0x76, 0x6c,
                                     0x08, 0xc0, 0x37, 0xa3, 0x4a, 0x8b, 0x53, 0xc9,
                                     0xd0, 0x1e, 0xf0, 0x45, 0x2d, 0x75, 0xb6, 0x5e,
                                     0xb5, 0x25, 0x20, 0xe9, 0x6b, 0x01, 0xe6, 0x59};
    uint8_t password[32], salt[16], secret[8], data[12], hash[32];
    mc__argon2id_in in = {.password = {password, sizeof(password)},
                          .salt = {salt, sizeof(salt)},
                          .secret = {secret, sizeof(secret)},
                          .data = {data, sizeof(data)},
                          .memory_kib = 32,
                          .passes = 3,
                          .lanes = 4};

    memset(password, 1, sizeof(password));
    memset(salt, 2, sizeof(salt));
    memset(secret, 3, sizeof(secret));
    memset(data, 4, sizeof(data));
    cr_assert_eq(mc__argon2id(hash, sizeof(hash), &in), 0);
    cr_expect_arr_eq(hash, wanted, sizeof(hash));
}

Test(password, is_right_or_wrong)
{
    char stored[MC_PASSWORD_HASH_SIZE], other[MC_PASSWORD_HASH_SIZE];
    mc__password_answer answer;

    cr_assert_eq(mc__password_hash(stored, "a bowline on a bight", &costs), 0);
    cr_assert_eq(mc__password_hash(other, "a bowline on a bight", &costs), 0);
    cr_expect_str_neq(stored, other, "each has a salt of its own");
    cr_expect_eq(strncmp(stored, "$argon2id$v=19$m=19456,t=2,p=1$", 31), 0);
    cr_assert_eq(mc__password_check(&answer, stored, "a bowline on a bight", &costs), 0);
    cr_expect(answer.is_right);
    cr_expect_not(answer.is_outdated);
    cr_assert_eq(mc__password_check(&answer, stored, "a bowline on a Bight", &costs), 0);
    cr_expect_not(answer.is_right);
    cr_assert_eq(mc__password_check(&answer, stored, "", &costs), 0);
    cr_expect_not(answer.is_right);
}

Test(password, costs_what_it_is_told)
{
    static const mc__password_costs more = {8192, 3};
    char stored[MC_PASSWORD_HASH_SIZE];
    mc__password_answer answer;

    cr_assert_eq(mc__password_hash(stored, "a bowline on a bight", &more), 0);
    cr_expect_eq(strncmp(stored, "$argon2id$v=19$m=8192,t=3,p=1$", 30), 0);
    cr_assert_eq(mc__password_check(&answer, stored, "a bowline on a bight", &more), 0);
    cr_expect(answer.is_right);
    cr_expect_not(answer.is_outdated);
    cr_assert_eq(mc__password_check(&answer, stored, "a bowline on a bight", &costs), 0);
    cr_expect(answer.is_right);
    cr_expect(answer.is_outdated);
}

/* The reference tool's: echo -n password | argon2 somesalt -id -v 13 -t 2 -m 16 -p 1 */
Test(password, of_other_programs_is_understood)
{
    static const char stored[] =
        "$argon2id$v=19$m=65536,t=2,p=1$c29tZXNhbHQ$CTFhFdXPJO1aFaMaO6Mm5c8y7cJHAph8ArZWb2GRPPc";
    mc__password_answer answer;

    cr_assert_eq(mc__password_check(&answer, stored, "password", &costs), 0);
    cr_expect(answer.is_right);
    cr_expect(answer.is_outdated, "its costs are others");
}

Test(password, hashes_of_another_form_are_an_error)
{
    static const char *const all[] = {
        "",
        "password",
        "$argon2id$v=19$m=65536,t=2,p=1$c29tZXNhbHQ$",
        "$argon2i$v=19$m=65536,t=2,p=1$c29tZXNhbHQ$CTFhFdXPJO1aFaMaO6Mm5c8y7cJHAph8ArZWb2GRPPc",
        "$argon2id$v=19$m=65536,t=2,p=1$c29tZXNhbHQ$CTFhFdXPJO1aFaMaO6Mm5c8y7cJHAph8ArZWb2GRPPc=",
        "$argon2id$v=19$m=65536,t=2,p=1$c2$CTFhFdXPJO1aFaMaO6Mm5c8y7cJHAph8ArZWb2GRPPc",
        "$argon2id$v=19$m=65536,t=2,p=1$c29tZXNhbHQ$CTFh"};
    mc__password_answer answer;

    for (size_t i = 0; i < MC_COUNT(all); i++)
        cr_expect_eq(mc__password_check(&answer, all[i], "password", &costs), MC_ESYSTEM, "%s",
                     all[i]);
}

static double seconds_of(const char *stored)
{
    mc__password_answer answer;
    struct timespec before, after;

    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &before);
    for (int i = 0; i < 5; i++)
        cr_assert_eq(mc__password_check(&answer, stored, "a bowline on a bight", &costs), 0);
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &after);
    return (double)(after.tv_sec - before.tv_sec) + (double)(after.tv_nsec - before.tv_nsec) / 1e9;
}

/* By the time of this thread on the processor: whatever else runs doesn't count. */
Test(password, of_nobody_is_never_right_and_takes_as_long)
{
    char stored[MC_PASSWORD_HASH_SIZE];
    mc__password_answer answer;
    double least = 1e9, most = 0;

    cr_assert_eq(mc__password_check(&answer, NULL, "", &costs), 0);
    cr_expect_not(answer.is_right);
    cr_assert_eq(mc__password_hash(stored, "a bowline on a bight", &costs), 0);
    for (int round = 0; round < 3; round++) {
        double ratio = seconds_of(NULL) / seconds_of(stored);

        least = ratio < least ? ratio : least;
        most = ratio > most ? ratio : most;
    }
    cr_expect_gt(most, 0.5);
    cr_expect_lt(least, 2);
}

Test(password, that_many_have_is_known_in_any_case)
{
    cr_expect(mc__password_is_common("qwertyuiop"));
    cr_expect(mc__password_is_common("1Q2W3E4R5T"));
    cr_expect(mc__password_is_common("Password123"));
    cr_expect_not(mc__password_is_common("a bowline on a bight"));
    cr_expect_not(mc__password_is_common(""));
}
