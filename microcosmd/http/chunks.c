#include "chunks.h"

#define DIGITS_MAX 16
#define SIZE_MAX_16TH ((size_t)0xffffff) /* 256 MiB, more than any body may have, less a digit */

/* Bytes from the end of a chunk's size line to the end of the shortest body. */
#define LAST_CHUNK 5 /* 0 CR LF CR LF */

static int digit_of(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    c |= 0x20;
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

size_t chunks_wanted(const chunks *c)
{
    size_t rest = c->left > 0 ? c->left + 2 + LAST_CHUNK : 2;

    switch (c->state) {
    case CHUNK_SIZE:
        return c->digits > 0 ? 2 + rest : LAST_CHUNK;
    case CHUNK_SIZE_LF:
        return 1 + rest;
    case CHUNK_DATA:
        return rest;
    case CHUNK_DATA_CR:
        return 2 + LAST_CHUNK;
    case CHUNK_DATA_LF:
        return 1 + LAST_CHUNK;
    case CHUNK_LAST_CR:
        return 2;
    case CHUNK_LAST_LF:
        return 1;
    default:
        return 0;
    }
}

static bool take_digit(chunks *c, char byte)
{
    int digit = digit_of(byte);

    if (digit < 0 || c->digits == DIGITS_MAX || c->left > SIZE_MAX_16TH)
        return false;
    c->digits++;
    c->left = c->left * 16 + (size_t)digit;
    return true;
}

static bool take_mark(chunks *c, char byte, char expected, chunk_state next)
{
    c->state = next;
    return byte == expected;
}

/* Takes a byte that is no data. */
static bool take_byte(chunks *c, char byte)
{
    switch (c->state) {
    case CHUNK_SIZE:
        if (byte == '\r' && c->digits > 0)
            return take_mark(c, byte, '\r', CHUNK_SIZE_LF);
        return take_digit(c, byte);
    case CHUNK_SIZE_LF:
        c->digits = 0;
        return take_mark(c, byte, '\n', c->left > 0 ? CHUNK_DATA : CHUNK_LAST_CR);
    case CHUNK_DATA_CR:
        return take_mark(c, byte, '\r', CHUNK_DATA_LF);
    case CHUNK_DATA_LF:
        return take_mark(c, byte, '\n', CHUNK_SIZE);
    case CHUNK_LAST_CR:
        return take_mark(c, byte, '\r', CHUNK_LAST_LF);
    case CHUNK_LAST_LF:
        return take_mark(c, byte, '\n', CHUNK_END);
    default:
        return false;
    }
}

size_t chunks_take(chunks *c, const char *bytes, size_t length, const char **data,
                   size_t *data_length)
{
    size_t n = c->left < length ? c->left : length;

    *data = bytes;
    *data_length = 0;
    if (c->state != CHUNK_DATA)
        return take_byte(c, *bytes) ? 1 : 0;
    *data_length = n;
    c->left -= n;
    if (c->left == 0)
        c->state = CHUNK_DATA_CR;
    return n;
}
