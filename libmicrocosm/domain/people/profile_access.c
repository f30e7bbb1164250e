/* See profile_access.h. */
#include "profile_access.h"

#include "../access/actor.h"
#include "../access/permissions.h"
#include "../base/call.h"
#include "statements.h"

void mc__profile_decide(mc_permissions *out, mc_session *session, int64_t profile_id)
{
    mc__decide_resource(out, session, MC_ITEM_PROFILE, profile_id, profile_id, false);
}

int mc__profile_begin_own(mc_session *session)
{
    mc_permissions permissions;
    int rc = mc__call_begin(session, MC_NEEDS_MEMBER);

    if (rc < 0)
        return rc;
    mc__profile_decide(&permissions, session, session->profile_id);
    if (permissions.can_update)
        return 0;
    return mc__refuse(session, permissions.is_banned ? MC_EBANNED : MC_EFORBIDDEN);
}

int mc__profile_begin_own_reading(mc_session *session)
{
    mc_permissions permissions;
    int rc = mc__call_begin(session, MC_NEEDS_MEMBER);

    if (rc < 0)
        return rc;
    mc__profile_decide(&permissions, session, session->profile_id);
    if (permissions.is_banned)
        return mc__refuse(session, MC_EBANNED);
    return permissions.is_owner ? 0 : mc__refuse(session, MC_EFORBIDDEN);
}

int mc__profile_refuse(mc_session *session, int64_t profile_id, const mc_permissions *permissions)
{
    mc_batch(batch);
    int rc;

    if (permissions->is_banned)
        return mc__refuse(session, MC_EBANNED);
    mc__add_profiles_name(
        &batch, &(mc__profiles_name_in){.site_id = session->site.id, .profile_id = profile_id});
    rc = mc__run(session, &batch);
    if (rc < 0)
        return rc;
    return mc__refuse(session, PQntuples(mc__batch_rows(&batch, 0)) ? MC_EFORBIDDEN : MC_ENOTFOUND);
}
