/*
 * A page of the comments on something, whatever that is: an item or a profile. It is found in the
 * cache or asked for in the caller's batch, and given as records or written as JSON.
 *
 *     mc__comment_page_begin()   looks in the cache
 *     mc__comment_page_ask()     adds what is missing to the batch
 *     mc__comment_page_take()    reads the answers
 *     mc__comment_page_records() or mc__comment_page_json()
 *     mc__comment_page_note()    marks as read what was shown
 *
 * Whether the actor may read what the comments are on is for the caller to decide.
 */
#ifndef MC_CONTENT_COMMENT_PAGE_H
#define MC_CONTENT_COMMENT_PAGE_H

#include "db/db.h"

#include <microcosm.h>

typedef struct mc__comment_page {
    mc_session *session;
    mc_item_type parent_type;
    int64_t parent_id;
    const char *parent_title;
    mc_page_options options;
    int64_t total; /* of the comments that are shown to the actor; once the answers are taken */
    mc_time
        last_read; /* newer comments are unread; INT64_MAX, for guests, until the caller sets it */
    /* Its own. */
    const struct mc__comment_parent_kind *kind;
    bool as_json, ignores;    /* ignores: comments by people whom the actor ignores are left out */
    uint64_t moment;          /* of the cache's clock, before the database was read */
    size_t page_at, count_at; /* statements of the batch */
    struct mc__cached_comments *records;   /* unless as_json */
    struct mc__cached_comments_json *json; /* if it was found; else rows are what it is made of */
    const PGresult *rows;
    mc_time newest; /* of the comments on the page; of JSON, once it is written */
} mc__comment_page;

/* Begins the page of a parent whose kind has comments. 0, or MC_EINVAL for the options. Whatever it
 * returns, the page may be released. */
int mc__comment_page_begin(mc__comment_page *page, mc_session *session, mc_item_type parent_type,
                           int64_t parent_id, const mc_page_options *options, bool as_json);
void mc__comment_page_release(mc__comment_page *page);
/* Adds to the batch what the cache doesn't have; may add nothing. */
void mc__comment_page_ask(mc__comment_page *page, mc__batch *batch);
/* Reads what a batch that has run answered; it must outlive the page. counted: how many comments
 * the parent says it has, if its kind has a counter. MC_EINVAL: the offset is past the last page.
 */
int mc__comment_page_take(mc__comment_page *page, const mc__batch *batch, const char *parent_title,
                          int64_t counted);
/* The page for a record that was made by mc__record_new(), which then holds what the page points
 * into. NULL: no memory. */
const mc_page *mc__comment_page_records(mc__comment_page *page, void *record);
/* The page for a record that is only written as JSON, while the page lives. NULL: no memory. */
const mc_page *mc__comment_page_json(mc__comment_page *page, mc__arena *arena);
/* Marks the parent read: up to now on the last page, else up to the newest comment shown. */
void mc__comment_page_note(const mc__comment_page *page);

#endif
