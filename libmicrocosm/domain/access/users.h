/* Users (one e-mail address each, for all sites) and the profiles that they get on first
 * visibility. */
#ifndef MC_ACCESS_USERS_H
#define MC_ACCESS_USERS_H

#include <microcosm.h>

/* User by e-mail, made if there is none. */
int mc__user_find_or_make(int64_t *user_id, mc_session *session, const char *email);
/* Profile of a user on the session's site, made if there is none; with the name wished, if it is
 * valid and free. wish may be NULL or "". */
int mc__profile_find_or_make(int64_t *profile_id, mc_session *session, int64_t user_id,
                             const char *wish);

#endif
