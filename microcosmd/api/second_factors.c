/* Handlers of the second factor. */
#include "answers.h"
#include "handlers.h"

void handle_second_factor(exchange *x)
{
    auto_record mc_second_factor *found = NULL;
    int rc = mc_second_factor_find(&found, x->session);

    answer_record(x, rc, found);
}

void handle_second_factor_begin(exchange *x)
{
    auto_record mc_totp_secret *secret = NULL;
    int rc = mc_second_factor_begin(&secret, x->session);

    answer_record(x, rc, secret);
}

void handle_second_factor_confirm(exchange *x)
{
    auto_record mc_recovery_codes *codes = NULL;
    body b;
    int rc;

    if (!exchange_body(x, &b))
        return;
    rc = mc_second_factor_confirm_body(&codes, x->session, b.format, b.bytes, b.length);
    answer_record(x, rc, codes);
}

void handle_second_factor_remove(exchange *x)
{
    answer_done(x, mc_second_factor_remove(x->session));
}

void handle_second_factor_prove(exchange *x)
{
    body b;

    if (exchange_body(x, &b))
        answer_done(x, mc_second_factor_prove_body(x->session, b.format, b.bytes, b.length));
}

void handle_recovery_codes_renew(exchange *x)
{
    auto_record mc_recovery_codes *codes = NULL;
    int rc = mc_second_factor_renew(&codes, x->session);

    answer_record(x, rc, codes);
}
