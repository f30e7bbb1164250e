/*
 * Mail out, by SMTP. libcurl connects, with TLS and the sign-in; the dialogue after that is here,
 * because libcurl's own doesn't tell a recipient that is refused from a sender or a message, nor
 * when the server can first have taken the message.
 *
 * The server is the operator's: its address isn't guarded. Its certificate is checked.
 */
#ifndef MC_REMOTE_SMTP_H
#define MC_REMOTE_SMTP_H

#include "core/core.h"

typedef struct mc__smtp mc__smtp;

/*
 * url: smtps://user:password@host:port, or smtp:// for STARTTLS, which the server must offer unless
 * ?tls=no is said. User and password are percent-encoded and may be missing, as may the port; a
 * path is the name to greet the server with. ca: file with the certificates of authorities to
 * trust in place of the system's; NULL: the system's. wait_ms: for all of a mail.
 *
 * Connections are made when mail is sent, and kept for a while. 0, MC_EINVAL (url; the message has
 * nothing of it), MC_ENOMEM, MC_ESYSTEM.
 */
int mc__smtp_new(mc__smtp **out, mc__problem *problem, const char *url, const char *ca,
                 int64_t wait_ms);
void mc__smtp_free(mc__smtp *smtp); /* NULL is allowed */

/* What is being sent has some seconds more, from now on. From any thread. */
void mc__smtp_stop(mc__smtp *smtp);

typedef struct mc__smtp_mail {
    const char *from, *to; /* bare addresses, valid */
    const char *bytes;     /* lines end with CRLF */
    size_t length;
    /* Called when all but the end of the message was sent: the server can't have taken it before,
     * and may have from then on. Below 0: give up. NULL: none. */
    int (*before_end)(void *data);
    /* Called once if the server hasn't answered soon after the end. NULL: none. */
    void (*is_slow)(void *data);
    void *data;
} mc__smtp_mail;

/* How it went. */
typedef enum mc__smtp_outcome {
    MC_SMTP_TAKEN,      /* by the server */
    MC_SMTP_LATER,      /* not now: try again */
    MC_SMTP_REFUSED,    /* it will never take this message, or this sender */
    MC_SMTP_NO_MAILBOX, /* there is no such recipient */
    MC_SMTP_GIVEN_UP    /* before_end() has said so */
} mc__smtp_outcome;

/* Sends a mail. reason: why it wasn't taken, without anything secret; what the server said is in
 * it. From any thread; waits for the network. */
mc__smtp_outcome mc__smtp_send(mc__smtp *smtp, char reason[256], const mc__smtp_mail *mail);

#endif
