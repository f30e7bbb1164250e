/*
 * A page of what is in a microcosm, and what a member has of their own there: read, and kept for
 * whoever may see the same. microcosm_page.c makes of it what one actor sees.
 *
 * A list that holds items only is made of pieces that are kept too: the microcosm itself (with how
 * much is in it) and a summary of each item. When something in it has changed, the database is
 * asked for the order and for the summaries that are out of date, in one trip.
 */
#ifndef MC_SITES_MICROCOSM_LISTING_H
#define MC_SITES_MICROCOSM_LISTING_H

#include "../content/item_summary.h"
#include "microcosm_rows.h"

/* The microcosm without its list, and how many of its items lists show. */
typedef struct mc__frame {
    mc__entry entry;
    mc_microcosm *record;
    int64_t own_items;
} mc__frame;

/* What may differ by who looks, of one entry of the list. */
typedef struct mc__list_slot {
    mc_item_type item_type;
    int64_t item_id, microcosm_id; /* of an item */
    mc_time last_activity;
    size_t child;     /* of a microcosm: which one below */
    int64_t event_id; /* that it shows, itself or as the most recent one below; or 0 */
    size_t unread_at, attending_at; /* where in the JSON "false" says so; 0: nowhere */
} mc__list_slot;

/* The microcosm and its list, as everybody sees them who may see the same microcosms, has read
 * everything and goes nowhere. */
typedef struct mc__listing {
    mc__entry entry;
    const uint8_t *visibility; /* what may be seen */
    size_t visibility_size;
    int64_t offset, total;
    mc__frame *frame;
    mc_list entries;         /* mc_entry */
    mc__list_slot *slots;    /* of each entry */
    mc__summary **summaries; /* of each entry; NULL for microcosms */
    const char *json;        /* of the entries, with commas between them */
    size_t length;
} mc__listing;

/* Something below that is unread by the marks in the database. */
typedef struct mc__unread_item {
    size_t run; /* number of the child; one more than the last: the microcosm itself */
    mc_item_type item_type;
    int64_t item_id, microcosm_id;
    mc_time last_activity, read_at;
} mc__unread_item;

/* What a member has of their own there. */
typedef struct mc__own_listing {
    mc__entry entry;
    uint64_t of_moment; /* of the listing that it goes with */
    mc_choice watched, send_email, send_sms;
    mc_time *read_at; /* of each entry */
    bool *attending;
    mc__unread_item *unread;
    size_t unread_count;
} mc__own_listing;

typedef struct mc__reading {
    mc_session *session;
    mc__node *node;
    mc_page_options page;
    uint64_t moment;
    mc__subtree tree;
    mc__frame *frame;
    mc__listing *last; /* out of date; it tells what the list is likely to hold */
    mc__listing *listing;
    mc__own_listing *own; /* NULL for guests */
} mc__reading;

/* Reads listing and own for session, node and page. */
int mc__listing_read(mc__reading *r);
void mc__reading_release(mc__reading *r);

#endif
