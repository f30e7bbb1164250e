/*
 * Items as lists show them, each kept by itself: so a list is made anew from those of its items
 * that have not changed since.
 */
#ifndef MC_CONTENT_ITEM_SUMMARY_H
#define MC_CONTENT_ITEM_SUMMARY_H

#include "cache/cache.h"
#include "item_parts.h"

/* As somebody sees it who may read all that it is in, has read it, and does not go there. */
typedef struct mc__summary {
    mc__entry entry;
    mc_item_type item_type;
    int64_t item_id, microcosm_id;
    mc_time last_activity;
    const mc_entry *shown;
    const char *json; /* of shown */
    size_t length;
    size_t unread_at, attending_at; /* where in the JSON "false" says so; 0: nowhere */
} mc__summary;

/* One that is good, to be released; or NULL. */
mc__summary *mc__summary_find(mc_session *session, int64_t item_id);
/* From a row of item_records that was asked for after moment; NULL: no memory. With keep, for all
 * who may read what the item is in. */
mc__summary *mc__summary_make(mc_session *session, uint64_t moment, const mc__item_reader *items,
                              int row, bool keep);
/* The same record without an entry around it; unread flag if with_unread. */
const void *mc__listing_item(mc_session *session, mc__arena *arena, const mc__item_reader *items,
                             int row, bool with_unread);
/* What it tells of besides its microcosm: the people named on it. */
void mc__summary_depends_on_people(const mc_session *session, void *entry, const void *record);

#endif
