/* Who may do what with profiles. */
#ifndef MC_PEOPLE_PROFILE_ACCESS_H
#define MC_PEOPLE_PROFILE_ACCESS_H

#include <microcosm.h>

/* The actor's rights on a profile; 0: on profiles in general. */
void mc__profile_decide(mc_permissions *out, mc_session *session, int64_t profile_id);
/* Begins a call for what is the actor's own. Guests and people on the ban list have nothing such.
 */
int mc__profile_begin_own(mc_session *session);
/* Users of all sites have profiles on the root site: nobody's business but its owner's. */
bool mc__profile_is_shut(const mc_session *session, const mc_permissions *permissions);
/* That a profile doesn't exist may be known to all, so those who may not change one hear of it. */
int mc__profile_refuse(mc_session *session, int64_t profile_id, const mc_permissions *permissions);

#endif
