/* Finds the page of its item that a comment is on. */
#ifndef MC_CONTENT_POSITION_H
#define MC_CONTENT_POSITION_H

#include "comment_facts.h"

#include <microcosm.h>

/* Checks a page size; 0 becomes the default. */
int mc__position_limit(mc_session *session, int64_t *limit);
/* A comment's index among those that pages show to the actor, from 0; of one that they leave out,
 * the index of the comment before it, or -1. The first adds a statement, the second reads its rows.
 */
size_t mc__position_ask(mc__batch *batch, mc_session *session, int64_t comment_id);
int64_t mc__position_index(mc_session *session, const mc__comment_facts *comment,
                           const PGresult *rows);
/* Offset of the page that has the comment with that index among those shown; -1: the first page. */
int64_t mc__position_offset(int64_t index, int64_t limit);
mc_position *mc__position_make(mc_item_type item_type, int64_t item_id, int64_t comment_id,
                               int64_t index, int64_t limit);
/* Implements the kinds' public functions. unread: the position of the first unread comment, else of
 * the newest. */
int mc__item_position(mc_position **out, mc_session *session, mc_item_type item_type,
                      int64_t item_id, int64_t limit, bool unread);

#endif
