/*
 * UTF-8 as RFC 3629 defines it: no overlong forms, no surrogates, nothing above U+10FFFF. Texts
 * are checked once, where they enter; the rest of the library relies on it. NUL is refused too,
 * since neither C strings nor PostgreSQL's text can contain it.
 */
#include "core.h"

#define REPLACEMENT 0xFFFD

static bool is_continuation(unsigned char byte)
{
    return (byte & 0xC0) == 0x80;
}

/* Length of the sequence that this first byte starts; 0 if it starts none. */
static size_t announced_length(unsigned char first)
{
    if (first < 0x80)
        return 1;
    if (first < 0xC2) /* a continuation, or an overlong form of ASCII */
        return 0;
    if (first < 0xE0)
        return 2;
    if (first < 0xF0)
        return 3;
    return first < 0xF5 ? 4 : 0;
}

/* Checking the second byte excludes overlong forms, surrogates and numbers that are too large. */
static bool second_fits(unsigned char first, unsigned char second)
{
    switch (first) {
    case 0xE0:
        return second >= 0xA0;
    case 0xED:
        return second < 0xA0;
    case 0xF0:
        return second >= 0x90;
    case 0xF4:
        return second < 0x90;
    default:
        return true;
    }
}

/* Length of the well-formed sequence at the start of bytes, or 0. */
static size_t sequence_length(const unsigned char *bytes, size_t left)
{
    size_t length = announced_length(bytes[0]);

    if (length == 0 || length > left)
        return 0;
    for (size_t i = 1; i < length; i++) {
        if (!is_continuation(bytes[i]))
            return 0;
    }
    return length == 1 || second_fits(bytes[0], bytes[1]) ? length : 0;
}

/* Whether eight bytes are all ASCII without NUL: a fast path for most text. */
static bool is_plain(const unsigned char *bytes)
{
    const uint64_t low = 0x0101010101010101, high = 0x8080808080808080;
    uint64_t word;

    memcpy(&word, bytes, sizeof(word));
    return !((word | (word - low)) & high);
}

bool mc__utf8_valid(const char *text, size_t length)
{
    const unsigned char *bytes = (const unsigned char *)text;
    size_t at = 0;

    while (at < length) {
        if (length - at >= 8 && is_plain(bytes + at)) {
            at += 8;
            continue;
        }

        size_t step = bytes[at] ? sequence_length(bytes + at, length - at) : 0;
        if (step == 0)
            return false;
        at += step;
    }
    return true;
}

uint32_t mc__utf8_next(const char *text, size_t length, size_t *at)
{
    static const unsigned char first_bits[] = {0, 0x7F, 0x1F, 0x0F, 0x07};

    if (*at >= length)
        return 0;

    const unsigned char *bytes = (const unsigned char *)text + *at;
    size_t size = sequence_length(bytes, length - *at);

    if (size == 0) { /* not valid, against the precondition: go on by one byte, within bounds */
        *at += 1;
        return REPLACEMENT;
    }

    uint32_t character = bytes[0] & first_bits[size];
    for (size_t i = 1; i < size; i++)
        character = character << 6 | (bytes[i] & 0x3F);
    *at += size;
    return character;
}

size_t mc__utf8_length(const char *text)
{
    size_t characters = 0;

    for (; *text; text++)
        characters += !is_continuation((unsigned char)*text);
    return characters;
}

static size_t encoded_length(uint32_t character)
{
    if (character < 0x80)
        return 1;
    if (character < 0x800)
        return 2;
    return character < 0x10000 ? 3 : 4;
}

static bool is_character(uint32_t number)
{
    bool surrogate = number >= 0xD800 && number <= 0xDFFF;

    return number > 0 && number <= 0x10FFFF && !surrogate;
}

void mc__text_utf8(mc__text *text, uint32_t character)
{
    static const unsigned char lead_bits[] = {0, 0x00, 0xC0, 0xE0, 0xF0};
    char bytes[4];

    if (!is_character(character))
        character = REPLACEMENT;

    size_t length = encoded_length(character);
    for (size_t i = length - 1; i > 0; i--) {
        bytes[i] = (char)(0x80 | (character & 0x3F));
        character >>= 6;
    }
    bytes[0] = (char)(lead_bits[length] | character);
    mc__text_append(text, bytes, length);
}
