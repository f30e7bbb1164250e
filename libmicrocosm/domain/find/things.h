/*
 * Lists of things of several kinds: each entry is a summary of its kind. The statements of such a
 * list are made from the fragments of sql/find/things.sql, in one batch with the page itself.
 */
#ifndef MC_FIND_THINGS_H
#define MC_FIND_THINGS_H

#include "../content/comment_record.h"
#include "../content/item_parts.h"
#include "../sites/microcosm_rows.h"

/* What the actor may see, as these statements need it. Allocated in the session's scratch. */
typedef struct mc__sight {
    mc_int64s readable; /* microcosms that aren't hidden and that it may read, in tree order */
    mc_int64s
        last_below;     /* of each: number, from 1, of the last readable one below it, or its own */
    mc_int64s own_only; /* microcosms of which it may read only what it has written itself */
    bool sees_profiles;
} mc__sight;
int mc__sight_make(mc__sight *out, mc_session *session);

/* Rows of one of the fragments, in the order of the page. */
typedef struct mc__thing_rows {
    const PGresult *rows;
    int id, next; /* its column; the row after the one that was found last */
} mc__thing_rows;

typedef struct mc__things {
    mc_session *session;
    mc__arena *arena; /* of the records */
    mc__thing_rows of_microcosms, of_profiles, of_comments, of_items, of_shown, of_huddles;
    const PGresult *participants; /* of huddles */
    mc__microcosm_reader microcosms;
    mc__columns profiles, huddles;
    mc__comment_reader comments;
    int parent_title; /* column of of_comments: the title of what the comment is on */
    mc__item_reader items;
    mc__shown_comments shown;
} mc__things;

/* Adds the statements for things that are given by their types and ids, in the order of the page,
 * and returns the number of the first of them. */
#define MC_THINGS_STATEMENTS 7
size_t mc__things_ask(mc__batch *batch, const mc_session *session, const mc__sight *sight,
                      mc_int64s types, mc_int64s ids);
/* The results of the statements, from number `first` of the batch on: things_microcosms,
 * things_profiles, things_comments, things_items, things_shown_comments, things_huddles,
 * things_huddle_participants. */
int mc__things_make(mc__things *out, mc_session *session, mc__arena *arena, const mc__batch *batch,
                    size_t first);
/* All of that in one trip, for a list of its own; batch keeps the rows. */
int mc__things_read(mc__things *out, mc_session *session, mc__arena *arena, mc__batch *batch,
                    const mc__sight *sight, mc_int64s types, mc_int64s ids);
/* The entry of a thing, in the order of the page. NULL: it has vanished since the page was read, or
 * memory ran out, and then the arena has failed. */
const mc_entry *mc__things_entry(mc__things *things, mc_item_type item_type, int64_t item_id);

#endif
