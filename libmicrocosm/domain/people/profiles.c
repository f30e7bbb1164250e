/* Reads and changes profiles. access/users.c creates them. */
#include "../access/actor.h"
#include "../access/permissions.h"
#include "../base/call.h"
#include "../base/patch.h"
#include "../base/links.h"
#include "../base/names.h"
#include "../base/types.h"
#include "../content/comment_record.h"
#include "profile_access.h"
#include "profile_reading.h"
#include "statements.h"

/* Attempts for the requested name, default names, and names that are taken in the meantime. */
#define NAME_TRIES 8

static int read_comment(mc_session *session, mc_profile *profile, const PGresult *rows)
{
    mc__arena *arena = mc__record_arena(profile);
    mc__comment_reader reader;

    if (PQntuples(rows) == 0)
        return 0;
    if (mc__comment_reader_make(&reader, session, arena, rows, profile->profile_name) == 0)
        profile->profile_comment = mc__comment_record(arena, &reader, 0);
    if (!profile->profile_comment || arena->failed)
        return mc__out_of_memory(session);
    return 0;
}

static void add_unread_huddles(mc__arena *arena, mc_list *stats, int64_t count)
{
    mc_stat *stat = mc__record_make(arena, &mc__stat_type);
    size_t capacity = 0;

    if (!stat)
        return;
    stat->metric = "unreadHuddles";
    stat->value = count;
    mc__list_add(arena, stats, &capacity, stat);
}

/* Adds what the row of a profile doesn't have. */
static int finish_profile(mc_session *session, mc__arena *arena, mc_profile *profile,
                          const PGresult *rows, int row)
{
    mc_meta *meta;

    mc__profile_finish(arena, profile);
    meta = (mc_meta *)profile->meta;
    if (!meta || !meta->flags)
        return mc__out_of_memory(session);
    if (mc__contains(&session->actor->ignored_profiles, profile->id))
        ((mc_flags *)meta->flags)->ignored = MC_YES;
    if (profile->id == session->profile_id)
        add_unread_huddles(arena, &meta->stats,
                           mc__row_int(rows, row, PQfnumber(rows, "unread_huddles")));
    return arena->failed ? mc__out_of_memory(session) : 0;
}

static int read_profile(mc_session *session, mc_profile *profile, const mc_permissions *permissions,
                        const PGresult *rows)
{
    mc__arena *arena = mc__record_arena(profile);
    int rc;

    if (mc__record_decode_row(profile, arena, &mc__profile_type, rows, 0) < 0)
        return mc__out_of_memory(session);
    rc = finish_profile(session, arena, profile, rows, 0);
    if (rc < 0)
        return rc;
    ((mc_meta *)profile->meta)->permissions = mc__permissions_record(arena, permissions);
    return arena->failed ? mc__out_of_memory(session) : 0;
}

static int fetch(mc_profile **out, mc_session *session, int64_t profile_id,
                 const mc_permissions *permissions, bool with_private)
{
    mc_auto(mc_record_free) void *record = NULL;
    mc_batch(batch);
    size_t profile, comment;
    int rc;

    profile = mc__add_profiles_get(
        &batch, &(mc__profiles_get_in){.site_id = session->site.id,
                                       .profile_id = profile_id,
                                       .actor_id = session->profile_id,
                                       .sees_private = with_private,
                                       .ignored_profiles = session->actor->ignored_profiles});
    comment = mc__add_profiles_comment(
        &batch, &(mc__profiles_comment_in){.site_id = session->site.id,
                                           .profile_id = profile_id,
                                           .ignored_profiles = session->actor->ignored_profiles});
    rc = mc__run(session, &batch);
    if (rc < 0)
        return rc;
    if (PQntuples(mc__batch_rows(&batch, profile)) == 0)
        return mc__refuse(session, MC_ENOTFOUND);

    record = mc__record_new(&mc__profile_type);
    if (!record)
        return mc__out_of_memory(session);
    rc = read_profile(session, record, permissions, mc__batch_rows(&batch, profile));
    if (rc == 0)
        rc = read_comment(session, record, mc__batch_rows(&batch, comment));
    if (rc == 0)
        *out = MC_TAKE(record);
    return rc;
}

/* Both are in one order; comments are there of those profiles only that have any. */
static int add_comments(mc_session *session, mc__arena *arena, const mc_list *profiles,
                        const PGresult *rows)
{
    int on_profile = PQfnumber(rows, "item_id"), next = 0;
    mc__comment_reader reader;

    if (mc__comment_reader_make(&reader, session, arena, rows, "") < 0)
        return mc__out_of_memory(session);
    for (size_t i = 0; i < profiles->count && next < PQntuples(rows); i++) {
        mc_profile *profile = (mc_profile *)profiles->items[i];

        if (mc__row_int(rows, next, on_profile) != profile->id)
            continue;
        reader.item_title = profile->profile_name;
        profile->profile_comment = mc__comment_record(arena, &reader, next++);
    }
    return arena->failed ? mc__out_of_memory(session) : 0;
}

int mc__profiles_of_users(mc_profile_list *out, mc_session *session, mc_strings canonical_emails)
{
    mc__arena *arena = mc__record_arena(out);
    mc_int64s ignored = session->actor->ignored_profiles;
    mc_batch(batch);
    size_t profiles, comments;
    int rc;

    profiles = mc__add_profiles_of_users(
        &batch, &(mc__profiles_of_users_in){.site_id = session->site.id,
                                            .canonical_emails = canonical_emails,
                                            .actor_id = session->profile_id,
                                            .ignored_profiles = ignored});
    comments = mc__add_profiles_comments_of_users(
        &batch, &(mc__profiles_comments_of_users_in){.site_id = session->site.id,
                                                     .canonical_emails = canonical_emails,
                                                     .ignored_profiles = ignored});
    rc = mc__run(session, &batch);
    if (rc < 0)
        return rc;
    rc = mc__records_decode(&out->profiles, arena, &mc__profile_type,
                            mc__batch_rows(&batch, profiles));
    if (rc < 0)
        return mc__out_of_memory(session);
    for (size_t i = 0; rc == 0 && i < out->profiles.count; i++)
        rc = finish_profile(session, arena, (mc_profile *)out->profiles.items[i],
                            mc__batch_rows(&batch, profiles), (int)i);
    return rc < 0 ? rc
                  : add_comments(session, arena, &out->profiles, mc__batch_rows(&batch, comments));
}

int mc_profile_self(mc_profile **out, mc_session *session)
{
    mc_permissions permissions;
    int rc = mc__call_begin_for(out, session, MC_NEEDS_MEMBER);

    if (rc < 0)
        return rc;
    mc__profile_decide(&permissions, session, session->profile_id);
    return fetch(out, session, session->profile_id, &permissions, true);
}

int mc_profile_get(mc_profile **out, mc_session *session, int64_t profile_id)
{
    mc_permissions permissions;
    int rc = mc__call_begin_for(out, session, MC_NEEDS_SITE);

    if (rc == 0)
        rc = mc__check_id(session, profile_id);
    if (rc < 0)
        return rc;
    mc__profile_decide(&permissions, session, profile_id);
    if (!permissions.can_read)
        return mc__refuse(session, permissions.is_banned ? MC_EBANNED : MC_EFORBIDDEN);
    /* the banned, who may not change it, see their own as well */
    return fetch(out, session, profile_id, &permissions,
                 permissions.can_update || profile_id == session->profile_id);
}

/* The result of an edit. */
typedef struct edited {
    bool is_taken; /* the name is taken, and nothing was changed */
    int64_t user_id;
    const char *email;
} edited;

static int try_edit(edited *out, mc_session *session, int64_t profile_id,
                    const mc_profile_edit *edit, const char *name)
{
    mc__profiles_edit_row row;
    mc__name_keys keys;
    mc_batch(batch);
    const PGresult *rows;
    int rc;

    if (mc__name_keys_make(&keys, &session->scratch, name) < 0)
        return mc__out_of_memory(session);

    mc__add_profiles_edit(&batch, &(mc__profiles_edit_in){.site_id = session->site.id,
                                                          .profile_id = profile_id,
                                                          .profile_name = name,
                                                          .name_key = keys.key,
                                                          .name_look = keys.look,
                                                          .name_order = keys.order,
                                                          .visible = edit->visible,
                                                          .style_id = edit->style_id,
                                                          .actor_id = session->profile_id,
                                                          .address = mc__audit_address(session)});
    rc = mc__write(session, &batch);
    if (rc < 0)
        return rc;
    rows = mc__batch_rows(&batch, 0);
    if (PQntuples(rows) == 0)
        return mc__refuse(session, MC_ENOTFOUND);
    row = mc__read_profiles_edit(rows, 0);
    out->is_taken = row.is_taken;
    if (!out->is_taken)
        return 0;
    out->user_id = row.user_id;
    out->email = mc__arena_strdup(&session->scratch, row.email);
    return session->scratch.failed ? mc__out_of_memory(session) : 0;
}

/* A taken name is not an error: the profile gets its default name. */
static int save(mc_session *session, int64_t profile_id, const mc_profile_edit *edit)
{
    const char *name = edit->profile_name;
    edited result = {.email = ""};
    int defaults = 0;

    for (int attempt = 0; attempt < NAME_TRIES; attempt++) {
        int rc = try_edit(&result, session, profile_id, edit, name);

        if (rc == MC_ECONFLICT) { /* taken since the statement began; the next statement sees it */
            mc__problem_clear(&session->problem);
            continue;
        }
        if (rc < 0 || !result.is_taken) {
            mc__facts_changed(session);
            return rc;
        }
        name = mc__default_name(&session->scratch, mc_session_is_root_site(session), result.user_id,
                                result.email, defaults++);
        if (session->scratch.failed)
            return mc__out_of_memory(session);
    }
    return mc__refuse(session, MC_ECONFLICT);
}

static int edit_from(mc_session *session, int64_t profile_id, const mc__source *source)
{
    mc_profile_edit edit = {0};
    mc_permissions permissions;
    int rc = mc__call_begin(session, MC_NEEDS_SITE);

    if (rc == 0)
        rc = mc__check_id(session, profile_id);
    if (rc == 0)
        rc = mc__input_take(&session->problem, &session->scratch, &mc__profile_edit_type, &edit,
                            MC_TO_EDIT, source);
    if (!session)
        return rc;
    rc = mc__profile_edit_judge(&session->problem, &edit, rc);
    if (rc < 0)
        return rc;
    mc__profile_decide(&permissions, session, profile_id);
    if (!permissions.can_update)
        return mc__profile_refuse(session, profile_id, &permissions);
    return save(session, profile_id, &edit);
}

int mc_profile_edit_save(mc_session *session, int64_t profile_id, const mc_profile_edit *edit)
{
    return edit_from(session, profile_id, &(mc__source){.given = edit});
}

int mc_profile_edit_body(mc_session *session, int64_t profile_id, mc_format format,
                         const char *body, size_t length)
{
    mc__source source = mc__source_of(format, body, length);

    return edit_from(session, profile_id, &source);
}

static int judge_patch(mc_session *session, int64_t profile_id, const mc__patch *patch)
{
    mc_permissions permissions;

    mc__profile_decide(&permissions, session, profile_id);
    if (!permissions.is_site_owner)
        return mc__profile_refuse(session, profile_id, &permissions);
    for (size_t i = 0; i < patch->count; i++)
        if (patch->ops[i].kind != MC_PATCH_BOOL)
            return mc__fault(&session->problem, patch->ops[i].path, "must be true or false");
    for (size_t i = 0; i < patch->count; i++)
        if (strcmp(patch->ops[i].path, "/member") != 0)
            return mc__fault(&session->problem, patch->ops[i].path,
                             "is nothing that PATCH changes: that is /member");
    return 0;
}

static int set_member(mc_session *session, int64_t profile_id, bool is_member)
{
    mc_batch(batch);
    int rc;

    mc__add_profiles_set_member(
        &batch, &(mc__profiles_set_member_in){.site_id = session->site.id,
                                              .profile_id = profile_id,
                                              .is_member = is_member,
                                              .actor_id = session->profile_id,
                                              .address = mc__audit_address(session)});
    rc = mc__write(session, &batch);
    if (rc < 0)
        return rc;
    mc__facts_changed(session);
    return PQntuples(mc__batch_rows(&batch, 0)) ? 0 : mc__refuse(session, MC_ENOTFOUND);
}

int mc_profile_patch_body(mc_session *session, int64_t profile_id, const char *body, size_t length)
{
    mc__source source = mc__source_of(MC_FORMAT_JSON, body, length);
    mc__patch patch;
    int rc = mc__call_begin(session, MC_NEEDS_SITE);

    if (rc == 0)
        rc = mc__check_id(session, profile_id);
    if (rc == 0)
        rc = mc__patch_take(&patch, session, &source);
    if (rc == 0)
        rc = judge_patch(session, profile_id, &patch);
    /* of several operations the last counts */
    return rc < 0 ? rc : set_member(session, profile_id, patch.ops[patch.count - 1].value);
}
