/*
 * Who a visitor is: the ways to find out, asked one after another. Those that hosts have registered
 * come first; the library's own access tokens are the last entry of the same kind.
 *
 * The list only grows until the app ends, so it is read without a lock. What providers let the
 * library remember is in a table of fixed size, by the digest of the credentials: what falls on a
 * place that is taken replaces what is there.
 */
#include "domain.h"

#define PLACES 1024
#define LONGEST_NAME 100

typedef struct inquiry {
    mc_session *session;
    mc_credentials credentials;
    const PGresult *token_rows; /* of mc__auth_token_add(), or NULL */
} inquiry;

typedef struct entry {
    const char *name;
    /* 0 and *out, MC_ENOTFOUND: not mine, or what mc_session_enter() returns, noted in the session
     */
    int (*ask)(mc__known_user *out, const struct entry *provider, const inquiry *question);
    mc_auth_provider host;
    char *own_name;
    _Atomic(struct entry *) next;
} entry;

typedef struct remembered {
    uint8_t digest[MC_SHA256_SIZE]; /* of scheme and token */
    int64_t site_id, user_id, until_ms;
} remembered;

struct mc__auth_providers {
    _Atomic(entry *) first;
    pthread_mutex_t lock; /* guards what follows, and appending to the list */
    uint64_t generation;  /* moves when all is forgotten */
    remembered places[PLACES];
};

/* ---- what a provider says -------------------------------------------------------------------- */

struct mc_identity {
    mc__arena arena;
    bool called; /* mc_identity_accept() was */
    int failed;  /* what mc_identity_accept() returned */
    const char *email, *profile_name;
    int64_t valid_s;
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

/* ---- asking a host --------------------------------------------------------------------------- */

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

/* The session must not be used meanwhile, as it is in the middle of entering: see begin() in
 * session.c. */
static int call_host(const entry *provider, const inquiry *question, mc_identity *identity)
{
    mc_session *session = question->session;
    int rc;

    session->is_asking = true;
    rc = provider->host.identify(provider->host.data, &question->credentials, identity);
    session->is_asking = false;
    mc__problem_clear(&session->problem);
    return rc;
}

static int judge(const mc_identity *identity, mc_session *session, const char *name, int rc)
{
    if (rc == MC_ENOTFOUND)
        return rc;
    if (identity->failed == MC_ENOMEM)
        return mc__out_of_memory(session);
    if (identity->failed)
        return blame(session, name, "gave an answer that is not valid", identity->failed);
    if (rc == 0 && !identity->called)
        return blame(session, name, "accepted a visitor without saying whom", rc);
    if (rc == 0)
        return 0;
    if (may_be_told(rc))
        return mc__refuse(session, rc);
    return blame(session, name, "returned what is no answer", rc);
}

static int ask_host(mc__known_user *out, const entry *provider, const inquiry *question)
{
    mc_identity identity __attribute__((cleanup(release_identity))) = {0};
    mc_session *session = question->session;
    int rc = judge(&identity, session, provider->name, call_host(provider, question, &identity));

    if (rc < 0)
        return rc;
    rc = mc__user_find_or_make(&out->user_id, session, identity.email);
    if (rc < 0)
        return rc;
    out->profile_name = mc__arena_strdup(&session->scratch, identity.profile_name);
    out->valid_s = identity.valid_s;
    return session->scratch.failed ? mc__out_of_memory(session) : 0;
}

/* ---- access tokens: the built-in provider -----------------------------------------------------
 */

static int ask_tokens(mc__known_user *out, const entry *provider, const inquiry *question)
{
    const PGresult *rows = question->token_rows;
    mc_batch(batch);
    int rc;

    (void)provider;
    if (strcmp(question->credentials.scheme, MC__SCHEME_BEARER) != 0)
        return MC_ENOTFOUND;
    if (!rows) {
        mc__auth_token_add(&batch, question->credentials.token);
        rc = mc__run_as_platform(question->session, &batch, MC_READ);
        if (rc < 0)
            return rc;
        rows = mc__batch_rows(&batch, 0);
    }
    if (PQntuples(rows) == 0)
        return MC_ENOTFOUND;
    out->user_id = mc__row_int(rows, 0, 0);
    return 0;
}

static const entry access_tokens = {.name = "token", .ask = ask_tokens};

/* ---- what may be remembered ------------------------------------------------------------------ */

static void digest_of(uint8_t digest[MC_SHA256_SIZE], const mc_credentials *credentials,
                      mc__arena *arena)
{
    size_t scheme = strlen(credentials->scheme) + 1, token = strlen(credentials->token);
    char *both = mc__arena_alloc(arena, scheme + token);

    if (!both)
        return;
    memcpy(both, credentials->scheme, scheme); /* with its NUL, which is in no token */
    memcpy(both + scheme, credentials->token, token);
    mc__sha256(digest, both, scheme + token);
}

static remembered *place_of(mc__auth_providers *providers, const uint8_t digest[MC_SHA256_SIZE])
{
    return &providers->places[((size_t)digest[0] << 8 | digest[1]) % PLACES];
}

/* Also tells the generation, for remember(). */
static int64_t recall(uint64_t *generation, mc__auth_providers *providers,
                      const uint8_t digest[MC_SHA256_SIZE], int64_t site_id)
{
    const remembered *place = place_of(providers, digest);
    int64_t user_id = 0;

    pthread_mutex_lock(&providers->lock);
    *generation = providers->generation;
    if (place->site_id == site_id && place->until_ms > mc__monotonic_ms() &&
        memcmp(place->digest, digest, MC_SHA256_SIZE) == 0)
        user_id = place->user_id;
    pthread_mutex_unlock(&providers->lock);
    return user_id;
}

/* An answer that was on its way while all was forgotten is not kept. */
static void remember(mc__auth_providers *providers, uint64_t generation,
                     const uint8_t digest[MC_SHA256_SIZE], int64_t site_id,
                     const mc__known_user *user)
{
    remembered *place = place_of(providers, digest);

    pthread_mutex_lock(&providers->lock);
    if (providers->generation == generation) {
        memcpy(place->digest, digest, MC_SHA256_SIZE);
        place->site_id = site_id;
        place->user_id = user->user_id;
        place->until_ms = mc__monotonic_ms() + user->valid_s * 1000;
    }
    pthread_mutex_unlock(&providers->lock);
}

void mc_app_forget_identities(mc_app *app)
{
    if (!app)
        return;
    pthread_mutex_lock(&app->auth->lock);
    app->auth->generation++;
    memset(app->auth->places, 0, sizeof(app->auth->places));
    pthread_mutex_unlock(&app->auth->lock);
}

/* ---- asking all ------------------------------------------------------------------------------ */

static int ask_all(mc__known_user *out, const entry *first, const inquiry *question)
{
    int rc = MC_ENOTFOUND;

    for (const entry *p = first; p && rc == MC_ENOTFOUND; p = atomic_load(&p->next))
        rc = p->ask(out, p, question);
    if (rc == MC_ENOTFOUND)
        rc = access_tokens.ask(out, &access_tokens, question);
    return rc == MC_ENOTFOUND ? mc__refuse(question->session, MC_EUNAUTHENTICATED) : rc;
}

/* A user made inside a transaction is gone if it is rolled back, so is not remembered. */
static bool is_lasting(const mc_session *session)
{
    return !session->db.host && !session->db.in_transaction;
}

static int ask_hosts(mc__known_user *out, const entry *first, const inquiry *question)
{
    mc_session *session = question->session;
    mc__auth_providers *providers = session->app->auth;
    uint8_t digest[MC_SHA256_SIZE] = {0};
    int64_t site_id = session->site.id;
    uint64_t generation;
    int rc;

    digest_of(digest, &question->credentials, &session->scratch);
    if (session->scratch.failed)
        return mc__out_of_memory(session);
    out->user_id = recall(&generation, providers, digest, site_id);
    if (out->user_id)
        return 0;
    rc = ask_all(out, first, question);
    if (rc == 0 && out->valid_s > 0 && is_lasting(session))
        remember(providers, generation, digest, site_id, out);
    return rc;
}

int mc__auth_identify(mc__known_user *out, mc_session *session, const mc_visit *visit,
                      const PGresult *token_rows)
{
    const entry *first = atomic_load(&session->app->auth->first);
    const inquiry question = {.session = session,
                              .credentials = {.size = sizeof(mc_credentials),
                                              .scheme = mc__visit_scheme(visit),
                                              .token = visit->token,
                                              .site_id = session->site.id,
                                              .site_key = session->site.key,
                                              .address = visit->address ? visit->address : ""},
                              .token_rows = token_rows};

    *out = (mc__known_user){.profile_name = ""};
    return first ? ask_hosts(out, first, &question) : ask_all(out, NULL, &question);
}

const char *mc__visit_scheme(const mc_visit *visit)
{
    bool knows = visit->size >= offsetof(mc_visit, scheme) + sizeof(visit->scheme);

    return knows && visit->scheme ? visit->scheme : MC__SCHEME_BEARER;
}

/* ---- registering ------------------------------------------------------------------------------
 */

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

static void provider_free(entry *provider)
{
    if (provider->host.free)
        provider->host.free(provider->host.data);
    mc__free(provider->own_name);
    mc__free(provider);
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

/* The caller's struct may be older and shorter, or newer with members that must then be zero. */
static int read_provider(mc_auth_provider *out, mc__problem *problem, const mc_auth_provider *given)
{
    size_t known = sizeof(*out);

    memset(out, 0, sizeof(*out));
    if (!given || given->size < sizeof(*out))
        return mc__fail(problem, MC_EINVAL, "the provider's size is not set");
    memcpy(out, given, known);
    for (size_t i = known; i < given->size; i++)
        if (((const char *)given)[i])
            return mc__fail(problem, MC_EINVAL, "a member is set that this library does not know");
    if (!out->name || !*out->name || strlen(out->name) > LONGEST_NAME)
        return mc__fail(problem, MC_EINVAL, "a provider needs a name of at most %d bytes",
                        LONGEST_NAME);
    if (!out->identify)
        return mc__fail(problem, MC_EINVAL, "a provider needs identify()");
    return 0;
}

static void append(mc__auth_providers *providers, entry *made)
{
    _Atomic(entry *) *end = &providers->first;
    entry *p;

    pthread_mutex_lock(&providers->lock);
    while ((p = atomic_load(end)))
        end = &p->next;
    atomic_store(end, made);
    pthread_mutex_unlock(&providers->lock);
}

static int add_provider(mc_app *app, const mc_auth_provider *host)
{
    entry *made = mc__calloc(1, sizeof(*made));

    if (made)
        made->own_name = mc__strdup(host->name);
    if (!made || !made->own_name) {
        mc__free(made);
        return MC_ENOMEM;
    }
    made->host = *host;
    made->host.name = made->name = made->own_name;
    made->ask = ask_host;
    append(app->auth, made);
    return 0;
}

int mc_app_add_auth_provider(mc_app *app, const mc_auth_provider *given, mc_error **error)
{
    mc_auth_provider host;
    mc__problem problem = {0};
    int rc = read_provider(&host, &problem, given);

    if (error)
        *error = NULL;
    if (rc == 0 && (!app || !mc__pool_is_ours(app->pool)))
        rc = mc__fail(&problem, MC_ESTATE, "there is no app, or it was made before a fork");
    if (rc == 0)
        rc = add_provider(app, &host);
    if (rc == 0)
        return 0;
    if (host.free)
        host.free(host.data);
    return mc__hand_out(error, &problem, rc);
}
