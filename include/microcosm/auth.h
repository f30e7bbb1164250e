/**
 * Who a visitor is: a host's own sign-in, and the built-in access tokens.
 *
 * A program with users of its own has three ways to let them act. Which to use when:
 *
 *     mc_session_act_as()        the host knows the profile's id, such as from an earlier visit
 *     mc_session_act_as_user()   the host has signed the person in and knows the e-mail address
 *     mc_auth_provider           a visitor shows a cookie or token of the host's, which the host
 * must look up; also where a server on top of this library makes the sessions, instead of the host
 *
 * In all three the host's user is the forum's user: no second sign-in, and no token in the
 * database.
 */
#ifndef MICROCOSM_AUTH_H
#define MICROCOSM_AUTH_H

#include <microcosm/common.h>
#include <microcosm/session.h>

#ifdef __cplusplus
extern "C" {
#endif

/** The credentials of a visitor. Owned by the library; valid during the call only. */
typedef struct mc_credentials {
    size_t size;          /**< Bytes of this struct; later versions append members. */
    const char *scheme;   /**< Kind of token: "bearer", or what mc_visit.scheme says. */
    const char *token;    /**< As received, unchecked; never NULL, may be "". */
    int64_t site_id;      /**< The site that is entered. */
    const char *site_key; /**< Its key, such as "demo". */
    const char *address;  /**< IP address that the visit comes from, or "". */
} mc_credentials;

/** A provider's answer. Owned by the library; valid during the call only. */
typedef struct mc_identity mc_identity;

/** Longest time for which mc_identity_accept() lets the library cache an answer: a day in seconds.
 */
#define MC_IDENTITY_VALID_MAX 86400

/**
 * Say whose credentials they are: those of the user with this e-mail address. The user is made on
 * the first visit, and the profile on the first visit to each site. Call it once, inside
 * identify().
 *
 * @param email         must be verified by the host, since it identifies the user
 * @param profile_name  preferred name of the profile, used on the first visit to a site only. It is
 *                      cleaned; if it is invalid (2 to 25 characters) or taken, the profile gets
 * its default name. NULL: none
 * @param valid_s       for how many seconds the library may use this answer for the same
 * credentials on the same site, up to MC_IDENTITY_VALID_MAX; 0: ask each time. Answers are in the
 * app's cache: they may be evicted sooner, and without a cache (mc_app_options.cache_size) the
 * provider is asked each time
 * @return 0, MC_EINVAL (no e-mail address, valid_s), MC_ESTATE (called before), MC_ENOMEM. After a
 *         failure identify() can't accept any more; it may return the code as it is
 */
MC_API int mc_identity_accept(mc_identity *identity, const char *email, const char *profile_name,
                              int64_t valid_s);

/** A sign-in for which a browser is sent to a service and back. Owned by the library; valid during
 * the call only. */
typedef struct mc_auth_flow {
    size_t size;              /**< Bytes of this struct; later versions append members. */
    int64_t site_id;          /**< The site that is signed in to. */
    const char *site_key;     /**< Its key, such as "demo". */
    const char *redirect_uri; /**< Where the service must send the browser back to. */
    const char *state;        /**< For the service to send back as "state". The library checks it:
                                   end() is called in the browser that has begun only. */
    const char *nonce;        /**< Random; the same at the end. For what the service signs. */
    const char *challenge;    /**< Of PKCE (RFC 7636, S256), for the address. */
    const char *verifier; /**< The other half, for the exchange of the code; "" at the beginning,
                               as it must be in no address. */
    const char *code;     /**< What has come back as "code", unchecked; "" at the beginning. */
    const char *issuer;   /**< What has come back as "iss" (RFC 9207), unchecked; or "". */
} mc_auth_flow;

/** Where a browser is sent. Owned by the library; valid during the call only. */
typedef struct mc_auth_redirect mc_auth_redirect;

/**
 * Say where the browser goes. Call it once, inside begin().
 * @param url  https; http for this machine only (127.0.0.1, [::1], localhost); copied
 * @return 0, MC_EINVAL (no such address), MC_ESTATE (called before), MC_ENOMEM. After a failure
 *         begin() can't say it any more; it may return the code as it is
 */
MC_API int mc_auth_redirect_to(mc_auth_redirect *redirect, const char *url);

/**
 * Finds out who a visitor is, for example in a host's own users table or by a service of its own.
 * Begin with MC_AUTH_PROVIDER_INIT. It needs identify(), or begin() and end(), or all three.
 *
 * identify() is called by mc_session_enter(), on its thread, for each visit that shows a token,
 * while the library holds no lock and no connection to the database (except that of a transaction
 * that the session is in). Several threads may call it at once. It may make and use other sessions
 * of the same app; calls with the session that asks return MC_ESTATE. It may take long: only this
 * visit waits. It must not raise an exception or jump through the library.
 *
 * It returns
 *         0                    mc_identity_accept() has succeeded
 *         MC_ENOTFOUND         not this provider's: the next one is asked, last the access tokens
 *         MC_EUNAUTHENTICATED  refused: this provider's, but unknown, expired or forged
 *         MC_EFORBIDDEN, MC_EBANNED, MC_EUNAVAILABLE, MC_EBUSY, MC_ENOMEM, MC_ESYSTEM
 *                              no answer: mc_session_enter() returns the same
 * Anything else, or 0 without a call of mc_identity_accept(), is an error of the provider: it is
 * logged, and mc_session_enter() returns MC_ESYSTEM.
 *
 * begin() and end() are for a service that people sign in at, with a page of its own. The provider
 * is one of those of sign_in_providers.h then, on all sites: mc_sign_in_choices_list() has it, and
 * mc_sign_in_begin() calls begin(), mc_sign_in_end() calls end(), each as identify() is called,
 * four at a time; both may ask the service. Where a site has a provider with the same name, this
 * one counts. begin() sends the browser away with mc_auth_redirect_to(). end() has what has come
 * back; state is right, and a refusal (the parameter "error") was told without it. It finds out who
 * has come, and says so by mc_identity_accept(), with valid_s 0. Who has that address, in this
 * spelling but for case, is the user, or becomes one; a second factor is asked for then, of who has
 * one. They return 0                    the redirect was set, or the identity accepted
 *         MC_EUNAUTHENTICATED, MC_EFORBIDDEN
 *                              refused: what has come back proves nothing
 *         MC_EUNAVAILABLE      the service can't be asked
 *         MC_EBANNED, MC_EBUSY, MC_ENOMEM, MC_ESYSTEM
 *                              no answer: the call returns the same
 * All else is MC_ESYSTEM, as above.
 */
typedef struct mc_auth_provider {
    size_t size;      /**< Set by the initialiser. */
    const char *name; /**< For logs and messages, such as "host"; copied. With begin() it is part of
                         addresses: 1 to 50 letters a to z and digits. */
    /** Finds out whose credentials they are; see above. May be NULL, if there is begin(). */
    int (*identify)(void *data, const mc_credentials *credentials, mc_identity *identity);
    /** Called once with data: by mc_app_free(), or when registering fails. May be NULL. */
    void (*free)(void *data);
    void *data;        /**< Passed to all of them; not used by the library. */
    const char *title; /**< With begin(): for people, at most 100 bytes; copied. NULL: the name. */
    /** Sends a browser to sign in; see above. May be NULL, as end(). */
    int (*begin)(void *data, const mc_auth_flow *flow, mc_auth_redirect *redirect);
    /** Finds out who has come back; see above. */
    int (*end)(void *data, const mc_auth_flow *flow, mc_identity *identity);
} mc_auth_provider;

#define MC_AUTH_PROVIDER_INIT                                                                      \
    {                                                                                              \
        sizeof(mc_auth_provider), NULL, NULL, NULL, NULL, NULL, NULL, NULL                         \
    }

/**
 * Register a provider with an app, for all of its sites. Providers are asked in the order in which
 * they were registered. They stay until mc_app_free(). May be called at any time and from any
 * thread; a visit that has begun already may not see the new provider.
 *
 * @param provider  copied
 * @param error     may be NULL; set to NULL on success; free with mc_failure_free()
 * @return 0, MC_EINVAL (the name or title, no function, only one of begin and end, members that
 *         this library doesn't know), MC_ECONFLICT (another one with begin has the name), MC_ESTATE
 * (forked), MC_ENOMEM; on failure provider->free has been called
 */
MC_API int mc_app_add_auth_provider(mc_app *app, const mc_auth_provider *provider,
                                    mc_failure **error);

/**
 * Drop all cached answers of providers (valid_s), so that the next visit with each token is asked
 * about again. Call it when a user of the host's has signed out or was locked. From any thread.
 */
MC_API void mc_app_forget_identities(mc_app *app);

/**
 * What a token lets whoever shows it do. Each scope includes those with smaller numbers; none of
 * them gives more than the token's owner has.
 */
typedef enum mc_scope {
    MC_SCOPE_FULL = 0,     /**< "full": all that its owner may do. Tokens of a sign-in have it. */
    MC_SCOPE_READ = 1,     /**< "read": read what its owner may read as a plain member. */
    MC_SCOPE_WRITE = 2,    /**< "write": also write, as a plain member. */
    MC_SCOPE_MODERATE = 3, /**< "moderate": also use rights of moderators and of owners of
                                microcosms. */
    MC_SCOPE_ADMIN = 4     /**< "admin": also use those of the owner of a site. What is left out is
                                all that makes or changes ways to sign in. */
} mc_scope;

/** Bytes that mc_token_create() writes, the final NUL included. */
#define MC_TOKEN_SIZE 129

/**
 * Make an access token for the user with an e-mail address; the user is made if there is none,
 * and so is the profile on the session's site. Only its SHA-256 is stored. For operators and
 * hosts: checks no permission. The token is valid on every site, with mc_visit.scheme "bearer".
 *
 * @param[out] token  128 random letters and digits and a NUL
 * @param days        lifetime in days, 1 to 3650
 * @return 0, MC_EINVAL, MC_ESTATE (no site entered), MC_EBANNED (a banned address),
 * MC_EUNAVAILABLE,
 *         ...
 */
MC_API int mc_token_create(char token[MC_TOKEN_SIZE], mc_session *session, const char *email,
                           int64_t days);

/** End a token at once. @return 0, MC_ENOTFOUND */
MC_API int mc_token_revoke(mc_session *session, const char *token);
/** The same for the token with an id. @return 0, MC_EINVAL (id not positive), MC_ENOTFOUND */
MC_API int mc_token_revoke_id(mc_session *session, int64_t token_id);

/** An access token, without its text, which nobody has but its owner. */
typedef struct mc_token {
    const mc_type *type;
    int64_t id;           /**< For mc_token_revoke_id(). */
    int64_t user_id;      /**< Whose it is. */
    const char *email;    /**< The user's address, in lists for operators; else "". */
    mc_time created;      /**< When it was made. */
    mc_time expires;      /**< When it ends, or has ended. */
    const char *name;     /**< What its owner calls it, HTML-escaped; "" for that of a sign-in. */
    const char *scope;    /**< Name of its mc_scope: "full", "read", ... */
    mc_int64s microcosms; /**< The only ones that it reaches, with what is below; none: all. */
    mc_strings networks;  /**< The only ones that it may be used from; none: all. */
    mc_time last_used;    /**< When it was last used, to the minute; none: never. */
    const char *access_token; /**< Its text, only where it was made just now; else "". */
} mc_token;

/** Some tokens. */
typedef struct mc_token_list {
    const mc_type *type;
    mc_list tokens; /**< mc_token, by id. */
    bool more;      /**< Whether there are more: go on after the last id. */
} mc_token_list;

/**
 * The access tokens, of one user or of all. For operators: checks no permission and needs no site
 * entered.
 *
 * @param email  address of the user; NULL: all users
 * @param after  id of the last token that is known; 0: from the beginning
 * @param limit  most tokens to return, 1 to 1000; 0: 100
 * @return 0, MC_EINVAL, MC_EUNAVAILABLE, ...
 */
MC_API int mc_tokens_list(mc_token_list **out, mc_session *session, const char *email,
                          int64_t after, int64_t limit);

/** A user: an account for all sites. */
typedef struct mc_user {
    const mc_type *type;
    int64_t id;        /**< The same on all sites. */
    const char *email; /**< As it was first given. */
    mc_time created;   /**< When it was made. */
    mc_time confirmed; /**< When a code that was sent to the address was used; none: never. */
} mc_user;

/** Some users. */
typedef struct mc_user_list {
    const mc_type *type;
    mc_list users; /**< mc_user, by id. */
    bool more;     /**< Whether there are more: go on after the last id. */
} mc_user_list;

/**
 * All users. For operators: checks no permission and needs no site entered.
 *
 * @param after  id of the last user that is known; 0: from the beginning
 * @param limit  most users to return, 1 to 1000; 0: 100
 * @return 0, MC_EINVAL, MC_EUNAVAILABLE, ...
 */
MC_API int mc_users_list(mc_user_list **out, mc_session *session, int64_t after, int64_t limit);

#ifdef __cplusplus
}
#endif
#endif
