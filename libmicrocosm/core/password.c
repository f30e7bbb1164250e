/*
 * Hashes of passwords: Argon2id (RFC 9106), from libgcrypt, in the text form that others use too:
 * $argon2id$v=19$m=19456,t=2,p=1$SALT$HASH, the last two in base64 without padding.
 */
#include "core.h"

#include <gcrypt.h>
#include <limits.h>

#define SALT_SIZE 16
#define HASH_SIZE 32

int mc__argon2id(uint8_t *out, size_t size, const mc__argon2id_in *in)
{
    const unsigned long costs[] = {size, in->passes, in->memory_kib, in->lanes};
    gcry_kdf_hd_t handle;
    gcry_error_t rc =
        gcry_kdf_open(&handle, GCRY_KDF_ARGON2, GCRY_KDF_ARGON2ID, costs, 4, in->password.data,
                      in->password.length, in->salt.data, in->salt.length, in->secret.data,
                      in->secret.length, in->data.data, in->data.length);

    if (rc == 0) {
        rc = gcry_kdf_compute(handle, NULL);
        if (rc == 0)
            rc = gcry_kdf_final(handle, size, out);
        gcry_kdf_close(handle);
    }
    if (rc == 0)
        return 0;
    return gcry_err_code(rc) == GPG_ERR_ENOMEM ? MC_ENOMEM : MC_ESYSTEM;
}

static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

/* Writes base64 and a NUL; returns where that is. */
static char *encode(char *out, const uint8_t *bytes, size_t size)
{
    uint32_t bits = 0;
    int count = 0;

    for (size_t i = 0; i < size; i++) {
        bits = bits << 8 | bytes[i];
        for (count += 8; count >= 6; count -= 6)
            *out++ = digits[bits >> (count - 6) & 63];
    }
    if (count)
        *out++ = digits[bits << (6 - count) & 63];
    *out = '\0';
    return out;
}

/* Bytes written, at most size; -1: more, or what isn't base64. */
static int decode(uint8_t *out, size_t size, const char *text)
{
    uint32_t bits = 0;
    int count = 0, written = 0;

    for (; *text; text++) {
        const char *digit = strchr(digits, *text);

        if (!digit)
            return -1;
        bits = bits << 6 | (uint32_t)(digit - digits);
        count += 6;
        if (count < 8)
            continue;
        count -= 8;
        if ((size_t)written == size)
            return -1;
        out[written++] = (uint8_t)(bits >> count);
    }
    return written;
}

int mc__password_hash(char out[MC_PASSWORD_HASH_SIZE], const char *password,
                      const mc__password_costs *costs)
{
    uint8_t salt[SALT_SIZE], hash[HASH_SIZE];
    mc__argon2id_in in = {.password = {password, strlen(password)},
                          .salt = {salt, sizeof(salt)},
                          .memory_kib = costs->memory_kib,
                          .passes = costs->passes,
                          .lanes = 1};
    char *end;
    int rc;

    gcry_randomize(salt, sizeof(salt), GCRY_STRONG_RANDOM);
    rc = mc__argon2id(hash, sizeof(hash), &in);
    if (rc < 0)
        return rc;
    end = out + snprintf(out, MC_PASSWORD_HASH_SIZE, "$argon2id$v=19$m=%u,t=%u,p=1$",
                         costs->memory_kib, costs->passes);
    end = encode(end, salt, sizeof(salt));
    *end++ = '$';
    encode(end, hash, sizeof(hash));
    return 0;
}

typedef struct parsed {
    mc__argon2id_in costs;
    uint8_t salt[64], hash[64];
    int salt_size, hash_size;
} parsed;

static bool cost(unsigned *out, const char *text)
{
    int64_t number;

    if (!mc__int_parse(&number, text, strlen(text)) || number < 1 || number > UINT_MAX)
        return false;
    *out = (unsigned)number;
    return true;
}

static bool parse(parsed *out, const char *stored)
{
    char memory[9], passes[5], lanes[5], salt[88], hash[88];
    int end = 0;

    out->costs = (mc__argon2id_in){.memory_kib = 0};
    if (sscanf(stored,
               "$argon2id$v=19$m=%8[0-9],t=%4[0-9],p=%4[0-9]$%87[A-Za-z0-9+/]$%87[A-Za-z0-9+/]%n",
               memory, passes, lanes, salt, hash, &end) != 5 ||
        stored[end] || !cost(&out->costs.memory_kib, memory) || !cost(&out->costs.passes, passes) ||
        !cost(&out->costs.lanes, lanes))
        return false;
    out->salt_size = decode(out->salt, sizeof(out->salt), salt);
    out->hash_size = decode(out->hash, sizeof(out->hash), hash);
    return out->salt_size >= 8 && out->hash_size >= 16;
}

/* One that is nobody's: so an account that there isn't takes as long as one that there is. */
static parsed nobodys(const mc__password_costs *costs)
{
    return (parsed){.costs = {.memory_kib = costs->memory_kib, .passes = costs->passes, .lanes = 1},
                    .salt_size = SALT_SIZE,
                    .hash_size = HASH_SIZE};
}

int mc__password_check(mc__password_answer *out, const char *stored, const char *password,
                       const mc__password_costs *costs)
{
    uint8_t hash[64];
    parsed p = nobodys(costs);
    int rc;

    *out = (mc__password_answer){false, false};
    if (stored && !parse(&p, stored))
        return MC_ESYSTEM;
    /* libgcrypt refuses an empty one; with its NUL it is nobody's. */
    p.costs.password = (mc__octets){password, *password ? strlen(password) : 1};
    p.costs.salt = (mc__octets){p.salt, (size_t)p.salt_size};
    rc = mc__argon2id(hash, (size_t)p.hash_size, &p.costs);
    if (rc < 0)
        return rc;
    out->is_right = stored && mc__same_secret(hash, p.hash, (size_t)p.hash_size);
    out->is_outdated = p.costs.memory_kib != costs->memory_kib || p.costs.passes != costs->passes ||
                       p.costs.lanes != 1 || p.hash_size != HASH_SIZE;
    return 0;
}
