/*
 * Checks that a text begins with one JSON value exactly as RFC 8259 defines it. json-c takes more
 * than that, also with its strict flag: NaN, Infinity, control characters and lone surrogates in
 * strings.
 */
#ifndef MC_RECORD_JSON_CHECK_H
#define MC_RECORD_JSON_CHECK_H

#include <stdbool.h>
#include <stddef.h>

typedef struct mc__json_check {
    const char *text; /* valid UTF-8 */
    size_t length;
    size_t at;           /* end of the value; or where it is wrong */
    const char *problem; /* what is wrong there; NULL: nothing */
    int depth, depth_max;
} mc__json_check;

/*
 * Checks the value that the text begins with, white space before it included. False: problem says
 * why. Any text may follow the value.
 */
bool mc__json_check_value(mc__json_check *c);

/* Writes the ASCII letters of all keys in a checked value in lower case. out holds c->at bytes. */
void mc__json_lower_keys(const mc__json_check *c, char *out);

#endif
