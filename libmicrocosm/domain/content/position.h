/* Finds the page of its item that a comment is on. */
#ifndef MC_CONTENT_POSITION_H
#define MC_CONTENT_POSITION_H

#include "comment_facts.h"

#include <microcosm.h>

/* Checks a page size; 0 becomes the default. */
int mc__position_limit(mc_session *session, int64_t *limit);
/* Where a comment is among those that pages show to the actor. */
typedef struct mc__place {
    int64_t index; /* from 0; -1: pages leave it out, and there is none before it */
    int64_t bytes; /* of the texts on its page, up to and with its own */
} mc__place;

/* For a comment that pages leave out it is that of the comment before it. */
size_t mc__position_ask(mc__batch *batch, mc_session *session, int64_t comment_id, int64_t limit);
mc__place mc__position_read(const PGresult *rows);
/* Offset of a page that has the comment. */
int64_t mc__position_offset(const mc__place *place, int64_t limit);
mc_position *mc__position_make(mc_item_type item_type, int64_t item_id, int64_t comment_id,
                               const mc__place *place, int64_t limit);
/* The place of the first comment after a time on an item or in a huddle; without any, or with NULL,
 * that of the newest. The caller has checked what the actor may see. */
int mc__position_find(mc_position **out, mc_session *session, mc_item_type item_type,
                      int64_t item_id, int64_t limit, const mc_time *after);
/* Implements the kinds' public functions. unread: the position of the first unread comment, else of
 * the newest. */
int mc__item_position(mc_position **out, mc_session *session, mc_item_type item_type,
                      int64_t item_id, int64_t limit, bool unread);

#endif
