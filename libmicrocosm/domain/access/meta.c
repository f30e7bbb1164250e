/* Breadcrumbs and the meta of collections. */
#include "meta.h"

#include "../base/links.h"
#include "../base/types.h"
#include "permissions.h"

/* Leaves out the root, and ancestors that the actor may not read. */
static bool is_in_breadcrumb(mc_session *session, const mc__node *node)
{
    return node->parent_id && (!session || mc__decide_microcosm(session, node)->can_read);
}

void mc__breadcrumb(mc_session *session, mc__arena *arena, mc_list *out, const mc__node *node,
                    bool with_itself)
{
    const mc__node *first = with_itself ? node : node ? node->parent : NULL, *at;
    const void **items;
    size_t count = 0;

    for (at = first; at; at = at->parent)
        count += is_in_breadcrumb(session, at);
    items = mc__list_make(arena, out, count);
    if (!items)
        return;
    for (at = first; at; at = at->parent) {
        mc_link *link;

        if (!is_in_breadcrumb(session, at))
            continue;
        link = mc__record_make(arena, &mc__link_type);
        if (!link) {
            out->count = 0;
            return;
        }
        link->rel = "microcosm ancestor";
        link->href = mc__href(arena, "microcosms", at->id);
        link->title = mc__arena_strdup(arena, at->title);
        link->id = at->id;
        link->level = at->level;
        items[--count] = link;
    }
}

const mc_meta *mc__collection_meta(mc__arena *arena, const char *href,
                                   const mc_permissions *permissions)
{
    mc_meta *meta = mc__self_meta(arena, href);

    if (!meta)
        return NULL;
    meta->permissions = mc__permissions_record(arena, permissions);
    return meta;
}
