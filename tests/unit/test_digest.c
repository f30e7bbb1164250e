#include <criterion/criterion.h>

#include "core/core.h"

#include <gcrypt.h>

static void start(void)
{
    cr_assert_eq(mc__digest_start(), 0);
}

TestSuite(digest, .init = start, .timeout = 120);

Test(digest, is_sha_256_as_published)
{
    static const struct {
        const char *text, *digest;
    } cases[] = {
        {"", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"},
        {"abc", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"},
        {"abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq",
         "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1"},
    };

    for (size_t i = 0; i < MC_COUNT(cases); i++) {
        uint8_t digest[MC_SHA256_SIZE];
        char hex[2 * MC_SHA256_SIZE + 1];

        mc__sha256(digest, cases[i].text, strlen(cases[i].text));
        for (size_t k = 0; k < MC_SHA256_SIZE; k++)
            snprintf(hex + 2 * k, 3, "%02x", digest[k]);
        cr_expect_str_eq(hex, cases[i].digest);
    }
}

Test(digest, accepts_null_without_bytes)
{
    uint8_t of_null[MC_SHA256_SIZE], of_empty[MC_SHA256_SIZE];

    mc__sha256(of_null, NULL, 0);
    mc__sha256(of_empty, "", 0);
    cr_expect_arr_eq(of_null, of_empty, MC_SHA256_SIZE);
}

Test(digest, can_be_started_again)
{
    cr_expect_eq(mc__digest_start(), 0);
    cr_expect_neq(gcry_control(GCRYCTL_INITIALIZATION_FINISHED_P), 0);
}

TestSuite(random, .init = start, .timeout = 120);

Test(random, writes_that_many_letters_and_digits_and_a_nul)
{
    for (size_t length = 0; length < 300; length++) {
        char text[301];

        memset(text, '!', sizeof(text));
        mc__random_text(text, length);
        cr_assert_eq(strlen(text), length);
        cr_assert_eq(strspn(text, "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"),
                     length);
    }
}

Test(random, gives_every_character_its_share)
{
    enum { LENGTH = 62 * 1000 };
    static char text[LENGTH + 1];
    int counts[128] = {0};

    mc__random_text(text, LENGTH);
    for (size_t i = 0; i < LENGTH; i++)
        counts[(int)text[i]]++;
    /* 1000 each on average, 31 either way is usual, 250 would come up once in 10^15 runs */
    for (int c = 0; c < 128; c++)
        cr_expect(counts[c] == 0 || (counts[c] > 750 && counts[c] < 1250), "%c: %d", c, counts[c]);
}

Test(random, does_not_repeat_itself)
{
    char first[33], second[33];

    mc__random_text(first, 32);
    mc__random_text(second, 32);
    cr_expect_str_neq(first, second);
}

TestSuite(libgcrypt, .timeout = 120);

Test(libgcrypt, is_started_when_nobody_did)
{
    cr_assert_eq(gcry_control(GCRYCTL_ANY_INITIALIZATION_P), 0);
    cr_expect_eq(mc__digest_start(), 0);
    cr_expect_neq(gcry_control(GCRYCTL_INITIALIZATION_FINISHED_P), 0);
}

Test(libgcrypt, is_left_alone_when_the_host_started_it)
{
    gcry_check_version(NULL);
    gcry_control(GCRYCTL_INIT_SECMEM, 16384, 0); /* which the library would turn off */
    gcry_control(GCRYCTL_INITIALIZATION_FINISHED, 0);

    cr_expect_eq(mc__digest_start(), 0);

    void *secret = gcry_malloc_secure(16);
    cr_expect_not_null(secret);
    cr_expect_neq(gcry_is_secure(secret), 0);
    gcry_free(secret);
}

Test(libgcrypt, is_left_alone_while_the_host_initialises_it)
{
    gcry_check_version(NULL);

    cr_expect_eq(mc__digest_start(), 0);
    cr_expect_eq(gcry_control(GCRYCTL_INITIALIZATION_FINISHED_P), 0);
}
