/*
 * What conversations, events and polls have in common, and how rows of the view item_records become
 * one of them.
 */
#ifndef MC_CONTENT_ITEM_PARTS_H
#define MC_CONTENT_ITEM_PARTS_H

#include "../access/tree.h"
#include "item_kinds.h"
#include "record/record.h"

/* The members that all kinds of items have. */
typedef struct mc__item_parts {
    const char **title;
    int64_t *id, *microcosm_id, *total_comments, *total_views;
    mc_list *breadcrumb;
    const mc_page **comments;
    const mc_last_comment **last_comment; /* NULL: polls have none */
    const mc_meta **meta;
} mc__item_parts;
mc__item_parts mc__item_parts_of(void *record);
/* Its own flags, to be changed by whoever makes it. */
mc_flags *mc__item_flags(void *record);

/* A statement for lists selects the view's columns that the records name, item_type, and for
 * unread flags last_activity and read_at (newest own mark or mark of the microcosm; see
 * items.sql). */
typedef struct mc__item_reader {
    const PGresult *rows;
    mc__columns columns[MC_ITEM_KINDS_MAX]; /* of each kind that is among the rows */
    int item_type, last_activity, read_at;  /* columns; -1 if there is none */
} mc__item_reader;
int mc__item_reader_make(mc__item_reader *out, mc_session *session, const PGresult *rows);
mc_item_type mc__item_row_type(const mc__item_reader *reader, int row);
/* A row as it is for everybody. */
int mc__item_decode(void *record, mc__arena *arena, const mc__item_reader *reader, int row);
/* The summary record of a row, with breadcrumb and links; unread flag if with_unread. NULL: no
 * memory. */
const void *mc__item_summary(mc_session *session, mc__arena *arena, const mc__item_reader *reader,
                             int row, bool with_unread);

/* Links to itself and, unless it is NULL, to its microcosm. */
mc_list mc__item_links(mc__arena *arena, mc_item_type item_type, int64_t id, const mc__node *node);
/* An mc_entry around a record. */
const mc_entry *mc__entry_make(mc__arena *arena, mc_item_type item_type, const void *record);

#endif
