/* Browsers' sessions: an access token in a cookie that scripts can't read. */
#include "answers.h"
#include "handlers.h"
#include "session_cookie.h"

void handle_browser_session(exchange *x)
{
    auto_record mc_browser_session *found = NULL;
    int rc = mc_browser_session_find(&found, x->session);

    answer_record(x, rc, found);
}

void handle_browser_session_begin(exchange *x)
{
    auto_record mc_token *token = NULL;
    body b;

    if (!session_is_asked_for_here(x) || !exchange_body(x, &b) ||
        !exchange_succeeded(
            x, mc_account_sign_in_body(&token, x->session, b.format, b.bytes, b.length)))
        return;
    reply_nothing(x->reply, 200);
    session_cookie_set(x, token->access_token);
}

void handle_browser_session_end(exchange *x)
{
    const request *q = x->request;
    const char *token = x->by_cookie ? q->cookie_token : q->token;

    if (!token) {
        reply_refuse(x->reply, 404, REASON_NONE, "nobody is signed in here");
        return;
    }
    if (!exchange_succeeded(x, mc_access_token_revoke(x->session, token)))
        return;
    reply_nothing(x->reply, 200);
    session_cookie_set(x, "");
}
