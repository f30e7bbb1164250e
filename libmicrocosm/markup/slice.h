/*
 * Pieces of text that are read but not kept, and what they are made of in ASCII, whatever the
 * host's locale. Shared by all stages.
 */
#ifndef MC_MARKUP_SLICE_H
#define MC_MARKUP_SLICE_H

#include "markup.h"

typedef struct mc__slice {
    const char *text; /* not NUL-terminated; NULL: there is none */
    size_t length;
} mc__slice;

static inline bool mc__is_digit(char c)
{
    return c >= '0' && c <= '9';
}

static inline bool mc__is_letter(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

/* White space within a line. */
static inline bool mc__is_blank(char c)
{
    return c == ' ' || c == '\t';
}

/* How often the character stands at text[at], one after the other. */
static inline size_t mc__run_length(const char *text, size_t at, size_t end, char c)
{
    size_t begin = at;

    while (at < end && text[at] == c)
        at++;
    return at - begin;
}

/* The column behind a character at `column`. */
static inline size_t mc__column_behind(size_t column, char c)
{
    return column + (c == '\t' ? 4 - column % 4 : 1);
}

static inline size_t mc__skip_blanks(const char *text, size_t at, size_t end)
{
    while (at < end && mc__is_blank(text[at]))
        at++;
    return at;
}

/* Where the character begins that ends at `at`, in UTF-8; at must not be 0. */
static inline size_t mc__step_back(const char *text, size_t at)
{
    do
        at--;
    while (at > 0 && ((unsigned char)text[at] & 0xC0) == 0x80);
    return at;
}

static inline mc__slice mc__slice_of(const char *string)
{
    return (mc__slice){string, strlen(string)};
}

static inline mc__slice mc__slice_behind(mc__slice s, size_t count)
{
    return (mc__slice){s.text ? s.text + count : NULL, s.length - count};
}

/* Whether the text is this one, which is in lower case, but for capitals; or begins with it. */
bool mc__slice_is(mc__slice s, const char *lower);
bool mc__slice_is_among(mc__slice s, const char *words); /* which spaces separate */
bool mc__slice_begins(mc__slice s, const char *lower);

/* Whether it is among the words; adds to the number that of the words before. */
bool mc__slice_find(mc__slice s, const char *words, size_t *number);

bool mc__slice_has(mc__slice s, const char *characters); /* any of them */
bool mc__slice_is_number(mc__slice s);                   /* digits, but not too many */
bool mc__slice_is_address(mc__slice s);                  /* begins as one of the web does */
bool mc__slice_is_host(mc__slice s);                     /* ASCII, with a dot in it */

/* Without the characters at the end, or at both. */
mc__slice mc__slice_trim_end(mc__slice s, const char *characters);
mc__slice mc__slice_trim(mc__slice s, const char *characters);

/* Cuts off what comes before the first of these characters, and returns it. */
mc__slice mc__slice_cut(mc__slice *rest, const char *stops);

#endif
