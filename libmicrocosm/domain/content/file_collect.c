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

/* Goes on by some files. *is_done: none are left. */
static int collect(bool *is_done, mc_app *app, mc__problem *problem, int64_t *removed)
{
    bool more = true;
    size_t count = 0;
    int rc = 0;

    mc__spool_sweep(app->files->spool_folder);
    rc = app->files->kind->sweep(app->files, problem);
    while (rc == 0 && more)
        rc = retire(app, problem, &more);
    if (rc == 0)
        rc = delete_some(app, problem, &count);
    *is_done = rc == 0 && count < ROWS;
    *removed += rc == 0 ? (int64_t)count : 0;
    return rc;
}

int mc__files_collect(mc__job_part *part)
{
    return collect(&part->is_done, part->app, part->problem, &part->place[0]);
}
