/* See update_making.h. The rules are in sql/work/updates.sql. */
#include "update_making.h"

#include "../base/handles.h"
#include "mail.h"
#include "statements.h"

/* Rows of updates that a statement of a job writes or deletes. */
#define ROWS 500
/* How many are told at once, unless one thing alone has more. It takes some tenths of a second. */
#define FOLLOWERS 5000

int mc__updates_make(mc__queue_part *part)
{
    mc_scratch_arena(scratch);
    mc__db db = {.pool = part->app->pool, .problem = part->problem, .site_id = 0};
    int64_t *ids = mc__arena_alloc(&scratch, part->count * sizeof(*ids));
    mc_batch(batch);

    if (!ids)
        return mc__fail(part->problem, MC_ENOMEM, "out of memory");
    for (size_t i = 0; i < part->count; i++)
        ids[i] = part->rows[i].queue_id;
    mc__add_updates_make(&batch, &(mc__updates_make_in){.queue_ids = {ids, part->count},
                                                        .sends_mail = mc__mail_is_on(part->app),
                                                        .followers = FOLLOWERS});
    part->is_kept = true; /* the statement also says to the queue what it has done */
    return mc__db_run(&db, &batch, MC_WRITE_QUIETLY);
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
