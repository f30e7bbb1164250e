/* Base64 for URLs and without padding (RFC 4648, section 5), as JSON Web Tokens have it. */
#include "core.h"

static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

void mc__base64url(mc__text *out, const void *bytes, size_t size)
{
    const uint8_t *in = bytes;
    uint32_t bits = 0;
    int count = 0;

    for (size_t i = 0; i < size; i++) {
        bits = bits << 8 | in[i];
        for (count += 8; count >= 6; count -= 6)
            mc__text_putc(out, digits[bits >> (count - 6) & 63]);
    }
    if (count)
        mc__text_putc(out, digits[bits << (6 - count) & 63]);
}

bool mc__base64url_parse(mc__octets *out, mc__arena *arena, const char *text, size_t length)
{
    uint8_t *bytes = mc__arena_alloc(arena, length / 4 * 3 + 3);
    uint32_t bits = 0;
    int count = 0;
    size_t written = 0;

    if (!bytes)
        return false;
    for (size_t i = 0; i < length; i++) {
        const char *digit = text[i] ? strchr(digits, text[i]) : NULL;

        if (!digit)
            return false;
        bits = bits << 6 | (uint32_t)(digit - digits);
        count += 6;
        if (count < 8)
            continue;
        count -= 8;
        bytes[written++] = (uint8_t)(bits >> count);
    }
    /* One text for one value: neither a lone digit nor bits that say nothing. */
    if (count == 6 || (bits & ((1u << count) - 1)))
        return false;
    *out = (mc__octets){bytes, written};
    return true;
}
