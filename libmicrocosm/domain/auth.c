/* Access tokens. Whoever holds one is its user; the database knows only their SHA-256. */
#include "domain.h"

#define LONGEST_LIFE_DAYS 3650

static void add_hash(mc__batch *batch, const char *token)
{
    uint8_t hash[MC_SHA256_SIZE];

    mc__sha256(hash, token, strlen(token));
    mc__add_bytes(batch, hash, sizeof(hash));
}

static int save_token(mc_session *session, const char *token, int64_t user_id, int64_t profile_id,
                      int64_t days)
{
    mc_batch(batch);

    mc__batch_add(&batch, MC_Q_AUTH_CREATE_TOKEN);
    add_hash(&batch, token);
    mc__add_int(&batch, user_id);
    mc__add_int(&batch, days);
    mc__add_int(&batch, session->site.id);
    mc__add_int(&batch, profile_id);
    mc__add_text(&batch, mc__audit_address(session));
    return mc__run(session, &batch, MC_WRITE);
}

int mc_token_create(char token[MC_TOKEN_SIZE], mc_session *session, const char *email, int64_t days)
{
    char made[MC_TOKEN_SIZE];
    int64_t user_id = 0, profile_id = 0;
    int rc = mc__call_begin(session, MC_NEEDS_SITE);

    if (rc < 0)
        return rc;
    if (days < 1 || days > LONGEST_LIFE_DAYS)
        return mc__fault(&session->problem, "days", "must be 1 to %d", LONGEST_LIFE_DAYS);
    rc = mc__user_find_or_make(&user_id, session, email);
    if (rc == 0)
        rc = mc__profile_find_or_make(&profile_id, session, user_id);
    if (rc < 0)
        return rc;
    mc__random_text(made, sizeof(made) - 1);
    rc = save_token(session, made, user_id, profile_id, days);
    if (rc == 0)
        memcpy(token, made, sizeof(made));
    return rc;
}

int mc_token_revoke(mc_session *session, const char *token)
{
    mc_batch(batch);
    int rc = mc__call_begin(session, MC_NEEDS_NOTHING);

    if (rc < 0)
        return rc;
    if (!token)
        return mc__refuse(session, MC_ENOTFOUND);
    mc__batch_add(&batch, MC_Q_AUTH_REVOKE_TOKEN);
    add_hash(&batch, token);
    mc__add_id(&batch, session->site.id);
    mc__add_id(&batch, session->profile_id);
    mc__add_text(&batch, mc__audit_address(session));
    rc = mc__run_as_platform(session, &batch, MC_WRITE);
    if (rc < 0) {
        mc__cache_clear(session->app->cache); /* which token it was is not known */
        return rc;
    }
    if (PQntuples(mc__batch_rows(&batch, 0)) == 0)
        return mc__refuse(session, MC_ENOTFOUND);
    mc__tell(session, &(mc__news){.item_type = MC_ITEM_AUTH,
                                  .item_id = mc__row_int(mc__batch_rows(&batch, 0), 0, 0)});
    return 0;
}
