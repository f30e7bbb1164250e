/* Buffers read marks, view counts, hits of short links, and when people were active and tokens used
 * before they are written. */
#ifndef MC_BASE_READ_MARKS_H
#define MC_BASE_READ_MARKS_H

#include <microcosm.h>

typedef struct mc__read_marks mc__read_marks;

int mc__read_marks_new(mc__read_marks **out);
void mc__read_marks_free(mc__read_marks *marks); /* NULL is allowed */
/* Records that the actor has read a resource up to a time; written within about a second. Not for
 * tokens that may only read. */
void mc__mark_read(mc_session *session, mc_item_type item_type, int64_t item_id, mc_time up_to);
/* The newest buffered mark, or MC_TIME_NONE. */
mc_time mc__pending_read_mark(mc_session *session, mc_item_type item_type, int64_t item_id);
/* The actor's buffered marks on items, and the times, in microseconds. */
int mc__pending_item_marks(mc_int64s *ids, mc_int64s *times, mc_session *session);
void mc__count_view(mc_session *session, int64_t item_id);
int64_t mc__pending_views(mc_session *session, int64_t item_id);
void mc__count_hit(mc_session *session, int64_t link_id); /* of a short link */
/* Records that the actor is active; written within a minute. */
void mc__note_active(mc_session *session);
/* The same of a token, that it is used. */
void mc__note_used(mc_session *session, int64_t token_id);
/* A time up to which marks may go: whatever the session can't see in a later trip is newer.
 * MC_TIME_NONE if that is unknown (sql/base/read_marks.sql). */
int mc__settled(mc_time *settled, mc_session *session);
/* Writes everything now. */
void mc__read_marks_flush(mc_app *app);
/* Flushes if that is due. Returns the milliseconds until the next flush. */
int64_t mc__read_marks_step(mc_app *app);

#endif
