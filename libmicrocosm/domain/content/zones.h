/* The time zones that the database knows, and the instants of events, which follow from them. */
#ifndef MC_CONTENT_ZONES_H
#define MC_CONTENT_ZONES_H

#include <microcosm.h>

typedef struct mc__zones mc__zones;

int mc__zones_new(mc__zones **out);
void mc__zones_free(mc__zones *zones); /* NULL is allowed */
/* Whether it is the name of a zone, in the spelling of the IANA. 0, or the error of reading them.
 */
int mc__zone_find(bool *found, mc_session *session, const char *name);
/* A step of the background work: gives events the instants that their zones say now. Returns the
 * milliseconds until it is due again. */
int64_t mc__zones_step(mc_app *app);

#endif
