/* Handlers of what the client follows, and of how it wants to be told. */
#include "answers.h"
#include "handlers.h"
#include "parameters.h"

#include <stdio.h>

void handle_watchers(exchange *x)
{
    auto_record mc_collection *collection = NULL;
    mc_page_options page;
    int rc;

    if (!read_page(x, &page))
        return;
    rc = mc_watchers_list(&collection, x->session, &page);
    answer_record(x, rc, collection);
}

void handle_watch(exchange *x)
{
    bool send_email = false;
    body b;

    if (!exchange_body(x, &b))
        return;
    if (exchange_succeeded(
            x, mc_watcher_create_body(&send_email, x->session, b.format, b.bytes, b.length)))
        answer_json(x, send_email ? "true" : "false");
}

/* Of any watcher: the body says which, the number in the path is ignored. */
void handle_watcher_set(exchange *x)
{
    body b;

    if (exchange_patch(x, &b))
        answer_done(x, mc_watcher_set_body(x->session, b.format, b.bytes, b.length));
}

void handle_unwatch(exchange *x)
{
    mc_item_type item_type = MC_ITEM_NONE;
    int64_t item_id = 0;

    if (read_item_type(x, "itemType", &item_type) && read_number(x, "itemId", &item_id))
        answer_done(x, mc_watcher_remove(x->session, item_type, item_id));
}

void handle_watcher_delete(exchange *x)
{
    answer_done(x, mc_watcher_delete(x->session, x->ids[0]));
}

void handle_updates(exchange *x)
{
    auto_record mc_collection *collection = NULL;
    mc_update_filter filter = MC_UPDATE_FILTER_INIT;
    mc_page_options page;
    int rc;

    if (!read_page(x, &page))
        return;
    filter.polls = param_is_true(x, "polls");
    rc = mc_updates_list(&collection, x->session, &filter, &page);
    answer_record(x, rc, collection);
}

void handle_update_preferences(exchange *x)
{
    auto_record mc_update_preference_list *list = NULL;
    int rc = mc_update_preferences_list(&list, x->session);

    answer_record(x, rc, list);
}

void handle_update_preference(exchange *x)
{
    auto_record mc_update_preference *preference = NULL;
    int rc = mc_update_preference_get(&preference, x->session, x->ids[0]);

    answer_record(x, rc, preference);
}

void handle_update_preference_edit(exchange *x)
{
    char path[64];
    body b;
    int rc;

    if (!exchange_body(x, &b))
        return;
    rc = mc_update_preference_set_body(x->session, x->ids[0], b.format, b.bytes, b.length);
    snprintf(path, sizeof(path), "/api/v1/updates/preferences/%lld", (long long)x->ids[0]);
    if (exchange_succeeded(x, rc))
        reply_redirect(x->reply, 302, path);
}
