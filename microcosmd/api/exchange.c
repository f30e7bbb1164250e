#include "exchange.h"

#include <string.h>
#include <time.h>

/* While the database is unavailable all requests fail alike: log at most one line per second. */
static bool is_worth_a_line(service *s, int status)
{
    int64_t now = time(NULL);

    return status != 503 ||
           atomic_exchange_explicit(&s->last_unavailable, now, memory_order_relaxed) != now;
}

/* Logs details that the reply doesn't have; without the query, which may contain a token. */
static void log_failure(const exchange *x, int status, const mc_failure *error)
{
    if (status < 500 || status == 501 || !is_worth_a_line(x->service, status))
        return;
    log_line(x->service->log, status == 503 ? MC_LOG_WARNING : MC_LOG_ERROR, "%s %s: %s: %s%s%s",
             method_name(x->request->method), x->request->raw_path, error->slug, error->message,
             *error->sqlstate ? " sqlstate " : "", error->sqlstate);
}

/* The session's error, or one for a failure that isn't in the session. */
static mc_failure error_of(const exchange *x, int rc)
{
    const mc_failure *error = mc_session_error(x->session);
    const mc_error_info *kind = mc_error_find(rc);

    if (error->code == rc)
        return *error;
    return (mc_failure){.code = rc,
                        .slug = kind ? kind->slug : "unknown",
                        .message = kind ? kind->text : "unknown failure",
                        .sqlstate = ""};
}

bool exchange_succeeded(exchange *x, int rc)
{
    mc_failure error;
    method m = x->request->method;
    int status;

    if (rc >= 0)
        return true;
    status = reply_status_of(rc);
    if (status == 0)
        status = 500;
    if (rc == MC_ETOOLARGE && (m == METHOD_GET || m == METHOD_HEAD))
        status = 500; /* the reply was too large, not the request */
    error = error_of(x, rc);
    log_failure(x, status, &error);
    reply_failure(x->reply, status, &error, mc_session_site(x->session),
                  mc_session_profile(x->session));
    return false;
}

/* The format of the Content-Type header. False for an unknown type. */
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
