/* Summaries of the things that a list has chosen, in one trip. */
#ifndef MC_FIND_LISTED_H
#define MC_FIND_LISTED_H

#include "things.h"

/* Reads things by kind and id; batch keeps the rows. Entries are then asked for in the same order
 * (mc__things_entry()). */
int mc__listed_read(mc__things *out, mc_session *session, mc__arena *arena, mc__batch *batch,
                    const mc__sight *sight, mc_int64s item_types, mc_int64s item_ids);

#endif
