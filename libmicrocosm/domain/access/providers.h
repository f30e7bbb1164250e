/* Identifies visitors by the app's providers and access tokens. */
#ifndef MC_ACCESS_PROVIDERS_H
#define MC_ACCESS_PROVIDERS_H

#include "tokens.h"

#define MC__SCHEME_BEARER "bearer" /* the scheme of access tokens */

typedef struct mc__auth_providers mc__auth_providers;
int mc__auth_providers_new(mc__auth_providers **out);
void mc__auth_providers_free(mc__auth_providers *providers); /* NULL is allowed */

typedef struct mc__identified_user {
    int64_t user_id;
    const char *profile_name; /* preferred name for a new profile, or "" */
    int64_t valid_s;
    mc__token_entry *token; /* if it was an access token: the caller's to release */
} mc__identified_user;

/* Adds the search for visit->token to a batch, unless there is no token or other providers are
 * asked first. */
void mc__auth_prepare(mc__token_search *search, mc__batch *batch, mc_session *session,
                      const mc_visit *visit);
/*
 * Finds the user of visit->token on the session's site, by the app's providers and the access
 * tokens. MC_EUNAUTHENTICATED if there is none. Calls the host's functions, so the session must
 * hold no connection.
 */
int mc__auth_identify(mc__identified_user *out, mc_session *session, const mc_visit *visit,
                      mc__token_search *search, const mc__batch *batch);

/* Providers with begin() and end(): the one with a name, and all, by number; NULL: there is none.
 */
const mc_auth_provider *mc__auth_flow_find(mc_app *app, const char *name);
const mc_auth_provider *mc__auth_flow_at(mc_app *app, size_t number);
/* Ask one. The session must hold no connection. The results are texts of its scratch memory. */
int mc__auth_flow_begin(const char **url, mc_session *session, const mc_auth_provider *provider,
                        const mc_auth_flow *flow);
int mc__auth_flow_end(const char **email, const char **profile_name, mc_session *session,
                      const mc_auth_provider *provider, const mc_auth_flow *flow);

#endif
