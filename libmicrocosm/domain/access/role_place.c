/* Whose roles are whose: finds the microcosm and the role that a call is about. */
#include "../base/call.h"
#include "../base/links.h"
#include "../base/types.h"
#include "actor.h"
#include "roles.h"

bool mc__role_owns_site(mc_session *session)
{
    mc_permissions permissions;

    mc__decide_site(&permissions, session, session->site.id, false);
    return permissions.is_site_owner;
}

int mc__role_find_moderated(const mc__node **out, mc_session *session, int64_t microcosm_id)
{
    const mc__node *node = mc__tree_find(session->tree, microcosm_id);

    if (node && mc__decide_microcosm(session, node)->is_moderator) {
        *out = node;
        return mc__may_see(session, node) ? 0 : mc__refuse(session, MC_ENOTFOUND);
    }
    return mc__refuse(session, !node && mc__role_owns_site(session) ? MC_ENOTFOUND : MC_EFORBIDDEN);
}

static const mc__role *find_role(const mc__node *node, int64_t role_id)
{
    for (size_t i = 0; i < node->role_count; i++)
        if (node->roles[i].id == role_id)
            return &node->roles[i];
    return NULL;
}

static void find_anywhere(mc__role_ref *out, mc_session *session, int64_t role_id)
{
    for (size_t i = 0; !out->role && i < session->tree->count; i++) {
        out->node = &session->tree->nodes[i];
        out->role = find_role(out->node, role_id);
    }
}

int mc__role_find(mc__role_ref *out, mc_session *session, int64_t microcosm_id, int64_t role_id)
{
    int rc = 0;

    *out = (mc__role_ref){0};
    if (microcosm_id < 0 || role_id <= 0)
        return mc__fault(&session->problem, "id", "must be greater than 0");
    if (microcosm_id)
        rc = mc__role_find_moderated(&out->node, session, microcosm_id);
    else if (!mc__role_owns_site(session))
        rc = mc__refuse(session, MC_EFORBIDDEN);
    if (rc < 0)
        return rc;
    if (microcosm_id)
        out->role = find_role(out->node, role_id);
    else
        find_anywhere(out, session, role_id);
    if (!out->role)
        return mc__refuse(session, MC_ENOTFOUND);
    out->href = microcosm_id ? mc__arena_format(&session->scratch, "%s/%lld/roles/%lld",
                                                "/api/v1/microcosms", (long long)microcosm_id,
                                                (long long)role_id)
                             : mc__href(&session->scratch, "roles", role_id);
    return session->scratch.failed ? mc__out_of_memory(session) : 0;
}

int mc__role_begin(mc__role_ref *out, mc_session *session, int64_t microcosm_id, int64_t role_id)
{
    int rc = mc__call_begin(session, MC_NEEDS_SITE);

    return rc < 0 ? rc : mc__role_find(out, session, microcosm_id, role_id);
}

int mc__role_begin_for(const void *result, mc__role_ref *out, mc_session *session,
                       int64_t microcosm_id, int64_t role_id)
{
    int rc = mc__call_begin_for(result, session, MC_NEEDS_SITE);

    return rc < 0 ? rc : mc__role_find(out, session, microcosm_id, role_id);
}

mc_collection *mc__role_collection(mc__arena *arena, void *record)
{
    mc_collection *collection = record;

    collection->meta = mc__record_make(arena, &mc__meta_type);
    return collection;
}
