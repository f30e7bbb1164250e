/* See base64.h. */
#include "base64.h"

static const char letters[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

int64_t mc__base64_length(int64_t size)
{
    return (size + 2) / 3 * 4;
}

void mc__base64_put(mc__text *out, const void *bytes, size_t size)
{
    const uint8_t *in = bytes;

    for (size_t i = 0; i < size; i += 3) {
        size_t more = size - i > 2 ? 2 : size - i - 1;
        uint32_t word = (uint32_t)in[i] << 16 | (more > 0 ? (uint32_t)in[i + 1] << 8 : 0) |
                        (more > 1 ? in[i + 2] : 0u);
        char group[4] = {letters[word >> 18], letters[word >> 12 & 63],
                         more > 0 ? letters[word >> 6 & 63] : '=',
                         more > 1 ? letters[word & 63] : '='};

        mc__text_append(out, group, sizeof(group));
    }
}

/* -1: no letter */
static int value_of(char c)
{
    if (c >= 'A' && c <= 'Z')
        return c - 'A';
    if (c >= 'a' && c <= 'z')
        return c - 'a' + 26;
    if (c >= '0' && c <= '9')
        return c - '0' + 52;
    return c == '+' ? 62 : c == '/' ? 63 : -1;
}

bool mc__base64_read(char *text, size_t length, size_t *size)
{
    uint32_t word = 0;
    size_t count = 0, padding = 0, out = 0;

    for (size_t i = 0; i < length; i++) {
        int value = value_of(text[i]);

        if (text[i] == '\\')
            continue;
        if (text[i] == '=') {
            padding++;
            continue;
        }
        if (value < 0 || padding)
            return false;
        word = word << 6 | (uint32_t)value;
        if (++count % 4 == 0) {
            text[out++] = (char)(word >> 16);
            text[out++] = (char)(word >> 8);
            text[out++] = (char)word;
        }
    }
    if (count % 4 == 1 || padding > 2)
        return false;
    if (count % 4 == 2)
        text[out++] = (char)(word >> 4);
    if (count % 4 == 3) {
        text[out++] = (char)(word >> 10);
        text[out++] = (char)(word >> 2);
    }
    *size = out;
    return true;
}
