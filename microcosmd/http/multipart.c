#ifndef _GNU_SOURCE
#define _GNU_SOURCE /* memmem() */
#endif
#include "multipart.h"
#include "base/text.h"
#include "disposition.h"

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

/* Codings that were dropped from forms long ago would store other bytes than the file's. */
static bool is_plain_coding(const char *value)
{
    return text_same(value, "binary") || text_same(value, "8bit") || text_same(value, "7bit");
}

static bool refuse(multipart *m, const char *problem)
{
    m->problem = problem;
    return false;
}

static bool take_header(multipart *m, char *line)
{
    char *colon = strchr(line, ':');
    char *value;

    if (!colon || colon == line)
        return false;
    *colon = '\0';
    value = colon + 1 + strspn(colon + 1, " \t");
    for (char *end = value + strlen(value); end > value && strchr(" \t", end[-1]);)
        *--end = '\0';
    if (text_same(line, "Content-Disposition"))
        return !m->file_name && disposition_read(value, &m->file_name);
    if (text_same(line, "Content-Transfer-Encoding") && !is_plain_coding(value))
        return refuse(m, "a part's Content-Transfer-Encoding must be binary: send the bytes as "
                         "they are");
    if (text_same(line, "Content-Type") && strncasecmp(value, "multipart/", 10) == 0)
        return refuse(m, "a part can't have parts in it: send each file as a part of the form");
    if (text_same(line, "Content-Type") && *value)
        m->content_type = value;
    return true;
}

/* Lines that begin with white space go on with the one before. */
static void unfold(char *head)
{
    for (char *end = head; (end = strstr(end, "\r\n"));)
        if (end[2] == ' ' || end[2] == '\t')
            memset(end, ' ', 2);
        else
            end += 2;
}

static bool take_headers(multipart *m)
{
    unfold(m->head);
    for (char *line = m->head, *next; line; line = next) {
        next = strstr(line, "\r\n");
        if (next) {
            *next = '\0';
            next += 2;
        }
        if (!take_header(m, line))
            return false;
    }
    return true;
}

/* Whether nothing is in the part: so browsers send a field for a file that was left empty, whose
 * name is empty too. */
static bool is_empty(multipart *m)
{
    return has(m, m->delimiter_length) &&
           memcmp(m->buffer + m->begin, m->delimiter, m->delimiter_length) == 0;
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
    m->in_part = true;
    if (!take_headers(m))
        return fail(m, m->problem ? m->problem : "the headers of a part are malformed");
    if (m->file_name && !*m->file_name && is_empty(m))
        m->file_name = NULL;
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
