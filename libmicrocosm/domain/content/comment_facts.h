/* What decides about a comment before it is shown or changed. */
#ifndef MC_CONTENT_COMMENT_FACTS_H
#define MC_CONTENT_COMMENT_FACTS_H

#include "db/db.h"

#include <microcosm.h>

/* If it doesn't exist, only the permissions. */
typedef struct mc__comment_facts {
    bool exists, is_visible, is_deleted, is_moderated;
    bool parent_hidden; /* its item or microcosm */
    mc_item_type item_type;
    int64_t item_id, microcosm_id, author;
    int64_t index; /* among the comments that pages show to the actor, from 0; of one that they
                      leave out, that of the comment before it; -1: there is none */
    mc_permissions permissions;
} mc__comment_facts;

/* Asks with comments.get; the facts are then in its row, which is also the comment's. */
void mc__comment_ask(mc_session *session, mc__batch *batch, int64_t comment_id);
void mc__comment_read_facts(mc__comment_facts *out, mc_session *session, int64_t comment_id,
                            const PGresult *rows);
/* Both, in a trip of its own. */
int mc__comment_load_facts(mc__comment_facts *out, mc_session *session, int64_t comment_id);
/* An unknown comment is forbidden to everybody; a hidden one isn't there. */
int mc__comment_check_readable(mc_session *session, const mc__comment_facts *comment);

#endif
