/*
 * See cache.h. Entries are spread over shards, each with a lock, a hash table and two lists by use.
 *
 * What was kept stands in one list until it is found, then in the other, which may have three
 * quarters of the room; who falls out of that one goes to the first again. Room is made at the end
 * of the first. So what is asked for once only, as crawlers do with whole sites, pushes out others
 * of its kind and nothing that people read (segmented LRU: Karedla, Love and Wherry, "Caching
 * strategies to improve disk system performance", 1994).
 */
#include "check.h"

#include <pthread.h>

#define SHARDS ((size_t)16)
#define PLACES ((size_t)1 << 18)
#define FEWEST_BUCKETS ((size_t)64)

typedef struct list {
    mc__entry *newest, *oldest;
    size_t bytes;
} list;

typedef struct shard {
    pthread_mutex_t lock;
    mc__entry **buckets;
    size_t bucket_count, entries;
    list kept, found;
    uint64_t hits, misses, evictions;
} shard;

struct mc__cache {
    size_t most_bytes; /* of a shard */
    _Atomic uint64_t clock;
    _Atomic uint64_t cleared; /* entries of an earlier moment are worthless */
    _Atomic uint64_t clears;
    _Atomic int64_t trusted_until;
    atomic_bool is_doubted;
    _Atomic uint64_t *changed; /* [place]: when one of its subjects last changed */
    size_t shard_count;        /* with a lock */
    mc__check check;
    shard shards[SHARDS];
};

/* The finalizer of MurmurHash3 (Austin Appleby, public domain): every bit counts for every other.
 */
static uint64_t mix(uint64_t h)
{
    h ^= h >> 33;
    h *= 0xff51afd7ed558ccdULL;
    h ^= h >> 33;
    h *= 0xc4ceb9fe1a85ec53ULL;
    return h ^ (h >> 33);
}

static uint64_t hash(const int64_t *numbers, size_t count)
{
    uint64_t h = 0x9e3779b97f4a7c15ULL;

    for (size_t i = 0; i < count; i++)
        h = mix(h ^ (uint64_t)numbers[i]) + 0x9e3779b97f4a7c15ULL;
    return h;
}

static uint64_t hash_key(const mc__cache_key *key)
{
    return hash((const int64_t *)key, sizeof(*key) / sizeof(int64_t));
}

/* FNV-1a */
int64_t mc__cache_number(const void *bytes, size_t length)
{
    uint64_t number = 0xcbf29ce484222325ULL;

    for (size_t i = 0; i < length; i++)
        number = (number ^ ((const unsigned char *)bytes)[i]) * 0x100000001b3ULL;
    return (int64_t)number;
}

static size_t bytes_of(const shard *s)
{
    return s->kept.bytes + s->found.bytes;
}

static uint32_t place_of(mc__subject subject)
{
    return (uint32_t)(hash((const int64_t *)&subject, 3) & (PLACES - 1));
}

int mc__cache_new(mc__cache **out, size_t bytes)
{
    mc__cache *cache = mc__calloc(1, sizeof(*cache));

    if (!cache)
        return MC_ENOMEM;
    cache->most_bytes = bytes / SHARDS;
    if (bytes)
        cache->changed = mc__calloc(PLACES, sizeof(*cache->changed));
    if (bytes && !cache->changed) {
        mc__cache_free(cache);
        return MC_ENOMEM;
    }
    for (; cache->shard_count < SHARDS; cache->shard_count++) {
        if (pthread_mutex_init(&cache->shards[cache->shard_count].lock, NULL) != 0) {
            mc__cache_free(cache);
            return MC_ESYSTEM;
        }
    }
    *out = cache;
    return 0;
}

static void release_all(mc__entry *entry)
{
    for (mc__entry *older; entry; entry = older) {
        older = entry->older;
        mc__entry_release(entry);
    }
}

void mc__cache_free(mc__cache *cache)
{
    if (!cache)
        return;
    for (size_t i = 0; i < cache->shard_count; i++) {
        shard *s = &cache->shards[i];

        release_all(s->kept.newest);
        release_all(s->found.newest);
        mc__free(s->buckets);
        pthread_mutex_destroy(&s->lock);
    }
    mc__free((void *)cache->changed);
    mc__free(cache);
}

bool mc__cache_is_on(const mc__cache *cache)
{
    return cache->changed != NULL;
}

/* The later time stays when two changes meet. */
static void move_forward(_Atomic uint64_t *time, uint64_t to)
{
    uint64_t now = atomic_load(time);

    while (now < to && !atomic_compare_exchange_weak(time, &now, to))
        ;
}

void mc__cache_touch(mc__cache *cache, mc__subject subject)
{
    if (cache->changed)
        move_forward(&cache->changed[place_of(subject)], atomic_fetch_add(&cache->clock, 1) + 1);
}

void mc__cache_clear(mc__cache *cache)
{
    move_forward(&cache->cleared, atomic_fetch_add(&cache->clock, 1) + 1);
    atomic_fetch_add(&cache->clears, 1);
}

void mc__cache_trust(mc__cache *cache, int64_t until_ms)
{
    int64_t now = atomic_load(&cache->trusted_until);

    if (until_ms == 0) {
        atomic_store(&cache->trusted_until, 0);
        return;
    }
    while (now < until_ms && !atomic_compare_exchange_weak(&cache->trusted_until, &now, until_ms))
        ;
}

void mc__cache_doubt(mc__cache *cache, bool doubted)
{
    atomic_store(&cache->is_doubted, doubted);
}

bool mc__cache_is_trusted(const mc__cache *cache)
{
    return cache->changed && !atomic_load_explicit(&cache->is_doubted, memory_order_acquire) &&
           mc__monotonic_ms() <= atomic_load_explicit(&cache->trusted_until, memory_order_acquire);
}

uint64_t mc__cache_moment(const mc__cache *cache)
{
    return atomic_load(&cache->clock);
}

void *mc__entry_new(size_t size, uint64_t moment)
{
    mc__arena arena = MC_ARENA_INIT;
    mc__entry *entry = mc__arena_alloc(&arena, size);

    if (!entry)
        return NULL;
    atomic_init(&entry->users, 1);
    entry->arena = arena;
    entry->moment = moment;
    entry->until_ms = INT64_MAX;
    entry->struct_size = size;
    return entry;
}

void mc__entry_hold(void *held)
{
    mc__entry *entry = held;

    atomic_fetch_add_explicit(&entry->users, 1, memory_order_relaxed);
}

void mc__entry_release(void *held)
{
    mc__entry *entry = held;
    mc__arena arena;

    if (!entry || atomic_fetch_sub_explicit(&entry->users, 1, memory_order_acq_rel) > 1)
        return;
    if (entry->release)
        entry->release(entry);
    arena = entry->arena; /* the entry itself is in it */
    mc__arena_release(&arena);
}

void mc__entry_depends_on(void *made, mc__subject subject)
{
    mc__entry *entry = made;
    uint32_t place = place_of(subject);

    for (size_t i = 0; i < entry->place_count; i++)
        if (entry->places[i] == place)
            return;
    if (entry->place_count == entry->place_room) {
        size_t room = entry->place_room ? entry->place_room * 2 : 16;
        uint32_t *places = mc__arena_alloc(&entry->arena, room * sizeof(*places));

        if (!places)
            return; /* the arena remembers */
        if (entry->place_count)
            memcpy(places, entry->places, entry->place_count * sizeof(*places));
        entry->places = places;
        entry->place_room = room;
    }
    entry->places[entry->place_count++] = place;
}

bool mc__cache_is_good(const mc__cache *cache, const void *kept)
{
    const mc__entry *entry = kept;

    if (!cache->changed || entry->moment < atomic_load(&cache->cleared))
        return false;
    if (entry->until_ms != INT64_MAX && mc__monotonic_ms() >= entry->until_ms)
        return false;
    for (size_t i = 0; i < entry->place_count; i++)
        if (atomic_load_explicit(&cache->changed[entry->places[i]], memory_order_acquire) >
            entry->moment)
            return false;
    return true;
}

static mc__entry **bucket_of(const shard *s, uint64_t h)
{
    return &s->buckets[(h / SHARDS) & (s->bucket_count - 1)];
}

static bool grow(shard *s)
{
    size_t old_count = s->bucket_count;
    mc__entry **old = s->buckets;
    size_t count = old_count ? old_count * 2 : FEWEST_BUCKETS;
    mc__entry **buckets = mc__calloc(count, sizeof(mc__entry *));

    if (!buckets)
        return old_count > 0; /* longer chains will do */
    s->buckets = buckets;
    s->bucket_count = count;
    for (size_t i = 0; i < old_count; i++) {
        for (mc__entry *entry = old[i], *next; entry; entry = next) {
            mc__entry **bucket = bucket_of(s, hash_key(&entry->key));

            next = entry->next;
            entry->next = *bucket;
            *bucket = entry;
        }
    }
    mc__free(old);
    return true;
}

static mc__entry *look_up(const shard *s, const mc__cache_key *key, uint64_t h)
{
    if (!s->bucket_count)
        return NULL;
    for (mc__entry *entry = *bucket_of(s, h); entry; entry = entry->next)
        if (memcmp(&entry->key, key, sizeof(*key)) == 0)
            return entry;
    return NULL;
}

static list *list_of(shard *s, const mc__entry *entry)
{
    return entry->was_found ? &s->found : &s->kept;
}

static void unlist(shard *s, mc__entry *entry)
{
    list *l = list_of(s, entry);

    *(entry->newer ? &entry->newer->older : &l->newest) = entry->older;
    *(entry->older ? &entry->older->newer : &l->oldest) = entry->newer;
    l->bytes -= entry->size;
}

static void list_as_newest(shard *s, mc__entry *entry)
{
    list *l = list_of(s, entry);

    entry->newer = NULL;
    entry->older = l->newest;
    *(l->newest ? &l->newest->newer : &l->oldest) = entry;
    l->newest = entry;
    l->bytes += entry->size;
}

static void move(shard *s, mc__entry *entry, bool was_found)
{
    unlist(s, entry);
    entry->was_found = was_found;
    list_as_newest(s, entry);
}

static void note_found(const mc__cache *cache, shard *s, mc__entry *entry)
{
    if (entry == s->found.newest)
        return;
    move(s, entry, true);
    while (s->found.bytes > cache->most_bytes / 4 * 3 && s->found.oldest != entry)
        move(s, s->found.oldest, false);
}

static mc__entry *next_to_go(const shard *s)
{
    return s->kept.oldest ? s->kept.oldest : s->found.oldest;
}

/* Takes it out; the cache's use of it is the caller's to end, after the lock. */
static void remove_entry(shard *s, mc__entry *entry)
{
    mc__entry **place = bucket_of(s, hash_key(&entry->key));

    while (*place != entry)
        place = &(*place)->next;
    *place = entry->next;
    unlist(s, entry);
    s->entries--;
}

static void add_entry(shard *s, mc__entry *entry, uint64_t h)
{
    mc__entry **bucket = bucket_of(s, h);

    entry->next = *bucket;
    *bucket = entry;
    list_as_newest(s, entry);
    s->entries++;
}

static shard *shard_of(mc__cache *cache, uint64_t h)
{
    return &cache->shards[h & (SHARDS - 1)];
}

static void compare(mc__cache *cache, shard *s, const mc__cache_key *key, uint64_t h,
                    const mc__entry *made)
{
    mc_auto_entry mc__entry *kept = NULL;

    if (!mc__check_is_on(&cache->check))
        return;
    pthread_mutex_lock(&s->lock);
    kept = look_up(s, key, h);
    if (kept)
        mc__entry_hold(kept);
    pthread_mutex_unlock(&s->lock);
    if (kept)
        mc__check_compare(cache, &cache->check, key, kept, made);
}

void mc__cache_put(mc__cache *cache, const mc__cache_key *key, void *made)
{
    mc__entry *entry = made, *dropped = NULL, *old;
    uint64_t h = hash_key(key);
    shard *s = shard_of(cache, h);
    size_t size = mc__arena_size(&entry->arena) + entry->beside;

    if (entry->arena.failed || size > cache->most_bytes || !mc__cache_is_trusted(cache) ||
        !mc__cache_is_good(cache, entry))
        return;
    compare(cache, s, key, h, entry);
    pthread_mutex_lock(&s->lock);
    old = look_up(s, key, h);
    if (old) {
        entry->was_found = old->was_found;
        remove_entry(s, old);
        old->next = dropped;
        dropped = old;
    }
    while (next_to_go(s) && bytes_of(s) + size > cache->most_bytes) {
        mc__entry *last = next_to_go(s);

        remove_entry(s, last);
        last->next = dropped;
        dropped = last;
        s->evictions++;
    }
    if (s->entries < s->bucket_count || grow(s)) {
        entry->key = *key;
        entry->size = size;
        mc__entry_hold(entry);
        add_entry(s, entry, h);
    }
    pthread_mutex_unlock(&s->lock);
    for (mc__entry *next; dropped; dropped = next) { /* outside of the lock: it may take a while */
        next = dropped->next;
        mc__entry_release(dropped);
    }
}

static mc__entry *take(const mc__cache *cache, shard *s, const mc__cache_key *key, uint64_t h)
{
    mc__entry *entry;

    pthread_mutex_lock(&s->lock);
    entry = look_up(s, key, h);
    if (entry) {
        mc__entry_hold(entry);
        note_found(cache, s, entry);
        s->hits++;
    } else {
        s->misses++;
    }
    pthread_mutex_unlock(&s->lock);
    return entry;
}

static void count_outdated(shard *s)
{
    pthread_mutex_lock(&s->lock);
    s->hits--;
    s->misses++;
    pthread_mutex_unlock(&s->lock);
}

static mc__entry *find(mc__cache *cache, const mc__cache_key *key, bool *is_good)
{
    uint64_t h = hash_key(key);
    shard *s = shard_of(cache, h);
    mc__entry *entry;

    *is_good = false;
    if (!mc__cache_is_trusted(cache))
        return NULL;
    entry = take(cache, s, key, h);
    *is_good = entry && mc__cache_is_good(cache, entry);
    if (entry && !*is_good)
        count_outdated(s);
    return entry;
}

void *mc__cache_find_last(mc__cache *cache, const mc__cache_key *key, bool *is_good)
{
    mc__entry *entry = find(cache, key, is_good);

    *is_good = *is_good && !mc__check_is_read_again(&cache->check, key, entry);
    return entry;
}

/* It is out of date: out with it, unless somebody has put a better one there. */
static void drop(mc__cache *cache, mc__entry *entry)
{
    uint64_t h = hash_key(&entry->key);
    shard *s = shard_of(cache, h);
    bool is_there;

    pthread_mutex_lock(&s->lock);
    is_there = look_up(s, &entry->key, h) == entry;
    if (is_there)
        remove_entry(s, entry);
    pthread_mutex_unlock(&s->lock);
    if (is_there)
        mc__entry_release(entry);
}

void *mc__cache_find(mc__cache *cache, const mc__cache_key *key)
{
    bool is_good;
    mc__entry *entry = find(cache, key, &is_good);

    if (!entry || (is_good && !mc__check_is_read_again(&cache->check, key, entry)))
        return entry;
    if (!is_good)
        drop(cache, entry);
    mc__entry_release(entry);
    return NULL;
}

#ifdef MC_CHECK_CACHE
void mc__cache_check(mc__cache *cache, mc__check check)
{
    cache->check = check;
}

int64_t mc__cache_trusted_until(const mc__cache *cache)
{
    return atomic_load(&cache->trusted_until);
}
#endif

void mc__cache_count(const mc__cache *cache, mc__cache_stats *out)
{
    *out = (mc__cache_stats){.clears = atomic_load(&cache->clears),
                             .most_bytes = cache->most_bytes * SHARDS};
    for (size_t i = 0; i < SHARDS; i++) {
        shard *s = (shard *)&cache->shards[i]; /* its lock is not what the caller may not change */

        pthread_mutex_lock(&s->lock);
        out->hits += s->hits;
        out->misses += s->misses;
        out->evictions += s->evictions;
        out->entries += s->entries;
        out->bytes += bytes_of(s);
        pthread_mutex_unlock(&s->lock);
    }
}
