/**
 * Watchers: what a member follows. Who posts something, comments on something or comes to an event
 * follows it from then on (docs/http/watchers.md).
 */
#ifndef MICROCOSM_WATCHERS_H
#define MICROCOSM_WATCHERS_H

#include <microcosm/common.h>
#include <microcosm/session.h>

#ifdef __cplusplus
extern "C" {
#endif

/** That the actor follows a thing (docs/http/watchers.md#a-watcher). */
typedef struct mc_watcher {
    const mc_type *type;
    int64_t id;            /**< Of the watcher. */
    int64_t item_type_id;  /**< Kind of the thing: an mc_item_type. */
    int64_t item_id;       /**< The thing; 0, of profiles: all newcomers. */
    mc_time last_notified; /**< When mail about it was sent last; the year 1 if never. */
    bool send_email;       /**< Mail is wanted about it. */
    bool send_sms;         /**< Stored only. */
    const void *item;      /**< Summary of its kind; NULL for newcomers and sites. */
    const char *item_type; /**< Name of its kind. */
} mc_watcher;

/** What to follow. Begin with MC_WATCHER_EDIT_INIT. */
typedef struct mc_watcher_edit {
    size_t size;           /**< Set by the initialiser. */
    const char *item_type; /**< Required: name of the kind of thing. */
    int64_t item_id;       /**< The thing; 0, of profiles: all newcomers. */
    /** 1 to 9, the type of update whose preference says whether mail is sent; unset: 1. */
    mc_maybe_int64 update_type_id;
} mc_watcher_edit;

#define MC_WATCHER_EDIT_INIT                                                                       \
    {                                                                                              \
        sizeof(mc_watcher_edit), NULL, 0,                                                          \
        {                                                                                          \
            false, 0                                                                               \
        }                                                                                          \
    }

/** How to be told of a thing that one follows. Begin with MC_WATCHER_SWITCHES_INIT. */
typedef struct mc_watcher_switches {
    size_t size;           /**< Set by the initialiser. */
    const char *item_type; /**< Required: name of the kind of thing. */
    int64_t item_id;       /**< The thing. */
    mc_choice send_email;  /**< By mail; unset: no. */
    mc_choice send_sms;    /**< Stored only; unset: no. */
} mc_watcher_switches;

#define MC_WATCHER_SWITCHES_INIT                                                                   \
    {                                                                                              \
        sizeof(mc_watcher_switches), NULL, 0, MC_UNSET, MC_UNSET                                   \
    }

/**
 * Follow a thing that the actor may read: the site, a microcosm, profile, comment, huddle,
 * conversation, poll or event. What it follows already stays as it is.
 *
 * @param[out] send_email  whether mail is sent about it
 * @return 0, MC_EFORBIDDEN (guest, or not readable), MC_ENOTFOUND, MC_EINVAL (kind, id, type)
 */
MC_API int mc_watcher_create(bool *send_email, mc_session *session, const mc_watcher_edit *edit);
/** The same from a request's body. @return as mc_watcher_create() */
MC_API int mc_watcher_create_body(bool *send_email, mc_session *session, mc_format format,
                                  const char *body, size_t length);

/** Say how to be told of a thing that the actor follows.
 *  @return 0, MC_EFORBIDDEN (guest), MC_EINVAL (also if the actor doesn't follow it) */
MC_API int mc_watcher_set(mc_session *session, const mc_watcher_switches *switches);
/** The same from a request's body. @return as mc_watcher_set() */
MC_API int mc_watcher_set_body(mc_session *session, mc_format format, const char *body,
                               size_t length);

/** Follow a thing no more. Whether it still exists doesn't matter.
 *  @return 0, MC_EFORBIDDEN (guest), MC_ENOTFOUND (the actor doesn't follow it) */
MC_API int mc_watcher_remove(mc_session *session, mc_item_type item_type, int64_t item_id);
/** The same by the watcher's id. @return 0, MC_EFORBIDDEN (somebody else's), MC_ENOTFOUND */
MC_API int mc_watcher_delete(mc_session *session, int64_t watcher_id);

/**
 * A page of mc_watcher: those never told of first, then those told of last, then by kind, then
 * newest thing first. What doesn't exist any more, is hidden or can't be read by the actor is
 * neither listed nor counted. The list ends after 10,000.
 * @return 0, MC_EFORBIDDEN (guest), MC_EBANNED, MC_EINVAL (page)
 */
MC_API int mc_watchers_list(mc_collection **out, mc_session *session, const mc_page_options *page);

#ifdef __cplusplus
}
#endif
#endif
