/*
 * Reading one item with a page of its comments: from the cache, or in one trip from the database.
 * item_page.c makes of it what one actor sees.
 */
#ifndef MC_CONTENT_ITEM_READING_H
#define MC_CONTENT_ITEM_READING_H

#include "comment_record.h"
#include "db/db.h"
#include "item_facts.h"
#include "item_kinds.h"

/* A page of comments, none of which is unread. newest: of them; MC_TIME_NONE: there are none. */
typedef struct mc__kept_page {
    mc__entry entry;
    mc_list comments; /* mc_comment */
    mc_time newest;
} mc__kept_page;

typedef struct mc__json_comment {
    mc_time created;
    size_t unread; /* where in the JSON "false" says that it is read */
} mc__json_comment;

/* The same as JSON, with commas between them. */
typedef struct mc__kept_json {
    mc__entry entry;
    const char *json;
    size_t length, count;
    mc__json_comment *comments;
    mc_time newest;
} mc__kept_json;

/* What a member has of their own at an item. */
typedef struct mc__kept_own {
    mc__entry entry;
    mc_choice watched, send_email, send_sms, attending;
    mc_time read_at;
} mc__kept_own;

typedef struct mc__item_reading {
    mc_session *session;
    mc__batch *batch; /* what is asked of the database */
    bool as_json;
    mc_item_type item_type;
    int64_t item_id;
    const mc__item_kind *kind;
    mc_page_options page;
    uint64_t moment;
    bool ignores; /* the actor ignores people: their comments are left out */
    mc__kept_item *item;
    mc__kept_page *comments; /* unless as_json */
    mc__kept_json *json;     /* if it was kept; else rows are what it is to be made of */
    const PGresult *rows;
    mc__kept_own *own; /* NULL for guests */
    int64_t total;
    mc_time last_read;
    mc_time newest; /* of the comments that were written as JSON */
    mc_permissions permissions;
} mc__item_reading;

/* Begins the call and reads, for session, batch, as_json, item_type and item_id. */
int mc__item_reading_load(mc__item_reading *r, const mc_page_options *options);
void mc__item_reading_release(mc__item_reading *r);
/* Reading marks the item read: up to now on the last page, else up to the newest comment shown. */
void mc__item_reading_note(const mc__item_reading *r, mc_time newest);

/* For pages of comments, which are made in the form that was asked for. */
int mc__item_reading_reader(const mc__item_reading *r, mc__comment_reader *reader, mc__arena *home,
                            const PGresult *rows);
bool mc__item_reading_may_keep(const mc__item_reading *r);
/* A full page stays as it is when a comment comes after it. */
void mc__item_reading_keep(const mc__item_reading *r, void *page, size_t count);
/* A page shows the people of a comment. */
void mc__item_reading_tells_of(const mc__item_reading *r, void *page, const mc_comment *comment,
                               const mc__comment_reader *reader, int row);

#endif
