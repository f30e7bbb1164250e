/* Dropping what can't be seen, and telling shouts. Defined in clean.c, used for comments as well.
 */
#ifndef MC_MARKUP_PRINTABLE_H
#define MC_MARKUP_PRINTABLE_H

#include "markup.h"

typedef enum mc__spaces {
    MC__SPACES_NONE,
    MC__SPACES_PLAIN, /* U+0020 only */
    MC__SPACES_ALL
} mc__spaces;

/* They have no shape of their own, but change that of the letters beside them. */
#define ZERO_WIDTH_NON_JOINER 0x200C
#define ZERO_WIDTH_JOINER 0x200D

/* Lets through, one by one, what is printable, and the white space asked for. */
typedef struct mc__printable {
    mc__spaces spaces;
    uint32_t previous; /* what was let through last */
} mc__printable;

void mc__printable_put(mc__printable *filter, mc__text *out, uint32_t c);
void mc__text_printable(mc__text *out, const char *text, size_t length, mc__spaces spaces);

/* The same with all white space, escaped for HTML. */
void mc__text_html_printable(mc__text *out, const char *text, size_t length);

/*
 * A shout is a text of at least 8 letters that have case, all of them capitals, in which those are
 * nine of ten letters or more: abbreviations in Chinese are none. Nor is what looks like code.
 */
typedef struct mc__letters {
    size_t all, upper, lower;
    bool code;
} mc__letters;

/* Stops at the first one in lower case: that is enough to know. */
void mc__letters_count(mc__letters *letters, const char *text, size_t length);
bool mc__letters_shout(const mc__letters *letters);

#endif
