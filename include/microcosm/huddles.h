/** Huddles: private conversations, seen by nobody but those who take part. */
#ifndef MICROCOSM_HUDDLES_H
#define MICROCOSM_HUDDLES_H

#include <microcosm/conversations.h>

#ifdef __cplusplus
extern "C" {
#endif

/** A huddle (docs/http/huddles.md#a-huddle). */
typedef struct mc_huddle {
    const mc_type *type;
    int64_t id;              /**< Of the huddle. */
    const char *title;       /**< HTML-escaped. */
    bool is_confidential;    /**< Nobody can be added; in a detail. */
    int64_t total_comments;  /**< Number of comments; in a summary. */
    mc_list participants;    /**< mc_profile, in the order of their coming. */
    const mc_page *comments; /**< mc_comment; in a detail. */
    int64_t last_comment_id; /**< The newest comment; in a summary, 0 without comments. */
    const mc_profile *last_comment_created_by; /**< Who wrote that; NULL without comments. */
    mc_time last_comment_created;              /**< When; none without comments. */
    const mc_meta *meta; /**< Who began it and when, state, links, what the actor may do. */
} mc_huddle;

/** Somebody who takes part in a huddle. */
typedef struct mc_participant {
    const mc_type *type;
    int64_t id;                    /**< Of the profile. */
    const mc_profile *participant; /**< The profile. */
} mc_participant;

/**
 * A huddle with all participants and a page of its comments. Marks what it shows as read, before it
 * returns. Whether a huddle that one doesn't take part in exists can't be told: it is forbidden in
 * either case. Who began it may read it after leaving, too.
 * @return 0, MC_EFORBIDDEN, MC_EINVAL (page, id not positive), ...
 */
MC_API int mc_huddle_get(mc_huddle **out, mc_session *session, int64_t huddle_id,
                         const mc_page_options *page);
/** The same as JSON, appended to out. @return as mc_huddle_get(), or MC_ETOOLARGE (for the
 * buffer) */
MC_API int mc_huddle_json(mc_buffer *out, mc_session *session, int64_t huddle_id,
                          const mc_page_options *page);

/** Which huddles to list. Begin with MC_HUDDLE_FILTER_INIT. */
typedef struct mc_huddle_filter {
    size_t size; /**< Set by the initialiser. */
    bool unread; /**< Only those with comments that the actor hasn't read. */
} mc_huddle_filter;

#define MC_HUDDLE_FILTER_INIT                                                                      \
    {                                                                                              \
        sizeof(mc_huddle_filter), false                                                            \
    }

/**
 * The huddles that the actor takes part in, newest activity first; none for guests. Those begun by
 * people whom the actor ignores are not listed. The newest 10,000 are. filter may be NULL.
 * @return 0, MC_EINVAL (page), MC_EBANNED, ...
 */
MC_API int mc_huddles_list(mc_collection **out, mc_session *session, const mc_huddle_filter *filter,
                           const mc_page_options *page);

/** Somebody who is to take part, as input. Begin with MC_HUDDLE_PARTICIPANT_EDIT_INIT. */
typedef struct mc_huddle_participant_edit {
    size_t size; /**< Set by the initialiser. */
    int64_t id;  /**< Required: a profile of the site. */
} mc_huddle_participant_edit;

#define MC_HUDDLE_PARTICIPANT_EDIT_INIT                                                            \
    {                                                                                              \
        sizeof(mc_huddle_participant_edit), 0                                                      \
    }

/** What one may give for a huddle. Begin with MC_HUDDLE_EDIT_INIT. */
typedef struct mc_huddle_edit {
    size_t size;       /**< Set by the initialiser. */
    const char *title; /**< Required, at most 150 characters. */
    /** Nobody can be added later. Never changes; unset: no. */
    mc_choice is_confidential;
    mc_list participants; /**< mc_huddle_participant_edit, at most 500; the actor always is one. */
} mc_huddle_edit;

#define MC_HUDDLE_EDIT_INIT                                                                        \
    {                                                                                              \
        sizeof(mc_huddle_edit), NULL, MC_UNSET,                                                    \
        {                                                                                          \
            NULL, 0                                                                                \
        }                                                                                          \
    }

/**
 * Begin a huddle. Its participants follow it. An equal one by the same author within 5 seconds
 * returns the first one's id: the same title, and all of these take part.
 * @return 0, MC_EINVAL, MC_EFORBIDDEN (guest), MC_ENOTFOUND (somebody is no profile of the site)
 */
MC_API int mc_huddle_create(int64_t *huddle_id, mc_session *session, const mc_huddle_edit *edit);
/** The same from a request's body. @return as mc_huddle_create() */
MC_API int mc_huddle_create_body(int64_t *huddle_id, mc_session *session, mc_format format,
                                 const char *body, size_t length);

/**
 * Take no part any more. With the last one, the huddle and its comments are gone for good.
 * @return 0, MC_EFORBIDDEN (takes no part), MC_EINVAL (id not positive)
 */
MC_API int mc_huddle_leave(mc_session *session, int64_t huddle_id);

/** Place of the newest comment. @return 0, MC_EINVAL (limit), MC_EFORBIDDEN */
MC_API int mc_huddle_last_comment(mc_position **out, mc_session *session, int64_t huddle_id,
                                  int64_t limit);
/** Place of the first comment that the actor hasn't read; else of the newest.
 *  @return as mc_huddle_last_comment() */
MC_API int mc_huddle_new_comment(mc_position **out, mc_session *session, int64_t huddle_id,
                                 int64_t limit);

/** A page of mc_participant, by id. @return 0, MC_EFORBIDDEN, MC_EINVAL (page) */
MC_API int mc_huddle_participants(mc_collection **out, mc_session *session, int64_t huddle_id,
                                  const mc_page_options *page);
/** One of them. @return 0, MC_EFORBIDDEN, MC_ENOTFOUND (the profile takes no part) */
MC_API int mc_huddle_participant_get(mc_participant **out, mc_session *session, int64_t huddle_id,
                                     int64_t profile_id);

/** People who are to take part, as input. Begin with MC_HUDDLE_PARTICIPANTS_EDIT_INIT. */
typedef struct mc_huddle_participants_edit {
    size_t size;          /**< Set by the initialiser. */
    mc_list participants; /**< mc_huddle_participant_edit */
} mc_huddle_participants_edit;

#define MC_HUDDLE_PARTICIPANTS_EDIT_INIT                                                           \
    {                                                                                              \
        sizeof(mc_huddle_participants_edit),                                                       \
        {                                                                                          \
            NULL, 0                                                                                \
        }                                                                                          \
    }

/**
 * Add people, who follow the huddle from then on. Whoever takes part already stays. A huddle has at
 * most 500 participants; nobody can be added to a confidential one.
 * @return 0, MC_EFORBIDDEN, MC_ENOTFOUND (somebody is no profile of the site; then nobody is
 * added), MC_EINVAL
 */
MC_API int mc_huddle_participants_add(mc_session *session, int64_t huddle_id,
                                      const mc_huddle_participants_edit *edit);
/** The same from a request's body, a list. @return as mc_huddle_participants_add() */
MC_API int mc_huddle_participants_add_body(mc_session *session, int64_t huddle_id, mc_format format,
                                           const char *body, size_t length);
/** Leave: participants can remove nobody but themselves, others are MC_EINVAL.
 *  @return as mc_huddle_leave() */
MC_API int mc_huddle_participant_remove(mc_session *session, int64_t huddle_id, int64_t profile_id);

#ifdef __cplusplus
}
#endif
#endif
