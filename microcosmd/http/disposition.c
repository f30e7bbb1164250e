#include "disposition.h"
#include "base/text.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#define PIECES_MOST 32

/* Whether a backslash that isn't one of a pair is before a quote. */
static bool is_escaped(const char *value, const char *quote)
{
    const char *at = quote;

    while (at > value && at[-1] == '\\')
        at--;
    return (quote - at) % 2 == 1;
}

/* The quote that ends a value: the first that something may follow, since quotes inside may not be
 * escaped. */
static char *end_of_quoted(char *value)
{
    for (char *quote = strchr(value, '"'); quote; quote = strchr(quote + 1, '"')) {
        const char *rest = quote + 1 + strspn(quote + 1, " \t");

        if (is_escaped(value, quote) && *rest)
            continue;
        if (*rest == '\0')
            return quote;
        if (*rest != ';')
            continue;
        rest += 1 + strspn(rest + 1, " \t");
        if (strncasecmp(rest, "name=", 5) == 0 || strncasecmp(rest, "filename", 8) == 0)
            return quote;
    }
    return NULL;
}

/* Browsers send quotes as %22, others with a backslash. */
static void unescape(char *text)
{
    char *out = text;

    while (*text) {
        if (strncmp(text, "%22", 3) == 0) {
            *out++ = '"';
            text += 3;
        } else {
            text += *text == '\\' && (text[1] == '"' || text[1] == '\\');
            *out++ = *text++;
        }
    }
    *out = '\0';
}

/* Takes the value of a parameter and ends it by a NUL. Returns where the next parameter begins, or
 * the end; NULL: malformed.
 */
static char *take_value(char *at, char **value)
{
    bool is_quoted = *at == '"';
    char *end, *next;

    *value = at + is_quoted;
    end = is_quoted ? end_of_quoted(*value) : *value + strcspn(*value, "; \t");
    if (!end)
        return NULL;
    next = end + is_quoted;
    next += strspn(next, " \t");
    if (*next && *next != ';')
        return NULL;
    next += *next == ';';
    *end = '\0';
    return next;
}

/* What percent escapes stand for, written from out on. Returns the end; NULL: malformed. */
static char *decode_percent(char *out, const char *at)
{
    for (; *at; at++) {
        unsigned long byte = (unsigned char)*at;

        if (*at == '%') {
            if (strspn(at + 1, "0123456789abcdefABCDEF") < 2)
                return NULL;
            byte = strtoul((char[3]){at[1], at[2]}, NULL, 16);
            if (byte == 0)
                return NULL;
            at += 2;
        }
        *out++ = (char)byte;
    }
    *out = '\0';
    return out;
}

/* Behind charset'language'. NULL: those are missing. */
static char *behind_charset(char *text)
{
    char *at = strchr(text, '\'');

    at = at ? strchr(at + 1, '\'') : NULL;
    return at ? at + 1 : NULL;
}

/* RFC 8187: charset'language'bytes in hexadecimal. Some clients send names that aren't ASCII like
 * that. */
static bool decode_extended(char *text)
{
    char *at = behind_charset(text);

    return at && decode_percent(text, at);
}

/* Pieces of a name, in order (RFC 2231): filename*0, filename*1*. */
typedef struct pieces {
    char *values[PIECES_MOST];
    bool are_extended[PIECES_MOST];
    size_t count;
    bool are_malformed; /* or out of order */
} pieces;

static void take_piece(pieces *p, const char *name, size_t length, char *value)
{
    int64_t number;
    bool is_extended = name[length - 1] == '*';

    length -= is_extended;
    p->are_malformed |= !text_number(&number, name, length) || number != (int64_t)p->count ||
                        p->count == PIECES_MOST;
    if (p->are_malformed)
        return;
    p->values[p->count] = value;
    p->are_extended[p->count++] = is_extended;
}

/* Joins them where the first is, since each is behind the one before. */
static bool join_pieces(pieces *p)
{
    char *out = p->values[0];

    for (size_t i = 0; i < p->count; i++) {
        char *at = p->values[i];

        if (p->are_extended[i] && i == 0)
            at = behind_charset(at);
        if (at && p->are_extended[i]) {
            out = decode_percent(out, at);
        } else if (at) {
            unescape(at);
            memmove(out, at, strlen(at) + 1);
            out += strlen(at);
        }
        if (!at || !out)
            return false;
    }
    return true;
}

static int hex_digit(char c)
{
    const char *digits = "0123456789abcdef";
    const char *found = c ? strchr(digits, c >= 'A' && c <= 'F' ? c + ('a' - 'A') : c) : NULL;

    return found ? (int)(found - digits) : -1;
}

/* RFC 2047: = and two hexadecimal digits, and _ for a space. */
static bool decode_q(char *out, const char *at)
{
    for (; *at; at++) {
        int high = *at == '=' ? hex_digit(at[1]) : 0, low = 0;

        if (*at == '=' && high >= 0)
            low = hex_digit(at[2]);
        if (high < 0 || low < 0 || (*at == '=' && high + low == 0))
            return false;
        *out++ = *at == '=' ? (char)(high << 4 | low) : (char)(*at == '_' ? ' ' : *at);
        at += *at == '=' ? 2 : 0;
    }
    *out = '\0';
    return true;
}

/* One word: =?charset?B?…?= or =?charset?Q?…?=. Returns what is behind it; NULL: it is none, or in
 * letters that aren't Unicode's or Latin-1. Its text is written from *out on, whose end moves. */
static char *decode_word(char **out, char *word)
{
    static const char *const charsets[] = {"utf-8", "us-ascii", "iso-8859-1"};
    char *coding = word + 2, *text, *end;
    bool is_known = false, is_decoded;

    if (strncmp(word, "=?", 2) != 0)
        return NULL;
    coding += strcspn(coding, "?");
    if (!coding[0] || !strchr("bBqQ", coding[1]) || !coding[1] || coding[2] != '?')
        return NULL;
    for (size_t i = 0; i < sizeof(charsets) / sizeof(charsets[0]); i++) {
        size_t length = strlen(charsets[i]);

        is_known |= (size_t)(coding - word) == length + 2 &&
                    strncasecmp(word + 2, charsets[i], length) == 0;
    }
    text = coding + 3;
    end = strstr(text, "?=");
    if (!is_known || !end)
        return NULL;
    *end = '\0';
    is_decoded = strchr("bB", coding[1]) ? text_base64(*out, text) : decode_q(*out, text);
    if (!is_decoded)
        return NULL;
    *out += strlen(*out);
    return end + 2;
}

/* A name that is nothing but such words, as mail has them and some programs send forms. Anything
 * else stays as it is. */
static void decode_words(char *name)
{
    size_t size = strlen(name) + 1;
    char *copy = strncmp(name, "=?", 2) == 0 ? malloc(2 * size) : NULL, *at, *out;

    if (!copy)
        return;
    memcpy(copy, name, size);
    at = copy;
    out = copy + size;
    while (at && *at) {
        at = decode_word(&out, at);
        at += at ? strspn(at, " \t") : 0;
    }
    if (at)
        memcpy(name, copy + size, (size_t)(out - copy) - size + 1);
    free(copy);
}

static bool is_name(const char *name, size_t length, const char *wanted)
{
    return length == strlen(wanted) && strncasecmp(name, wanted, length) == 0;
}

/* What was found of the parameters. */
typedef struct names {
    char *plain, *extended;
    pieces pieces;
} names;

static void take_parameter(names *found, const char *name, size_t length, char *value)
{
    static const char extended[] = "filename*";

    if (is_name(name, length, "filename"))
        found->plain = value;
    else if (is_name(name, length, extended))
        found->extended = value;
    else if (length > sizeof(extended) - 1 && is_name(name, sizeof(extended) - 1, extended))
        take_piece(&found->pieces, name + sizeof(extended) - 1, length - sizeof(extended) + 1,
                   value);
}

static bool choose(char **file_name, names *found)
{
    *file_name = found->plain;
    if (found->plain) {
        unescape(found->plain);
        decode_words(found->plain);
        return true;
    }
    *file_name = found->extended;
    if (found->extended)
        return decode_extended(found->extended);
    if (found->pieces.are_malformed || found->pieces.count == 0)
        return !found->pieces.are_malformed;
    *file_name = found->pieces.values[0];
    return join_pieces(&found->pieces);
}

bool disposition_read(char *at, char **file_name)
{
    names found = {0};
    char *value;

    if (!text_is_media_type(at, "form-data"))
        return false;
    at += strcspn(at, ";");
    for (at += *at == ';'; at[strspn(at, " \t")];) {
        char *name = at + strspn(at, " \t");
        size_t length = strcspn(name, "=; \t");

        if (name[length] != '=')
            return false;
        at = take_value(name + length + 1, &value);
        if (!at)
            return false;
        take_parameter(&found, name, length, value);
    }
    return choose(file_name, &found);
}
