/* Makes mc_comment records, as shown in lists, from rows of the view comment_records. */
#ifndef MC_CONTENT_COMMENT_RECORD_H
#define MC_CONTENT_COMMENT_RECORD_H

#include "record/record.h"

#include <microcosm.h>

typedef struct mc__comment_reader {
    const PGresult *rows;
    mc__columns columns;
    int reply_author, reply_author_name, renderer; /* columns */
    const char *site_url, *site_host;
    mc__arena *home;
    const char
        *item_title; /* NULL: comments are shown alone, without what they are on or reply to */
    /* of the previous comment's item, since consecutive comments mostly share it */
    const char *item_type, *item_href;
    int64_t item_id;
} mc__comment_reader;
/* home: an arena that outlives the records and holds what they share. NULL: the records end with
 * the call, and their texts point into the rows and item_title (may be ""). */
int mc__comment_reader_make(mc__comment_reader *out, mc_session *session, mc__arena *home,
                            const PGresult *rows, const char *item_title);
/* Fills an existing comment; 0 or MC_ENOMEM. */
int mc__comment_fill(mc__arena *arena, mc_comment *comment, mc__comment_reader *reader, int row);
/* Makes and fills a comment. NULL: out of memory. */
mc_comment *mc__comment_record(mc__arena *arena, mc__comment_reader *reader, int row);

#endif
