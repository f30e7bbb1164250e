/* A query string in the making, for redirects. */
#ifndef MICROCOSMD_QUERY_H
#define MICROCOSMD_QUERY_H

#include "request.h"

#include <microcosm.h>

/* Numbers that may be added to the parameters of a request. */
#define QUERY_NUMBERS_MAX 3

/* Begin with {.count = 0}. Texts are borrowed, numbers are held as text. */
typedef struct query {
    param params[REQUEST_PARAMS_MAX + QUERY_NUMBERS_MAX]; /* sorted by key */
    size_t count;
    char numbers[QUERY_NUMBERS_MAX][24];
    size_t number_count;
} query;

void query_add(query *q, const char *key, const char *value);
void query_add_number(query *q, const char *key, int64_t number);

/* Append it with its "?", escaped as a form is; nothing if it is empty. */
int query_write(const query *q, mc_buffer *out);

#endif
