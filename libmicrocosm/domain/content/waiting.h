/*
 * Free places go to those who wait for one. Whether they still may come is judged before the write
 * that frees places, as all rights are. The write passes over those who may not, and fails as
 * mc__judge_again() expects if it is the turn of others than were judged.
 */
#ifndef MC_CONTENT_WAITING_H
#define MC_CONTENT_WAITING_H

#include "db/db.h"

#include <microcosm.h>

/* Those whose turn may come, and for each 1 or 0: whether they may read the event. */
typedef struct mc__judged_waiting {
    int64_t *events, *profiles, *may_come;
    size_t count;
} mc__judged_waiting;

/* What the write to come does to an event. */
typedef struct mc__place_change {
    int64_t event_id;
    int64_t freed;        /* places, at most */
    bool is_first_try;    /* then few are judged: the next try judges a hundred */
    mc_maybe_int64 limit; /* the new one */
    int64_t microcosm_id; /* the new one, or 0 */
} mc__place_change;
int mc__judge_waiting(mc__judged_waiting *out, mc_session *session, const mc__place_change *change);
/* For all events in a microcosm and below it. */
int mc__judge_waiting_below(mc__judged_waiting *out, mc_session *session, int64_t microcosm_id);

/* Add the statements that give places. The event's row is locked before. */
void mc__add_promote(mc__batch *batch, const mc_session *session, int64_t event_id,
                     const mc__judged_waiting *judged);
void mc__add_promote_below(mc__batch *batch, const mc_session *session, int64_t microcosm_id,
                           const mc__judged_waiting *judged);

#endif
