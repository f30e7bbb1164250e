/* What decides about a huddle, and marking it as read. */
#ifndef MC_CONTENT_HUDDLE_FACTS_H
#define MC_CONTENT_HUDDLE_FACTS_H

#include "db/db.h"

#include <microcosm.h>

/* Without rights if the huddle doesn't exist, as for those who take no part. */
typedef struct mc__huddle_facts {
    bool is_confidential, is_participant;
    mc_time read_at; /* up to when the actor has read it */
    mc_permissions permissions;
} mc__huddle_facts;

/* Adds huddles.facts to the batch. */
size_t mc__huddle_ask(mc__batch *batch, mc_session *session, int64_t huddle_id);
void mc__huddle_read_facts(mc__huddle_facts *out, mc_session *session, int64_t huddle_id,
                           const PGresult *rows);
/* Reads the facts in a trip of its own. MC_EFORBIDDEN unless the actor may read the huddle,
 * MC_EINVAL for an id that isn't positive. */
int mc__huddle_load_facts(mc__huddle_facts *out, mc_session *session, int64_t huddle_id);
/* Marks the huddle as read up to a time (MC_TIME_NONE: not), at once: who has read it sees that in
 * the number of unread huddles. */
int mc__huddle_mark_read(mc_session *session, int64_t huddle_id, mc_time up_to);

#endif
