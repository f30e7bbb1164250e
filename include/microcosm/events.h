/** Events: something at a place and time, with comments, inside a microcosm. */
#ifndef MICROCOSM_EVENTS_H
#define MICROCOSM_EVENTS_H

#include <microcosm/conversations.h>

#ifdef __cplusplus
extern "C" {
#endif

/** An event (docs/http/events.md#an-event). */
typedef struct mc_event {
    const mc_type *type;
    int64_t id;           /**< Of the event. */
    const char *title;    /**< HTML-escaped. */
    int64_t microcosm_id; /**< The microcosm that it is in. */
    mc_list breadcrumb;   /**< mc_link */
    mc_time when;         /**< Local time at the event, as if it were UTC. */
    const char *tz;       /**< IANA name of the time zone there. */
    mc_time when_tz;      /**< The instant in UTC. */
    int64_t duration;     /**< Minutes; 0 if not known. In JSON with when, and unless 0. */
    const char *where;    /**< HTML-escaped name of the place, or "". */
    double lat, lon;      /**< Of the place, in degrees; 0 if not known. */
    double north, east, south, west; /**< Edges of a map around it, in degrees; 0 if not known. */
    const char *status;              /**< "upcoming" or "proposed". */
    int64_t rsvp_limit;              /**< 0: none. */
    int64_t rsvp_attend;             /**< Number of those who said yes. */
    int64_t rsvp_spaces;     /**< Places left; 0 without a limit, negative if it was lowered. */
    const mc_page *comments; /**< mc_comment; in a detail. */
    int64_t total_comments;  /**< Number of comments that are shown. */
    int64_t total_views;     /**< Number of reads; updated with a delay. */
    const mc_last_comment *last_comment; /**< In a summary; NULL without comments. */
    const mc_meta *meta; /**< Who made it and when, state, links, what the actor may do. */
} mc_event;

/** An event and a page of its comments. Marks it read and counts a view.
 *  @return 0, MC_EFORBIDDEN (may not read it, or there is none), MC_ENOTFOUND (it is gone
 *          from where the actor may read; or there is none, to the site's owner), MC_EINVAL (page)
 */
MC_API int mc_event_get(mc_event **out, mc_session *session, int64_t event_id,
                        const mc_page_options *page);
/** The same as JSON, appended to out. @return as mc_event_get(), or MC_ETOOLARGE (for the buffer)
 */
MC_API int mc_event_json(mc_buffer *out, mc_session *session, int64_t event_id,
                         const mc_page_options *page);

/** The site's events that the actor may read, sticky first, then newest activity first.
 *  @return 0, MC_EINVAL (page, filter), MC_EFORBIDDEN (the microcosm), MC_ENOTFOUND (the microcosm;
 *          hidden, or to the site's owner unknown) */
MC_API int mc_events_list(mc_collection **out, mc_session *session, const mc_item_filter *filter,
                          const mc_page_options *page);

/** What one may give for an event. To create it, what is left at zero gets its default; to edit it,
 *  what is left at zero stays. */
typedef struct mc_event_edit {
    size_t size;             /**< Set by the initialiser. */
    int64_t microcosm_id;    /**< Required to create; another one moves it. */
    const char *title;       /**< At most 150 characters; required to create. */
    const char *edit_reason; /**< At most 150 characters; required to edit. */
    const char *when; /**< RFC 3339; its offset is dropped, the reading is the time there. From the
                         year 1 to 9999, in UTC too. "": not known. */
    const char *tz; /**< Name of the time zone there, at most 60 characters, as the IANA spells it;
                       none of the old CET, EET, MET and WET. Default "Europe/Belfast". */
    mc_maybe_int64
        duration; /**< Minutes, at most 10,000,000; negative: 60. Default 60 with a time, else 0. */
    const char *where; /**< At most 150 characters. "": not known. */
    mc_maybe_double lat,
        lon; /**< Of the place, in degrees: -90 to 90, -180 to 180; 0: not known. */
    mc_maybe_double north, east, south,
        west; /**< Edges of a map around it, each from -180 to 180 degrees; 0: not known. */
    mc_maybe_int64 rsvp_limit; /**< Most people who may say yes, at most 1,000,000,000; 0, the
                                  default: any number. */
} mc_event_edit;

#define MC_EVENT_EDIT_INIT                                                                         \
    {                                                                                              \
        sizeof(mc_event_edit), 0, NULL, NULL, NULL, NULL, {false, 0}, NULL, {false, 0},            \
            {false, 0}, {false, 0}, {false, 0}, {false, 0}, {false, 0},                            \
        {                                                                                          \
            false, 0                                                                               \
        }                                                                                          \
    }

/** Create an event. An equal one by the same author within 5 minutes returns the first one's id.
 *  @return 0, MC_EINVAL, MC_EFORBIDDEN, MC_ENOTFOUND (the microcosm; site owner only), MC_ECLOSED
 */
MC_API int mc_event_create(int64_t *event_id, mc_session *session, const mc_event_edit *edit);
/** The same from a request's body. @return as mc_event_create() */
MC_API int mc_event_create_body(int64_t *event_id, mc_session *session, mc_format format,
                                const char *body, size_t length);
/** Change it, or move it.
 *  @return 0, MC_EINVAL, MC_EFORBIDDEN, MC_ECLOSED (reason 17), MC_ENOTFOUND */
MC_API int mc_event_edit_save(mc_session *session, int64_t event_id, const mc_event_edit *edit);
/** The same from a request's body. @return as mc_event_edit_save() */
MC_API int mc_event_edit_body(mc_session *session, int64_t event_id, mc_format format,
                              const char *body, size_t length);
/** Change flags: sticky, open, deleted, moderated (paths as in mc_patch_op).
 *  @return 0, MC_EINVAL, MC_EUNSUPPORTED, MC_EFORBIDDEN, MC_ENOTFOUND */
MC_API int mc_event_patch(mc_session *session, int64_t event_id, const mc_patch_op *ops,
                          size_t count);
/** The same from a request's body. @return as mc_event_patch() */
MC_API int mc_event_patch_body(mc_session *session, int64_t event_id, const char *body,
                               size_t length);
/** Hide it. Done already is fine. @return 0, MC_EFORBIDDEN */
MC_API int mc_event_delete(mc_session *session, int64_t event_id);
/** Place of the newest comment. @return 0, MC_EINVAL (limit), MC_EFORBIDDEN, MC_ENOTFOUND */
MC_API int mc_event_last_comment(mc_position **out, mc_session *session, int64_t event_id,
                                 int64_t limit);
/** Place of the first comment that the actor hasn't read; else of the newest.
 *  @return as mc_event_last_comment() */
MC_API int mc_event_new_comment(mc_position **out, mc_session *session, int64_t event_id,
                                int64_t limit);

/** Who has been asked to an event, and what they have answered
 *  (docs/http/events.md#who-comes). */
typedef struct mc_attendee {
    const mc_type *type;
    int64_t profile_id;        /**< Who. */
    const mc_profile *profile; /**< The same. */
    const char *rsvp;          /**< "yes", "maybe", "invited" or "no". */
    bool waiting;        /**< Comes as soon as there is a place; rsvp is "maybe" until then. */
    mc_time rsvpd_on;    /**< When they answered; until then when they were invited. */
    const mc_meta *meta; /**< Who put them on the list, and who has changed that. */
} mc_attendee;

/** An event's list: those who come first, then maybe, invited and no, each by the time of the
 *  answer. Its page is mc_collection's attendees.
 *
 * @param only_attending  only those who have said yes
 * @return 0, MC_EFORBIDDEN, MC_ENOTFOUND, MC_EINVAL (page) */
MC_API int mc_event_attendees(mc_collection **out, mc_session *session, int64_t event_id,
                              bool only_attending, const mc_page_options *page);
/** One of them. @return 0, MC_EFORBIDDEN, MC_ENOTFOUND (not on the list either) */
MC_API int mc_event_attendee(mc_attendee **out, mc_session *session, int64_t event_id,
                             int64_t profile_id);
/** Those who come as CSV, by name: for the event's author and moderators.
 *  Addresses are there for the author and the site's owner only.
 *  @return 0, MC_EFORBIDDEN, MC_ENOTFOUND, MC_ETOOLARGE (for the buffer) */
MC_API int mc_event_attendees_csv(mc_buffer *out, mc_session *session, int64_t event_id);

/** One answer. Begin with MC_ATTENDEE_EDIT_INIT. */
typedef struct mc_attendee_edit {
    size_t size;        /**< Set by the initialiser. */
    int64_t profile_id; /**< Whose. Members answer for themselves; author and moderators may put
                             others on the list, but not say yes for them. */
    const char *rsvp;   /**< "yes", "maybe", "invited" (the default), "no", or "waiting": yes if
                             there is a place, else as soon as there is one. */
} mc_attendee_edit;

#define MC_ATTENDEE_EDIT_INIT                                                                      \
    {                                                                                              \
        sizeof(mc_attendee_edit), 0, NULL                                                          \
    }

/** Several. Begin with MC_ATTENDEES_EDIT_INIT. */
typedef struct mc_attendees_edit {
    size_t size;       /**< Set by the initialiser. */
    mc_list attendees; /**< mc_attendee_edit, 1 to 1,000, each profile once. */
} mc_attendees_edit;

#define MC_ATTENDEES_EDIT_INIT                                                                     \
    {                                                                                              \
        sizeof(mc_attendees_edit),                                                                 \
        {                                                                                          \
            NULL, 0                                                                                \
        }                                                                                          \
    }

/** Answer, or put somebody on the list. A full event takes no yes; who has one keeps it. A place
 *  that becomes free goes to whoever has waited longest.
 *  @return 0, MC_EINVAL (also if the event is full or over), MC_EFORBIDDEN, MC_ECLOSED,
 *          MC_ENOTFOUND (the event, or the profile) */
MC_API int mc_event_attendee_set(mc_session *session, int64_t event_id,
                                 const mc_attendee_edit *edit);
/** The same from a request's body, with the profile's id. profile_id is that of a body without one.
 *  @return as mc_event_attendee_set() */
MC_API int mc_event_attendee_body(int64_t *out, mc_session *session, int64_t event_id,
                                  int64_t profile_id, mc_format format, const char *body,
                                  size_t length);
/** Several answers at once, all or none. Who says yes follows the event from then on.
 *  @return as mc_event_attendee_set() */
MC_API int mc_event_attendees_set(mc_session *session, int64_t event_id,
                                  const mc_attendees_edit *edit);
/** The same from a request's body, a JSON array. @return as mc_event_attendee_set() */
MC_API int mc_event_attendees_body(mc_session *session, int64_t event_id, mc_format format,
                                   const char *body, size_t length);
/** Take somebody off the list: the profile itself, the event's author and moderators may. Not there
 *  is fine. @return 0, MC_EFORBIDDEN, MC_ENOTFOUND (the event) */
MC_API int mc_event_attendee_delete(mc_session *session, int64_t event_id, int64_t profile_id);

#ifdef __cplusplus
}
#endif
#endif
