/* Handlers of the list of events and of attendees; the rest of events is in any.c. */
#include "answers.h"
#include "handlers.h"
#include "parameters.h"

#include <stdio.h>
#include <string.h>

void handle_events(exchange *x)
{
    auto_record mc_collection *collection = NULL;
    mc_item_filter filter = MC_ITEM_FILTER_INIT;
    mc_page_options page;
    int rc;

    if (!read_boolean(x, "isAttending", &filter.is_attending) || !read_page(x, &page))
        return;
    rc = mc_events_list(&collection, x->session, &filter, &page);
    answer_record(x, rc, collection);
}

void handle_attendees(exchange *x)
{
    auto_record mc_collection *collection = NULL;
    const char *status = request_param(x->request, "status");
    bool only_attending = status && strcmp(status, "attending") == 0;
    mc_page_options page;
    int rc;

    if (!read_page(x, &page))
        return;
    rc = mc_event_attendees(&collection, x->session, x->ids[0], only_attending, &page);
    answer_record(x, rc, collection);
}

void handle_attendees_edit(exchange *x)
{
    body b;

    if (exchange_body(x, &b))
        answer_done(x, mc_event_attendees_body(x->session, x->ids[0], b.format, b.bytes, b.length));
}

void handle_attendees_csv(exchange *x)
{
    char name[48];

    snprintf(name, sizeof(name), "event%lld.csv", (long long)x->ids[0]);
    exchange_succeeded(x, mc_event_attendees_csv(reply_begin_download(x->reply, "text/csv", name),
                                                 x->session, x->ids[0]));
}

void handle_attendee(exchange *x)
{
    auto_record mc_attendee *attendee = NULL;
    int rc = mc_event_attendee(&attendee, x->session, x->ids[0], x->ids[1]);

    answer_record(x, rc, attendee);
}

void handle_attendee_edit(exchange *x)
{
    int64_t profile_id = 0;
    char collection[64];
    body b;
    int rc;

    if (!exchange_body(x, &b))
        return;
    rc = mc_event_attendee_body(&profile_id, x->session, x->ids[0], x->ids[1], b.format, b.bytes,
                                b.length);
    snprintf(collection, sizeof(collection), "/api/v1/events/%lld/attendees", (long long)x->ids[0]);
    answer_written(x, rc, collection, profile_id);
}

void handle_attendee_delete(exchange *x)
{
    answer_done(x, mc_event_attendee_delete(x->session, x->ids[0], x->ids[1]));
}
