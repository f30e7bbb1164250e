/* Ignoring things and people. */
#include "../base/call.h"
#include "profile_access.h"
#include "statements.h"

static int check_ignored(mc_session *session, mc_item_type item_type, int64_t item_id)
{
    if (!mc_item_type_name(item_type) || item_type == MC_ITEM_SITE)
        return mc__fault(&session->problem, "itemType",
                         "must be a kind of thing that can be ignored");
    if (item_id <= 0)
        return mc__fault(&session->problem, "itemId", "must be greater than 0");
    if (item_type == MC_ITEM_PROFILE && item_id == session->profile_id)
        return mc__fault(&session->problem, "itemId", "must not be the actor");
    return 0;
}

int mc_ignore_set(mc_session *session, mc_item_type item_type, int64_t item_id, bool ignored)
{
    mc_batch(batch);
    int rc = mc__profile_begin_own(session);

    if (rc == 0)
        rc = check_ignored(session, item_type, item_id);
    if (rc < 0)
        return rc;
    if (ignored)
        mc__add_profiles_ignore(&batch, &(mc__profiles_ignore_in){.site_id = session->site.id,
                                                                  .profile_id = session->profile_id,
                                                                  .item_type = item_type,
                                                                  .item_id = item_id});
    else
        mc__add_profiles_stop_ignoring(
            &batch, &(mc__profiles_stop_ignoring_in){.site_id = session->site.id,
                                                     .profile_id = session->profile_id,
                                                     .item_type = item_type,
                                                     .item_id = item_id});
    rc = mc__write(session, &batch);
    mc__facts_changed(session);
    return rc;
}
