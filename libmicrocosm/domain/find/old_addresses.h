/* The forms that addresses have in other products, and what each of them means. */
#ifndef MC_FIND_OLD_ADDRESSES_H
#define MC_FIND_OLD_ADDRESSES_H

#include "core/core.h"

#include <microcosm.h>

/* What an old address asks for. */
typedef struct mc__old_address {
    const char *product;
    mc_item_type item_type;
    int64_t old_id;     /* in the product; 0: the collection */
    int64_t offset;     /* of the page, a multiple of 25 */
    const char *action; /* "incontext", "search", "online" or "" */
    const char *search; /* with "search"; in the arena */
    bool is_newest; /* of the conversation old_id: the first comment that the caller hasn't read */
} mc__old_address;

/* Number of products whose forms are known, and their names. */
size_t mc__product_count(void);
const char *mc__product_at(size_t i);
bool mc__product_is_known(const char *product);

/* What the address means in product i: absolute, or path and query. False: it has no form of that
 * product, or memory ran out, and then the arena has failed. */
bool mc__old_address_read(mc__old_address *out, mc__arena *arena, size_t product, const char *url);

#endif
