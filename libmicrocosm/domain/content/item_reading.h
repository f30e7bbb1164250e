/*
 * Reads one item with a page of its comments from the cache, or in one trip from the database.
 * item_page.c adds what depends on the actor.
 */
#ifndef MC_CONTENT_ITEM_READING_H
#define MC_CONTENT_ITEM_READING_H

#include "comment_page.h"
#include "db/db.h"
#include "item_facts.h"
#include "item_kinds.h"

/* A member's own data on an item. */
typedef struct mc__cached_own {
    mc__entry entry;
    mc_choice watched, send_email, send_sms, attending;
    bool has_voted;
    mc_time read_at;
} mc__cached_own;

typedef struct mc__item_reading {
    mc_session *session;
    mc__batch *batch; /* receives the statements */
    bool as_json;
    mc_item_type item_type;
    int64_t item_id;
    const mc__item_kind *kind;
    mc__cached_item *item;
    mc__comment_page comments;
    mc__cached_own *own; /* NULL for guests */
    mc_permissions permissions;
} mc__item_reading;

/* Begins the call, whose result goes to out, and reads; the caller has set session, batch, as_json,
 * item_type and item_id. */
int mc__item_reading_load(mc__item_reading *r, const void *out, const mc_page_options *options);
void mc__item_reading_release(mc__item_reading *r);

#endif
