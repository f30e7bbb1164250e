/*
 * Maps of sites that sessions share. A fixed number of places, each for the sites whose number
 * falls on it: the newest map there stays, so memory is bounded and nothing needs to be swept out.
 */
#include "domain.h"

#define PLACES 1024

struct mc__maps {
    pthread_mutex_t lock;
    mc__shared_map *places[PLACES];
};

int mc__maps_new(mc__maps **out)
{
    mc__maps *maps = mc__calloc(1, sizeof(*maps));

    if (!maps)
        return MC_ENOMEM;
    if (pthread_mutex_init(&maps->lock, NULL) != 0) {
        mc__free(maps);
        return MC_ESYSTEM;
    }
    *out = maps;
    return 0;
}

void mc__maps_free(mc__maps *maps)
{
    if (!maps)
        return;
    for (size_t i = 0; i < PLACES; i++)
        mc__shared_map_release(maps->places[i]);
    pthread_mutex_destroy(&maps->lock);
    mc__free(maps);
}

void mc__shared_map_release(mc__shared_map *shared)
{
    if (!shared || atomic_fetch_sub(&shared->users, 1) > 1)
        return;
    mc__arena_release(&shared->arena);
    mc__free(shared);
}

mc__shared_map *mc__maps_take(mc__maps *maps, int64_t site_id, int64_t version)
{
    mc__shared_map *shared;

    pthread_mutex_lock(&maps->lock);
    shared = maps->places[site_id % PLACES];
    if (shared && (shared->site_id != site_id || shared->version != version))
        shared = NULL;
    if (shared)
        atomic_fetch_add(&shared->users, 1);
    pthread_mutex_unlock(&maps->lock);
    return shared;
}

void mc__maps_keep(mc__maps *maps, mc__shared_map *shared)
{
    mc__shared_map **place = &maps->places[shared->site_id % PLACES], *old;

    atomic_fetch_add(&shared->users, 1);
    pthread_mutex_lock(&maps->lock);
    old = *place;
    *place = shared;
    pthread_mutex_unlock(&maps->lock);
    mc__shared_map_release(old);
}
