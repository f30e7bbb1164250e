/* The cookies of browsers' sessions, for those who begin and end one. */
#ifndef MICROCOSMD_SESSION_COOKIE_H
#define MICROCOSMD_SESSION_COOKIE_H

#include "exchange.h"

/* Whether no page of another origin has sent the request; else makes the reply. */
bool session_is_asked_for_here(exchange *x);
/* Adds the cookie with a token to the reply; "": has the browser forget it. */
void session_cookie_set(exchange *x, const char *token);

#endif
