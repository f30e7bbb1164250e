/* Rights on profiles. */
#ifndef MC_PEOPLE_PROFILE_ACCESS_H
#define MC_PEOPLE_PROFILE_ACCESS_H

#include <microcosm.h>

/* The actor's rights on a profile; 0: on profiles in general. */
void mc__profile_decide(mc_permissions *out, mc_session *session, int64_t profile_id);
/* Begins a call for the actor's own data. Refuses guests and banned members. */
int mc__profile_begin_own(mc_session *session);
/* The same for a call that only reads. */
int mc__profile_begin_own_reading(mc_session *session);
/* The error for an actor that may not change a profile: MC_ENOTFOUND if it doesn't exist, which
 * isn't secret, else MC_EFORBIDDEN. */
int mc__profile_refuse(mc_session *session, int64_t profile_id, const mc_permissions *permissions);

#endif
