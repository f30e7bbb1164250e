/* What sessions share through the cache: kinds of entries, and whether a session may take part. */
#ifndef MC_BASE_SHARE_H
#define MC_BASE_SHARE_H

#include "cache/cache.h"

#include <microcosm.h>

/* How long an entry is kept that nobody tells of: such as whether a ban has ended by now, or what
 * was read at another daemon. */
#define MC_SOON_MS 1000
/* And one that shows how often things were viewed, in a list. */
#define MC_VIEWS_MS 60000

/* Kinds of entries of the cache. */
enum {
    MC_CACHED_SITE = 1,  /* by a number made from the key or host it was asked for by */
    MC_CACHED_TOKEN,     /* by its SHA-256 */
    MC_CACHED_IDENTITY,  /* what a provider said: by site and SHA-256 of scheme and token */
    MC_CACHED_PROFILE,   /* of a user: by site and user */
    MC_CACHED_ACTOR,     /* by site and profile; 0: guests */
    MC_CACHED_ITEM,      /* by its id */
    MC_CACHED_TARGET,    /* what decides about writing to an item: by its id */
    MC_CACHED_PAGE,      /* of comments, as records: by item, offset and limit; */
    MC_CACHED_PAGE_JSON, /* the same as JSON */
    MC_CACHED_OWN,       /* by profile and item */
    MC_CACHED_SUMMARY,   /* of an item, in lists: by its id */
    MC_CACHED_FRAME,     /* a microcosm without its list: by its id */
    MC_CACHED_LISTING,   /* by microcosm, offset, limit and what the actor may see */
    MC_CACHED_OWN_LISTING,
    MC_CACHED_KINDS /* no kind: one more than the last */
};

/* Whether the session sees what everybody sees: it is in no transaction. */
bool mc__may_share(const mc_session *session);
/* Keeps what the actor has of their own somewhere; not for long, since marks that other processes
 * write are not told of. */
void mc__cache_put_own(mc_session *session, const mc__cache_key *key, void *own);
/* An entry of the cache shows a profile's name and avatar; NULL is allowed. */
void mc__depends_on_profile(const mc_session *session, void *entry, const mc_profile *profile);

#endif
