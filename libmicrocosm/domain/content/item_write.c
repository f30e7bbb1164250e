/* Changing the title, the microcosm and the flags of an item. */
#include "item_write.h"

#include "../access/actor.h"
#include "../access/tree.h"
#include "../base/call.h"
#include "../base/patch.h"
#include "item_facts.h"

int mc__item_edit(mc_session *session, mc_item_type item_type, int64_t item_id, const char *title,
                  int64_t microcosm_id, const char *edit_reason)
{
    mc__item_known item;
    mc_batch(batch);
    int rc = mc__item_facts(&item, session, item_type, item_id);

    if (rc < 0)
        return rc;
    if (!item.exists) /* the contract: PUT looks for the thing first */
        return mc__refuse(session, MC_ENOTFOUND);
    rc = mc__check_shown(session, &item);
    if (rc < 0)
        return rc;
    if (!item.permissions.can_update && !item.permissions.is_moderator)
        return mc__refuse(session, MC_EFORBIDDEN);
    if (microcosm_id && microcosm_id != item.microcosm_id) {
        mc__node *to = mc__map_find(session->map, microcosm_id);

        if (!to)
            return mc__fault(&session->problem, "microcosmId", "is not a microcosm of this site");
        rc = mc__may_create_in(session, microcosm_id);
        if (rc < 0)
            return rc;
    }
    mc__batch_add(&batch, MC_Q_ITEMS_EDIT);
    mc__add_int(&batch, session->site.id);
    mc__add_int(&batch, item_id);
    mc__add_int(&batch, item_type);
    mc__add_text(&batch, title);
    mc__add_id(&batch, microcosm_id);
    mc__add_int(&batch, session->viewer->profile_id);
    mc__add_text(&batch, edit_reason);
    mc__add_text(&batch, mc__audit_address(session));
    rc = mc__write(session, &batch,
                   &(mc__news){.item_type = item_type,
                               .item_id = item_id,
                               .microcosm_id = microcosm_id ? microcosm_id : item.microcosm_id,
                               .from_microcosm = item.microcosm_id});
    if (rc == 0 && PQntuples(mc__batch_rows(&batch, 0)) == 0)
        return mc__refuse(session, MC_ENOTFOUND);
    return rc;
}

static int set_flags(mc_session *session, mc_item_type item_type, int64_t item_id,
                     const mc__item_known *item, const mc__flag_changes *flags, const char *action,
                     const char *audit)
{
    mc__news news = {
        .item_type = item_type, .item_id = item_id, .microcosm_id = item->microcosm_id};
    mc_batch(batch);

    mc__batch_add(&batch, MC_Q_ITEMS_SET_FLAGS);
    mc__add_int(&batch, session->site.id);
    mc__add_int(&batch, item_id);
    mc__add_int(&batch, item_type);
    mc__add_choice(&batch, flags->sticky);
    mc__add_choice(&batch, flags->open);
    mc__add_choice(&batch, flags->deleted);
    mc__add_choice(&batch, flags->moderated);
    mc__add_int(&batch, session->viewer->profile_id);
    mc__add_text(&batch, flags->note);
    mc__add_text(&batch, action);
    mc__add_text(&batch, audit);
    mc__add_text(&batch, mc__audit_address(session));
    return mc__write(session, &batch, &news);
}

static int patch(mc_session *session, mc_item_type item_type, int64_t item_id,
                 const mc__patch_op *ops, size_t count)
{
    mc__flag_changes flags;
    mc__item_known item;
    int rc = mc__check_id(session, item_id);

    if (rc == 0)
        rc = mc__item_facts(&item, session, item_type, item_id);
    if (rc < 0)
        return rc;
    if (!item.exists)
        return mc__item_refuse_unknown(session, item_type, item_id);
    rc = mc__patch_judge(&flags, session, ops, count, &item.permissions, false);
    if (rc < 0)
        return rc;
    /* Moderators may bring hidden things back. */
    if (item.is_hidden && !item.permissions.is_moderator)
        return mc__refuse(session, MC_ENOTFOUND);
    return set_flags(session, item_type, item_id, &item, &flags, "update", "U");
}

int mc__item_patch(mc_session *session, mc_item_type item_type, int64_t item_id,
                   const mc_patch_op *ops, size_t count)
{
    mc__patch_op *copy = NULL;
    int rc = mc__call_begin(session, MC_NEEDS_SITE);

    if (rc == 0)
        rc = mc__patch_copy(session, &copy, ops, count);
    return rc < 0 ? rc : patch(session, item_type, item_id, copy, count);
}

int mc__item_patch_body(mc_session *session, mc_item_type item_type, int64_t item_id,
                        const char *body, size_t length)
{
    mc__patch_op *ops = NULL;
    size_t count = 0;
    int rc = mc__call_begin(session, MC_NEEDS_SITE);

    if (rc == 0)
        rc = mc__patch_read(&session->problem, &session->scratch, &ops, &count, body, length);
    return rc < 0 ? rc : patch(session, item_type, item_id, ops, count);
}

int mc__item_delete(mc_session *session, mc_item_type item_type, int64_t item_id)
{
    mc__flag_changes flags = {.deleted = MC_YES};
    mc__item_known item;
    int rc = mc__call_begin(session, MC_NEEDS_SITE);

    if (rc == 0)
        rc = mc__check_id(session, item_id);
    if (rc == 0)
        rc = mc__item_facts(&item, session, item_type, item_id);
    if (rc < 0)
        return rc;
    if (!item.permissions.can_delete && !item.permissions.is_moderator)
        return mc__refuse(session, MC_EFORBIDDEN);
    if (!item.exists || item.is_deleted) /* what is gone is gone: fine */
        return 0;
    return set_flags(session, item_type, item_id, &item, &flags, "delete", "D");
}
