/*
 * Time zones. PostgreSQL takes more for a zone than there are zones: abbreviations, rules of POSIX,
 * any case. Its list of names has them as the IANA spells them, but reading it opens a thousand
 * files. So each app reads the list once and keeps it.
 *
 * An event keeps the clock at its place and its zone. When the rules of the zone change, its
 * instant must follow: a background step goes through all events. PostgreSQL reads the rules of a
 * zone once for each connection, so new ones are seen by a process that starts after they have
 * come.
 */
#include "zones.h"

#include "../base/call.h"
#include "record/record.h"
#include "statements.h"

#include <pthread.h>

/* One pass over all events at the start, and one a day. */
#define EVERY_MS ((int64_t)24 * 60 * 60 * 1000)
#define AGAIN_MS 60000 /* after a failure */
/* Some 40 ms of a step, most of it for the list of zones, and the pause behind it. */
#define EVENTS_AT_ONCE 2000
#define PAUSE_MS 200
#define WAIT_MS 100 /* for a connection */

struct mc__zones {
    pthread_mutex_t lock;
    mc__arena arena;
    const char **names; /* sorted by strcmp(); NULL until they are read */
    size_t count;
    /* of the pass over all events */
    int64_t due, last_site, last_item;
    bool is_passing;
};

int mc__zones_new(mc__zones **out)
{
    mc__zones *zones = mc__calloc(1, sizeof(*zones));

    if (!zones)
        return MC_ENOMEM;
    if (pthread_mutex_init(&zones->lock, NULL) != 0) {
        mc__free(zones);
        return MC_ESYSTEM;
    }
    *out = zones;
    return 0;
}

void mc__zones_free(mc__zones *zones)
{
    if (!zones)
        return;
    pthread_mutex_destroy(&zones->lock);
    mc__arena_release(&zones->arena);
    mc__free(zones);
}

static int compare(const void *a, const void *b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

/* Another thread may have been faster. */
static void keep(mc__zones *zones, const PGresult *rows)
{
    size_t count = (size_t)PQntuples(rows);

    if (zones->names)
        return;
    zones->names = mc__arena_alloc(&zones->arena, (count + 1) * sizeof(*zones->names));
    for (size_t i = 0; zones->names && i < count; i++)
        zones->names[i] = mc__arena_strdup(&zones->arena, mc__read_items_zones(rows, (int)i).name);
    zones->count = count;
    if (zones->arena.failed) {
        mc__arena_release(&zones->arena);
        zones->names = NULL;
        return;
    }
    qsort(zones->names, count, sizeof(*zones->names), compare);
}

static int read_names(mc_session *session)
{
    mc__zones *zones = session->app->zones;
    mc_batch(batch);
    bool is_kept;
    int rc;

    mc__add_items_zones(&batch);
    rc = mc__run(session, &batch);
    if (rc < 0)
        return rc;
    pthread_mutex_lock(&zones->lock);
    keep(zones, mc__batch_rows(&batch, 0));
    is_kept = zones->names;
    pthread_mutex_unlock(&zones->lock);
    return is_kept ? 0 : mc__out_of_memory(session);
}

int mc__zone_find(bool *found, mc_session *session, const char *name)
{
    mc__zones *zones = session->app->zones;
    bool is_read;
    int rc;

    pthread_mutex_lock(&zones->lock);
    is_read = zones->names;
    pthread_mutex_unlock(&zones->lock);
    if (!is_read) {
        rc = read_names(session);
        if (rc < 0)
            return rc;
    }
    /* once read, they stay as they are */
    *found = bsearch(&name, zones->names, zones->count, sizeof(*zones->names), compare);
    return 0;
}

/* Goes on by some events. *is_done: there are no more. */
static int follow_some(mc_app *app, int64_t *site, int64_t *item, bool *is_done)
{
    mc__problem problem = {0};
    mc__db db = {.pool = app->pool, .problem = &problem, .site_id = 0, .wait_ms = WAIT_MS};
    mc_batch(batch);
    int rc;

    mc__add_event_times_follow_zones(
        &batch, &(mc__event_times_follow_zones_in){*site, *item, EVENTS_AT_ONCE});
    rc = mc__db_run(&db, &batch, MC_WRITE);
    mc__problem_release(&problem);
    if (rc < 0)
        return rc;
    *is_done = true;
    for (int i = 0; i < PQntuples(mc__batch_rows(&batch, 0)); i++) {
        mc__event_times_follow_zones_row row =
            mc__read_event_times_follow_zones(mc__batch_rows(&batch, 0), i);

        *is_done = false;
        *site = row.last_site;
        *item = row.last_item;
        mc__invalidate(app->cache, &row.change);
    }
    return 0;
}

static bool begin_pass(mc__zones *zones, int64_t now, int64_t *site, int64_t *item)
{
    bool is_mine;

    pthread_mutex_lock(&zones->lock);
    is_mine = !zones->is_passing && now >= zones->due;
    zones->is_passing = zones->is_passing || is_mine;
    *site = zones->last_site;
    *item = zones->last_item;
    pthread_mutex_unlock(&zones->lock);
    return is_mine;
}

static void end_pass(mc__zones *zones, int64_t wait_ms, int64_t site, int64_t item)
{
    pthread_mutex_lock(&zones->lock);
    zones->is_passing = false;
    zones->last_site = site;
    zones->last_item = item;
    zones->due = mc__monotonic_ms() + wait_ms;
    pthread_mutex_unlock(&zones->lock);
}

int64_t mc__zones_step(mc_app *app)
{
    mc__zones *zones = app->zones;
    int64_t now = mc__monotonic_ms(), site, item, wait;
    bool is_done = false;

    if (begin_pass(zones, now, &site, &item)) {
        int rc = follow_some(app, &site, &item, &is_done);

        if (is_done)
            site = item = 0;
        end_pass(zones, rc < 0 ? AGAIN_MS : is_done ? EVERY_MS : PAUSE_MS, site, item);
    }
    pthread_mutex_lock(&zones->lock);
    wait = zones->is_passing ? PAUSE_MS : zones->due - now;
    pthread_mutex_unlock(&zones->lock);
    return wait > 0 ? wait : 0;
}
