/* See attribute_things.h. */
#include "attribute_things.h"

#include "../access/permissions.h"
#include "../base/call.h"
#include "../base/kinds.h"
#include "comment_facts.h"
#include "item_facts.h"
#include "statements.h"

static void ask_item(mc__thing *t, mc_session *session, mc__batch *batch)
{
    mc__add_items_facts(batch, &(mc__items_facts_in){session->site.id, t->item_id, t->item_type});
}

static int judge_item(mc__thing *t, mc_session *session, const PGresult *rows)
{
    mc__item_facts item = {0};

    mc__item_read_facts(&item, session, t->item_type, t->item_id, rows);
    t->permissions = item.permissions;
    t->exists = item.exists;
    t->parent_type = MC_ITEM_MICROCOSM;
    t->parent_id = t->microcosm_id = item.microcosm_id;
    t->is_closed = item.exists && !item.is_open;
    if (!item.permissions.can_read)
        return mc__refuse(session, MC_EFORBIDDEN);
    return item.exists ? mc__check_shown(session, &item) : 0;
}

static void check_item(mc__batch *batch, const mc__thing *t, mc_session *session)
{
    mc__item_add_check(
        batch, session, t->item_id,
        &(mc__item_facts){.microcosm_id = t->microcosm_id, .permissions = t->permissions});
}

static void ask_comment(mc__thing *t, mc_session *session, mc__batch *batch)
{
    mc__comment_ask(session, batch, t->item_id);
}

static int judge_comment(mc__thing *t, mc_session *session, const PGresult *rows)
{
    mc__comment_facts comment = {0};

    mc__comment_read_facts(&comment, session, t->item_id, rows, 0);
    t->permissions = comment.permissions;
    t->exists = comment.exists;
    t->parent_type = comment.item_type;
    t->parent_id = comment.item_id;
    t->microcosm_id = comment.microcosm_id;
    t->is_closed = comment.exists && !comment.is_open;
    return mc__comment_check_readable(session, &comment);
}

static void check_comment(mc__batch *batch, const mc__thing *t, mc_session *session)
{
    mc__comment_add_check(
        batch, session, t->item_id,
        &(mc__comment_facts){.microcosm_id = t->microcosm_id, .permissions = t->permissions},
        t->permissions.is_moderator);
}

static int judge_microcosm(mc__thing *t, mc_session *session, const PGresult *rows)
{
    const mc__node *node = mc__tree_find(session->tree, t->item_id);

    (void)rows;
    if (node)
        t->permissions = *mc__decide_microcosm(session, node);
    else
        mc__decide_item(&t->permissions, session, MC_ITEM_MICROCOSM, t->item_id, t->item_id, 0);
    t->exists = node != NULL;
    if (node && node->parent_id) {
        t->parent_type = MC_ITEM_MICROCOSM;
        t->parent_id = node->parent_id;
    }
    t->microcosm_id = t->item_id;
    for (const mc__node *above = node; above; above = above->parent)
        t->is_closed = t->is_closed || !above->is_open;
    if (node ? !t->permissions.can_read : !t->permissions.is_site_owner)
        return mc__refuse(session, MC_EFORBIDDEN);
    return node && node->is_hidden && !mc__may_see(session, node)
               ? mc__refuse(session, MC_ENOTFOUND)
               : 0;
}

static void check_microcosm(mc__batch *batch, const mc__thing *t, mc_session *session)
{
    bool by_moderator = t->permissions.is_moderator;
    int64_t site_id = session->site.id;

    mc__add_microcosms_lock(batch, &(mc__microcosms_lock_in){site_id});
    mc__add_permissions_check_microcosm(
        batch, &(mc__permissions_check_microcosm_in){.site_id = site_id,
                                                     .microcosm_id = t->item_id,
                                                     .judged_in = t->parent_id,
                                                     .may_be_closed = by_moderator,
                                                     .may_be_hidden = by_moderator,
                                                     .may_be_deleted = by_moderator});
}

static void ask_profile(mc__thing *t, mc_session *session, mc__batch *batch)
{
    mc__add_profiles_name(batch, &(mc__profiles_name_in){session->site.id, t->item_id});
}

static int judge_profile(mc__thing *t, mc_session *session, const PGresult *rows)
{
    mc__decide_resource(&t->permissions, session, MC_ITEM_PROFILE, t->item_id, t->item_id, false);
    t->exists = PQntuples(rows) > 0;
    if (t->permissions.can_read)
        return 0;
    return mc__refuse(session, t->permissions.is_banned ? MC_EBANNED : MC_EFORBIDDEN);
}

/* Another site than the session's has none here. */
static int judge_site(mc__thing *t, mc_session *session, const PGresult *rows)
{
    (void)rows;
    t->exists = t->item_id == session->site.id;
    if (t->exists)
        mc__decide_resource(&t->permissions, session, MC_ITEM_SITE, t->item_id, 0, false);
    else
        mc__decide_site(&t->permissions, session, t->item_id, false);
    return t->permissions.can_read ? 0 : mc__refuse(session, MC_EFORBIDDEN);
}

typedef struct kind {
    mc_item_type item_type;
    const char *path;
    void (*ask)(mc__thing *t, mc_session *session, mc__batch *batch); /* NULL: nothing to ask */
    int (*judge)(mc__thing *t, mc_session *session, const PGresult *rows);
    /* NULL: it is never closed, hidden or moved */
    void (*check)(mc__batch *batch, const mc__thing *t, mc_session *session);
} kind;

static const kind kinds[] = {
    {MC_ITEM_SITE, "site", NULL, judge_site, NULL},
    {MC_ITEM_MICROCOSM, "microcosms", NULL, judge_microcosm, check_microcosm},
    {MC_ITEM_PROFILE, "profiles", ask_profile, judge_profile, NULL},
    {MC_ITEM_COMMENT, "comments", ask_comment, judge_comment, check_comment},
};

/* Items are alike. */
static const kind item_kind = {MC_ITEM_NONE, NULL, ask_item, judge_item, check_item};

static const kind *find_kind(mc_item_type item_type)
{
    for (size_t i = 0; i < MC_COUNT(kinds); i++)
        if (kinds[i].item_type == item_type)
            return &kinds[i];
    return mc__kind_can(item_type, MC_IS_ITEM) ? &item_kind : NULL;
}

const char *mc__thing_path(mc_item_type item_type)
{
    const kind *k = find_kind(item_type);

    return !k ? NULL : k->path ? k->path : mc__collection_of(item_type);
}

int mc__thing_ask(mc__thing *thing, mc_session *session, mc__batch *batch)
{
    const kind *k = find_kind(thing->item_type);
    int rc = mc__check_id(session, thing->item_id);

    if (rc == 0 && !k)
        rc = mc__refuse(session, MC_ENOTFOUND);
    if (rc == 0 && k->ask)
        k->ask(thing, session, batch);
    return rc;
}

int mc__thing_judge(mc__thing *thing, mc_session *session, const mc__batch *batch)
{
    const kind *k = find_kind(thing->item_type);

    return k->judge(thing, session, k->ask ? mc__batch_rows(batch, 0) : NULL);
}

int mc__thing_judge_change(mc__thing *thing, mc_session *session)
{
    mc_batch(batch);
    int rc = mc__thing_ask(thing, session, &batch);

    if (rc == 0 && find_kind(thing->item_type)->ask)
        rc = mc__run(session, &batch);
    if (rc == 0)
        rc = mc__thing_judge(thing, session, &batch);
    if (rc < 0)
        return rc;
    if (!thing->permissions.can_update)
        return mc__refuse(session, thing->permissions.is_banned ? MC_EBANNED : MC_EFORBIDDEN);
    if (!thing->exists)
        return mc__refuse(session, MC_ENOTFOUND);
    return thing->is_closed && !thing->permissions.is_moderator
               ? mc__fail_because(&session->problem, MC_ECLOSED, 17, "it is closed")
               : 0;
}

void mc__thing_add_check(mc__batch *batch, const mc__thing *thing, mc_session *session)
{
    const kind *k = find_kind(thing->item_type);

    if (k->check)
        k->check(batch, thing, session);
}
