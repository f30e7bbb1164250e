/**
 * The change feed: what happened on a site, in an order in which nothing is ever skipped.
 *
 * Every write appends to it in its own transaction, so it tells of what was committed and of
 * nothing else. A program that follows it keeps a cursor and asks again; a cursor outlives
 * processes and may be stored.
 */
#ifndef MICROCOSM_CHANGES_H
#define MICROCOSM_CHANGES_H

#include <microcosm/common.h>

#ifdef __cplusplus
extern "C" {
#endif

/** One change. */
typedef struct mc_change {
    const mc_type *type;
    int64_t id;              /**< Of the change. */
    const char *item_type;   /**< Kind of the thing, such as "comment". */
    int64_t item_id;         /**< The thing. */
    const char *parent_type; /**< Kind of what it is in or on, or "". */
    int64_t parent_id;       /**< 0: none. */
    int64_t microcosm_id;    /**< 0: in no microcosm. */
    /** "create", "replace", "update" or "delete". For a thing that nobody sees any more it is
     *  always "delete". */
    const char *action;
    int64_t profile_id;      /**< Who did it; 0: the platform. */
    mc_time created;         /**< When. */
} mc_change;

/** Some changes and where to go on. */
typedef struct mc_change_list {
    const mc_type *type;
    mc_list changes;    /**< mc_change, oldest first; those that the actor may know of. */
    const char *cursor; /**< For the next call, also when there are no changes. */
    bool more;          /**< Whether to ask again at once. */
} mc_change_list;

/**
 * What has happened on the session's site since a cursor, as far as the actor may see the things
 * concerned: by the same decision as reading them.
 *
 * Changes of transactions that may still be overtaken by older ones are held back (usually for
 * less than a millisecond), so no change is skipped. Each is given at least once.
 *
 * Changes are kept for changes_keep_s of mc_app_options. A cursor that was left for longer, so that
 * something after it is gone, is refused with MC_EGONE: begin again with "now" and look at
 * everything anew, or with NULL for what is left.
 *
 * @param[out] out  freed with mc_record_free()
 * @param cursor    of the list before; NULL or "" for the oldest change that is kept; "now" to
 *                  begin with what comes next
 * @param limit     most changes to look at, 1 to 1000; 0: 100
 * @return 0, MC_EINVAL (cursor, limit), MC_EGONE (cursor), MC_ESTATE (no site entered),
 *         MC_EUNAVAILABLE, ...
 */
MC_API int mc_changes_next(mc_change_list **out, mc_session *session, const char *cursor, int64_t limit);

#ifdef __cplusplus
}
#endif
#endif
