/* Finds the page of its item that a comment is on. */
#ifndef MC_CONTENT_POSITION_H
#define MC_CONTENT_POSITION_H

#include "comment_facts.h"

#include <microcosm.h>

/* Checks a page size; 0 becomes the default. */
int mc__position_limit(mc_session *session, int64_t *limit);
/* A comment's index among those that pages show to the actor, from 0. For a comment that they leave
 * out it is that of the comment before it, or -1. */
size_t mc__position_ask(mc__batch *batch, mc_session *session, int64_t comment_id);
int64_t mc__position_index(mc_session *session, const mc__comment_facts *comment,
                           const PGresult *rows);
/* Offset of the page that has the comment with that index among those shown; -1: the first page. */
int64_t mc__position_offset(int64_t index, int64_t limit);
mc_position *mc__position_make(mc_item_type item_type, int64_t item_id, int64_t comment_id,
                               int64_t index, int64_t limit);
/* The place of the first comment after a time on an item or in a huddle; without any, or with NULL,
 * that of the newest. The caller has checked what the actor may see. */
int mc__position_find(mc_position **out, mc_session *session, mc_item_type item_type,
                      int64_t item_id, int64_t limit, const mc_time *after);
/* Implements the kinds' public functions. unread: the position of the first unread comment, else of
 * the newest. */
int mc__item_position(mc_position **out, mc_session *session, mc_item_type item_type,
                      int64_t item_id, int64_t limit, bool unread);

#endif
