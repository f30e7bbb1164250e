/** Access tokens: the built-in way to prove who one is. */
#ifndef MICROCOSM_AUTH_H
#define MICROCOSM_AUTH_H

#include <microcosm/session.h>

#ifdef __cplusplus
extern "C" {
#endif

/** Bytes that mc_token_create() writes, the final NUL included. */
#define MC_TOKEN_SIZE 129

/**
 * Make an access token for the user with an e-mail address; the user is made if there is none,
 * and so is the profile on the session's site. Only its SHA-256 is stored. For operators and
 * hosts: asks for no permission.
 *
 * @param[out] token  128 random letters and digits and a NUL
 * @param days        lifetime in days, 1 to 3650
 * @return 0, MC_EINVAL, MC_ESTATE (no site entered), MC_EUNAVAILABLE, ...
 */
MC_API int mc_token_create(char token[MC_TOKEN_SIZE], mc_session *session, const char *email,
                           int64_t days);

/** End a token at once. @return 0, MC_ENOTFOUND */
MC_API int mc_token_revoke(mc_session *session, const char *token);

#ifdef __cplusplus
}
#endif
#endif
