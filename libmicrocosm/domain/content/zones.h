/* The time zones that the database knows, and the instants of events, which follow from them. */
#ifndef MC_CONTENT_ZONES_H
#define MC_CONTENT_ZONES_H

#include "../base/job_part.h"

typedef struct mc__zones mc__zones;

int mc__zones_new(mc__zones **out);
void mc__zones_free(mc__zones *zones); /* NULL is allowed */
/* Whether it is the name of a zone, in the spelling of the IANA. 0, or the error of reading them.
 */
int mc__zone_find(bool *found, mc_session *session, const char *name);
/* A job (domain/work/schedules.h): gives events the instants that their zones say now. */
mc__job_work mc__zones_follow;

#endif
