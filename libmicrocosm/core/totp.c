/* One-time codes by the time (RFC 6238, RFC 4226), with HMAC-SHA-1 as all devices have it. */
#include "core.h"

#include <gcrypt.h>

bool mc__totp(char *out, int digits, const uint8_t *secret, size_t size, int64_t step)
{
    uint8_t counter[8];
    const uint8_t *mac;
    uint32_t number, most = 1;
    gcry_md_hd_t handle;

    if (gcry_md_open(&handle, GCRY_MD_SHA1, GCRY_MD_FLAG_HMAC) != 0)
        return false;
    for (int i = 0; i < 8; i++)
        counter[i] = (uint8_t)((uint64_t)step >> (56 - 8 * i));
    if (gcry_md_setkey(handle, secret, size) != 0) {
        gcry_md_close(handle);
        return false;
    }
    gcry_md_write(handle, counter, sizeof(counter));
    mac = gcry_md_read(handle, GCRY_MD_SHA1);
    mac += mac[MC_SHA1_SIZE - 1] & 15;
    number = ((uint32_t)(mac[0] & 127) << 24) | ((uint32_t)mac[1] << 16) | ((uint32_t)mac[2] << 8) |
             mac[3];
    gcry_md_close(handle);
    for (int i = 0; i < digits; i++)
        most *= 10;
    snprintf(out, (size_t)digits + 1, "%0*u", digits, number % most);
    return true;
}

void mc__base32(char *out, const uint8_t *bytes, size_t size)
{
    static const char letters[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
    unsigned held = 0, bits = 0;

    for (size_t i = 0; i < size; i++) {
        held = (held << 8 | bytes[i]) & 0xffff;
        for (bits += 8; bits >= 5; bits -= 5)
            *out++ = letters[held >> (bits - 5) & 31];
    }
    if (bits)
        *out++ = letters[held << (5 - bits) & 31];
    *out = '\0';
}
