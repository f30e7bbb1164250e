/* The things that have attributes, and what the actor may do with them. */
#ifndef MC_CONTENT_ATTRIBUTE_THINGS_H
#define MC_CONTENT_ATTRIBUTE_THINGS_H

#include "db/db.h"

#include <microcosm.h>

/* item_type and item_id are given. */
typedef struct mc__thing {
    mc_item_type item_type;
    int64_t item_id;
    bool exists;
    mc_permissions permissions;
    int64_t parent_type, parent_id, microcosm_id; /* where it is, as changes of it say; or 0 */
    bool is_closed;                               /* then only moderators change it */
} mc__thing;

/* The part of paths for a kind, such as "conversations"; NULL: the kind has no attributes. */
const char *mc__thing_path(mc_item_type item_type);
/* Adds the statement that judging needs, if any, as the first of the batch. MC_ENOTFOUND: the kind
 * has no attributes. */
int mc__thing_ask(mc__thing *thing, mc_session *session, mc__batch *batch);
/* 0 if the actor may read the thing, or might if it existed. */
int mc__thing_judge(mc__thing *thing, mc_session *session, const mc__batch *batch);
/* 0 if it exists and the actor may change it; asks in a trip of its own. */
int mc__thing_judge_change(mc__thing *thing, mc_session *session);
/* Adds the statements that a change begins with: they lock the thing, and fail if what was judged
 * has been closed, hidden or moved since. */
void mc__thing_add_check(mc__batch *batch, const mc__thing *thing, mc_session *session);

#endif
