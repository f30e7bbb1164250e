/* A sign-in through a provider, for the kinds of them. */
#ifndef MC_FEDERATION_FLOW_H
#define MC_FEDERATION_FLOW_H

#include "secrets.h"
#include "record/json_tree.h"

/* A provider's settings, with its secret. */
typedef struct mc__provider {
    const char *name, *title, *kind, *issuer, *client_id, *client_secret, *scopes;
    const char *authorize_url, *token_url, *user_url, *emails_url;
    const char *subject_key, *email_key, *verified_key, *name_key;
    bool links, registers;
} mc__provider;

typedef struct mc__flow {
    mc_session *session;
    const mc_auth_provider *host; /* one of the host's, or NULL */
    mc__provider provider;
    mc__sign_in_secrets secrets;
    const char *redirect_uri;
    const mc_sign_in_return *back; /* at its end */
    int64_t until_ms;              /* for all requests */
} mc__flow;

/* Who has come, as the provider says; texts of the session's scratch memory. */
typedef struct mc__arrival {
    const char *subject; /* never changes; at most 255 bytes; "": the address is what tells */
    const char *email;   /* "" if there is none */
    const char *name;    /* for a profile, or "" */
    bool is_verified;    /* the address */
} mc__arrival;

/* One for each kind of provider, in a file of its own. */
typedef struct mc__provider_kind {
    const char *name;
    /* Sets where the browser goes. */
    int (*begin)(const char **url, mc__flow *flow);
    /* Finds out who has come with flow->back->code. */
    int (*end)(mc__arrival *out, mc__flow *flow);
} mc__provider_kind;

extern const mc__provider_kind mc__oidc_kind, mc__oauth2_kind, mc__host_kind;

/* What the kinds that are asked by the library have in common: requests.c */

/* The address that the browser goes to, with what every provider needs. */
const char *mc__flow_authorize(mc__flow *flow, const char *url, bool has_nonce);
/* Exchanges the code at an address. in_body: the secret is sent in the form. */
int mc__flow_token(mc__json **out, mc__flow *flow, const char *url, bool in_body);
/* A JSON object about who has come. token: the access token. */
int mc__flow_user(mc__json **out, mc__flow *flow, const char *url, const char *token);
/* "Authorization: Bearer TOKEN", or NULL if that can't be one. */
const char *mc__flow_bearer(mc__flow *flow, const char *token);
/* Fails with MC_EFORBIDDEN. */
int mc__flow_refuse(mc__flow *flow, const char *why);

#endif
