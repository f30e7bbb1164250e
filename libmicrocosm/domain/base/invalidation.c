/*
 * What a change means for what is kept in memory: a table from a row of the change feed to the
 * subjects of the cache.
 */
#include "invalidation.h"

#include "cache/cache.h"
#include "kinds.h"

/* One subject that a change touches, or all things of that kind at once. */
typedef struct effect {
    uint8_t subject; /* 0: no more */
    uint8_t id;      /* where in the change its id is */
    bool on_no_site; /* it is the same on all sites, or any of them */
    bool unless_new; /* not when the thing has only just come */
} effect;

#define NO_ID UINT8_MAX
#define ONE(SUBJECT, member) .subject = MC_SUBJECT_##SUBJECT, .id = offsetof(mc__change, member)
#define ALL(SUBJECT) .subject = MC_SUBJECT_##SUBJECT, .id = NO_ID

#define EFFECTS_MOST 8

/* An item has come, gone or moved, is hidden or shown again, or was edited. Comments name it. */
#define ITEM_CHANGED(KIND, kind)                                                                   \
    [MC_ITEM_##KIND] = {                                                                           \
        {ONE(ITEMS, microcosm_id)},                                                                \
        {ONE(ITEMS, moved_from)},                                                                  \
        {ONE(TEXTS, item_id)},                                                                     \
        {ONE(ITEM, item_id)},                                                                      \
        {ONE(MICROCOSM, microcosm_id)},                                                            \
        {ONE(MICROCOSM, moved_from)},                                                              \
        {ALL(CONTENT)},                                                                            \
    },

/* By the type of what has changed. Nothing of huddles is kept, so they have no row. */
static const effect of_types[MC_ITEM_TYPES][EFFECTS_MOST] = {
    [MC_ITEM_COMMENT] = {{ONE(TEXTS, parent_id), .unless_new = true}},
    [MC_ITEM_MICROCOSM] = {{ALL(SITE)}, {ONE(MICROCOSM, item_id)}, {ALL(CONTENT)}},
    [MC_ITEM_SITE] = {{ALL(SITE)}, {ALL(SITE), .on_no_site = true}},
    [MC_ITEM_ROLE] = {{ALL(SITE)}},
    [MC_ITEM_PROFILE] = {{ONE(PROFILE, item_id)}, {ONE(ACTOR, item_id)}, {ONE(OWN, item_id)}},
    [MC_ITEM_ATTENDEE] = {{ONE(OWN, item_id)}}, /* whose id it is: attendees have none */
    [MC_ITEM_AUTH] = {{ONE(TOKEN, item_id), .on_no_site = true}},
    [MC_ITEM_USER] = {{ONE(USER, item_id), .on_no_site = true}},
    MC_ITEM_KINDS(ITEM_CHANGED) /* each with a comma */
};

/* A comment or an answer has come to an item, gone or changed. */
#define ITEM_HAS_MORE(KIND, kind)                                                                  \
    [MC_ITEM_##KIND] = {                                                                           \
        {ONE(ITEM, parent_id)},                                                                    \
        {ONE(MICROCOSM, microcosm_id)},                                                            \
        {ALL(CONTENT)},                                                                            \
    },

/* By the type of what it is on or belongs to. */
static const effect of_parents[MC_ITEM_TYPES][EFFECTS_MOST] = {
    /* memberships, attributes, what it ignores or has read */
    [MC_ITEM_PROFILE] = {{ONE(ACTOR, parent_id)}, {ONE(OWN, parent_id)}},
    MC_ITEM_KINDS(ITEM_HAS_MORE) /* each with a comma */
};

/* Who posts follows the thing from then on, and has one more. */
static const effect of_actor[EFFECTS_MOST] = {{ONE(OWN, profile_id)}};

static void touch(mc__cache *cache, const effect *effects, const mc__change *change)
{
    for (const effect *e = effects; e < effects + EFFECTS_MOST && e->subject; e++) {
        int64_t id = e->id == NO_ID ? 0 : *(const int64_t *)((const char *)change + e->id);

        if ((e->id == NO_ID || id) && !(e->unless_new && change->is_new))
            mc__cache_touch(cache,
                            (mc__subject){e->subject, e->on_no_site ? 0 : change->site_id, id});
    }
}

void mc__invalidate(mc__cache *cache, const mc__change *change)
{
    if (change->item_type > 0 && change->item_type < MC_ITEM_TYPES)
        touch(cache, of_types[change->item_type], change);
    if (change->parent_type > 0 && change->parent_type < MC_ITEM_TYPES)
        touch(cache, of_parents[change->parent_type], change);
    touch(cache, of_actor, change);
}
