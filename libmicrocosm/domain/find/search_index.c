/* See search_index.h and sql/find/search_index.sql. */
#include "search_index.h"

#include "../base/handles.h"
#include "statements.h"

#define LOOK_EVERY_MS 500
#define ROWS 100
/* The longest time for one step, and the pause behind it: other background work waits for it. */
#define STEP_MS 100
#define PAUSE_MS 20
#define WAIT_MS 100 /* for a connection */

static int is_due(mc__db *db, bool *out)
{
    mc_batch(batch);
    int rc;

    mc__add_search_index_waiting(&batch);
    rc = mc__db_run(db, &batch, MC_READ);
    *out = rc == 0 && mc__read_search_index_waiting(mc__batch_rows(&batch, 0), 0).is_due;
    return rc;
}

/* Builds some documents. *more: there are probably others. */
static int build(mc__db *db, bool *more)
{
    mc_batch(batch);
    size_t turn = mc__add_search_index_turn(&batch), built;
    int rc;

    mc__add_search_index_collect(&batch);
    mc__add_search_index_expand(&batch);
    built = mc__add_search_index_build(&batch, &(mc__search_index_build_in){.limit = ROWS});
    rc = mc__db_run(db, &batch, MC_WRITE_QUIETLY);
    if (rc < 0)
        return rc;
    *more = mc__read_search_index_turn(mc__batch_rows(&batch, turn), 0).is_mine &&
            mc__read_search_index_build(mc__batch_rows(&batch, built), 0).taken == ROWS;
    return 0;
}

int64_t mc__search_step(mc_app *app)
{
    int64_t now = mc__monotonic_ms(), due = atomic_load(&app->search_due), wait;
    mc__problem problem = {0};
    mc__db db = {.pool = app->pool, .problem = &problem, .site_id = 0, .wait_ms = WAIT_MS};
    bool more = false;
    int rc;

    if (now < due)
        return due - now;
    rc = is_due(&db, &more);
    while (rc == 0 && more && mc__monotonic_ms() < now + STEP_MS)
        rc = build(&db, &more);
    if (rc < 0)
        mc__log_write(&app->log, problem.shown.code == MC_EDATABASE ? MC_LOG_WARNING : MC_LOG_DEBUG,
                      "searches wait for what is new: %s", problem.shown.message);
    mc__problem_release(&problem);
    wait = rc == 0 && more ? PAUSE_MS : LOOK_EVERY_MS;
    atomic_store(&app->search_due, mc__monotonic_ms() + wait);
    return wait;
}
