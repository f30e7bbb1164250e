/* Determines what is unread for the actor, from stored and buffered read marks. */
#ifndef MC_CONTENT_UNREAD_H
#define MC_CONTENT_UNREAD_H

#include <microcosm.h>

/* The newest of the actor's marks for a resource; read_at: the newest in the database, on it or its
 * microcosm. */
mc_time mc__last_read(mc_session *session, mc_item_type item_type, int64_t item_id,
                      int64_t microcosm_id, mc_time read_at);
/* Whether a resource with that last activity is unread; always false for guests. */
bool mc__is_unread(mc_session *session, mc_item_type item_type, int64_t item_id,
                   int64_t microcosm_id, mc_time last_activity, mc_time read_at);

#endif
