/* Handlers of signing in, and of passwords. */
#include "answers.h"
#include "handlers.h"

#include <stdio.h>

void handle_sign_in(exchange *x)
{
    auto_record mc_token *token = NULL;
    char json[MC_TOKEN_SIZE + 2];
    body b;

    if (!exchange_body(x, &b) ||
        !exchange_succeeded(
            x, mc_account_sign_in_body(&token, x->session, b.format, b.bytes, b.length)))
        return;
    snprintf(json, sizeof(json), "\"%s\"", token->access_token);
    answer_json(x, json);
}

void handle_password_change(exchange *x)
{
    body b;

    if (exchange_body(x, &b))
        answer_done(x, mc_password_change_body(x->session, b.format, b.bytes, b.length));
}

void handle_password_reset(exchange *x)
{
    body b;

    if (exchange_body(x, &b))
        answer_done(x, mc_password_reset_body(x->session, b.format, b.bytes, b.length));
}

void handle_code_send(exchange *x)
{
    body b;

    if (exchange_body(x, &b))
        answer_done(x, mc_code_send_body(x->session, b.format, b.bytes, b.length));
}

void handle_email_confirm(exchange *x)
{
    body b;

    if (exchange_body(x, &b))
        answer_done(x, mc_email_confirm_body(x->session, b.format, b.bytes, b.length));
}
