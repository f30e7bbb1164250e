/**
 * The change feed: all changes on a site, in an order that lets a reader miss none.
 *
 * Every write appends to it in its own transaction, so it has exactly the committed changes. A
 * program that follows it passes the cursor of each call to the next one. A cursor is a text that
 * may be stored, and stays valid when processes end.
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
    int64_t id;              /**< Of the change. Things told along with one have the same. */
    const char *item_type;   /**< Kind of the thing, such as "comment". */
    int64_t item_id;         /**< The thing. */
    const char *parent_type; /**< Kind of what it is in or on, or "". */
    int64_t parent_id;       /**< 0: none. */
    int64_t microcosm_id;    /**< 0: in no microcosm. */
    /** "create", "replace", "update" or "delete". Always "delete" if the thing is hidden now. */
    const char *action;
    int64_t profile_id; /**< Who did it; 0: the platform. */
    mc_time created;    /**< When. */
} mc_change;

/** Some changes, and the cursor for the next call. */
typedef struct mc_change_list {
    const mc_type *type;
    mc_list changes; /**< mc_change, oldest first; only of things that the actor may read. */
    /** For the next call, also when there are no changes. Of no fixed length: some dozens of bytes,
     * and more where the actor may read some of many microcosms. */
    const char *cursor;
    bool more; /**< Whether there are more changes already. */
} mc_change_list;

/**
 * The changes on the session's site since a cursor, of things that the actor may read.
 *
 * Whatever leaves the actor's sight is told with "delete": it is hidden, or was moved to where the
 * actor may not read, or the actor's roles have changed, or the actor has left the huddle. A
 * microcosm that goes takes with it all that is in it, but not the microcosms below, which are told
 * themselves; what the actor has written there may still be read by itself. Whatever comes into
 * sight is told with "create": an item or huddle with its comments, a microcosm with its items and
 * their comments. What the actor could see is in the cursor, so that belongs to the actor that it
 * was made for. Who is banned from the site isn't told that huddles and profiles are gone. Who may
 * not read a microcosm isn't told when it is hidden, though what they have written in it goes, too.
 *
 * A cursor isn't signed. Don't take one from somebody who may have made it up: where it says that
 * the actor could see a microcosm, the actor is told when that changes, though not what is in it.
 *
 * Changes are held back while an older transaction that may still write some is running (usually
 * less than a millisecond), so no change is skipped. Each is returned at least once.
 *
 * Changes are kept for changes_keep_s of mc_app_options. If changes after the cursor were deleted
 * already, the cursor is refused with MC_EGONE. The reader then begins again: with "now" after
 * reading everything anew, or with NULL for the changes that are left.
 *
 * @param[out] out  freed with mc_record_free()
 * @param cursor    of the list before; NULL or "" for the oldest change that is kept; "now" to
 *                  begin with what comes next
 * @param limit     most changes to look at, 1 to 1000; 0: 100. No more are returned
 * @return 0, MC_EINVAL (cursor, limit), MC_EGONE (cursor), MC_ESTATE (no site entered),
 *         MC_EUNAVAILABLE, ...
 */
MC_API int mc_changes_next(mc_change_list **out, mc_session *session, const char *cursor,
                           int64_t limit);

#ifdef __cplusplus
}
#endif
#endif
