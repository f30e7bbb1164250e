/* Users (one e-mail address each, for all sites) and the profile that a user gets at the first
 * visit to a site. */
#ifndef MC_ACCESS_USERS_H
#define MC_ACCESS_USERS_H

#include <microcosm.h>

/* MC_EBANNED if the session's site bans an address. */
int mc__user_check_email(mc_session *session, const char *email);
/* Finds a user by e-mail address, or makes it, unless the session's site bans the address. */
int mc__user_find_or_make(int64_t *user_id, mc_session *session, const char *email);
/* The same for somebody who comes by themselves: the spam check (spam.h) is asked about who is new.
 * May take some seconds. */
int mc__user_admit(int64_t *user_id, mc_session *session, const char *email);
/* Finds a user's profile on the session's site, or makes it, with the preferred name if that is
 * valid and free. wish may be NULL or "". */
int mc__profile_find_or_make(int64_t *profile_id, mc_session *session, int64_t user_id,
                             const char *wish);

#endif
