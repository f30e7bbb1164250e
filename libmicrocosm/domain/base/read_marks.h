/* Read marks, view counts and last-active times on their way to the database. */
#ifndef MC_BASE_READ_MARKS_H
#define MC_BASE_READ_MARKS_H

#include <microcosm.h>

typedef struct mc__read_marks mc__read_marks;

int mc__read_read_marks_new(mc__read_marks **out);
void mc__read_read_marks_free(mc__read_marks *marks); /* NULL is allowed */
/* Notes that the actor has read a thing up to a time; written within about a second. */
void mc__mark_read(mc_session *session, mc_item_type item_type, int64_t item_id, mc_time up_to);
/* Newest mark that is still on its way, or MC_TIME_NONE. */
mc_time mc__pending_read_mark(mc_session *session, mc_item_type item_type, int64_t item_id);
void mc__count_view(mc_session *session, int64_t item_id);
int64_t mc__pending_views(mc_session *session, int64_t item_id);
/* Notes that the actor is active, at most once a minute; last_active: what the database says. */
void mc__note_active(mc_session *session, mc_time last_active);
/* Writes all of it now. */
void mc__read_read_marks_flush(mc_app *app);
/* Milliseconds until the next flush is due. */
int64_t mc__read_read_marks_step(mc_app *app);

#endif
