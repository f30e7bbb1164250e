/* Reading sites by their ids. */
#ifndef MC_SITES_SITE_READING_H
#define MC_SITES_SITE_READING_H

#include "../base/handles.h"
#include "statements.h"

/* Whether the site is there for the actor and what they may do with it. MC_EINVAL, MC_ENOTFOUND:
 * also if it is deleted and the actor doesn't own it. */
int mc__site_judge(mc__sites_owner_row *out, mc_permissions *permissions, mc_session *session,
                   int64_t site_id);
/* The same for a change of it, for which owner_id acts. MC_EFORBIDDEN: the actor may not change it.
 */
int mc__site_judge_change(mc__sites_owner_row *out, mc_session *session, int64_t site_id);
/* Begins a call that changes a site. Guests end here: with MC_ENOTFOUND if it isn't there, as those
 * who read it, else with MC_EFORBIDDEN. */
int mc__site_begin_change(mc_session *session, int64_t site_id);
/* Makes what a site's row doesn't have: its address, links and figures, which are row stats_row. */
void mc__site_finish(mc_session *session, mc__arena *arena, mc_site *site, const PGresult *stats,
                     int stats_row);

/* Makes the links of a menu. Out of memory, the arena has failed. */
void mc__menu_read(mc__arena *arena, mc_list *menu, const PGresult *rows);

#endif
