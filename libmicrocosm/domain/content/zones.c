/*
 * Time zones. PostgreSQL takes more for a zone than there are zones: abbreviations, rules of POSIX,
 * any case. Its list of names has them as the IANA spells them, but reading it opens a thousand
 * files. So each app reads the list once and keeps it.
 *
 * An event keeps the clock at its place and its zone. When the rules of the zone change, its
 * instant must follow: a job goes through all events. PostgreSQL reads the rules of a
 * zone once for each connection, so new ones are seen by a process that starts after they have
 * come.
 */
#include "zones.h"

#include "../base/call.h"
#include "record/record.h"
#include "statements.h"

#include <pthread.h>

/* Some 40 ms of a job's part, most of it for the list of zones. */
#define EVENTS_AT_ONCE 2000

struct mc__zones {
    pthread_mutex_t lock;
    mc__arena arena;
    const char **names; /* sorted by strcmp(); NULL until they are read */
    size_t count;
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

int mc__zones_follow(mc__job_part *part)
{
    mc__db db = {.pool = part->app->pool, .problem = part->problem, .site_id = 0};
    mc_batch(batch);
    const PGresult *rows;
    int rc;

    mc__add_event_times_follow_zones(
        &batch, &(mc__event_times_follow_zones_in){part->place[0], part->place[1], EVENTS_AT_ONCE});
    rc = mc__db_run(&db, &batch, MC_WRITE);
    if (rc < 0)
        return rc;
    rows = mc__batch_rows(&batch, 0);
    part->is_done = PQntuples(rows) == 0;
    for (int i = 0; i < PQntuples(rows); i++) {
        mc__event_times_follow_zones_row row = mc__read_event_times_follow_zones(rows, i);

        part->place[0] = row.last_site;
        part->place[1] = row.last_item;
        mc__invalidate(part->app->cache, &row.change);
    }
    return 0;
}
