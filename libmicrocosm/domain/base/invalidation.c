/*
 * What a change means for what is kept in memory: from a row of the change feed, or from what a
 * session has just written, to the subjects of the cache.
 */
#include "invalidation.h"

#include "cache/cache.h"

static void touch(mc__cache *cache, int64_t kind, int64_t site_id, int64_t id)
{
    mc__cache_touch(cache, (mc__subject){kind, site_id, id});
}

static bool is_item(mc_item_type item_type)
{
    return item_type == MC_ITEM_CONVERSATION || item_type == MC_ITEM_EVENT ||
           item_type == MC_ITEM_POLL;
}

static void tell_of_item(mc__cache *cache, const mc__news *news, int64_t item_id)
{
    touch(cache, MC_SUBJECT_ITEM, news->site_id, item_id);
    touch(cache, MC_SUBJECT_MICROCOSM, news->site_id, news->microcosm_id);
    if (news->from_microcosm)
        touch(cache, MC_SUBJECT_MICROCOSM, news->site_id, news->from_microcosm);
    touch(cache, MC_SUBJECT_CONTENT, news->site_id, 0);
}

/* It has come, gone or moved, is hidden or shown again, or was edited. */
static void tell_of_items(mc__cache *cache, const mc__news *news)
{
    touch(cache, MC_SUBJECT_ITEMS, news->site_id, news->microcosm_id);
    if (news->from_microcosm)
        touch(cache, MC_SUBJECT_ITEMS, news->site_id, news->from_microcosm);
    touch(cache, MC_SUBJECT_TEXTS, news->site_id, news->item_id); /* they name it */
    tell_of_item(cache, news, news->item_id);
}

static void tell_of_comment(mc__cache *cache, const mc__news *news)
{
    if (!is_item(news->parent_type))
        return; /* those of huddles and profiles are not kept */
    if (!news->is_new)
        touch(cache, MC_SUBJECT_TEXTS, news->site_id, news->parent_id);
    tell_of_item(cache, news, news->parent_id);
}

static void tell_of_microcosm(mc__cache *cache, const mc__news *news)
{
    touch(cache, MC_SUBJECT_SITE, news->site_id, 0);
    touch(cache, MC_SUBJECT_MICROCOSM, news->site_id, news->item_id);
    touch(cache, MC_SUBJECT_CONTENT, news->site_id, 0);
}

static void tell_of_site(mc__cache *cache, int64_t site_id)
{
    touch(cache, MC_SUBJECT_SITE, site_id, 0);
    touch(cache, MC_SUBJECT_SITE, 0, 0);
}

static void tell_of_profile(mc__cache *cache, int64_t site_id, int64_t profile_id)
{
    touch(cache, MC_SUBJECT_PROFILE, site_id, profile_id);
    touch(cache, MC_SUBJECT_ACTOR, site_id, profile_id);
    touch(cache, MC_SUBJECT_OWN, site_id, profile_id);
}

void mc__news_tell(mc__cache *cache, const mc__news *news)
{
    if (is_item(news->item_type))
        tell_of_items(cache, news);
    else if (news->item_type == MC_ITEM_COMMENT)
        tell_of_comment(cache, news);
    else if (news->item_type == MC_ITEM_ATTENDEE && is_item(news->parent_type))
        tell_of_item(cache, news, news->parent_id);
    else if (news->item_type == MC_ITEM_MICROCOSM)
        tell_of_microcosm(cache, news);
    else if (news->item_type == MC_ITEM_SITE)
        tell_of_site(cache, news->site_id);
    else if (news->item_type == MC_ITEM_ROLE)
        touch(cache, MC_SUBJECT_SITE, news->site_id, 0);
    else if (news->item_type == MC_ITEM_PROFILE)
        tell_of_profile(cache, news->site_id, news->item_id);
    else if (news->item_type == MC_ITEM_AUTH)
        touch(cache, MC_SUBJECT_TOKEN, 0, news->item_id);
    else if (news->item_type == MC_ITEM_USER)
        touch(cache, MC_SUBJECT_USER, 0, news->item_id);
    /* memberships, attributes, what it ignores or has read */
    if (news->parent_type == MC_ITEM_PROFILE) {
        touch(cache, MC_SUBJECT_ACTOR, news->site_id, news->parent_id);
        touch(cache, MC_SUBJECT_OWN, news->site_id, news->parent_id);
    }
    if (news->profile_id) /* posting follows a thing, and counts */
        touch(cache, MC_SUBJECT_OWN, news->site_id, news->profile_id);
}
