/** Polls: a question with choices, and comments, inside a microcosm. */
#ifndef MICROCOSM_POLLS_H
#define MICROCOSM_POLLS_H

#include <microcosm/conversations.h>

#ifdef __cplusplus
extern "C" {
#endif

/** One choice of a poll. */
typedef struct mc_poll_choice {
    const mc_type *type;
    int64_t id;          /**< Of the choice. */
    const char *choice;  /**< Its text, HTML-escaped. */
    int64_t order;       /**< From 1. */
    int64_t votes;       /**< Number of votes for it; 0 if the poll hides its results. */
    int64_t voter_count; /**< Number of profiles that voted for it; the same. */
} mc_poll_choice;

/** A poll (docs/http/polls.md#a-poll). */
typedef struct mc_poll {
    const mc_type *type;
    int64_t id;              /**< Of the poll. */
    const char *title;       /**< HTML-escaped. */
    int64_t microcosm_id;    /**< The microcosm that it is in. */
    mc_list breadcrumb;      /**< mc_link */
    const char *question;    /**< HTML-escaped. */
    bool multi;              /**< Several answers are allowed. */
    bool poll_open;          /**< Votes are taken. */
    mc_list choices;         /**< mc_poll_choice; in a detail. */
    int64_t voter_count;     /**< Number of profiles that have voted; 0 if results are hidden. */
    mc_time poll_closes;     /**< When it stops taking votes; none: never. */
    const mc_page *comments; /**< mc_comment; in a detail. */
    int64_t total_comments;  /**< Number of comments that are shown. */
    int64_t total_views;     /**< Number of reads; updated with a delay. */
    const mc_meta *meta;     /**< Who made it and when, state, links, what the actor may do. */
    bool hide_results;   /**< Votes are told to those only who have voted, until it is closed. */
    bool results_hidden; /**< So they are hidden from the actor: votes and voter_count are 0. In a
                              summary as for somebody who has not voted. */
} mc_poll;

/** A poll and a page of its comments. Marks it read and counts a view.
 *  @return 0, MC_EFORBIDDEN (may not read it, or there is none), MC_ENOTFOUND (it is gone
 *          from where the actor may read; or there is none, to the site's owner), MC_EINVAL (page)
 */
MC_API int mc_poll_get(mc_poll **out, mc_session *session, int64_t poll_id,
                       const mc_page_options *page);
/** The same as JSON, appended to out. @return as mc_poll_get(), or MC_ETOOLARGE (for the buffer) */
MC_API int mc_poll_json(mc_buffer *out, mc_session *session, int64_t poll_id,
                        const mc_page_options *page);

/** The site's polls that the actor may read, oldest first.
 *  @return 0, MC_EINVAL (page, filter), MC_EFORBIDDEN (the microcosm), MC_ENOTFOUND (the microcosm;
 *          hidden, or to the site's owner unknown) */
MC_API int mc_polls_list(mc_collection **out, mc_session *session, const mc_item_filter *filter,
                         const mc_page_options *page);

/** What one may give for a choice of a poll. */
typedef struct mc_poll_choice_edit {
    size_t size;        /**< Set by the initialiser. */
    int64_t id;         /**< To edit: of the choice that is meant; 0: a new one. */
    const char *choice; /**< Required, at most 150 characters. */
} mc_poll_choice_edit;

#define MC_POLL_CHOICE_EDIT_INIT                                                                   \
    {                                                                                              \
        sizeof(mc_poll_choice_edit), 0, NULL                                                       \
    }

/** What one may give for a poll. To create it, what is left at zero gets its default; to edit it,
 *  what is left at zero stays. */
typedef struct mc_poll_edit {
    size_t size;             /**< Set by the initialiser. */
    int64_t microcosm_id;    /**< Required to create; another one moves it. */
    const char *title;       /**< At most 150 characters; required to create. */
    const char *edit_reason; /**< At most 150 characters; required to edit. */
    const char *question;    /**< At most 512 characters; required to create. */
    mc_list choices; /**< mc_poll_choice_edit, 1 to 100; required to create. To edit: in their new
                          order; if any has an id, choices that are not in the list go, unless
                          people have voted for them. */
    mc_choice multi; /**< Several answers are allowed. Default MC_NO. */
    mc_choice poll_open; /**< Votes are taken. Default MC_YES. */
    const char
        *poll_closes; /**< RFC 3339; in the future, when it is created. "": never, the default. */
    mc_choice hide_results; /**< Tell votes to those only who have voted, until it is closed.
                               Default MC_NO. */
    mc_choice force; /**< To edit, for moderators: choices go that people have voted for, and those
                        votes with them. */
} mc_poll_edit;

#define MC_POLL_EDIT_INIT                                                                          \
    {                                                                                              \
        sizeof(mc_poll_edit), 0, NULL, NULL, NULL, {NULL, 0}, MC_UNSET, MC_UNSET, NULL, MC_UNSET,  \
            MC_UNSET                                                                               \
    }

/** Create a poll. Unlike conversations and events, an equal one is created again.
 *  @return 0, MC_EINVAL, MC_EFORBIDDEN, MC_ENOTFOUND (the microcosm; site owner only), MC_ECLOSED
 */
MC_API int mc_poll_create(int64_t *poll_id, mc_session *session, const mc_poll_edit *edit);
/** The same from a request's body. @return as mc_poll_create() */
MC_API int mc_poll_create_body(int64_t *poll_id, mc_session *session, mc_format format,
                               const char *body, size_t length);
/** Change it, or move it.
 *  @return 0, MC_EINVAL (also if a choice would go that has votes), MC_EFORBIDDEN (also to use
 *          force), MC_ECLOSED (reason 17), MC_ENOTFOUND */
MC_API int mc_poll_edit_save(mc_session *session, int64_t poll_id, const mc_poll_edit *edit);
/** The same from a request's body. @return as mc_poll_edit_save() */
MC_API int mc_poll_edit_body(mc_session *session, int64_t poll_id, mc_format format,
                             const char *body, size_t length);
/** Change flags: sticky, open, deleted, moderated (paths as in mc_patch_op).
 *  @return 0, MC_EINVAL, MC_EUNSUPPORTED, MC_EFORBIDDEN, MC_ENOTFOUND */
MC_API int mc_poll_patch(mc_session *session, int64_t poll_id, const mc_patch_op *ops,
                         size_t count);
/** The same from a request's body. @return as mc_poll_patch() */
MC_API int mc_poll_patch_body(mc_session *session, int64_t poll_id, const char *body,
                              size_t length);
/** Hide it. Done already is fine. @return 0, MC_EFORBIDDEN */
MC_API int mc_poll_delete(mc_session *session, int64_t poll_id);
/** Place of the newest comment. @return 0, MC_EINVAL (limit), MC_EFORBIDDEN, MC_ENOTFOUND */
MC_API int mc_poll_last_comment(mc_position **out, mc_session *session, int64_t poll_id,
                                int64_t limit);
/** Place of the first comment that the actor hasn't read; else of the newest.
 *  @return as mc_poll_last_comment() */
MC_API int mc_poll_new_comment(mc_position **out, mc_session *session, int64_t poll_id,
                               int64_t limit);

/** What somebody has voted for. */
typedef struct mc_poll_vote {
    const mc_type *type;
    mc_int64s choices; /**< Ids of the choices; none if they have not voted. */
} mc_poll_vote;

/** The actor's own vote. @return 0, MC_EFORBIDDEN, MC_ENOTFOUND */
MC_API int mc_poll_vote_get(mc_poll_vote **out, mc_session *session, int64_t poll_id);

/** A vote. Begin with MC_POLL_VOTE_EDIT_INIT. */
typedef struct mc_poll_vote_edit {
    size_t size;       /**< Set by the initialiser. */
    mc_int64s choices; /**< Ids of choices of the poll: one, or several if it is multi. */
} mc_poll_vote_edit;

#define MC_POLL_VOTE_EDIT_INIT                                                                     \
    {                                                                                              \
        sizeof(mc_poll_vote_edit),                                                                 \
        {                                                                                          \
            NULL, 0                                                                                \
        }                                                                                          \
    }

/** Vote, instead of whatever the actor has voted for before.
 *  @return 0, MC_EINVAL, MC_EFORBIDDEN, MC_ENOTFOUND, MC_ECLOSED (it takes no votes, or is closed)
 */
MC_API int mc_poll_vote_set(mc_session *session, int64_t poll_id, const mc_poll_vote_edit *edit);
/** The same from a request's body: a JSON array of ids, or an object with choices.
 *  @return as mc_poll_vote_set() */
MC_API int mc_poll_vote_body(mc_session *session, int64_t poll_id, mc_format format,
                             const char *body, size_t length);
/** Take the actor's vote back. Not to have voted is fine.
 *  @return 0, MC_EFORBIDDEN, MC_ENOTFOUND, MC_ECLOSED */
MC_API int mc_poll_vote_delete(mc_session *session, int64_t poll_id);

#ifdef __cplusplus
}
#endif
#endif
