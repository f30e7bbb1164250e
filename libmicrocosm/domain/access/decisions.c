/* What the actor of a session may do: mc__decide() (permissions.c), asked with the session's facts.
 */
#include "permissions.h"

#include "../base/call.h"
#include "../base/kinds.h"
#include "../base/types.h"

bool mc__acts_as_owner(const mc_session *session)
{
    return mc__owns_site(&session->site, session->actor->profile_id) &&
           mc__scope_allows(&session->limits, MC_SCOPE_ADMIN);
}

mc__facts mc__facts_of(const mc_session *session, mc_item_type item_type, int64_t item_id)
{
    return (mc__facts){.now = mc__database_now(session->actor),
                       .site = &session->site,
                       .actor = session->actor,
                       .tree = session->tree,
                       .item_type = item_type,
                       .item_id = item_id};
}

const mc_permissions *mc__decide_microcosm(mc_session *session, const mc__node *node)
{
    mc__decision *decision = &session->decisions[node - session->tree->nodes];

    if (!decision->decided) {
        mc__facts facts = mc__facts_of(session, MC_ITEM_MICROCOSM, node->id);

        mc__decide(&decision->permissions, &facts, NULL);
        decision->decided = true;
    }
    return &decision->permissions;
}

bool mc__moderates(mc_session *session, int64_t microcosm_id)
{
    const mc__node *node = mc__tree_find(session->tree, microcosm_id);

    return node && mc__decide_microcosm(session, node)->is_moderator;
}

bool mc__may_read_all_above(mc_session *session, const mc__node *node)
{
    for (; node; node = node->parent)
        if (node->parent_id && !mc__decide_microcosm(session, node)->can_read)
            return false;
    return true;
}

void mc__decide_item(mc_permissions *out, mc_session *session, mc_item_type item_type,
                     int64_t item_id, int64_t microcosm_id, int64_t author)
{
    mc__facts facts = mc__facts_of(session, item_type, item_id);

    facts.in_microcosm = microcosm_id;
    facts.owner = author;
    mc__decide(out, &facts, NULL);
}

void mc__decide_comment(mc_permissions *out, mc_session *session, const mc__comment_ref *comment)
{
    mc__facts facts = mc__facts_of(session, MC_ITEM_COMMENT, comment->comment_id);

    facts.in_microcosm = comment->microcosm_id;
    facts.owner = comment->author;
    facts.comment_on = comment->item_type;
    facts.comment_parent = comment->item_id;
    facts.parent_author = comment->parent_author;
    facts.is_participant = comment->is_participant;
    mc__decide(out, &facts, NULL);
}

void mc__decide_resource(mc_permissions *out, mc_session *session, mc_item_type item_type,
                         int64_t item_id, int64_t owner, bool is_participant)
{
    mc__facts facts = mc__facts_of(session, item_type, item_id);

    facts.owner = owner;
    facts.is_participant = is_participant;
    mc__decide(out, &facts, NULL);
}

bool mc__may_see(mc_session *session, const mc__node *node)
{
    if (!node)
        return false;
    for (; node && node->is_hidden; node = node->parent)
        if ((node->is_deleted || node->is_moderated) &&
            !mc__decide_microcosm(session, node)->is_moderator)
            return false;
    return true;
}

bool mc__is_readable(mc_session *session, const mc__node *node)
{
    return node && !node->is_hidden && mc__decide_microcosm(session, node)->can_read;
}

bool mc__is_listed(mc_session *session, const mc__node *node)
{
    if (!mc__is_readable(session, node))
        return false;
    for (const mc__node *above = node; above; above = above->parent)
        if (mc__contains(&session->actor->ignored_microcosms, above->id))
            return false;
    return true;
}

int mc__listed_microcosms(mc_int64s *out, mc_session *session)
{
    int64_t *ids = mc__arena_alloc(&session->scratch, (session->tree->count + 1) * sizeof(*ids));
    size_t count = 0;

    if (!ids)
        return mc__out_of_memory(session);
    for (size_t i = 0; i < session->tree->count; i++)
        if (mc__is_listed(session, session->tree->by_id[i]))
            ids[count++] = session->tree->by_id[i]->id;
    *out = (mc_int64s){ids, count};
    return 0;
}

void mc__decide_site(mc_permissions *out, mc_session *session, int64_t site_id, bool owns_it)
{
    mc__facts facts = mc__facts_of(session, MC_ITEM_SITE, site_id);

    facts.is_elsewhere = site_id != session->site.id;
    facts.owner = owns_it ? session->actor->profile_id : 0;
    mc__decide(out, &facts, NULL);
}

const mc_permissions *mc__permissions_record(mc__arena *arena, const mc_permissions *values)
{
    mc_permissions *record = mc__record_make(arena, &mc__permissions_type);

    if (record)
        *record = *values;
    return record;
}
