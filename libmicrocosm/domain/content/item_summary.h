/*
 * Items as shown in lists, each cached separately, so that a list can be rebuilt from the summaries
 * of the items that haven't changed.
 */
#ifndef MC_CONTENT_ITEM_SUMMARY_H
#define MC_CONTENT_ITEM_SUMMARY_H

#include "cache/cache.h"
#include "item_parts.h"

/* The summary for an actor that may read all of the item's ancestors, has read the item, and
 * doesn't attend it. */
typedef struct mc__summary {
    mc__entry entry;
    mc_item_type item_type;
    int64_t item_id, microcosm_id;
    mc_time last_activity;
    const mc_entry *shown;
    const char *json; /* of shown */
    size_t length;
    size_t unread_at,
        attending_at; /* offsets of these flags' "false" in the JSON; 0: no such flag */
} mc__summary;

/* A valid summary from the cache, to be released by the caller; or NULL. */
mc__summary *mc__summary_find(mc_session *session, int64_t item_id);
/* Makes a summary from a row of item_records that was read after moment; NULL: out of memory.
 * cache_it: also adds it to the cache. */
mc__summary *mc__summary_make(mc_session *session, uint64_t moment, const mc__item_reader *items,
                              int row, bool cache_it);
/* The same record without an mc_entry around it; with the unread flag if with_unread. */
const void *mc__listing_item(mc_session *session, mc__arena *arena, const mc__item_reader *items,
                             int row, bool with_unread);
/* Adds dependencies on the profiles that the record names. */
void mc__summary_depends_on_people(const mc_session *session, void *entry, const void *record);

#endif
