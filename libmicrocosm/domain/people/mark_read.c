/*
 * Marks resources as read on request. The mark is written at once instead of through
 * base/read_marks.c, so that it is stored when the call returns. Marks that are still buffered
 * there are of what has been shown, so writing them later does no harm.
 */
#include "../access/tree.h"
#include "../base/call.h"
#include "../base/read_marks.h"
#include "pointer.h"
#include "profile_access.h"
#include "statements.h"

/* What is to be marked, up to a time that mc__settled() gives. */
typedef struct target {
    mc_item_type item_type;
    int64_t item_id;
    mc_time settled;
} target;

/* Adds marks for a microcosm and all below it. An unknown microcosm is marked like any resource. */
static int add_microcosms(mc__batch *batch, mc_session *session, const target *to)
{
    const mc__tree *tree = session->tree;
    const mc__node *top = mc__tree_find(tree, to->item_id);
    int64_t *ids = mc__arena_alloc(&session->scratch, (tree->count + 1) * sizeof(*ids));
    size_t count = 0;

    if (!ids)
        return mc__out_of_memory(session);
    for (size_t i = 0; top && i < tree->count; i++)
        if (mc__node_is_below(tree->by_id[i], top))
            ids[count++] = tree->by_id[i]->id;
    if (!top)
        ids[count++] = to->item_id;
    mc__add_profiles_mark_microcosms(
        batch, &(mc__profiles_mark_microcosms_in){.site_id = session->site.id,
                                                  .profile_id = session->profile_id,
                                                  .microcosm_ids = {ids, count},
                                                  .settled = to->settled});
    return 0;
}

static int add_marks(mc__batch *batch, mc_session *session, const target *to)
{
    mc_item_type item_type = to->item_type;
    int64_t item_id = to->item_id, site_id = session->site.id, profile_id = session->profile_id;

    if (item_type == MC_ITEM_SITE) {
        mc__add_profiles_mark_site(batch,
                                   &(mc__profiles_mark_site_in){site_id, profile_id, to->settled});
        return 0;
    }
    if (item_type == MC_ITEM_HUDDLE && item_id == 0) {
        mc__add_profiles_mark_huddles(
            batch, &(mc__profiles_mark_huddles_in){site_id, profile_id, to->settled});
        return 0;
    }
    if (item_id <= 0)
        return mc__fault(&session->problem, "itemId", "must be greater than 0");
    if (item_type == MC_ITEM_MICROCOSM)
        return add_microcosms(batch, session, to);
    if (item_type == MC_ITEM_HUDDLE)
        mc__add_profiles_mark_huddle(batch, &(mc__profiles_mark_huddle_in){.site_id = site_id,
                                                                           .profile_id = profile_id,
                                                                           .huddle_id = item_id,
                                                                           .settled = to->settled});
    else
        mc__add_profiles_mark_thing(batch, &(mc__profiles_mark_thing_in){.site_id = site_id,
                                                                         .profile_id = profile_id,
                                                                         .item_type = item_type,
                                                                         .item_id = item_id,
                                                                         .settled = to->settled});
    return 0;
}

static int mark_read(mc_session *session, mc_item_type item_type, int64_t item_id)
{
    target to = {item_type, item_id, {MC_TIME_NONE}};
    mc_batch(batch);
    int rc;

    if (!mc_item_type_name(item_type))
        return mc__fault(&session->problem, "itemType", "must be a kind of thing");
    rc = mc__settled(&to.settled, session);
    if (rc == 0)
        rc = add_marks(&batch, session, &to);
    if (rc == 0)
        rc = mc__write(session, &batch);
    mc__facts_changed(session);
    return rc;
}

int mc_profile_mark_read(mc_session *session, mc_item_type item_type, int64_t item_id)
{
    int rc = mc__profile_begin_own(session);

    return rc < 0 ? rc : mark_read(session, item_type, item_id);
}

int mc_profile_mark_read_body(mc_session *session, mc_format format, const char *body,
                              size_t length)
{
    mc__pointer to;
    int rc = mc__profile_begin_own(session);

    if (rc == 0)
        rc = mc__pointer_take(&to, session, format, body, length);
    return rc < 0 ? rc : mark_read(session, to.item_type, to.item_id);
}
