/* Access tokens. A token identifies its user; the database stores only its SHA-256. */
#include "tokens.h"

#include "../base/call.h"
#include "../base/share.h"
#include "actor.h"
#include "users.h"
#include "record/record.h"
#include "statements.h"

#define LONGEST_LIFE_DAYS 3650
#define LONGEST_TOKEN 512

typedef struct cached_token {
    mc__entry entry;
    int64_t user_id;
} cached_token;

static mc__cache_key key_of_token(const uint8_t hash[MC_SHA256_SIZE])
{
    mc__cache_key key = {.kind = MC_CACHED_TOKEN};

    _Static_assert(sizeof(key.id) == MC_SHA256_SIZE, "the whole of it is the key");
    memcpy(key.id, hash, MC_SHA256_SIZE);
    return key;
}

static int64_t find_token(mc_session *session, const uint8_t *hash)
{
    mc__cache_key key = key_of_token(hash);
    mc_auto_entry cached_token *cached =
        mc__may_share(session) ? mc__cache_find(session->app->cache, &key) : NULL;

    return cached ? cached->user_id : 0;
}

static void cache_token(mc_session *session, const uint8_t *hash,
                        const mc__auth_token_user_row *row)
{
    mc__cache_key key = key_of_token(hash);
    mc_auto_entry cached_token *cached = NULL;

    if (!mc__may_share(session) || !mc__cache_is_trusted(session->app->cache))
        return;
    cached = mc__entry_new(sizeof(*cached), session->moment);
    if (!cached)
        return;
    cached->user_id = row->user_id;
    cached->entry.until_ms = mc__monotonic_ms() + row->ms_left;
    mc__entry_depends_on(cached, (mc__subject){MC_SUBJECT_TOKEN, 0, row->token_id});
    mc__cache_put(session->app->cache, &key, cached);
}

void mc__token_search_begin(mc__token_search *search, mc__batch *batch, mc_session *session,
                            const char *token)
{
    size_t length = strlen(token);

    *search = (mc__token_search){.has_begun = true};
    if (length == 0 || length > LONGEST_TOKEN)
        return;
    mc__sha256(search->hash, token, length);
    search->user_id = find_token(session, search->hash);
    if (search->user_id)
        return;
    search->is_asked = true;
    search->number = mc__add_auth_token_user(
        batch, &(mc__auth_token_user_in){.token_hash = {search->hash, sizeof(search->hash)}});
}

int64_t mc__token_search_end(const mc__token_search *search, mc_session *session,
                             const mc__batch *batch)
{
    const PGresult *rows = search->is_asked ? mc__batch_rows(batch, search->number) : NULL;
    mc__auth_token_user_row row;

    if (!rows || PQntuples(rows) == 0)
        return search->user_id;
    row = mc__read_auth_token_user(rows, 0);
    cache_token(session, search->hash, &row);
    return row.user_id;
}

static int save_token(mc_session *session, const char *token, int64_t user_id, int64_t profile_id,
                      int64_t days)
{
    uint8_t hash[MC_SHA256_SIZE];
    mc_batch(batch);

    mc__sha256(hash, token, strlen(token));
    mc__add_auth_create_token(&batch,
                              &(mc__auth_create_token_in){.token_hash = {hash, sizeof(hash)},
                                                          .user_id = user_id,
                                                          .days = days,
                                                          .site_id = session->site.id,
                                                          .profile_id = profile_id,
                                                          .address = mc__audit_address(session)});
    return mc__write(session, &batch);
}

int mc_token_create(char token[MC_TOKEN_SIZE], mc_session *session, const char *email, int64_t days)
{
    char made[MC_TOKEN_SIZE];
    int64_t user_id = 0, profile_id = 0;
    int rc = mc__call_begin_for(token, session, MC_NEEDS_SITE);

    if (rc < 0)
        return rc;
    if (days < 1 || days > LONGEST_LIFE_DAYS)
        return mc__fault(&session->problem, "days", "must be 1 to %d", LONGEST_LIFE_DAYS);
    rc = mc__user_check_email(session, email);
    if (rc == 0)
        rc = mc__user_find_or_make(&user_id, session, email);
    if (rc == 0)
        rc = mc__profile_find_or_make(&profile_id, session, user_id, NULL);
    if (rc < 0)
        return rc;
    mc__random_text(made, sizeof(made) - 1);
    rc = save_token(session, made, user_id, profile_id, days);
    if (rc == 0)
        memcpy(token, made, sizeof(made));
    return rc;
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
