/*
 * The frame of a public call: how it begins, runs statements, writes and fails. A public function
 * looks like this:
 *
 *     int rc = mc__call_begin(session, MC_NEEDS_SITE);  // access/actor.h: loads the actor
 *     ... read input, ask mc__decide_...(), run a batch, build records ...
 */
#ifndef MC_BASE_CALL_H
#define MC_BASE_CALL_H

#include "handles.h"
#include "invalidation.h"

/* The first half of mc__call_begin(), for calls that need neither a site nor an actor: clears the
 * last error and the scratch memory. MC_ESTATE if session is NULL, runs a provider, or belongs to
 * the parent of this process. */
int mc__call_start(mc_session *session);

/* Sets the code with its default message and returns it. */
int mc__refuse(mc_session *session, int code);
int mc__out_of_memory(mc_session *session);
int mc__check_id(mc_session *session, int64_t id); /* MC_EINVAL unless positive */

int mc__run(mc_session *session, mc__batch *batch, mc__access access);
/* For statements that concern several sites or none (sign-in, making sites). */
int mc__run_as_platform(mc_session *session, mc__batch *batch, mc__access access);
/* For a batch that reads only rows that row-level security shows to all sites (sites, users,
 * tokens): it runs on a connection set to any site, which saves changing the setting. */
int mc__read_of_no_site(mc_session *session, mc__batch *batch);

/* Writes, and tells the news: at once, or when the session's transaction has been committed. */
int mc__write(mc_session *session, mc__batch *batch, const mc__news *news);
/* Tells news of the session's site, unless it says which, and of who acts. */
void mc__tell(mc_session *session, const mc__news *news);
/* Tells what the session's transaction has written; after its end, whichever way it went. */
void mc__tell_all(mc_session *session);
/* Forget facts after a write that changes them. */
void mc__facts_changed(mc_session *session);
const char *mc__audit_address(mc_session *session); /* NULL: no audit row is written */

int mc__write_json(mc_buffer *out, mc_session *session, const void *record);

#endif
