/* Creates items, and changes their title, microcosm, flags and the members of their kind. */
#include "item_write.h"

#include "../access/actor.h"
#include "../access/permissions.h"
#include "../base/call.h"
#include "../base/patch.h"
#include "item_facts.h"
#include "item_kinds.h"
#include "waiting.h"
#include "statements.h"

/* Reads and checks the kind's input, into the session's scratch. With MC_EINVAL in *rc it has the
 * faults that the session tells; NULL: there is none. */
static void *take_input(int *rc, mc_session *session, const mc__item_kind *kind,
                        mc__purpose purpose, const mc__source *source)
{
    void *input = mc__arena_alloc(&session->scratch, kind->input->size);

    if (!input) {
        *rc = mc__out_of_memory(session);
        return NULL;
    }
    *rc = mc__input_take(&session->problem, &session->scratch, kind->input, input, purpose, source);
    if (*rc < 0 && !(*rc == MC_EINVAL && session->problem.shown.fault_count))
        return NULL;
    *rc = kind->check ? kind->check(session, input, purpose) : 0;
    if (*rc == 0 && session->scratch.failed)
        *rc = mc__out_of_memory(session);
    if (*rc == 0 && session->problem.shown.fault_count)
        *rc = MC_EINVAL;
    return input;
}

int mc__item_create(int64_t *item_id, mc_session *session, mc_item_type item_type,
                    const mc__source *source)
{
    const mc__item_kind *kind = mc__item_kind_find(item_type);
    const mc__item_input *input = NULL;
    mc_batch(batch);
    size_t made;
    int rc = mc__call_begin_for(item_id, session, MC_NEEDS_SITE);

    if (rc == 0)
        input = take_input(&rc, session, kind, MC_TO_CREATE, source);
    if (rc == 0)
        rc = mc__may_create_in(session, input->microcosm_id);
    if (rc < 0)
        return rc;
    mc__add_items_lock_post(&batch, &(mc__items_lock_post_in){mc__arena_format(
                                        &batch.arena, "%s %lld", mc_item_type_name(item_type),
                                        (long long)session->actor->profile_id)});
    made = kind->add_create(&batch, session, input);
    rc = mc__write(session, &batch);
    if (rc < 0)
        return kind->explain ? kind->explain(session, 0, input, rc) : rc;
    *item_id = mc__read_items_create_conversation(mc__batch_rows(&batch, made), 0).change.item_id;
    return 0;
}

/* PUT checks existence before rights: docs/http/conversations.md. A deleted item must be brought
 * back first. */
static int judge_edit(mc_session *session, mc_item_type item_type, const mc__item_facts *item)
{
    int rc;

    if (!item->exists)
        return mc__refuse(session, MC_ENOTFOUND);
    rc = mc__check_shown(session, item);
    if (rc < 0)
        return rc;
    if (item->is_gone)
        return mc__refuse(session, item->permissions.can_read ? MC_ENOTFOUND : MC_EFORBIDDEN);
    if (item->permissions.is_moderator)
        return 0;
    if (!item->permissions.can_update)
        return mc__refuse(session, MC_EFORBIDDEN);
    return item->is_open ? 0
                         : mc__fail_because(&session->problem, MC_ECLOSED, 17, "the %s is closed",
                                            mc_item_type_name(item_type));
}

/* Who may edit the item is told at once what else is wrong with the edit. */
static int add_faults(mc_session *session, const mc__item_kind *kind, int64_t item_id,
                      const void *input)
{
    mc__item_facts item;
    int rc = mc__item_load_facts(&item, session, kind->item_type, item_id);

    if (rc == 0 && item.exists && !item.is_hidden && item.permissions.can_update)
        rc = kind->find_faults(session, item_id, input);
    return rc < 0 ? rc : MC_EINVAL;
}

/* A place that the actor may not read is none to it. */
static int judge_move(mc_session *session, const mc__item_facts *item, int64_t to)
{
    int rc;

    if (item->placed_by_moderator && !item->permissions.is_moderator)
        return mc__fail(&session->problem, MC_EFORBIDDEN,
                        "a moderator has put it here, and only moderators move it");
    rc = mc__may_take_from(session, mc__tree_find(session->tree, item->microcosm_id));
    if (rc < 0)
        return rc;
    if (!mc__is_readable(session, mc__tree_find(session->tree, to)))
        return mc__fault(&session->problem, "microcosmId", "is not a microcosm of this site");
    return mc__may_create_in(session, to);
}

/* Whoever waits for a place in an event comes when it has more, is at another time or place, or is
 * opened or shown again. */
static void add_promote(mc__batch *batch, mc_session *session, int64_t item_id,
                        const mc__judged_waiting *judged)
{
    mc__add_attendees_lock(batch, &(mc__attendees_lock_in){session->site.id, item_id});
    mc__add_promote(batch, session, item_id, judged);
}

static int judge_waiting(mc__judged_waiting *out, mc_session *session, const mc__item_kind *kind,
                         int64_t item_id, const mc__item_input *input)
{
    mc__place_change change = {.event_id = item_id, .microcosm_id = input->microcosm_id};

    change.limit = *(const mc_maybe_int64 *)((const char *)input + kind->places);
    return mc__judge_waiting(out, session, &change);
}

static int save_edit(mc_session *session, const mc__item_kind *kind, int64_t item_id,
                     const mc__item_input *input, const mc__item_facts *item)
{
    mc__items_edit_in in = {.site_id = session->site.id,
                            .item_id = item_id,
                            .item_type = kind->item_type,
                            .title = input->title,
                            .microcosm_id = input->microcosm_id,
                            .actor_id = session->actor->profile_id,
                            .edit_reason = input->edit_reason,
                            .judged_in = item->microcosm_id,
                            .by_moderator = item->permissions.is_moderator,
                            .creates_as_moderator = mc__moderates(session, input->microcosm_id),
                            .address = mc__audit_address(session)};
    mc__judged_waiting judged = {0};
    mc_batch(batch);
    size_t edited;
    int rc = kind->is_attended ? judge_waiting(&judged, session, kind, item_id, input) : 0;

    if (rc < 0)
        return rc;
    mc__add_items_lock(&batch, &(mc__items_lock_in){in.site_id, item_id});
    edited = mc__add_items_edit(&batch, &in);
    if (kind->add_edit)
        kind->add_edit(&batch, session, item_id, input, item);
    if (kind->is_attended)
        add_promote(&batch, session, item_id, &judged);
    rc = mc__write(session, &batch);
    if (rc == 0 && PQntuples(mc__batch_rows(&batch, edited)) == 0)
        return mc__refuse(session, MC_ENOTFOUND);
    return rc < 0 && kind->explain ? kind->explain(session, item_id, input, rc) : rc;
}

static int judge_and_save(mc_session *session, const mc__item_kind *kind, int64_t item_id,
                          const mc__item_input *input)
{
    mc__item_facts item;
    int rc = mc__item_load_facts(&item, session, kind->item_type, item_id);

    if (rc == 0)
        rc = judge_edit(session, kind->item_type, &item);
    if (rc == 0 && input->microcosm_id && input->microcosm_id != item.microcosm_id)
        rc = judge_move(session, &item, input->microcosm_id);
    return rc < 0 ? rc : save_edit(session, kind, item_id, input, &item);
}

int mc__item_edit(mc_session *session, mc_item_type item_type, int64_t item_id,
                  const mc__source *source)
{
    const mc__item_kind *kind = mc__item_kind_find(item_type);
    mc__item_input *input = NULL;
    int tries = 0;
    int rc = mc__call_begin(session, MC_NEEDS_SITE);

    if (rc == 0)
        rc = mc__check_id(session, item_id);
    if (rc == 0)
        input = take_input(&rc, session, kind, MC_TO_EDIT, source);
    if (rc == MC_EINVAL && input && kind->find_faults)
        rc = add_faults(session, kind, item_id, input);
    if (rc < 0)
        return rc;
    do
        rc = judge_and_save(session, kind, item_id, input);
    while (mc__judge_again(session, rc, &tries));
    return rc;
}

static int set_flags(mc_session *session, mc_item_type item_type, int64_t item_id,
                     const mc__flag_changes *flags, const mc__item_facts *item, const char *action,
                     const char *audit)
{
    bool promotes = mc__item_kind_find(item_type)->is_attended &&
                    (flags->open == MC_YES || flags->deleted == MC_NO || flags->moderated == MC_NO);
    mc__judged_waiting judged = {0};
    mc_batch(batch);
    int rc = 0;

    if (promotes)
        rc = mc__judge_waiting(&judged, session, &(mc__place_change){.event_id = item_id});
    if (rc < 0)
        return rc;
    mc__add_items_lock(&batch, &(mc__items_lock_in){session->site.id, item_id});
    mc__add_items_set_flags(
        &batch, &(mc__items_set_flags_in){.site_id = session->site.id,
                                          .item_id = item_id,
                                          .item_type = item_type,
                                          .sticky = flags->sticky,
                                          .open = flags->open,
                                          .deleted = flags->deleted,
                                          .moderated = flags->moderated,
                                          .by_moderator = item->permissions.is_moderator,
                                          .judged_in = item->microcosm_id,
                                          .actor_id = session->actor->profile_id,
                                          .edit_reason = flags->note,
                                          .action = action,
                                          .audit_action = audit,
                                          .address = mc__audit_address(session)});
    if (promotes)
        add_promote(&batch, session, item_id, &judged);
    return mc__write(session, &batch);
}

static int judge_and_patch(mc_session *session, mc_item_type item_type, int64_t item_id,
                           const mc__patch *patch)
{
    mc__flag_changes flags;
    mc__item_facts item;
    int rc = mc__item_load_facts(&item, session, item_type, item_id);

    if (rc < 0)
        return rc;
    if (!item.exists)
        return mc__item_refuse_unknown(session, item_type, item_id);
    rc = mc__patch_judge(&flags, session, patch, &item.permissions, false);
    if (rc < 0)
        return rc;
    if (!item.is_shown)
        return mc__refuse(session, MC_ENOTFOUND);
    if (flags.open == MC_YES && item.closed_by_moderator && !item.permissions.is_moderator)
        return mc__fail(&session->problem, MC_EFORBIDDEN,
                        "a moderator has closed it, and only moderators open it");
    return set_flags(session, item_type, item_id, &flags, &item, "update", "U");
}

int mc__item_patch(mc_session *session, mc_item_type item_type, int64_t item_id,
                   const mc__source *source)
{
    mc__patch patch;
    int tries = 0;
    int rc = mc__call_begin(session, MC_NEEDS_SITE);

    if (rc == 0)
        rc = mc__patch_take(&patch, session, source);
    if (rc == 0)
        rc = mc__check_id(session, item_id);
    if (rc < 0)
        return rc;
    do
        rc = judge_and_patch(session, item_type, item_id, &patch);
    while (mc__judge_again(session, rc, &tries));
    return rc;
}

static int judge_and_delete(mc_session *session, mc_item_type item_type, int64_t item_id)
{
    mc__flag_changes flags = {.deleted = MC_YES};
    mc__item_facts item;
    int rc = mc__item_load_facts(&item, session, item_type, item_id);

    if (rc < 0)
        return rc;
    if (!item.permissions.can_delete && !item.permissions.is_moderator)
        return mc__refuse(session, MC_EFORBIDDEN);
    if (!item.exists || item.is_deleted) /* deleting is idempotent */
        return 0;
    return set_flags(session, item_type, item_id, &flags, &item, "delete", "D");
}

int mc__item_delete(mc_session *session, mc_item_type item_type, int64_t item_id)
{
    int tries = 0;
    int rc = mc__call_begin(session, MC_NEEDS_SITE);

    if (rc == 0)
        rc = mc__check_id(session, item_id);
    if (rc < 0)
        return rc;
    do
        rc = judge_and_delete(session, item_type, item_id);
    while (mc__judge_again(session, rc, &tries));
    return rc;
}
