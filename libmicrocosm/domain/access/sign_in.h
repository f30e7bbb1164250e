/* Signing in, for what ends in something else than a token. */
#ifndef MC_ACCESS_SIGN_IN_H
#define MC_ACCESS_SIGN_IN_H

#include "record/input.h"

#include <microcosm.h>

/*
 * Within a call that has begun: what mc_account_sign_in() does. pending: NULL; or it becomes the
 * user, if all is right but that no code of the second factor was given, which is needed. Then
 * *out stays as it is, and nothing is used up.
 */
int mc__sign_in(mc_token **out, int64_t *pending, mc_session *session, const mc__source *source);

#endif
