/* Parts of records that depend on what the actor may read: breadcrumbs, and meta of collections. */
#ifndef MC_ACCESS_META_H
#define MC_ACCESS_META_H

#include "tree.h"

/* Path to a microcosm without the root and what the actor may not read; with itself or without.
 * session NULL: nothing is left out. */
void mc__breadcrumb(mc_session *session, mc__arena *arena, mc_list *out, const mc__node *node,
                    bool with_itself);
/* meta of a collection: the link to itself, and the rights that the actor has on such a thing in
 * general. */
const mc_meta *mc__collection_meta(mc__arena *arena, const char *href,
                                   const mc_permissions *permissions);

#endif
