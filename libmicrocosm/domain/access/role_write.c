/* Makes, changes and deletes roles. */
#include "../base/call.h"
#include "../base/patch.h"
#include "actor.h"
#include "roles.h"
#include "statements.h"
#include "types.h"

static const mc__field role_edit_fields[] = {
    MC_FIELD(mc_role_edit, title, "title", .flags = MC_FIELD_REQUIRED | MC_FIELD_SENTENCE,
             .max_length = 50),
    MC_FIELD(mc_role_edit, is_moderator, "moderator"),
    MC_FIELD(mc_role_edit, is_banned, "banned"),
    MC_FIELD(mc_role_edit, include_guests, "includeGuests"),
    MC_FIELD(mc_role_edit, include_users, "includeUsers"),
    MC_FIELD(mc_role_edit, can_create, "create"),
    MC_FIELD(mc_role_edit, can_read, "read"),
    MC_FIELD(mc_role_edit, can_update, "update"),
    MC_FIELD(mc_role_edit, can_delete, "delete"),
    MC_FIELD(mc_role_edit, can_close_own, "closeOwn"),
    MC_FIELD(mc_role_edit, can_open_own, "openOwn"),
    MC_FIELD(mc_role_edit, can_read_others, "readOthers"),
    MC_FIELD(mc_role_edit, edit_reason, "meta.editReason", .flags = MC_FIELD_SENTENCE,
             .max_length = 150),
};
const mc_type mc__role_edit_type =
    MC_TYPE(mc_role_edit, "role_edit", role_edit_fields, .flags = MC_TYPE_INPUT);

/* The paths of PATCH. */
static const struct {
    const char *path;
    size_t member;
} paths[] = {
    {"/moderator", offsetof(mc_role_edit, is_moderator)},
    {"/banned", offsetof(mc_role_edit, is_banned)},
    {"/create", offsetof(mc_role_edit, can_create)},
    {"/read", offsetof(mc_role_edit, can_read)},
    {"/update", offsetof(mc_role_edit, can_update)},
    {"/delete", offsetof(mc_role_edit, can_delete)},
    {"/closeOwn", offsetof(mc_role_edit, can_close_own)},
    {"/openOwn", offsetof(mc_role_edit, can_open_own)},
    {"/readOthers", offsetof(mc_role_edit, can_read_others)},
};

static bool settle(mc_choice given, bool before)
{
    return given == MC_UNSET ? before : given == MC_YES;
}

/* role: before the edit, or NULL. */
static int check_kind(mc_session *session, const mc_role_edit *edit, const mc__role *role)
{
    return settle(edit->is_moderator, role && role->is_moderator) &&
                   settle(edit->is_banned, role && role->is_banned)
               ? mc__fault(&session->problem, "banned", "a role can't both moderate and ban")
               : 0;
}

static int insert(int64_t *role_id, mc_session *session, int64_t microcosm_id,
                  const mc_role_edit *edit)
{
    const PGresult *rows;
    mc_batch(batch);
    int rc;

    mc__add_roles_create(&batch,
                         &(mc__roles_create_in){.site_id = session->site.id,
                                                .microcosm_id = microcosm_id,
                                                .title = edit->title,
                                                .is_moderator = edit->is_moderator == MC_YES,
                                                .is_banned = edit->is_banned == MC_YES,
                                                .include_guests = edit->include_guests == MC_YES,
                                                .include_users = edit->include_users == MC_YES,
                                                .can_create = edit->can_create == MC_YES,
                                                .can_read = edit->can_read == MC_YES,
                                                .can_update = edit->can_update == MC_YES,
                                                .can_delete = edit->can_delete == MC_YES,
                                                .can_close_own = edit->can_close_own == MC_YES,
                                                .can_open_own = edit->can_open_own == MC_YES,
                                                .can_read_others = edit->can_read_others == MC_YES,
                                                .actor_id = session->actor->profile_id,
                                                .address = mc__audit_address(session)});
    rc = mc__write(session, &batch);
    if (rc < 0)
        return rc;
    mc__facts_changed(session);
    rows = mc__batch_rows(&batch, 0);
    if (PQntuples(rows) == 0)
        return mc__refuse(session, MC_ENOTFOUND);
    *role_id = mc__read_roles_create(rows, 0).change.item_id;
    return 0;
}

static int create_from(int64_t *role_id, mc_session *session, int64_t microcosm_id,
                       const mc__source *source)
{
    mc_role_edit edit = {0};
    const mc__node *node;
    int rc = mc__call_begin_for(role_id, session, MC_NEEDS_SITE);

    if (rc == 0)
        rc = mc__input_take(&session->problem, &session->scratch, &mc__role_edit_type, &edit,
                            MC_TO_CREATE, source);
    if (rc == 0)
        rc = mc__check_id(session, microcosm_id);
    if (rc == 0)
        rc = mc__role_find_moderated(&node, session, microcosm_id);
    if (rc == 0)
        rc = check_kind(session, &edit, NULL);
    return rc < 0 ? rc : insert(role_id, session, microcosm_id, &edit);
}

int mc_role_create(int64_t *role_id, mc_session *session, int64_t microcosm_id,
                   const mc_role_edit *edit)
{
    return create_from(role_id, session, microcosm_id, &(mc__source){.given = edit});
}

int mc_role_create_body(int64_t *role_id, mc_session *session, int64_t microcosm_id,
                        mc_format format, const char *body, size_t length)
{
    mc__source source = mc__source_of(format, body, length);

    return create_from(role_id, session, microcosm_id, &source);
}

static int update(mc_session *session, const mc__role_ref *ref, const mc_role_edit *edit,
                  const char *action, const char *audit)
{
    mc_batch(batch);
    int rc = check_kind(session, edit, ref->role);

    if (rc < 0)
        return rc;
    mc__add_roles_edit(&batch, &(mc__roles_edit_in){.site_id = session->site.id,
                                                    .role_id = ref->role->id,
                                                    .title = edit->title,
                                                    .is_moderator = edit->is_moderator,
                                                    .is_banned = edit->is_banned,
                                                    .include_guests = edit->include_guests,
                                                    .include_users = edit->include_users,
                                                    .can_create = edit->can_create,
                                                    .can_read = edit->can_read,
                                                    .can_update = edit->can_update,
                                                    .can_delete = edit->can_delete,
                                                    .can_close_own = edit->can_close_own,
                                                    .can_open_own = edit->can_open_own,
                                                    .can_read_others = edit->can_read_others,
                                                    .edit_reason = edit->edit_reason,
                                                    .action = action,
                                                    .audit_action = audit,
                                                    .actor_id = session->actor->profile_id,
                                                    .address = mc__audit_address(session)});
    rc = mc__write(session, &batch);
    if (rc < 0)
        return rc;
    mc__facts_changed(session);
    /* another session was faster */
    return PQntuples(mc__batch_rows(&batch, 0)) ? 0 : mc__refuse(session, MC_ENOTFOUND);
}

static int edit_from(mc_session *session, int64_t microcosm_id, int64_t role_id,
                     const mc__source *source)
{
    mc_role_edit edit = {0};
    mc__role_ref ref;
    int rc = mc__call_begin(session, MC_NEEDS_SITE);

    if (rc == 0)
        rc = mc__input_take(&session->problem, &session->scratch, &mc__role_edit_type, &edit,
                            MC_TO_EDIT, source);
    if (rc == 0)
        rc = mc__role_find(&ref, session, microcosm_id, role_id);
    return rc < 0 ? rc : update(session, &ref, &edit, "replace", "R");
}

int mc_role_edit_save(mc_session *session, int64_t microcosm_id, int64_t role_id,
                      const mc_role_edit *edit)
{
    return edit_from(session, microcosm_id, role_id, &(mc__source){.given = edit});
}

int mc_role_edit_body(mc_session *session, int64_t microcosm_id, int64_t role_id, mc_format format,
                      const char *body, size_t length)
{
    mc__source source = mc__source_of(format, body, length);

    return edit_from(session, microcosm_id, role_id, &source);
}

static int read_patch(mc_role_edit *edit, mc_session *session, const mc__patch *patch)
{
    for (size_t i = 0; i < patch->count; i++) {
        const mc__patch_op *op = &patch->ops[i];
        size_t n = 0;

        while (n < MC_COUNT(paths) && strcmp(paths[n].path, op->path) != 0)
            n++;
        if (n == MC_COUNT(paths))
            return mc__fault(&session->problem, op->path,
                             "is no flag that PATCH changes; PUT changes all of a role");
        if (op->kind != MC_PATCH_BOOL)
            return mc__fault(&session->problem, op->path, "must be true or false");
        *(mc_choice *)((char *)edit + paths[n].member) = op->value ? MC_YES : MC_NO;
        edit->edit_reason = mc__arena_format(&session->scratch, "Set %s to %s", op->path + 1,
                                             op->value ? "true" : "false");
    }
    return session->scratch.failed ? mc__out_of_memory(session) : 0;
}

static int patch_from(mc_session *session, int64_t microcosm_id, int64_t role_id,
                      const mc__source *source)
{
    mc_role_edit edit = {0};
    mc__role_ref ref;
    mc__patch patch;
    int rc = mc__call_begin(session, MC_NEEDS_SITE);

    if (rc == 0)
        rc = mc__patch_take(&patch, session, source);
    if (rc == 0)
        rc = mc__role_find(&ref, session, microcosm_id, role_id);
    if (rc == 0)
        rc = read_patch(&edit, session, &patch);
    return rc < 0 ? rc : update(session, &ref, &edit, "update", "U");
}

int mc_role_patch(mc_session *session, int64_t microcosm_id, int64_t role_id,
                  const mc_patch_op *ops, size_t count)
{
    return patch_from(session, microcosm_id, role_id, &(mc__source){.given = ops, .length = count});
}

int mc_role_patch_body(mc_session *session, int64_t microcosm_id, int64_t role_id, const char *body,
                       size_t length)
{
    mc__source source = mc__source_of(MC_FORMAT_JSON, body, length);

    return patch_from(session, microcosm_id, role_id, &source);
}

int mc_role_delete(mc_session *session, int64_t microcosm_id, int64_t role_id)
{
    mc__role_ref ref;
    mc_batch(batch);
    int rc = mc__role_begin(&ref, session, microcosm_id, role_id);

    if (rc < 0)
        return rc;
    mc__add_roles_delete(&batch, &(mc__roles_delete_in){.site_id = session->site.id,
                                                        .role_id = role_id,
                                                        .actor_id = session->actor->profile_id,
                                                        .address = mc__audit_address(session)});
    rc = mc__write(session, &batch);
    if (rc < 0)
        return rc;
    mc__facts_changed(session);
    return PQntuples(mc__batch_rows(&batch, 0)) ? 0 : mc__refuse(session, MC_ENOTFOUND);
}
