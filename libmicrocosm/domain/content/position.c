/* See position.h. */
#include "position.h"

#include "../access/actor.h"
#include "../access/permissions.h"
#include "../base/call.h"
#include "../base/paging.h"
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

size_t mc__position_ask(mc__batch *batch, mc_session *session, int64_t comment_id)
{
    return mc__add_comments_shown_before(
        batch,
        &(mc__comments_shown_before_in){.site_id = session->site.id,
                                        .comment_id = comment_id,
                                        .ignored_profiles = session->actor->ignored_profiles});
}

int64_t mc__position_index(mc_session *session, const mc__comment_facts *comment,
                           const PGresult *rows)
{
    bool is_left_out =
        !comment->is_visible || mc__contains(&session->actor->ignored_profiles, comment->author);
    int64_t before = 0;

    if (PQntuples(rows)) /* no row: the comment was deleted since the previous statement */
        before = mc__read_comments_shown_before(rows, 0).comments;
    return is_left_out ? before - 1 : before;
}

int64_t mc__position_offset(int64_t index, int64_t limit)
{
    return index > 0 ? index / limit * limit : 0;
}

mc_position *mc__position_make(mc_item_type item_type, int64_t item_id, int64_t comment_id,
                               int64_t index, int64_t limit)
{
    mc_position *position = mc__record_new(&mc__position_type);

    if (!position)
        return NULL;
    position->item_type = mc_item_type_name(item_type);
    position->item_id = item_id;
    position->comment_id = comment_id;
    position->offset = mc__position_offset(index, limit);
    return position;
}

static void add_newest(mc_session *session, mc__batch *batch, int64_t item_id)
{
    mc__add_comments_newest_on_item(
        batch,
        &(mc__comments_newest_on_item_in){.site_id = session->site.id,
                                          .parent_id = item_id,
                                          .ignored_profiles = session->actor->ignored_profiles});
}

/* Takes two trips, since the second depends on the mark. */
static int find_new(mc_session *session, mc__batch *batch, mc_item_type item_type, int64_t item_id,
                    int64_t microcosm_id)
{
    mc_time read = {MC_TIME_NONE};

    if (session->actor->profile_id) {
        mc_batch(marks);
        int rc;

        mc__add_read_marks_read_at(
            &marks, &(mc__read_marks_read_at_in){.site_id = session->site.id,
                                                 .profile_id = session->actor->profile_id,
                                                 .item_type = item_type,
                                                 .item_id = item_id,
                                                 .microcosm_id = microcosm_id});
        rc = mc__run(session, &marks);
        if (rc < 0)
            return rc;
        read = mc__last_read(session, item_type, item_id, microcosm_id,
                             mc__read_read_marks_read_at(mc__batch_rows(&marks, 0), 0).read_at);
    }
    mc__add_comments_first_after_on_item(
        batch,
        &(mc__comments_first_after_on_item_in){.site_id = session->site.id,
                                               .parent_id = item_id,
                                               .ignored_profiles = session->actor->ignored_profiles,
                                               .after = read});
    add_newest(session, batch, item_id);
    return mc__run(session, batch);
}

int mc__item_position(mc_position **out, mc_session *session, mc_item_type item_type,
                      int64_t item_id, int64_t limit, bool unread)
{
    mc__item_facts item;
    const PGresult *rows;
    mc_position *position;
    mc__comments_newest_on_item_row found = {0};
    mc_batch(batch);
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
    if (unread) {
        rc = find_new(session, &batch, item_type, item_id, item.microcosm_id);
    } else {
        add_newest(session, &batch, item_id);
        rc = mc__run(session, &batch);
    }
    if (rc < 0)
        return rc;
    rows = mc__batch_rows(&batch, 0);
    if (unread && PQntuples(rows) == 0)
        rows = mc__batch_rows(&batch, 1);
    if (PQntuples(rows)) /* both statements return the same columns */
        found = mc__read_comments_newest_on_item(rows, 0);
    position = mc__position_make(item_type, item_id, found.comment_id, found.shown_before, limit);
    if (!position)
        return mc__out_of_memory(session);
    *out = position;
    return 0;
}
