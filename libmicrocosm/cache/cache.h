/*
 * What was read before, kept in memory for whoever asks next: bounded, shared by threads, made of
 * entries that never change. Knows nothing of forums; what an entry holds is its maker's business.
 *
 * Nothing is ever taken out because something changed. Instead there is a clock that moves with
 * every change, and for each subject (a thing, or one side of it) the time of its last change. An
 * entry remembers what time it was before its maker read the database, and which subjects it tells
 * of: it is good as long as none of them has changed since. So a change costs two stores whatever
 * is kept, and an entry made from what was read just before a change is worthless at once, even if
 * it is kept after it. Subjects share a large but fixed number of places; two in one place cost an
 * entry now and then, never the truth.
 */
#ifndef MC_CACHE_H
#define MC_CACHE_H

#include "../core/core.h"

#include <stdatomic.h>

typedef struct mc__cache mc__cache;

/* At most so many bytes of entries; 0: nothing is kept. */
int mc__cache_new(mc__cache **out, size_t bytes);
void mc__cache_free(mc__cache *cache); /* NULL is allowed; entries that are in use live on */
bool mc__cache_is_on(const mc__cache *cache);

/* Changes */

typedef struct mc__subject {
    int64_t kind, site_id, id;
} mc__subject;

/* After the change can be seen in the database. */
void mc__cache_touch(mc__cache *cache, mc__subject subject);
/* Everything has changed. */
void mc__cache_clear(mc__cache *cache);
/* Until that time (of mc__monotonic_ms()) changes by others are known to be told; later nothing is
 * handed out. Times only move forward, but for 0: that ends it at once. */
void mc__cache_trust(mc__cache *cache, int64_t until_ms);
/* Between the two it is not trusted, whatever the time. */
void mc__cache_doubt(mc__cache *cache, bool doubted);
bool mc__cache_is_trusted(const mc__cache *cache);

/* Entries */

typedef struct mc__cache_key {
    int64_t kind, site_id, id[4];
} mc__cache_key;

/* The first member of whatever is kept. */
typedef struct mc__entry {
    atomic_int users;
    mc__arena arena;  /* all that the entry holds, itself included; ends with the last user */
    uint64_t moment;  /* of the clock, before the database was read */
    int64_t until_ms; /* not good later than that; INT64_MAX for ever */
    uint32_t *places; /* of the subjects that it tells of */
    size_t place_count, place_room;
    size_t beside;                            /* bytes of other entries that it holds */
    void (*release)(struct mc__entry *entry); /* of what is not in the arena; may be NULL */
    /* the cache's own */
    mc__cache_key key;
    size_t size;
    size_t struct_size; /* of what begins with this */
    bool was_found;     /* since it was kept */
    struct mc__entry *next, *newer, *older;
} mc__entry;

/* A number for a key, made from bytes. Others may have the same, so an entry found by it must be
 * compared. */
int64_t mc__cache_number(const void *bytes, size_t length);
/* What time it is, to be asked before the database is. */
uint64_t mc__cache_moment(const mc__cache *cache);
/* An entry of that many bytes (at least sizeof(mc__entry)), zeroed, with one user. NULL: no memory.
 */
void *mc__entry_new(size_t size, uint64_t moment);
void mc__entry_hold(void *entry);
void mc__entry_release(void *entry); /* NULL is allowed */
/* Before it is kept. No memory: the entry will not be kept. */
void mc__entry_depends_on(void *entry, mc__subject subject);

/* Keeps it for others, in place of one with that key; or doesn't, if it is too large or out of date
 * already. The caller stays a user. */
void mc__cache_put(mc__cache *cache, const mc__cache_key *key, void *entry);
/* One that is good, to be released; or NULL. */
void *mc__cache_find(mc__cache *cache, const mc__cache_key *key);
/* The same, but also one that is out of date, which may tell its maker what to ask for. */
void *mc__cache_find_last(mc__cache *cache, const mc__cache_key *key, bool *is_good);
/* Whether it is still good. */
bool mc__cache_is_good(const mc__cache *cache, const void *entry);

typedef struct mc__cache_stats {
    uint64_t hits, misses, evictions, clears;
    size_t entries, bytes, most_bytes;
} mc__cache_stats;
void mc__cache_count(const mc__cache *cache, mc__cache_stats *out);

static inline void mc__entry_auto(void *place)
{
    mc__entry_release(*(void **)place);
}
/* Releases an entry at the end of a scope: mc_auto_entry struct thing *t = NULL; */
#define mc_auto_entry __attribute__((cleanup(mc__entry_auto)))

#endif
