/* Profiles as they are shown alone. */
#ifndef MC_PEOPLE_PROFILE_READING_H
#define MC_PEOPLE_PROFILE_READING_H

#include <microcosm.h>

/* Fills the list with the profiles of users on the session's site, in the order of their canonical
 * addresses, without e-mail addresses and permissions. */
int mc__profiles_of_users(mc_profile_list *out, mc_session *session, mc_strings canonical_emails);

#endif
