/* Handlers of votes; the rest of polls is in any.c. */
#include "answers.h"
#include "handlers.h"

void handle_votes(exchange *x)
{
    auto_record mc_poll_vote *vote = NULL;
    int rc = mc_poll_vote_get(&vote, x->session, x->ids[0]);

    answer_record(x, rc, vote);
}

void handle_votes_edit(exchange *x)
{
    body b;

    if (exchange_body(x, &b))
        answer_done(x, mc_poll_vote_body(x->session, x->ids[0], b.format, b.bytes, b.length));
}

void handle_votes_delete(exchange *x)
{
    answer_done(x, mc_poll_vote_delete(x->session, x->ids[0]));
}
