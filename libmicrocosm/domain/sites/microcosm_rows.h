/*
 * From rows to the records of a page of a microcosm: the part of the tree below it, and summaries
 * of what is in it. microcosm_listing.c asks for the rows and makes lists of them.
 */
#ifndef MC_SITES_MICROCOSM_ROWS_H
#define MC_SITES_MICROCOSM_ROWS_H

#include "../content/item_parts.h"

/* Some of the listed microcosms that follow each other: [first, past). */
typedef struct mc__span {
    size_t first, past;
} mc__span;

typedef struct mc__child {
    size_t index; /* in the map */
    bool is_listed, is_sticky;
    mc__span below; /* it and what is below it */
    int newest;     /* row of its most recent item, or -1 */
} mc__child;

/* Listed ones below a microcosm are in the order of the map, so that each subtree is a run of them.
 * The microcosm itself is always the first. All of it lives in the session's scratch. */
typedef struct mc__subtree {
    mc_session *session;
    mc__node *node;
    size_t start, end; /* in the map */
    size_t *before;    /* [i - start]: listed ones before node i */
    int64_t *ids;      /* the listed ones */
    size_t count;
    mc__child *children; /* sticky ones first, those that aren't listed last */
    size_t child_count, listed_count, sticky_count;
    int64_t *items, *comments; /* [i]: what the first i listed ones hold */
} mc__subtree;

int mc__subtree_make(mc__subtree *tree, mc_session *session, mc__node *node);
mc__node *mc__subtree_node(const mc__subtree *tree, size_t index);
/* Rows of microcosms.stats. */
void mc__subtree_read_stats(mc__subtree *tree, const PGresult *rows);

/* Rows of microcosms.page. */
typedef struct mc__microcosm_reader {
    const PGresult *rows;
    mc__columns columns;
    int kinds, child, position, own_items;
} mc__microcosm_reader;

int mc__microcosm_reader_make(mc__microcosm_reader *out, mc_session *session, const PGresult *rows);
/* What detail and summary have in common; meta and its flags are there afterwards. */
int mc__microcosm_fill(mc_session *session, mc_microcosm *record, mc__arena *arena,
                       const mc__microcosm_reader *reader, int row, const mc__node *node);
/* A child as an entry of the list; nothing of it is unread. items: where its newest one is. */
const mc_entry *mc__microcosm_summary(const mc__subtree *tree, mc__arena *arena,
                                      const mc__microcosm_reader *reader, int row,
                                      const mc__item_reader *items);

#endif
