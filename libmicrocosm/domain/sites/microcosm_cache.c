/* See microcosm_cache.h. */
#include "microcosm_cache.h"

#include "../access/actor.h"
#include "../access/permissions.h"
#include "../base/invalidation.h"
#include "../base/share.h"
#include "../content/unread.h"
#include "types.h"

bool mc__listing_may_cache(const mc__reading *r)
{
    return mc__may_share(r->session) && r->session->actor_entry->is_shared &&
           r->session->actor->ignored_items.count == 0 &&
           r->session->actor->ignored_profiles.count == 0;
}

bool mc__listing_may_cache_parts(const mc__reading *r)
{
    return mc__listing_may_cache(r) && mc__may_read_all_above(r->session, r->node);
}

static mc__cache_key frame_key(const mc__reading *r)
{
    return (mc__cache_key){
        MC_CACHED_FRAME, r->session->site.id, {r->node->id, r->session->site.version, r->polls}};
}

/* Where the key has no room for all, a number stands for the rest. */
static mc__cache_key listing_key(const mc__reading *r)
{
    const int64_t seen[] = {r->session->actor_entry->visibility_number, r->session->site.version,
                            r->polls};

    return (mc__cache_key){
        MC_CACHED_LISTING,
        r->session->site.id,
        {r->node->id, r->page.offset, r->page.limit, mc__cache_number(seen, sizeof(seen))}};
}

/* Four numbers are all that a key has room for: of lists with polls, the limit is below 0. */
static mc__cache_key own_key(const mc__reading *r)
{
    return (mc__cache_key){MC_CACHED_OWN_LISTING,
                           r->session->site.id,
                           {r->session->actor->profile_id, r->node->id, r->page.offset,
                            r->polls ? -r->page.limit : r->page.limit}};
}

static bool has_same_visibility(const mc__reading *r, const mc__listing *listing)
{
    return listing->tree_version == r->session->site.version &&
           listing->visibility_size == r->session->tree->count &&
           memcmp(listing->visibility, r->session->actor_entry->visibility,
                  listing->visibility_size) == 0;
}

static void find_listing(mc__reading *r)
{
    mc__cache_key key = listing_key(r);
    bool is_good;
    mc__listing *found = mc__cache_find_last(r->session->app->cache, &key, &is_good);

    if (!found)
        return;
    if (!has_same_visibility(r, found))
        mc__entry_release(found);
    else if (is_good)
        r->listing = found;
    else
        r->last = found;
}

/* Whether one of the unread items was read since: then others must be looked for. */
static bool was_read(const mc__reading *r)
{
    for (size_t i = 0; i < r->own->unread_count; i++) {
        const mc__unread_item *u = &r->own->unread[i];

        if (!mc__is_unread(r->session, u->item_type, u->item_id, u->microcosm_id, u->last_activity,
                           u->read_at))
            return true;
    }
    return false;
}

void mc__listing_find_cached(mc__reading *r)
{
    mc__cache *cache = r->session->app->cache;
    mc__cache_key own = own_key(r), frame = frame_key(r);

    find_listing(r);
    if (r->last && mc__listing_may_cache_parts(r))
        r->frame = mc__cache_find(cache, &frame);
    if (!r->listing || !r->session->actor->profile_id)
        return;
    r->own = mc__cache_find(cache, &own);
    if (r->own && (r->own->of_moment != r->listing->entry.moment || was_read(r))) {
        mc__entry_release(r->own);
        r->own = NULL;
    }
}

static void depends_on_entry(const mc__reading *r, mc__listing *listing, const mc_entry *entry)
{
    const mc_microcosm *microcosm = entry->item;

    if (mc_record_type(entry->item) != &mc__microcosm_type) {
        mc__summary_depends_on_people(r->session, listing, entry->item);
        return;
    }
    mc__depends_on_profile(r->session, listing, microcosm->meta->created_by);
    if (microcosm->most_recent_update)
        mc__summary_depends_on_people(r->session, listing, microcosm->most_recent_update->item);
}

/* Counts and newest items come from all microcosms below. If those are many, the list depends on
 * all content of the site instead. */
static void listing_depends_on(const mc__reading *r, mc__listing *listing)
{
    enum { MANY = 64 };
    int64_t site_id = r->session->site.id;

    mc__entry_depends_on(listing, (mc__subject){MC_SUBJECT_SITE, site_id, 0});
    if (r->tree.count > MANY)
        mc__entry_depends_on(listing, (mc__subject){MC_SUBJECT_CONTENT, site_id, 0});
    for (size_t i = 0; i < r->tree.count && r->tree.count <= MANY; i++)
        mc__entry_depends_on(listing, (mc__subject){MC_SUBJECT_MICROCOSM, site_id, r->tree.ids[i]});
    mc__depends_on_profile(r->session, listing, listing->frame->record->meta->created_by);
    mc__depends_on_profile(r->session, listing, listing->frame->record->meta->edited_by);
    for (size_t i = 0; i < listing->entries.count; i++)
        depends_on_entry(r, listing, listing->entries.items[i]);
    listing->entry.until_ms = mc__monotonic_ms() + MC_VIEWS_MS;
}

/* The list expires with the first of its parts, which may be older than itself. */
static void add_parts(mc__listing *listing)
{
    listing->entry.beside += mc__arena_size(&listing->frame->entry.arena);
    for (size_t i = 0; i < listing->entries.count; i++) {
        const mc__summary *summary = listing->summaries[i];

        if (!summary)
            continue;
        listing->entry.beside += mc__arena_size(&summary->entry.arena);
        if (summary->entry.until_ms < listing->entry.until_ms)
            listing->entry.until_ms = summary->entry.until_ms;
    }
}

void mc__listing_cache(const mc__reading *r, mc__listing *listing)
{
    const mc__actor_entry *actor = r->session->actor_entry;
    mc__cache_key key;

    if (!mc__listing_may_cache(r))
        return;
    key = listing_key(r);
    listing->tree_version = r->session->site.version;
    listing->visibility_size = r->session->tree->count;
    listing->visibility = (const uint8_t *)mc__arena_copy(
        &listing->entry.arena, (const char *)actor->visibility, listing->visibility_size);
    listing_depends_on(r, listing);
    add_parts(listing);
    mc__cache_put(r->session->app->cache, &key, listing);
}

/* Doesn't depend on the microcosm's content, which is in the list. */
void mc__listing_cache_frame(const mc__reading *r, mc__frame *frame)
{
    mc__cache_key key = frame_key(r);
    int64_t site_id = r->session->site.id;

    mc__entry_depends_on(frame, (mc__subject){MC_SUBJECT_SITE, site_id, 0});
    mc__entry_depends_on(frame, (mc__subject){MC_SUBJECT_ITEMS, site_id, r->node->id});
    mc__depends_on_profile(r->session, frame, frame->record->meta->created_by);
    mc__depends_on_profile(r->session, frame, frame->record->meta->edited_by);
    mc__cache_put(r->session->app->cache, &key, frame);
}

void mc__listing_cache_own(const mc__reading *r, mc__own_listing *own)
{
    mc__cache_key key = own_key(r);

    if (mc__listing_may_cache(r))
        mc__cache_put_own(r->session, &key, own);
}

void mc__reading_release(mc__reading *r)
{
    mc__entry_release(r->frame);
    mc__entry_release(r->last);
    mc__entry_release(r->listing);
    mc__entry_release(r->own);
}
