/**
 * Signing in through other services: by OpenID Connect, or by OAuth 2 (docs/http/providers.md).
 *
 * A site has any number of such providers. A provider decides who somebody is, and users are of all
 * sites, so only operators and the owner of the root site set them.
 */
#ifndef MICROCOSM_SIGN_IN_PROVIDERS_H
#define MICROCOSM_SIGN_IN_PROVIDERS_H

#include <microcosm/clients.h>

#ifdef __cplusplus
extern "C" {
#endif

/** A provider, without its secret, which nobody is shown. */
typedef struct mc_sign_in_provider {
    const mc_type *type;
    const char *name;      /**< Letters a to z and digits: part of addresses. */
    const char *kind;      /**< "oidc" or "oauth2". */
    const char *title;     /**< For people, HTML-escaped. */
    const char *issuer;    /**< Of OpenID Connect its issuer; of others user_url. */
    const char *client_id; /**< The site's id there. */
    bool has_secret;       /**< Whether there is a secret; without one the client is public. */
    const char *scopes;    /**< What is asked for, with spaces between. */
    const char *authorize_url, *token_url, *user_url, *emails_url; /**< Of OAuth 2; else "". */
    const char *subject_key, *email_key, *verified_key, *name_key; /**< The same. */
    bool links;     /**< Whether who is new there comes in as the user with the same address. */
    bool registers; /**< Whether who has no user here becomes one. */
} mc_sign_in_provider;

/** All providers of a site. */
typedef struct mc_sign_in_provider_list {
    const mc_type *type;
    mc_list providers; /**< mc_sign_in_provider, by name. */
} mc_sign_in_provider_list;

/** Input for a provider. Begin with MC_SIGN_IN_PROVIDER_EDIT_INIT. Addresses are https; http is
 * taken for this machine only (127.0.0.1, [::1], localhost). */
typedef struct mc_sign_in_provider_edit {
    size_t size;           /**< Set by the initialiser. */
    const char *kind;      /**< Required: "oidc", "oauth2", "github" or "discord". The last two
                              are OAuth 2 with what these need, where nothing else is set. */
    const char *title;     /**< At most 100 characters. NULL: the name. */
    const char *issuer;    /**< Required for "oidc": its issuer, exactly as it calls itself; at most
                              2,000 characters. */
    const char *client_id; /**< Required, at most 500 characters. */
    const char *client_secret; /**< At most 2,000 characters; "": none. NULL: as it is, unless
                                  issuer or token_url change. */
    const char *scopes; /**< At most 500 characters. NULL: "openid email profile" for "oidc". */
    const char *authorize_url; /**< Where the browser goes, at most 2,000 characters. Required for
                                  "oauth2". */
    const char *token_url; /**< Where a code is exchanged, at most 2,000 characters. Required for
                              "oauth2". */
    const char *
        user_url; /**< Who somebody is, as JSON, at most 2,000 characters. Required for "oauth2". */
    const char *emails_url;   /**< A list of objects with email, primary and verified, if the
                                 address isn't at user_url; at most 2,000 characters. */
    const char *subject_key;  /**< Member that tells users apart, and never changes: "id"; at most
                                 100 characters. */
    const char *email_key;    /**< Member with the address: "email"; at most 100 characters. */
    const char *verified_key; /**< Member that is true if the address was verified: none, which
                                 refuses all that have no emails_url; at most 100 characters. */
    const char
        *name_key;       /**< Member with a name for the profile: "name"; at most 100 characters. */
    mc_choice links;     /**< As in mc_sign_in_provider. Unset: MC_YES. */
    mc_choice registers; /**< The same. Unset: MC_YES. */
} mc_sign_in_provider_edit;

#define MC_SIGN_IN_PROVIDER_EDIT_INIT                                                              \
    {                                                                                              \
        sizeof(mc_sign_in_provider_edit), NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL,    \
            NULL, NULL, NULL, NULL, NULL, MC_UNSET, MC_UNSET                                       \
    }

/** The providers of the session's site. For operators and hosts: checks no permission.
 * @return 0, MC_ESTATE (no site entered), ... */
MC_API int mc_sign_in_providers_list(mc_sign_in_provider_list **out, mc_session *session);
/**
 * Set a provider of the session's site, or make it; a site has at most 50. For operators and hosts:
 * checks no permission.
 * @param name  1 to 50 letters a to z and digits
 * @return 0, MC_EINVAL, MC_ECONFLICT (too many), ...
 */
MC_API int mc_sign_in_provider_set(mc_session *session, const char *name,
                                   const mc_sign_in_provider_edit *edit);
/** The same from a JSON body. @return as mc_sign_in_provider_set() */
MC_API int mc_sign_in_provider_set_body(mc_session *session, const char *name, mc_format format,
                                        const char *body, size_t length);
/** Remove a provider of the session's site. Who has come through it keeps the user. For operators
 * and hosts: checks no permission. @return 0, MC_ENOTFOUND, ... */
MC_API int mc_sign_in_provider_remove(mc_session *session, const char *name);

/** The providers of any site, for the owner of the root site, on it.
 * @return 0, MC_EFORBIDDEN (anybody else), MC_ENOTFOUND, ... */
MC_API int mc_site_providers_list(mc_sign_in_provider_list **out, mc_session *session,
                                  int64_t site_id);
/** Set a provider of any site, or make it, for the owner of the root site, on it.
 * @return as mc_sign_in_provider_set(); MC_EFORBIDDEN (also a token with a scope; or, with
 * mc_failure.reason 26, the second factor must be shown anew), MC_ENOTFOUND (no such site) */
MC_API int mc_site_provider_set(mc_session *session, int64_t site_id, const char *name,
                                const mc_sign_in_provider_edit *edit);
/** The same from a request's body. @return as mc_site_provider_set() */
MC_API int mc_site_provider_set_body(mc_session *session, int64_t site_id, const char *name,
                                     mc_format format, const char *body, size_t length);
/** Remove a provider of any site, for the owner of the root site, on it.
 * @return 0, MC_EFORBIDDEN (as mc_site_provider_set()), MC_ENOTFOUND, ... */
MC_API int mc_site_provider_remove(mc_session *session, int64_t site_id, const char *name);

/** A way to sign in through another service, for whoever is to choose. */
typedef struct mc_sign_in_choice {
    const mc_type *type;
    const char *name;  /**< That of the provider. */
    const char *title; /**< For people, HTML-escaped. */
    const char *href;  /**< Where a browser begins. */
} mc_sign_in_choice;

/** All ways of a site. */
typedef struct mc_sign_in_choice_list {
    const mc_type *type;
    mc_list providers; /**< mc_sign_in_choice, by name. */
} mc_sign_in_choice_list;

/** The ways of the session's site, for everybody. @return 0, MC_ESTATE (no site entered), ... */
MC_API int mc_sign_in_choices_list(mc_sign_in_choice_list **out, mc_session *session);

/** For how many seconds a sign-in that was begun can be ended. */
#define MC_SIGN_IN_SECONDS 600

/** A sign-in that was begun. */
typedef struct mc_sign_in_start {
    const mc_type *type;
    const char *url;    /**< Where to send the browser. */
    const char *secret; /**< For this browser alone, in a cookie that scripts can't read, until it
                           comes back; at most 3,000 bytes. With HTTPS (mc_session_is_secure()) its
                           name should begin with __Host-, so that no other site below the domain
                           can set it. Whoever has it could end the sign-in. */
} mc_sign_in_start;

/**
 * Begin to sign in through a provider of the session's site. It may be asked for its description,
 * which then is kept for ten minutes, so this may take some five seconds. Writes nothing.
 * @param path  as for mc_sign_in_code_create()
 * @return 0, MC_EINVAL (path), MC_ENOTFOUND (no such provider), MC_EREMOTE (it isn't there, or says
 *         what is wrong), MC_EBUSY (too many wait for it), MC_ESTATE (in a transaction), ...
 */
MC_API int mc_sign_in_begin(mc_sign_in_start **out, mc_session *session, const char *name,
                            const char *path);

/** What a browser has brought back from a provider. Begin with MC_SIGN_IN_RETURN_INIT. NULL: it has
 * not. */
typedef struct mc_sign_in_return {
    size_t size;        /**< Set by the initialiser. */
    const char *secret; /**< mc_sign_in_start.secret, from the cookie. */
    const char *state;  /**< From the query. */
    const char *code;   /**< From the query. */
    const char *issuer; /**< "iss" in the query. */
    const char *error;  /**< From the query. */
} mc_sign_in_return;

#define MC_SIGN_IN_RETURN_INIT                                                                     \
    {                                                                                              \
        sizeof(mc_sign_in_return), NULL, NULL, NULL, NULL, NULL                                    \
    }

/**
 * End a sign-in: asks the provider who has come, which may take some ten seconds, and makes a code
 * for the user. Who has a second factor must show that too, whatever the provider has asked for:
 * mc_sign_in_code.needs_factor.
 *
 * The user is the one who has come as the same person of the provider before. Else, if the provider
 * says that it has verified the e-mail address: the one with exactly that address (but for case),
 * if the provider links; or a new one, if there is none and the provider registers.
 * @return 0, MC_ENOTFOUND (no such provider), MC_EFORBIDDEN (begun elsewhere or too long ago,
 *         refused there, an answer that proves nothing, an address that isn't verified, or rules),
 *         MC_EREMOTE, MC_EBUSY, MC_EBANNED, MC_ESTATE (in a transaction), ...
 */
MC_API int mc_sign_in_end(mc_sign_in_code **out, mc_session *session, const char *name,
                          const mc_sign_in_return *back);

#ifdef __cplusplus
}
#endif
#endif
