#include "dispatch.h"
#include "session_cookie.h"
#include "exchange.h"
#include "routes.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <time.h>

static void no_such_site(exchange *x)
{
    char message[HOST_MAX + 256];

    snprintf(message, sizeof(message),
             "there is no site at the host \"%.255s\": sites are at KEY.%.200s", x->request->host,
             x->service->config->base_domain);
    reply_not_found(x->reply, REASON_NO_SITE, message);
}

/* Whether the host is no site's name: an IPv4 address, or the base domain. */
static bool is_nameless(const exchange *x)
{
    const char *host = x->request->host, *base = x->service->config->base_domain;
    size_t length = strcspn(host, ":");

    return strspn(host, "0123456789.") == length ||
           (strlen(base) == length && strncasecmp(host, base, length) == 0);
}

/* Whether no other site was ever made, deleted ones included: else what follows the loss of a site
 * would be that its visitors find another. Asks at most once a second. */
static bool is_alone(exchange *x)
{
    service *s = x->service;
    int64_t now = time(NULL);
    mc_site_list *list = NULL;

    if (atomic_exchange_explicit(&s->alone_asked, now, memory_order_relaxed) != now &&
        mc_sites_list(&list, x->session, 0, 2) == 0) {
        const mc_site_summary *first = list->sites.count == 1 ? list->sites.items[0] : NULL;

        atomic_store_explicit(&s->is_alone,
                              first && !first->deleted &&
                                  strcmp(first->subdomain_key, s->lone_site) == 0,
                              memory_order_relaxed);
        mc_record_free(list);
    }
    return atomic_load_explicit(&s->is_alone, memory_order_relaxed);
}

static bool is_for_lone_site(exchange *x)
{
    return x->service->lone_site && is_nameless(x) && is_alone(x);
}

static bool asks_for_credentials(const exchange *x)
{
    return !(x->route->flags & NO_CREDENTIALS);
}

/*
 * The token of the request's cookie, if it may be looked at: not by scripts of other sites (JSONP),
 * and not for pages of other origins, whose requests are those of guests.
 */
static const char *cookie_token(const exchange *x)
{
    const request *q = x->request;
    bool begins = (x->route->flags & BEGINS_SESSION) && q->method == METHOD_POST;

    return begins || q->is_from_elsewhere || *q->callback ? NULL : q->cookie_token;
}

/* Enter the site of the Host header. False if that failed and the reply is made. */
static bool enter(exchange *x)
{
    mc_visit visit = MC_VISIT_INIT;
    int rc;

    if (is_for_lone_site(x))
        visit.site_key = x->service->lone_site;
    else
        visit.host = x->request->host;
    if (asks_for_credentials(x)) {
        const char *cookie = cookie_token(x);

        visit.token = cookie ? cookie : x->request->token;
        x->by_cookie = cookie != NULL;
    }
    visit.address = x->request->address;
    rc = mc_session_enter(x->session, &visit);
    if (rc == MC_ENOTFOUND || rc == MC_ENOSITE)
        no_such_site(x);
    else if (exchange_succeeded(x, rc))
        return true;
    if (rc == MC_EUNAUTHENTICATED && x->by_cookie)
        session_cookie_set(x, ""); /* so that the next request is a guest's */
    return false;
}

/* Whether the route exists on this kind of host. */
static bool is_on_host(const exchange *x)
{
    return x->route->flags & (mc_session_is_root_site(x->session) ? ON_ROOT : ON_SITE);
}

static bool is_reading(const exchange *x)
{
    method m = x->request->method;

    return m == METHOD_GET || m == METHOD_HEAD || m == METHOD_OPTIONS;
}

/* Who is banned may do nothing but read some addresses. */
static bool is_let_in(const exchange *x)
{
    if (!mc_session_is_banned(x->session))
        return true;
    if (!is_reading(x))
        return false;
    return (x->route->flags & BANNED_TOO) || ((x->route->flags & BANNED_SELF) && x->ids_sound &&
                                              x->ids[0] == mc_session_profile(x->session));
}

/* A cookie alone doesn't show that its owner wants to write: others can have a browser send it. */
static bool is_wanted(exchange *x)
{
    return !x->by_cookie || is_reading(x) ||
           exchange_succeeded(x, mc_browser_session_check(x->session, x->request->csrf_token));
}

static void refuse_banned(exchange *x)
{
    const char *reason = mc_session_ban_reason(x->session);
    char message[2048];

    snprintf(message, sizeof(message), "you are banned from this site: %s",
             *reason ? reason : "ask its owner");
    reply_refuse(x->reply, 403, REASON_BANNED, message);
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

    if ((x->route->flags & ONLY_GET) && x->request->method != METHOD_GET)
        reply_refuse(x->reply, 501, REASON_NONE, "this address takes GET only");
    else if (x->request->method == METHOD_OPTIONS)
        reply_options(x->reply, x->route->allow);
    else if (!h)
        reply_not_allowed(x->reply, x->request->method, x->route->allow);
    else if (!x->ids_sound)
        reply_refuse(x->reply, 400, REASON_NONE, "an id must be a positive number of 64 bits");
    else
        h(x);
}

/* The order of the checks determines which error is reported: site, path, credentials, ban, method.
 */
static void run_on_site(exchange *x)
{
    if (!atomic_load_explicit(&x->service->schema_ready, memory_order_acquire)) {
        reply_refuse(x->reply, 503, REASON_NONE,
                     "the database is not ready yet: try again in a few seconds");
        return;
    }
    if (!enter(x))
        return;
    x->reply->site = mc_session_site(x->session);
    x->reply->profile = mc_session_profile(x->session);
    x->reply->is_guest = x->reply->profile == 0;
    if (!is_on_host(x))
        reply_not_found(x->reply, REASON_NONE,
                        x->route->flags & ON_SITE
                            ? "this address is not served on this host, but on those of sites"
                            : "this address is not served on the hosts of sites, but on the bare "
                              "base domain");
    else if (x->request->token_malformed && asks_for_credentials(x))
        reply_refuse(x->reply, 401, REASON_TOKEN,
                     "the Authorization header must be \"Bearer TOKEN\": sign in again");
    else if (!is_let_in(x))
        refuse_banned(x);
    else if (is_wanted(x))
        handle(x);
}

static void run(exchange *x, server_call *call)
{
    x->call = call;
    x->request = call->request;
    x->reply = call->reply;
    memset(x->ids, 0, sizeof(x->ids)); /* remove those of the previous request */
    x->by_cookie = false;
    *x->cookie = '\0';
    x->route = route_find(x, x->request->path);
    if (!x->route)
        reply_not_found(x->reply, REASON_NONE,
                        "there is no such address: docs/http/ describes those that there are");
    else if (x->request->callback_unsafe)
        reply_refuse(x->reply, 400, REASON_NONE,
                     "callback must be a name of letters, digits, \"_\", \"$\" and \".\"");
    else if (x->route->flags & OPERATIONAL)
        handle(x);
    else
        run_on_site(x);
}

static void *worker_new(void *data)
{
    service *s = data;
    exchange *x = calloc(1, sizeof(*x));

    if (!x)
        return NULL;
    x->service = s;
    if (mc_session_new(&x->session, s->app) == 0)
        return x;
    free(x);
    return NULL;
}

static void worker_free(void *worker)
{
    exchange *x = worker;

    mc_session_free(x->session);
    free(x);
}

static void respond(void *worker, server_call *call)
{
    exchange *x = worker;

    run(x, call);
    call->route = route_number(x->route);
    call->site = mc_session_site(x->session);
    call->profile = mc_session_profile(x->session);
}

static void sent(void *worker)
{
    exchange *x = worker;

    mc_record_free(x->file);
    x->file = NULL;
    mc_session_reset(x->session);
}

responder dispatch_responder(service *s)
{
    return (responder){
        .data = s,
        .worker_new = worker_new,
        .worker_free = worker_free,
        .respond = respond,
        .sent = sent,
    };
}
