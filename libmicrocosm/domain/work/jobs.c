/* See jobs.h. */
#include "jobs.h"

#include "../base/call.h"
#include "schedules.h"
#include "statements.h"
#include "types.h"

#include <microcosm/jobs.h>
#include <pthread.h>

/* How often a process looks whether something is due, and so when it notices that the one which did
 * the work is gone. */
#define LOOK_EVERY_MS 2000
#define PAUSE_MS 20   /* between two parts of a job */
#define WAIT_MS 100   /* for a connection, so that other background work isn't delayed */
#define RUNS_KEPT 100 /* of each job */

/* A run of a job. While the lead's transaction is open, no other process does any job. */
typedef struct run {
    size_t job;
    int64_t id;
    mc_time started;
    int64_t place[2];
    mc__problem problem;
    mc__db lead;
} run;

/* What the database had of a job at the last look. */
typedef struct known {
    mc_time next_due, last_started, last_finished;
    bool is_running;
    char *last_problem; /* NULL: none */
} known;

struct mc__jobs {
    pthread_mutex_t lock; /* of all that follows */
    known known[MC_JOBS];
    mc__arena arena;
    mc__schedule schedules[MC_JOBS];
    bool is_planned; /* this process has seen to it that each job is due when it says */
    bool is_running;
    run run;
    int64_t due; /* monotonic milliseconds */
};

static const mc__field job_fields[] = {
    MC_FIELD(mc_job, name, "name"),
    MC_FIELD(mc_job, summary, "summary"),
    MC_FIELD(mc_job, schedule, "schedule"),
    MC_FIELD(mc_job, next_due, "nextDue"),
    MC_FIELD(mc_job, is_running, "isRunning"),
    MC_FIELD(mc_job, last_started, "lastStarted"),
    MC_FIELD(mc_job, last_finished, "lastFinished"),
    MC_FIELD(mc_job, last_problem, "lastProblem"),
};
const mc_type mc__job_type = MC_TYPE(mc_job, "job", job_fields);

static const mc__field job_list_fields[] = {
    MC_FIELD(mc_job_list, jobs, "jobs", .type = &mc__job_type),
};
const mc_type mc__job_list_type = MC_TYPE(mc_job_list, "job_list", job_list_fields);

int mc__jobs_new(struct mc__jobs **out, mc__problem *problem, const char *schedules)
{
    struct mc__jobs *jobs = mc__calloc(1, sizeof(*jobs));
    int rc;

    if (!jobs)
        return mc__fail(problem, MC_ENOMEM, "out of memory");
    rc = mc__schedules_read(jobs->schedules, &jobs->arena, problem,
                            mc__arena_strdup(&jobs->arena, schedules));
    if (rc < 0) {
        mc__arena_release(&jobs->arena);
        mc__free(jobs);
        return rc;
    }
    pthread_mutex_init(&jobs->lock, NULL);
    for (size_t i = 0; i < MC_JOBS; i++)
        jobs->known[i].next_due = jobs->known[i].last_started = jobs->known[i].last_finished =
            (mc_time){MC_TIME_NONE};
    *out = jobs;
    return 0;
}

void mc__jobs_free(struct mc__jobs *jobs)
{
    if (!jobs)
        return;
    mc__db_leave(&jobs->run.lead);
    for (size_t i = 0; i < MC_JOBS; i++)
        mc__free(jobs->known[i].last_problem);
    mc__problem_release(&jobs->run.problem);
    mc__arena_release(&jobs->arena);
    pthread_mutex_destroy(&jobs->lock);
    mc__free(jobs);
}

static mc__db platform(mc_app *app, mc__problem *problem)
{
    return (mc__db){.pool = app->pool, .problem = problem, .site_id = 0, .wait_ms = WAIT_MS};
}

int mc__jobs_check(mc_app *app, mc__problem *problem)
{
    mc__db db = platform(app, problem);

    return mc__schedules_check(app->jobs->schedules, &db);
}

/* Runs */

/* Whether this process may do jobs, or still may: as long as the lead's transaction lasts. */
static int leads(bool *is_mine, mc__db *lead)
{
    mc_batch(batch);
    int rc;

    mc__add_jobs_lead(&batch);
    rc = mc__db_run(lead, &batch, MC_READ);
    *is_mine = rc == 0 && mc__read_jobs_lead(mc__batch_rows(&batch, 0), 0).is_mine;
    return rc;
}

/* *is_begun false: another process does jobs, or has just done this one. */
static int begin(bool *is_begun, run *r, mc_app *app, size_t job, bool is_wanted)
{
    mc__db db = platform(app, &r->problem);
    mc_batch(batch);
    int rc;

    *is_begun = false;
    r->job = job;
    r->lead = platform(app, &r->problem);
    rc = mc__db_begin(&r->lead);
    if (rc == 0)
        rc = leads(is_begun, &r->lead);
    if (rc == 0 && *is_begun) {
        mc__add_jobs_start(
            &batch, &(mc__jobs_start_in){.name = mc__jobs[job].name, .is_wanted = is_wanted});
        rc = mc__db_run(&db, &batch, MC_WRITE_QUIETLY);
        *is_begun = rc == 0 && PQntuples(mc__batch_rows(&batch, 0)) > 0;
    }
    if (*is_begun) {
        mc__jobs_start_row row = mc__read_jobs_start(mc__batch_rows(&batch, 0), 0);

        r->id = row.job_run_id;
        r->started = row.started;
    } else {
        mc__db_leave(&r->lead);
    }
    return rc;
}

static int do_part(bool *is_done, run *r, mc_app *app)
{
    mc__job_part part = {app, &r->problem, r->started, {r->place[0], r->place[1]}, false};
    bool is_mine;
    int rc = leads(&is_mine, &r->lead);

    if (rc == 0 && !is_mine)
        rc = mc__fail(&r->problem, MC_EUNAVAILABLE, "the connection that held its lock was lost");
    if (rc == 0)
        rc = mc__jobs[r->job].work(&part);
    memcpy(r->place, part.place, sizeof(r->place));
    *is_done = part.is_done;
    return rc;
}

static void add_schedule(mc__batch *batch, const mc__schedule *schedule, size_t job, int64_t next)
{
    mc__add_jobs_schedule(batch, &(mc__jobs_schedule_in){.name = mc__jobs[job].name,
                                                         .schedule = schedule->text,
                                                         .next_due = next});
}

/* Writes down how the run has ended and, unless the schedule is NULL, when the job is due next. */
static int finish(run *r, mc_app *app, const mc__schedule *schedule)
{
    mc__problem problem = {0};
    mc__db db = platform(app, &problem);
    bool has_failed = r->problem.shown.code != 0;
    const char *name = mc__jobs[r->job].name;
    mc_batch(batch);
    int64_t next;
    int rc = 0;

    if (has_failed)
        mc__log_write(&app->log, MC_LOG_ERROR, "job %s failed: %s", name, r->problem.shown.message);
    if (schedule) {
        rc = mc__schedule_next(&next, &db, schedule, r->started.us / 1000000);
        add_schedule(&batch, schedule, r->job, next);
    }
    mc__add_jobs_finish(
        &batch, &(mc__jobs_finish_in){.job_run_id = r->id,
                                      .name = name,
                                      .problem = has_failed ? r->problem.shown.message : NULL,
                                      .keep = RUNS_KEPT});
    if (rc == 0)
        rc = mc__db_run(&db, &batch, MC_WRITE_QUIETLY);
    if (rc < 0)
        mc__log_write(&app->log, MC_LOG_ERROR, "the end of job %s can't be written: %s", name,
                      problem.shown.message);
    mc__db_leave(&r->lead);
    mc__problem_release(&problem);
    return rc;
}

static void end(struct mc__jobs *jobs)
{
    mc__problem_release(&jobs->run.problem);
    jobs->run = (run){0};
    jobs->is_running = false;
}

/* Looking for what is due */

static int read_now(int64_t *now, mc__db *db)
{
    mc_batch(batch);
    int rc;

    mc__add_jobs_now(&batch);
    rc = mc__db_run(db, &batch, MC_READ);
    if (rc == 0)
        *now = mc__read_jobs_now(mc__batch_rows(&batch, 0), 0).now;
    return rc;
}

/* Row of a job in the list; NULL's place is -1. */
static int row_of(const PGresult *rows, size_t job)
{
    for (int i = 0; i < PQntuples(rows); i++)
        if (strcmp(mc__read_jobs_list(rows, i).name, mc__jobs[job].name) == 0)
            return i;
    return -1;
}

/* Computes when jobs are due that are new, or that had another schedule. A schedule whose time zone
 * PostgreSQL doesn't know is off. */
static int plan(struct mc__jobs *jobs, mc_app *app, mc__db *db, const PGresult *rows)
{
    mc_batch(batch);
    int64_t now, next;
    int rc = read_now(&now, db);

    for (size_t i = 0; rc == 0 && i < MC_JOBS; i++) {
        int row = row_of(rows, i);

        if (row >= 0 &&
            strcmp(mc__read_jobs_list(rows, row).schedule, jobs->schedules[i].text) == 0)
            continue;
        rc = mc__schedule_next(&next, db, &jobs->schedules[i], now);
        if (rc == MC_EINVAL) {
            mc__log_write(&app->log, MC_LOG_ERROR, "job %s is off: its time zone %s is unknown",
                          mc__jobs[i].name, jobs->schedules[i].cron.zone);
            jobs->schedules[i].is_off = true;
            mc__problem_clear(db->problem); /* it is no error of the call */
            rc = 0;
        }
        add_schedule(&batch, &jobs->schedules[i], i, next);
    }
    if (rc == 0 && batch.count > 0)
        rc = mc__db_run(db, &batch, MC_WRITE_QUIETLY);
    jobs->is_planned = rc == 0;
    return rc;
}

static void remember(struct mc__jobs *jobs, const PGresult *rows)
{
    for (size_t i = 0; i < MC_JOBS; i++) {
        int at = row_of(rows, i);
        mc__jobs_list_row row;

        if (at < 0)
            continue;
        row = mc__read_jobs_list(rows, at);
        mc__free(jobs->known[i].last_problem);
        jobs->known[i] = (known){row.next_due, row.last_started, row.last_finished, row.is_running,
                                 mc__strdup(row.last_problem)};
    }
}

/* Loads the list, and sees to it that it has all jobs as they are here. */
static int load(struct mc__jobs *jobs, mc_app *app, mc__db *db, mc__batch *batch)
{
    int rc;

    mc__add_jobs_list(batch);
    rc = mc__db_run(db, batch, MC_READ);
    if (rc == 0 && !jobs->is_planned) {
        rc = plan(jobs, app, db, mc__batch_rows(batch, 0));
        mc__batch_clear(batch);
        if (rc == 0)
            rc = mc__db_run(db, batch, MC_READ);
    }
    if (rc == 0)
        remember(jobs, mc__batch_rows(batch, 0));
    return rc;
}

/* Begins the first job that is due. Returns the milliseconds until the next look. */
static int64_t begin_one(struct mc__jobs *jobs, mc_app *app, const PGresult *rows)
{
    int64_t wait = LOOK_EVERY_MS;

    for (int i = 0; i < PQntuples(rows); i++) {
        mc__jobs_list_row row = mc__read_jobs_list(rows, i);
        size_t job = mc__job_find(row.name, strlen(row.name));
        int64_t until = row.next_due.us / 1000 - row.now * 1000;

        if (job == MC_JOBS || jobs->schedules[job].is_off || row.next_due.us == MC_TIME_NONE)
            continue;
        if (!row.is_due) {
            wait = until < wait ? until : wait;
            continue;
        }
        if (begin(&jobs->is_running, &jobs->run, app, job, false) == 0 && jobs->is_running)
            return 0;
        end(jobs);
        return LOOK_EVERY_MS;
    }
    return wait > PAUSE_MS ? wait : PAUSE_MS;
}

static int64_t look(struct mc__jobs *jobs, mc_app *app)
{
    mc__problem problem = {0};
    mc__db db = platform(app, &problem);
    mc_batch(batch);
    int64_t wait = LOOK_EVERY_MS;

    if (load(jobs, app, &db, &batch) == 0)
        wait = begin_one(jobs, app, mc__batch_rows(&batch, 0));
    mc__problem_release(&problem);
    return wait;
}

static int64_t go_on(struct mc__jobs *jobs, mc_app *app)
{
    run *r = &jobs->run;
    bool is_done = false;
    int rc = do_part(&is_done, r, app);

    if (rc == 0 && !is_done)
        return PAUSE_MS;
    rc = finish(r, app, &jobs->schedules[r->job]);
    end(jobs);
    return rc < 0 ? LOOK_EVERY_MS : 0;
}

int64_t mc__jobs_step(mc_app *app)
{
    struct mc__jobs *jobs = app->jobs;
    int64_t now = mc__monotonic_ms(), wait;

    if (pthread_mutex_trylock(&jobs->lock) != 0)
        return PAUSE_MS;
    wait = jobs->due - now;
    if (wait <= 0) {
        wait = jobs->is_running ? go_on(jobs, app) : look(jobs, app);
        jobs->due = mc__monotonic_ms() + wait;
    }
    pthread_mutex_unlock(&jobs->lock);
    return wait;
}

void mc__jobs_set_due(mc_app *app)
{
    pthread_mutex_lock(&app->jobs->lock);
    app->jobs->due = 0;
    pthread_mutex_unlock(&app->jobs->lock);
}

/* Calls of the operator's */

static int run_now(struct mc__jobs *jobs, mc_app *app, run *r, size_t job)
{
    mc__db db = platform(app, &r->problem);
    bool is_begun = false, is_done = false;
    mc_batch(batch);
    int rc = load(jobs, app, &db, &batch);

    if (rc == 0)
        rc = begin(&is_begun, r, app, job, true);
    if (rc < 0)
        return rc;
    if (!is_begun)
        return mc__fail(&r->problem, MC_EBUSY, "a job is being done; try again");
    while (rc == 0 && !is_done)
        rc = do_part(&is_done, r, app);
    finish(r, app, NULL);
    return rc;
}

int mc_job_run(mc_session *session, const char *name)
{
    struct mc__jobs *jobs;
    size_t job;
    int rc = mc__call_start(session);

    if (rc < 0)
        return rc;
    if (!name)
        return mc__fault(&session->problem, "name", "is required");
    job = mc__job_find(name, strlen(name));
    if (job == MC_JOBS)
        return mc__fail(&session->problem, MC_ENOTFOUND, "there is no job of that name");
    jobs = session->app->jobs;
    pthread_mutex_lock(&jobs->lock);
    if (jobs->is_running) {
        rc = mc__fail(&session->problem, MC_EBUSY, "a job is being done; try again");
    } else {
        rc = run_now(jobs, session->app, &jobs->run, job);
        if (rc < 0)
            mc__fail(&session->problem, rc, "%s", jobs->run.problem.shown.message);
        end(jobs);
    }
    pthread_mutex_unlock(&jobs->lock);
    return rc;
}

int mc__jobs_fill(mc_list *out, mc__arena *arena, mc_app *app)
{
    struct mc__jobs *jobs = app->jobs;
    const void **items = mc__list_make(arena, out, MC_JOBS);

    pthread_mutex_lock(&jobs->lock);
    for (size_t i = 0; items && i < MC_JOBS; i++) {
        const known *k = &jobs->known[i];
        mc_job *job = mc__record_make(arena, &mc__job_type);

        items[i] = job;
        if (!job)
            break;
        job->name = mc__jobs[i].name;
        job->summary = mc__jobs[i].summary;
        job->schedule = mc__arena_strdup(arena, jobs->schedules[i].text);
        job->next_due = k->next_due;
        job->is_running = k->is_running;
        job->last_started = k->last_started;
        job->last_finished = k->last_finished;
        job->last_problem = mc__arena_strdup(arena, k->last_problem);
    }
    pthread_mutex_unlock(&jobs->lock);
    return arena->failed ? MC_ENOMEM : 0;
}

int mc_jobs_list(mc_job_list **out, mc_session *session)
{
    mc_auto(mc_record_free) void *record = NULL;
    mc__db db;
    mc_batch(batch);
    int rc = mc__call_start(session);

    if (rc == 0)
        rc = mc__check_out(session, out);
    if (rc < 0)
        return rc;
    db = (mc__db){.pool = session->app->pool, .problem = &session->problem, .site_id = 0};
    pthread_mutex_lock(&session->app->jobs->lock);
    rc = load(session->app->jobs, session->app, &db, &batch);
    pthread_mutex_unlock(&session->app->jobs->lock);
    if (rc < 0)
        return rc;
    record = mc__record_new(&mc__job_list_type);
    if (!record ||
        mc__jobs_fill(&((mc_job_list *)record)->jobs, mc__record_arena(record), session->app) < 0)
        return mc__out_of_memory(session);
    *out = MC_TAKE(record);
    return 0;
}
