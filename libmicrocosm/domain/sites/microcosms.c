/* The tree of microcosms as a list of links: include/microcosm/microcosms.h. */
#include "../access/actor.h"
#include "../access/permissions.h"
#include "../base/call.h"
#include "../base/links.h"
#include "../base/types.h"

static void add_tree_link(mc_link_list *list, mc__arena *arena, size_t *capacity,
                          const mc__node *node)
{
    mc_link *link =
        mc__link_add(arena, &list->links, capacity, "microcosm", mc__microcosm_href(arena, node),
                     mc__arena_strdup(arena, node->title));

    if (!link)
        return;
    link->id = node->id;
    link->level = node->level;
    link->parent_id = node->parent_id;
}

int mc_microcosms_tree(mc_link_list **out, mc_session *session)
{
    mc_auto(mc_record_free) void *owned = NULL;
    mc_link_list *list;
    size_t capacity = 0;
    int rc = mc__call_begin_for(out, session, MC_NEEDS_SITE);

    if (rc < 0)
        return rc;
    owned = list = mc__record_new(&mc__link_list_type);
    if (!list)
        return mc__out_of_memory(session);
    for (size_t i = 0; i < session->tree->count; i++)
        if (mc__is_listed(session, &session->tree->nodes[i]))
            add_tree_link(list, mc__record_arena(list), &capacity, &session->tree->nodes[i]);
    if (mc__record_arena(list)->failed)
        return mc__out_of_memory(session);
    MC_TAKE(owned);
    *out = list;
    return 0;
}
