/* What handlers reply when the library's function has returned: its error if rc is one, else this.
 */
#ifndef MICROCOSMD_ANSWERS_H
#define MICROCOSMD_ANSWERS_H

#include "exchange.h"
#include "resources.h"

/* 200 with the JSON of a resource: the page that the query asks for. */
void answer_page(exchange *x, const resource *r, int64_t id);
/* 200 with a record. */
void answer_record(exchange *x, int rc, const void *record);
/* 200 without data. */
void answer_done(exchange *x, int rc);
/* 200 with JSON that needs no call of the library. */
void answer_json(exchange *x, const char *json);
/* 302 to what was written: an id below a collection's path. */
void answer_written(exchange *x, int rc, const char *path, int64_t id);

/* A record that ends with its scope. */
#define auto_record __attribute__((cleanup(free_record)))

static inline void free_record(void *variable)
{
    mc_record_free(*(void **)variable);
}

#endif
