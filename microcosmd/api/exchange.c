#include "exchange.h"

#include <string.h>
#include <time.h>

/* While the database is away every request fails alike: a line a second says it all. */
static bool is_worth_a_line(service *s, int status)
{
    int64_t now = time(NULL);

    return status != 503 ||
           atomic_exchange_explicit(&s->last_unavailable, now, memory_order_relaxed) != now;
}

/* What clients are not told. The query is left out: it may hold a token. */
static void log_failure(const exchange *x, int status, const mc_error *error)
{
    if (status < 500 || status == 501 || !is_worth_a_line(x->service, status))
        return;
    log_line(x->service->log, status == 503 ? MC_LOG_WARNING : MC_LOG_ERROR, "%s %s: %s: %s%s%s",
             method_name(x->request->method), x->request->raw_path, error->slug, error->message,
             *error->sqlstate ? " sqlstate " : "", error->sqlstate);
}

/* The session's error, or what is known of a failure that the session doesn't know of. */
static mc_error error_of(const exchange *x, int rc)
{
    const mc_error *error = mc_session_error(x->session);
    const mc_error_info *kind = mc_error_find(rc);

    if (error->code == rc)
        return *error;
    return (mc_error){.code = rc,
                      .slug = kind ? kind->slug : "unknown",
                      .message = kind ? kind->text : "unknown failure",
                      .sqlstate = ""};
}

bool exchange_succeeded(exchange *x, int rc)
{
    mc_error error;
    method m = x->request->method;
    int status;

    if (rc >= 0)
        return true;
    status = reply_status_of(rc);
    if (status == 0)
        status = 500;
    if (rc == MC_ETOOLARGE && (m == METHOD_GET || m == METHOD_HEAD))
        status = 500; /* a reply, not a request, outgrew its limit */
    error = error_of(x, rc);
    log_failure(x, status, &error);
    reply_failure(x->reply, status, &error, mc_session_site(x->session),
                  mc_session_profile(x->session));
    return false;
}

/* The format that the Content-Type header names. False for another. */
static bool find_format(mc_format *out, const request *r)
{
    switch (request_body_format(r)) {
    case BODY_JSON:
        *out = MC_FORMAT_JSON;
        return true;
    case BODY_FORM:
        *out = MC_FORMAT_FORM;
        return true;
    default:
        return false;
    }
}

static const char *body_problem(int status)
{
    switch (status) {
    case 408:
        return "the body took too long to arrive";
    case 413:
        return "the body is too large";
    default:
        return "the body is cut short or malformed";
    }
}

bool exchange_body(exchange *x, body *out)
{
    server_call *call = x->call;
    int status;

    if (!find_format(&out->format, x->request)) {
        reply_refuse(x->reply, 400,
                     "the Content-Type must be application/json or "
                     "application/x-www-form-urlencoded");
        return false;
    }
    status = body_read(call->body, x->request, x->service->config->max_body, call->wire);
    if (status != 0) {
        reply_refuse(x->reply, status, body_problem(status));
        return false;
    }
    call->body_taken = true;
    out->bytes = mc_buffer_bytes(call->body);
    out->length = mc_buffer_length(call->body);
    return true;
}
