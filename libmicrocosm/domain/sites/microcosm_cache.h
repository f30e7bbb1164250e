/* What of a microcosm's page is kept, for whom, and what it tells of. */
#ifndef MC_SITES_MICROCOSM_CACHE_H
#define MC_SITES_MICROCOSM_CACHE_H

#include "microcosm_listing.h"

/* A list without what somebody ignores is nobody else's. */
bool mc__listing_may_cache(const mc__reading *r);
/* Pieces are the same for all who may read what the list is in, as nearly everybody may. */
bool mc__listing_may_cache_pieces(const mc__reading *r);
/* Sets what is at hand: listing and own, or last and the frame. */
void mc__listing_find_cached(mc__reading *r);

void mc__listing_cache(const mc__reading *r, mc__listing *listing);
void mc__listing_cache_frame(const mc__reading *r, mc__frame *frame);
void mc__listing_cache_own(const mc__reading *r, mc__own_listing *own);

#endif
