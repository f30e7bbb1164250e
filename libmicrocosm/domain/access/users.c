/* Users (one e-mail address each, for all sites) and the profile that a user gets at the first
 * visit to a site. */
#include "users.h"

#include "../base/call.h"
#include "../base/read_marks.h"
#include "../base/names.h"
#include "../base/share.h"
#include "spam.h"
#include "record/record.h"
#include "statements.h"

#define NAME_TRIES 5

static int find_user(int64_t *user_id, mc_session *session, const char *canonical)
{
    mc_batch(batch);
    int rc;

    mc__add_users_find(&batch, &(mc__users_find_in){.canonical_email = canonical});
    rc = mc__read_of_no_site(session, &batch);
    if (rc == 0)
        *user_id = PQntuples(mc__batch_rows(&batch, 0))
                       ? mc__read_users_find(mc__batch_rows(&batch, 0), 0).user_id
                       : 0;
    return rc;
}

/* Refuses who is banned from the site and for whom there is no actor to refuse. */
static int refuse_banned(mc_session *session, const char *reason)
{
    session->ban_reason = mc__arena_strdup(&session->scratch, reason ? reason : "");
    mc__refuse(session, MC_EBANNED);
    session->ban_reason = "";
    return MC_EBANNED;
}

static int check_canonical(mc_session *session, const char *canonical)
{
    mc_batch(batch);
    int rc;

    if (!session->site.id)
        return 0;
    mc__add_bans_of_email(&batch, &(mc__bans_of_email_in){session->site.id, canonical});
    rc = mc__run(session, &batch);
    if (rc < 0 || PQntuples(mc__batch_rows(&batch, 0)) == 0)
        return rc;
    return refuse_banned(session,
                         mc__read_bans_of_email(mc__batch_rows(&batch, 0), 0).display_reason);
}

int mc__user_check_email(mc_session *session, const char *email)
{
    const char *canonical = "";
    int rc = mc__email_canonical(session, &canonical, email);

    return rc < 0 ? rc : check_canonical(session, canonical);
}

int mc__user_find_or_make(int64_t *user_id, mc_session *session, const char *email)
{
    const char *canonical = "";
    int rc = mc__email_canonical(session, &canonical, email);

    /* The second round finds a user that another process has made since the first. */
    for (int round = 0; rc == 0 && round < 2; round++) {
        mc_batch(batch);

        rc = find_user(user_id, session, canonical);
        if (rc < 0 || *user_id)
            return rc;
        rc = check_canonical(session, canonical);
        if (rc < 0)
            return rc;
        mc__add_users_make(&batch, &(mc__users_make_in){.email = email,
                                                        .canonical_email = canonical,
                                                        .site_id = session->site.id,
                                                        .actor_id = session->profile_id,
                                                        .address = mc__audit_address(session)});
        rc = mc__write_as_platform(session, &batch);
        if (rc == 0 && PQntuples(mc__batch_rows(&batch, 0))) {
            *user_id = mc__read_users_make(mc__batch_rows(&batch, 0), 0).user_id;
            return 0;
        }
    }
    return rc < 0 ? rc : mc__refuse(session, MC_ECONFLICT);
}

int mc__user_admit(int64_t *user_id, mc_session *session, const char *email)
{
    const char *canonical = "";
    int rc = mc__email_canonical(session, &canonical, email);

    if (rc == 0)
        rc = find_user(user_id, session, canonical);
    if (rc < 0 || *user_id)
        return rc;
    rc = check_canonical(session, canonical);
    if (rc == 0)
        rc = mc__spam_check(session, email);
    return rc < 0 ? rc : mc__user_find_or_make(user_id, session, email);
}

static int find_profile(int64_t *profile_id, const char **email, mc_session *session,
                        int64_t user_id)
{
    mc__users_profile_row row;
    mc_batch(batch);
    const PGresult *rows;
    int rc;

    mc__add_users_profile(&batch,
                          &(mc__users_profile_in){.site_id = session->site.id, .user_id = user_id});
    rc = mc__run(session, &batch);
    if (rc < 0)
        return rc;
    rows = mc__batch_rows(&batch, 0);
    if (PQntuples(rows) == 0)
        return mc__refuse(session, MC_EUNAUTHENTICATED);
    row = mc__read_users_profile(rows, 0);
    *email = mc__arena_strdup(&session->scratch, row.email);
    *profile_id = row.profile_id;
    if (row.is_banned && !row.profile_id)
        return refuse_banned(session, row.ban_reason);
    return session->scratch.failed ? mc__out_of_memory(session) : 0;
}

/* The name that the host prefers, cleaned; "" if it isn't valid. */
static const char *wished_name(mc_session *session, const char *wish)
{
    mc_profile_edit edit = {.size = sizeof(edit), .profile_name = wish}, checked = {0};
    mc__problem ignored = {0};
    int rc;

    if (!wish || !*wish)
        return "";
    rc = mc__profile_edit_check(&checked, &ignored, &session->scratch, &edit);
    mc__problem_release(&ignored);
    if (rc == MC_ENOMEM)
        session->scratch.failed = true;
    return rc == 0 ? checked.profile_name : "";
}

static int make_profile(int64_t *profile_id, mc_session *session, int64_t user_id, const char *name)
{
    mc_time settled;
    mc__name_keys keys;
    mc_batch(batch);
    int rc;

    if (session->scratch.failed || /* the name would be empty */
        mc__name_keys_make(&keys, &session->scratch, name) < 0)
        return mc__out_of_memory(session);
    rc = mc__settled(&settled, session);
    if (rc < 0)
        return rc;
    mc__add_users_make_profile(
        &batch, &(mc__users_make_profile_in){.site_id = session->site.id,
                                             .user_id = user_id,
                                             .profile_name = name,
                                             .name_key = keys.key,
                                             .name_look = keys.look,
                                             .name_order = keys.order,
                                             .address = *session->address ? session->address : NULL,
                                             .settled = settled,
                                             .gravatar = session->app->gravatar});
    rc = mc__write(session, &batch);
    if (rc == 0)
        *profile_id = PQntuples(mc__batch_rows(&batch, 0))
                          ? mc__read_users_make_profile(mc__batch_rows(&batch, 0), 0).change.item_id
                          : 0;
    return rc;
}

/* A user's profile on a site. */
typedef struct cached_profile {
    mc__entry entry;
    int64_t profile_id;
} cached_profile;

static mc__cache_key key_of_profile(const mc_session *session, int64_t user_id)
{
    return (mc__cache_key){MC_CACHED_PROFILE, session->site.id, {user_id}};
}

static int64_t find_cached(mc_session *session, int64_t user_id)
{
    mc__cache_key key = key_of_profile(session, user_id);
    mc_auto_entry cached_profile *cached =
        mc__may_share(session) ? mc__cache_find(session->app->cache, &key) : NULL;

    return cached ? cached->profile_id : 0;
}

static void keep(mc_session *session, int64_t user_id, int64_t profile_id, uint64_t moment)
{
    mc__cache_key key = key_of_profile(session, user_id);
    mc_auto_entry cached_profile *cached = NULL;

    if (!mc__may_share(session) || !mc__cache_is_trusted(session->app->cache))
        return;
    cached = mc__entry_new(sizeof(*cached), moment);
    if (!cached)
        return;
    cached->profile_id = profile_id;
    mc__entry_depends_on(cached, (mc__subject){MC_SUBJECT_ACTOR, session->site.id, profile_id});
    mc__entry_depends_on(cached, (mc__subject){MC_SUBJECT_USER, 0, user_id});
    mc__cache_put(session->app->cache, &key, cached);
}

int mc__profile_find_or_make(int64_t *profile_id, mc_session *session, int64_t user_id,
                             const char *wish)
{
    uint64_t moment = mc__cache_moment(session->app->cache);
    const char *email = "";
    int defaults = 0;

    *profile_id = find_cached(session, user_id);
    if (*profile_id)
        return 0;
    for (int attempt = 0; attempt < NAME_TRIES; attempt++) {
        int rc = find_profile(profile_id, &email, session, user_id);
        const char *name;

        if (rc == 0 && *profile_id)
            keep(session, user_id, *profile_id, moment);
        if (rc < 0 || *profile_id)
            return rc;
        name = attempt == 0 ? wished_name(session, wish) : "";
        if (!*name)
            name = mc__default_name(&session->scratch, mc_session_is_root_site(session), user_id,
                                    email, defaults++);
        rc = make_profile(profile_id, session, user_id, name);
        if (rc < 0 || *profile_id)
            return rc;
    }
    return mc__refuse(session, MC_ECONFLICT);
}
