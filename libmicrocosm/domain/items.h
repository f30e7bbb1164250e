/* What conversations.c, events.c, polls.c and comments.c share of items.c. */
#ifndef MC_ITEMS_H
#define MC_ITEMS_H

#include "domain.h"

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
const mc_type *mc__item_record_type(mc_item_type item_type);
/* A row of the view item_records, as it is for everybody. */
int mc__item_decode(void *record, mc__arena *arena, const mc__item_reader *reader, int row);
/* Links to itself and, unless it is NULL, to its microcosm. */
mc_list mc__item_links(mc__arena *arena, mc_item_type item_type, int64_t id, const mc__node *node);
int mc__item_refuse_unknown(mc_session *session, mc_item_type item_type, int64_t item_id);

/* What is known of an item before it is changed; if it doesn't exist, only the permissions. */
typedef struct mc__item_known {
    bool exists, is_deleted, is_moderated;
    bool is_gone;   /* it or its microcosm is deleted: nobody sees it */
    bool is_hidden; /* it or its microcosm */
    bool is_open;   /* it and its microcosm */
    int64_t microcosm_id, author;
    mc_permissions permissions;
} mc__item_known;

int mc__item_facts(mc__item_known *out, mc_session *session, mc_item_type item_type,
                   int64_t item_id);
/* The same from rows of items.facts. */
void mc__item_read_facts(mc__item_known *out, mc_session *session, mc_item_type item_type,
                         int64_t item_id, const PGresult *rows);
/* What follows from the row's own facts and from where it is. */
void mc__item_conclude(mc__item_known *out, mc_session *session, mc_item_type item_type,
                       int64_t item_id);
/* The same without asking the database; false if nothing is kept of the item. */
bool mc__item_find_known(mc__item_known *out, mc_session *session, mc_item_type item_type,
                         int64_t item_id);
/* 0, or why the actor may not change it as if it were not hidden: MC_ENOTFOUND for those who may
 * read where it is, else MC_EFORBIDDEN. Moderators may change what is only moderated. */
int mc__check_shown(mc_session *session, const mc__item_known *item);
int mc__may_create_in(mc_session *session, int64_t microcosm_id);

/* Public calls in all but their names. */
int mc__item_get(void **out, mc_session *session, mc_item_type item_type, int64_t item_id,
                 const mc_page_options *options);
int mc__item_json(mc_buffer *out, mc_session *session, mc_item_type item_type, int64_t item_id,
                  const mc_page_options *options);
int mc__items_list(mc_collection **out, mc_session *session, mc_item_type item_type,
                   const mc_page_options *options);
int mc__item_patch(mc_session *session, mc_item_type item_type, int64_t item_id,
                   const mc_patch_op *ops, size_t count);
int mc__item_patch_body(mc_session *session, mc_item_type item_type, int64_t item_id,
                        const char *body, size_t length);
int mc__item_delete(mc_session *session, mc_item_type item_type, int64_t item_id);
/* unread: place of the first comment not read, else of the newest. */
int mc__item_place(mc_place **out, mc_session *session, mc_item_type item_type, int64_t item_id,
                   int64_t limit, bool unread);

/* Inside a call: title NULL and microcosm_id 0 stay. */
int mc__item_edit(mc_session *session, mc_item_type item_type, int64_t item_id, const char *title,
                  int64_t microcosm_id, const char *edit_reason);

mc_time mc__last_read(mc_session *session, mc_item_type item_type, int64_t item_id,
                      int64_t microcosm_id, mc_time read_at);
int mc__place_limit(mc_session *session, int64_t *limit);
mc_place *mc__place_make(mc_item_type item_type, int64_t item_id, int64_t comment_id,
                         int64_t shown_before, int64_t limit);

#endif
