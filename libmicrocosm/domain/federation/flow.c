/* Signing in through a provider: include/microcosm/sign_in_providers.h. The requests to it are made
 * while neither a connection to the database nor a lock is held. */
#include "flow.h"

#include "../access/actor.h"
#include "../access/providers.h"
#include "../base/call.h"
#include "../base/limiter.h"
#include "arrivals.h"
#include "landing.h"
#include "types.h"
#include "statements.h"

#define BEGIN_MS 5000
#define END_MS 10000
/* Of one provider, so that one which doesn't answer is not what all threads wait for. */
#define AT_ONCE 4
#define CALLBACK_PATH "/api/v1/signedin/"

static const mc__field sign_in_start_fields[] = {
    MC_FIELD(mc_sign_in_start, url, "url"),
    MC_FIELD(mc_sign_in_start, secret, "secret"),
};
const mc_type mc__sign_in_start_type =
    MC_TYPE(mc_sign_in_start, "sign_in_start", sign_in_start_fields);

static const mc__provider_kind *const kinds[] = {&mc__oidc_kind, &mc__oauth2_kind, &mc__host_kind};

static void copy_provider(mc__provider *out, mc__arena *arena, const char *name,
                          const mc__providers_find_row *row)
{
    *out = (mc__provider){.name = mc__arena_strdup(arena, name),
                          .title = mc__arena_strdup(arena, row->title),
                          .kind = mc__arena_strdup(arena, row->kind),
                          .issuer = mc__arena_strdup(arena, row->issuer),
                          .client_id = mc__arena_strdup(arena, row->client_id),
                          .client_secret = mc__arena_strdup(arena, row->client_secret),
                          .scopes = mc__arena_strdup(arena, row->scopes),
                          .authorize_url = mc__arena_strdup(arena, row->authorize_url),
                          .token_url = mc__arena_strdup(arena, row->token_url),
                          .user_url = mc__arena_strdup(arena, row->user_url),
                          .emails_url = mc__arena_strdup(arena, row->emails_url),
                          .subject_key = mc__arena_strdup(arena, row->subject_key),
                          .email_key = mc__arena_strdup(arena, row->email_key),
                          .verified_key = mc__arena_strdup(arena, row->verified_key),
                          .name_key = mc__arena_strdup(arena, row->name_key),
                          .links = row->links,
                          .registers = row->registers};
}

static int find_own(mc__flow *flow, const char *name)
{
    mc_session *session = flow->session;
    mc__providers_find_row row;
    mc_batch(batch);
    int rc;

    mc__add_providers_find(&batch, &(mc__providers_find_in){session->site.id, name});
    rc = mc__run(session, &batch);
    if (rc < 0)
        return rc;
    if (PQntuples(mc__batch_rows(&batch, 0)) == 0)
        return mc__refuse(session, MC_ENOTFOUND);
    row = mc__read_providers_find(mc__batch_rows(&batch, 0), 0);
    copy_provider(&flow->provider, &session->scratch, name, &row);
    return 0;
}

static int find_provider(mc__flow *flow, const char *name)
{
    mc_session *session = flow->session;
    int rc = 0;

    if (session->db.held)
        return mc__fail(&session->problem, MC_ESTATE,
                        "not in a transaction: others would wait for the provider");
    if (!name || !mc__utf8_valid(name, strlen(name)))
        return mc__refuse(session, MC_ENOTFOUND);
    flow->host = mc__auth_flow_find(session->app, name);
    if (flow->host)
        flow->provider = (mc__provider){.name = flow->host->name,
                                        .kind = mc__host_kind.name,
                                        .issuer = flow->host->name,
                                        .links = true,
                                        .registers = true};
    else
        rc = find_own(flow, name);
    if (rc < 0)
        return rc;
    flow->redirect_uri =
        mc__arena_format(&session->scratch, "%s%s%s", session->site.url, CALLBACK_PATH, name);
    return session->scratch.failed ? mc__out_of_memory(session) : 0;
}

static const mc__provider_kind *kind_of(const mc__flow *flow)
{
    for (size_t i = 0; i < MC_COUNT(kinds); i++)
        if (strcmp(kinds[i]->name, flow->provider.kind) == 0)
            return kinds[i];
    return NULL;
}

/* Some requests to one provider at a time: others wait shortly, and are refused then. */
static int enter(mc__flow *flow, mc__place *place)
{
    uint8_t hash[MC_SHA256_SIZE];
    int64_t owner;
    int rc;

    mc__sha256(hash, flow->provider.issuer, strlen(flow->provider.issuer));
    memcpy(&owner, hash, sizeof(owner));
    owner = (owner & ~(int64_t)(AT_ONCE - 1)) | (mc__random_number() & (AT_ONCE - 1));
    rc = mc__limiter_enter(flow->session->app->signing, place, owner, 1);
    return rc < 0 ? mc__fail(&flow->session->problem, rc,
                             "too many people sign in through this provider at once: try again")
                  : 0;
}

static int make_start(mc_sign_in_start **out, mc__flow *flow, const char *url)
{
    mc_auto(mc_record_free) void *record = mc__record_new(&mc__sign_in_start_type);
    mc_sign_in_start *start = record;
    mc__arena *arena;

    if (!record || flow->session->scratch.failed)
        return mc__out_of_memory(flow->session);
    arena = mc__record_arena(record);
    start->url = mc__arena_strdup(arena, url);
    start->secret = mc__arena_strdup(arena, flow->secrets.cookie);
    if (arena->failed)
        return mc__out_of_memory(flow->session);
    *out = MC_TAKE(record);
    return 0;
}

int mc_sign_in_begin(mc_sign_in_start **out, mc_session *session, const char *name,
                     const char *path)
{
    mc__flow flow = {.session = session};
    const char *url = "";
    mc__place place;
    int rc = mc__call_begin_for(out, session, MC_NEEDS_SITE);

    if (rc == 0)
        rc = mc__landing_check(session, &path);
    if (rc == 0)
        rc = find_provider(&flow, name);
    if (rc == 0)
        rc = mc__sign_in_secrets_make(&flow.secrets, session, name, path);
    if (rc == 0)
        rc = enter(&flow, &place);
    if (rc < 0)
        return rc;
    flow.until_ms = mc__monotonic_ms() + BEGIN_MS;
    rc = kind_of(&flow)->begin(&url, &flow);
    mc__limiter_leave(session->app->signing, &place);
    return rc < 0 ? rc : make_start(out, &flow, url);
}

/* Whether a provider has sent the browser back that may be another one (RFC 9207), or refuses. */
static int check_return(mc__flow *flow)
{
    const mc_sign_in_return *back = flow->back;
    mc__problem *problem = &flow->session->problem;

    if (back->issuer && !flow->host && strcmp(back->issuer, flow->provider.issuer) != 0)
        return mc__fail(problem, MC_EFORBIDDEN, "another provider has answered (iss): begin again");
    if (back->error && strcmp(back->error, "access_denied") == 0)
        return mc__fail(problem, MC_EFORBIDDEN,
                        "you have not agreed at the provider to sign in here");
    if (back->error)
        return mc__fail(problem, MC_EFORBIDDEN, "the provider refuses to sign you in");
    if (!back->code || !*back->code || strlen(back->code) > 4096)
        return mc__fault(problem, "code", "is required");
    return 0;
}

static int ask_who(mc__arrival *out, mc__flow *flow)
{
    mc__place place;
    int rc = enter(flow, &place);

    if (rc < 0)
        return rc;
    flow->until_ms = mc__monotonic_ms() + END_MS;
    rc = kind_of(flow)->end(out, flow);
    mc__limiter_leave(flow->session->app->signing, &place);
    if (flow->session->scratch.failed) /* before whatever an empty text has led to */
        rc = mc__out_of_memory(flow->session);
    return rc;
}

int mc_sign_in_end(mc_sign_in_code **out, mc_session *session, const char *name,
                   const mc_sign_in_return *given)
{
    mc_sign_in_return back = MC_SIGN_IN_RETURN_INIT;
    mc__flow flow = {.session = session, .back = &back};
    mc__arrival arrival = {"", "", "", false};
    int64_t user_id = 0;
    int rc = mc__call_begin_for(out, session, MC_NEEDS_SITE);

    if (rc == 0 && given)
        rc = mc__struct_take(&session->problem, &back, sizeof(back), given, "sign_in_return");
    if (rc == 0)
        rc = find_provider(&flow, name);
    if (rc == 0)
        rc = mc__sign_in_secrets_read(&flow.secrets, session, name, back.secret, back.state);
    if (rc == 0)
        rc = check_return(&flow);
    if (rc == 0)
        rc = ask_who(&arrival, &flow);
    if (rc == 0)
        rc = mc__arrival_settle(&user_id, session, &flow.provider, &arrival);
    return rc < 0 ? rc : mc__landing_put(out, session, user_id, flow.secrets.path);
}
