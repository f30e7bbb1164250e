/* Handlers of bans. */
#include "answers.h"
#include "handlers.h"
#include "parameters.h"

void handle_bans(exchange *x)
{
    auto_record mc_collection *collection = NULL;
    mc_page_options page;
    int rc;

    if (!read_page(x, &page))
        return;
    rc = mc_bans_list(&collection, x->session, &page);
    answer_record(x, rc, collection);
}

void handle_ban_create(exchange *x)
{
    int64_t id = 0;
    body b;

    if (exchange_body(x, &b)) {
        int rc = mc_ban_create_body(&id, x->session, b.format, b.bytes, b.length);

        answer_written(x, rc, "/api/v1/bans", id);
    }
}

void handle_ban_lift(exchange *x)
{
    body b;

    if (exchange_body(x, &b))
        answer_done(x, mc_ban_lift_body(x->session, b.format, b.bytes, b.length));
}

void handle_ban(exchange *x)
{
    auto_record mc_ban *ban = NULL;
    int rc = mc_ban_find(&ban, x->session, x->ids[0]);

    answer_record(x, rc, ban);
}

void handle_ban_delete(exchange *x)
{
    answer_done(x, mc_ban_delete(x->session, x->ids[0]));
}
