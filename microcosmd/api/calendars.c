/* Handlers of calendars and of the secret links to them. */
#include "answers.h"
#include "handlers.h"

static mc_buffer *begin(exchange *x)
{
    return reply_begin_download(x->reply, "text/calendar; charset=utf-8", "events.ics");
}

static void end(exchange *x, int rc)
{
    if (exchange_succeeded(x, rc))
        reply_tag(x->reply);
}

void handle_events_calendar(exchange *x)
{
    end(x, mc_events_calendar(begin(x), x->session, request_param(x->request, "token")));
}

void handle_microcosm_calendar(exchange *x)
{
    end(x,
        mc_microcosm_calendar(begin(x), x->session, x->ids[0], request_param(x->request, "token")));
}

void handle_calendar_link(exchange *x)
{
    auto_record mc_calendar_link *link = NULL;
    int rc = mc_calendar_link_get(&link, x->session);

    answer_record(x, rc, link);
}

void handle_calendar_link_create(exchange *x)
{
    auto_record mc_calendar_link *link = NULL;
    int rc = mc_calendar_link_create(&link, x->session);

    answer_record(x, rc, link);
}

void handle_calendar_link_revoke(exchange *x)
{
    answer_done(x, mc_calendar_link_revoke(x->session));
}
