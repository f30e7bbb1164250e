/* Where a sign-in ends for clients of Auth0: the browser is sent to them with a code. */
#ifndef MICROCOSMD_LANDING_H
#define MICROCOSMD_LANDING_H

#include "exchange.h"

/* The redirect, with a cookie by which handle_landing_check() knows the browser again, behind the
 * headers that are in x->cookie. */
void landing_send(exchange *x, const mc_sign_in_code *code);

#endif
