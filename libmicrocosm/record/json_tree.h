/*
 * JSON that others have sent, read member by member. Keys are told apart by case; of a key that
 * stands twice the last counts. What is missing and what is of another type are the same.
 */
#ifndef MC_RECORD_JSON_TREE_H
#define MC_RECORD_JSON_TREE_H

#include "core/core.h"

/* An object, or any value inside of one, which belongs to it. */
typedef struct json_object mc__json;

/* Reads a text that is one JSON object as RFC 8259 has it, and nothing else. 0; MC_EINVAL: it is
 * something else; MC_ENOMEM. */
int mc__json_read(mc__json **out, const char *text, size_t length);
void mc__json_free(mc__json *object); /* NULL is allowed */
MC_DEFINE_AUTO(mc__json *, mc__json_free)

/* All of them take NULL for object, and give what they give if there is no such member. */
mc__json *mc__json_member(const mc__json *object, const char *key); /* NULL: none */
/* NULL: it is no string, or has a NUL in it. */
const char *mc__json_text(const mc__json *object, const char *key);
bool mc__json_number(double *out, const mc__json *object, const char *key);
/* A number without regard to its fraction. False: none, or beyond 64 bits. */
bool mc__json_int(int64_t *out, const mc__json *object, const char *key);
/* "true" as a string is true as well: some providers send that. */
bool mc__json_true(const mc__json *object, const char *key);

/* Of an array; of all else 0 and NULL. */
size_t mc__json_count(const mc__json *array);
mc__json *mc__json_at(const mc__json *array, size_t index);
const char *mc__json_as_text(const mc__json *value); /* of a string itself, as mc__json_text() */

#endif
