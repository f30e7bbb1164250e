#include "text.h"

#include <ctype.h>
#include <string.h>
#include <strings.h>

/* Length of the sequence that a lead byte starts; 0 if it isn't a lead byte. */
static size_t sequence_length(unsigned char lead)
{
    if (lead < 0x80)
        return 1;
    if (lead >= 0xc2 && lead < 0xe0)
        return 2;
    if (lead >= 0xe0 && lead < 0xf0)
        return 3;
    if (lead >= 0xf0 && lead < 0xf5)
        return 4;
    return 0;
}

/* Excludes overlong forms, surrogates and numbers beyond U+10FFFF, by the second byte. */
static bool second_byte_fits(unsigned char lead, unsigned char second)
{
    switch (lead) {
    case 0xe0:
        return second >= 0xa0;
    case 0xed:
        return second < 0xa0;
    case 0xf0:
        return second >= 0x90;
    case 0xf4:
        return second < 0x90;
    default:
        return true;
    }
}

bool text_is_utf8(const char *text, size_t length)
{
    const unsigned char *bytes = (const unsigned char *)text;

    for (size_t i = 0; i < length;) {
        size_t n = sequence_length(bytes[i]);

        if (n == 0 || n > length - i || bytes[i] == 0)
            return false;
        for (size_t k = 1; k < n; k++)
            if ((bytes[i + k] & 0xc0) != 0x80)
                return false;
        if (n > 1 && !second_byte_fits(bytes[i], bytes[i + 1]))
            return false;
        i += n;
    }
    return true;
}

static int hex_digit(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    if (c >= 'a' && c <= 'f')
        return c - 'a' + 10;
    if (c >= 'A' && c <= 'F')
        return c - 'A' + 10;
    return -1;
}

bool text_decode(char *out, const char *text, size_t length, bool form)
{
    size_t used = 0;

    for (size_t i = 0; i < length; i++) {
        char c = text[i];

        if (c == '%') {
            int high = length - i > 2 ? hex_digit(text[i + 1]) : -1;
            int low = length - i > 2 ? hex_digit(text[i + 2]) : -1;

            if (high < 0 || low < 0)
                return false;
            c = (char)(high * 16 + low);
            i += 2;
        } else if (c == '+' && form) {
            c = ' ';
        }
        out[used++] = c;
    }
    out[used] = '\0';
    return text_is_utf8(out, used);
}

static int base64_digit(char c)
{
    static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    const char *at = c ? strchr(digits, c) : NULL;

    return at ? (int)(at - digits) : -1;
}

bool text_base64(char *out, const char *text)
{
    size_t length = strlen(text), padding = 0, filled = 0;
    unsigned bits = 0;

    while (padding < 2 && padding < length && text[length - 1 - padding] == '=')
        padding++;
    if (length % 4 != 0)
        return false;
    for (size_t i = 0; i < length - padding; i++) {
        int digit = base64_digit(text[i]);

        if (digit < 0)
            return false;
        bits = bits << 6 | (unsigned)digit;
        if (i % 4 != 0)
            out[filled++] = (char)(bits >> (6 - 2 * (i % 4)) & 0xff);
    }
    out[filled] = '\0';
    return strlen(out) == filled;
}

bool text_same_secret(const char *a, const char *b)
{
    size_t length = strlen(a);
    unsigned char differences = length != strlen(b);

    for (size_t i = 0; strlen(b) == length && i < length; i++)
        differences |= (unsigned char)(a[i] ^ b[i]);
    return !differences;
}

bool text_number(int64_t *out, const char *text, size_t length)
{
    int64_t number = 0;

    if (length == 0)
        return false;
    for (size_t i = 0; i < length; i++) {
        if (text[i] < '0' || text[i] > '9')
            return false;
        if (__builtin_mul_overflow(number, 10, &number) ||
            __builtin_add_overflow(number, text[i] - '0', &number))
            return false;
    }
    *out = number;
    return true;
}

bool text_boolean(bool *out, const char *text)
{
    static const struct {
        const char *text;
        bool value;
    } spellings[] = {{"1", true},  {"t", true},  {"true", true},
                     {"0", false}, {"f", false}, {"false", false}};

    for (size_t i = 0; i < sizeof(spellings) / sizeof(spellings[0]); i++)
        if (text_same(text, spellings[i].text)) {
            *out = spellings[i].value;
            return true;
        }
    return false;
}

bool text_is_host_name(const char *text)
{
    size_t label = 0;

    for (size_t i = 0; text[i]; i++) {
        bool is_dot = text[i] == '.', is_dash = text[i] == '-';

        if (!is_dot && !is_dash && !isalnum((unsigned char)text[i]))
            return false;
        if ((is_dot || is_dash) && label == 0) /* no label is empty or begins with a dash */
            return false;
        if (is_dot && text[i - 1] == '-')
            return false;
        label = is_dot ? 0 : label + 1;
        if (label > 63 || i >= 253)
            return false;
    }
    return label > 0 && text[strlen(text) - 1] != '-';
}

bool text_same(const char *a, const char *b)
{
    return strcasecmp(a, b) == 0;
}

bool text_is_media_type(const char *value, const char *type)
{
    size_t length = strlen(type);

    value += strspn(value, " \t");
    if (strncasecmp(value, type, length) != 0)
        return false;
    value += length;
    value += strspn(value, " \t");
    return *value == '\0' || *value == ';';
}
