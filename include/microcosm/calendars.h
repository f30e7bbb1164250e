/**
 * Calendars: events as iCalendar (RFC 5545), for programs that ask again and again.
 *
 * Such programs can't sign in, so each member may have one secret link, which reads calendars as
 * that member, with the rights of that moment, and does nothing else. The database has only the
 * SHA-256 of its token.
 *
 * A calendar has the events that the actor may see and that have a time: the next 1,000, from
 * yesterday on, and the newest 500 of the year before. So it has 4 MB at most.
 */
#ifndef MICROCOSM_CALENDARS_H
#define MICROCOSM_CALENDARS_H

#include <microcosm/common.h>

#ifdef __cplusplus
extern "C" {
#endif

/** The actor's secret link. */
typedef struct mc_calendar_link {
    const mc_type *type;
    mc_time created;    /**< When it was made. */
    const char *token;  /**< The secret, when it has just been made; "" later. */
    const char *events; /**< Then the path of the calendar of what the actor attends; "" later. */
} mc_calendar_link;

/** Whether the actor has a link, and since when.
 *  @return 0, MC_EFORBIDDEN (guests), MC_ENOTFOUND (there is none) */
MC_API int mc_calendar_link_get(mc_calendar_link **out, mc_session *session);
/** Make a link, in place of the actor's present one, which ends. Its token is told this once.
 *  @return 0, MC_EFORBIDDEN (guests; a token with a scope; or, with mc_failure.reason 26, the
 * second factor must be shown anew) */
MC_API int mc_calendar_link_create(mc_calendar_link **out, mc_session *session);
/** End the actor's link. To have none is fine. @return 0, MC_EFORBIDDEN (guests) */
MC_API int mc_calendar_link_revoke(mc_session *session);

/** The events that somebody attends, as iCalendar.
 *
 * @param token  of a link of this site, which says whose calendar it is; "": the actor's
 * @return 0, MC_EFORBIDDEN (guests), MC_EUNAUTHENTICATED (no such token), MC_EBANNED (who has the
 *         link), MC_ETOOLARGE (for the buffer) */
MC_API int mc_events_calendar(mc_buffer *out, mc_session *session, const char *token);
/** The events of a microcosm, as iCalendar.
 *
 * @param token  as of mc_events_calendar(): with whose rights it is read
 * @return 0, MC_EFORBIDDEN, MC_ENOTFOUND (hidden, or to the site's owner unknown),
 *         MC_EUNAUTHENTICATED, MC_EBANNED, MC_ETOOLARGE */
MC_API int mc_microcosm_calendar(mc_buffer *out, mc_session *session, int64_t microcosm_id,
                                 const char *token);

#ifdef __cplusplus
}
#endif
#endif
