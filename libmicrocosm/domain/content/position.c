/* Where a comment stands in the pages of its item. */
#include "position.h"

#include "../access/actor.h"
#include "../base/call.h"
#include "../base/paging.h"
#include "item_facts.h"
#include "types.h"
#include "unread.h"

static const mc__field place_fields[] = {
    MC_FIELD(mc_place, item_type, "itemType"),
    MC_FIELD(mc_place, item_id, "itemId"),
    MC_FIELD(mc_place, comment_id, "commentId", .flags = MC_FIELD_OPTIONAL),
    MC_FIELD(mc_place, offset, "offset"),
};
const mc_type mc__place_type = MC_TYPE(mc_place, "place", place_fields);

int mc__place_limit(mc_session *session, int64_t *limit)
{
    mc_page_options page = MC_PAGE_OPTIONS_INIT, checked;

    if (*limit == 0)
        *limit = page.limit;
    page.limit = *limit;
    return mc__page_check(&checked, session, &page);
}

mc_place *mc__place_make(mc_item_type item_type, int64_t item_id, int64_t comment_id,
                         int64_t shown_before, int64_t limit)
{
    mc_place *place = mc__record_new(&mc__place_type);

    if (!place)
        return NULL;
    place->item_type = mc_item_type_name(item_type);
    place->item_id = item_id;
    place->comment_id = comment_id;
    place->offset = shown_before > 0 ? shown_before / limit * limit : 0;
    return place;
}

static void add_place_query(mc_session *session, mc__batch *batch, mc__query query, int64_t item_id)
{
    mc__batch_add(batch, query);
    mc__add_int(batch, session->site.id);
    mc__add_int(batch, item_id);
    mc__add_ints(batch, session->viewer->ignored_profiles.items,
                 session->viewer->ignored_profiles.count);
}

/* Two trips: the mark decides what to look for. */
static int find_new(mc_session *session, mc__batch *batch, mc_item_type item_type, int64_t item_id,
                    int64_t microcosm_id)
{
    mc_time read = {MC_TIME_NONE};

    if (session->viewer->profile_id) {
        mc_batch(marks);
        int rc;

        mc__batch_add(&marks, MC_Q_MARKS_READ_AT);
        mc__add_int(&marks, session->site.id);
        mc__add_int(&marks, session->viewer->profile_id);
        mc__add_int(&marks, item_type);
        mc__add_int(&marks, item_id);
        mc__add_int(&marks, microcosm_id);
        rc = mc__run(session, &marks, MC_READ);
        if (rc < 0)
            return rc;
        read = mc__last_read(session, item_type, item_id, microcosm_id,
                             mc__row_time(mc__batch_rows(&marks, 0), 0, 0));
    }
    add_place_query(session, batch, MC_Q_COMMENTS_FIRST_AFTER, item_id);
    mc__add_time(batch, read);
    add_place_query(session, batch, MC_Q_COMMENTS_NEWEST, item_id);
    return mc__run(session, batch, MC_READ);
}

int mc__item_place(mc_place **out, mc_session *session, mc_item_type item_type, int64_t item_id,
                   int64_t limit, bool unread)
{
    mc__item_known item;
    const PGresult *rows;
    mc_place *place;
    bool found;
    mc_batch(batch);
    int rc = mc__call_begin(session, MC_NEEDS_SITE);

    if (rc == 0)
        rc = mc__check_id(session, item_id);
    if (rc == 0)
        rc = mc__place_limit(session, &limit);
    if (rc == 0)
        rc = mc__item_facts(&item, session, item_type, item_id);
    if (rc < 0)
        return rc;
    if (!item.permissions.can_read)
        return mc__refuse(session, MC_EFORBIDDEN);
    if (!item.exists || item.is_deleted ||
        (item.is_hidden && !(item.is_moderated && item.permissions.is_moderator)))
        return mc__refuse(session, MC_ENOTFOUND);
    if (unread) {
        rc = find_new(session, &batch, item_type, item_id, item.microcosm_id);
    } else {
        add_place_query(session, &batch, MC_Q_COMMENTS_NEWEST, item_id);
        rc = mc__run(session, &batch, MC_READ);
    }
    if (rc < 0)
        return rc;
    rows = mc__batch_rows(&batch, 0);
    if (unread && PQntuples(rows) == 0)
        rows = mc__batch_rows(&batch, 1);
    found = PQntuples(rows) > 0;
    place = mc__place_make(item_type, item_id, found ? mc__row_int(rows, 0, 0) : 0,
                           found ? mc__row_int(rows, 0, 1) : 0, limit);
    if (!place)
        return mc__out_of_memory(session);
    *out = place;
    return 0;
}
