/* See landing.h. */
#include "landing.h"

#include "answers.h"
#include "cookies.h"
#include "handlers.h"

#include <string.h>

#define NAME "landing"

void landing_send(exchange *x, const mc_sign_in_code *code)
{
    reply_redirect(x->reply, 302, code->url);
    cookie_put(x->cookie, sizeof(x->cookie), x, NAME, code->code, MC_SIGN_IN_CODE_SECONDS);
    x->reply->headers = x->cookie;
}

/* For the proxy before a client: clients exchange codes from their own server, where nothing of the
 * browser comes along, and would sign a browser in by a code that somebody else has sent it. */
void handle_landing_check(exchange *x)
{
    const char *code = request_param(x->request, "code");
    char own[COOKIE_SIZE];

    cookie_get(own, x, NAME);
    if (code && *code && strcmp(code, own) == 0)
        answer_done(x, 0);
    else
        reply_refuse(x->reply, 403, REASON_NONE,
                     "this sign-in was begun in another browser, or too long ago: sign in here");
    x->reply->is_guest = false; /* no proxy may keep what is about this browser */
}
