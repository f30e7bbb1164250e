/*
 * mc_session: entering a site, acting as a profile, transactions. providers.c and users.c identify
 * the visitor, actor.c loads its rights.
 */
#include "../base/links.h"
#include "../base/call.h"
#include "../base/names.h"
#include "../base/read_marks.h"
#include "../base/share.h"
#include "actor.h"
#include "cached_site.h"
#include "permissions.h"
#include "providers.h"
#include "users.h"
#include "record/record.h"
#include "statements.h"

#include <arpa/inet.h>

int mc_session_new(mc_session **out, mc_app *app)
{
    mc_session *session;

    if (!out)
        return MC_EINVAL;
    if (!app || !mc__pool_is_ours(app->pool))
        return MC_ESTATE;
    session = mc__calloc(1, sizeof(*session));
    if (!session)
        return MC_ENOMEM;
    session->app = app;
    mc__problem_clear(&session->problem);
    session->explanation = (mc__text)MC_TEXT_INIT;
    session->db = (mc__db){.pool = app->pool, .problem = &session->problem};
    mc__facts_forget(session);
    *out = session;
    return 0;
}

/* A function of the host's was called and has not returned: the session is in the middle of a call.
 */
static bool is_in_callback(const mc_session *session)
{
    return session->is_asking || session->db.host.is_executing;
}

/* Rolls back; what was written meanwhile is told, since the answer to a ROLLBACK means nothing. */
static void leave(mc_session *session)
{
    mc__db_leave(&session->db);
    if (mc__pool_is_ours(session->app->pool))
        mc__invalidate_pending(session);
}

void mc_session_free(mc_session *session)
{
    if (!session || is_in_callback(session))
        return;
    leave(session);
    mc__facts_forget(session);
    mc__entry_release(session->cached_site);
    mc__token_use(session, NULL);
    mc__problem_release(&session->problem);
    mc__arena_release(&session->scratch);
    mc__free(session->pending_changes);
    mc__text_release(&session->explanation);
    mc__free(session);
}

static void forget_visit(mc_session *session)
{
    session->site = (mc__site_facts){0};
    mc__entry_release(session->cached_site);
    session->cached_site = NULL;
    mc__token_use(session, NULL);
    mc__facts_forget(session);
    session->entered = false;
    session->profile_id = 0;
    session->facts_loaded = false;
    session->db.site_id = 0;
    session->address[0] = '\0';
}

void mc_session_reset(mc_session *session)
{
    if (!session || is_in_callback(session))
        return;
    leave(session);
    session->db.host = (mc__host){0};
    forget_visit(session);
    mc__problem_clear(&session->problem);
}

const mc_failure *mc_session_error(const mc_session *session)
{
    static const mc_failure none = {0, "", "", "", 0, NULL, 0, 0};

    return session ? &session->problem.shown : &none;
}

int64_t mc_session_site(const mc_session *session)
{
    return session ? session->site.id : 0;
}

int64_t mc_session_profile(const mc_session *session)
{
    return session ? session->profile_id : 0;
}

bool mc_session_is_banned(const mc_session *session)
{
    return session && session->actor->is_banned &&
           !mc__owns_site(&session->site, session->profile_id);
}

const char *mc_session_ban_reason(const mc_session *session)
{
    return session ? session->ban_reason : "";
}

static int use_host(mc_session *session, const mc__host *host)
{
    session->db.host = *host;
    session->facts_loaded = false; /* another transaction may see other things */
    return 0;
}

static int start_switch(mc_session *session)
{
    int rc = mc__call_start(session);

    if (rc == 0 && session->db.in_transaction)
        rc = mc__fail(&session->problem, MC_ESTATE, "a transaction is open");
    return rc;
}

static int check_connection(mc_session *session, PGconn *pg)
{
    const char *encoding = PQparameterStatus(pg, "client_encoding");

    if (PQstatus(pg) != CONNECTION_OK || PQpipelineStatus(pg) != PQ_PIPELINE_OFF)
        return mc__fail(&session->problem, MC_ESTATE,
                        "the connection is not open, or in pipeline mode");
    if (!encoding || strcmp(encoding, "UTF8") != 0)
        return mc__fail(&session->problem, MC_ESTATE,
                        "the connection's client encoding must be UTF8");
    return 0;
}

int mc_session_use_connection(mc_session *session, void *pgconn)
{
    int rc = start_switch(session);

    if (rc == 0 && pgconn)
        rc = check_connection(session, pgconn);
    return rc < 0 ? rc : use_host(session, &(mc__host){.pg = pgconn});
}

static int read_executor(mc_executor *out, mc_session *session, const mc_executor *given)
{
    int rc = mc__struct_take(&session->problem, out, sizeof(*out), given, "executor");

    if (rc == 0 && !out->execute)
        rc = mc__fail(&session->problem, MC_EINVAL, "an executor needs execute()");
    return rc;
}

int mc_session_use_executor(mc_session *session, const mc_executor *executor)
{
    mc__host host = {0};
    int rc = start_switch(session);

    if (rc == 0 && executor)
        rc = read_executor(&host.executor, session, executor);
    return rc < 0 ? rc : use_host(session, &host);
}

int mc_session_begin(mc_session *session)
{
    int rc = mc__call_start(session);

    return rc < 0 ? rc : mc__db_begin(&session->db);
}

int mc_session_commit(mc_session *session)
{
    int rc = mc__call_start(session);

    if (rc < 0)
        return rc;
    rc = mc__db_commit(&session->db);
    mc__invalidate_pending(session);
    return rc;
}

int mc_session_rollback(mc_session *session)
{
    int rc = mc__call_start(session);

    if (rc < 0)
        return rc;
    session->facts_loaded = false;
    rc = mc__db_rollback(&session->db);
    mc__invalidate_pending(session);
    return rc;
}

typedef struct wanted_site {
    const char *key;    /* set to find it by key, or */
    const char *domain; /* set to find it by domain */
    bool is_under_base; /* if unknown, the error is MC_ENOSITE instead of MC_ENOTFOUND */
} wanted_site;

static const char *lower_host(mc__arena *arena, const char *host)
{
    char *copy = mc__arena_copy(arena, host, strcspn(host, ":"));

    for (char *c = copy; *c; c++)
        if (*c >= 'A' && *c <= 'Z')
            *c = (char)(*c + 'a' - 'A');
    return copy;
}

/* Interprets a Host header: {key}.{base}, the base itself (the default site if there is one, else
 * the root site), or a site's own domain. */
static wanted_site wanted_by_host(mc_session *session, const char *header)
{
    const char *host = lower_host(&session->scratch, header), *base = session->app->base_domain;
    const char *fallback = *session->app->default_site ? session->app->default_site : NULL;
    size_t host_length = strlen(host), base_length = strlen(base);

    if (strcmp(host, base) == 0)
        return (wanted_site){.key = fallback ? fallback : "root", .is_under_base = true};
    if (host_length > base_length + 1 && host[host_length - base_length - 1] == '.' &&
        strcmp(host + host_length - base_length, base) == 0) {
        const char *key = mc__arena_copy(&session->scratch, host, host_length - base_length - 1);

        /* The root site can't be reached by a key. */
        return (wanted_site){.key = mc__is_site_key(key) && strcmp(key, "root") != 0 ? key : "",
                             .is_under_base = mc__is_site_key(key)};
    }
    return (wanted_site){.key = fallback, .domain = host};
}

/* Different hosts may have the same cache key; the caller compares *text as well. Without a format,
 * since every request comes by here. */
static mc__cache_key key_of_wanted(mc__arena *arena, const wanted_site *wanted, const char **text)
{
    const char *key = wanted->key ? wanted->key : "",
               *domain = wanted->domain ? wanted->domain : "";
    size_t length = strlen(key) + 1 + strlen(domain);
    char *joined = mc__arena_text(arena, length);

    *text = joined ? joined : "";
    if (!joined)
        return (mc__cache_key){MC_CACHED_SITE, 0, {0}};
    stpcpy(stpcpy(stpcpy(joined, key), "/"), domain);
    return (mc__cache_key){MC_CACHED_SITE, 0, {mc__cache_number(joined, length)}};
}

static void use_site(mc_session *session, mc__cached_site *cached)
{
    session->cached_site = cached;
    session->site = cached->site;
    session->db.site_id = cached->site.id;
    session->entered = true;
}

static bool find_site(mc_session *session, const wanted_site *wanted)
{
    const char *text;
    mc__cache_key key = key_of_wanted(&session->scratch, wanted, &text);
    mc_auto_entry mc__cached_site *cached = NULL;

    if (!mc__may_share(session) || session->scratch.failed)
        return false;
    cached = mc__cache_find(session->app->cache, &key);
    if (!cached || strcmp(cached->wanted, text) != 0)
        return false;
    use_site(session, MC_TAKE(cached));
    return true;
}

static void cache_site(mc_session *session, const wanted_site *wanted, mc__cached_site *cached)
{
    const char *text;
    mc__cache_key key = key_of_wanted(&cached->entry.arena, wanted, &text);

    cached->wanted = text;
    mc__entry_depends_on(cached, (mc__subject){MC_SUBJECT_SITE, cached->site.id, 0});
    mc__entry_depends_on(cached,
                         (mc__subject){MC_SUBJECT_SITE, 0, 0}); /* another may take the domain */
    if (mc__may_share(session))
        mc__cache_put(session->app->cache, &key, cached);
}

static int read_site(mc_session *session, const PGresult *rows, const wanted_site *wanted)
{
    mc_auto_entry mc__cached_site *cached = NULL;
    mc__sites_find_row row;
    mc__site_facts *site;
    mc__arena *arena;

    if (PQntuples(rows) == 0) {
        if (wanted->is_under_base)
            return mc__fail_because(&session->problem, MC_ENOSITE, 14, "%s",
                                    mc_error_find(MC_ENOSITE)->text);
        return mc__refuse(session, MC_ENOTFOUND);
    }
    cached = mc__entry_new(sizeof(*cached), session->moment);
    if (!cached)
        return mc__out_of_memory(session);
    site = &cached->site;
    arena = &cached->entry.arena;
    row = mc__read_sites_find(rows, 0);
    site->id = row.site_id;
    site->key = mc__arena_strdup(arena, row.subdomain_key);
    site->owned_by = row.owned_by;
    site->created_by = row.created_by;
    site->only_admins_create_microcosms = row.only_admins_create_microcosms;
    site->markdown_max = row.markdown_max;
    site->version = row.facts_version;
    site->url = mc__site_url(session->app, arena, site->id, site->key, row.domain, row.force_ssl);
    site->host = mc__site_host(session->app, arena, site->id, site->key);
    cache_site(session, wanted, cached);
    if (arena->failed)
        return mc__out_of_memory(session);
    use_site(session, MC_TAKE(cached));
    return 0;
}

/* Finds site and token in one trip at most. */
static int find_site_and_user(mc_session *session, const wanted_site *wanted, const mc_visit *visit,
                              mc__identified_user *user)
{
    bool has_site = find_site(session, wanted);
    mc__token_search search = {0};
    mc_batch(batch);
    size_t site = 0;
    int rc = 0;

    if (!has_site) {
        site = mc__add_sites_find(
            &batch, &(mc__sites_find_in){.subdomain_key = wanted->key, .domain = wanted->domain});
    }
    mc__auth_prepare(&search, &batch, session, visit);
    if (batch.count)
        rc = mc__read_of_no_site(session, &batch);
    if (rc == 0 && !has_site)
        rc = read_site(session, mc__batch_rows(&batch, site), wanted);
    if (rc == 0 && visit->token)
        rc = mc__auth_identify(user, session, visit, &search, &batch);
    mc__token_search_release(&search);
    return rc;
}

/* Ignores an invalid address, which would make the database refuse the audit row of every write. */
static void note_address(mc_session *session, const char *address)
{
    unsigned char bytes[sizeof(struct in6_addr)];
    size_t size = strlen(address) + 1;

    if (size <= sizeof(session->address) &&
        (inet_pton(AF_INET, address, bytes) == 1 || inet_pton(AF_INET6, address, bytes) == 1))
        memcpy(session->address, address, size);
}

static void note_visit(mc_session *session)
{
    if (session->profile_id && session->limits.scope != MC_SCOPE_READ)
        mc__note_active(session);
    if (session->token)
        mc__note_used(session, session->token->token_id);
}

int mc_session_enter(mc_session *session, const mc_visit *given)
{
    mc_visit own = MC_VISIT_INIT;
    const mc_visit *visit = &own;
    mc__identified_user user = {0};
    wanted_site wanted;
    int rc = mc__call_start(session);

    if (rc < 0)
        return rc;
    forget_visit(session);
    session->moment = mc__cache_moment(session->app->cache);
    if (given)
        rc = mc__struct_take(&session->problem, &own, sizeof(own), given, "visit");
    if (rc < 0)
        return rc;
    if (!visit->host && !visit->site_key)
        return mc__fail(&session->problem, MC_EINVAL, "a host or a site's key is needed");
    if (visit->address)
        note_address(session, visit->address);
    if (visit->site_key)
        wanted = (wanted_site){.key = visit->site_key, .is_under_base = true};
    else
        wanted = wanted_by_host(session, visit->host);
    if (session->scratch.failed)
        return mc__out_of_memory(session);
    rc = find_site_and_user(session, &wanted, visit, &user);
    if (rc == 0 && user.user_id)
        rc = mc__profile_find_or_make(&session->profile_id, session, user.user_id,
                                      user.profile_name);
    mc__token_use(session, user.token); /* not earlier: it may not write what a first visit does */
    if (rc == 0)
        rc = mc__facts_load(session);
    if (rc < 0) {
        forget_visit(session);
        return rc;
    }
    note_visit(session);
    return 0;
}

int mc_session_act_as(mc_session *session, int64_t profile_id)
{
    mc__limits limits;
    int64_t before;
    int rc = mc__call_start(session);

    if (rc < 0)
        return rc;
    if (!session->site.id)
        return mc__fail(&session->problem, MC_ESTATE, "no site has been entered");
    before = session->profile_id;
    limits = session->limits;
    session->profile_id = profile_id;
    session->limits = (mc__limits){0}; /* the token isn't this profile's */
    rc = mc__facts_load(session);
    if (rc < 0) {
        session->profile_id = before;
        session->limits = limits;
        session->facts_loaded = false;
        return rc == MC_EUNAUTHENTICATED ? mc__refuse(session, MC_ENOTFOUND) : rc;
    }
    mc__token_use(session, NULL);
    return 0;
}

int mc_session_act_as_email(mc_session *session, const char *email)
{
    return mc_session_act_as_user(session, email, NULL);
}

int mc_session_act_as_user(mc_session *session, const char *email, const char *profile_name)
{
    int64_t user_id = 0, profile_id = 0;
    int rc = mc__call_start(session);

    if (rc < 0)
        return rc;
    if (!session->site.id)
        return mc__fail(&session->problem, MC_ESTATE, "no site has been entered");
    rc = mc__user_find_or_make(&user_id, session, email);
    if (rc == 0)
        rc = mc__profile_find_or_make(&profile_id, session, user_id, profile_name);
    return rc < 0 ? rc : mc_session_act_as(session, profile_id);
}
