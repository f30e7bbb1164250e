/** Events: something at a place and time, with comments, inside a microcosm. */
#ifndef MICROCOSM_EVENTS_H
#define MICROCOSM_EVENTS_H

#include <microcosm/conversations.h>

#ifdef __cplusplus
extern "C" {
#endif

/** An event (contract/events.md). */
typedef struct mc_event {
    const mc_type *type;
    int64_t id;
    const char *title;
    int64_t microcosm_id;
    mc_list breadcrumb;  /**< mc_link */
    mc_time when;        /**< The wall clock at the event, as if it were UTC. */
    const char *tz;      /**< IANA name of the time zone there. */
    mc_time when_tz;     /**< The true instant. */
    int64_t duration;    /**< Minutes; 0 if not known. */
    const char *where;
    double lat, lon, north, east, south, west; /**< Degrees; 0 if not known. */
    const char *status;  /**< "upcoming" or "proposed". */
    int64_t rsvp_limit;  /**< 0: none. */
    int64_t rsvp_attend; /**< Number of those who said yes. */
    int64_t rsvp_spaces;
    const mc_page *comments; /**< mc_comment; in a detail. */
    int64_t total_comments, total_views;
    const mc_last_comment *last_comment;
    const mc_meta *meta;
} mc_event;

/** An event and a page of its comments. Marks it read and counts a view.
 *  @return 0, MC_EFORBIDDEN, MC_ENOTFOUND, MC_EINVAL (page) */
MC_API int mc_event_get(mc_event **out, mc_session *session, int64_t event_id,
                        const mc_page_options *page);
/** The same as JSON, appended to out. */
MC_API int mc_event_json(mc_buffer *out, mc_session *session, int64_t event_id,
                         const mc_page_options *page);

/** What one may give for an event; what is left at zero gets its default. */
typedef struct mc_event_edit {
    size_t size;
    int64_t microcosm_id; /**< Required. */
    const char *title;    /**< Required, at most 150 characters. */
    const char *when;     /**< RFC 3339; its offset is dropped, the reading is the time there. */
    const char *tz;       /**< IANA name. Default UTC. */
    int64_t duration;     /**< Minutes. */
    const char *where;    /**< At most 150 characters. */
    double lat, lon, north, east, south, west;
    int64_t rsvp_limit; /**< 0: none. */
} mc_event_edit;

/** The same event by the same author within 5 minutes gives the first one again.
 *  @return 0, MC_EINVAL, MC_EFORBIDDEN */
MC_API int mc_event_create(int64_t *event_id, mc_session *session, const mc_event_edit *edit);

#ifdef __cplusplus
}
#endif
#endif
