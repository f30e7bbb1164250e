/*
 * Makes the records of a page of a microcosm from rows: the subtree below it, and summaries of its
 * children. microcosm_listing.c reads the rows and makes the lists.
 */
#ifndef MC_SITES_MICROCOSM_ROWS_H
#define MC_SITES_MICROCOSM_ROWS_H

#include "../content/item_parts.h"

/* A run of listed microcosms: [first, past). */
typedef struct mc__span {
    size_t first, past;
} mc__span;

typedef struct mc__child {
    size_t index; /* in the site's tree */
    bool is_listed, is_sticky;
    mc__span below; /* the child itself and the listed microcosms below it */
    int newest;     /* row of its most recent item, or -1 */
} mc__child;

/* The listed microcosms below a microcosm, in the order of the site's tree, so that each subtree is
 * a run of them. The microcosm itself is always the first. Allocated in the session's scratch. */
typedef struct mc__subtree {
    mc_session *session;
    mc__node *node;
    size_t start, end; /* in the site's tree */
    size_t *before;    /* [i - start]: number of listed ones before node i */
    int64_t *ids;      /* of the listed ones */
    size_t count;
    mc__child *children; /* sticky ones first, those that aren't listed last */
    size_t child_count, listed_count, sticky_count;
    int64_t *items, *comments; /* [i]: totals of the first i listed ones */
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
/* Fills what detail and summary have in common, including meta and its flags. */
int mc__microcosm_fill(mc_session *session, mc_microcosm *record, mc__arena *arena,
                       const mc__microcosm_reader *reader, int row, const mc__node *node);
/* A summary without children, newest item and unread flag; for lists of things of several kinds.
 * NULL: out of memory. */
const mc_microcosm *mc__microcosm_alone(mc_session *session, mc__arena *arena,
                                        const mc__microcosm_reader *reader, int row,
                                        const mc__node *node);
/* A child as an entry of the list, without unread flags. items: the rows that have its newest item.
 */
const mc_entry *mc__microcosm_summary(const mc__subtree *tree, mc__arena *arena,
                                      const mc__microcosm_reader *reader, int row,
                                      const mc__item_reader *items);

#endif
