/* What decides about an item before it is shown or changed, from the database or from the cache. */
#ifndef MC_CONTENT_ITEM_FACTS_H
#define MC_CONTENT_ITEM_FACTS_H

#include "cache/cache.h"
#include "db/db.h"

#include <microcosm.h>

/* If it doesn't exist, only the permissions. */
typedef struct mc__item_facts {
    bool exists, is_deleted, is_moderated;
    bool is_gone;   /* it or its microcosm is deleted: nobody sees it */
    bool is_hidden; /* it or its microcosm */
    bool is_open;   /* it and its microcosm */
    int64_t microcosm_id, author;
    mc_permissions permissions;
} mc__item_facts;

int mc__item_load_facts(mc__item_facts *out, mc_session *session, mc_item_type item_type,
                        int64_t item_id);
/* The same from rows of items.facts. */
void mc__item_read_facts(mc__item_facts *out, mc_session *session, mc_item_type item_type,
                         int64_t item_id, const PGresult *rows);
/* What follows from the row's own facts and from where it is. */
void mc__item_conclude(mc__item_facts *out, mc_session *session, mc_item_type item_type,
                       int64_t item_id);

/* The item as the cache holds it, for whoever may read it. */
typedef struct mc__cached_item {
    mc__entry entry;
    void *record;             /* mc_conversation, mc_event or mc_poll, without comments */
    mc_list links, own_links; /* with the microcosm's and without */
    int64_t author;
    bool is_deleted, is_moderated;
} mc__cached_item;
mc__cache_key mc__item_key(const mc_session *session, mc_item_type item_type, int64_t item_id);
/* As mc__item_load_facts() without asking the database; false if nothing is kept of the item. */
bool mc__item_find_facts(mc__item_facts *out, mc_session *session, mc_item_type item_type,
                         int64_t item_id);

/* 0, or why the actor may not change it as if it were not hidden: MC_ENOTFOUND for those who may
 * read where it is, else MC_EFORBIDDEN. Moderators may change what is only moderated. */
int mc__check_shown(mc_session *session, const mc__item_facts *item);
/* Whether something may be created in a microcosm by the actor. Unknown ones are as forbidden as
 * unreadable ones, but for the site's owner. */
int mc__may_create_in(mc_session *session, int64_t microcosm_id);
/* Rights come before existence, so that nobody learns what exists where they may not look. */
int mc__item_refuse_unknown(mc_session *session, mc_item_type item_type, int64_t item_id);

#endif
