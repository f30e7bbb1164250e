/* See position.h. */
#include "position.h"

#include "../access/actor.h"
#include "../access/permissions.h"
#include "../base/call.h"
#include "../base/paging.h"
#include "comment_page.h"
#include "item_facts.h"
#include "types.h"
#include "unread.h"
#include "statements.h"

static const mc__field position_fields[] = {
    MC_FIELD(mc_position, item_type, "itemType"),
    MC_FIELD(mc_position, item_id, "itemId"),
    MC_FIELD(mc_position, comment_id, "commentId", .flags = MC_FIELD_OPTIONAL),
    MC_FIELD(mc_position, offset, "offset"),
};
const mc_type mc__position_type = MC_TYPE(mc_position, "position", position_fields);

int mc__position_limit(mc_session *session, int64_t *limit)
{
    mc_page_options page = MC_PAGE_OPTIONS_INIT, checked;

    if (*limit == 0)
        *limit = page.limit;
    page.limit = *limit;
    return mc__page_check(&checked, session, &page);
}

size_t mc__position_ask(mc__batch *batch, mc_session *session, int64_t comment_id, int64_t limit)
{
    return mc__add_comments_shown_before(
        batch, &(mc__comments_shown_before_in){.site_id = session->site.id,
                                               .comment_id = comment_id,
                                               .ignored_profiles = session->actor->ignored_profiles,
                                               .limit = limit});
}

mc__place mc__position_read(const PGresult *rows)
{
    mc__comments_shown_before_row row;

    if (PQntuples(rows) == 0) /* the comment was deleted since the previous statement */
        return (mc__place){0, 0};
    row = mc__read_comments_shown_before(rows, 0);
    return (mc__place){row.shown_before, row.bytes};
}

/* A page that may end before the comment is not used: one begins at the comment itself. */
int64_t mc__position_offset(const mc__place *place, int64_t limit)
{
    if (place->index <= 0)
        return 0;
    return mc__comments_may_not_fit(place->index % limit + 1, place->bytes)
               ? place->index
               : place->index / limit * limit;
}

mc_position *mc__position_make(mc_item_type item_type, int64_t item_id, int64_t comment_id,
                               const mc__place *place, int64_t limit)
{
    mc_position *position = mc__record_new(&mc__position_type);

    if (!position)
        return NULL;
    position->item_type = mc_item_type_name(item_type);
    position->item_id = item_id;
    position->comment_id = comment_id;
    position->offset = mc__position_offset(place, limit);
    return position;
}

/* The statements have the same parameters and columns for all kinds of parents. */
static void add_newest(mc_session *session, mc__batch *batch, mc_item_type item_type,
                       int64_t item_id, int64_t limit)
{
    mc__batch_add(
        batch,
        item_type == MC_ITEM_HUDDLE ? MC_Q_COMMENTS_NEWEST_ON_HUDDLE : MC_Q_COMMENTS_NEWEST_ON_ITEM,
        &(mc__comments_newest_on_item_in){.site_id = session->site.id,
                                          .parent_id = item_id,
                                          .ignored_profiles = session->actor->ignored_profiles,
                                          .limit = limit});
}

static void add_first_after(mc_session *session, mc__batch *batch, mc_item_type item_type,
                            int64_t item_id, int64_t limit, mc_time after)
{
    mc__batch_add(
        batch,
        item_type == MC_ITEM_HUDDLE ? MC_Q_COMMENTS_FIRST_AFTER_ON_HUDDLE
                                    : MC_Q_COMMENTS_FIRST_AFTER_ON_ITEM,
        &(mc__comments_first_after_on_item_in){.site_id = session->site.id,
                                               .parent_id = item_id,
                                               .ignored_profiles = session->actor->ignored_profiles,
                                               .limit = limit,
                                               .after = after});
}

int mc__position_find(mc_position **out, mc_session *session, mc_item_type item_type,
                      int64_t item_id, int64_t limit, const mc_time *after)
{
    mc__comments_newest_on_item_row found = {0};
    mc_batch(batch);
    int rc;

    if (after)
        add_first_after(session, &batch, item_type, item_id, limit, *after);
    add_newest(session, &batch, item_type, item_id, limit);
    rc = mc__run(session, &batch);
    if (rc < 0)
        return rc;
    for (size_t i = 0; i < batch.count && found.comment_id == 0; i++)
        if (PQntuples(mc__batch_rows(&batch, i)))
            found = mc__read_comments_newest_on_item(mc__batch_rows(&batch, i), 0);
    *out = mc__position_make(item_type, item_id, found.comment_id,
                             &(mc__place){found.shown_before, found.bytes}, limit);
    return *out ? 0 : mc__out_of_memory(session);
}

/* Up to when the actor has read an item. */
static int find_mark(mc_time *out, mc_session *session, mc_item_type item_type, int64_t item_id,
                     int64_t microcosm_id)
{
    mc_batch(batch);
    int rc;

    out->us = MC_TIME_NONE;
    if (!session->actor->profile_id)
        return 0;
    mc__add_read_marks_read_at(
        &batch, &(mc__read_marks_read_at_in){.site_id = session->site.id,
                                             .profile_id = session->actor->profile_id,
                                             .item_type = item_type,
                                             .item_id = item_id,
                                             .microcosm_id = microcosm_id});
    rc = mc__run(session, &batch);
    if (rc == 0)
        *out = mc__last_read(session, item_type, item_id, microcosm_id,
                             mc__read_read_marks_read_at(mc__batch_rows(&batch, 0), 0).read_at);
    return rc;
}

int mc__item_position(mc_position **out, mc_session *session, mc_item_type item_type,
                      int64_t item_id, int64_t limit, bool unread)
{
    mc__item_facts item;
    mc_time read = {MC_TIME_NONE};
    int rc = mc__call_begin_for(out, session, MC_NEEDS_SITE);

    if (rc == 0)
        rc = mc__check_id(session, item_id);
    if (rc == 0)
        rc = mc__position_limit(session, &limit);
    if (rc == 0)
        rc = mc__item_load_facts(&item, session, item_type, item_id);
    if (rc < 0)
        return rc;
    if (!item.permissions.can_read)
        return mc__refuse(session, MC_EFORBIDDEN);
    if (!item.is_shown) /* or unknown */
        return mc__refuse(session, MC_ENOTFOUND);
    if (unread)
        rc = find_mark(&read, session, item_type, item_id, item.microcosm_id);
    if (rc < 0)
        return rc;
    return mc__position_find(out, session, item_type, item_id, limit, unread ? &read : NULL);
}
