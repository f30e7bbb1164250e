/* Parts of records that depend on what the actor may read: breadcrumbs, and meta of collections. */
#ifndef MC_ACCESS_META_H
#define MC_ACCESS_META_H

#include "tree.h"

/* The path to a microcosm, with or without itself, excluding the root and microcosms that the actor
 * may not read. session NULL: includes the unreadable ones. */
void mc__breadcrumb(mc_session *session, mc__arena *arena, mc_list *out, const mc__node *node,
                    bool with_itself);
/* meta of a collection: the link to itself, and the actor's general rights on its resources. */
const mc_meta *mc__collection_meta(mc__arena *arena, const char *href,
                                   const mc_permissions *permissions);

#endif
