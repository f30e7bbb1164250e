/* The facts that determine whether a comment may be shown or changed. */
#ifndef MC_CONTENT_COMMENT_FACTS_H
#define MC_CONTENT_COMMENT_FACTS_H

#include "db/db.h"

#include <microcosm.h>

/* If the comment doesn't exist, only permissions is set. */
typedef struct mc__comment_facts {
    bool exists, is_visible, is_deleted, is_moderated;
    bool parent_hidden; /* its item or microcosm is hidden */
    bool is_shown;      /* nothing of that is hidden, or only by what the actor may undo */
    bool is_open;       /* its item and microcosm are open */
    bool reads_parent;  /* the actor may read what it is on; else its author sees it alone */
    mc_item_type item_type;
    int64_t item_id, microcosm_id, author;
    mc_permissions permissions;
} mc__comment_facts;

/* What is read of a comment to judge it; all zero if there is none. */
typedef struct mc__comment_row {
    bool exists, is_visible, is_deleted, is_moderated;
    mc_item_type parent_type;
    int64_t comment_id, parent_id, microcosm_id, created_by;
    bool parent_visible, parent_open, is_participant;
    int64_t parent_author;
} mc__comment_row;
void mc__comment_judge(mc__comment_facts *out, mc_session *session, const mc__comment_row *row);

/* Adds comments.get to the batch; its row has the facts and the comment, as those of other
 * statements with comment_parent_columns. */
void mc__comment_ask(mc_session *session, mc__batch *batch, int64_t comment_id);
void mc__comment_read_facts(mc__comment_facts *out, mc_session *session, int64_t comment_id,
                            const PGresult *rows, int row);
/* Adds the statements that a write begins with: they lock the comment's item, and fail if what was
 * judged has been closed, hidden or moved since. */
void mc__comment_add_check(mc__batch *batch, mc_session *session, int64_t comment_id,
                           const mc__comment_facts *comment, bool may_be_hidden);
/* Adds, runs and reads comments.get in a trip of its own. */
int mc__comment_load_facts(mc__comment_facts *out, mc_session *session, int64_t comment_id);
/* MC_EFORBIDDEN if the comment is unknown or may not be read; MC_ENOTFOUND if it is hidden
 * from the actor. */
int mc__comment_check_readable(mc_session *session, const mc__comment_facts *comment);

#endif
