/* Mails with codes (domain/access/codes.h). */
#ifndef MC_WORK_CODE_MAIL_H
#define MC_WORK_CODE_MAIL_H

#include "mail_about.h"

/*
 * Makes a code, and the draft of its mail in the session's scratch memory. A mail that is sent
 * again has another code. *is_wanted false: there is nothing to be sent.
 */
int mc__code_draft_make(mc__mail_draft *out, bool *is_wanted, mc_session *session,
                        const mc__mail_row *row, int64_t lease_s);

#endif
