/**
 * Client programs that people sign in with on a page of the site's own, and the codes that they get
 * for it (docs/http/sign-in.md#for-clients-of-auth0).
 *
 * Whoever has signed in gets a code, and is sent with it to the path /auth0login/ of the site. The
 * client there exchanges it for an access token. So clients that were made for Auth0 need no
 * change.
 */
#ifndef MICROCOSM_CLIENTS_H
#define MICROCOSM_CLIENTS_H

#include <microcosm/sign_in.h>

#ifdef __cplusplus
extern "C" {
#endif

/** A client program, for all sites. */
typedef struct mc_client {
    const mc_type *type;
    int64_t id;       /**< For mc_client_delete(). */
    const char *name; /**< For people, HTML-escaped. */
    mc_time created;  /**< When it was made. */
    const char
        *secret; /**< Only where it was made just now; else "". Only its SHA-256 is stored. */
} mc_client;

/** Some clients. */
typedef struct mc_client_list {
    const mc_type *type;
    mc_list clients; /**< mc_client, by id. */
    bool more;       /**< Whether there are more: go on after the last id. */
} mc_client_list;

/**
 * Make a client. For operators: checks no permission and needs no site entered.
 * @param[out] out  the client with its secret, which isn't shown again
 * @param name      1 to 100 characters
 * @return 0, MC_EINVAL, MC_EUNAVAILABLE, ...
 */
MC_API int mc_client_create(mc_client **out, mc_session *session, const char *name);

/**
 * All clients. For operators: checks no permission and needs no site entered.
 * @param after  id of the last client that is known; 0: from the beginning
 * @param limit  most clients to return, 1 to 1000; 0: 100
 * @return 0, MC_EINVAL, MC_EUNAVAILABLE, ...
 */
MC_API int mc_clients_list(mc_client_list **out, mc_session *session, int64_t after, int64_t limit);

/** End a client: its secret exchanges no more codes. For operators. @return 0, MC_EINVAL (id not
 * positive), MC_ENOTFOUND, ... */
MC_API int mc_client_delete(mc_session *session, int64_t client_id);

/** For how many seconds a code can be exchanged. */
#define MC_SIGN_IN_CODE_SECONDS 120

/** For how many seconds a code can be made good that needs a second factor. */
#define MC_PENDING_CODE_SECONDS 600

/** A code for somebody who has just signed in. */
typedef struct mc_sign_in_code {
    const mc_type *type;
    const char *code; /**< Good once, on this site, for MC_SIGN_IN_CODE_SECONDS. */
    const char *url;  /**< Where to send the browser: the site's /auth0login/, with the code and the
                         path; "" if a second factor is needed. */
    const char *path; /**< Where the browser goes then. */
    bool needs_factor; /**< The user has a second factor: the code is good for nothing but
                            mc_sign_in_code_prove(), for MC_PENDING_CODE_SECONDS. */
} mc_sign_in_code;

/**
 * Exchange the access token of a sign-in, however that was made, for a code. The token ends.
 * @param token  one that a sign-in on the session's site has made, with the scope "full"
 * @param path   where the browser goes then, on the site: begins with one "/", has at most 2,000
 *               bytes, and neither a backslash nor control characters. NULL or "": "/"
 * @return 0, MC_EINVAL (path), MC_EUNAUTHENTICATED (no such token), ...
 */
MC_API int mc_sign_in_code_create(mc_sign_in_code **out, mc_session *session, const char *token,
                                  const char *path);

/**
 * Sign in as by mc_account_sign_in(), for a code instead of a token. If all is right but that the
 * second factor is missing, the code needs it.
 * @param path  as for mc_sign_in_code_create()
 * @return 0, MC_EINVAL (path), or as mc_account_sign_in()
 */
MC_API int mc_sign_in_code_begin(mc_sign_in_code **out, mc_session *session,
                                 const mc_sign_in_edit *edit, const char *path);
/** The same from a request's body. @return as mc_sign_in_code_begin() */
MC_API int mc_sign_in_code_begin_body(mc_sign_in_code **out, mc_session *session, mc_format format,
                                      const char *body, size_t length, const char *path);

/**
 * Show the second factor for a code that needs it, of mc_sign_in_code_begin() or mc_sign_in_end().
 * Attempts are counted as in all sign-ins; a wrong one leaves the code.
 * @param code    mc_sign_in_code.code
 * @param factor  a code of the second factor, or a recovery code
 * @param path    as for mc_sign_in_code_create()
 * @return 0, MC_EINVAL (path), MC_EUNAUTHENTICATED (no such code; or, with mc_failure.reason 25,
 *         factor is wrong), MC_ELIMIT, ...
 */
MC_API int mc_sign_in_code_prove(mc_sign_in_code **out, mc_session *session, const char *code,
                                 const char *factor, const char *path);

/** Input for the exchange of a code. Begin with MC_CODE_EXCHANGE_INIT. */
typedef struct mc_code_exchange {
    size_t size;               /**< Set by the initialiser. */
    const char *code;          /**< Required. */
    const char *client_secret; /**< Required: the secret of a client. */
    const char *state;         /**< Clients of Auth0 send it. Ignored. */
} mc_code_exchange;

#define MC_CODE_EXCHANGE_INIT                                                                      \
    {                                                                                              \
        sizeof(mc_code_exchange), NULL, NULL, NULL                                                 \
    }

/**
 * Exchange a code for an access token. A wrong secret leaves the code as it is.
 * @param[out] out  a new access token with its text, the scope "full", for 365 days
 * @return 0, MC_EINVAL, MC_EFORBIDDEN (the secret is no client's), MC_EUNAUTHENTICATED (the code is
 *         unknown, of another site, used or too old), ...
 */
MC_API int mc_sign_in_code_exchange(mc_token **out, mc_session *session,
                                    const mc_code_exchange *exchange);
/** The same from a request's body. @return as mc_sign_in_code_exchange() */
MC_API int mc_sign_in_code_exchange_body(mc_token **out, mc_session *session, mc_format format,
                                         const char *body, size_t length);

#ifdef __cplusplus
}
#endif
#endif
