/*
 * The cursor of the change feed: a place in it, and what its reader could see there. So the next
 * call can tell what has left the reader's sight since, or come into it, whatever the reason:
 * roles, membership, bans, a microcosm that was hidden or moved.
 */
#ifndef MC_FEED_CURSOR_H
#define MC_FEED_CURSOR_H

#include "core/core.h"

#include <microcosm.h>

/* Where telling of what has come into sight goes on: items in the order of their ids, each with its
 * comments in the order of their positions. */
typedef struct mc__walk {
    bool is_on;
    bool is_huddle;       /* item_id is of a huddle */
    int64_t microcosm_id; /* all of its items; 0: one item */
    int64_t item_id;
    int64_t position; /* of a comment; -1: the item itself comes first */
} mc__walk;

typedef struct mc__cursor {
    bool is_beginning;       /* none was given: the feed begins with what is kept */
    const char *transaction; /* of the last change that was looked at, and its number */
    int64_t change_id;
    bool knows_sight;
    mc_int64s seen; /* readable microcosms: pairs of the first and last of a run, ascending */
    mc__walk walk;
    /* Of a cursor for "now": the snapshot of that moment. Changes that it shows aren't told, though
     * they follow the place: a transaction that was running then held the place back. NULL: none.
     */
    const char *since;
} mc__cursor;

/* NULL and "" are the beginning. MC_EINVAL unless mc__cursor_write() has made it. */
int mc__cursor_read(mc__cursor *out, mc__problem *problem, mc__arena *arena, const char *text);
/* ids, ascending, and for each whether it is seen. NULL: out of memory. */
const char *mc__cursor_write(mc__arena *arena, const mc__cursor *cursor, const mc_int64s *ids,
                             const bool *is_seen);
/* Whether a microcosm was seen. */
bool mc__cursor_saw(const mc__cursor *cursor, int64_t microcosm_id);

#endif
