/*
 * The members that all kinds of items have, and records from rows of the view item_records.
 */
#ifndef MC_CONTENT_ITEM_PARTS_H
#define MC_CONTENT_ITEM_PARTS_H

#include "../access/tree.h"
#include "db/db.h"
#include "item_kinds.h"
#include "record/record.h"

/* Pointers to the members of a record that all kinds of items have. */
typedef struct mc__item_parts {
    const char **title;
    int64_t *id, *microcosm_id, *total_comments, *total_views;
    mc_list *breadcrumb;
    const mc_page **comments;
    const mc_last_comment **last_comment; /* NULL: polls have none */
    const mc_meta **meta;
} mc__item_parts;
mc__item_parts mc__item_parts_of(void *record);
/* The record's own flags, for the code that makes the record. */
mc_flags *mc__item_flags(void *record);

/* What an actor that ignores people sees of the comments of items. */
typedef struct mc__shown_comments {
    mc__batch batch;
    const PGresult *rows; /* one for each item; NULL: it ignores nobody and sees all */
    mc__columns columns;
    int id, left_out; /* columns */
} mc__shown_comments;
int mc__shown_comments_load(mc__shown_comments *out, mc_session *session, mc_int64s items);
/* The same from rows that have been read. */
int mc__shown_comments_read(mc__shown_comments *out, mc_session *session, const PGresult *rows);
/* Corrects the total and the last comment of a record. row: which of the items it is. */
int mc__shown_comments_apply(const mc__shown_comments *shown, mc__arena *arena, void *record,
                             int row);
void mc__shown_comments_release(mc__shown_comments *shown);
#define mc_shown_comments(name)                                                                    \
    mc__shown_comments name __attribute__((cleanup(mc__shown_comments_release))) = {0}

/* A statement for lists selects the columns of the view that match the records, item_type, and for
 * unread flags last_activity and read_at (the newest of the actor's marks on the item and its
 * microcosm; see items.sql). */
typedef struct mc__item_reader {
    const PGresult *rows;
    mc__columns columns[MC_ITEM_KINDS_MAX]; /* of each kind among the rows */
    int item_type, last_activity, read_at;  /* columns; -1 if there is none */
    const mc__shown_comments *shown;        /* of the rows; NULL: of summaries for all actors */
} mc__item_reader;
int mc__item_reader_make(mc__item_reader *out, mc_session *session, const PGresult *rows);
/* Reads what the actor sees of the comments of the reader's items, for their summaries. */
int mc__item_reader_leave_out(mc__item_reader *reader, mc__shown_comments *shown,
                              mc_session *session);
mc_item_type mc__item_row_type(const mc__item_reader *reader, int row);
/* Fills a record from a row with what is the same for all actors. */
int mc__item_decode(void *record, mc__arena *arena, const mc__item_reader *reader, int row);
/* The summary record of a row, with breadcrumb and links; with the unread flag if with_unread.
 * NULL: out of memory. */
const void *mc__item_summary(mc_session *session, mc__arena *arena, const mc__item_reader *reader,
                             int row, bool with_unread);

/* Links to the item and, unless node is NULL, to its microcosm. */
mc_list mc__item_links(mc__arena *arena, mc_item_type item_type, int64_t id, const mc__node *node);
/* Wraps a record in an mc_entry. */
const mc_entry *mc__entry_make(mc__arena *arena, mc_item_type item_type, const void *record);

#endif
