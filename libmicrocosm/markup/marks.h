/*
 * Characters of our own in the text that goes through md4c. They are Unicode noncharacters, of
 * which no input holds any (clean.c drops them), so they can be told from what the author wrote
 * wherever they end up: in text, code or attributes.
 *
 *   put away   an ASCII character that md4c must not take for a mark
 *   escaped    one of MC__ESCAPED behind a backslash or the like: begins no name, tag or link
 *   nothing    a letter to md4c
 *   token      TOKEN, number, TOKEN_END, between commas: an element of tokens.c, punctuation to
 * md4c as the tag in whose place it stands
 *
 * U+FDD0 to U+FDEF, in UTF-8 EF B7 90 to EF B7 AF.
 */
#ifndef MC_MARKUP_MARKS_H
#define MC_MARKUP_MARKS_H

#include "markup.h"

enum { MC__MARK_SIZE = 3 };

#define MC__ESCAPED "@#+:."

typedef enum mc__mark_kind { MC__MARK_CHARACTER, MC__MARK_ESCAPED, MC__MARK_TOKEN } mc__mark_kind;

typedef struct mc__mark {
    mc__mark_kind kind;
    char character;    /* that was put away or escaped; 0: nothing */
    size_t token;      /* number */
    size_t begin, end; /* in the text read */
} mc__mark;

/* The next mark at `at` or later. False if there is none. */
bool mc__mark_find(const char *text, size_t length, size_t at, mc__mark *mark);

void mc__mark_put_away(mc__text *out, char c);
void mc__mark_put_nothing(mc__text *out);
void mc__mark_put_escaped(mc__text *out, char c);
/* The character that stands for an escaped one: gumbo lets it pass only as a numeric entity. */
uint32_t mc__mark_escaped(char c);

void mc__mark_put_token(mc__text *out, size_t token);

#endif
