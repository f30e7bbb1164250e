/*
 * Folds appended counter changes into the counters (sql/schema/tables/50_microcosms.sql), in the
 * background, about a second after a write. Readers add up counters and changes, so the result
 * doesn't depend on when that happens; folding keeps the list of changes short. What jobs recount
 * is here too.
 */
#include "counters.h"

#include "handles.h"
#include "record/record.h"
#include "statements.h"

#include <pthread.h>

#define FOLD_EVERY_MS 1000
/* Another process may have written, or a transaction may have committed long after its write. */
#define LOOK_EVERY_MS 10000
/* When this much time has passed, mc_app_step() isn't called, and writers fold. */
#define LATE_MS 5000
/* Rows that one statement folds, in some 50 ms. */
#define FOLD_ROWS 10000
#define FOLD_ROUNDS 100
/* How long a job recounts sites in one step, so that other work isn't delayed. */
#define RECOUNT_MS 100

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

/* What remains to be done: nothing, more now, or more at a later step. */
typedef enum rest { REST_NONE, REST_MORE, REST_LATER } rest;

static rest fold_some(mc__db *db)
{
    mc_batch(batch);
    size_t turn, microcosms, sites, profiles;
    mc__counters_fold_profiles_row people;

    turn = mc__add_counters_turn(&batch);
    microcosms =
        mc__add_counters_fold_microcosms(&batch, &(mc__counters_fold_microcosms_in){FOLD_ROWS});
    sites = mc__add_counters_fold_sites(&batch, &(mc__counters_fold_sites_in){FOLD_ROWS});
    profiles = mc__add_counters_fold_profiles(&batch, &(mc__counters_fold_profiles_in){FOLD_ROWS});
    if (mc__db_run(db, &batch, MC_WRITE_QUIETLY) < 0)
        return REST_LATER;
    if (!mc__read_counters_turn(mc__batch_rows(&batch, turn), 0).is_mine)
        return REST_LATER; /* another process is folding, whose snapshot may lack the newest changes
                            */
    people = mc__read_counters_fold_profiles(mc__batch_rows(&batch, profiles), 0);
    if (people.deltas == FOLD_ROWS ||
        mc__read_counters_fold_microcosms(mc__batch_rows(&batch, microcosms), 0).deltas ==
            FOLD_ROWS ||
        mc__read_counters_fold_sites(mc__batch_rows(&batch, sites), 0).deltas == FOLD_ROWS)
        return REST_MORE;
    return people.due ? REST_LATER : REST_NONE;
}

/* Folding has no visible effect, so an unavailable database is logged at a low level only. */
static void log_problem(mc_app *app, const mc__problem *problem)
{
    mc__log_write(&app->log, problem->shown.code == MC_EDATABASE ? MC_LOG_WARNING : MC_LOG_DEBUG,
                  "counters wait: %s", problem->shown.message);
}

static rest fold(mc_app *app)
{
    mc__problem problem = {0};
    /* a short wait, so that other background work isn't delayed */
    mc__db db = {.pool = app->pool, .problem = &problem, .site_id = 0, .wait_ms = 100};
    rest left = REST_MORE;

    for (int round = 0; left == REST_MORE && round < FOLD_ROUNDS; round++)
        left = fold_some(&db);
    if (problem.shown.code)
        log_problem(app, &problem);
    mc__problem_release(&problem);
    return left;
}

/* True if work has been due for since_ms and no other thread does it; the caller then calls
 * fold() and end(). */
static bool try_begin(mc__counters *counters, int64_t since_ms)
{
    bool mine;

    pthread_mutex_lock(&counters->lock);
    mine = !counters->is_folding && mc__monotonic_ms() >= counters->due + since_ms;
    if (mine) {
        counters->is_folding = true;
        counters->has_written = false; /* the fold may miss later writes */
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
        end(counters, fold(app));
    pthread_mutex_lock(&counters->lock);
    wait = counters->due - mc__monotonic_ms();
    pthread_mutex_unlock(&counters->lock);
    return wait > 0 ? wait : 0;
}

void mc__counters_set_due(mc_app *app, int64_t ms)
{
    pthread_mutex_lock(&app->counters->lock);
    app->counters->due = mc__monotonic_ms() + ms;
    pthread_mutex_unlock(&app->counters->lock);
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
    /* Not while the session holds a connection: the pool may have no other. */
    if (!session->db.held && try_begin(counters, LATE_MS))
        end(counters, fold(session->app));
}

/* Jobs */

/* Recounts sites, each by a statement that returns its row, until none is left or the time is over.
 */
static int recount(mc__job_part *part, void (*add)(mc__batch *batch, mc_time before))
{
    mc__db db = {.pool = part->app->pool, .problem = part->problem, .site_id = 0};
    int64_t end = mc__monotonic_ms() + RECOUNT_MS;
    int rc = 0;

    while (rc == 0 && !part->is_done && mc__monotonic_ms() < end) {
        mc_batch(batch);

        add(&batch, part->began);
        rc = mc__db_run(&db, &batch, MC_WRITE_QUIETLY);
        part->is_done = rc == 0 && PQntuples(mc__batch_rows(&batch, 0)) == 0;
    }
    return rc;
}

static void add_refresh(mc__batch *batch, mc_time before)
{
    mc__add_counters_refresh_site(batch, &(mc__counters_refresh_site_in){.before = before});
}

int mc__counters_refresh_sites(mc__job_part *part)
{
    return recount(part, add_refresh);
}

static void add_recount(mc__batch *batch, mc_time before)
{
    mc__add_counters_recount_people(batch, &(mc__counters_recount_people_in){.before = before});
}

int mc__counters_recount_people(mc__job_part *part)
{
    return recount(part, add_recount);
}
