/* Builds in the background what searches look through, about a second after each write. */
#ifndef MC_FIND_SEARCH_INDEX_H
#define MC_FIND_SEARCH_INDEX_H

#include <microcosm.h>

/* Does what is due, and returns the milliseconds until there may be more. */
int64_t mc__search_step(mc_app *app);

#endif
