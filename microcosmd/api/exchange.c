#include "exchange.h"

#include <stdio.h>
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
    char path[LOG_PATH_SIZE];

    if (status < 500 || status == 501 || !is_worth_a_line(x->service, status))
        return;
    request_log_path(path, x->request->raw_path);
    log_line(x->service->log, status == 503 ? MC_LOG_WARNING : MC_LOG_ERROR, "%s %s: %s: %s%s%s",
             method_name(x->request->method), path, error->slug, error->message,
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

/* What to say to people where the library only has the kind of an error. What it says beside that
 * is more exact. */
static const struct {
    int code;
    const char *message;
} explanations[] = {
    {MC_ENOTFOUND, "there is no such thing on this site; it may have been deleted"},
    {MC_EUNAUTHENTICATED, "the access token is unknown or has expired: sign in again"},
    {MC_EBANNED, "you are banned from this site: ask its owner"},
    {MC_EUNAVAILABLE, "the database is away: try again in a few seconds"},
    {MC_EBUSY, "the server is too busy: try again in a few seconds"},
    {MC_ESCHEMA, "the database is not ready yet: try again in a few seconds"},
};

static const char *message_for(const exchange *x, const mc_failure *error)
{
    const mc_error_info *kind = mc_error_find(error->code);

    bool is_inside = error->code == MC_EUNAVAILABLE || error->code == MC_EBUSY ||
                     error->code == MC_ESCHEMA; /* of the server: nothing for clients */

    if (!kind || (!is_inside && strcmp(error->message, kind->text) != 0))
        return error->message;
    if (error->code == MC_EFORBIDDEN)
        return x->reply->is_guest ? "guests may not do this: sign in"
                                  : "your roles do not allow this here";
    for (size_t i = 0; i < sizeof(explanations) / sizeof(explanations[0]); i++)
        if (explanations[i].code == error->code)
            return explanations[i].message;
    return error->message;
}

int exchange_judge(mc_failure *error, exchange *x, int rc)
{
    method m = x->request->method;
    int status = reply_status_of(rc);

    if (status == 0)
        status = 500;
    if (rc == MC_ETOOLARGE && (m == METHOD_GET || m == METHOD_HEAD))
        status = 500; /* the reply was too large, not the request */
    *error = error_of(x, rc);
    log_failure(x, status, error);
    error->message = message_for(x, error);
    if (status == 500)
        error->message = "the server failed, and its log says why: tell the operator";
    return status;
}

bool exchange_succeeded(exchange *x, int rc)
{
    mc_failure error;
    int status;

    if (rc >= 0)
        return true;
    status = exchange_judge(&error, x, rc);
    x->reply->site = mc_session_site(x->session);
    x->reply->profile = mc_session_profile(x->session);
    reply_failure(x->reply, status, &error);
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

static void refuse_body(exchange *x, int status)
{
    char message[64];

    if (status == 413)
        snprintf(message, sizeof(message), "the body has more than %lld bytes",
                 (long long)x->service->config->max_body);
    else
        snprintf(message, sizeof(message), "the body %s",
                 status == 408 ? "took too long to arrive" : "is cut short or malformed");
    reply_refuse(x->reply, status, REASON_NONE, message);
}

static bool read_bytes(exchange *x, body *out)
{
    server_call *call = x->call;
    int status = body_read(call->body, x->request, x->service->config->max_body, call->wire);

    if (status != 0) {
        refuse_body(x, status);
        return false;
    }
    call->body_taken = true;
    out->bytes = mc_buffer_bytes(call->body);
    out->length = mc_buffer_length(call->body);
    return true;
}

bool exchange_body(exchange *x, body *out)
{
    if (find_format(&out->format, x->request))
        return read_bytes(x, out);
    reply_refuse(x->reply, 400, REASON_CONTENT_TYPE,
                 "the Content-Type must be application/json or "
                 "application/x-www-form-urlencoded");
    return false;
}

bool exchange_lines(exchange *x, body *out)
{
    if (request_body_format(x->request) == BODY_CSV)
        out->format = MC_FORMAT_CSV;
    else if (!find_format(&out->format, x->request))
        out->format = MC_FORMAT_FORM; /* which the library refuses, once it knows who asks */
    return read_bytes(x, out);
}

bool exchange_patch(exchange *x, body *out)
{
    if (!exchange_body(x, out))
        return false;
    if (out->format == MC_FORMAT_JSON)
        return true;
    reply_refuse(x->reply, 400, REASON_CONTENT_TYPE, "the Content-Type must be application/json");
    return false;
}
