/** Updates: what a member is told of, and how (docs/http/updates.md). */
#ifndef MICROCOSM_UPDATES_H
#define MICROCOSM_UPDATES_H

#include <microcosm/common.h>
#include <microcosm/session.h>

#ifdef __cplusplus
extern "C" {
#endif

/** Something that the actor is told of (docs/http/updates.md#an-update). */
typedef struct mc_update {
    const mc_type *type;
    int64_t id;                   /**< Of the update. */
    const char *update_type;      /**< Name of its type, such as "new_comment". */
    const char *item_type;        /**< Kind of what it shows, such as "comment". */
    const void *item;             /**< Summary of that kind. */
    const char *parent_item_type; /**< Of a comment: kind of what it is on; else "". */
    const void *parent_item;      /**< Summary of that; else NULL. */
    const mc_meta *meta;          /**< When, by whom, and whether it is unread. */
} mc_update;

/** Which updates to list. Begin with MC_UPDATE_FILTER_INIT. */
typedef struct mc_update_filter {
    size_t size; /**< Set by the initialiser. */
    bool polls;  /**< With those about polls. */
} mc_update_filter;

#define MC_UPDATE_FILTER_INIT                                                                      \
    {                                                                                              \
        sizeof(mc_update_filter), false                                                            \
    }

/**
 * A page of mc_update, newest first: of the actor's newest 1,000, those that it may read now.
 * Nothing that is hidden, ignored, by ignored people, or no longer followed is among them. filter
 * may be NULL.
 * @return 0, MC_EFORBIDDEN (guest), MC_EBANNED, MC_EINVAL (page)
 */
MC_API int mc_updates_list(mc_collection **out, mc_session *session, const mc_update_filter *filter,
                           const mc_page_options *page);

/** How the actor wants to be told of a type of update (docs/http/updates.md#preferences). */
typedef struct mc_update_preference {
    const mc_type *type;
    int64_t profile_id;      /**< The actor's. */
    int64_t id;              /**< The type of update, 1 to 9. */
    const char *description; /**< Of the type, a sentence. */
    bool send_email;         /**< By mail. */
    bool send_sms;           /**< Stored only. */
    const mc_meta *meta;     /**< Empty. */
} mc_update_preference;

/** Those of all types. */
typedef struct mc_update_preference_list {
    const mc_type *type;
    mc_list preferences; /**< mc_update_preference, by id. */
} mc_update_preference_list;

/** What to change of a preference. Begin with MC_UPDATE_PREFERENCE_EDIT_INIT. */
typedef struct mc_update_preference_edit {
    size_t size;          /**< Set by the initialiser. */
    mc_choice send_email; /**< Unset: stays. */
    mc_choice send_sms;   /**< Unset: stays. */
} mc_update_preference_edit;

#define MC_UPDATE_PREFERENCE_EDIT_INIT                                                             \
    {                                                                                              \
        sizeof(mc_update_preference_edit), MC_UNSET, MC_UNSET                                      \
    }

/** The actor's preferences; one that was never set is as new watchers take it.
 *  @return 0, MC_EFORBIDDEN (guest), MC_EBANNED */
MC_API int mc_update_preferences_list(mc_update_preference_list **out, mc_session *session);
/** One of them. @return as mc_update_preferences_list(), or MC_ENOTFOUND (no such type) */
MC_API int mc_update_preference_get(mc_update_preference **out, mc_session *session,
                                    int64_t update_type_id);
/** Change one. What the actor follows already stays as it is.
 *  @return as mc_update_preference_get(), or MC_EINVAL */
MC_API int mc_update_preference_set(mc_session *session, int64_t update_type_id,
                                    const mc_update_preference_edit *edit);
/** The same from a request's body. @return as mc_update_preference_set() */
MC_API int mc_update_preference_set_body(mc_session *session, int64_t update_type_id,
                                         mc_format format, const char *body, size_t length);

#ifdef __cplusplus
}
#endif
#endif
