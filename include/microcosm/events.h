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
    int64_t id;          /**< Of the event. */
    const char *title;   /**< HTML-escaped. */
    int64_t microcosm_id; /**< The microcosm that it is in. */
    mc_list breadcrumb;  /**< mc_link */
    mc_time when;        /**< Local time at the event, as if it were UTC. */
    const char *tz;      /**< IANA name of the time zone there. */
    mc_time when_tz;     /**< The instant in UTC. */
    int64_t duration;    /**< Minutes; 0 if not known. */
    const char *where;   /**< HTML-escaped name of the place, or "". */
    double lat, lon;     /**< Of the place, in degrees; 0 if not known. */
    double north, east, south, west; /**< Edges of a map around it, in degrees; 0 if not known. */
    const char *status;  /**< "upcoming" or "proposed". */
    int64_t rsvp_limit;  /**< 0: none. */
    int64_t rsvp_attend; /**< Number of those who said yes. */
    int64_t rsvp_spaces; /**< Places left; 0 without a limit, negative if it was lowered. */
    const mc_page *comments; /**< mc_comment; in a detail. */
    int64_t total_comments;  /**< Number of comments that are shown. */
    int64_t total_views;     /**< Number of reads; updated with a delay. */
    const mc_last_comment *last_comment; /**< In a summary; NULL without comments. */
    const mc_meta *meta;     /**< Who made it and when, state, links, what the actor may do. */
} mc_event;

/** An event and a page of its comments. Marks it read and counts a view.
 *  @return 0, MC_EFORBIDDEN, MC_ENOTFOUND, MC_EINVAL (page) */
MC_API int mc_event_get(mc_event **out, mc_session *session, int64_t event_id,
                        const mc_page_options *page);
/** The same as JSON, appended to out. @return as mc_event_get(), or MC_ETOOLARGE (for the buffer) */
MC_API int mc_event_json(mc_buffer *out, mc_session *session, int64_t event_id,
                         const mc_page_options *page);

/** Input for an event; members that are 0 get their default. */
typedef struct mc_event_edit {
    size_t size;
    int64_t microcosm_id; /**< Required. */
    const char *title;    /**< Required, at most 150 characters. */
    const char *when;     /**< RFC 3339. The offset is dropped: the rest is local time at the event. */
    const char *tz;       /**< IANA name. Default UTC. */
    int64_t duration;     /**< Minutes. */
    const char *where;    /**< At most 150 characters. */
    double lat, lon, north, east, south, west; /**< Degrees; 0: not known. */
    int64_t rsvp_limit; /**< 0: none. */
} mc_event_edit;

/** Make one. An equal event by the same author within 5 minutes returns the first one.
 *  @return 0, MC_EINVAL, MC_EFORBIDDEN */
MC_API int mc_event_create(int64_t *event_id, mc_session *session, const mc_event_edit *edit);

#ifdef __cplusplus
}
#endif
#endif
