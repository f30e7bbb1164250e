/* Handlers of huddles and of those who take part in them. */
#include "answers.h"
#include "handlers.h"
#include "parameters.h"
#include "routes.h"

#include <stdio.h>

void handle_huddles(exchange *x)
{
    auto_record mc_collection *collection = NULL;
    mc_huddle_filter filter = MC_HUDDLE_FILTER_INIT;
    mc_page_options page;
    int rc;

    if (!read_page(x, &page))
        return;
    filter.unread = param_is_true(x, "unread");
    rc = mc_huddles_list(&collection, x->session, &filter, &page);
    answer_record(x, rc, collection);
}

void handle_participants(exchange *x)
{
    auto_record mc_collection *collection = NULL;
    mc_page_options page;
    int rc;

    if (!read_page(x, &page))
        return;
    rc = mc_huddle_participants(&collection, x->session, x->ids[0], &page);
    answer_record(x, rc, collection);
}

void handle_participants_add(exchange *x)
{
    body b;
    int rc;

    if (!exchange_body(x, &b))
        return;
    rc = mc_huddle_participants_add_body(x->session, x->ids[0], b.format, b.bytes, b.length);
    answer_written(x, rc, x->route->resource->path, x->ids[0]);
}

void handle_participant(exchange *x)
{
    auto_record mc_participant *participant = NULL;
    int rc = mc_huddle_participant_get(&participant, x->session, x->ids[0], x->ids[1]);

    answer_record(x, rc, participant);
}

/* The path says all: a body is ignored. */
void handle_participant_add(exchange *x)
{
    mc_huddle_participant_edit one = {.size = sizeof(one), .id = x->ids[1]};
    const void *const only[] = {&one};
    mc_huddle_participants_edit edit = {.size = sizeof(edit), .participants = {only, 1}};
    char path[96];
    int rc = mc_huddle_participants_add(x->session, x->ids[0], &edit);

    snprintf(path, sizeof(path), "%s/%lld/participants", x->route->resource->path,
             (long long)x->ids[0]);
    answer_written(x, rc, path, x->ids[1]);
}

void handle_participant_remove(exchange *x)
{
    answer_done(x, mc_huddle_participant_remove(x->session, x->ids[0], x->ids[1]));
}
