/* Makes the keys of names that have none (sql/schema/tables/40_profiles.sql). */
#ifndef MC_PEOPLE_NAME_KEYS_H
#define MC_PEOPLE_NAME_KEYS_H

#include "core/core.h"

#include <microcosm.h>

/* All of them: after a migration. 0, or the error in the problem. */
int mc__name_keys_fill(mc_app *app, mc__problem *problem);
/* In the background: profiles and reserved names that came into the tables past the library.
 * Returns the milliseconds until it is due again. */
int64_t mc__name_keys_step(mc_app *app);

#endif
