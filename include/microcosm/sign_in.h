/**
 * Signing in with an e-mail address and a password, or a code by mail (docs/http/sign-in.md).
 * auth.h has the other ways: a host's own sign-in, and tokens.
 *
 * Only the Argon2id hash of a password is stored. Computing one takes tens of milliseconds and
 * 19 MiB; at most half of the cores do so at the same time, and others wait.
 *
 * Attempts are counted in the database, so limits hold for all processes together. In 15 minutes
 * there may be 10 for one account from one address, 50 from an address (of IPv6 from a /64), 250
 * from a network (/24, /48), and 100 for an account. An account that has signed in from an address
 * in the last 90 days has the first limit only there, so strangers can't lock it out. The address
 * is mc_visit.address: without it only accounts are counted.
 */
#ifndef MICROCOSM_SIGN_IN_H
#define MICROCOSM_SIGN_IN_H

#include <microcosm/auth.h>

#ifdef __cplusplus
extern "C" {
#endif

/** Input for a sign-in. Begin with MC_SIGN_IN_EDIT_INIT. */
typedef struct mc_sign_in_edit {
    size_t size;               /**< Set by the initialiser. */
    const char *email;         /**< Required, except with the code of a link. */
    const char *password;      /**< Required, or code instead of it. */
    const char *code;          /**< A code by mail, for "sign-in" (mc_code_send()). */
    const char *second_factor; /**< A code of the second factor, for who has one
                                    (second_factors.h). */
} mc_sign_in_edit;

#define MC_SIGN_IN_EDIT_INIT                                                                       \
    {                                                                                              \
        sizeof(mc_sign_in_edit), NULL, NULL, NULL, NULL                                            \
    }

/**
 * Sign in on the session's site; the profile is made if there is none, and so is, by a code, the
 * user. The session itself goes on as it was: enter with the token.
 * @param[out] out  a new access token with its text, the scope "full", for 365 days
 * @return 0, MC_EINVAL, MC_EUNAUTHENTICATED (no such account, no password, or the wrong one:
 * nothing tells which, and each takes as long; a code that doesn't count; or, with
 * mc_failure.reason 25, a second factor is needed too, or was wrong), MC_ELIMIT (too many
 * attempts: mc_failure.retry_s), MC_EBANNED, MC_EFORBIDDEN and MC_EREMOTE (who is new:
 * mc_app_options.spam_check), MC_EBUSY
 */
MC_API int mc_account_sign_in(mc_token **out, mc_session *session, const mc_sign_in_edit *edit);
/** The same from a request's body. @return as mc_account_sign_in() */
MC_API int mc_account_sign_in_body(mc_token **out, mc_session *session, mc_format format,
                                   const char *body, size_t length);

/** A session of a browser, which keeps its access token in a cookie that scripts can't read. */
typedef struct mc_browser_session {
    const mc_type *type;
    const char *csrf_token; /**< What a write must show besides the cookie; the same as long as the
                                 token counts. */
} mc_browser_session;

/**
 * The session of the access token that was entered with. Hosts that let browsers keep tokens in
 * cookies give it to the pages of their own origin only, and check it for each write.
 * @return 0, MC_ENOTFOUND (no token)
 */
MC_API int mc_browser_session_find(mc_browser_session **out, mc_session *session);
/**
 * Whether a write shows the session's mc_browser_session.csrf_token.
 * @return 0, MC_EFORBIDDEN (it doesn't), MC_ENOTFOUND (no token)
 */
MC_API int mc_browser_session_check(mc_session *session, const char *csrf_token);

/** Input for asking for a code by mail. Begin with MC_CODE_REQUEST_INIT. */
typedef struct mc_code_request {
    size_t size;         /**< Set by the initialiser. */
    const char *purpose; /**< Required: "sign-in", "password" or "email". */
    const char *email;   /**< Required but for "email", which is about the actor's own address. */
} mc_code_request;

#define MC_CODE_REQUEST_INIT                                                                       \
    {                                                                                              \
        sizeof(mc_code_request), NULL, NULL                                                        \
    }

/**
 * Ask for a mail with a code, which counts once, for 10 minutes from when the mail is made, on the
 * session's site, and for its purpose only: mc_account_sign_in(), mc_password_reset() or
 * mc_email_confirm(). The mail has it twice: in a link, and shorter, to be typed together with the
 * address. Only digests of both are stored.
 *
 * Nothing tells whether anybody has the address: all that is done here is to note that a mail is
 * wanted; threads in mc_app_run_mail() make it. "password" sends nothing to an address that no user
 * has; "sign-in" does. The mail goes to the address as the user has first given it. In 15 minutes
 * there may be 5 mails for one account from one address, 20 from an address, 100 from a network,
 * and 20 for an account.
 *
 * @return 0, MC_EINVAL, MC_EUNSUPPORTED (the app sends no mail), MC_EFORBIDDEN ("email", by a guest
 * or a token with a scope), MC_ELIMIT
 */
MC_API int mc_code_send(mc_session *session, const mc_code_request *edit);
/** The same from a request's body. @return as mc_code_send() */
MC_API int mc_code_send_body(mc_session *session, mc_format format, const char *body,
                             size_t length);

/** The code of a link in a mail, before it is used. */
typedef struct mc_mail_code {
    const mc_type *type;
    const char *purpose; /**< "sign-in", "password" or "email". */
    const char *email;   /**< The address that it was sent to: whoever uses it acts for this one. */
    bool is_new;         /**< Nobody has the address yet: signing in makes a user. */
} mc_mail_code;

/**
 * Whose the code of a link is, so that a page can say so before it is used: somebody may have been
 * sent another one's link, to use that one's account without knowing. Changes nothing.
 * @param purpose  what it is to be used for
 * @param code     that of the link; one that is typed is none
 * @return 0, MC_EINVAL (purpose), MC_EUNAUTHENTICATED (the code doesn't count), ...
 */
MC_API int mc_mail_code_find(mc_mail_code **out, mc_session *session, const char *purpose,
                             const char *code);

/** Input for confirming an address. Begin with MC_EMAIL_CONFIRM_EDIT_INIT. */
typedef struct mc_email_confirm_edit {
    size_t size;       /**< Set by the initialiser. */
    const char *email; /**< With a code that was typed: the address. */
    const char *code;  /**< Required: a code by mail, for "email". */
} mc_email_confirm_edit;

#define MC_EMAIL_CONFIRM_EDIT_INIT                                                                 \
    {                                                                                              \
        sizeof(mc_email_confirm_edit), NULL, NULL                                                  \
    }

/**
 * Show that an address is its user's (mc_user.confirmed); a sign-in or a new password by a code
 * does so, too. Whoever has the code may, signed in or not.
 * @return 0, MC_EINVAL, MC_EUNAUTHENTICATED (the code doesn't count), MC_ELIMIT
 */
MC_API int mc_email_confirm(mc_session *session, const mc_email_confirm_edit *edit);
/** The same from a request's body. @return as mc_email_confirm() */
MC_API int mc_email_confirm_body(mc_session *session, mc_format format, const char *body,
                                 size_t length);

/** Input for a change of one's password. Begin with MC_PASSWORD_EDIT_INIT. */
typedef struct mc_password_edit {
    size_t size;          /**< Set by the initialiser. */
    const char *current;  /**< Required. */
    const char *password; /**< Required: the new one, as for mc_password_set(). */
} mc_password_edit;

#define MC_PASSWORD_EDIT_INIT                                                                      \
    {                                                                                              \
        sizeof(mc_password_edit), NULL, NULL                                                       \
    }

/**
 * Change the actor's password, and end all of the actor's tokens but the one in use.
 * @return 0, MC_EINVAL (the new one), MC_EFORBIDDEN (the current one is wrong; there is none; a
 * guest; a token with a scope), MC_ELIMIT, MC_EBUSY
 */
MC_API int mc_password_change(mc_session *session, const mc_password_edit *edit);
/** The same from a request's body. @return as mc_password_change() */
MC_API int mc_password_change_body(mc_session *session, mc_format format, const char *body,
                                   size_t length);

/** Input for a new password by a code. Begin with MC_PASSWORD_RESET_EDIT_INIT. */
typedef struct mc_password_reset_edit {
    size_t size;          /**< Set by the initialiser. */
    const char *email;    /**< With a code that was typed: the address. */
    const char *code;     /**< Required: a code by mail, for "password". */
    const char *password; /**< Required: the new one, as for mc_password_set(). */
} mc_password_reset_edit;

#define MC_PASSWORD_RESET_EDIT_INIT                                                                \
    {                                                                                              \
        sizeof(mc_password_reset_edit), NULL, NULL, NULL                                           \
    }

/**
 * Give the user of a code a new password, or the first one, and end all of the user's tokens. A
 * password that isn't good enough leaves the code as it was.
 * @return 0, MC_EINVAL, MC_EUNAUTHENTICATED (the code doesn't count), MC_ELIMIT, MC_EBUSY
 */
MC_API int mc_password_reset(mc_session *session, const mc_password_reset_edit *edit);
/** The same from a request's body. @return as mc_password_reset() */
MC_API int mc_password_reset_body(mc_session *session, mc_format format, const char *body,
                                  size_t length);

/**
 * Give a user a password, and end all of the user's tokens. For operators and hosts: checks no
 * permission and needs no site entered.
 * @param password  10 characters to 256 bytes of UTF-8; neither the address or what is before its
 *                  "@", nor one of the passwords that many people have
 * @return 0, MC_EINVAL, MC_ENOTFOUND (no such user), MC_EBUSY
 */
MC_API int mc_password_set(mc_session *session, const char *email, const char *password);

#ifdef __cplusplus
}
#endif
#endif
