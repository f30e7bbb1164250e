/* The change feed of all sites. */
#ifndef MC_FEED_CHANGES_H
#define MC_FEED_CHANGES_H

#include <microcosm.h>

/* Deletes rows of the feed that are old enough; milliseconds until the next time. */
int64_t mc__changes_trim(mc_app *app);

#endif
