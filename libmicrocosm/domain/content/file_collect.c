/*
 * See file_collect.h. First a row is marked as not stored, so that nobody can attach the file any
 * more; then the bytes go while the row is locked, which keeps those waiting who upload the same
 * again; then the row. After a crash the next run goes on.
 */
#include "file_collect.h"

#include "../base/error.h"
#include "../base/handles.h"
#include "files/store.h"
#include "statements.h"

#define ROWS 100
#define EVERY_MS ((int64_t)3600 * 1000)
#define FIRST_MS 60000 /* programs that run for a moment collect nothing */

static mc__db platform_db(mc_app *app, mc__problem *problem)
{
    return (mc__db){.pool = app->pool, .problem = problem};
}

/* *more: there may be others. */
static int retire(mc_app *app, mc__problem *problem, bool *more)
{
    mc__db db = platform_db(app, problem);
    mc_batch(batch);
    int rc;

    mc__add_files_retire(&batch, &(mc__files_retire_in){.limit = ROWS});
    rc = mc__db_run(&db, &batch, MC_WRITE_QUIETLY);
    *more = rc == 0 && PQntuples(mc__batch_rows(&batch, 0)) == ROWS;
    return rc;
}

static int drop(mc__db *db, const int64_t *ids, size_t count)
{
    mc_batch(batch);

    mc__add_files_drop(&batch, &(mc__files_drop_in){.file_ids = {ids, count}});
    return mc__db_run(db, &batch, MC_WRITE_QUIETLY);
}

static int delete_locked(mc_app *app, mc__db *db, size_t *count)
{
    int64_t ids[ROWS];
    const PGresult *rows;
    mc_batch(batch);
    int rc;

    mc__add_files_lock_retired(&batch, &(mc__files_lock_retired_in){.limit = ROWS});
    rc = mc__db_run(db, &batch, MC_WRITE_QUIETLY);
    if (rc < 0)
        return rc;
    rows = mc__batch_rows(&batch, 0);
    for (*count = 0; rc == 0 && *count < (size_t)PQntuples(rows); ++*count) {
        mc__files_lock_retired_row row = mc__read_files_lock_retired(rows, (int)*count);

        ids[*count] = row.file_id;
        rc = app->files->kind->remove(app->files, db->problem, row.sha256);
    }
    return rc < 0 || *count == 0 ? rc : drop(db, ids, *count);
}

static int delete_some(mc_app *app, mc__problem *problem, size_t *count)
{
    mc__db db = platform_db(app, problem);
    int rc = mc__db_begin(&db);

    *count = 0;
    if (rc < 0)
        return rc;
    rc = delete_locked(app, &db, count);
    if (rc == 0)
        return mc__db_commit(&db);
    mc__db_leave(&db);
    return rc;
}

static int collect(mc_app *app, mc__problem *problem, int64_t *removed)
{
    bool more = true;
    size_t count = ROWS;
    int rc = 0;

    mc__spool_sweep(app->files->spool_folder);
    while (rc == 0 && more)
        rc = retire(app, problem, &more);
    while (rc == 0 && count == ROWS) {
        rc = delete_some(app, problem, &count);
        *removed += rc == 0 ? (int64_t)count : 0;
    }
    return rc;
}

int mc_app_collect_files(int64_t *out, mc_app *app, mc_failure **error)
{
    mc__problem problem = {0};
    int64_t count = 0;
    int rc;

    if (error)
        *error = NULL;
    if (!out)
        return mc__hand_out(error, &problem, mc__fail(&problem, MC_EINVAL, MC_NO_OUT));
    if (!app || !mc__pool_is_ours(app->pool))
        return MC_ESTATE;
    rc = collect(app, &problem, &count);
    if (rc < 0)
        return mc__hand_out(error, &problem, rc);
    *out = count;
    mc__problem_release(&problem);
    return 0;
}

int64_t mc__file_collect_step(mc_app *app)
{
    int64_t now = mc__monotonic_ms(), due = atomic_load(&app->files_due), removed = 0;
    mc_failure *error = NULL;

    if (now < due)
        return due - now;
    atomic_store(&app->files_due, now + (due ? EVERY_MS : FIRST_MS));
    if (!due)
        return FIRST_MS;
    if (mc_app_collect_files(&removed, app, &error) < 0)
        mc__log_write(&app->log, MC_LOG_WARNING, "unused files cannot be deleted: %s",
                      error ? error->message : "out of memory");
    else if (removed)
        mc__log_write(&app->log, MC_LOG_INFO, "%lld unused files were deleted", (long long)removed);
    mc_failure_free(error);
    return EVERY_MS;
}
