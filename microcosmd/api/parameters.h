/* Parameters of a request's query. Each function replies with 400 and returns false for a bad one.
 */
#ifndef MICROCOSMD_PARAMETERS_H
#define MICROCOSMD_PARAMETERS_H

#include "exchange.h"

/* Comments or entries on a page, unless the request says otherwise. */
#define LIMIT_DEFAULT 25

/* A parameter that is a number, 0 or more; *out stays when it is missing or empty. */
bool read_number(exchange *x, const char *key, int64_t *out);

/* limit and offset, as far as they can be checked without the list. */
bool read_page(exchange *x, mc_page_options *page);

/* A kind of item by its name; *out stays when it is missing or empty. */
bool read_item_type(exchange *x, const char *key, mc_item_type *out);

/* True for what means yes; false when missing or anything else. Never refuses. */
bool param_is_true(const exchange *x, const char *key);

#endif
