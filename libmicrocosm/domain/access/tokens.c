/* Access tokens. A token identifies its user; the database stores only its SHA-256. */
#include "tokens.h"

#include "../base/call.h"
#include "../base/share.h"
#include "actor.h"
#include "users.h"
#include "record/record.h"
#include "statements.h"

#define LONGEST_TOKEN 512

static mc__cache_key key_of_token(const uint8_t hash[MC_SHA256_SIZE])
{
    mc__cache_key key = {.kind = MC_CACHED_TOKEN};

    _Static_assert(sizeof(key.id) == MC_SHA256_SIZE, "the whole of it is the key");
    memcpy(key.id, hash, MC_SHA256_SIZE);
    return key;
}

static mc__token_entry *find_token(mc_session *session, const uint8_t *hash)
{
    mc__cache_key key = key_of_token(hash);

    return mc__may_share(session) ? mc__cache_find(session->app->cache, &key) : NULL;
}

void mc__token_fold(uint8_t out[MC_SHA256_SIZE], const char *token)
{
    char folded[LONGEST_TOKEN];
    size_t length = token ? strnlen(token, sizeof(folded)) : 0;

    for (size_t i = 0; i < length; i++)
        folded[i] = (char)(token[i] >= 'A' && token[i] <= 'Z' ? token[i] + 'a' - 'A' : token[i]);
    mc__sha256(out, folded, length);
}

/* Networks as PostgreSQL has joined them, with spaces. */
static int read_networks(mc__token_entry *token, const char *text)
{
    char *rest = mc__arena_strdup(&token->entry.arena, text), *one;
    mc__network *networks =
        mc__arena_alloc(&token->entry.arena, (strlen(text) / 2 + 1) * sizeof(*networks));

    if (!rest || !networks)
        return MC_ENOMEM;
    while ((one = strsep(&rest, " ")))
        if (*one && !mc__network_parse(&networks[token->network_count++], one))
            return MC_ESYSTEM;
    token->networks = networks;
    return 0;
}

static int read_token(mc__token_entry *token, const mc__auth_token_user_row *row)
{
    token->user_id = row->user_id;
    token->token_id = row->token_id;
    token->limits.scope = (mc_scope)row->scope;
    token->entry.until_ms = mc__monotonic_ms() + row->ms_left;
    if (mc__ints_parse(&token->limits.microcosms, &token->entry.arena, row->microcosm_ids) < 0)
        return MC_ENOMEM;
    return *row->networks ? read_networks(token, row->networks) : 0;
}

static void cache_token(mc_session *session, const uint8_t *hash, mc__token_entry *token)
{
    mc__cache_key key = key_of_token(hash);

    if (!mc__may_share(session) || !mc__cache_is_trusted(session->app->cache))
        return;
    mc__entry_depends_on(token, (mc__subject){MC_SUBJECT_TOKEN, 0, token->token_id});
    mc__cache_put(session->app->cache, &key, token);
}

void mc__token_search_begin(mc__token_search *search, mc__batch *batch, mc_session *session,
                            const char *token)
{
    size_t length = strlen(token);

    *search = (mc__token_search){.has_begun = true, .token = token};
    if (length == 0 || length > LONGEST_TOKEN)
        return;
    mc__sha256(search->hash, token, length);
    search->found = find_token(session, search->hash);
    if (search->found)
        return;
    search->is_asked = true;
    search->number = mc__add_auth_token_user(
        batch, &(mc__auth_token_user_in){.token_hash = {search->hash, sizeof(search->hash)}});
}

void mc__token_search_release(mc__token_search *search)
{
    mc__entry_release(search->found);
    search->found = NULL;
}

static int make_token(mc__token_search *search, mc_session *session, const PGresult *rows)
{
    mc__auth_token_user_row row = mc__read_auth_token_user(rows, 0);
    int rc;

    search->found = mc__entry_new(sizeof(*search->found), session->moment);
    if (!search->found)
        return mc__out_of_memory(session);
    rc = read_token(search->found, &row);
    if (rc < 0)
        return mc__refuse(session, rc);
    mc__token_fold(search->found->folded, search->token);
    cache_token(session, search->hash, search->found);
    return 0;
}

/* From elsewhere a token that is bound to networks is like one that there isn't. */
static bool is_used_from(const mc__token_entry *token, const char *address)
{
    return !token->network_count ||
           mc__networks_have(token->networks, token->network_count, address);
}

int mc__token_search_end(mc__token_entry **out, mc__token_search *search, mc_session *session,
                         const mc__batch *batch)
{
    const PGresult *rows = search->is_asked ? mc__batch_rows(batch, search->number) : NULL;
    int rc = 0;

    if (rows && PQntuples(rows))
        rc = make_token(search, session, rows);
    if (rc == 0 && search->found && is_used_from(search->found, session->address))
        *out = MC_TAKE(search->found);
    return rc;
}

void mc__token_use(mc_session *session, mc__token_entry *token)
{
    mc__entry_release(session->token);
    session->token = token;
    session->limits = token ? token->limits : (mc__limits){0};
}

int mc__token_check_full(mc_session *session)
{
    return session->limits.scope == MC_SCOPE_FULL
               ? 0
               : mc__fail(&session->problem, MC_EFORBIDDEN,
                          "a token with a scope may not do this: sign in");
}

static int save_token(int64_t *token_id, mc_session *session, const char *token, int64_t user_id,
                      int64_t profile_id, int64_t days)
{
    uint8_t hash[MC_SHA256_SIZE];
    mc_batch(batch);
    int rc;

    mc__sha256(hash, token, strlen(token));
    mc__add_auth_create_token(&batch,
                              &(mc__auth_create_token_in){.token_hash = {hash, sizeof(hash)},
                                                          .user_id = user_id,
                                                          .days = days,
                                                          .site_id = session->site.id,
                                                          .profile_id = profile_id,
                                                          .address = mc__audit_address(session)});
    rc = mc__write(session, &batch);
    if (rc == 0)
        *token_id = mc__read_auth_create_token(mc__batch_rows(&batch, 0), 0).change.item_id;
    return rc;
}

int mc__token_make(char token[MC_TOKEN_SIZE], int64_t *token_id, mc_session *session,
                   int64_t user_id, int64_t profile_id, int64_t days)
{
    char made[MC_TOKEN_SIZE];
    int rc;

    mc__random_text(made, sizeof(made) - 1);
    rc = save_token(token_id, session, made, user_id, profile_id, days);
    if (rc == 0)
        memcpy(token, made, sizeof(made));
    return rc;
}

int mc_token_create(char token[MC_TOKEN_SIZE], mc_session *session, const char *email, int64_t days)
{
    int64_t user_id = 0, profile_id = 0, token_id = 0;
    int rc = mc__call_begin_for(token, session, MC_NEEDS_SITE);

    if (rc < 0)
        return rc;
    if (days < 1 || days > MC__TOKEN_DAYS_MAX)
        return mc__fault(&session->problem, "days", "must be 1 to %d", MC__TOKEN_DAYS_MAX);
    rc = mc__user_check_email(session, email);
    if (rc == 0)
        rc = mc__user_find_or_make(&user_id, session, email);
    if (rc == 0)
        rc = mc__profile_find_or_make(&profile_id, session, user_id, NULL);
    return rc < 0 ? rc : mc__token_make(token, &token_id, session, user_id, profile_id, days);
}

int mc_token_revoke_id(mc_session *session, int64_t token_id)
{
    mc_batch(batch);
    int rc = mc__call_begin(session, MC_NEEDS_NOTHING);

    if (rc == 0)
        rc = mc__check_id(session, token_id);
    if (rc < 0)
        return rc;
    mc__add_auth_revoke_token_id(
        &batch, &(mc__auth_revoke_token_id_in){.token_id = token_id,
                                               .site_id = session->site.id,
                                               .actor_id = session->profile_id,
                                               .address = mc__audit_address(session)});
    rc = mc__write_as_platform(session, &batch);
    if (rc < 0)
        return rc;
    return PQntuples(mc__batch_rows(&batch, 0)) ? 0 : mc__refuse(session, MC_ENOTFOUND);
}

int mc_token_revoke(mc_session *session, const char *token)
{
    uint8_t hash[MC_SHA256_SIZE];
    mc_batch(batch);
    int rc = mc__call_begin(session, MC_NEEDS_NOTHING);

    if (rc < 0)
        return rc;
    if (!token)
        return mc__refuse(session, MC_ENOTFOUND);
    mc__sha256(hash, token, strlen(token));
    mc__add_auth_revoke_token(&batch,
                              &(mc__auth_revoke_token_in){.token_hash = {hash, sizeof(hash)},
                                                          .site_id = session->site.id,
                                                          .actor_id = session->profile_id,
                                                          .address = mc__audit_address(session)});
    rc = mc__write_as_platform(session, &batch);
    if (rc < 0)
        return rc;
    return PQntuples(mc__batch_rows(&batch, 0)) ? 0 : mc__refuse(session, MC_ENOTFOUND);
}
