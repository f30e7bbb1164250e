/*
 * Composing a mail: a message with a text part and, if there is one, an HTML part. The result is
 * ASCII with CRLF at the end of each line, none of them longer than 998 characters, so that it
 * passes any server.
 *
 * libcurl's mime functions aren't used: they write no header fields that aren't ASCII, and give the
 * bytes to nothing but a transfer, whereas a host may want to send them itself. GMime ends the
 * process when memory runs out.
 */
#ifndef MC_MAIL_MESSAGE_H
#define MC_MAIL_MESSAGE_H

#include "header.h"

typedef struct mc__mailbox {
    const char *name;    /* NULL: none */
    const char *address; /* mc__mail_is_address() */
} mc__mailbox;

/* All texts are UTF-8 without NUL. Ids and hosts are printable ASCII without < > and spaces. */
typedef struct mc__message {
    mc__mailbox from, to, reply_to; /* reply_to.address NULL: none */
    const char *subject;
    mc_time date;
    const char *id; /* left@host */
    /* Ids of the messages that this one follows: the first of the thread, to that which it answers.
     */
    const char *const *thread;
    size_t thread_count;
    const char *list_id, *list_name; /* host-like name of what is followed; NULL: no list */
    const char *unsubscribe;         /* URL that takes the POST of RFC 8058; NULL: none */
    const char *text;
    const char *html; /* NULL: none */
} mc__message;

/* Appends a message. 0, MC_EINVAL (a text isn't UTF-8, an address or an id isn't valid), MC_ENOMEM,
 * MC_ETOOLARGE; then out is as it was. */
int mc__message_compose(mc__text *out, const mc__message *message);

/* Appends a text as quoted-printable (RFC 2045, 6.7), ended by a line break. */
void mc__quoted_printable(mc__text *out, const char *text);

#endif
