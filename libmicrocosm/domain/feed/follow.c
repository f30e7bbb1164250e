/*
 * Follows the change feed of all sites, so that what is kept in memory stays true whatever other
 * processes write, and tells them when this one has written. Part of mc_app_step().
 *
 * A pass asks for all that has become visible since the snapshot of the pass before it. So nothing
 * is skipped, and no transaction that goes on for long holds back what others have committed.
 * Wake-ups only make passes come sooner: when one is lost, the next second brings it. After a pass
 * the cache is trusted for a while, counted from before the pass began; when passes fail that time
 * runs out, and everybody asks the database until they succeed again.
 *
 * Whoever is alone wakes nobody. Those who hear hold a lock that shows it, which is looked for each
 * second, and tell when they come. Whoever comes reads the database from then on; what is written
 * until the others have heard of it they say once more.
 *
 * A host may commit what was written in its transaction at any moment, and then look for it on
 * another connection. So from such a write on the cache rests, until a pass finds the transaction
 * ended.
 *
 * When a connection was lost during a write, nobody has said what it has changed, nor whether it
 * did or may do so yet: the server notices later. From then on the cache rests until a pass that
 * began afterwards has read what is there, and for a while passes also read what this process has
 * written itself. So what comes late is out of date for no longer than what others write.
 */
#include "follow.h"

#include "../base/handles.h"
#include "../base/invalidation.h"
#include "cache/cache.h"
#include "db/listen.h"
#include "record/record.h"
#include "statements.h"

#include <pthread.h>

#define TRUST_MS 2500
#ifdef MC_CHECK_CACHE
#define PASS_EVERY_MS 50 /* so that the cache can tell soon that something is wrong */
#else
#define PASS_EVERY_MS 1000
#endif
#define PASS_EVERY_DEAF_MS 50 /* where no wake-up can be heard */
#define PEERS_EVERY_MS 1000
/* Wake-ups are gathered for so long, sent as well as heard, but for the first after a silence. */
#define GATHER_MS 5
#define RETRY_MS 500
/* More changes than that, and all is forgotten instead. The statement gives one more at most. */
#define MOST_CHANGES 2000
/* Transactions of hosts that are open at once and waited for singly. */
#define HOST_MOST 64
/* How long a write may take to appear after its connection was lost. */
#define UNSURE_MS 60000

struct mc__follow {
    pthread_mutex_t lock; /* of whoever does a step */
    mc__listen *listen;
    mc__cache *cache;
    mc__text snapshot; /* of the last pass; empty: begin anew */
    int64_t open_due, pass_due, peers_due, last_pass, last_wake;
    bool is_failing;
    /* from here on for all threads */
    atomic_bool has_news, has_written;
    atomic_bool is_alone; /* nobody else is there to be woken */
    /* It isn't known what became of so many writes: until that time its own rows are read too. */
    _Atomic uint64_t unsure;
    _Atomic int64_t unsure_until;
    _Atomic uint64_t passes, woken, told;
    _Atomic int64_t passed_at, position;
    pthread_mutex_t host_lock;
    uint64_t host[HOST_MOST]; /* transactions of hosts that may not have ended */
    size_t host_count;
    uint64_t host_more; /* the newest of those that had no place there; 0: none */
};

void mc__follow_free(mc__follow *follow)
{
    if (!follow)
        return;
    mc__listen_free(follow->listen);
    mc__text_release(&follow->snapshot);
    pthread_mutex_destroy(&follow->host_lock);
    pthread_mutex_destroy(&follow->lock);
    mc__free(follow);
}

int mc__follow_new(mc__follow **out)
{
    mc__follow *follow = mc__calloc(1, sizeof(*follow));

    if (!follow)
        return MC_ENOMEM;
    if (pthread_mutex_init(&follow->lock, NULL) != 0) {
        mc__free(follow);
        return MC_ESYSTEM;
    }
    if (pthread_mutex_init(&follow->host_lock, NULL) != 0) {
        pthread_mutex_destroy(&follow->lock);
        mc__free(follow);
        return MC_ESYSTEM;
    }
    follow->snapshot = (mc__text)MC_TEXT_INIT;
    *out = follow;
    return 0;
}

int mc__follow_connect(mc__follow *follow, mc__pool *pool, mc__cache *cache)
{
    follow->cache = cache;
    return mc__listen_new(&follow->listen, pool);
}

int mc__follow_fd(const mc__follow *follow)
{
    return mc__listen_fd(follow->listen);
}

void mc__follow_wake(mc__follow *follow)
{
    mc__listen_wake(follow->listen);
}

static void add_host(mc__follow *follow, uint64_t transaction)
{
    size_t i = 0;

    pthread_mutex_lock(&follow->host_lock);
    while (i < follow->host_count && follow->host[i] != transaction)
        i++;
    if (i < HOST_MOST)
        follow->host[i] = transaction;
    else if (follow->host_more < transaction)
        follow->host_more = transaction;
    if (i == follow->host_count && i < HOST_MOST)
        follow->host_count++;
    mc__cache_doubt(follow->cache, true);
    pthread_mutex_unlock(&follow->host_lock);
}

/* A snapshot is xmin:xmax:xip,xip... where the last are those running in between (PostgreSQL's
 * manual, pg_snapshot). */
static bool has_ended(uint64_t transaction, const char *snapshot)
{
    char *at;
    uint64_t oldest = strtoull(snapshot, &at, 10), next;

    if (transaction < oldest)
        return true;
    next = *at ? strtoull(at + 1, &at, 10) : 0;
    if (transaction >= next)
        return false;
    while (*at && at[1])
        if (strtoull(at + 1, &at, 10) == transaction)
            return false;
    return true;
}

/* After all that the snapshot shows has been told. unsure: what was counted before it was taken. */
static void settle(mc__follow *follow, const char *snapshot, uint64_t unsure)
{
    size_t kept = 0;

    pthread_mutex_lock(&follow->host_lock);
    for (size_t i = 0; i < follow->host_count; i++)
        if (!has_ended(follow->host[i], snapshot))
            follow->host[kept++] = follow->host[i];
    follow->host_count = kept;
    if (follow->host_more < strtoull(snapshot, NULL, 10))
        follow->host_more = 0;
    mc__cache_doubt(follow->cache,
                    kept > 0 || follow->host_more > 0 || atomic_load(&follow->unsure) != unsure);
    pthread_mutex_unlock(&follow->host_lock);
}

static void note_unsure(mc__follow *follow)
{
    pthread_mutex_lock(&follow->host_lock);
    atomic_store(&follow->unsure_until, mc__monotonic_ms() + UNSURE_MS);
    atomic_fetch_add(&follow->unsure, 1);
    mc__cache_clear(follow->cache); /* a pass may already have skipped it as our own */
    mc__cache_doubt(follow->cache, true);
    pthread_mutex_unlock(&follow->host_lock);
}

void mc__follow_wrote(void *data, mc__outcome outcome, uint64_t transaction)
{
    mc__follow *follow = data;

    if (outcome == MC_LEFT_TO_HOST) {
        add_host(follow, transaction);
        return;
    }
    if (outcome == MC_UNSURE)
        note_unsure(follow);
    if (outcome != MC_WRITTEN)
        atomic_store(&follow->has_news, true);
    /* Whoever comes after this was asked reads what is written, or is told by peer_joined(). */
    if (outcome == MC_WRITTEN && atomic_load(&follow->is_alone))
        return;
    if (!atomic_exchange(&follow->has_written, true) || outcome != MC_WRITTEN)
        mc__follow_wake(follow);
}

/* A failure costs nothing but time: the others look by themselves. */
static void wake_others(mc__follow *follow)
{
    mc__problem problem = {0};
    mc_batch(batch);

    if (!atomic_exchange(&follow->has_written, false))
        return;
    mc__add_changes_wake(&batch);
    if (mc__listen_run(follow->listen, &problem, &batch) < 0) {
        atomic_store(&follow->has_written, true);
        follow->open_due = mc__monotonic_ms() + RETRY_MS;
    }
    mc__problem_release(&problem);
    follow->last_wake = mc__monotonic_ms();
}

/* Somebody else is there. They may have missed what was written while nobody seemed to be. */
static void peer_joined(mc__follow *follow)
{
    if (atomic_exchange(&follow->is_alone, false))
        atomic_store(&follow->has_written, true);
}

static int keep_snapshot(mc__follow *follow, const char *snapshot, uint64_t unsure)
{
    settle(follow, snapshot, unsure);
    mc__text_clear(&follow->snapshot);
    follow->snapshot.error = 0;
    mc__text_puts(&follow->snapshot, snapshot);
    /* its first part: all older transactions have ended, and been told */
    atomic_store(&follow->position, strtoll(snapshot, NULL, 10));
    if (!follow->snapshot.error)
        return 0;
    mc__text_clear(&follow->snapshot); /* then from the beginning */
    return MC_ENOMEM;
}

static int begin(mc_app *app, mc__problem *problem)
{
    uint64_t unsure = atomic_load(&app->follow->unsure);
    mc_batch(batch);
    int rc;

    mc__add_changes_snapshot(&batch);
    rc = mc__listen_run(app->follow->listen, problem, &batch);
    if (rc < 0)
        return rc;
    mc__cache_clear(app->cache);
    return keep_snapshot(app->follow,
                         mc__read_changes_snapshot(mc__batch_rows(&batch, 0), 0).snapshot, unsure);
}

/* There is always a row, which may have no change. */
static void invalidate_all(mc_app *app, const PGresult *rows)
{
    int count = PQntuples(rows);

    if (count > MOST_CHANGES || mc__read_changes_since(rows, 0).is_missing) {
        mc__cache_clear(app->cache);
        return;
    }
    for (int row = 0; row < count; row++) {
        mc__change change = mc__read_changes_since(rows, row).change;

        if (!change.site_id)
            continue;
        mc__invalidate(app->cache, &change);
        atomic_fetch_add(&app->follow->told, 1);
    }
}

static void note_peers(mc__follow *follow, bool has_peers, int64_t now)
{
    if (has_peers)
        peer_joined(follow);
    else
        atomic_store(&follow->is_alone, true);
    /* who can't hear that others come looks for them at each pass */
    follow->peers_due = now + (mc__listen_hears(follow->listen) ? PEERS_EVERY_MS : 0);
}

static int go_on(mc_app *app, mc__problem *problem)
{
    mc__follow *follow = app->follow;
    int64_t now = mc__monotonic_ms();
    uint64_t unsure = atomic_load(&follow->unsure);
    bool knows_own = now > atomic_load(&follow->unsure_until), looks = now >= follow->peers_due;
    mc_batch(batch);
    int rc;

    mc__add_changes_since(
        &batch, &(mc__changes_since_in){.snapshot = mc__text_string(&follow->snapshot),
                                        .origin = knows_own ? mc__pool_origin(app->pool) : 0});
    if (looks)
        mc__add_changes_peers(&batch);
    rc = mc__listen_run(follow->listen, problem, &batch);
    if (rc < 0)
        return rc;
    if (looks)
        note_peers(follow, mc__read_changes_peers(mc__batch_rows(&batch, 1), 0).has_peers, now);
    invalidate_all(app, mc__batch_rows(&batch, 0));
    return keep_snapshot(follow, mc__read_changes_since(mc__batch_rows(&batch, 0), 0).snapshot,
                         unsure);
}

/* Trouble is news once: the database being away is told by others. */
static void note(mc_app *app, int rc, const mc__problem *problem)
{
    mc__follow *follow = app->follow;

    if (rc < 0 && !follow->is_failing)
        mc__log_write(&app->log, MC_LOG_DEBUG, "the change feed cannot be followed now: %s",
                      problem->shown.message);
    follow->is_failing = rc < 0;
}

static void pass(mc_app *app)
{
    mc__follow *follow = app->follow;
    mc__problem problem = {0};
    int64_t began = mc__monotonic_ms();
    bool is_woken = atomic_exchange(&follow->has_news, false);
    int rc;

    atomic_fetch_add(&follow->woken, is_woken);
    rc = follow->snapshot.length ? go_on(app, &problem) : begin(app, &problem);
    if (rc == 0) {
        mc__cache_trust(app->cache, began + TRUST_MS);
        atomic_store(&follow->passed_at, began);
        atomic_fetch_add(&follow->passes, 1);
    } else {
        follow->open_due = began + RETRY_MS;
    }
    note(app, rc, &problem);
    mc__problem_release(&problem);
    follow->last_pass = began;
    follow->pass_due = began + (rc < 0                             ? RETRY_MS
                                : mc__listen_hears(follow->listen) ? PASS_EVERY_MS
                                                                   : PASS_EVERY_DEAF_MS);
}

/* A connection that hears but doesn't show it would not be woken. */
static int join(mc__follow *follow, mc__problem *problem)
{
    mc_batch(batch);
    int rc;

    mc__add_changes_join(&batch);
    rc = mc__listen_run(follow->listen, problem, &batch);
    if (rc < 0)
        mc__listen_close(follow->listen);
    return rc;
}

/* Without a cache there is nothing to keep true, and a connection only for telling others. */
static bool open_connection(mc_app *app)
{
    mc__follow *follow = app->follow;
    mc__problem problem = {0};
    bool hears = mc__cache_is_on(app->cache);
    int rc;

    if (mc__listen_is_open(follow->listen))
        return true;
    if (!hears && !atomic_load(&follow->has_written))
        return false;
    rc = mc__listen_open(follow->listen, &problem, hears);
    if (rc == 0 && mc__listen_hears(follow->listen))
        rc = join(follow, &problem);
    note(app, rc, &problem);
    mc__problem_release(&problem);
    if (rc < 0)
        follow->open_due = mc__monotonic_ms() + RETRY_MS;
    else
        follow->pass_due = follow->peers_due = 0; /* what was said meanwhile was not heard */
    return rc == 0;
}

static int64_t at_least_0(int64_t wait)
{
    return wait > 0 ? wait : 0;
}

static int64_t time_to_wait(const mc_app *app)
{
    const mc__follow *follow = app->follow;
    int64_t now = mc__monotonic_ms(), wait = PASS_EVERY_MS;

    if (!mc__listen_is_open(follow->listen) &&
        (mc__cache_is_on(app->cache) || atomic_load(&follow->has_written)))
        return at_least_0(follow->open_due - now);
    if (mc__cache_is_on(app->cache))
        wait = follow->pass_due - now;
    if (atomic_load(&follow->has_news) && follow->last_pass + GATHER_MS - now < wait)
        wait = follow->last_pass + GATHER_MS - now;
    if (atomic_load(&follow->has_written) && follow->last_wake + GATHER_MS - now < wait)
        wait = follow->last_wake + GATHER_MS - now;
    return at_least_0(wait);
}

static void hear(mc_app *app)
{
    mc__heard heard = mc__listen_hear(app->follow->listen);

    if (heard == MC_HEARD_EVERYTHING)
        mc__cache_clear(app->cache);
    if (heard == MC_HEARD_NOTHING)
        return;
    atomic_store(&app->follow->has_news, true);
    peer_joined(app->follow);
}

static void step(mc_app *app)
{
    mc__follow *follow = app->follow;
    int64_t now = mc__monotonic_ms();

    hear(app);
    if ((!mc__listen_is_open(follow->listen) && now < follow->open_due) || !open_connection(app))
        return;
    if (now >= follow->last_wake + GATHER_MS)
        wake_others(follow);
    if (mc__cache_is_on(app->cache) && mc__listen_is_open(follow->listen) &&
        (now >= follow->pass_due ||
         (atomic_load(&follow->has_news) && now >= follow->last_pass + GATHER_MS)))
        pass(app);
    hear(app); /* what came with an answer is not in the socket any more, which would wake us */
}

int64_t mc__follow_step(mc_app *app)
{
    mc__follow *follow = app->follow;
    int64_t wait;

    if (pthread_mutex_trylock(&follow->lock) != 0)
        return GATHER_MS; /* another thread is at it */
    step(app);
    wait = time_to_wait(app);
    pthread_mutex_unlock(&follow->lock);
    return wait;
}

void mc__follow_count(const mc_app *app, mc__follow_stats *out)
{
    const mc__follow *follow = app->follow;
    int64_t passed_at = atomic_load(&follow->passed_at);

    out->passes = (int64_t)atomic_load(&follow->passes);
    out->woken = (int64_t)atomic_load(&follow->woken);
    out->told = (int64_t)atomic_load(&follow->told);
    out->position = atomic_load(&follow->position);
    out->age_ms = passed_at ? mc__monotonic_ms() - passed_at : -1;
}

void mc__follow_finish(mc__follow *follow)
{
    mc__problem problem = {0};

    if (atomic_load(&follow->has_written) && mc__listen_open(follow->listen, &problem, false) == 0)
        wake_others(follow);
    mc__problem_release(&problem);
}
