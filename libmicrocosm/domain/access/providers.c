/*
 * Identifies visitors by asking a list of providers in order. Those that the host has registered
 * come first; the library's access tokens are the last provider.
 *
 * The list only grows until the app ends, so it is read without a lock. Identities that providers
 * allow the library to store are in the app's cache.
 */
#include "providers.h"

#include "../base/call.h"
#include "../base/error.h"
#include "../base/names.h"
#include "../base/share.h"
#include "provider_rules.h"
#include "users.h"

#include <pthread.h>

#define LONGEST_NAME 100

typedef struct inquiry {
    mc_session *session;
    mc_credentials credentials;
    mc__token_search *search; /* the search for the access token, if it has begun */
    const mc__batch *batch;
} inquiry;

typedef struct entry {
    const char *name;
    /* 0 with *out; MC_ENOTFOUND: not this provider's credentials; or an error of
     * mc_session_enter(), set in the session. */
    int (*ask)(mc__identified_user *out, const struct entry *provider, const inquiry *question);
    mc_auth_provider host;
    char *own_name, *own_title;
    _Atomic(struct entry *) next;
} entry;

struct mc__auth_providers {
    _Atomic(entry *) first;
    pthread_mutex_t lock; /* for appending */
};

struct mc_identity {
    mc__arena arena;
    bool called; /* whether mc_identity_accept() was called */
    int failed;  /* the result of mc_identity_accept() */
    const char *email, *profile_name;
    int64_t valid_s;
};

struct mc_auth_redirect {
    mc__arena *arena;
    const char *url;
    bool called;
    int failed;
};

static int check_answer(const mc_identity *identity, const char *email, int64_t valid_s)
{
    if (identity->called)
        return MC_ESTATE;
    if (valid_s < 0 || valid_s > MC_IDENTITY_VALID_MAX)
        return MC_EINVAL;
    return mc__email_check(email);
}

int mc_identity_accept(mc_identity *identity, const char *email, const char *profile_name,
                       int64_t valid_s)
{
    int rc;

    if (!identity)
        return MC_EINVAL;
    rc = check_answer(identity, email, valid_s);
    identity->called = true;
    if (rc == 0) {
        identity->email = mc__arena_strdup(&identity->arena, email);
        identity->profile_name = mc__arena_strdup(&identity->arena, profile_name);
        identity->valid_s = valid_s;
        if (identity->arena.failed)
            rc = MC_ENOMEM;
    }
    if (rc < 0)
        identity->failed = rc;
    return rc;
}

static void release_identity(mc_identity *identity)
{
    mc__arena_release(&identity->arena);
}

int mc_auth_redirect_to(mc_auth_redirect *redirect, const char *url)
{
    int rc = 0;

    if (!redirect)
        return MC_EINVAL;
    if (redirect->called)
        rc = MC_ESTATE;
    else if (!url || !mc__provider_url_is_sound(url))
        rc = MC_EINVAL;
    redirect->called = true;
    if (rc == 0)
        redirect->url = mc__arena_strdup(redirect->arena, url);
    if (rc == 0 && redirect->arena->failed)
        rc = MC_ENOMEM;
    if (rc < 0)
        redirect->failed = rc;
    return rc;
}

static bool may_be_told(int code)
{
    switch (code) {
    case MC_EUNAUTHENTICATED:
    case MC_EFORBIDDEN:
    case MC_EBANNED:
    case MC_EUNAVAILABLE:
    case MC_EBUSY:
    case MC_ENOMEM:
    case MC_ESYSTEM:
        return true;
    default:
        return false;
    }
}

static int blame(mc_session *session, const char *name, const char *what, int code)
{
    mc__log_write(&session->app->log, MC_LOG_ERROR, "the auth provider '%s' %s (%d)", name, what,
                  code);
    return mc__fail(&session->problem, MC_ESYSTEM, "the auth provider '%s' %s", name, what);
}

/* What a provider has answered, and whether it has called what it must for that. */
typedef struct answer {
    int rc, failed;
    bool called;
} answer;

static int judge(mc_session *session, const char *name, const answer *given)
{
    if (given->failed == MC_ENOMEM)
        return mc__out_of_memory(session);
    if (given->failed)
        return blame(session, name, "gave an answer that is not valid", given->failed);
    if (given->rc == 0 && !given->called)
        return blame(session, name, "accepted a visitor without saying whom", given->rc);
    if (given->rc == 0)
        return 0;
    if (may_be_told(given->rc))
        return mc__refuse(session, given->rc);
    return blame(session, name, "returned what is no answer", given->rc);
}

/* A callback must not use the session that asks: mc__call_start() refuses that. */

static void open_to_host(mc_session *session)
{
    session->is_asking = true;
}

static void close_to_host(mc_session *session)
{
    session->is_asking = false;
    mc__problem_clear(&session->problem);
}

static int ask_host(mc__identified_user *out, const entry *provider, const inquiry *question)
{
    mc_identity identity __attribute__((cleanup(release_identity))) = {0};
    mc_session *session = question->session;
    int rc;

    if (!provider->host.identify)
        return MC_ENOTFOUND;
    open_to_host(session);
    rc = provider->host.identify(provider->host.data, &question->credentials, &identity);
    close_to_host(session);
    if (rc == MC_ENOTFOUND)
        return rc;
    rc = judge(session, provider->name, &(answer){rc, identity.failed, identity.called});
    if (rc < 0)
        return rc;
    rc = mc__user_admit(&out->user_id, session, identity.email);
    if (rc < 0)
        return rc;
    out->profile_name = mc__arena_strdup(&session->scratch, identity.profile_name);
    out->valid_s = identity.valid_s;
    return session->scratch.failed ? mc__out_of_memory(session) : 0;
}

/* Providers that send browsers away. */

const mc_auth_provider *mc__auth_flow_at(mc_app *app, size_t number)
{
    for (const entry *p = atomic_load(&app->auth->first); p; p = atomic_load(&p->next))
        if (p->host.begin && number-- == 0)
            return &p->host;
    return NULL;
}

const mc_auth_provider *mc__auth_flow_find(mc_app *app, const char *name)
{
    const mc_auth_provider *found;

    for (size_t i = 0; (found = mc__auth_flow_at(app, i)); i++)
        if (strcmp(found->name, name) == 0)
            return found;
    return NULL;
}

int mc__auth_flow_begin(const char **url, mc_session *session, const mc_auth_provider *provider,
                        const mc_auth_flow *flow)
{
    mc_auth_redirect redirect = {.arena = &session->scratch};
    int rc;

    open_to_host(session);
    rc = provider->begin(provider->data, flow, &redirect);
    close_to_host(session);
    *url = redirect.url;
    return judge(session, provider->name, &(answer){rc, redirect.failed, redirect.called});
}

int mc__auth_flow_end(const char **email, const char **profile_name, mc_session *session,
                      const mc_auth_provider *provider, const mc_auth_flow *flow)
{
    mc_identity identity __attribute__((cleanup(release_identity))) = {0};
    int rc;

    open_to_host(session);
    rc = provider->end(provider->data, flow, &identity);
    close_to_host(session);
    rc = judge(session, provider->name, &(answer){rc, identity.failed, identity.called});
    if (rc < 0)
        return rc;
    *email = mc__arena_strdup(&session->scratch, identity.email);
    *profile_name = mc__arena_strdup(&session->scratch, identity.profile_name);
    return session->scratch.failed ? mc__out_of_memory(session) : 0;
}

static int search_token(mc__token_entry **out, mc_session *session, const char *token)
{
    mc__token_search search;
    mc_batch(batch);
    int rc = 0;

    mc__token_search_begin(&search, &batch, session, token);
    if (batch.count)
        rc = mc__read_of_no_site(session, &batch);
    if (rc == 0)
        rc = mc__token_search_end(out, &search, session, &batch);
    mc__token_search_release(&search);
    return rc;
}

static int ask_tokens(mc__identified_user *out, const entry *provider, const inquiry *question)
{
    mc_session *session = question->session;
    int rc = 0;

    (void)provider;
    if (strcmp(question->credentials.scheme, MC__SCHEME_BEARER) != 0)
        return MC_ENOTFOUND;
    if (question->search->has_begun)
        rc = mc__token_search_end(&out->token, question->search, session, question->batch);
    else
        rc = search_token(&out->token, session, question->credentials.token);
    if (rc < 0)
        return rc;
    if (!out->token)
        return MC_ENOTFOUND;
    out->user_id = out->token->user_id;
    return 0;
}

static const entry access_tokens = {.name = "token", .ask = ask_tokens};

typedef struct cached_identity {
    mc__entry entry;
    int64_t user_id;
} cached_identity;

static const mc__subject all_identities = {MC_SUBJECT_IDENTITIES, 0, 0};

static int make_key(mc__cache_key *key, const mc_credentials *credentials, mc__arena *arena)
{
    size_t scheme = strlen(credentials->scheme) + 1, token = strlen(credentials->token);
    char *both = mc__arena_alloc(arena, scheme + token);
    uint8_t hash[MC_SHA256_SIZE];

    if (!both)
        return MC_ENOMEM;
    memcpy(both, credentials->scheme, scheme); /* its NUL is the separator: no token has one */
    memcpy(both + scheme, credentials->token, token);
    mc__sha256(hash, both, scheme + token);
    *key = (mc__cache_key){.kind = MC_CACHED_IDENTITY, .site_id = credentials->site_id};
    _Static_assert(sizeof(key->id) == sizeof(hash), "the whole of it is the key");
    memcpy(key->id, hash, sizeof(hash));
    return 0;
}

static int64_t recall(mc_session *session, const mc__cache_key *key)
{
    mc_auto_entry cached_identity *cached =
        mc__may_share(session) ? mc__cache_find(session->app->cache, key) : NULL;

    return cached ? cached->user_id : 0;
}

/* Caches an identity. Not inside a transaction, whose rollback would remove a new user. The moment
 * was taken before the provider was asked, so an answer that is older than a call of
 * mc_app_forget_identities() is not cached. */
static void remember(mc_session *session, const mc__cache_key *key, const mc__identified_user *user,
                     uint64_t moment)
{
    mc_auto_entry cached_identity *cached = NULL;

    if (user->valid_s == 0 || !mc__may_share(session) || !mc__cache_is_trusted(session->app->cache))
        return;
    cached = mc__entry_new(sizeof(*cached), moment);
    if (!cached)
        return;
    cached->user_id = user->user_id;
    cached->entry.until_ms = mc__monotonic_ms() + user->valid_s * 1000;
    mc__entry_depends_on(cached, all_identities);
    mc__entry_depends_on(cached, (mc__subject){MC_SUBJECT_USER, 0, user->user_id});
    mc__cache_put(session->app->cache, key, cached);
}

void mc_app_forget_identities(mc_app *app)
{
    if (app)
        mc__cache_touch(app->cache, all_identities);
}

static int ask_all(mc__identified_user *out, const entry *first, const inquiry *question)
{
    int rc = MC_ENOTFOUND;

    for (const entry *p = first; p && rc == MC_ENOTFOUND; p = atomic_load(&p->next))
        rc = p->ask(out, p, question);
    if (rc == MC_ENOTFOUND)
        rc = access_tokens.ask(out, &access_tokens, question);
    return rc == MC_ENOTFOUND ? mc__refuse(question->session, MC_EUNAUTHENTICATED) : rc;
}

static int ask_hosts(mc__identified_user *out, const entry *first, const inquiry *question)
{
    mc_session *session = question->session;
    uint64_t moment = mc__cache_moment(session->app->cache);
    mc__cache_key key;
    int rc = make_key(&key, &question->credentials, &session->scratch);

    if (rc < 0)
        return mc__out_of_memory(session);
    out->user_id = recall(session, &key);
    if (out->user_id)
        return 0;
    rc = ask_all(out, first, question);
    if (rc == 0)
        remember(session, &key, out, moment);
    return rc;
}

static const char *scheme_of(const mc_visit *visit)
{
    return visit->scheme ? visit->scheme : MC__SCHEME_BEARER;
}

void mc__auth_prepare(mc__token_search *search, mc__batch *batch, mc_session *session,
                      const mc_visit *visit)
{
    if (visit->token && !atomic_load(&session->app->auth->first))
        mc__token_search_begin(search, batch, session, visit->token);
}

int mc__auth_identify(mc__identified_user *out, mc_session *session, const mc_visit *visit,
                      mc__token_search *search, const mc__batch *batch)
{
    const entry *first = atomic_load(&session->app->auth->first);
    const inquiry question = {.session = session,
                              .credentials = {.size = sizeof(mc_credentials),
                                              .scheme = scheme_of(visit),
                                              .token = visit->token,
                                              .site_id = session->site.id,
                                              .site_key = session->site.key,
                                              .address = visit->address ? visit->address : ""},
                              .search = search,
                              .batch = batch};

    *out = (mc__identified_user){.profile_name = ""};
    return first ? ask_hosts(out, first, &question) : ask_all(out, NULL, &question);
}

int mc__auth_providers_new(mc__auth_providers **out)
{
    mc__auth_providers *providers = mc__calloc(1, sizeof(*providers));

    if (!providers)
        return MC_ENOMEM;
    if (pthread_mutex_init(&providers->lock, NULL) != 0) {
        mc__free(providers);
        return MC_ESYSTEM;
    }
    *out = providers;
    return 0;
}

static void drop(entry *made)
{
    mc__free(made->own_name);
    mc__free(made->own_title);
    mc__free(made);
}

static void provider_free(entry *provider)
{
    if (provider->host.free)
        provider->host.free(provider->host.data);
    drop(provider);
}

void mc__auth_providers_free(mc__auth_providers *providers)
{
    entry *next;

    if (!providers)
        return;
    for (entry *p = atomic_load(&providers->first); p; p = next) {
        next = atomic_load(&p->next);
        provider_free(p);
    }
    pthread_mutex_destroy(&providers->lock);
    mc__free(providers);
}

static int read_provider(mc_auth_provider *out, mc__problem *problem, const mc_auth_provider *given)
{
    int rc;

    memset(out, 0, sizeof(*out));
    if (!given)
        return mc__fail(problem, MC_EINVAL, "no provider was given");
    rc = mc__struct_take(problem, out, sizeof(*out), given, "auth_provider");
    if (rc < 0)
        return rc;
    if (!out->name || !*out->name || strlen(out->name) > LONGEST_NAME)
        return mc__fail(problem, MC_EINVAL, "a provider needs a name of at most %d bytes",
                        LONGEST_NAME);
    if (!out->begin != !out->end || (!out->identify && !out->begin))
        return mc__fail(problem, MC_EINVAL, "a provider needs identify(), or begin() and end()");
    if (out->begin && !mc__provider_name_is_sound(out->name))
        return mc__fail(problem, MC_EINVAL,
                        "with begin() a name is 1 to %d letters a to z and digits",
                        MC__PROVIDER_NAME_MOST);
    if (out->title &&
        (strlen(out->title) > LONGEST_NAME || !mc__utf8_valid(out->title, strlen(out->title))))
        return mc__fail(problem, MC_EINVAL, "a title has at most %d bytes of UTF-8", LONGEST_NAME);
    return 0;
}

/* MC_ECONFLICT: another one that sends browsers away has the name. */
static int append(mc__auth_providers *providers, entry *made)
{
    _Atomic(entry *) *end = &providers->first;
    int rc = 0;
    entry *p;

    pthread_mutex_lock(&providers->lock);
    while ((p = atomic_load(end))) {
        if (p->host.begin && made->host.begin && strcmp(p->name, made->name) == 0)
            rc = MC_ECONFLICT;
        end = &p->next;
    }
    if (rc == 0)
        atomic_store(end, made);
    pthread_mutex_unlock(&providers->lock);
    return rc;
}

static int add_provider(mc_app *app, const mc_auth_provider *host)
{
    entry *made = mc__calloc(1, sizeof(*made));
    int rc;

    if (!made)
        return MC_ENOMEM;
    made->own_name = mc__strdup(host->name);
    made->own_title = mc__strdup(host->title ? host->title : host->name);
    made->host = *host;
    made->host.name = made->name = made->own_name;
    made->host.title = made->own_title;
    made->ask = ask_host;
    rc = made->own_name && made->own_title ? append(app->auth, made) : MC_ENOMEM;
    if (rc < 0)
        drop(made);
    return rc;
}

int mc_app_add_auth_provider(mc_app *app, const mc_auth_provider *given, mc_failure **error)
{
    mc_auth_provider host;
    mc__problem problem = {0};
    int rc = read_provider(&host, &problem, given);

    if (rc == 0 && (!app || !mc__pool_is_ours(app->pool)))
        rc = mc__fail(&problem, MC_ESTATE, MC_NO_APP);
    if (rc == 0)
        rc = add_provider(app, &host);
    if (rc == MC_ECONFLICT)
        mc__fail(&problem, rc, "there is a provider '%s' already", host.name);
    if (rc < 0 && host.free)
        host.free(host.data);
    return mc__hand_out(error, &problem, rc);
}
