/* Making and changing items: what all kinds have, and by its row in item_kinds.h what one has of
 * its own. */
#ifndef MC_CONTENT_ITEM_WRITE_H
#define MC_CONTENT_ITEM_WRITE_H

#include "record/record.h"

#include <microcosm.h>

/* Public calls in all but their names. */
int mc__item_create(int64_t *item_id, mc_session *session, mc_item_type item_type,
                    const mc__source *source);
int mc__item_edit(mc_session *session, mc_item_type item_type, int64_t item_id,
                  const mc__source *source);
int mc__item_patch(mc_session *session, mc_item_type item_type, int64_t item_id,
                   const mc__source *source);
int mc__item_delete(mc_session *session, mc_item_type item_type, int64_t item_id);

#endif
