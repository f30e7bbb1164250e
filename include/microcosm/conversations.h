/** Conversations: a title and the comments under it, inside a microcosm. */
#ifndef MICROCOSM_CONVERSATIONS_H
#define MICROCOSM_CONVERSATIONS_H

#include <microcosm/common.h>

#ifdef __cplusplus
extern "C" {
#endif

/** The newest comment of a thing, in lists. */
typedef struct mc_last_comment {
    const mc_type *type;
    int64_t id;                   /**< Of the comment. */
    mc_time created;              /**< When it was written. */
    const mc_profile *created_by; /**< By whom. */
} mc_last_comment;

/** A conversation (docs/http/conversations.md#a-conversation). */
typedef struct mc_conversation {
    const mc_type *type;
    int64_t id;              /**< Of the conversation. */
    const char *title;       /**< HTML-escaped. */
    int64_t microcosm_id;    /**< The microcosm that it is in. */
    mc_list breadcrumb;      /**< mc_link: the microcosms down to its own, without the root. */
    const mc_page *comments; /**< mc_comment; in a detail. */
    int64_t total_comments;  /**< Number of comments that are shown. */
    int64_t total_views;     /**< Number of reads; updated with a delay. */
    const mc_last_comment *last_comment; /**< In a summary; NULL without comments. */
    const mc_meta *meta; /**< Who made it and when, state, links, what the actor may do. */
} mc_conversation;

/**
 * A conversation and a page of its comments. Marks it read for the actor and counts a view.
 * @return 0, MC_EFORBIDDEN (may not read it, or there is none), MC_ENOTFOUND (it is gone
 *          from where the actor may read; or there is none, to the site's owner), MC_EINVAL (page)
 */
MC_API int mc_conversation_get(mc_conversation **out, mc_session *session, int64_t conversation_id,
                               const mc_page_options *page);
/** The same as JSON, appended to out. @return as mc_conversation_get(), or MC_ETOOLARGE (for the
 * buffer) */
MC_API int mc_conversation_json(mc_buffer *out, mc_session *session, int64_t conversation_id,
                                const mc_page_options *page);
/** The site's conversations that the actor may read, sticky first, then newest activity first.
 *  @return 0, MC_EINVAL (page, filter), MC_EFORBIDDEN (the microcosm), MC_ENOTFOUND (the microcosm;
 *          hidden, or to the site's owner unknown) */
MC_API int mc_conversations_list(mc_collection **out, mc_session *session,
                                 const mc_item_filter *filter, const mc_page_options *page);

/** Input for a conversation; members that are 0 stay as they are. */
typedef struct mc_conversation_edit {
    size_t size;             /**< Set by the initialiser. */
    int64_t microcosm_id;    /**< Required to create; another one moves it. */
    const char *title;       /**< At most 150 characters; required to create. */
    const char *edit_reason; /**< At most 150 characters; required to edit. */
} mc_conversation_edit;

#define MC_CONVERSATION_EDIT_INIT                                                                  \
    {                                                                                              \
        sizeof(mc_conversation_edit), 0, NULL, NULL                                                \
    }

/** Create a conversation. An equal title by the same author in the same microcosm within 5 minutes
 * returns the first one.
 *  @return 0, MC_EINVAL, MC_EFORBIDDEN, MC_ENOTFOUND (the microcosm; site owner only) */
MC_API int mc_conversation_create(int64_t *conversation_id, mc_session *session,
                                  const mc_conversation_edit *edit);
/** The same from a request's body. @return as mc_conversation_create() */
MC_API int mc_conversation_create_body(int64_t *conversation_id, mc_session *session,
                                       mc_format format, const char *body, size_t length);
/** Change its title, or move it.
 *  @return 0, MC_EINVAL, MC_EFORBIDDEN, MC_ECLOSED (reason 17), MC_ENOTFOUND */
MC_API int mc_conversation_edit_save(mc_session *session, int64_t conversation_id,
                                     const mc_conversation_edit *edit);
/** The same from a request's body. @return as mc_conversation_edit_save() */
MC_API int mc_conversation_edit_body(mc_session *session, int64_t conversation_id, mc_format format,
                                     const char *body, size_t length);
/** Change flags: sticky, open, deleted, moderated (paths as in mc_patch_op).
 *  @return 0, MC_EINVAL, MC_EUNSUPPORTED, MC_EFORBIDDEN, MC_ENOTFOUND */
MC_API int mc_conversation_patch(mc_session *session, int64_t conversation_id,
                                 const mc_patch_op *ops, size_t count);
/** The same from a request's body. @return as mc_conversation_patch() */
MC_API int mc_conversation_patch_body(mc_session *session, int64_t conversation_id,
                                      const char *body, size_t length);
/** Hide it. It may be hidden already. @return 0, MC_EFORBIDDEN */
MC_API int mc_conversation_delete(mc_session *session, int64_t conversation_id);

/** Position of a comment in an item. */
typedef struct mc_position {
    const mc_type *type;
    const char *item_type; /**< Such as "conversation". */
    int64_t item_id;       /**< The item. */
    int64_t comment_id;    /**< 0: the item has no comments. */
    int64_t offset;        /**< Of the page that it is on, for the given limit. */
} mc_position;

/** Position of the newest comment. @return 0, MC_EINVAL (limit), MC_EFORBIDDEN, MC_ENOTFOUND */
MC_API int mc_conversation_last_comment(mc_position **out, mc_session *session,
                                        int64_t conversation_id, int64_t limit);
/** Position of the first comment that the actor hasn't read; if there is none, of the newest.
 *  @return as mc_conversation_last_comment() */
MC_API int mc_conversation_new_comment(mc_position **out, mc_session *session,
                                       int64_t conversation_id, int64_t limit);

#ifdef __cplusplus
}
#endif
#endif
