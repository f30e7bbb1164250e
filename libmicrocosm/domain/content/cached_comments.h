/* Pages of comments as the cache holds them. */
#ifndef MC_CONTENT_CACHED_COMMENTS_H
#define MC_CONTENT_CACHED_COMMENTS_H

#include "cache/cache.h"

#include <microcosm.h>

/* A page as records, without unread flags. newest: time of the newest comment; MC_TIME_NONE: none.
 */
typedef struct mc__cached_comments {
    mc__entry entry;
    mc_list comments; /* mc_comment */
    int64_t shown;    /* as mc__page_make_short() has it */
    mc_time newest;
} mc__cached_comments;

typedef struct mc__json_comment {
    mc_time created;
    size_t unread; /* offset of the unread flag's "false" in the JSON */
} mc__json_comment;

/* The same as JSON, with commas between them. */
typedef struct mc__cached_comments_json {
    mc__entry entry;
    const char *json;
    size_t length, count;
    mc__json_comment *comments;
    int64_t shown;
    mc_time newest;
} mc__cached_comments_json;

#endif
