/**
 * A second factor (docs/http/second-factor.md): what people show besides a password or a code by
 * mail, so that neither is enough. It is a one-time code by the time (TOTP, RFC 6238: HMAC-SHA-1, 6
 * digits, 30 seconds) of a program on a device, or one of ten recovery codes instead.
 *
 * A code counts once, even for those who show it at the same time; codes of the steps before and
 * after the present one count, too. In 15 minutes there may be 10 attempts at the codes of a user,
 * from wherever. Of recovery codes only digests are stored; secrets are shown when they are made,
 * and never again.
 *
 * Who has one must have shown it with the token in use within 10 minutes before making tokens and
 * links of calendars, changing the password, changing or removing the factor, setting providers of
 * sites to sign in through, and deleting a site: else MC_EFORBIDDEN with mc_failure.reason 26.
 * Sessions without an access token are the host's to protect.
 *
 * All of these calls are for members who have signed in: a token with a scope is refused with
 * MC_EFORBIDDEN.
 */
#ifndef MICROCOSM_SECOND_FACTORS_H
#define MICROCOSM_SECOND_FACTORS_H

#include <microcosm/sign_in.h>

#ifdef __cplusplus
extern "C" {
#endif

/** What the actor has. */
typedef struct mc_second_factor {
    const mc_type *type;
    bool is_on;             /**< Whether signing in needs it. */
    mc_time since;          /**< When it was confirmed; none: it is off. */
    int64_t recovery_codes; /**< How many are left. */
} mc_second_factor;

/** A secret that was made just now. */
typedef struct mc_totp_secret {
    const mc_type *type;
    const char *secret; /**< In base32, to be typed. */
    const char *uri;    /**< The same as an otpauth: address, to be shown as a QR code. */
} mc_totp_secret;

/** Recovery codes that were made just now. */
typedef struct mc_recovery_codes {
    const mc_type *type;
    mc_strings codes; /**< Each counts once. */
} mc_recovery_codes;

/** Input with a code. Begin with MC_SECOND_FACTOR_EDIT_INIT. */
typedef struct mc_second_factor_edit {
    size_t size;      /**< Set by the initialiser. */
    const char *code; /**< Required. */
} mc_second_factor_edit;

#define MC_SECOND_FACTOR_EDIT_INIT                                                                 \
    {                                                                                              \
        sizeof(mc_second_factor_edit), NULL                                                        \
    }

/** Whether the actor has one. @return 0, MC_EFORBIDDEN */
MC_API int mc_second_factor_find(mc_second_factor **out, mc_session *session);
/**
 * Make a secret. It counts once it is confirmed; until then this makes another one.
 * @return 0, MC_EFORBIDDEN, MC_ECONFLICT (there is one that counts)
 */
MC_API int mc_second_factor_begin(mc_totp_secret **out, mc_session *session);
/**
 * Show that the device has the secret: from now on signing in needs it.
 * @return 0, MC_EINVAL, MC_EFORBIDDEN (also: the code is wrong), MC_ECONFLICT (no secret was made,
 *         or it counts already), MC_ELIMIT
 */
MC_API int mc_second_factor_confirm(mc_recovery_codes **out, mc_session *session,
                                    const mc_second_factor_edit *edit);
/** The same from a request's body. @return as mc_second_factor_confirm() */
MC_API int mc_second_factor_confirm_body(mc_recovery_codes **out, mc_session *session,
                                         mc_format format, const char *body, size_t length);
/**
 * Show it with the token in use, before something dangerous.
 * @return 0, MC_EINVAL, MC_EFORBIDDEN (also: the code is wrong), MC_ECONFLICT (there is none, or no
 *         token), MC_ELIMIT
 */
MC_API int mc_second_factor_prove(mc_session *session, const mc_second_factor_edit *edit);
/** The same from a request's body. @return as mc_second_factor_prove() */
MC_API int mc_second_factor_prove_body(mc_session *session, mc_format format, const char *body,
                                       size_t length);
/**
 * Make recovery codes anew; those that there were end.
 * @return 0, MC_EFORBIDDEN, MC_ECONFLICT (there is no second factor)
 */
MC_API int mc_second_factor_renew(mc_recovery_codes **out, mc_session *session);
/** Remove it. @return 0, MC_EFORBIDDEN, MC_ENOTFOUND */
MC_API int mc_second_factor_remove(mc_session *session);
/**
 * Remove that of a user who has lost device and recovery codes. For operators and hosts: checks no
 * permission and needs no site entered.
 * @return 0, MC_EINVAL, MC_ENOTFOUND (no such user, or they have none)
 */
MC_API int mc_second_factor_remove_from(mc_session *session, const char *email);

#ifdef __cplusplus
}
#endif
#endif
