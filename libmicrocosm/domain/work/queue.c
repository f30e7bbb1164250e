/* See queue.h. */
#include "queue.h"

#include "../base/call.h"
#include "../feed/follow.h"
#include "types.h"

#include <microcosm/queue.h>
#include <pthread.h>

#define LOOK_EVERY_MS 1000
#define COUNT_EVERY_MS 10000
#define WAIT_MS 100       /* for a connection, so that other background work isn't delayed */
#define FEED_CHANGES 500  /* that become rows in one step */
#define MOST_REST_MS 1000 /* between two calls */

struct mc__queue {
    pthread_mutex_t lock; /* of all that follows, while a step or a call of the operator's lasts */
    const mc__queue_kind *kinds;
    size_t count;
    int64_t due, count_due; /* monotonic milliseconds */
    bool is_failing;
    pthread_mutex_t figures_lock;
    PGresult *figures; /* of queue.list; NULL: it was not run yet */
};

static const mc__field queue_kind_fields[] = {
    MC_FIELD(mc_queue_kind, name, "name"),
    MC_FIELD(mc_queue_kind, waiting, "waiting"),
    MC_FIELD(mc_queue_kind, retried, "retried"),
    MC_FIELD(mc_queue_kind, dead, "dead"),
    MC_FIELD(mc_queue_kind, oldest, "oldest"),
    MC_FIELD(mc_queue_kind, last_problem, "lastProblem"),
};
const mc_type mc__queue_kind_type = MC_TYPE(mc_queue_kind, "queue_kind", queue_kind_fields);

static const mc__field queue_list_fields[] = {
    MC_FIELD(mc_queue_list, kinds, "kinds", .type = &mc__queue_kind_type),
};
const mc_type mc__queue_list_type = MC_TYPE(mc_queue_list, "queue_list", queue_list_fields);

int mc__queue_new(struct mc__queue **out, const mc__queue_kind *kinds, size_t count)
{
    struct mc__queue *queue = mc__calloc(1, sizeof(*queue));

    if (!queue)
        return MC_ENOMEM;
    pthread_mutex_init(&queue->lock, NULL);
    pthread_mutex_init(&queue->figures_lock, NULL);
    queue->kinds = kinds;
    queue->count = count;
    *out = queue;
    return 0;
}

void mc__queue_free(struct mc__queue *queue)
{
    if (!queue)
        return;
    PQclear(queue->figures);
    pthread_mutex_destroy(&queue->figures_lock);
    pthread_mutex_destroy(&queue->lock);
    mc__free(queue);
}

static mc__db platform(mc_app *app, mc__problem *problem)
{
    return (mc__db){.pool = app->pool, .problem = problem, .site_id = 0, .wait_ms = WAIT_MS};
}

static bool is_on(const mc_app *app, const mc__queue_kind *kind)
{
    return !kind->is_on || kind->is_on(app);
}

int mc__queue_done(mc_app *app, mc__problem *problem, mc_int64s queue_ids)
{
    mc__db db = platform(app, problem);
    mc_batch(batch);

    mc__add_queue_done(&batch, &(mc__queue_done_in){.queue_ids = queue_ids});
    return mc__db_run(&db, &batch, MC_WRITE_QUIETLY);
}

int mc__queue_failed(mc_app *app, mc__problem *problem, const mc__queue_kind *kind,
                     mc_int64s queue_ids, const char *why)
{
    mc__db db = platform(app, problem);
    mc_batch(batch);
    int64_t dead;
    int rc;

    mc__add_queue_failed(&batch, &(mc__queue_failed_in){
                                     .queue_ids = queue_ids, .problem = why, .tries = kind->tries});
    rc = mc__db_run(&db, &batch, MC_WRITE_QUIETLY);
    if (rc < 0)
        return rc;
    dead = mc__read_queue_failed(mc__batch_rows(&batch, 0), 0).dead;
    mc__log_write(&app->log, dead ? MC_LOG_ERROR : MC_LOG_WARNING, "queue: %s has failed%s: %s",
                  kind->name, dead ? " too often and is given up" : " and will be tried again",
                  why);
    return 0;
}

/* A step */

/* What is taken at once, and with what of the feed becomes rows: one trip, one transaction. */
typedef struct look {
    mc__batch batch;
    size_t taken_from; /* the statement of the first kind */
    size_t kinds[MC_BATCH_MAX];
    size_t count;
} look;

static void add_feed(mc__batch *batch, mc__arena *arena, const struct mc__queue *queue,
                     const mc_app *app)
{
    size_t count = 0;
    const char **names = mc__arena_alloc(arena, (queue->count + 1) * sizeof(*names));
    int64_t *item_types = mc__arena_alloc(arena, (queue->count + 1) * sizeof(*item_types));
    int64_t *actions = mc__arena_alloc(arena, (queue->count + 1) * sizeof(*actions));

    for (size_t i = 0; !arena->failed && i < queue->count; i++) {
        const mc__queue_kind *kind = &queue->kinds[i];

        if (!kind->item_types || !is_on(app, kind))
            continue;
        names[count] = kind->name;
        item_types[count] = kind->item_types;
        actions[count++] = kind->actions;
    }
    mc__add_queue_feed(batch, &(mc__queue_feed_in){.kinds = {names, count},
                                                   .item_types = {item_types, count},
                                                   .actions = {actions, count},
                                                   .limit = FEED_CHANGES});
}

static void add_takes(look *l, const struct mc__queue *queue, mc_app *app)
{
    mc__add_queue_in_order(&l->batch);
    l->taken_from = l->batch.count;
    for (size_t i = 0; i < queue->count && l->batch.count < MC_BATCH_MAX; i++) {
        const mc__queue_kind *kind = &queue->kinds[i];
        int64_t room = !is_on(app, kind) ? 0 : kind->room ? kind->room(app) : kind->at_once;

        if (room <= 0)
            continue;
        l->kinds[l->count++] = i;
        mc__add_queue_take(
            &l->batch, &(mc__queue_take_in){.kind = kind->name,
                                            .limit = room < kind->at_once ? room : kind->at_once,
                                            .lease_s = kind->lease_s});
    }
}

/* Does what was taken of one kind, and writes down what became of it. */
static int work(mc_app *app, const mc__queue_kind *kind, const PGresult *rows, mc__problem *problem)
{
    mc_scratch_arena(scratch);
    mc__problem found = {0};
    size_t count = (size_t)PQntuples(rows);
    mc__queue_take_row *taken = mc__arena_alloc(&scratch, count * sizeof(*taken));
    int64_t *ids = mc__arena_alloc(&scratch, count * sizeof(*ids));
    mc__queue_part part = {app, &found, taken, count, false};
    int rc;

    if (scratch.failed)
        return mc__fail(problem, MC_ENOMEM, "out of memory");
    for (size_t i = 0; i < count; i++) {
        taken[i] = mc__read_queue_take(rows, (int)i);
        ids[i] = taken[i].queue_id;
    }
    rc = kind->work(&part);
    if (rc < 0)
        rc = mc__queue_failed(app, problem, kind, (mc_int64s){ids, count}, found.shown.message);
    else if (!part.is_kept)
        rc = mc__queue_done(app, problem, (mc_int64s){ids, count});
    mc__problem_release(&found);
    return rc;
}

/* Whether there is more to be done at once. */
static bool do_all(struct mc__queue *queue, mc_app *app, const look *l, mc__problem *problem)
{
    mc__queue_feed_row fed = mc__read_queue_feed(mc__batch_rows(&l->batch, 0), 0);
    bool is_more = fed.rows > 0;
    int rc = 0;

    if (fed.is_missing)
        mc__log_write(&app->log, MC_LOG_ERROR,
                      "queue: changes were deleted before anybody was told of them; "
                      "the feed is kept for too short a time");
    for (size_t i = 0; rc == 0 && i < l->count; i++) {
        const PGresult *rows = mc__batch_rows(&l->batch, l->taken_from + i);

        if (PQntuples(rows) == 0)
            continue;
        is_more = true;
        rc = work(app, &queue->kinds[l->kinds[i]], rows, problem);
    }
    return is_more && rc == 0;
}

static mc_strings kind_names(const struct mc__queue *queue, mc__arena *arena)
{
    const char **names = mc__arena_alloc(arena, (queue->count + 1) * sizeof(*names));

    for (size_t i = 0; names && i < queue->count; i++)
        names[i] = queue->kinds[i].name;
    return (mc_strings){names, names ? queue->count : 0};
}

static int run_list(mc__db *db, mc__batch *batch, const struct mc__queue *queue)
{
    mc_scratch_arena(scratch);

    mc__add_queue_list(batch, &(mc__queue_list_in){.kinds = kind_names(queue, &scratch)});
    return mc__db_run(db, batch, MC_READ);
}

/* Keeps for mc_app_stats_get() what waits. */
static int count(struct mc__queue *queue, mc__db *db)
{
    mc_batch(batch);
    int rc = run_list(db, &batch, queue);

    if (rc < 0)
        return rc;
    pthread_mutex_lock(&queue->figures_lock);
    PQclear(queue->figures);
    queue->figures = batch.calls[0].result;
    batch.calls[0].result = NULL;
    pthread_mutex_unlock(&queue->figures_lock);
    return 0;
}

static int look_around(bool *is_more, struct mc__queue *queue, mc_app *app, mc__problem *problem)
{
    mc_scratch_arena(scratch);
    mc__db db = platform(app, problem);
    look l = {.count = 0};
    int rc;

    mc__batch_init(&l.batch);
    add_feed(&l.batch, &scratch, queue, app);
    add_takes(&l, queue, app);
    rc = mc__db_run(&db, &l.batch, MC_WRITE_QUIETLY);
    if (rc == 0)
        *is_more = do_all(queue, app, &l, problem);
    mc__batch_release(&l.batch);
    if (rc == 0 && mc__monotonic_ms() >= queue->count_due) {
        queue->count_due = mc__monotonic_ms() + COUNT_EVERY_MS;
        rc = count(queue, &db);
    }
    return problem->shown.code ? problem->shown.code : rc;
}

/* That the database is away is told by others. */
static void note(struct mc__queue *queue, mc_app *app, int rc, const mc__problem *problem)
{
    if (rc < 0 && !queue->is_failing)
        mc__log_write(&app->log, rc == MC_EDATABASE ? MC_LOG_ERROR : MC_LOG_DEBUG,
                      "the queue waits: %s", problem->shown.message);
    queue->is_failing = rc < 0;
}

/* After much work, so that the database has time for others, and what comes meanwhile is done
 * together. */
static int64_t rest(int64_t worked_ms)
{
    return worked_ms < MOST_REST_MS ? worked_ms : MOST_REST_MS;
}

int64_t mc__queue_step(mc_app *app)
{
    struct mc__queue *queue = app->queue;
    mc__problem problem = {0};
    bool is_more = false;
    int64_t wait;

    if (pthread_mutex_trylock(&queue->lock) != 0)
        return LOOK_EVERY_MS;
    wait = queue->due - mc__monotonic_ms();
    if (wait <= 0) {
        int64_t began = mc__monotonic_ms();

        note(queue, app, look_around(&is_more, queue, app, &problem), &problem);
        wait = is_more ? rest(mc__monotonic_ms() - began) : LOOK_EVERY_MS;
        queue->due = mc__monotonic_ms() + wait;
    }
    pthread_mutex_unlock(&queue->lock);
    mc__problem_release(&problem);
    return wait;
}

void mc__queue_look(mc_app *app)
{
    pthread_mutex_lock(&app->queue->lock);
    app->queue->due = 0;
    pthread_mutex_unlock(&app->queue->lock);
    mc__follow_wake(app->follow);
}

void mc__queue_set_due(mc_app *app, const mc__queue_kind *kinds, size_t count)
{
    pthread_mutex_lock(&app->queue->lock);
    app->queue->due = app->queue->count_due = 0;
    if (kinds) {
        app->queue->kinds = kinds;
        app->queue->count = count;
    }
    pthread_mutex_unlock(&app->queue->lock);
}

/* Calls of the operator's */

static void fill(mc_list *out, mc__arena *arena, const PGresult *rows)
{
    const void **items = mc__list_make(arena, out, (size_t)PQntuples(rows));

    for (int i = 0; items && i < PQntuples(rows); i++) {
        mc__queue_list_row row = mc__read_queue_list(rows, i);
        mc_queue_kind *kind = mc__record_make(arena, &mc__queue_kind_type);

        items[i] = kind;
        if (!kind)
            break;
        kind->name = mc__arena_strdup(arena, row.kind);
        kind->waiting = row.waiting;
        kind->retried = row.retried;
        kind->dead = row.dead;
        kind->oldest = row.oldest;
        kind->last_problem = mc__arena_strdup(arena, row.last_problem);
    }
}

int mc__queue_fill(mc_list *out, mc__arena *arena, mc_app *app)
{
    struct mc__queue *queue = app->queue;

    pthread_mutex_lock(&queue->figures_lock);
    if (queue->figures)
        fill(out, arena, queue->figures);
    pthread_mutex_unlock(&queue->figures_lock);
    return arena->failed ? MC_ENOMEM : 0;
}

int mc_queue_list_get(mc_queue_list **out, mc_session *session)
{
    mc_auto(mc_record_free) void *record = NULL;
    mc__db db;
    mc_batch(batch);
    int rc = mc__call_start(session);

    if (rc == 0)
        rc = mc__check_out(session, out);
    if (rc < 0)
        return rc;
    db = platform(session->app, &session->problem);
    pthread_mutex_lock(&session->app->queue->lock);
    rc = run_list(&db, &batch, session->app->queue);
    pthread_mutex_unlock(&session->app->queue->lock);
    if (rc < 0)
        return rc;
    record = mc__record_new(&mc__queue_list_type);
    if (!record)
        return mc__out_of_memory(session);
    fill(&((mc_queue_list *)record)->kinds, mc__record_arena(record), mc__batch_rows(&batch, 0));
    if (mc__record_arena(record)->failed)
        return mc__out_of_memory(session);
    *out = MC_TAKE(record);
    return 0;
}

const mc__queue_kind *mc__queue_kind_find(const mc_app *app, const char *name)
{
    const struct mc__queue *queue = app->queue;

    for (size_t i = 0; i < queue->count; i++)
        if (strcmp(queue->kinds[i].name, name) == 0)
            return &queue->kinds[i];
    return NULL;
}

int mc_queue_retry(int64_t *rows, mc_session *session, const char *kind)
{
    mc__db db;
    mc_batch(batch);
    int rc = mc__call_start(session);

    if (rc == 0)
        rc = mc__check_out(session, rows);
    if (rc < 0)
        return rc;
    if (!kind)
        return mc__fault(&session->problem, "kind", "is required");
    if (!mc__queue_kind_find(session->app, kind))
        return mc__fail(&session->problem, MC_ENOTFOUND, "there is no kind of work of that name");
    db = platform(session->app, &session->problem);
    mc__add_queue_retry(&batch, &(mc__queue_retry_in){.kind = kind});
    rc = mc__db_run(&db, &batch, MC_WRITE_QUIETLY);
    if (rc == 0)
        *rows = mc__read_queue_retry(mc__batch_rows(&batch, 0), 0).rows;
    return rc;
}
