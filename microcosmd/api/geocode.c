/* The handler of places. Neither its answers nor its errors are enveloped. */
#include "exchange.h"
#include "handlers.h"

static mc_buffer *begin(exchange *x, int status)
{
    mc_buffer *out = reply_begin_text(x->reply, status, "application/json");

    x->reply->is_api = true;
    return out;
}

/* The same error in another form. */
static void unwrap(exchange *x, int status)
{
    const mc_failure *error = mc_session_error(x->session);
    const char *text = error->fault_count ? error->faults[0].message : error->message;
    mc_buffer *out = begin(x, status);

    if (status == 500)
        text = "the server failed, and its log says why: tell the operator";
    if (mc_buffer_append(out, "{\"error\":[", 10) < 0 || json_string(out, text) < 0 ||
        mc_buffer_append(out, "]}", 2) < 0)
        x->reply->broken = MC_ENOMEM;
}

void handle_geocode(exchange *x)
{
    int rc = mc_place_find(begin(x, 200), x->session, request_param(x->request, "q"));

    if (!exchange_succeeded(x, rc))
        unwrap(x, x->reply->status);
}
