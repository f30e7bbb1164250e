/* See comment_facts.h. */
#include "comment_facts.h"

#include "../access/permissions.h"
#include "../base/call.h"
#include "../base/kinds.h"
#include "record/record.h"
#include "statements.h"

void mc__comment_ask(mc_session *session, mc__batch *batch, int64_t comment_id)
{
    mc__add_comments_get(batch, &(mc__comments_get_in){.site_id = session->site.id,
                                                       .comment_id = comment_id,
                                                       .actor_id = session->actor->profile_id});
}

/* The rights on what it is on, which aren't those on the comment: its author may always read that.
 */
static bool reads_parent(const mc__comment_facts *comment, mc_session *session, int64_t author,
                         bool is_participant)
{
    mc_permissions permissions;

    if (mc__kind_can(comment->item_type, MC_IS_ITEM))
        mc__decide_item(&permissions, session, comment->item_type, comment->item_id,
                        comment->microcosm_id, author);
    else
        mc__decide_resource(&permissions, session, comment->item_type, comment->item_id,
                            comment->item_type == MC_ITEM_PROFILE ? comment->item_id : author,
                            is_participant);
    return permissions.can_read;
}

static void add_parent(mc__comment_facts *out, mc_session *session, const mc__comment_row *row)
{
    const mc__node *place = mc__tree_find(session->tree, out->microcosm_id);

    out->parent_hidden =
        !row->parent_visible || (out->microcosm_id && (!place || place->is_hidden));
    out->is_shown = (!out->microcosm_id || mc__may_see(session, place)) &&
                    ((out->is_visible && row->parent_visible) || out->permissions.is_moderator);
    out->is_open = row->parent_open;
    for (const mc__node *node = place; node; node = node->parent)
        out->is_open = out->is_open && node->is_open;
    out->reads_parent = reads_parent(out, session, row->parent_author, row->is_participant);
}

void mc__comment_judge(mc__comment_facts *out, mc_session *session, const mc__comment_row *row)
{
    mc__comment_ref facts = {.comment_id = row->comment_id};

    *out = (mc__comment_facts){0};
    if (row->exists) {
        out->exists = true;
        out->is_visible = row->is_visible;
        out->is_deleted = row->is_deleted;
        out->is_moderated = row->is_moderated;
        out->item_type = row->parent_type;
        out->item_id = row->parent_id;
        out->microcosm_id = row->microcosm_id;
        out->author = row->created_by;
        facts.author = out->author;
        facts.item_type = out->item_type;
        facts.item_id = out->item_id;
        facts.microcosm_id = out->microcosm_id;
        if (mc__kind_can(out->item_type, MC_IS_ITEM))
            facts.parent_author = row->parent_author;
        facts.is_participant = row->is_participant;
    }
    mc__decide_comment(&out->permissions, session, &facts);
    if (out->exists)
        add_parent(out, session, row);
}

static bool flag_of(const PGresult *rows, int row, const char *column)
{
    return mc__row_bool(rows, row, PQfnumber(rows, column));
}

static int64_t number_of(const PGresult *rows, int row, const char *column)
{
    return mc__row_int(rows, row, PQfnumber(rows, column));
}

void mc__comment_read_facts(mc__comment_facts *out, mc_session *session, int64_t comment_id,
                            const PGresult *rows, int row)
{
    mc__comment_row facts = {.comment_id = comment_id};

    if (row < PQntuples(rows)) {
        facts.exists = true;
        facts.is_visible = flag_of(rows, row, "is_visible");
        facts.is_deleted = flag_of(rows, row, "meta.flags.deleted");
        facts.is_moderated = flag_of(rows, row, "meta.flags.moderated");
        facts.parent_type = (mc_item_type)number_of(rows, row, "parent_type");
        facts.parent_id = number_of(rows, row, "item_id");
        facts.microcosm_id = number_of(rows, row, "microcosm_id");
        facts.created_by = number_of(rows, row, "created_by");
        facts.parent_visible = flag_of(rows, row, "parent_visible");
        facts.parent_open = flag_of(rows, row, "parent_open");
        facts.parent_author = number_of(rows, row, "parent_author");
        facts.is_participant = flag_of(rows, row, "is_participant");
    }
    mc__comment_judge(out, session, &facts);
}

int mc__comment_load_facts(mc__comment_facts *out, mc_session *session, int64_t comment_id)
{
    mc_batch(batch);
    int rc = mc__check_id(session, comment_id);

    if (rc < 0)
        return rc;
    mc__comment_ask(session, &batch, comment_id);
    rc = mc__run(session, &batch);
    if (rc == 0)
        mc__comment_read_facts(out, session, comment_id, mc__batch_rows(&batch, 0), 0);
    return rc;
}

void mc__comment_add_check(mc__batch *batch, mc_session *session, int64_t comment_id,
                           const mc__comment_facts *comment, bool may_be_hidden)
{
    int64_t site_id = session->site.id;

    mc__add_comments_lock_item(batch, &(mc__comments_lock_item_in){site_id, comment_id});
    mc__add_permissions_check_comment(batch, &(mc__permissions_check_comment_in){
                                                 .site_id = site_id,
                                                 .comment_id = comment_id,
                                                 .actor_id = session->actor->profile_id,
                                                 .judged_in = comment->microcosm_id,
                                                 .by_moderator = comment->permissions.is_moderator,
                                                 .may_be_hidden = may_be_hidden});
}

int mc__comment_check_readable(mc_session *session, const mc__comment_facts *comment)
{
    if (!comment->permissions.can_read)
        return mc__refuse(session, MC_EFORBIDDEN);
    if (!comment->is_shown)
        return mc__refuse(session, MC_ENOTFOUND);
    return 0;
}
