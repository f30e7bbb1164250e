/* See ended.h. */
#include "ended.h"

#include "../base/call.h"
#include "statements.h"

#define TRIM_ROWS 1000

int mc__ended_trim(mc__job_part *part)
{
    mc__db db = {.pool = part->app->pool, .problem = part->problem, .site_id = 0};
    mc_batch(batch);
    int rc;

    mc__add_auth_trim(&batch, &(mc__auth_trim_in){.limit = TRIM_ROWS});
    rc = mc__db_run(&db, &batch, MC_WRITE_QUIETLY);
    part->is_done = rc == 0 && mc__read_auth_trim(mc__batch_rows(&batch, 0), 0).rows < TRIM_ROWS;
    return rc;
}
