/*
 * What a sign-in through a provider must not be without, all made from one random text that only
 * the browser has, in a cookie: so nothing is stored here meanwhile, and what comes back counts
 * only in the browser that was sent away.
 */
#ifndef MC_FEDERATION_SECRETS_H
#define MC_FEDERATION_SECRETS_H

#include "../base/handles.h"

typedef struct mc__sign_in_secrets {
    const char *cookie;               /* the random text, when it ends, and the path */
    const char *path;                 /* where to go then */
    const char *state, *nonce;        /* for the provider to give back */
    const char *verifier, *challenge; /* of PKCE (RFC 7636), by S256 */
} mc__sign_in_secrets;

/* path: checked. MC_ENOMEM. */
int mc__sign_in_secrets_make(mc__sign_in_secrets *out, mc_session *session, const char *provider,
                             const char *path);
/* From a cookie, for the same provider and site. MC_EFORBIDDEN: it is none, has ended, or state
 * isn't its. */
int mc__sign_in_secrets_read(mc__sign_in_secrets *out, mc_session *session, const char *provider,
                             const char *cookie, const char *state);

#endif
