/*
 * Threads that read, keep and change the same things; for ThreadSanitizer, and for one promise:
 * whoever looks after a change was told of sees nothing older. A plain program, since Criterion
 * does not run under ThreadSanitizer.
 */
#include "cache/cache.h"

#include <pthread.h>
#include <stdio.h>

enum { THREADS = 8, THINGS = 64, ROUNDS = 40000 };

typedef struct number {
    mc__entry entry;
    int64_t value;
} number;

static mc__cache *cache;
static _Atomic int64_t truth[THINGS]; /* the database */
static _Atomic int64_t told[THINGS];  /* changes up to this one were told of */
static atomic_int mistakes, hits;

static void change(int64_t id)
{
    int64_t value = atomic_fetch_add(&truth[id], 1) + 1, before = atomic_load(&told[id]);

    mc__cache_touch(cache, (mc__subject){1, 1, id});
    while (before < value && !atomic_compare_exchange_weak(&told[id], &before, value))
        ;
}

static void read_it(int64_t id)
{
    mc__cache_key key = {.kind = 1, .site_id = 1, .id = {id}};
    int64_t least = atomic_load(&told[id]);
    mc_auto_entry number *kept = mc__cache_find(cache, &key);

    if (kept) {
        atomic_fetch_add(&hits, 1);
    } else {
        kept = mc__entry_new(sizeof(*kept), mc__cache_moment(cache));
        if (!kept)
            return;
        kept->value = atomic_load(&truth[id]);
        mc__entry_depends_on(kept, (mc__subject){1, 1, id});
        mc__cache_put(cache, &key, kept);
    }
    if (kept->value < least)
        atomic_fetch_add(&mistakes, 1);
}

static void *work(void *data)
{
    uint64_t chance = (uint64_t)(uintptr_t)data * 0x9e3779b97f4a7c15ULL + 1;

    for (int round = 0; round < ROUNDS; round++) {
        int64_t id;

        chance = chance * 6364136223846793005ULL + 1442695040888963407ULL;
        id = (int64_t)(chance >> 33) % THINGS;
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
    printf("%d hits, %d stale\n", atomic_load(&hits), atomic_load(&mistakes));
    return atomic_load(&mistakes) > 0 || atomic_load(&hits) == 0;
}
