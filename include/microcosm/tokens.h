/**
 * Access tokens as their owners see them (docs/http/tokens.md): those of sign-ins, and those that
 * people make themselves, for a program, with a scope. auth.h has what operators do with tokens.
 *
 * All of these calls are for members. Only who has signed in, or acts through the host, makes,
 * lists and revokes tokens: a token with a scope is refused with MC_EFORBIDDEN.
 */
#ifndef MICROCOSM_TOKENS_H
#define MICROCOSM_TOKENS_H

#include <microcosm/auth.h>
#include <microcosm/users.h>

#ifdef __cplusplus
extern "C" {
#endif

/** Input for a token that somebody makes. Begin with MC_TOKEN_EDIT_INIT. */
typedef struct mc_token_edit {
    size_t size;         /**< Set by the initialiser. */
    const char *name;    /**< What to call it: required, at most 100 characters. */
    const char *scope;   /**< Required: "read", "write", "moderate" or "admin" (mc_scope). */
    mc_maybe_int64 days; /**< Lifetime, 1 to 3650; without: 365. */
    /**
     * Ids of microcosms of the site: the token reaches these and what is below them, and else only
     * what guests may read of the site and of people. At most 100, and not with the scope "admin".
     * None: no such limit.
     */
    mc_int64s microcosms;
    /**
     * From where it may be used: addresses such as "192.0.2.7" or "2001:db8::1", or networks such
     * as "192.0.2.0/24". At most 20. None: from everywhere.
     */
    mc_strings networks;
} mc_token_edit;

#define MC_TOKEN_EDIT_INIT                                                                         \
    {                                                                                              \
        sizeof(mc_token_edit), NULL, NULL, {false, 0}, {NULL, 0},                                  \
        {                                                                                          \
            NULL, 0                                                                                \
        }                                                                                          \
    }

/**
 * A page of the actor's tokens that haven't ended, newest first. Of more than 1,000 the newest are
 * looked at.
 * @return 0, MC_EINVAL (page), MC_EFORBIDDEN
 */
MC_API int mc_tokens_list_own(mc_collection **out, mc_session *session,
                              const mc_page_options *page);
/** One of them. @return 0, MC_EINVAL (id not positive), MC_EFORBIDDEN, MC_ENOTFOUND */
MC_API int mc_own_token_find(mc_token **out, mc_session *session, int64_t token_id);
/**
 * Make a token for the actor.
 * @param[out] out the token with its text, mc_token.access_token, which is nowhere else
 * @return 0, MC_EINVAL, MC_EFORBIDDEN, MC_ECONFLICT (100 have been made already)
 */
MC_API int mc_own_token_create(mc_token **out, mc_session *session, const mc_token_edit *edit);
/** The same from a request's body. @return as mc_own_token_create() */
MC_API int mc_own_token_create_body(mc_token **out, mc_session *session, mc_format format,
                                    const char *body, size_t length);
/** End one of the actor's tokens at once. @return as mc_own_token_find() */
MC_API int mc_own_token_revoke(mc_session *session, int64_t token_id);
/** End all of the actor's tokens at once, also the one in use. @return 0, MC_EFORBIDDEN */
MC_API int mc_own_tokens_revoke(mc_session *session);

/** The access token of a visit, for who shows it. */
typedef struct mc_access_token {
    const mc_type *type;
    const char *access_token; /**< Its text. */
    const mc_account *user;   /**< Whose it is. */
    int64_t client_id;        /**< Always 0: no token is made through a registered client. */
    mc_time created;          /**< When it was made. */
    mc_time expires;          /**< When it ends. */
    const char *scope;        /**< Name of its mc_scope. */
} mc_access_token;

/**
 * The access token that the session has entered with (mc_visit.token); case doesn't matter.
 * @return 0, MC_ENOTFOUND (any other, or none)
 */
MC_API int mc_access_token_find(mc_access_token **out, mc_session *session, const char *token);
/**
 * End that token at once, whatever its scope is, as who leaves does.
 * @return 0, MC_EINVAL (any other, or none)
 */
MC_API int mc_access_token_revoke(mc_session *session, const char *token);

#ifdef __cplusplus
}
#endif
#endif
