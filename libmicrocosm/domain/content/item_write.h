/* Changing what all items have: title and microcosm, flags, whether they are there at all. */
#ifndef MC_CONTENT_ITEM_WRITE_H
#define MC_CONTENT_ITEM_WRITE_H

#include <microcosm.h>

/* Inside a call: title NULL and microcosm_id 0 stay. */
int mc__item_edit(mc_session *session, mc_item_type item_type, int64_t item_id, const char *title,
                  int64_t microcosm_id, const char *edit_reason);

/* Public calls in all but their names. */
int mc__item_patch(mc_session *session, mc_item_type item_type, int64_t item_id,
                   const mc_patch_op *ops, size_t count);
int mc__item_patch_body(mc_session *session, mc_item_type item_type, int64_t item_id,
                        const char *body, size_t length);
int mc__item_delete(mc_session *session, mc_item_type item_type, int64_t item_id);

#endif
