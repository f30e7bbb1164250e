/* Caches the parts of a microcosm's page: keys, conditions and dependencies. */
#ifndef MC_SITES_MICROCOSM_CACHE_H
#define MC_SITES_MICROCOSM_CACHE_H

#include "microcosm_listing.h"

/* False if the actor ignores items, since its list is then its own. */
bool mc__listing_may_cache(const mc__reading *r);
/* The frame and the summaries are the same for all actors that may read all ancestors. */
bool mc__listing_may_cache_parts(const mc__reading *r);
/* Sets what is cached: listing and own, or last and the frame. */
void mc__listing_find_cached(mc__reading *r);

void mc__listing_cache(const mc__reading *r, mc__listing *listing);
void mc__listing_cache_frame(const mc__reading *r, mc__frame *frame);
void mc__listing_cache_own(const mc__reading *r, mc__own_listing *own);

#endif
