/*
 * Reads a page of a microcosm's content, and the actor's own data on it. Lists are cached for all
 * actors with the same visibility; microcosm_page.c adds what depends on the actor.
 *
 * A list of items only has parts that are cached separately: the frame, which is the microcosm with
 * the number of its items, and a summary of each item. When the list is out of date, one trip reads
 * the order and the summaries that have changed.
 */
#ifndef MC_SITES_MICROCOSM_LISTING_H
#define MC_SITES_MICROCOSM_LISTING_H

#include "../content/item_summary.h"
#include "microcosm_rows.h"

/* The microcosm without its list, and the number of its items that lists show. */
typedef struct mc__frame {
    mc__entry entry;
    mc_microcosm *record;
    int64_t own_items;
} mc__frame;

/* The data about one entry of the list that is needed to add what depends on the actor. */
typedef struct mc__list_slot {
    mc_item_type item_type;
    int64_t item_id, microcosm_id; /* of an item; else 0 */
    mc_time last_activity;
    size_t child;                   /* of a microcosm: its index among the children */
    int64_t event_id;               /* the event that the entry is or shows as most recent; or 0 */
    size_t unread_at, attending_at; /* offsets of these flags' "false" in the JSON; 0: none */
} mc__list_slot;

/* The microcosm and its list for all actors with the same visibility, without unread and attending
 * flags. */
typedef struct mc__listing {
    mc__entry entry;
    const uint8_t *visibility; /* of the actors, as in mc__actor_entry */
    size_t visibility_size;
    int64_t tree_version; /* of the tree that it was made with */
    int64_t offset, total;
    mc__frame *frame;
    mc_list entries;         /* mc_entry */
    mc__list_slot *slots;    /* one per entry */
    mc__summary **summaries; /* one per entry; NULL for microcosms */
    const char *json;        /* of the entries, with commas between them */
    size_t length;
} mc__listing;

/* An item below that is unread according to the marks in the database. */
typedef struct mc__unread_item {
    size_t run; /* index of the child; the number of children for the microcosm itself */
    mc_item_type item_type;
    int64_t item_id, microcosm_id;
    mc_time last_activity, read_at;
} mc__unread_item;

/* A member's own data on the list. */
typedef struct mc__own_listing {
    mc__entry entry;
    uint64_t of_moment; /* moment of the listing that it belongs to */
    mc_choice watched, send_email, send_sms;
    mc_time *read_at; /* one per entry */
    bool *attending;
    mc__unread_item *unread;
    size_t unread_count;
} mc__own_listing;

typedef struct mc__reading {
    mc_session *session;
    mc__node *node;
    mc_page_options page;
    bool polls; /* the list has them, too */
    uint64_t moment;
    mc__subtree tree;
    mc__frame *frame;
    mc__listing *last; /* out of date; its items are likely to be on the list again */
    mc__listing *listing;
    mc__own_listing *own; /* NULL for guests */
} mc__reading;

/* Reads listing and own; the caller has set session, node, page and polls. */
int mc__listing_read(mc__reading *r);
void mc__reading_release(mc__reading *r);

#endif
