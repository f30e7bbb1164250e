/*
 * Read marks, view counts and last-active times on their way to the database. They are gathered in
 * memory and written together, marks within about a second and the rest within a minute, so that
 * reading a page costs no write of its own. What is still here is lost when the process is killed.
 */
#include "domain.h"

#define MARKS_EVERY_MS 1000
#define COUNTS_EVERY_MS 60000
/* Nobody calls mc_app_step(): then whoever adds something writes it. */
#define LATE_MS 5000
#define MOST_PENDING ((size_t)100000)

typedef struct tally_key {
    int64_t site_id, profile_id, item_type, item_id;
} tally_key;

typedef struct tally_entry {
    tally_key key;
    int64_t value; /* 0: free */
} tally_entry;

/* A hash table with open addressing; entries are only removed by writing them. */
typedef struct tally {
    tally_entry *entries;
    size_t count, capacity;
} tally;

struct mc__marks {
    pthread_mutex_t lock;
    tally reads;  /* newest time in microseconds */
    tally recent; /* reads written last: somebody may have asked the database just before */
    tally views;  /* number of views */
    tally active; /* newest time in microseconds */
    int64_t reads_due, counts_due; /* monotonic milliseconds */
    bool flushing;
};

int mc__marks_new(mc__marks **out)
{
    mc__marks *marks = mc__calloc(1, sizeof(*marks));

    if (!marks)
        return MC_ENOMEM;
    if (pthread_mutex_init(&marks->lock, NULL) != 0) {
        mc__free(marks);
        return MC_ESYSTEM;
    }
    marks->reads_due = mc__monotonic_ms() + MARKS_EVERY_MS;
    marks->counts_due = mc__monotonic_ms() + COUNTS_EVERY_MS;
    *out = marks;
    return 0;
}

void mc__marks_free(mc__marks *marks)
{
    if (!marks)
        return;
    mc__free(marks->reads.entries);
    mc__free(marks->recent.entries);
    mc__free(marks->views.entries);
    mc__free(marks->active.entries);
    pthread_mutex_destroy(&marks->lock);
    mc__free(marks);
}

/* ---- the table
 * ------------------------------------------------------------------------------------ */

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

/* Losing a mark when memory runs out is better than failing the page that was read. */
static tally_entry *find_or_add(tally *t, const tally_key *key)
{
    tally_entry *entry;

    if (t->count * 4 >= t->capacity * 3 && (t->count >= MOST_PENDING || !grow(t)))
        return NULL;
    entry = look_up(t, key);
    if (!entry->value) {
        entry->key = *key;
        t->count++;
    }
    return entry;
}

/* ---- writing
 * ----------------------------------------------------------------------------------------- */

static int compare_entries(const void *a, const void *b)
{
    return memcmp(a, b,
                  sizeof(tally_key)); /* any order will do, as long as all processes use the same */
}

/* A sorted copy; NULL if there is nothing or no memory. */
static tally_entry *copy_of(mc__marks *marks, const tally *t, size_t *count)
{
    tally_entry *copy = NULL;
    size_t n = 0;

    pthread_mutex_lock(&marks->lock);
    if (t->count)
        copy = mc__malloc(t->count * sizeof(*copy));
    for (size_t i = 0; copy && i < t->capacity; i++)
        if (t->entries[i].value)
            copy[n++] = t->entries[i];
    pthread_mutex_unlock(&marks->lock);
    *count = n;
    if (copy)
        qsort(copy, n, sizeof(*copy), compare_entries);
    return copy;
}

/* What is left of an entry after the written ones; 0 if nothing. */
static int64_t rest_of(const tally_entry *entry, const tally_entry *written, size_t count,
                       bool is_sum)
{
    const tally_entry *done = bsearch(entry, written, count, sizeof(*written), compare_entries);

    if (!done)
        return entry->value;
    if (is_sum)
        return entry->value - done->value;
    return entry->value == done->value ? 0 : entry->value;
}

/* Takes out what was written; what has moved on meanwhile stays. The table is built anew, since
 * taking single entries out of it would hide those that were pushed behind them. */
static void settle(mc__marks *marks, tally *t, const tally_entry *written, size_t count,
                   bool is_sum)
{
    tally kept = {0}, recent = {0};

    pthread_mutex_lock(&marks->lock);
    for (size_t i = 0; i < t->capacity; i++) {
        int64_t value = t->entries[i].value ? rest_of(&t->entries[i], written, count, is_sum) : 0;
        tally_entry *entry = value ? find_or_add(&kept, &t->entries[i].key) : NULL;

        if (entry)
            entry->value = value;
    }
    mc__free(t->entries);
    *t = kept;
    if (t == &marks->reads) {
        for (size_t i = 0; i < count; i++) {
            tally_entry *entry = find_or_add(&recent, &written[i].key);

            if (entry)
                entry->value = written[i].value;
        }
        mc__free(marks->recent.entries);
        marks->recent = recent;
    }
    pthread_mutex_unlock(&marks->lock);
}

static void add_columns(mc__batch *batch, const tally_entry *entries, size_t count)
{
    int64_t *column = mc__arena_alloc(&batch->arena, (count + 1) * sizeof(*column));

    if (!column)
        return;
    for (size_t c = 0; c < 4; c++) {
        for (size_t i = 0; i < count; i++)
            column[i] = ((const int64_t *)&entries[i].key)[c];
        mc__add_ints(batch, column, count);
    }
    for (size_t i = 0; i < count; i++)
        column[i] = entries[i].value;
    mc__add_ints(batch, column, count);
}

static void write_out(mc_app *app, tally *t, mc__query query, bool is_sum)
{
    mc__problem problem = {0};
    /* little patience: while all connections are in use, other background work must go on */
    mc__db db = {.pool = app->pool, .problem = &problem, .site_id = 0, .wait_ms = 100};
    size_t count = 0;
    tally_entry *entries = copy_of(app->marks, t, &count);
    mc_batch(batch);

    if (entries) {
        mc__batch_add(&batch, query);
        add_columns(&batch, entries, count);
        if (mc__db_run(&db, &batch, MC_WRITE_QUIETLY) == 0)
            settle(app->marks, t, entries, count, is_sum);
        else
            mc__log_write(&app->log, MC_LOG_WARNING, "read marks and counts wait: %s",
                          problem.shown.message);
    }
    mc__free(entries);
    mc__problem_release(&problem);
}

static bool take_turn(mc__marks *marks)
{
    bool mine;

    pthread_mutex_lock(&marks->lock);
    mine = !marks->flushing;
    marks->flushing = true;
    pthread_mutex_unlock(&marks->lock);
    return mine;
}

static void end_turn(mc__marks *marks, bool reads, bool counts)
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
    if (!take_turn(app->marks))
        return;
    if (reads)
        write_out(app, &app->marks->reads, MC_Q_MARKS_WRITE_READS, false);
    if (counts) {
        write_out(app, &app->marks->views, MC_Q_MARKS_WRITE_VIEWS, true);
        write_out(app, &app->marks->active, MC_Q_MARKS_WRITE_ACTIVE, false);
    }
    end_turn(app->marks, reads, counts);
}

void mc__marks_flush(mc_app *app)
{
    flush(app, true, true);
}

int64_t mc__marks_step(mc_app *app)
{
    int64_t now = mc__monotonic_ms(), reads_due, counts_due, next;

    pthread_mutex_lock(&app->marks->lock);
    reads_due = app->marks->reads_due;
    counts_due = app->marks->counts_due;
    pthread_mutex_unlock(&app->marks->lock);
    if (now >= reads_due || now >= counts_due)
        flush(app, now >= reads_due, now >= counts_due);
    next = (reads_due > now ? reads_due : now + MARKS_EVERY_MS) - now;
    return next;
}

/* ---- gathering
 * ------------------------------------------------------------------------------------------- */

static void add(mc_session *session, tally *t, const tally_key *key, int64_t value, bool is_sum)
{
    mc__marks *marks = session->app->marks;
    tally_entry *entry;
    bool late;

    pthread_mutex_lock(&marks->lock);
    entry = find_or_add(t, key);
    if (entry && is_sum)
        entry->value += value;
    else if (entry && entry->value < value)
        entry->value = value;
    late = !marks->flushing && mc__monotonic_ms() > marks->reads_due + LATE_MS;
    pthread_mutex_unlock(&marks->lock);
    if (late)
        mc__marks_flush(session->app);
}

void mc__mark_read(mc_session *session, mc_item_type item_type, int64_t item_id, mc_time up_to)
{
    tally_key key = {session->site.id, session->viewer.profile_id, item_type, item_id};

    if (session->viewer.profile_id && up_to.us != MC_TIME_NONE && up_to.us > 0)
        add(session, &session->app->marks->reads, &key, up_to.us, false);
}

void mc__count_view(mc_session *session, int64_t item_id)
{
    tally_key key = {session->site.id, 0, 0, item_id};

    add(session, &session->app->marks->views, &key, 1, true);
}

void mc__note_active(mc_session *session)
{
    tally_key key = {session->site.id, session->profile_id, 0, 0};
    int64_t now = mc__now().us;

    if (session->viewer.last_active.us == MC_TIME_NONE ||
        now - session->viewer.last_active.us >= (int64_t)60 * 1000000)
        add(session, &session->app->marks->active, &key, now, false);
}

static int64_t value_of(const tally *t, const tally_key *key)
{
    const tally_entry *entry = look_up(t, key);

    return entry ? entry->value : 0;
}

static int64_t pending_read(mc__marks *marks, const tally_key *key)
{
    int64_t waiting, written;

    pthread_mutex_lock(&marks->lock);
    waiting = value_of(&marks->reads, key);
    written = value_of(&marks->recent, key);
    pthread_mutex_unlock(&marks->lock);
    return waiting > written ? waiting : written;
}

mc_time mc__pending_mark(mc_session *session, mc_item_type item_type, int64_t item_id)
{
    tally_key key = {session->site.id, session->viewer.profile_id, item_type, item_id};
    int64_t value = pending_read(session->app->marks, &key);

    return (mc_time){value ? value : MC_TIME_NONE};
}

int64_t mc__pending_views(mc_session *session, int64_t item_id)
{
    tally_key key = {session->site.id, 0, 0, item_id};

    mc__marks *marks = session->app->marks;
    int64_t value;

    pthread_mutex_lock(&marks->lock);
    value = value_of(&marks->views, &key);
    pthread_mutex_unlock(&marks->lock);
    return value;
}
