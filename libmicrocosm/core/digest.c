/*
 * Digests and random values, from libgcrypt; starts it also for password.c.
 *
 * libgcrypt is shared by the whole process, and the host may use it too. The first user sets it
 * up, so this checks whether that has been done before it changes a setting.
 */
#include "core.h"

#include <gcrypt.h>
#include <pthread.h>

#define OLDEST_VERSION "1.10.0" /* the first with Argon2 */

static void start(void)
{
    if (gcry_control(GCRYCTL_ANY_INITIALIZATION_P))
        return;

    /* A version that is too old stays uninitialised; mc__digest_start() reports it. */
    if (!gcry_check_version(OLDEST_VERSION))
        return;

    /* Locked memory is scarce and meant for private keys, which the library doesn't have. */
    gcry_control(GCRYCTL_DISABLE_SECMEM, 0);
    gcry_control(GCRYCTL_INITIALIZATION_FINISHED, 0);
}

int mc__digest_start(void)
{
    static pthread_once_t once = PTHREAD_ONCE_INIT;

    if (pthread_once(&once, start) != 0)
        return MC_ESYSTEM;

    return gcry_check_version(OLDEST_VERSION) ? 0 : MC_ESYSTEM;
}

void mc__sha256(uint8_t out[MC_SHA256_SIZE], const void *bytes, size_t length)
{
    gcry_md_hash_buffer(GCRY_MD_SHA256, out, length ? bytes : "", length);
}

bool mc__hmac_sha256(uint8_t out[MC_SHA256_SIZE], const void *key, size_t key_length,
                     const void *bytes, size_t length)
{
    gcry_md_hd_t handle;
    bool made = gcry_md_open(&handle, GCRY_MD_SHA256, GCRY_MD_FLAG_HMAC) == 0;

    if (!made)
        return false;
    if (gcry_md_setkey(handle, key, key_length) == 0) {
        gcry_md_write(handle, bytes, length);
        memcpy(out, gcry_md_read(handle, GCRY_MD_SHA256), MC_SHA256_SIZE);
    } else {
        made = false;
    }
    gcry_md_close(handle);
    return made;
}

bool mc__same_secret(const void *a, const void *b, size_t length)
{
    const volatile uint8_t *left = a, *right = b;
    uint8_t difference = 0;

    for (size_t i = 0; i < length; i++)
        difference |= left[i] ^ right[i];
    return difference == 0;
}

struct mc__hasher {
    gcry_md_hd_t handle;
};

mc__hasher *mc__hasher_new(void)
{
    mc__hasher *hasher = mc__calloc(1, sizeof(*hasher));

    if (hasher && (gcry_md_open(&hasher->handle, GCRY_MD_SHA256, 0) != 0 ||
                   gcry_md_enable(hasher->handle, GCRY_MD_SHA1) != 0)) {
        mc__hasher_free(hasher);
        return NULL;
    }
    return hasher;
}

void mc__hasher_add(mc__hasher *hasher, const void *bytes, size_t length)
{
    gcry_md_write(hasher->handle, bytes, length);
}

void mc__hasher_end(mc__hasher *hasher, uint8_t sha256[MC_SHA256_SIZE], uint8_t sha1[MC_SHA1_SIZE])
{
    memcpy(sha256, gcry_md_read(hasher->handle, GCRY_MD_SHA256), MC_SHA256_SIZE);
    memcpy(sha1, gcry_md_read(hasher->handle, GCRY_MD_SHA1), MC_SHA1_SIZE);
}

void mc__hasher_free(mc__hasher *hasher)
{
    if (hasher)
        gcry_md_close(hasher->handle);
    mc__free(hasher);
}

struct mc__digests {
    gcry_md_hd_t handle;
    bool has_md5;
};

mc__digests *mc__digests_new(void)
{
    mc__digests *digests = mc__calloc(1, sizeof(*digests));

    if (!digests || gcry_md_open(&digests->handle, GCRY_MD_SHA256, 0) != 0) {
        mc__free(digests);
        return NULL;
    }
    digests->has_md5 = gcry_md_enable(digests->handle, GCRY_MD_MD5) == 0;
    return digests;
}

void mc__digests_add(mc__digests *digests, const void *bytes, size_t length)
{
    gcry_md_write(digests->handle, bytes, length);
}

void mc__digests_end(mc__digests *digests, char sha256[2 * MC_SHA256_SIZE + 1],
                     char md5[MC_MD5_TEXT_SIZE])
{
    mc__hex(sha256, gcry_md_read(digests->handle, GCRY_MD_SHA256), MC_SHA256_SIZE);
    md5[0] = '\0';
    if (digests->has_md5)
        mc__hex(md5, gcry_md_read(digests->handle, GCRY_MD_MD5), MC_MD5_TEXT_SIZE / 2);
}

void mc__digests_free(mc__digests *digests)
{
    if (digests)
        gcry_md_close(digests->handle);
    mc__free(digests);
}

void mc__hex(char *out, const uint8_t *bytes, size_t size)
{
    static const char digits[] = "0123456789abcdef";

    for (size_t i = 0; i < size; i++) {
        *out++ = digits[bytes[i] >> 4];
        *out++ = digits[bytes[i] & 15];
    }
    *out = '\0';
}

/* Turns random bytes into at most length letters, without bias; returns how many it wrote. */
static size_t spell(char *out, size_t length, const uint8_t *random, size_t count)
{
    static const char letters[] = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
    const unsigned kinds = sizeof(letters) - 1;
    const unsigned fair = 256 - 256 % kinds; /* bytes from here on would favour some letters */
    size_t written = 0;

    for (size_t i = 0; i < count && written < length; i++) {
        if (random[i] < fair)
            out[written++] = letters[random[i] % kinds];
    }
    return written;
}

void mc__random_text(char *out, size_t length)
{
    uint8_t random[64];
    size_t written = 0;

    while (written < length) {
        gcry_randomize(random, sizeof(random), GCRY_STRONG_RANDOM);
        written += spell(out + written, length - written, random, sizeof(random));
    }
    out[length] = '\0';
    explicit_bzero(random, sizeof(random)); /* the result may be a password */
}

void mc__random_bytes(void *out, size_t size)
{
    gcry_randomize(out, size, GCRY_STRONG_RANDOM);
}

int64_t mc__random_number(void)
{
    uint64_t number = 0;

    while ((number &= INT64_MAX) == 0)
        gcry_randomize(&number, sizeof(number), GCRY_STRONG_RANDOM);
    return (int64_t)number;
}
