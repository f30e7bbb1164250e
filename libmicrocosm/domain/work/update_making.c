/* See update_making.h. The rules are in sql/work/updates.sql. */
#include "update_making.h"

#include "../base/handles.h"
#include "mail.h"
#include "statements.h"

/* Rows of updates that a statement of a job writes or deletes. */
#define ROWS 500
/* How many are told at once, and of one thing. It takes some tenths of a second. */
#define FOLLOWERS 8000
#define PART 6000

/* Tells the followers by the plan that is always the same, if they are few; else by one that is
 * made for them. */
static int tell(bool *is_for_many, mc__db *db, mc__updates_make_in *in)
{
    mc_batch(batch);
    int rc;

    if (!in->is_for_few)
        mc__add_plans_by_values(&batch);
    mc__add_updates_make(&batch, in);
    rc = mc__db_run(db, &batch, MC_WRITE_QUIETLY);
    *is_for_many =
        rc == 0 && mc__read_updates_make(mc__batch_rows(&batch, batch.count - 1), 0).is_for_many;
    return rc;
}

int mc__updates_make_some(mc__queue_part *part, int64_t followers, int64_t of_one)
{
    mc_scratch_arena(scratch);
    mc__db db = {.pool = part->app->pool, .problem = part->problem, .site_id = 0};
    int64_t *ids = mc__arena_alloc(&scratch, part->count * sizeof(*ids));
    mc__updates_make_in in = {.queue_ids = {ids, part->count},
                              .sends_mail = mc__mail_is_on(part->app),
                              .followers = followers,
                              .part = of_one,
                              .is_for_few = true};
    bool is_for_many;
    int rc;

    if (!ids)
        return mc__fail(part->problem, MC_ENOMEM, "out of memory");
    for (size_t i = 0; i < part->count; i++)
        ids[i] = part->rows[i].queue_id;
    part->is_kept = true; /* the statement also says to the queue what it has done */
    rc = tell(&is_for_many, &db, &in);
    in.is_for_few = false;
    return rc == 0 && is_for_many ? tell(&is_for_many, &db, &in) : rc;
}

int mc__updates_make(mc__queue_part *part)
{
    return mc__updates_make_some(part, FOLLOWERS, PART);
}

int mc__updates_remind(mc__job_part *part)
{
    mc__db db = {.pool = part->app->pool, .problem = part->problem, .site_id = 0};
    mc_batch(batch);
    int rc;

    mc__add_updates_remind(
        &batch, &(mc__updates_remind_in){.limit = ROWS, .sends_mail = mc__mail_is_on(part->app)});
    rc = mc__db_run(&db, &batch, MC_WRITE_QUIETLY);
    part->is_done = rc == 0 && mc__read_updates_remind(mc__batch_rows(&batch, 0), 0).rows < ROWS;
    return rc;
}

int mc__updates_trim(mc__job_part *part)
{
    mc__db db = {.pool = part->app->pool, .problem = part->problem, .site_id = 0};
    mc_batch(batch);
    int rc;

    mc__add_updates_trim(&batch, &(mc__updates_trim_in){.limit = ROWS});
    rc = mc__db_run(&db, &batch, MC_WRITE_QUIETLY);
    part->is_done = rc == 0 && mc__read_updates_trim(mc__batch_rows(&batch, 0), 0).rows == 0;
    return rc;
}
