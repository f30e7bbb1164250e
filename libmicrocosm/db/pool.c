/*
 * The pool of connections. Measurements show that about two per core are best for reading, so
 * threads share them. Writers mostly wait for the disk or for each other, and PostgreSQL flushes
 * once for all that wait together, so there are more connections for writing. Writers have a queue
 * of their own, so that readers don't wait behind them.
 */
#include "pool.h"

#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <stdatomic.h>
#include <unistd.h>

/* An answer may come so much later than statement_timeout allows the statement. */
#define ANSWER_GRACE_MS 1000

/* How long a shortage is believed in, unless something is written before. */
#define SHORT_MS 30000

/* A thread in the queue for a connection; on the stack of that thread. */
typedef struct waiter {
    pthread_cond_t served;
    bool is_served;
    mc__conn *idle; /* the connection it gets; NULL: it may make one */
    struct waiter *next;
} waiter;

/* The queue of readers or of writers; with a single connection both use one. */
typedef struct lane {
    waiter *first, *last;
    int lent, most;
} lane;

struct mc__pool {
    pthread_mutex_t lock;
    pthread_condattr_t by_monotonic_clock; /* the wall clock may be set while threads wait */
    lane lanes[2];
    int lane_count;
    mc__conn *idle;
    int size;
    int64_t waits;
    pid_t owner;
    char *conninfo;
    int64_t wait_ms, statement_ms;
    _Atomic int64_t short_until; /* monotonic milliseconds; 0: it lacks nothing */
    int64_t origin;
    bool prepare;
    void (*wrote)(void *data, mc__outcome outcome, uint64_t transaction);
    void *wrote_data;
    mc__log log;
};

MC_DEFINE_AUTO(mc__pool *, mc__pool_free)

static int start_lock(mc__pool *pool)
{
    if (pthread_mutex_init(&pool->lock, NULL) != 0)
        return MC_ESYSTEM;
    if (pthread_condattr_init(&pool->by_monotonic_clock) != 0) {
        pthread_mutex_destroy(&pool->lock);
        return MC_ESYSTEM;
    }
    pthread_condattr_setclock(&pool->by_monotonic_clock, CLOCK_MONOTONIC);
    return 0;
}

/* A quarter of the connections is for reading, or half of few connections. */
static void share_out(mc__pool *pool)
{
    int readers = pool->size >= 8 ? pool->size / 4 : (pool->size + 1) / 2;

    pool->lane_count = pool->size > 1 ? 2 : 1;
    pool->lanes[0].most = readers;
    pool->lanes[1].most = pool->size - readers;
}

static lane *lane_of(mc__pool *pool, bool to_write)
{
    return &pool->lanes[to_write && pool->lane_count > 1];
}

int mc__pool_new(mc__pool **out, const mc__pool_options *options)
{
    mc_auto(mc__pool_free) mc__pool *pool = NULL;
    mc__pool *made = mc__calloc(1, sizeof(*made));

    if (!made)
        return MC_ENOMEM;
    if (start_lock(made) < 0) {
        mc__free(made);
        return MC_ESYSTEM;
    }
    pool = made;
    pool->conninfo = mc__strdup(options->conninfo);
    pool->size = options->size;
    share_out(pool);
    pool->wait_ms = options->wait_ms;
    pool->statement_ms = options->statement_ms;
    pool->prepare = options->prepare;
    pool->wrote = options->wrote;
    pool->wrote_data = options->wrote_data;
    pool->log = options->log;
    pool->origin = mc__random_number();
    pool->owner = getpid();
    if (!pool->conninfo)
        return MC_ENOMEM;
    *out = MC_TAKE(pool);
    return 0;
}

const char *mc__pool_conninfo(const mc__pool *pool)
{
    return pool->conninfo;
}

bool mc__pool_is_ours(const mc__pool *pool)
{
    return pool->owner == getpid();
}

int64_t mc__pool_origin(const mc__pool *pool)
{
    return pool->origin;
}

void mc__pool_wrote(mc__pool *pool, mc__outcome outcome, uint64_t transaction)
{
    if (pool->wrote)
        pool->wrote(pool->wrote_data, outcome, transaction);
}

void mc__pool_note(mc__pool *pool, int rc, bool has_written)
{
    if (rc == MC_ERESOURCES)
        atomic_store_explicit(&pool->short_until, mc__monotonic_ms() + SHORT_MS,
                              memory_order_relaxed);
    else if (rc == 0 && has_written &&
             atomic_load_explicit(&pool->short_until, memory_order_relaxed) > 0)
        atomic_store_explicit(&pool->short_until, 0, memory_order_relaxed);
}

bool mc__pool_is_short(const mc__pool *pool)
{
    int64_t until = atomic_load_explicit(&pool->short_until, memory_order_relaxed);

    return until > 0 && mc__monotonic_ms() < until;
}

void mc__pool_count(mc__pool *pool, mc__pool_stats *out)
{
    pthread_mutex_lock(&pool->lock);
    *out = (mc__pool_stats){pool->size, pool->lanes[0].lent + pool->lanes[1].lent, pool->waits};
    pthread_mutex_unlock(&pool->lock);
}

void mc__pool_close(mc__pool *pool, mc__conn *conn)
{
    /* After a fork the socket belongs to the parent: PQfinish() would end the parent's session. */
    if (conn->pg && mc__pool_is_ours(pool))
        PQfinish(conn->pg);
    mc__free(conn);
}

static void close_list(mc__pool *pool, mc__conn *conn)
{
    while (conn) {
        mc__conn *next = conn->next;

        mc__pool_close(pool, conn);
        conn = next;
    }
}

void mc__pool_free(mc__pool *pool)
{
    if (!pool)
        return;
    close_list(pool, pool->idle);
    pthread_condattr_destroy(&pool->by_monotonic_clock);
    pthread_mutex_destroy(&pool->lock);
    mc__free(pool->conninfo);
    mc__free(pool);
}

/* Without this, libpq would print notices to stderr. */
static void log_notice(void *data, const char *message)
{
    const mc__pool *pool = data;

    mc__log_write(&pool->log, MC_LOG_DEBUG, "PostgreSQL: %s", message);
}

static int set_up(mc__pool *pool, mc__conn *conn, mc__problem *problem)
{
    mc_scratch_text(sql);
    mc_auto(PQclear) PGresult *done = NULL;

    PQsetNoticeProcessor(conn->pg, log_notice, pool);
    if (PQsetnonblocking(conn->pg, 1) < 0)
        return mc__db_fail(problem, conn->pg, NULL);
    if (PQserverVersion(conn->pg) < 150000)
        return mc__fail(problem, MC_ESCHEMA, "PostgreSQL 15 or later is needed");
    if (PQsetClientEncoding(conn->pg, "UTF8") != 0)
        return mc__fail(problem, MC_EUNAVAILABLE, "the connection cannot be set to UTF-8");
    if (!pool->prepare) /* behind pgbouncer, settings of a session don't stay with its client */
        return 0;
    mc__text_format(&sql,
                    "SET statement_timeout = %lld;"
                    /* a statement whose client has gone is cancelled */
                    "SET client_connection_check_interval = 2000; SET "
                    "idle_in_transaction_session_timeout = 60000;"
                    "SET timezone = 'UTC'; SET datestyle = 'ISO, YMD'; SET jit = off;"
                    /* generic plans, because planning a page takes longer than executing it */
                    "SET plan_cache_mode = force_generic_plan; SET microcosm.origin = '%lld'",
                    (long long)pool->statement_ms, (long long)pool->origin);
    if (sql.error)
        return mc__fail(problem, MC_ENOMEM, "out of memory");
    done = mc__conn_exec(conn, mc__text_string(&sql));
    return PQresultStatus(done) == PGRES_COMMAND_OK ? 0 : mc__conn_fail(problem, conn, done);
}

int mc__pool_connect(mc__conn **out, mc__pool *pool, mc__problem *problem)
{
    /* Settings in the connection string (dbname) override those before it. */
    const char *keys[] = {"application_name", "connect_timeout", "tcp_user_timeout", "dbname",
                          NULL};
    const char *values[] = {"microcosm", "5", "10000", pool->conninfo, NULL};
    mc__conn *conn = mc__calloc(1, sizeof(*conn));
    int rc;

    if (!conn)
        return mc__fail(problem, MC_ENOMEM, "out of memory");
    conn->site_id = -1;
    conn->prepare = pool->prepare;
    conn->origin = pool->origin;
    conn->answer_ms = pool->statement_ms + ANSWER_GRACE_MS;
    conn->pg = PQconnectdbParams(keys, values, 1);
    rc = PQstatus(conn->pg) == CONNECTION_OK ? set_up(pool, conn, problem)
                                             : mc__db_fail(problem, conn->pg, NULL);
    if (rc < 0) {
        mc__log_write(&pool->log, MC_LOG_DEBUG, "no connection to the database: %s",
                      PQerrorMessage(conn->pg));
        mc__pool_close(pool, conn);
        return rc;
    }
    *out = conn;
    return 0;
}

/*
 * An idle connection is readable only if the server has ended it. The server's last message isn't
 * read here: after that the connection would look alive until the end of the stream arrives.
 */
static bool is_alive(mc__conn *conn)
{
    struct pollfd waiting = {.fd = PQsocket(conn->pg), .events = POLLIN};

    if (PQstatus(conn->pg) != CONNECTION_OK)
        return false;
    return poll(&waiting, 1, 0) <= 0;
}

static struct timespec after(int64_t wait_ms)
{
    struct timespec time;

    clock_gettime(CLOCK_MONOTONIC, &time);
    time.tv_sec += wait_ms / 1000;
    time.tv_nsec += wait_ms % 1000 * 1000000;
    if (time.tv_nsec >= 1000000000) {
        time.tv_sec++;
        time.tv_nsec -= 1000000000;
    }
    return time;
}

static mc__conn *take_idle(mc__pool *pool)
{
    mc__conn *conn = pool->idle;

    if (conn)
        pool->idle = conn->next;
    return conn;
}

static void leave_line(lane *l, const waiter *w)
{
    waiter **link = &l->first, *before = NULL;

    while (*link != w) {
        before = *link;
        link = &before->next;
    }
    *link = w->next;
    if (l->last == w)
        l->last = before;
}

/* Queues and waits. The pool's lock is held. */
static int stand_in_line(mc__pool *pool, lane *l, mc__conn **idle, int64_t wait_ms)
{
    struct timespec until = after(wait_ms);
    waiter w = {.next = NULL};
    int rc = 0;

    if (pthread_cond_init(&w.served, &pool->by_monotonic_clock) != 0)
        return MC_ESYSTEM;
    *(l->last ? &l->last->next : &l->first) = &w;
    /* w leaves the queue before this function returns. */
    // cppcheck-suppress autoVariables
    l->last = &w;
    pool->waits++;
    while (!w.is_served && rc != ETIMEDOUT)
        rc = pthread_cond_timedwait(&w.served, &pool->lock, &until);
    if (!w.is_served)
        leave_line(l, &w);
    pthread_cond_destroy(&w.served);
    *idle = w.idle;
    return w.is_served ? 0 : MC_EBUSY;
}

/* First come, first served: a thread that arrives when a connection is returned must not overtake
 * those that wait, or they could starve. */
static int wait_for_turn(mc__pool *pool, lane *l, mc__conn **idle, int64_t wait_ms)
{
    int rc = 0;

    pthread_mutex_lock(&pool->lock);
    if (l->lent < l->most) {
        l->lent++;
        *idle = take_idle(pool);
    } else {
        rc = stand_in_line(pool, l, idle, wait_ms);
    }
    pthread_mutex_unlock(&pool->lock);
    return rc;
}

/* Passes the connection, or the right to make one, to the thread that has waited longest. */
static void end(mc__pool *pool, lane *l, mc__conn *idle)
{
    waiter *w;

    pthread_mutex_lock(&pool->lock);
    w = l->first;
    if (w) {
        l->first = w->next;
        if (!l->first)
            l->last = NULL;
        w->idle = idle ? idle : take_idle(pool);
        w->is_served = true;
        pthread_cond_signal(&w->served);
    } else {
        l->lent--;
        if (idle) {
            idle->next = pool->idle;
            pool->idle = idle;
        }
    }
    pthread_mutex_unlock(&pool->lock);
}

int mc__pool_borrow(mc__conn **out, mc__pool *pool, mc__problem *problem, bool to_write,
                    int64_t wait_ms)
{
    lane *l = lane_of(pool, to_write);
    mc__conn *conn = NULL;
    int rc;

    if (!mc__pool_is_ours(pool))
        return mc__fail(problem, MC_ESTATE, "this process was forked after the app was made");
    rc = wait_for_turn(pool, l, &conn, wait_ms ? wait_ms : pool->wait_ms);
    if (rc == MC_EBUSY)
        return mc__fail(problem, MC_EBUSY, "all connections to the database are in use");
    if (rc < 0)
        return mc__fail(problem, rc, "no condition variable can be made");
    if (conn && !is_alive(conn)) {
        mc__pool_close(pool, conn);
        conn = NULL;
    }
    if (!conn) {
        rc = mc__pool_connect(&conn, pool, problem);
        if (rc < 0) {
            end(pool, l, NULL);
            return rc;
        }
    }
    conn->next = NULL;
    conn->to_write = to_write;
    *out = conn;
    return 0;
}

void mc__pool_return(mc__pool *pool, mc__conn *conn)
{
    lane *l = lane_of(pool, conn->to_write);
    bool reusable = PQstatus(conn->pg) == CONNECTION_OK &&
                    PQpipelineStatus(conn->pg) == PQ_PIPELINE_OFF &&
                    PQtransactionStatus(conn->pg) == PQTRANS_IDLE;

    if (!reusable) {
        mc__pool_close(pool, conn);
        conn = NULL;
    }
    end(pool, l, conn);
}

PGconn *mc__conn_pg(mc__conn *conn)
{
    return conn->pg;
}
