/* Rights on profiles. */
#ifndef MC_PEOPLE_PROFILE_ACCESS_H
#define MC_PEOPLE_PROFILE_ACCESS_H

#include <microcosm.h>

/* The actor's rights on a profile; 0: on profiles in general. */
void mc__profile_decide(mc_permissions *out, mc_session *session, int64_t profile_id);
/* Begins a call for the actor's own data. Refuses guests and banned members. */
int mc__profile_begin_own(mc_session *session);
/* Whether other profiles are hidden from the actor: users of all sites have profiles on the root
 * site, which only its owner may see. */
bool mc__profile_is_shut(const mc_session *session, const mc_permissions *permissions);
/* The error for an actor that may not change a profile: MC_ENOTFOUND if it doesn't exist, which
 * isn't secret, else MC_EFORBIDDEN. */
int mc__profile_refuse(mc_session *session, int64_t profile_id, const mc_permissions *permissions);

#endif
