/* Where a comment stands in the pages of its item. */
#ifndef MC_CONTENT_POSITION_H
#define MC_CONTENT_POSITION_H

#include <microcosm.h>

/* Checks a page size; 0 becomes the default. */
int mc__position_limit(mc_session *session, int64_t *limit);
/* Offset of the page that a comment is on, by its index among those that are shown; -1 is on the
 * first page. */
int64_t mc__position_offset(int64_t index, int64_t limit);
mc_position *mc__position_make(mc_item_type item_type, int64_t item_id, int64_t comment_id,
                               int64_t index, int64_t limit);
/* A public call in all but its name. unread: place of the first comment not read, else of the
 * newest. */
int mc__item_position(mc_position **out, mc_session *session, mc_item_type item_type,
                      int64_t item_id, int64_t limit, bool unread);

#endif
