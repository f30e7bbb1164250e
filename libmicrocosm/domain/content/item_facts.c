/* See item_facts.h. */
#include "item_facts.h"

#include "../access/permissions.h"
#include "../base/call.h"
#include "../base/share.h"
#include "item_parts.h"
#include "statements.h"

int mc__item_refuse_unknown(mc_session *session, mc_item_type item_type, int64_t item_id)
{
    mc_permissions permissions;

    mc__decide_item(&permissions, session, item_type, item_id, 0, 0);
    return mc__refuse(session, permissions.can_read ? MC_ENOTFOUND : MC_EFORBIDDEN);
}

int mc__item_load_facts(mc__item_facts *out, mc_session *session, mc_item_type item_type,
                        int64_t item_id)
{
    mc_batch(batch);
    const PGresult *rows;
    int rc;

    *out = (mc__item_facts){0};
    mc__add_items_facts(&batch, &(mc__items_facts_in){.site_id = session->site.id,
                                                      .item_id = item_id,
                                                      .item_type = item_type});
    rc = mc__run(session, &batch);
    if (rc < 0)
        return rc;
    rows = mc__batch_rows(&batch, 0);
    mc__item_read_facts(out, session, item_type, item_id, rows);
    return 0;
}

void mc__item_read_facts(mc__item_facts *out, mc_session *session, mc_item_type item_type,
                         int64_t item_id, const PGresult *rows)
{
    mc__items_facts_row row;

    *out = (mc__item_facts){0};
    if (PQntuples(rows) == 0) {
        mc__decide_item(&out->permissions, session, item_type, item_id, 0, 0);
        return;
    }
    row = mc__read_items_facts(rows, 0);
    out->microcosm_id = row.microcosm_id;
    out->author = row.created_by;
    out->is_deleted = row.is_deleted;
    out->is_moderated = row.is_moderated;
    out->is_open = row.is_open;
    out->closed_by_moderator = row.closed_by_moderator;
    out->placed_by_moderator = row.placed_by_moderator;
    mc__item_conclude(out, session, item_type, item_id);
}

void mc__item_add_check(mc__batch *batch, mc_session *session, int64_t item_id,
                        const mc__item_facts *item)
{
    int64_t site_id = session->site.id;

    mc__add_items_lock(batch, &(mc__items_lock_in){site_id, item_id});
    mc__add_permissions_check_item(
        batch, &(mc__permissions_check_item_in){.site_id = site_id,
                                                .item_id = item_id,
                                                .judged_in = item->microcosm_id,
                                                .by_moderator = item->permissions.is_moderator,
                                                .may_be_hidden = item->permissions.is_moderator});
}

void mc__item_conclude(mc__item_facts *out, mc_session *session, mc_item_type item_type,
                       int64_t item_id)
{
    const mc__node *place = mc__tree_find(session->tree, out->microcosm_id), *node = place;

    out->exists = true;
    out->is_hidden = out->is_deleted || out->is_moderated || !node || node->is_hidden;
    out->is_gone = out->is_deleted;
    for (; node; node = node->parent) {
        out->is_open = out->is_open && node->is_open;
        out->is_gone = out->is_gone || node->is_deleted;
    }
    mc__decide_item(&out->permissions, session, item_type, item_id, out->microcosm_id, out->author);
    out->is_shown = mc__may_see(session, place) &&
                    (!(out->is_deleted || out->is_moderated) || out->permissions.is_moderator);
}

int mc__check_shown(mc_session *session, const mc__item_facts *item)
{
    if (item->is_shown)
        return 0;
    return mc__refuse(session, item->permissions.can_read ? MC_ENOTFOUND : MC_EFORBIDDEN);
}

int mc__may_create_in(mc_session *session, int64_t microcosm_id)
{
    mc__node *node = mc__tree_find(session->tree, microcosm_id);
    mc_permissions permissions;

    if (!node) {
        mc__decide_item(&permissions, session, MC_ITEM_CONVERSATION, 0, 0, 0);
        return mc__refuse(session, permissions.is_site_owner ? MC_ENOTFOUND : MC_EFORBIDDEN);
    }
    permissions = *mc__decide_microcosm(session, node);
    if (!permissions.can_create)
        return mc__refuse(session, MC_EFORBIDDEN);
    if (node->is_hidden)
        return mc__refuse(session, MC_ENOTFOUND);
    for (const mc__node *above = node; above; above = above->parent)
        if (!above->is_open && !permissions.is_moderator)
            return mc__fail_because(&session->problem, MC_ECLOSED, 17, "the microcosm is closed");
    return 0;
}

int mc__may_take_from(mc_session *session, const mc__node *node)
{
    const mc_permissions *permissions = mc__decide_microcosm(session, node);

    return permissions->can_read && (permissions->can_create || permissions->is_moderator)
               ? 0
               : mc__refuse(session, MC_EFORBIDDEN);
}

mc__cache_key mc__item_key(const mc_session *session, mc_item_type item_type, int64_t item_id)
{
    return (mc__cache_key){
        MC_CACHED_ITEM, session->site.id, {item_id, item_type, session->site.version}};
}

bool mc__item_find_facts(mc__item_facts *out, mc_session *session, mc_item_type item_type,
                         int64_t item_id)
{
    mc__cache_key key = mc__item_key(session, item_type, item_id);
    mc_auto_entry mc__cached_item *item =
        mc__may_share(session) ? mc__cache_find(session->app->cache, &key) : NULL;
    mc__item_parts p;

    if (!item)
        return false;
    p = mc__item_parts_of(item->record);
    *out = (mc__item_facts){.microcosm_id = *p.microcosm_id,
                            .author = item->author,
                            .is_deleted = item->is_deleted,
                            .is_moderated = item->is_moderated,
                            .is_open = (*p.meta)->flags->open == MC_YES};
    mc__item_conclude(out, session, item_type, item_id);
    return true;
}
