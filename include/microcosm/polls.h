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
    int64_t id;         /**< Of the choice. */
    const char *choice; /**< Its text, HTML-escaped. */
    int64_t order; /**< From 1. */
    int64_t votes;       /**< Number of votes for it. */
    int64_t voter_count; /**< Number of profiles that voted for it. */
} mc_poll_choice;

/** A poll (docs/http/polls.md#a-poll). */
typedef struct mc_poll {
    const mc_type *type;
    int64_t id;           /**< Of the poll. */
    const char *title;    /**< HTML-escaped. */
    int64_t microcosm_id; /**< The microcosm that it is in. */
    mc_list breadcrumb;   /**< mc_link */
    const char *question; /**< HTML-escaped. */
    bool multi;           /**< Several answers are allowed. */
    bool poll_open;       /**< Votes are taken. */
    mc_list choices; /**< mc_poll_choice; in a detail. */
    int64_t voter_count; /**< Number of profiles that have voted. */
    mc_time poll_closes; /**< When it stops taking votes; none: never. */
    const mc_page *comments; /**< mc_comment; in a detail. */
    int64_t total_comments;  /**< Number of comments that are shown. */
    int64_t total_views;     /**< Number of reads; updated with a delay. */
    const mc_meta *meta;     /**< Who made it and when, state, links, what the actor may do. */
} mc_poll;

/** A poll and a page of its comments. Marks it read and counts a view.
 *  @return 0, MC_EFORBIDDEN, MC_ENOTFOUND, MC_EINVAL (page) */
MC_API int mc_poll_get(mc_poll **out, mc_session *session, int64_t poll_id, const mc_page_options *page);
/** The same as JSON, appended to out. @return as mc_poll_get(), or MC_ETOOLARGE (for the buffer) */
MC_API int mc_poll_json(mc_buffer *out, mc_session *session, int64_t poll_id, const mc_page_options *page);

/** Input for a poll; members that are 0 get their default. */
typedef struct mc_poll_edit {
    size_t size;
    int64_t microcosm_id; /**< Required. */
    const char *title;    /**< Required, at most 150 characters. */
    const char *question; /**< Required, at most 512 characters. */
    mc_strings choices;   /**< Required: 1 to 100 of at most 150 characters. */
    mc_choice multi;      /**< Default MC_NO. */
    mc_choice poll_open;  /**< Default MC_YES. */
    const char *poll_closes; /**< RFC 3339, in the future; NULL: never. */
} mc_poll_edit;

/** Make one. An equal poll by the same author within 5 minutes returns the first one.
 *  @return 0, MC_EINVAL, MC_EFORBIDDEN */
MC_API int mc_poll_create(int64_t *poll_id, mc_session *session, const mc_poll_edit *edit);

#ifdef __cplusplus
}
#endif
#endif
