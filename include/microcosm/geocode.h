/** Geocoding: where a place is, as a service that the operator has set says. */
#ifndef MICROCOSM_GEOCODE_H
#define MICROCOSM_GEOCODE_H

#include <microcosm/common.h>

#ifdef __cplusplus
extern "C" {
#endif

/**
 * Find a place by its name or address. Appends the first match as one JSON object, just as the
 * service (mc_app_options.geocoder) gives it: place_id, lat, lon, boundingbox, display_name and
 * more; "{}" if it knows none.
 *
 * Waits for the service, at most 5 s, without a connection to the database. Two requests at a time
 * are sent, and one for a member; others wait for their turn for wait_ms. What was found is kept in
 * the cache for a day.
 *
 * @param query  at most 500 characters
 * @return 0, MC_EINVAL (blank, or too long), MC_EFORBIDDEN (guests), MC_EUNSUPPORTED (no service is
 *         set), MC_EREMOTE (the service fails), MC_EBUSY (no turn), MC_ETOOLARGE (for the buffer)
 */
MC_API int mc_place_find(mc_buffer *out, mc_session *session, const char *query);

#ifdef __cplusplus
}
#endif
#endif
