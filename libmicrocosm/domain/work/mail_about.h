/* Makes mails about things, for those who may see them now. */
#ifndef MC_WORK_MAIL_ABOUT_H
#define MC_WORK_MAIL_ABOUT_H

#include "mail.h"
#include "statements.h"

/* Things that a digest shows; of more somebody gets several. */
#define MC_DIGEST_MAX 50

/* A mail that was taken from the queue. */
typedef struct mc__mail_row {
    int64_t queue_id, site_id, profile_id;
    int64_t attempts; /* when it was taken: more by now if it was taken again meanwhile */
    int64_t code_id;  /* of a mail with a code (code_mail.h); else 0 */
    mc__mail_kind kind;
} mc__mail_row;

/* It is to be sent unless nothing in it is wanted. */
typedef struct mc__mail_letter {
    mc__mail_draft draft;
    mc_int64s wanted, unwanted; /* ids of mails */
} mc__mail_letter;

/*
 * Makes a mail of rows of mail.recipient, at least one, in the session's scratch memory. The
 * session acts as the recipient afterwards, and the rights are judged as those of any other
 * request. Unwanted is what they may not see any more, or don't want.
 */
int mc__mail_write(mc__mail_letter *out, mc_session *session, const mc__mail_row *row,
                   const PGresult *rows);

#endif
