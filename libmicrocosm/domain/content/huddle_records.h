/* Records of huddles and of those who take part, from rows. */
#ifndef MC_CONTENT_HUDDLE_RECORDS_H
#define MC_CONTENT_HUDDLE_RECORDS_H

#include "record/record.h"

#include <microcosm.h>

/* Fills a huddle from a row, with its links; 0 or MC_ENOMEM. */
int mc__huddle_fill(mc__arena *arena, mc_huddle *huddle, const mc__columns *columns,
                    const PGresult *rows, int row);
/* Adds the participants of all given huddles. Rows are in the order of huddle_id; those of other
 * huddles are left out. */
int mc__huddles_add_participants(mc_session *session, mc__arena *arena, const mc_list *huddles,
                                 const PGresult *rows);

#endif
