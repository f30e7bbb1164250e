/*
 * The checking build (-Dcheck_cache=true), for tests: what is kept is read from the database again
 * whenever it is asked for, and compared. Elsewhere all of this is nothing.
 *
 * From mc__cache_check() on nothing is found of the kinds that can be described, so whoever asks
 * reads the database; what comes of it is compared with what is there when it is kept. Two entries
 * under one key that are both good are equal, unless somebody is about to say that one is not. That
 * is waited for.
 */
#ifndef MC_CACHE_CHECK_H
#define MC_CACHE_CHECK_H

#include "cache.h"

#ifdef MC_CHECK_CACHE
typedef struct mc__check {
    /* Says what an entry holds, beginning with the name of its kind; false: it can't be compared.
     */
    bool (*describe)(mc__text *out, const mc__cache_key *key, const mc__entry *entry);
    /* Is called with two texts that should be equal. */
    void (*differs)(const char *kept, const char *read);
} mc__check;

static inline bool mc__check_is_on(const mc__check *check)
{
    return check->describe != NULL;
}

/* Whether it must be read again although it is there. */
bool mc__check_is_read_again(const mc__check *check, const mc__cache_key *key,
                             const mc__entry *entry);
void mc__check_compare(mc__cache *cache, const mc__check *check, const mc__cache_key *key,
                       const mc__entry *kept, const mc__entry *made);

/* In cache.c. Before the cache is used: */
void mc__cache_check(mc__cache *cache, mc__check check);
int64_t mc__cache_trusted_until(const mc__cache *cache);
#else
typedef struct mc__check {
    char unused;
} mc__check;

static inline bool mc__check_is_on(const mc__check *check)
{
    (void)check;
    return false;
}

static inline bool mc__check_is_read_again(const mc__check *check, const mc__cache_key *key,
                                           const mc__entry *entry)
{
    (void)check, (void)key, (void)entry;
    return false;
}

static inline void mc__check_compare(mc__cache *cache, const mc__check *check,
                                     const mc__cache_key *key, const mc__entry *kept,
                                     const mc__entry *made)
{
    (void)cache, (void)check, (void)key, (void)kept, (void)made;
}
#endif

#endif
