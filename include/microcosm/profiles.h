/** Profiles: a user on one site. */
#ifndef MICROCOSM_PROFILES_H
#define MICROCOSM_PROFILES_H

#include <microcosm/common.h>

#ifdef __cplusplus
extern "C" {
#endif

/** A profile (docs/http/profiles.md#one-profile). */
struct mc_profile {
    const mc_type *type;
    int64_t id;               /**< Of the profile. */
    int64_t site_id;          /**< The site that it is on. */
    int64_t user_id;          /**< The account that it belongs to. */
    const char *email;        /**< Only for the profile itself and the site's owner; else "". */
    const char *profile_name; /**< HTML-escaped; no other profile of the site has it. */
    bool member;        /**< Has the attribute is_member; only for itself and the site's owner. */
    const char *gender; /**< As the user has given it, or "". */
    bool visible;       /**< A preference for clients; the profile is listed anyway. */
    int64_t style_id;   /**< Preferred style, for clients. */
    int64_t item_count; /**< Number of its conversations that are shown. */
    int64_t comment_count;             /**< Number of comments that it has written. */
    const mc_comment *profile_comment; /**< Newest comment on it: a biography. NULL if none. */
    mc_time created;                   /**< First visit to the site. */
    mc_time last_active;               /**< Newest visit, within a minute. */
    const char *avatar;      /**< A path or a URL; without one of its own mc_profile_picture(). */
    const mc_meta *meta;     /**< Links, and what the actor may do. */
    const mc_page *comments; /**< mc_comment: the page asked of mc_profile_get_page(); else NULL. */
};

/** The actor's own profile. @return 0, MC_EFORBIDDEN (guest), ... */
MC_API int mc_profile_self(mc_profile **out, mc_session *session);
/** A profile of the site. @return 0, MC_ENOTFOUND, MC_EINVAL (id not positive), ... */
MC_API int mc_profile_get(mc_profile **out, mc_session *session, int64_t profile_id);
/** The same with a page of the comments on it, oldest first, which marks them as read as
 *  mc_profile_comments() does. Banned members get their own profile without.
 *  @return as mc_profile_get(), or MC_EINVAL (page) */
MC_API int mc_profile_get_page(mc_profile **out, mc_session *session, int64_t profile_id,
                               const mc_page_options *page);

/**
 * A page of the comments on a profile, oldest first. Marks them as read: on the last page up to
 * now, else up to the newest comment of the page.
 * @return 0, MC_EINVAL (page, id not positive), MC_EBANNED, MC_EFORBIDDEN, MC_ENOTFOUND, ...
 */
MC_API int mc_profile_comments(mc_collection **out, mc_session *session, int64_t profile_id,
                               const mc_page_options *page);
/** The same as JSON, appended to out. @return as mc_profile_comments(), or MC_ETOOLARGE (for the
 * buffer) */
MC_API int mc_profile_comments_json(mc_buffer *out, mc_session *session, int64_t profile_id,
                                    const mc_page_options *page);

/** The picture that a profile without an avatar has, as SVG. It follows from the id alone. @return
 * 0, MC_EINVAL (id not positive), MC_ETOOLARGE (for the buffer) */
MC_API int mc_profile_picture(mc_buffer *out, mc_session *session, int64_t profile_id);

/** Which profiles to list. Begin with MC_PROFILE_FILTER_INIT. */
typedef struct mc_profile_filter {
    size_t size;                  /**< Set by the initialiser. */
    const char *name_starts_with; /**< Any case; a leading "+" or "@" is dropped. NULL: all. */
    bool top;                     /**< Most comments first instead of by name. */
    bool following;               /**< Only those that the actor follows. */
    bool online;                  /**< Only those active in the last 90 minutes. */
} mc_profile_filter;

#define MC_PROFILE_FILTER_INIT                                                                     \
    {                                                                                              \
        sizeof(mc_profile_filter), NULL, false, false, false                                       \
    }

/**
 * A page of the site's profiles. Without a filter the total is exact. A filtered list has at most
 * 10,000 profiles; a total of 10,000 means that many or more. Beyond that, `online` lists the last
 * active ones, and `name_starts_with` with `top` the first by name.
 * @return 0, MC_EINVAL (page), ...
 */
MC_API int mc_profiles_list(mc_collection **out, mc_session *session,
                            const mc_profile_filter *filter, const mc_page_options *page);

/** Changes to a profile; members that are 0 stay as they are. */
typedef struct mc_profile_edit {
    size_t size;              /**< Set by the initialiser. */
    const char *profile_name; /**< At most 25 characters and at least 2, no white space. */
    mc_choice visible;        /**< As in mc_profile. */
    mc_maybe_int64 style_id;  /**< 0 or more. */
} mc_profile_edit;

#define MC_PROFILE_EDIT_INIT                                                                       \
    {                                                                                              \
        sizeof(mc_profile_edit), NULL, MC_UNSET,                                                   \
        {                                                                                          \
            false, 0                                                                               \
        }                                                                                          \
    }

/**
 * Change a profile. If another profile of the site has the name, it gets its default name instead.
 * @return 0, MC_EINVAL, MC_EFORBIDDEN, MC_ENOTFOUND, ...
 */
MC_API int mc_profile_edit_save(mc_session *session, int64_t profile_id,
                                const mc_profile_edit *edit);
/** The same from a request's body. @return as mc_profile_edit_save() */
MC_API int mc_profile_edit_body(mc_session *session, int64_t profile_id, mc_format format,
                                const char *body, size_t length);
/** PATCH of "/member" (site owner only). @return 0, MC_EINVAL, MC_EUNSUPPORTED, MC_EFORBIDDEN,
 * MC_ENOTFOUND */
MC_API int mc_profile_patch_body(mc_session *session, int64_t profile_id, const char *body,
                                 size_t length);

/** Preferences of a profile. */
typedef struct mc_profile_options {
    const mc_type *type;
    int64_t profile_id;           /**< Whose they are. */
    bool show_dob, show_dob_year; /**< Stored for clients; without effect. */
    bool send_email, send_sms;    /**< Whether to notify by mail, by text message. */
    bool is_discouraged;          /**< Stored for clients; without effect. */
    /** How often mail comes: "none", each at once; "daily" or "weekly", as one digest. */
    const char *digest;
} mc_profile_options;

/** The actor's preferences. @return 0, MC_EFORBIDDEN (guest), ... */
MC_API int mc_profile_options_get(mc_profile_options **out, mc_session *session);
/** Replace the actor's preferences as a whole; members type and profile_id are ignored, and digest
 *  stays as it is if it is NULL.
 *  @return 0, MC_EFORBIDDEN (guest), MC_EINVAL */
MC_API int mc_profile_options_set(mc_session *session, const mc_profile_options *options);
/** The same from a request's body; a missing preference becomes false, but digest stays. @return as
 * mc_profile_options_set() */
MC_API int mc_profile_options_body(mc_session *session, mc_format format, const char *body,
                                   size_t length);

/**
 * Mark as read up to now: a thing, a microcosm with all below it, all huddles (MC_ITEM_HUDDLE and
 * id 0) or all microcosms of the site (MC_ITEM_SITE). Marks never move backwards.
 * @return 0, MC_EFORBIDDEN (guest), MC_EINVAL
 */
MC_API int mc_profile_mark_read(mc_session *session, mc_item_type item_type, int64_t item_id);
/** The same from a request's body. @return as mc_profile_mark_read() */
MC_API int mc_profile_mark_read_body(mc_session *session, mc_format format, const char *body,
                                     size_t length);

/**
 * Ignore a thing, or stop ignoring it (docs/http/conventions.md#ignored-resources). The thing need
 * not exist; it can be of any kind but a site, and not the actor itself. Doing it twice is no
 * error. A profile can ignore 10,000 things.
 * @return 0, MC_EFORBIDDEN (guest), MC_EBANNED, MC_EINVAL (also one more than 10,000)
 */
MC_API int mc_ignore_set(mc_session *session, mc_item_type item_type, int64_t item_id,
                         bool ignored);
/** The same for the thing that a request's body names. @return as mc_ignore_set() */
MC_API int mc_ignore_body(mc_session *session, bool ignored, mc_format format, const char *body,
                          size_t length);
/**
 * A page of what the actor ignores: mc_entry with summaries of microcosms, profiles, comments,
 * huddles, conversations, polls and events, in this order, each kind by title. Things that don't
 * exist, are hidden, or can't be read by the actor are neither shown nor counted, but stay ignored.
 * Summaries have no unread flag; those of microcosms have neither children nor the newest item.
 * @return 0, MC_EFORBIDDEN (guest), MC_EBANNED, MC_EINVAL (page)
 */
MC_API int mc_ignores_list(mc_collection **out, mc_session *session, const mc_page_options *page);

#ifdef __cplusplus
}
#endif
#endif
