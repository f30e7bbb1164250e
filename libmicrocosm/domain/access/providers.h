/* Who a visitor is: the app's ways to find out. */
#ifndef MC_ACCESS_PROVIDERS_H
#define MC_ACCESS_PROVIDERS_H

#include "tokens.h"

#define MC__SCHEME_BEARER "bearer" /* what access tokens are */

typedef struct mc__auth_providers mc__auth_providers;
int mc__auth_providers_new(mc__auth_providers **out);
void mc__auth_providers_free(mc__auth_providers *providers); /* NULL is allowed */

typedef struct mc__identified_user {
    int64_t user_id;
    const char *profile_name; /* wish for the first visit, or "" */
    int64_t valid_s;
} mc__identified_user;

/* Begins the search for visit->token, unless there is none or others are asked about it first. */
void mc__auth_prepare(mc__token_search *search, mc__batch *batch, mc_session *session,
                      const mc_visit *visit);
/*
 * The user who shows visit->token on the session's site, by the app's providers and the access
 * tokens. Nobody: MC_EUNAUTHENTICATED. Calls hosts, so no connection may be held for it.
 */
int mc__auth_identify(mc__identified_user *out, mc_session *session, const mc_visit *visit,
                      const mc__token_search *search, const mc__batch *batch);

#endif
