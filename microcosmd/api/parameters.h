/* Parameters of a request's query. Each function replies with 400 and returns false for a bad one.
 */
#ifndef MICROCOSMD_PARAMETERS_H
#define MICROCOSMD_PARAMETERS_H

#include "exchange.h"

/* Comments or entries on a page, unless the request says otherwise. */
#define LIMIT_DEFAULT 25

/* A number, 0 or more; *out is unchanged if the parameter is missing or empty. */
bool read_number(exchange *x, const char *key, int64_t *out);

/* limit and offset, checked without regard to the list: the library refuses an offset that is past
 * its end, or that no page begins at. */
bool read_page(exchange *x, mc_page_options *page);
/* The same where the offset isn't used: it must be a multiple of the limit. */
bool read_page_start(exchange *x, mc_page_options *page);

#define FILE_HASH_LENGTH 40
/* The hash at the end of the path, which an extension may follow. Replies with 404 if it is none.
 */
bool read_file_hash(char out[FILE_HASH_LENGTH + 1], exchange *x);

/* A kind of item by its name; *out is unchanged if the parameter is missing or empty. */
bool read_item_type(exchange *x, const char *key, mc_item_type *out);

/* A boolean; *out is unchanged if the parameter is missing or empty. */
bool read_boolean(exchange *x, const char *key, bool *out);

/* True for a spelling of true; false if it is missing or anything else. Never refuses. */
bool param_is_true(const exchange *x, const char *key);

#endif
