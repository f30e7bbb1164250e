/*
 * Marking things read. It is written at once instead of through base/read_marks.c: whoever is told
 * that it is done must find it done. Marks that are still on their way there are older, and do
 * nothing when they arrive.
 */
#include "../access/tree.h"
#include "../base/call.h"
#include "profile_access.h"
#include "record/record.h"
#include "statements.h"

/* Ids of a microcosm and all below it. One that isn't there is marked like any other thing. */
static int add_microcosms(mc__batch *batch, mc_session *session, int64_t microcosm_id)
{
    const mc__tree *map = session->tree;
    const mc__node *top = mc__tree_find(map, microcosm_id);
    int64_t *ids = mc__arena_alloc(&session->scratch, (map->count + 1) * sizeof(*ids));
    size_t count = 0;

    if (!ids)
        return mc__out_of_memory(session);
    for (size_t i = 0; top && i < map->count; i++)
        if (mc__node_is_below(map->by_id[i], top))
            ids[count++] = map->by_id[i]->id;
    if (!top)
        ids[count++] = microcosm_id;
    mc__add_profiles_mark_microcosms(
        batch, &(mc__profiles_mark_microcosms_in){.site_id = session->site.id,
                                                  .profile_id = session->profile_id,
                                                  .microcosm_ids = {ids, count}});
    return 0;
}

static int add_marks(mc__batch *batch, mc_session *session, mc_item_type item_type, int64_t item_id)
{
    int64_t site_id = session->site.id, profile_id = session->profile_id;

    if (item_type == MC_ITEM_SITE) {
        mc__add_profiles_mark_site(batch, &(mc__profiles_mark_site_in){site_id, profile_id});
        return 0;
    }
    if (item_type == MC_ITEM_HUDDLE && item_id == 0) {
        mc__add_profiles_mark_huddles(batch, &(mc__profiles_mark_huddles_in){site_id, profile_id});
        return 0;
    }
    if (item_id <= 0)
        return mc__fault(&session->problem, "itemId", "must be greater than 0");
    if (item_type == MC_ITEM_MICROCOSM)
        return add_microcosms(batch, session, item_id);
    if (item_type == MC_ITEM_HUDDLE)
        mc__add_profiles_mark_huddle(batch, &(mc__profiles_mark_huddle_in){.site_id = site_id,
                                                                           .profile_id = profile_id,
                                                                           .huddle_id = item_id});
    else
        mc__add_profiles_mark_thing(batch, &(mc__profiles_mark_thing_in){.site_id = site_id,
                                                                         .profile_id = profile_id,
                                                                         .item_type = item_type,
                                                                         .item_id = item_id});
    return 0;
}

static int mark_read(mc_session *session, mc_item_type item_type, int64_t item_id)
{
    mc_batch(batch);
    int rc;

    if (!mc_item_type_name(item_type))
        return mc__fault(&session->problem, "itemType", "must be a kind of thing");
    rc = add_marks(&batch, session, item_type, item_id);
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

/* What a body points to. */
typedef struct pointer {
    size_t size;
    const char *item_type;
    int64_t item_id;
} pointer;

static const mc__field pointer_fields[] = {
    MC_FIELD(pointer, item_type, "itemType", .flags = MC_FIELD_REQUIRED),
    MC_FIELD(pointer, item_id, "itemId"),
};
static const mc_type pointer_type =
    MC_TYPE(pointer, "pointer", pointer_fields, .flags = MC_TYPE_INPUT);

int mc_profile_mark_read_body(mc_session *session, mc_format format, const char *body,
                              size_t length)
{
    pointer to;
    int rc = mc__profile_begin_own(session);

    if (rc == 0)
        rc = mc__input_take(
            &session->problem, &session->scratch, &pointer_type, &to, MC_TO_CREATE,
            &(mc__source){.body = body ? body : "", .length = length, .format = format});
    return rc < 0 ? rc : mark_read(session, mc_item_type_find(to.item_type), to.item_id);
}
