/* What sessions share through the cache: kinds of entries, and whether a session may use them. */
#ifndef MC_BASE_SHARE_H
#define MC_BASE_SHARE_H

#include "cache/cache.h"

#include <microcosm.h>

/* Lifetime of an entry that changes without an invalidation, such as a read
 * mark written by another process. */
#define MC_SOON_MS 1000
/* Lifetime of an entry that contains view counts, which are written as often. */
#define MC_VIEWS_MS 60000

/* Kinds of entries of the cache. */
enum {
    MC_CACHED_SITE = 1, /* by a hash of the requested key or host */
    MC_CACHED_TOKEN,    /* by its SHA-256 */
    MC_CACHED_IDENTITY, /* a provider's answer: by site and SHA-256 of scheme and token */
    MC_CACHED_PLACE,    /* what a geocoder has found: by SHA-256 of what was asked */
    MC_CACHED_DOCUMENT, /* what a provider of sign-ins publishes: by SHA-256 of its address */
    MC_CACHED_PROFILE,  /* of a user: by site and user */
    MC_CACHED_ACTOR,    /* by site and profile; 0: guests */
    /* What is made with the tree of microcosms has its version in the key, too: a session that goes
     * on with an older tree must not leave anything to others. */
    MC_CACHED_ITEM,      /* by its id */
    MC_CACHED_TARGET,    /* the facts that determine who may write to an item: by its id */
    MC_CACHED_PAGE,      /* a page of comments, as records: by item, offset and limit */
    MC_CACHED_PAGE_JSON, /* the same as JSON */
    MC_CACHED_OWN,       /* the actor's own data on an item: by profile and item */
    MC_CACHED_SUMMARY,   /* of an item, in lists: by its id */
    MC_CACHED_FRAME,     /* a microcosm without its list: by its id, and whether polls count */
    MC_CACHED_LISTING,   /* by microcosm, offset, limit, visibility, and whether it has polls */
    MC_CACHED_OWN_LISTING,
    MC_CACHED_KINDS /* number of kinds, plus one */
};

/* Whether the session may use shared entries: it is in no transaction. */
bool mc__may_share(const mc_session *session);
/* Caches the actor's own data, with a short lifetime, since read marks that other processes write
 * cause no invalidation. */
void mc__cache_put_own(mc_session *session, const mc__cache_key *key, void *own);
/* Makes an entry depend on a profile whose name and avatar it contains; NULL is allowed. */
void mc__depends_on_profile(const mc_session *session, void *entry, const mc_profile *profile);

#endif
