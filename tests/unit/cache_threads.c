/*
 * Threads that read, cache and change the same values; for ThreadSanitizer, and for one guarantee:
 * a thread that reads after an invalidation sees nothing older. A plain program, since Criterion
 * does not run under ThreadSanitizer.
 */
#include "cache/cache.h"

#include <pthread.h>
#include <stdio.h>

enum { THREADS = 8, VALUES = 64, ROUNDS = 40000 };

typedef struct number {
    mc__entry entry;
    int64_t value;
} number;

static mc__cache *cache;
static _Atomic int64_t stored[VALUES]; /* the database */
static _Atomic int64_t
    announced[VALUES]; /* the newest value whose change has invalidated the cache */
static atomic_int stale, hits;

static void change(int64_t id)
{
    int64_t value = atomic_fetch_add(&stored[id], 1) + 1, before = atomic_load(&announced[id]);

    mc__cache_touch(cache, (mc__subject){1, 1, id});
    while (before < value && !atomic_compare_exchange_weak(&announced[id], &before, value))
        ;
}

static void read_it(int64_t id)
{
    mc__cache_key key = {.kind = 1, .site_id = 1, .id = {id}};
    int64_t least = atomic_load(&announced[id]);
    mc_auto_entry number *cached = mc__cache_find(cache, &key);

    if (cached) {
        atomic_fetch_add(&hits, 1);
    } else {
        cached = mc__entry_new(sizeof(*cached), mc__cache_moment(cache));
        if (!cached)
            return;
        cached->value = atomic_load(&stored[id]);
        mc__entry_depends_on(cached, (mc__subject){1, 1, id});
        mc__cache_put(cache, &key, cached);
    }
    if (cached->value < least)
        atomic_fetch_add(&stale, 1);
}

static void *work(void *data)
{
    uint64_t chance = (uint64_t)(uintptr_t)data * 0x9e3779b97f4a7c15ULL + 1;

    for (int round = 0; round < ROUNDS; round++) {
        int64_t id;

        chance = chance * 6364136223846793005ULL + 1442695040888963407ULL;
        id = (int64_t)(chance >> 33) % VALUES;
        if ((chance >> 40) % 10 == 0)
            change(id);
        else
            read_it(id);
        if ((chance >> 48) % 5000 == 0)
            mc__cache_clear(cache);
    }
    return NULL;
}

int main(void)
{
    pthread_t threads[THREADS];

    if (mc__cache_new(&cache, (size_t)1 << 20) < 0)
        return 2;
    mc__cache_trust(cache, INT64_MAX);
    for (uintptr_t i = 0; i < THREADS; i++)
        if (pthread_create(&threads[i], NULL, work, (void *)(i + 1)) != 0)
            return 2;
    for (size_t i = 0; i < THREADS; i++)
        pthread_join(threads[i], NULL);
    mc__cache_free(cache);
    printf("%d hits, %d stale\n", atomic_load(&hits), atomic_load(&stale));
    return atomic_load(&stale) > 0 || atomic_load(&hits) == 0;
}
