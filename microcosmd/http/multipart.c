#ifndef _GNU_SOURCE
#define _GNU_SOURCE /* memmem(), strcasestr() */
#endif
#include "multipart.h"
#include "base/text.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#define TYPE "multipart/form-data"

static int fail(multipart *m, const char *problem)
{
    m->problem = problem;
    return -1;
}

/* RFC 2046 allows some more characters than those of tokens, which then are quoted. */
static bool take_boundary(multipart *m, const char *value)
{
    static const char letters[] = "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
                                  "'()+_,-./:=? ";
    bool is_quoted = *value == '"';
    size_t length;

    value += is_quoted;
    length = is_quoted ? strspn(value, letters) : strcspn(value, "; \t");
    if (length == 0 || length > MULTIPART_BOUNDARY_MAX || strspn(value, letters) < length ||
        (is_quoted && value[length] != '"'))
        return false;
    snprintf(m->delimiter, sizeof(m->delimiter), "\r\n--%.*s", (int)length, value);
    m->delimiter_length = strlen(m->delimiter);
    return true;
}

bool multipart_begin(multipart *m, const char *content_type, multipart_source *source, void *data)
{
    const char *at = content_type ? content_type : "";

    m->source = source;
    m->data = data;
    m->is_over = false;
    m->problem = m->content_type = NULL;
    m->file_name = NULL;
    /* The first delimiter has no line before it. */
    m->in_part = true;
    memcpy(m->buffer, "\r\n", 2);
    m->begin = 0;
    m->end = 2;
    if (!text_is_media_type(at, TYPE))
        return false;
    while ((at = strchr(at, ';'))) {
        at += 1 + strspn(at + 1, " \t");
        if (strncasecmp(at, "boundary=", 9) == 0)
            return take_boundary(m, at + 9);
    }
    return false;
}

/* Reads more behind what is in the buffer. False at the end, on failure, or if it is full. */
static bool fill(multipart *m)
{
    int n;

    if (m->is_over)
        return false;
    if (m->begin > 0) {
        memmove(m->buffer, m->buffer + m->begin, m->end - m->begin);
        m->end -= m->begin;
        m->begin = 0;
    }
    if (m->end == sizeof(m->buffer))
        return false;
    n = m->source(m->data, m->buffer + m->end, sizeof(m->buffer) - m->end);
    if (n < 0)
        m->problem = NULL;
    if (n <= 0) {
        m->is_over = true;
        return false;
    }
    m->end += (size_t)n;
    return true;
}

/* The end of the body where it mustn't be. */
static int fail_cut(multipart *m)
{
    char byte;

    if (m->is_over && m->source(m->data, &byte, 1) < 0)
        return -1; /* the source has failed, and says why */
    return fail(m, "the body ends before its last boundary");
}

int multipart_read(multipart *m, void *out, size_t size)
{
    if (!m->in_part)
        return 0;
    for (;;) {
        size_t length = m->end - m->begin;
        const char *bytes = m->buffer + m->begin;
        const char *found = memmem(bytes, length, m->delimiter, m->delimiter_length);
        /* what is left may be the begin of the delimiter */
        size_t safe = found                           ? (size_t)(found - bytes)
                      : length >= m->delimiter_length ? length - m->delimiter_length + 1
                                                      : 0;

        if (safe > 0) {
            safe = safe < size ? safe : size;
            memcpy(out, bytes, safe);
            m->begin += safe;
            return (int)safe;
        }
        if (found) {
            m->begin += m->delimiter_length;
            m->in_part = false;
            return 0;
        }
        if (!fill(m))
            return fail_cut(m);
    }
}

/* Makes sure that so many bytes are in the buffer. */
static bool has(multipart *m, size_t length)
{
    while (m->end - m->begin < length)
        if (!fill(m))
            return false;
    return true;
}

/* The quote that ends a value: the first that something may follow, since quotes inside may not be
 * escaped. */
static char *end_of_quoted(char *value)
{
    for (char *quote = strchr(value, '"'); quote; quote = strchr(quote + 1, '"')) {
        const char *rest = quote + 1 + strspn(quote + 1, " \t");

        if (quote > value && quote[-1] == '\\' && *rest)
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

/* RFC 8187: charset'language'bytes in hexadecimal. Some clients send names that aren't ASCII like
 * that. */
static bool decode_extended(char *text)
{
    char *out = text, *at = strchr(text, '\'');

    at = at ? strchr(at + 1, '\'') : NULL;
    if (!at)
        return false;
    while (*++at) {
        unsigned long byte = (unsigned char)*at;

        if (*at == '%') {
            if (strspn(at + 1, "0123456789abcdefABCDEF") < 2)
                return false;
            byte = strtoul((char[3]){at[1], at[2]}, NULL, 16);
            if (byte == 0)
                return false;
            at += 2;
        }
        *out++ = (char)byte;
    }
    *out = '\0';
    return true;
}

static bool is_name(const char *name, size_t length, const char *wanted)
{
    return length == strlen(wanted) && strncasecmp(name, wanted, length) == 0;
}

static bool take_disposition(multipart *m, char *at)
{
    char *value, *extended = NULL;

    if (!text_is_media_type(at, "form-data") || m->file_name)
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
        if (is_name(name, length, "filename"))
            m->file_name = value;
        else if (is_name(name, length, "filename*"))
            extended = value;
    }
    if (m->file_name)
        unescape(m->file_name);
    else if (extended && !decode_extended(extended))
        return false;
    else
        m->file_name = extended;
    return true;
}

static bool take_header(multipart *m, char *line)
{
    char *colon = strchr(line, ':');
    char *value;

    if (!colon || colon == line)
        return false;
    *colon = '\0';
    value = colon + 1 + strspn(colon + 1, " \t");
    if (strcasecmp(line, "Content-Disposition") == 0)
        return take_disposition(m, value);
    if (strcasecmp(line, "Content-Type") == 0 && *value)
        m->content_type = value;
    return true;
}

/* Reads the headers of a part up to the empty line. */
static int read_head(multipart *m)
{
    const char *end = NULL;
    size_t length;

    m->file_name = NULL;
    m->content_type = NULL;
    while (!end) {
        length = m->end - m->begin;
        end = memmem(m->buffer + m->begin, length, "\r\n\r\n", 4);
        if (!end && length >= MULTIPART_HEAD_MAX)
            return fail(m, "the headers of a part are too long");
        if (!end && !fill(m))
            return fail_cut(m);
    }
    length = (size_t)(end - (m->buffer + m->begin));
    if (length >= MULTIPART_HEAD_MAX || memchr(m->buffer + m->begin, '\0', length))
        return fail(m, "the headers of a part are malformed");
    memcpy(m->head, m->buffer + m->begin, length);
    m->head[length] = '\0';
    m->begin += length + 4;
    for (char *line = m->head, *next; line; line = next) {
        next = strstr(line, "\r\n");
        if (next) {
            *next = '\0';
            next += 2;
        }
        if (!take_header(m, line))
            return fail(m, "the headers of a part are malformed");
    }
    m->in_part = true;
    return 1;
}

/* What follows the last boundary is nobody's. */
static int drain(multipart *m)
{
    do
        m->begin = m->end = 0;
    while (fill(m));
    return m->source(m->data, m->buffer, 1) < 0 ? -1 : 0;
}

static int skip(multipart *m)
{
    char piece[4096];
    int n;

    while ((n = multipart_read(m, piece, sizeof(piece))) > 0)
        ;
    return n;
}

int multipart_next(multipart *m)
{
    if (skip(m) < 0)
        return -1;
    if (!has(m, 2))
        return fail_cut(m);
    if (memcmp(m->buffer + m->begin, "--", 2) == 0)
        return drain(m);
    while (has(m, 1) && strchr(" \t", m->buffer[m->begin]) && m->buffer[m->begin])
        m->begin++;
    if (!has(m, 2))
        return fail_cut(m);
    if (memcmp(m->buffer + m->begin, "\r\n", 2) != 0)
        return fail(m, "a boundary is malformed");
    m->begin += 2;
    return read_head(m);
}
