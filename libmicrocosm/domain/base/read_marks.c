/*
 * Buffers read marks, view counts, hits of short links, and when people were active and tokens
 * used, in memory, and writes them together, marks within about a second and the rest within a
 * minute, so that reading a page causes no write of its own. A process that is killed loses what it
 * has buffered.
 */
#include "read_marks.h"

#include "call.h"
#include "kinds.h"
#include "record/record.h"
#include "statements.h"

#include <pthread.h>

#define MARKS_EVERY_MS 1000
#define COUNTS_EVERY_MS 60000
/* When this much time has passed, mc_app_step() isn't called, and the thread that adds an entry
 * flushes. */
#define LATE_MS 5000
#define MOST_PENDING ((size_t)100000)
/* Rows written by one statement. Other writers of these rows wait meanwhile: some 10 ms. */
#define ROWS_AT_ONCE ((size_t)250)

typedef struct tally_key {
    int64_t site_id, profile_id, item_type, item_id;
} tally_key;

typedef struct tally_entry {
    tally_key key;
    int64_t value; /* 0: free */
} tally_entry;

/* A hash table with open addressing. Entries are never removed. */
typedef struct tally {
    tally_entry *entries;
    size_t count, capacity;
} tally;

/* The rows to write, column by column. */
typedef struct columns {
    mc_int64s site_ids, profile_ids, item_types, item_ids, values;
} columns;

/*
 * Every thread that reads a page takes the lock, so a flush holds it only to swap two tables. The
 * leaving table is immutable; readers still search it.
 */
typedef struct gathered {
    tally waiting; /* receives new entries */
    tally leaving; /* is being written, or was written last */
    size_t (*add)(mc__batch *batch, const columns *written);
    bool is_sum; /* values of a key are added; else the newest replaces older ones */
} gathered;

static size_t add_reads(mc__batch *batch, const columns *c)
{
    return mc__add_read_marks_write_reads(
        batch, &(mc__read_marks_write_reads_in){c->site_ids, c->profile_ids, c->item_types,
                                                c->item_ids, .times = c->values});
}

static size_t add_views(mc__batch *batch, const columns *c)
{
    return mc__add_read_marks_write_views(
        batch, &(mc__read_marks_write_views_in){c->site_ids, c->item_ids, .counts = c->values});
}

/* Times of the monotonic clock become ages. */
static void make_ages(const columns *c)
{
    int64_t *since = (int64_t *)c->values.items, now = mc__monotonic_ms() * 1000;

    for (size_t i = 0; i < c->values.count; i++)
        since[i] = now - since[i];
}

static size_t add_active(mc__batch *batch, const columns *c)
{
    make_ages(c);
    return mc__add_read_marks_write_active(
        batch, &(mc__read_marks_write_active_in){c->site_ids, c->profile_ids, .ages = c->values});
}

static size_t add_used(mc__batch *batch, const columns *c)
{
    make_ages(c);
    return mc__add_read_marks_write_used(
        batch, &(mc__read_marks_write_used_in){c->item_ids, .ages = c->values});
}

static size_t add_hits(mc__batch *batch, const columns *c)
{
    return mc__add_read_marks_write_hits(
        batch, &(mc__read_marks_write_hits_in){c->item_ids, .counts = c->values});
}

struct mc__read_marks {
    pthread_mutex_t lock;
    gathered reads;                /* newest time in microseconds */
    gathered views;                /* number of views */
    gathered hits;                 /* of short links */
    gathered active;               /* newest time in microseconds of the monotonic clock */
    gathered used;                 /* the same, of tokens */
    int64_t reads_due, counts_due; /* monotonic milliseconds */
    bool flushing;
};

int mc__read_marks_new(mc__read_marks **out)
{
    mc__read_marks *marks = mc__calloc(1, sizeof(*marks));

    if (!marks)
        return MC_ENOMEM;
    if (pthread_mutex_init(&marks->lock, NULL) != 0) {
        mc__free(marks);
        return MC_ESYSTEM;
    }
    marks->reads.add = add_reads;
    marks->views.add = add_views;
    marks->views.is_sum = true;
    marks->hits.add = add_hits;
    marks->hits.is_sum = true;
    marks->active.add = add_active;
    marks->used.add = add_used;
    marks->reads_due = mc__monotonic_ms() + MARKS_EVERY_MS;
    marks->counts_due = mc__monotonic_ms() + COUNTS_EVERY_MS;
    *out = marks;
    return 0;
}

static void release(gathered *g)
{
    mc__free(g->waiting.entries);
    mc__free(g->leaving.entries);
}

void mc__read_marks_free(mc__read_marks *marks)
{
    if (!marks)
        return;
    release(&marks->reads);
    release(&marks->views);
    release(&marks->hits);
    release(&marks->active);
    release(&marks->used);
    pthread_mutex_destroy(&marks->lock);
    mc__free(marks);
}

static size_t hash(const tally_key *key)
{
    uint64_t h = (uint64_t)key->item_id * 0x9E3779B97F4A7C15u;

    h ^= (uint64_t)key->profile_id * 0xC2B2AE3D27D4EB4Fu + (uint64_t)key->item_type;
    h ^= (uint64_t)key->site_id * 0x165667B19E3779F9u;
    return (size_t)(h ^ (h >> 29));
}

static tally_entry *look_up(const tally *t, const tally_key *key)
{
    if (!t->capacity)
        return NULL;
    for (size_t i = hash(key);; i++) {
        tally_entry *entry = &t->entries[i & (t->capacity - 1)];

        if (!entry->value || memcmp(&entry->key, key, sizeof(*key)) == 0)
            return entry;
    }
}

static bool grow(tally *t)
{
    tally bigger = {.capacity = t->capacity ? t->capacity * 2 : 64};

    bigger.entries = mc__calloc(bigger.capacity, sizeof(*bigger.entries));
    if (!bigger.entries)
        return false;
    for (size_t i = 0; i < t->capacity; i++)
        if (t->entries[i].value) {
            *look_up(&bigger, &t->entries[i].key) = t->entries[i];
            bigger.count++;
        }
    mc__free(t->entries);
    *t = bigger;
    return true;
}

/* NULL when out of memory: losing a mark is better than failing the page that was read. */
static tally_entry *find_or_add(tally *t, const tally_key *key)
{
    tally_entry *entry = look_up(t, key);

    if (entry && entry->value)
        return entry;
    if (t->count >= MOST_PENDING || (t->count * 4 >= t->capacity * 3 && !grow(t)))
        return NULL;
    entry = look_up(t, key);
    entry->key = *key;
    t->count++;
    return entry;
}

static void note(gathered *g, const tally_key *key, int64_t value)
{
    tally_entry *entry = find_or_add(&g->waiting, key);

    if (!entry)
        return;
    if (g->is_sum)
        entry->value += value;
    else if (entry->value < value)
        entry->value = value;
}

static int compare_entries(const void *a, const void *b)
{
    return memcmp(a, b,
                  sizeof(tally_key)); /* any order will do, as long as all processes use the same */
}

/* Moves the waiting entries to leaving; new ones go to an empty table. */
static void take(mc__read_marks *marks, gathered *g)
{
    tally old;

    pthread_mutex_lock(&marks->lock);
    old = g->leaving;
    g->leaving = g->waiting;
    g->waiting = (tally){0};
    pthread_mutex_unlock(&marks->lock);
    mc__free(old.entries);
}

/* Drops written counts. Written marks stay: a reader's query may have been older than the write. */
static void forget(mc__read_marks *marks, gathered *g)
{
    tally old = {0};

    pthread_mutex_lock(&marks->lock);
    if (g->is_sum) {
        old = g->leaving;
        g->leaving = (tally){0};
    }
    pthread_mutex_unlock(&marks->lock);
    mc__free(old.entries);
}

static void give_back(mc__read_marks *marks, gathered *g, const tally_entry *entry)
{
    pthread_mutex_lock(&marks->lock);
    note(g, &entry->key, entry->value);
    pthread_mutex_unlock(&marks->lock);
}

/* A sorted copy of the entries; NULL if there are none or memory has run out. */
static tally_entry *sorted(const tally *t)
{
    tally_entry *copy = t->count ? mc__malloc(t->count * sizeof(*copy)) : NULL;
    size_t n = 0;

    for (size_t i = 0; copy && i < t->capacity; i++)
        if (t->entries[i].value)
            copy[n++] = t->entries[i];
    if (copy)
        qsort(copy, n, sizeof(*copy), compare_entries);
    return copy;
}

/* NULL: out of memory, and the arena has failed. */
static columns *make_columns(mc__arena *arena, const tally_entry *entries, size_t count)
{
    columns *made = mc__arena_alloc(arena, sizeof(*made));
    int64_t *all = mc__arena_alloc(arena, (count + 1) * 5 * sizeof(*all));

    if (!made || !all)
        return NULL;
    *made = (columns){{all, count},
                      {all + count, count},
                      {all + 2 * count, count},
                      {all + 3 * count, count},
                      {all + 4 * count, count}};
    for (size_t i = 0; i < count; i++) {
        all[i] = entries[i].key.site_id;
        all[count + i] = entries[i].key.profile_id;
        all[2 * count + i] = entries[i].key.item_type;
        all[3 * count + i] = entries[i].key.item_id;
        all[4 * count + i] = entries[i].value;
    }
    return made;
}

/* Writes rows in one short transaction. It skips rows that another transaction has locked and adds
 * them to the buffer again. */
static int write_some(mc__read_marks *marks, mc__db *db, gathered *g, const tally_entry *entries,
                      size_t count)
{
    const PGresult *held;
    mc_batch(batch);
    columns *written = make_columns(&batch.arena, entries, count);
    size_t write;
    int rc;

    if (!written)
        return MC_ENOMEM;
    mc__add_read_marks_relax(&batch);
    write = g->add(&batch, written);
    rc = mc__db_run(db, &batch, MC_WRITE_QUIETLY);
    if (rc < 0)
        return rc;
    held = mc__batch_rows(&batch, write);
    for (int row = 0; row < PQntuples(held); row++)
        give_back(marks, g, &entries[mc__read_read_marks_write_views(held, row).n - 1]);
    return 0;
}

static void write_out(mc_app *app, gathered *g)
{
    mc__problem problem = {0};
    /* a short wait: while all connections are in use, other background work must not be delayed */
    mc__db db = {.pool = app->pool, .problem = &problem, .site_id = 0, .wait_ms = 100};
    tally_entry *entries;
    size_t count, done = 0;
    int rc = 0;

    take(app->read_marks, g);
    count = g->leaving.count;
    entries = sorted(&g->leaving);
    while (entries && rc == 0 && done < count) {
        size_t some = count - done < ROWS_AT_ONCE ? count - done : ROWS_AT_ONCE;

        rc = write_some(app->read_marks, &db, g, entries + done, some);
        if (rc == 0)
            done += some;
    }
    for (; entries && done < count; done++)
        give_back(app->read_marks, g, &entries[done]);
    forget(app->read_marks, g);
    if (rc < 0)
        mc__log_write(&app->log, rc == MC_EBUSY ? MC_LOG_DEBUG : MC_LOG_WARNING,
                      "read marks and counts wait: %s", problem.shown.message);
    mc__free(entries);
    mc__problem_release(&problem);
}

static bool try_begin(mc__read_marks *marks)
{
    bool mine;

    pthread_mutex_lock(&marks->lock);
    mine = !marks->flushing;
    marks->flushing = true;
    pthread_mutex_unlock(&marks->lock);
    return mine;
}

static void end(mc__read_marks *marks, bool reads, bool counts)
{
    int64_t now = mc__monotonic_ms();

    pthread_mutex_lock(&marks->lock);
    marks->flushing = false;
    if (reads)
        marks->reads_due = now + MARKS_EVERY_MS;
    if (counts)
        marks->counts_due = now + COUNTS_EVERY_MS;
    pthread_mutex_unlock(&marks->lock);
}

static void flush(mc_app *app, bool reads, bool counts)
{
    if (!try_begin(app->read_marks))
        return;
    if (reads)
        write_out(app, &app->read_marks->reads);
    if (counts) {
        write_out(app, &app->read_marks->views);
        write_out(app, &app->read_marks->hits);
        write_out(app, &app->read_marks->active);
        write_out(app, &app->read_marks->used);
    }
    end(app->read_marks, reads, counts);
}

void mc__read_marks_flush(mc_app *app)
{
    flush(app, true, true);
}

int64_t mc__read_marks_step(mc_app *app)
{
    int64_t now = mc__monotonic_ms(), reads_due, counts_due, next;

    pthread_mutex_lock(&app->read_marks->lock);
    reads_due = app->read_marks->reads_due;
    counts_due = app->read_marks->counts_due;
    pthread_mutex_unlock(&app->read_marks->lock);
    if (now >= reads_due || now >= counts_due)
        flush(app, now >= reads_due, now >= counts_due);
    next = (reads_due > now ? reads_due : now + MARKS_EVERY_MS) - now;
    return next;
}

static void add(mc_session *session, gathered *g, const tally_key *key, int64_t value)
{
    mc__read_marks *marks = session->app->read_marks;
    bool late;

    pthread_mutex_lock(&marks->lock);
    note(g, key, value);
    late = !marks->flushing && mc__monotonic_ms() > marks->reads_due + LATE_MS;
    pthread_mutex_unlock(&marks->lock);
    if (late)
        mc__read_marks_flush(session->app);
}

void mc__mark_read(mc_session *session, mc_item_type item_type, int64_t item_id, mc_time up_to)
{
    tally_key key = {session->site.id, session->profile_id, item_type, item_id};

    if (session->profile_id && session->limits.scope != MC_SCOPE_READ && up_to.us != MC_TIME_NONE &&
        up_to.us > 0)
        add(session, &session->app->read_marks->reads, &key, up_to.us);
}

void mc__count_view(mc_session *session, int64_t item_id)
{
    tally_key key = {session->site.id, 0, 0, item_id};

    add(session, &session->app->read_marks->views, &key, 1);
}

void mc__count_hit(mc_session *session, int64_t link_id)
{
    tally_key key = {0, 0, 0, link_id};

    add(session, &session->app->read_marks->hits, &key, 1);
}

void mc__note_active(mc_session *session)
{
    tally_key key = {session->site.id, session->profile_id, 0, 0};

    add(session, &session->app->read_marks->active, &key, mc__monotonic_ms() * 1000);
}

void mc__note_used(mc_session *session, int64_t token_id)
{
    tally_key key = {0, 0, 0, token_id};

    add(session, &session->app->read_marks->used, &key, mc__monotonic_ms() * 1000);
}

/* A trip before that of the marks: what ends in between can be seen by these. */
int mc__settled(mc_time *settled, mc_session *session)
{
    mc_batch(batch);
    size_t asked;
    int rc;

    mc__add_read_marks_look_anew(&batch);
    asked = mc__add_read_marks_settled(&batch);
    rc = mc__run(session, &batch);
    if (rc == 0)
        *settled = mc__read_read_marks_settled(mc__batch_rows(&batch, asked), 0).settled;
    return rc;
}

static int64_t value_of(const tally *t, const tally_key *key)
{
    const tally_entry *entry = look_up(t, key);

    return entry ? entry->value : 0;
}

static int64_t pending_read(mc__read_marks *marks, const tally_key *key)
{
    int64_t waiting, written;

    pthread_mutex_lock(&marks->lock);
    waiting = value_of(&marks->reads.waiting, key);
    written = value_of(&marks->reads.leaving, key);
    pthread_mutex_unlock(&marks->lock);
    return waiting > written ? waiting : written;
}

mc_time mc__pending_read_mark(mc_session *session, mc_item_type item_type, int64_t item_id)
{
    tally_key key = {session->site.id, session->profile_id, item_type, item_id};
    int64_t value = pending_read(session->app->read_marks, &key);

    return (mc_time){value ? value : MC_TIME_NONE};
}

static size_t count_of(const gathered *g)
{
    return g->waiting.count + g->leaving.count;
}

static void collect(int64_t *ids, int64_t *times, size_t *count, const tally *t,
                    const mc_session *session)
{
    for (size_t i = 0; i < t->capacity; i++) {
        const tally_entry *entry = &t->entries[i];

        if (!entry->value || entry->key.profile_id != session->profile_id ||
            entry->key.site_id != session->site.id ||
            !mc__kind_can((mc_item_type)entry->key.item_type, MC_IS_ITEM))
            continue;
        ids[*count] = entry->key.item_id;
        times[(*count)++] = entry->value;
    }
}

int mc__pending_item_marks(mc_int64s *ids, mc_int64s *times, mc_session *session)
{
    mc__read_marks *marks = session->app->read_marks;
    const gathered *reads = &marks->reads;
    int64_t *both;
    size_t count = 0, most;

    pthread_mutex_lock(&marks->lock);
    most = count_of(reads);
    both = mc__arena_alloc(&session->scratch, (most + 1) * 2 * sizeof(*both));
    if (both) {
        collect(both, both + most, &count, &reads->waiting, session);
        collect(both, both + most, &count, &reads->leaving, session);
    }
    pthread_mutex_unlock(&marks->lock);
    if (!both)
        return mc__out_of_memory(session);
    *ids = (mc_int64s){both, count};
    *times = (mc_int64s){both + most, count};
    return 0;
}

int64_t mc__pending_views(mc_session *session, int64_t item_id)
{
    tally_key key = {session->site.id, 0, 0, item_id};

    mc__read_marks *marks = session->app->read_marks;
    int64_t value;

    pthread_mutex_lock(&marks->lock);
    value = value_of(&marks->views.waiting, &key) + value_of(&marks->views.leaving, &key);
    pthread_mutex_unlock(&marks->lock);
    return value;
}
