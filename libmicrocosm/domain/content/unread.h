/* What is unread for the actor: marks in the database and those on their way there. */
#ifndef MC_CONTENT_UNREAD_H
#define MC_CONTENT_UNREAD_H

#include <microcosm.h>

/* Newest of the actor's marks for a thing; read_at: the newest in the database, own or its
 * microcosm's. */
mc_time mc__last_read(mc_session *session, mc_item_type item_type, int64_t item_id,
                      int64_t microcosm_id, mc_time read_at);
/* Whether a thing with that last activity is unread. Guests have nothing unread. */
bool mc__is_unread(mc_session *session, mc_item_type item_type, int64_t item_id,
                   int64_t microcosm_id, mc_time last_activity, mc_time read_at);

#endif
