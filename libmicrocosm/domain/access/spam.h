/* Asks a service whether an e-mail address is known for spam, before it becomes a user's. */
#ifndef MC_ACCESS_SPAM_H
#define MC_ACCESS_SPAM_H

#include "core/core.h"

#include <microcosm.h>

typedef struct mc__spam mc__spam;

/* url: NULL for none, which lets everybody in. is_closed: nobody comes in while it doesn't answer.
 * MC_EINVAL unless url is an address. */
int mc__spam_new(mc__spam **out, mc__problem *problem, const char *url, bool is_closed);
void mc__spam_free(mc__spam *spam); /* NULL is allowed */

/* For mc__user_admit(). MC_EFORBIDDEN: the address was reported within a year; MC_EREMOTE: that
 * can't be told, and the setting is to keep people out then. */
int mc__spam_check(mc_session *session, const char *email);

#endif
