/* The facts that determine whether an item may be shown or changed, from the database or the cache.
 */
#ifndef MC_CONTENT_ITEM_FACTS_H
#define MC_CONTENT_ITEM_FACTS_H

#include "../access/tree.h"
#include "cache/cache.h"
#include "db/db.h"

#include <microcosm.h>

/* If the item doesn't exist, only permissions is set. */
typedef struct mc__item_facts {
    bool exists, is_deleted, is_moderated;
    bool is_gone;   /* it or its microcosm is deleted: it can only be brought back */
    bool is_hidden; /* it or its microcosm is hidden */
    bool is_shown;  /* it isn't hidden, or only by what the actor may undo */
    bool is_open;   /* it and its microcosm are open */
    bool closed_by_moderator, placed_by_moderator; /* not from the cache */
    int64_t microcosm_id, author;
    mc_permissions permissions;
} mc__item_facts;

int mc__item_load_facts(mc__item_facts *out, mc_session *session, mc_item_type item_type,
                        int64_t item_id);
/* The same statements as those of mc__comment_add_check(), for an item. */
void mc__item_add_check(mc__batch *batch, mc_session *session, int64_t item_id,
                        const mc__item_facts *item);
/* Reads the facts from rows of items.facts. */
void mc__item_read_facts(mc__item_facts *out, mc_session *session, mc_item_type item_type,
                         int64_t item_id, const PGresult *rows);
/* Adds the facts that follow from its row and its microcosm. */
void mc__item_conclude(mc__item_facts *out, mc_session *session, mc_item_type item_type,
                       int64_t item_id);

/* The cached item, the same for all actors that may read it. */
typedef struct mc__cached_item {
    mc__entry entry;
    void *record;             /* mc_conversation, mc_event or mc_poll, without comments */
    mc_list links, own_links; /* with and without the link to the microcosm */
    int64_t author;
    bool is_deleted, is_moderated;
} mc__cached_item;
mc__cache_key mc__item_key(const mc_session *session, mc_item_type item_type, int64_t item_id);
/* Like mc__item_load_facts(), but from the cache only; false if the item isn't cached. */
bool mc__item_find_facts(mc__item_facts *out, mc_session *session, mc_item_type item_type,
                         int64_t item_id);

/* 0, or the error for an item that the actor may not see: MC_ENOTFOUND if it may read its
 * microcosm, else MC_EFORBIDDEN. */
int mc__check_shown(mc_session *session, const mc__item_facts *item);
/* Whether the actor may create items in a microcosm. Unknown microcosms are forbidden like
 * unreadable ones, except to the site's owner. */
int mc__may_create_in(mc_session *session, int64_t microcosm_id);
/* Whether the actor may move things out of a microcosm: it reads it, and creates or moderates
 * there. */
int mc__may_take_from(mc_session *session, const mc__node *node);
/* Checks rights before existence, so that actors can't find out what exists where they may not
 * read.
 */
int mc__item_refuse_unknown(mc_session *session, mc_item_type item_type, int64_t item_id);

#endif
