#include "answers.h"
#include "parameters.h"

#include <stdio.h>
#include <string.h>

void answer_page(exchange *x, const resource *r, int64_t id)
{
    mc_page_options page;

    if (!read_page(x, &page))
        return;
    if (exchange_succeeded(x, r->json(reply_begin(x->reply, 200), x->session, id, &page)))
        reply_end(x->reply);
}

void answer_record(exchange *x, int rc, const void *record)
{
    mc_buffer *out;

    if (!exchange_succeeded(x, rc))
        return;
    out = reply_begin(x->reply, 200);
    if (exchange_succeeded(x, mc_record_json(out, record)))
        reply_end(x->reply);
}

void answer_done(exchange *x, int rc)
{
    if (exchange_succeeded(x, rc))
        reply_nothing(x->reply, 200);
}

void answer_json(exchange *x, const char *json)
{
    mc_buffer *out = reply_begin(x->reply, 200);

    if (mc_buffer_append(out, json, strlen(json)) < 0)
        x->reply->broken = MC_ENOMEM;
    reply_end(x->reply);
}

void answer_written(exchange *x, int rc, const char *path, int64_t id)
{
    char location[96];

    if (!exchange_succeeded(x, rc))
        return;
    snprintf(location, sizeof(location), "%s/%lld", path, (long long)id);
    reply_redirect(x->reply, 302, location);
}
