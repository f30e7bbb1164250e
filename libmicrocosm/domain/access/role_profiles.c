/* The profiles that a role lists: one of them, and changes of the list. */
#include "actor.h"
#include "roles.h"
#include "types.h"
#include "../base/call.h"
#include "../base/types.h"
#include "statements.h"

static const mc__field id_edit_fields[] = {
    MC_FIELD(mc_id_edit, id, "id", .flags = MC_FIELD_REQUIRED | MC_FIELD_POSITIVE),
};
const mc_type mc__id_edit_type =
    MC_TYPE(mc_id_edit, "id_edit", id_edit_fields, .flags = MC_TYPE_INPUT);

static const mc__field ids_edit_fields[] = {
    MC_FIELD(mc_ids_edit, ids, "", .type = &mc__id_edit_type, .flags = MC_FIELD_REQUIRED),
};
const mc_type mc__ids_edit_type =
    MC_TYPE(mc_ids_edit, "ids_edit", ids_edit_fields, .flags = MC_TYPE_INPUT | MC_TYPE_BARE);

static const mc__field role_profile_fields[] = {
    MC_FIELD(mc_role_profile, profile, "", .type = &mc__profile_type),
};
const mc_type mc__role_profile_type =
    MC_TYPE(mc_role_profile, "role_profile", role_profile_fields, .flags = MC_TYPE_BARE);

int mc__ids_take(mc_int64s *out, mc_session *session, const mc__source *source)
{
    mc_ids_edit edit = {0};
    int64_t *ids;
    int rc = mc__input_take(&session->problem, &session->scratch, &mc__ids_edit_type, &edit,
                            MC_TO_CREATE, source);

    if (rc < 0)
        return rc;
    ids = mc__arena_alloc(&session->scratch, (edit.ids.count + 1) * sizeof(*ids));
    if (!ids)
        return mc__out_of_memory(session);
    for (size_t i = 0; i < edit.ids.count; i++)
        ids[i] = ((const mc_id_edit *)edit.ids.items[i])->id;
    *out = (mc_int64s){ids, edit.ids.count};
    return 0;
}

static bool holds(const mc_list *profiles, int64_t id)
{
    for (size_t i = 0; i < profiles->count; i++)
        if (((const mc_profile *)profiles->items[i])->id == id)
            return true;
    return false;
}

static int check_known(mc_session *session, const mc_int64s *ids)
{
    mc_list profiles = {0};
    int rc = mc__profiles_load(&profiles, session, &session->scratch, ids);

    for (size_t i = 0; rc == 0 && i < ids->count; i++)
        if (!holds(&profiles, ids->items[i]))
            rc = mc__fail(&session->problem, MC_ENOTFOUND, "there is no profile %lld",
                          (long long)ids->items[i]);
    return rc;
}

static int add(mc_session *session, const mc__role_ref *ref, const mc_int64s *ids)
{
    mc_batch(batch);
    int rc = check_known(session, ids);

    if (rc < 0)
        return rc;
    mc__add_roles_add_profiles(&batch,
                               &(mc__roles_add_profiles_in){.site_id = session->site.id,
                                                            .role_id = ref->role->id,
                                                            .profile_ids = *ids,
                                                            .actor_id = session->actor->profile_id,
                                                            .address = mc__audit_address(session)});
    rc = mc__write(session, &batch);
    mc__facts_changed(session);
    return rc;
}

/* No ids: all of them. */
static int remove_some(mc_session *session, const mc__role_ref *ref, const mc_int64s *ids)
{
    mc_batch(batch);
    int rc;

    mc__add_roles_remove_profiles(
        &batch, &(mc__roles_remove_profiles_in){.site_id = session->site.id,
                                                .role_id = ref->role->id,
                                                .profile_ids = *ids,
                                                .actor_id = session->actor->profile_id,
                                                .address = mc__audit_address(session)});
    rc = mc__write(session, &batch);
    mc__facts_changed(session);
    return rc;
}

typedef int change(mc_session *session, const mc__role_ref *ref, const mc_int64s *ids);

static int change_from(mc_session *session, int64_t microcosm_id, int64_t role_id,
                       const mc__source *source, change *do_change)
{
    mc__role_ref ref;
    mc_int64s ids;
    int rc = mc__call_begin(session, MC_NEEDS_SITE);

    if (rc == 0)
        rc = mc__ids_take(&ids, session, source);
    if (rc == 0)
        rc = mc__role_find(&ref, session, microcosm_id, role_id);
    return rc < 0 ? rc : do_change(session, &ref, &ids);
}

static int change_one(mc_session *session, int64_t microcosm_id, int64_t role_id,
                      int64_t profile_id, change *do_change)
{
    mc__role_ref ref;
    int rc = mc__role_begin(&ref, session, microcosm_id, role_id);

    if (rc == 0)
        rc = mc__check_id(session, profile_id);
    return rc < 0 ? rc : do_change(session, &ref, &(mc_int64s){&profile_id, 1});
}

int mc_role_profiles_add(mc_session *session, int64_t microcosm_id, int64_t role_id,
                         const mc_ids_edit *edit)
{
    return change_from(session, microcosm_id, role_id, &(mc__source){.given = edit}, add);
}

int mc_role_profiles_add_body(mc_session *session, int64_t microcosm_id, int64_t role_id,
                              mc_format format, const char *body, size_t length)
{
    mc__source source = mc__source_of(format, body, length);

    return change_from(session, microcosm_id, role_id, &source, add);
}

int mc_role_profile_put(mc_session *session, int64_t microcosm_id, int64_t role_id,
                        int64_t profile_id)
{
    return change_one(session, microcosm_id, role_id, profile_id, add);
}

int mc_role_profiles_remove(mc_session *session, int64_t microcosm_id, int64_t role_id,
                            const mc_ids_edit *edit)
{
    return change_from(session, microcosm_id, role_id, &(mc__source){.given = edit}, remove_some);
}

int mc_role_profiles_remove_body(mc_session *session, int64_t microcosm_id, int64_t role_id,
                                 mc_format format, const char *body, size_t length)
{
    mc__source source = mc__source_of(format, body, length);

    return change_from(session, microcosm_id, role_id, &source, remove_some);
}

int mc_role_profile_delete(mc_session *session, int64_t microcosm_id, int64_t role_id,
                           int64_t profile_id)
{
    return change_one(session, microcosm_id, role_id, profile_id, remove_some);
}

static int is_listed(mc_session *session, const mc__role_ref *ref, int64_t profile_id)
{
    mc_int64s ids = {0};
    mc_batch(batch);
    int rc;

    mc__add_roles_listed(&batch, &(mc__roles_listed_in){.site_id = session->site.id,
                                                        .role_ids = {&ref->role->id, 1}});
    rc = mc__run(session, &batch);
    if (rc < 0)
        return rc;
    if (PQntuples(mc__batch_rows(&batch, 0)) &&
        mc__ints_parse(&ids, &session->scratch,
                       mc__read_roles_listed(mc__batch_rows(&batch, 0), 0).profile_ids) < 0)
        return mc__out_of_memory(session);
    return mc__contains(&ids, profile_id) ? 0 : mc__refuse(session, MC_ENOTFOUND);
}

int mc_role_profile_find(mc_role_profile **out, mc_session *session, int64_t microcosm_id,
                         int64_t role_id, int64_t profile_id)
{
    mc_auto(mc_record_free) void *record = NULL;
    mc_list found = {0};
    mc__role_ref ref;
    int rc = mc__role_begin_for(out, &ref, session, microcosm_id, role_id);

    if (rc == 0)
        rc = mc__check_id(session, profile_id);
    if (rc == 0)
        rc = is_listed(session, &ref, profile_id);
    if (rc < 0)
        return rc;
    record = mc__record_new(&mc__role_profile_type);
    if (!record)
        return mc__out_of_memory(session);
    rc = mc__profiles_load(&found, session, mc__record_arena(record), &(mc_int64s){&profile_id, 1});
    if (rc < 0)
        return rc;
    if (found.count == 0)
        return mc__refuse(session, MC_ENOTFOUND);
    ((mc_role_profile *)record)->profile = found.items[0];
    *out = MC_TAKE(record);
    return 0;
}
