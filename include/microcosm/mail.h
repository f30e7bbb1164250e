/**
 * Mail about what people are told of (docs/http/updates.md#mail). Who has said so gets it at once,
 * or once a day or week; what somebody may not read when it is sent isn't sent to them.
 *
 * Mail goes to the server that mc_app_options.smtp names, or to a function of the host's. As that
 * may be slow, it is sent by threads that call mc_app_run_mail(), beside the one that calls
 * mc_app_run() or mc_app_step(), which hands it to them.
 */
#ifndef MICROCOSM_MAIL_H
#define MICROCOSM_MAIL_H

#include <microcosm/session.h>

#ifdef __cplusplus
extern "C" {
#endif

/** A mail that is to be sent. Owned by the library; valid during the call only. */
typedef struct mc_mail {
    size_t size;            /**< Bytes of this struct; later versions append members. */
    int64_t site_id;        /**< The site that it is about; 0: none. */
    const char *from;       /**< Address that it is from: mc_app_options.mail_from. */
    const char *from_name;  /**< Title of the site. */
    const char *reply_to;   /**< Address for answers, or "". */
    const char *to;         /**< Address of the recipient. */
    const char *to_name;    /**< Their name, or "". */
    const char *subject;    /**< One line. */
    const char *text;       /**< As plain text. */
    const char *html;       /**< As HTML, or "". */
    const char *message_id; /**< The same each time that this mail is sent, without < and >. */
    const char *message;    /**< All of it as one message (RFC 5322), in ASCII, with CRLF. */
    size_t message_length;  /**< Its bytes. */
} mc_mail;

/**
 * Sends mail by the host's own means. Begin with MC_MAILER_INIT.
 *
 * send() is called by the thread that sends a mail, by several at once if several do. It may make
 * and use sessions of the same app. It may take long. It must not raise an exception or jump
 * through the library. It returns
 *
 *         0             the mail is sent, or kept for certain
 *         MC_EREMOTE    not now: it is tried again later, as after any error that isn't named here
 *         MC_EINVAL     this mail will never be sent
 *         MC_ENOTFOUND  there is no such mailbox: no mail is sent to that address any more
 *
 * If the process ends while it is running, the same mail may come again, with the same message_id.
 */
typedef struct mc_mailer {
    size_t size; /**< Set by the initialiser. */
    /** Sends a mail; see above. */
    int (*send)(void *data, const mc_mail *mail);
    /** Called once with data: by mc_app_free(), or when setting it fails. May be NULL. */
    void (*free)(void *data);
    void *data; /**< Passed to both; not used by the library. */
} mc_mailer;

#define MC_MAILER_INIT                                                                             \
    {                                                                                              \
        sizeof(mc_mailer), NULL, NULL, NULL                                                        \
    }

/**
 * Have mail sent by a function of the host's, instead of mc_app_options.smtp. Once for an app,
 * before mail is sent. mc_app_options.mail_from must be set.
 *
 * @param mailer  copied
 * @param error   may be NULL; set to NULL on success; free with mc_failure_free()
 * @return 0, MC_EINVAL (no send, no mail_from, members that this library doesn't know), MC_ESTATE
 *         (there is one already; forked), MC_ENOMEM; on failure mailer->free has been called
 */
MC_API int mc_app_set_mailer(mc_app *app, const mc_mailer *mailer, mc_failure **error);

/**
 * Send the mail that waits, until mc_app_stop() or mc_app_stop_mail() is called. Blocks the calling
 * thread; several may call it, and each sends one mail at a time. Without such a thread in any
 * process mail waits.
 * @return 0, MC_ESTATE (forked), MC_ENOMEM
 */
MC_API int mc_app_run_mail(mc_app *app);
/**
 * Make all threads return that are in mc_app_run_mail(), within a second, even while a server
 * doesn't answer; other background work goes on. A thread that is only about to call it doesn't
 * notice. From any thread; NULL is allowed.
 */
MC_API void mc_app_stop_mail(mc_app *app);

/**
 * Send a mail to an address now, to see whether mail works. For operators: checks no permission and
 * needs no site entered.
 *
 * @return 0 (the server has taken it), MC_EINVAL (no address that mail can be sent to), MC_EREMOTE
 * (why is in the message), MC_EUNSUPPORTED (there is neither a server nor a mailer), MC_ENOMEM
 */
MC_API int mc_mail_test(mc_session *session, const char *address);

/**
 * End the mail that a link in a mail is about, without signing in: about one thing that is
 * followed, or of one type of update. The site that the link leads to must be entered; the actor
 * doesn't matter. It may be ended already.
 *
 * @param token  of the link
 * @return 0, MC_EINVAL (NULL), MC_ENOTFOUND (the token isn't one of this site's), MC_EUNAVAILABLE,
 * ...
 */
MC_API int mc_mail_unsubscribe(mc_session *session, const char *token);

/**
 * Send no more mail to an address, since it comes back. Servers that say so at once do the same.
 * For operators: checks no permission and needs no site entered.
 * @return 0, MC_EINVAL (no address), MC_EUNAVAILABLE, ...
 */
MC_API int mc_mail_bounce(mc_session *session, const char *address);
/** An address that mail has come back from, as input. Begin with MC_BOUNCE_EDIT_INIT. */
typedef struct mc_bounce_edit {
    size_t size;       /**< Set by the initialiser. */
    const char *email; /**< Required. */
    const char *event; /**< What has happened to the mail, "bounce" if it is missing. */
} mc_bounce_edit;

#define MC_BOUNCE_EDIT_INIT                                                                        \
    {                                                                                              \
        sizeof(mc_bounce_edit), NULL, NULL                                                         \
    }

/** Some of them. Begin with MC_BOUNCES_EDIT_INIT. */
typedef struct mc_bounces_edit {
    size_t size;     /**< Set by the initialiser. */
    mc_list bounces; /**< mc_bounce_edit, at most 1000. */
} mc_bounces_edit;

#define MC_BOUNCES_EDIT_INIT                                                                       \
    {                                                                                              \
        sizeof(mc_bounces_edit),                                                                   \
        {                                                                                          \
            NULL, 0                                                                                \
        }                                                                                          \
    }

/**
 * The same as mc_mail_bounce() for many, as a provider of mail reports them; all or none. Where the
 * event is another than "bounce", nothing follows from it: mail was delivered, or only delayed.
 * For operators: checks no permission and needs no site entered.
 * @return 0, MC_EINVAL (a fault for each address that isn't one), MC_EUNAVAILABLE, ...
 */
MC_API int mc_mail_bounces(mc_session *session, const mc_bounces_edit *edit);
/** The same from a request's body: a list, or one mc_bounce_edit. @return as mc_mail_bounces() */
MC_API int mc_mail_bounces_body(mc_session *session, mc_format format, const char *body,
                                size_t length);
/** Send mail to it again. @return as mc_mail_bounce(), or MC_ENOTFOUND (it wasn't turned off) */
MC_API int mc_mail_allow(mc_session *session, const char *address);

#ifdef __cplusplus
}
#endif
#endif
