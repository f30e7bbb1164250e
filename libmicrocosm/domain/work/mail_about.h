/* Makes mails about things, for those who may see them now. */
#ifndef MC_WORK_MAIL_ABOUT_H
#define MC_WORK_MAIL_ABOUT_H

#include "mail.h"
#include "statements.h"

/* A mail that was taken from the queue. */
typedef struct mc__mail_row {
    int64_t queue_id, site_id, profile_id, item_id, attempts;
    mc_item_type item_type;
} mc__mail_row;

/*
 * Makes the draft of a mail, in the session's scratch memory. The session acts as the recipient
 * afterwards, and the rights are judged as those of any other request. *is_wanted false: there is
 * nothing to be sent, because they may not see it any more, or don't want it.
 */
int mc__mail_draft_make(mc__mail_draft *out, bool *is_wanted, mc_session *session,
                        const mc__mail_row *row, const mc__mail_recipient_row *recipient);

#endif
