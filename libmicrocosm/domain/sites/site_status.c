/* Whether what the owner of a site has set works: include/microcosm/sites.h. Asks name servers and
 * web servers that the owner names, so it holds no connection to the database meanwhile. */
#include "../access/actor.h"
#include "../base/call.h"
#include "../base/limiter.h"
#include "../base/links.h"
#include "remote/cname.h"
#include "remote/fetch.h"
#include "site_reading.h"
#include "types.h"

#define WAIT_MS 5000
#define REDIRECTS 3
#define PICTURE_MOST ((int64_t)32 << 20)
#define ANALYTICS "UA-"

static const mc__field site_health_fields[] = {
    MC_FIELD(mc_site_health, set, "set"),
    MC_FIELD(mc_site_health, valid, "valid"),
    MC_FIELD(mc_site_health, error, "error"),
    MC_FIELD(mc_site_health, value, "value", .flags = MC_FIELD_NULL),
};
const mc_type mc__site_health_type = MC_TYPE(mc_site_health, "site_health", site_health_fields);

static const mc__field site_status_fields[] = {
    MC_FIELD(mc_site_status, site, "site", .type = &mc__site_type, .flags = MC_FIELD_INHERIT),
    MC_FIELD(mc_site_status, domain, "domainHealth", .type = &mc__site_health_type),
    MC_FIELD(mc_site_status, background_url, "backgroundUrlHealth", .type = &mc__site_health_type),
    MC_FIELD(mc_site_status, logo_url, "logoUrlHealth", .type = &mc__site_health_type),
    MC_FIELD(mc_site_status, analytics_id, "analyticsIDHealth", .type = &mc__site_health_type),
};
const mc_type mc__site_status_type = MC_TYPE(mc_site_status, "site_status", site_status_fields);

/* value: "" if nothing is set. error: "" if it works. */
static const mc_site_health *put_health(mc__arena *arena, const char *value, const char *error)
{
    mc_site_health *health = mc__record_make(arena, &mc__site_health_type);

    if (!health)
        return NULL;
    health->set = *value != '\0';
    health->valid = health->set && !*error;
    health->error = error;
    health->value = value;
    return health;
}

/* The domain must be another name of the site's host here. */
static const mc_site_health *probe_domain(mc__arena *arena, const mc_app *app, const mc_site *site)
{
    const char *wanted = mc__site_host(app, arena, site->id, site->subdomain_key);
    const char *error = "";
    mc_site_health *health;
    mc_scratch_text(found);
    int rc;

    if (!*site->domain)
        return put_health(arena, "", "");
    rc = mc__remote_cname(&found, site->domain);
    if (rc == MC_EREMOTE)
        error = "no name server answers";
    else if (rc == MC_ENOTFOUND)
        error = mc__arena_format(arena, "it has no CNAME: that should be %s", wanted);
    else if (strcmp(mc__text_string(&found), wanted) != 0)
        error = mc__arena_format(arena, "its CNAME should be %s", wanted);
    arena->failed |= found.error != 0;
    health = (mc_site_health *)put_health(arena, site->domain, error);
    if (health)
        health->value = mc__arena_strdup(arena, mc__text_string(&found));
    return health;
}

static int skip(void *data, const void *bytes, size_t length)
{
    (void)data;
    (void)bytes;
    (void)length;
    return 0;
}

/* Pictures may have an address of their own, or a path on the site. */
static const mc_site_health *probe_picture(mc__arena *arena, const mc_app *app, const mc_site *site,
                                           const char *url)
{
    mc_reply(reply);
    mc__fetch fetch = {.url = url,
                       .sink = skip,
                       .wait_ms = WAIT_MS,
                       .most_bytes = PICTURE_MOST,
                       .redirects = REDIRECTS,
                       .guard = app->guard};
    const char *error = "";
    int rc;

    if (!*url)
        return put_health(arena, "", "");
    if (*url == '/')
        fetch.url = mc__arena_format(arena, "%s%s", site->site_url, url);
    rc = mc__remote_send(&reply, &fetch);
    arena->failed |= rc == MC_ENOMEM;
    if (rc < 0)
        error = mc__arena_strdup(arena, *reply.reason ? reply.reason : "it can't be fetched");
    else if (reply.status >= 400)
        error = mc__arena_format(arena, "the status is %d", reply.status);
    return put_health(arena, url, error);
}

/* The status takes ownership of the site, whatever comes of it. */
static int probe(mc_site_status **out, mc_session *session, mc_site *site)
{
    mc_auto(mc_record_free) void *held = site;
    const mc_app *app = session->app;
    const char *analytics = site->ga_web_property_id;
    mc_site_status *status = mc__record_new(&mc__site_status_type);
    mc__arena *arena;

    if (!status)
        return mc__out_of_memory(session);
    arena = mc__record_arena(status);
    if (!mc__record_hold(status, MC_TAKE(held), mc_record_free)) {
        mc_record_free(status);
        return mc__out_of_memory(session);
    }
    *out = status;
    status->site = site;
    status->domain = probe_domain(arena, app, site);
    status->background_url = probe_picture(arena, app, site, site->background_url);
    status->logo_url = probe_picture(arena, app, site, site->logo_url);
    status->analytics_id =
        put_health(arena, analytics,
                   !*analytics || strncmp(analytics, ANALYTICS, strlen(ANALYTICS)) == 0
                       ? ""
                       : "must begin with " ANALYTICS);
    return arena->failed ? mc__out_of_memory(session) : 0;
}

/* A few at a time: what they wait for may be slow on purpose. */
static int probe_in_turn(mc_site_status **out, mc_session *session, mc_site *site)
{
    mc_auto(mc_record_free) void *held = site;
    mc_auto(mc_record_free) void *record = NULL;
    mc_site_status *status = NULL;
    mc__place place;
    int rc = mc__limiter_enter(session->app->probing, &place, session->actor->profile_id, 1);

    if (rc < 0)
        return mc__fail(&session->problem, rc, "too many sites are being checked: try again");
    MC_TAKE(held);
    rc = probe(&status, session, site);
    mc__limiter_leave(session->app->probing, &place);
    record = status;
    if (rc < 0)
        return rc;
    MC_TAKE(record);
    *out = status;
    return 0;
}

int mc_site_status_get(mc_site_status **out, mc_session *session, int64_t site_id)
{
    mc__sites_owner_row facts;
    mc_site *site = NULL;
    int rc = mc__call_begin_for(out, session, MC_NEEDS_SITE);

    if (rc == 0)
        rc = mc__site_judge_change(&facts, session, site_id);
    if (rc == 0 && site_id == MC_ROOT_SITE)
        rc = mc__fail(&session->problem, MC_EINVAL, "the root site has nothing to check");
    if (rc == 0)
        rc = mc_site_find(&site, session, site_id);
    return rc < 0 ? rc : probe_in_turn(out, session, site);
}
