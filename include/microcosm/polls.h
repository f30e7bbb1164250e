/** Polls: a question with choices, and comments, inside a microcosm. */
#ifndef MICROCOSM_POLLS_H
#define MICROCOSM_POLLS_H

#include <microcosm/conversations.h>

#ifdef __cplusplus
extern "C" {
#endif

/** One answer to choose. */
typedef struct mc_poll_choice {
    const mc_type *type;
    int64_t id;
    const char *choice;
    int64_t order; /**< From 1. */
    int64_t votes, voter_count;
} mc_poll_choice;

/** A poll (contract/polls.md). */
typedef struct mc_poll {
    const mc_type *type;
    int64_t id;
    const char *title;
    int64_t microcosm_id;
    mc_list breadcrumb; /**< mc_link */
    const char *question;
    bool multi;     /**< Several answers are allowed. */
    bool poll_open;
    mc_list choices; /**< mc_poll_choice; in a detail. */
    int64_t voter_count;
    mc_time poll_closes;
    const mc_page *comments; /**< mc_comment; in a detail. */
    int64_t total_comments, total_views;
    const mc_meta *meta;
} mc_poll;

/** A poll and a page of its comments. Marks it read and counts a view.
 *  @return 0, MC_EFORBIDDEN, MC_ENOTFOUND, MC_EINVAL (page) */
MC_API int mc_poll_get(mc_poll **out, mc_session *session, int64_t poll_id, const mc_page_options *page);
/** The same as JSON, appended to out. */
MC_API int mc_poll_json(mc_buffer *out, mc_session *session, int64_t poll_id, const mc_page_options *page);

/** What one may give for a poll; what is left at zero gets its default. */
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

/** @return 0, MC_EINVAL, MC_EFORBIDDEN */
MC_API int mc_poll_create(int64_t *poll_id, mc_session *session, const mc_poll_edit *edit);

#ifdef __cplusplus
}
#endif
#endif
