/** Comments: Markdown under a conversation, event, poll or huddle, or on a profile. */
#ifndef MICROCOSM_COMMENTS_H
#define MICROCOSM_COMMENTS_H

#include <microcosm/conversations.h>

#ifdef __cplusplus
extern "C" {
#endif

/** A comment (docs/http/comments.md#a-comment). */
struct mc_comment {
    const mc_type *type;
    int64_t id;             /**< Of the comment. */
    const char *item_type;  /**< Kind of what it is on, such as "conversation". */
    int64_t item_id;        /**< What it is on. */
    int64_t revisions;      /**< Number of its revisions, from 1. */
    int64_t in_reply_to;    /**< 0: none. */
    int64_t attachments;    /**< Number of files on it. */
    const char *first_line; /**< Always "". */
    const char *markdown;   /**< As sent. */
    const char *html;       /**< Safe to show. */
    const mc_meta
        *meta; /**< Who wrote it and when, state, links, what it answers, what the actor may do. */
};

/** A comment, the one that it replies to, and its replies: up to 250, or 4 MiB of their JSON. A
 *  link "next" leads to further ones. Marks its item as read up to it. Its author, who
 *  may not read its item, gets it alone: without titles, and without the comments of others.
 *  @param limit length of the pages of its item, for the link to its page (default 25 for 0)
 *  @param offset how many of the oldest replies to skip
 *  @return 0, MC_EINVAL (limit, offset), MC_EFORBIDDEN, MC_ENOTFOUND */
MC_API int mc_comment_get(mc_comment **out, mc_session *session, int64_t comment_id, int64_t limit,
                          int64_t offset);

/** Input for a comment. */
typedef struct mc_comment_edit {
    size_t size;           /**< Set by the initialiser. */
    const char *item_type; /**< Required to create: conversation, event, poll, huddle, profile. */
    int64_t item_id;       /**< Required to create. */
    const char *markdown;  /**< Required, at most 65,536 bytes unless the site has another limit. */
    int64_t in_reply_to;   /**< Dropped unless it is a comment of the same item. */
} mc_comment_edit;

#define MC_COMMENT_EDIT_INIT                                                                       \
    {                                                                                              \
        sizeof(mc_comment_edit), NULL, 0, NULL, 0                                                  \
    }

/** Write one. An equal comment by the same author on the same thing within 5 minutes is returned
 *  instead of a second one.
 *  @return 0, MC_EINVAL, MC_EFORBIDDEN (reason 10), MC_ECLOSED (reason 17), MC_ENOTFOUND */
MC_API int mc_comment_create(int64_t *comment_id, mc_session *session, const mc_comment_edit *edit);
/** The same from a request's body. @return as mc_comment_create() */
MC_API int mc_comment_create_body(int64_t *comment_id, mc_session *session, mc_format format,
                                  const char *body, size_t length);
/** Write a new revision.
 *  @return 0, MC_EINVAL, MC_EFORBIDDEN, MC_ECLOSED (reason 17), MC_ENOTFOUND */
MC_API int mc_comment_edit_save(mc_session *session, int64_t comment_id,
                                const mc_comment_edit *edit);
/** The same from a request's body. @return as mc_comment_edit_save() */
MC_API int mc_comment_edit_body(mc_session *session, int64_t comment_id, mc_format format,
                                const char *body, size_t length);
/** Change flags: deleted, moderated (paths as in mc_patch_op). @return 0, MC_EINVAL,
 * MC_EUNSUPPORTED, MC_EFORBIDDEN, MC_ENOTFOUND */
MC_API int mc_comment_patch(mc_session *session, int64_t comment_id, const mc_patch_op *ops,
                            size_t count);
/** The same from a request's body. @return as mc_comment_patch() */
MC_API int mc_comment_patch_body(mc_session *session, int64_t comment_id, const char *body,
                                 size_t length);
/** Hide it. It may be hidden already. @return 0, MC_EFORBIDDEN, MC_ENOTFOUND */
MC_API int mc_comment_delete(mc_session *session, int64_t comment_id);
/** Its position in its item. @return 0, MC_EINVAL (limit), MC_EFORBIDDEN, MC_ENOTFOUND */
MC_API int mc_comment_position(mc_position **out, mc_session *session, int64_t comment_id,
                               int64_t limit);

#ifdef __cplusplus
}
#endif
#endif
