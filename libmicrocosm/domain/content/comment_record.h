/* Rows of the view comment_records become mc_comment in the form of lists. */
#ifndef MC_CONTENT_COMMENT_RECORD_H
#define MC_CONTENT_COMMENT_RECORD_H

#include "record/record.h"

#include <microcosm.h>

typedef struct mc__comment_reader {
    const PGresult *rows;
    mc__columns columns;
    int reply_author, reply_author_name; /* columns */
    mc__arena *home;
    const char *item_title;
    /* the item of the comment before, which most of them share */
    const char *item_type, *item_href;
    int64_t item_id;
} mc__comment_reader;
/* home: where what several records share is put; it lives as long as they do. NULL: they end with
 * the call, and their texts are not copied but point into the rows and item_title (may be ""). */
int mc__comment_reader_make(mc__comment_reader *out, mc_session *session, mc__arena *home,
                            const PGresult *rows, const char *item_title);
/* Into a comment that was made before; 0 or MC_ENOMEM. */
int mc__comment_fill(mc__arena *arena, mc_comment *comment, mc__comment_reader *reader, int row);
/* NULL: no memory. */
mc_comment *mc__comment_record(mc__arena *arena, mc__comment_reader *reader, int row);

#endif
