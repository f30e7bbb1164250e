/*
 * Counters that writers append to (sql/schema/tables/50_microcosms.sql): what was appended is moved
 * into the counters in the background, about a second after something was written. Nothing depends
 * on when that happens: readers add up both. It only keeps what they add up short. What sites show
 * about themselves is counted anew here too, once an hour each.
 */
#include "counters.h"

#include "handles.h"
#include "record/record.h"
#include "statements.h"

#include <pthread.h>

#define FOLD_EVERY_MS 1000
/* Somebody may have written elsewhere, or committed long after writing. */
#define LOOK_EVERY_MS 10000
/* Nobody calls mc_app_step(): then whoever writes does it. */
#define LATE_MS 5000
/* Moved by one statement: some 50 ms. */
#define FOLD_ROWS 10000
#define FOLD_ROUNDS 100
/* For counting sites anew, at a time: others may want to be folded meanwhile. */
#define REFRESH_MS 200

struct mc__counters {
    pthread_mutex_t lock;
    int64_t due; /* monotonic milliseconds */
    bool has_written, is_folding;
};

int mc__counters_new(mc__counters **out)
{
    mc__counters *counters = mc__calloc(1, sizeof(*counters));

    if (!counters)
        return MC_ENOMEM;
    if (pthread_mutex_init(&counters->lock, NULL) != 0) {
        mc__free(counters);
        return MC_ESYSTEM;
    }
    counters->due = mc__monotonic_ms();
    *out = counters;
    return 0;
}

void mc__counters_free(mc__counters *counters)
{
    if (!counters)
        return;
    pthread_mutex_destroy(&counters->lock);
    mc__free(counters);
}

/* What is left to do after folding some. */
typedef enum rest { REST_NONE, REST_MORE, REST_LATER } rest;

static rest rest_of(bool is_mine, int64_t deltas)
{
    if (!is_mine) /* somebody else folds, and may not see what was just written */
        return REST_LATER;
    return deltas == FOLD_ROWS ? REST_MORE : REST_NONE;
}

static rest fold_some(mc__db *db)
{
    mc__counters_fold_microcosms_row microcosms;
    mc__counters_fold_sites_row sites;
    mc_batch(batch);
    rest left;

    mc__add_counters_fold_microcosms(&batch, &(mc__counters_fold_microcosms_in){FOLD_ROWS});
    mc__add_counters_fold_sites(&batch, &(mc__counters_fold_sites_in){FOLD_ROWS});
    if (mc__db_run(db, &batch, MC_WRITE_QUIETLY) < 0)
        return REST_LATER;
    microcosms = mc__read_counters_fold_microcosms(mc__batch_rows(&batch, 0), 0);
    sites = mc__read_counters_fold_sites(mc__batch_rows(&batch, 1), 0);
    left = rest_of(microcosms.is_mine, microcosms.deltas);
    return left == REST_NONE ? rest_of(sites.is_mine, sites.deltas) : left;
}

/* Nobody sees a difference, so a database that is away or not set up yet is others' to report. */
static void log_problem(mc_app *app, const mc__problem *problem)
{
    mc__log_write(&app->log, problem->shown.code == MC_EDATABASE ? MC_LOG_WARNING : MC_LOG_DEBUG,
                  "counters wait: %s", problem->shown.message);
}

static rest fold(mc_app *app)
{
    mc__problem problem = {0};
    /* little patience: other background work must go on */
    mc__db db = {.pool = app->pool, .problem = &problem, .site_id = 0, .wait_ms = 100};
    rest left = REST_MORE;

    for (int round = 0; left == REST_MORE && round < FOLD_ROUNDS; round++)
        left = fold_some(&db);
    if (problem.shown.code)
        log_problem(app, &problem);
    mc__problem_release(&problem);
    return left;
}

/* False when there is nothing left to count, or it failed. */
static bool refresh_one(mc_app *app)
{
    mc__problem problem = {0};
    /* little patience: other background work must go on */
    mc__db db = {.pool = app->pool, .problem = &problem, .site_id = 0, .wait_ms = 100};
    bool is_done = false;
    mc_batch(batch);

    mc__add_counters_refresh_site(&batch);
    if (mc__db_run(&db, &batch, MC_WRITE_QUIETLY) == 0)
        is_done = PQntuples(mc__batch_rows(&batch, 0)) > 0;
    else
        log_problem(app, &problem);
    mc__problem_release(&problem);
    return is_done;
}

static rest refresh(mc_app *app)
{
    int64_t end = mc__monotonic_ms() + REFRESH_MS;

    while (refresh_one(app))
        if (mc__monotonic_ms() >= end)
            return REST_LATER;
    return REST_NONE;
}

static rest catch_up(mc_app *app)
{
    rest folding = fold(app), counting = refresh(app);

    return folding != REST_NONE ? folding : counting;
}

/* Taken when something is due that long; the caller then catches up and ends its turn. */
static bool try_begin(mc__counters *counters, int64_t since_ms)
{
    bool mine;

    pthread_mutex_lock(&counters->lock);
    mine = !counters->is_folding && mc__monotonic_ms() >= counters->due + since_ms;
    if (mine) {
        counters->is_folding = true;
        counters->has_written = false; /* what is written from now on may be missed */
    }
    pthread_mutex_unlock(&counters->lock);
    return mine;
}

static void end(mc__counters *counters, rest left)
{
    pthread_mutex_lock(&counters->lock);
    counters->is_folding = false;
    counters->has_written = counters->has_written || left != REST_NONE;
    counters->due = mc__monotonic_ms() + (counters->has_written ? FOLD_EVERY_MS : LOOK_EVERY_MS);
    pthread_mutex_unlock(&counters->lock);
}

int64_t mc__counters_step(mc_app *app)
{
    mc__counters *counters = app->counters;
    int64_t wait;

    if (try_begin(counters, 0))
        end(counters, catch_up(app));
    pthread_mutex_lock(&counters->lock);
    wait = counters->due - mc__monotonic_ms();
    pthread_mutex_unlock(&counters->lock);
    return wait > 0 ? wait : 0;
}

void mc__counters_written(mc_session *session)
{
    mc__counters *counters = session->app->counters;
    int64_t soon = mc__monotonic_ms() + FOLD_EVERY_MS;

    pthread_mutex_lock(&counters->lock);
    if (!counters->has_written && counters->due > soon)
        counters->due = soon;
    counters->has_written = true;
    pthread_mutex_unlock(&counters->lock);
    /* Not while the session holds a connection: the pool may have no other one. */
    if (!session->db.held && try_begin(counters, LATE_MS))
        end(counters, catch_up(session->app));
}
