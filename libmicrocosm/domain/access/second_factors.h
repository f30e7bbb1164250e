/*
 * What people show besides a password or a code by mail: one-time codes by the time (RFC 6238), and
 * recovery codes instead. Another kind, such as a key of a device, would be a case of show() in
 * second_factors.c.
 */
#ifndef MC_ACCESS_SECOND_FACTORS_H
#define MC_ACCESS_SECOND_FACTORS_H

#include "db/db.h"

#include <microcosm.h>

/*
 * For a sign-in that is right otherwise. Adds to a batch that the code is used, once: else the
 * batch fails (mc__code_refuse_late()). *is_shown: there is one, and it was shown. code: NULL or ""
 * for none. MC_EUNAUTHENTICATED: it is needed, or wrong.
 */
int mc__factor_require(bool *is_shown, mc_session *session, mc__batch *batch, int64_t user_id,
                       const char *code);
/* Whether a user has one. */
int mc__factor_is_needed(bool *out, mc_session *session, int64_t user_id);
/* Adds to a batch that a token has shown it. */
void mc__factor_prove(mc__batch *batch, mc_session *session, int64_t token_id, int64_t user_id);
/*
 * Before what is dangerous: MC_EFORBIDDEN if the actor has a second factor, and the session's token
 * hasn't shown it within 10 minutes. Hosts that act for people without a token see to it
 * themselves.
 */
int mc__factor_step_up(mc_session *session);

#endif
