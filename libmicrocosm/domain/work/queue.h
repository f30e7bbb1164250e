/*
 * Work that follows writes. A kind of work is a row of the table in queue_kinds.c: which changes it
 * follows, and a function. Rows of microcosm.queue are made from the change feed, each change once
 * for each kind that wants it; a statement may also put rows itself:
 *
 *     INSERT INTO microcosm.queue (site_id, kind, item_type, item_id, profile_id, ...) ...
 *
 * Every process that calls mc_app_step() takes rows (FOR UPDATE SKIP LOCKED), for lease_s seconds
 * each. Within these its function has to be done with them; then they are deleted. If the process
 * ends before, others take them again after that time. So a function may be called more than once
 * for a row, even at the same time where it took longer: what it does has to be the same however
 * often it is done (unique rows, ON CONFLICT DO NOTHING, an id that the receiver knows again).
 *
 * A failed row comes again after 5 s, then 10, 20 ... up to an hour, and is dead after so many
 * tries. A function gets several rows at once, but those that were tried before one at a time, so
 * that a row which can't be done delays no others for long.
 *
 * Functions are called by the thread that also follows the change feed, on which the cache depends:
 * one that takes more than some tenths of a second does its work elsewhere. Such a function sets
 * part.is_kept, copies what it needs of the rows, and later calls mc__queue_done() or
 * mc__queue_failed() (from a step of its own, see mc_app_step()). One whose statement also deletes
 * the rows sets part.is_kept, too. room says how many more rows a kind takes now. Between calls the
 * queue rests for as long as they took, a second at most.
 *
 * Work of a row that is long even so is done in parts: the statement of a part writes down in
 * queue.progress how far it is, and makes the row due again (see updates.make).
 */
#ifndef MC_WORK_QUEUE_H
#define MC_WORK_QUEUE_H

#include "../base/handles.h"
#include "../base/queue_part.h"
#include "record/record.h"
#include "statements.h"

/* The actions of changes. */
enum { MC_QUEUE_CREATE = 1, MC_QUEUE_REPLACE = 2, MC_QUEUE_UPDATE = 4, MC_QUEUE_DELETE = 8 };

/* A type of things among those whose changes a kind follows. */
#define MC_QUEUE_OF(item_type) (INT64_C(1) << (item_type))

typedef struct mc__queue_kind {
    const char *name;
    int64_t item_types; /* MC_QUEUE_OF() of each; 0: only what statements put */
    int64_t actions;
    int64_t at_once; /* the most rows of a call */
    int64_t lease_s, tries;
    mc__queue_work *work;
    bool (*is_on)(
        const mc_app *app);       /* false: nothing is put from changes, or done. NULL: it is on */
    int64_t (*room)(mc_app *app); /* NULL: at_once */
} mc__queue_kind;

extern const mc__queue_kind mc__queue_kinds[];
extern const size_t mc__queue_kind_count;

int mc__queue_new(struct mc__queue **out, const mc__queue_kind *kinds, size_t count);
void mc__queue_free(struct mc__queue *queue);

/* For mc_app_step(). */
int64_t mc__queue_step(mc_app *app);

/* For functions that have kept rows. Any thread. 0 or an error code; then they are taken for lost
 * when their time is over. */
int mc__queue_done(mc_app *app, mc__problem *problem, mc_int64s queue_ids);
/* why: what the operator is shown. */
int mc__queue_failed(mc_app *app, mc__problem *problem, const mc__queue_kind *kind,
                     mc_int64s queue_ids, const char *why);

/* What waited when this process last looked: mc_queue_kind. 0 or MC_ENOMEM. */
int mc__queue_fill(mc_list *out, mc__arena *arena, mc_app *app);

/* NULL: there is no such kind. */
const mc__queue_kind *mc__queue_kind_find(const mc_app *app, const char *name);
/* Has the next step look at once, and begin soon. From any thread. */
void mc__queue_look(mc_app *app);

/* Looks at once, and with a test's own kinds from then on (NULL: the same as before). For tests. */
void mc__queue_set_due(mc_app *app, const mc__queue_kind *kinds, size_t count);

#endif
