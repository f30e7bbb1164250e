/* What a host or a key leads to, as the cache holds it. */
#ifndef MC_ACCESS_CACHED_SITE_H
#define MC_ACCESS_CACHED_SITE_H

#include "../base/handles.h"
#include "cache/cache.h"

typedef struct mc__cached_site {
    mc__entry entry;
    const char *wanted; /* as it was asked for */
    mc__site_facts site;
} mc__cached_site;

#endif
