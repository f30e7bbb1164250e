#include "exchange.h"
#include "routes.h"

#include <string.h>
#include <time.h>

/* Reserved number for "no such site" (contract conventions.md section 5). */
#define REASON_NO_SITE 14

/* While the database is away every request fails alike: a line a second says it all. */
static bool is_news(service *s, int status)
{
    int64_t now = time(NULL);

    return status != 503 ||
           atomic_exchange_explicit(&s->last_unavailable, now, memory_order_relaxed) != now;
}

/* What clients are not told. The query is left out: it may hold a token. */
static void log_failure(const exchange *x, int status, const mc_error *error)
{
    if (status < 500 || status == 501 || !is_news(x->service, status))
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

bool exchange_body(exchange *x, mc_format *format)
{
    static const char *const messages[] = {
        [0] = "the body is cut short or malformed", /* 400 */
        [8] = "the body took too long to arrive",   /* 408 */
        [13] = "the body is too large",             /* 413 */
    };
    int status;

    switch (request_body_format(x->request)) {
    case BODY_JSON:
        *format = MC_FORMAT_JSON;
        break;
    case BODY_FORM:
        *format = MC_FORMAT_FORM;
        break;
    default:
        reply_refuse(x->reply, 400,
                     "the Content-Type must be application/json or "
                     "application/x-www-form-urlencoded");
        return false;
    }
    status = body_read(x->body, x->request, x->service->config->max_body, x->wire);
    if (status == 0) {
        x->body_taken = true;
        return true;
    }
    reply_refuse(x->reply, status, messages[status - 400]);
    return false;
}

/* ---- the way to the handler ---- */

static void no_such_site(exchange *x)
{
    mc_error error = *mc_session_error(x->session);

    error.reason = REASON_NO_SITE;
    reply_failure(x->reply, 404, &error, 0, 0);
}

/* Enter the site that the Host header names. False when that made the reply already. */
static bool enter(exchange *x)
{
    mc_visit visit = MC_VISIT_INIT;
    int rc;

    visit.host = x->request->host;
    visit.token = x->request->token;
    visit.address = x->request->address;
    rc = mc_session_enter(x->session, &visit);
    if (rc == MC_ENOTFOUND)
        reply_not_found(x->reply);
    else if (rc == MC_ENOSITE)
        no_such_site(x);
    else
        return exchange_succeeded(x, rc);
    return false;
}

/* Each kind of host has paths of its own; the others don't exist on it. */
static bool is_on_host(const exchange *x)
{
    return x->route->flags & (mc_session_is_root_site(x->session) ? ON_ROOT : ON_SITE);
}

static bool is_let_in(const exchange *x)
{
    if (!mc_session_is_banned(x->session) || (x->route->flags & BANNED_TOO))
        return true;
    return (x->route->flags & BANNED_SELF) && x->ids_sound &&
           x->ids[0] == mc_session_profile(x->session);
}

static handler *find_handler(const route *r, method m)
{
    switch (m) {
    case METHOD_GET:
        return r->get;
    case METHOD_HEAD:
        return strstr(r->allow, "HEAD") ? r->get : NULL;
    case METHOD_POST:
        return r->post;
    case METHOD_PUT:
        return r->put;
    case METHOD_PATCH:
        return r->patch;
    case METHOD_DELETE:
        return r->delete;
    default:
        return NULL;
    }
}

static void handle(exchange *x)
{
    handler *h = find_handler(x->route, x->request->method);

    if (x->request->method == METHOD_OPTIONS)
        reply_options(x->reply, x->route->allow);
    else if (!h)
        reply_not_allowed(x->reply, x->route->allow);
    else if (!x->ids_sound)
        reply_refuse(x->reply, 400, "an id must be a positive number of 64 bits");
    else
        h(x);
}

/* In the order of the contract: the site, the path on it, the credentials, the ban, the method. */
static void run_on_site(exchange *x)
{
    if (!atomic_load_explicit(&x->service->schema_ready, memory_order_acquire)) {
        reply_refuse(x->reply, 503, "the database is not ready");
        return;
    }
    if (!enter(x))
        return;
    x->reply->is_guest = mc_session_profile(x->session) == 0;
    if (!is_on_host(x))
        reply_not_found(x->reply);
    else if (x->request->token_malformed)
        reply_refuse(x->reply, 401, "the credentials are malformed");
    else if (!is_let_in(x))
        reply_refuse(x->reply, 403, "you are banned from this site");
    else
        handle(x);
}

void exchange_run(exchange *x)
{
    x->route = route_find(x, x->request->path);
    if (!x->route)
        reply_not_found(x->reply);
    else if (x->request->callback_unsafe)
        reply_refuse(x->reply, 400, "the callback's name is not safe");
    else if (x->route->flags & OPERATIONAL)
        handle(x);
    else
        run_on_site(x);
}
