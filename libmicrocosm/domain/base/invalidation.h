/*
 * What a change means for what is kept in memory. Entries of the cache say what they tell of when
 * they are made; here is the other half, and nowhere else.
 */
#ifndef MC_BASE_INVALIDATION_H
#define MC_BASE_INVALIDATION_H

#include <microcosm.h>

struct mc__cache;

/* One piece of news: a row of the change feed, or what a session has just written. */
typedef struct mc__news {
    int64_t site_id;
    mc_item_type item_type, parent_type;
    int64_t item_id, parent_id;
    int64_t microcosm_id;   /* that it is in, or 0 */
    int64_t from_microcosm; /* that it was moved out of, or 0 */
    int64_t profile_id;     /* who did it, or 0 */
    bool is_new;            /* nothing that was there before has changed */
} mc__news;

/* Sides of things that change on their own: what entries of the cache tell of. */
enum {
    MC_SUBJECT_SITE =
        1, /* id 0: the site, its microcosms, roles and criteria; of site 0: any site */
    MC_SUBJECT_CONTENT,   /* id 0: anything in any microcosm of the site */
    MC_SUBJECT_MICROCOSM, /* what is directly in a microcosm: items, their counts and order */
    MC_SUBJECT_ITEMS,     /* which items are directly in it, and which of these are to be seen */
    MC_SUBJECT_ITEM,      /* an item, its counts and its newest comment */
    MC_SUBJECT_TEXTS, /* an item but for counts and newest comment; the comments that it had before:
                    their texts, flags and places */
    MC_SUBJECT_PROFILE,   /* name, avatar and the like, as they stand beside what it wrote */
    MC_SUBJECT_ACTOR,     /* what decides about what a profile may do and see */
    MC_SUBJECT_USER,      /* the same of a user, on all sites (site 0) */
    MC_SUBJECT_OWN,       /* what a profile has of its own at things: marks, watchers, answers */
    MC_SUBJECT_TOKEN,     /* an access token (site 0) */
    MC_SUBJECT_IDENTITIES /* id 0: what providers said of anybody (site 0) */
};

/* Tells the cache; after it can be seen in the database. */
void mc__news_tell(struct mc__cache *cache, const mc__news *news);

#endif
