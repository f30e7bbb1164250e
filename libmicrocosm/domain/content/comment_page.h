/*
 * A page of the comments on an item, huddle or profile. It comes from the cache or from statements
 * in the caller's batch, and is returned as records or written as JSON.
 *
 *     mc__comment_page_begin()   looks in the cache
 *     mc__comment_page_ask()     adds statements for what the cache doesn't have
 *     mc__comment_page_take()    reads their results
 *     mc__comment_page_records() or mc__comment_page_json()
 *     mc__comment_page_note()    marks the shown comments as read
 *
 * The caller checks whether the actor may read the parent.
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
    int64_t total; /* number of comments that the actor sees; set by mc__comment_page_take() */
    /* Newer comments are unread. Initially INT64_MAX, as for guests; set by the caller. */
    mc_time last_read;
    mc_time parent_created; /* MC_TIME_NONE, or set by the caller: reading a page reads that too */
    /* Private to comment_page.c. */
    const struct mc__comment_parent_kind *kind;
    bool as_json, ignores;    /* ignores: leaves out comments by authors that the actor ignores */
    uint64_t moment;          /* the cache's clock before the database was read */
    size_t page_at, count_at; /* statements of the batch */
    struct mc__cached_comments *records;   /* unless as_json */
    struct mc__cached_comments_json *json; /* from the cache; NULL: written from rows */
    const PGresult *rows;
    int64_t skip;   /* comments between the offset and the multiple of the limit before it */
    int64_t count;  /* of the rows, those that fit into the page */
    int64_t shown;  /* how far the page goes: the limit, unless it ends early */
    bool may_grow;  /* the next comment would be on it */
    mc_time newest; /* of the comments on the page; for JSON it is set when that is written */
    /* On the last page, of all comments that there were just before the page was read, those that
     * are left out too: else what an ignored person wrote would stay unread. */
    mc_time left_out;
} mc__comment_page;

/* JSON of a page's comments and of a comment's replies, unless one alone is longer. */
#define MC__COMMENTS_BYTES ((int64_t)4 << 20)
/* How many of the rows, from the first one on, fit into that; at least one. */
int mc__comments_that_fit(const PGresult *rows);
/* Whether comments may follow the first `count` rows because of that: among the rows, or beyond
 * them, since the statements end after as many bytes of text as there may be of JSON. */
bool mc__comments_go_on(const PGresult *rows, int count);
/* Whether `count` comments with as many bytes of text may not fit. At such a comment a page may
 * begin that isn't at a multiple of the limit. */
bool mc__comments_may_not_fit(int64_t count, int64_t bytes);

/* Begins the page of a parent whose kind has comments. 0, or MC_EINVAL for invalid options. The
 * page may be released after either. */
int mc__comment_page_begin(mc__comment_page *page, mc_session *session, mc_item_type parent_type,
                           int64_t parent_id, const mc_page_options *options, bool as_json);
void mc__comment_page_release(mc__comment_page *page);
/* Adds statements for what the cache doesn't have, if anything. */
void mc__comment_page_ask(mc__comment_page *page, mc__batch *batch);
/* Reads the results of a batch that has run and that must outlive the page. counted: the parent's
 * counter of comments, if its kind has one. MC_EINVAL: the offset is past the last page. */
int mc__comment_page_take(mc__comment_page *page, const mc__batch *batch, const char *parent_title,
                          int64_t counted);
/* The page as part of a record of mc__record_new(), which then owns what the page points into.
 * NULL: out of memory. */
const mc_page *mc__comment_page_records(mc__comment_page *page, void *record);
/* The page as part of a record that is only written as JSON, during the life of the page. NULL: out
 * of memory. */
const mc_page *mc__comment_page_json(mc__comment_page *page, mc__arena *arena);
/* The time of the newest thing that the page was made from; MC_TIME_NONE without any. */
mc_time mc__comment_page_seen(const mc__comment_page *page);
/* Marks the parent as read up to that. */
void mc__comment_page_note(const mc__comment_page *page);

#endif
