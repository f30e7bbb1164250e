/* What sessions share through the cache: who may, for how long, and what it tells of. */
#include "share.h"

#include "handles.h"
#include "invalidation.h"

/* In a transaction the facts may be ones that nobody else will ever see: those are neither taken
 * from the others nor given to them. */
bool mc__may_share(const mc_session *session)
{
    return !session->db.host && !session->db.in_transaction;
}

void mc__cache_put_own(mc_session *session, const mc__cache_key *key, void *own)
{
    mc__entry *entry = own;

    entry->until_ms = mc__monotonic_ms() + MC_SOON_MS;
    mc__entry_depends_on(entry,
                         (mc__subject){MC_SUBJECT_OWN, session->site.id, session->profile_id});
    mc__cache_put(session->app->cache, key, entry);
}

void mc__depends_on_profile(const mc_session *session, void *entry, const mc_profile *profile)
{
    if (profile)
        mc__entry_depends_on(entry,
                             (mc__subject){MC_SUBJECT_PROFILE, session->site.id, profile->id});
}
