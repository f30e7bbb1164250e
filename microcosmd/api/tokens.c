/* Handlers of access tokens. */
#include "answers.h"
#include "handlers.h"
#include "parameters.h"

void handle_tokens(exchange *x)
{
    auto_record mc_collection *collection = NULL;
    mc_page_options page;
    int rc;

    if (!read_page(x, &page))
        return;
    rc = mc_tokens_list_own(&collection, x->session, &page);
    answer_record(x, rc, collection);
}

void handle_token_create(exchange *x)
{
    auto_record mc_token *token = NULL;
    body b;
    int rc;

    if (!exchange_body(x, &b))
        return;
    rc = mc_own_token_create_body(&token, x->session, b.format, b.bytes, b.length);
    answer_record(x, rc, token);
}

void handle_tokens_revoke(exchange *x)
{
    answer_done(x, mc_own_tokens_revoke(x->session));
}

void handle_token(exchange *x)
{
    auto_record mc_token *token = NULL;
    int rc = mc_own_token_find(&token, x->session, x->ids[0]);

    answer_record(x, rc, token);
}

void handle_token_revoke(exchange *x)
{
    answer_done(x, mc_own_token_revoke(x->session, x->ids[0]));
}

void handle_access_token(exchange *x)
{
    auto_record mc_access_token *token = NULL;
    int rc = mc_access_token_find(&token, x->session, x->word);

    answer_record(x, rc, token);
}

void handle_access_token_revoke(exchange *x)
{
    answer_done(x, mc_access_token_revoke(x->session, x->word));
}
