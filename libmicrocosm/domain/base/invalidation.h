/*
 * What a change means for what is kept in memory. An entry of the cache says which subjects it
 * depends on when it is made; here is the other half, and nowhere else: which subjects a change
 * touches. Changes are rows of the change feed, whether this process has just written them
 * (base/call.c) or another one has (feed/follow.c).
 */
#ifndef MC_BASE_INVALIDATION_H
#define MC_BASE_INVALIDATION_H

#include "db/db.h"

#include <microcosm.h>

struct mc__cache;

/* Subjects of the cache: sides of things that change on their own. */
enum {
    MC_SUBJECT_SITE =
        1, /* id 0: the site, its microcosms, roles and criteria; of site 0: any site */
    MC_SUBJECT_CONTENT,   /* id 0: anything in any microcosm of the site */
    MC_SUBJECT_MICROCOSM, /* what is directly in a microcosm: items, their counts and order */
    MC_SUBJECT_ITEMS,     /* which items are directly in it, and which of these are to be seen */
    MC_SUBJECT_ITEM,      /* an item, its counts and its newest comment */
    MC_SUBJECT_TEXTS, /* an item but for counts and newest comment; the comments that it had before:
                    their texts, flags and places */
    MC_SUBJECT_PROFILE,    /* name, avatar and the like, as they stand beside what it wrote */
    MC_SUBJECT_ACTOR,      /* what decides about what a profile may do and see */
    MC_SUBJECT_USER,       /* the same of a user, on all sites (site 0) */
    MC_SUBJECT_OWN,        /* what a profile has of its own at things: marks, watchers, answers */
    MC_SUBJECT_TOKEN,      /* an access token (site 0) */
    MC_SUBJECT_IDENTITIES, /* id 0: what providers said of anybody (site 0); no change touches it */
    MC_SUBJECT_COUNT       /* no subject: one more than the last */
};

/* Invalidates what depends on what has changed; after it can be seen in the database. */
void mc__invalidate(struct mc__cache *cache, const mc__change *change);

#endif
