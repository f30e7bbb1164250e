/* The kinds of items: their names and the collections that they are in. */
#ifndef MC_BASE_KINDS_H
#define MC_BASE_KINDS_H

#include <microcosm.h>

/* Collection of a kind in paths: "conversations"; "" for what is no kind. */
const char *mc__collection_of(mc_item_type item_type);

#endif
