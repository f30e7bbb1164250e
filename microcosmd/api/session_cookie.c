/* See session_cookie.h. */
#include "session_cookie.h"

#include <stdio.h>

#define KEPT_S 31536000 /* as long as the token of a sign-in counts */

void session_cookie_set(exchange *x, const char *token)
{
    /* Browsers take "__Host-" only with Secure and from the host itself, so neither a site beside
     * this one nor somebody on the way can set it. On a loopback address there may be no TLS. */
    bool is_loopback = x->request->is_loopback;

    snprintf(x->reply->download, sizeof(x->reply->download),
             "Set-Cookie: %s=%s; Path=/; Max-Age=%d; %sHttpOnly; SameSite=Lax\r\n",
             is_loopback ? COOKIE_ON_LOOPBACK : COOKIE, token, *token ? KEPT_S : 0,
             is_loopback ? "" : "Secure; ");
    x->reply->headers = x->reply->download;
}

bool session_is_asked_for_here(exchange *x)
{
    if (!x->request->is_from_elsewhere)
        return true;
    reply_refuse(x->reply, 403, REASON_NONE,
                 "a page of another site has sent this: open this site itself");
    return false;
}
