/* Ignoring resources and people. */
#include "../base/call.h"
#include "pointer.h"
#include "profile_access.h"
#include "statements.h"

/* What a profile ignores is read with it in each request, so that must end somewhere. */
#define MOST 10000

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

static int change(mc_session *session, mc_item_type item_type, int64_t item_id, bool ignored)
{
    int64_t site_id = session->site.id, profile_id = session->profile_id;
    mc_batch(batch);
    int rc = check_ignored(session, item_type, item_id);

    if (rc < 0)
        return rc;
    if (ignored)
        mc__add_profiles_ignore(
            &batch, &(mc__profiles_ignore_in){site_id, profile_id, item_type, item_id, MOST});
    else
        mc__add_profiles_stop_ignoring(
            &batch, &(mc__profiles_stop_ignoring_in){site_id, profile_id, item_type, item_id});
    rc = mc__write(session, &batch);
    mc__facts_changed(session);
    if (rc == 0 && PQntuples(mc__batch_rows(&batch, 0)) == 0)
        return mc__fault(&session->problem, "itemId", "would be one more than can be ignored");
    return rc;
}

int mc_ignore_set(mc_session *session, mc_item_type item_type, int64_t item_id, bool ignored)
{
    int rc = mc__profile_begin_own(session);

    return rc < 0 ? rc : change(session, item_type, item_id, ignored);
}

int mc_ignore_body(mc_session *session, bool ignored, mc_format format, const char *body,
                   size_t length)
{
    mc__pointer thing;
    int rc = mc__profile_begin_own(session);

    if (rc == 0)
        rc = mc__pointer_take(&thing, session, format, body, length);
    return rc < 0 ? rc : change(session, thing.item_type, thing.item_id, ignored);
}
