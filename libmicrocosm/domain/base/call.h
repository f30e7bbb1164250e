/*
 * The frame of a public call: how it begins, runs statements, writes and fails. A public function
 * looks like this:
 *
 *     int rc = mc__call_begin(session, MC_NEEDS_SITE);  // access/actor.h: loads who acts
 *     ... read input, ask mc__decide_...(), run a batch, build records ...
 */
#ifndef MC_BASE_CALL_H
#define MC_BASE_CALL_H

#include "handles.h"
#include "invalidation.h"

/* The first half of mc__call_begin(), for calls that need neither a site nor an actor: clears the
 * last error and the scratch memory. MC_ESTATE for no session, one that asks a provider, or a
 * process that was forked since. */
int mc__call_start(mc_session *session);

/* Failures in one line: return mc__refuse(session, MC_ENOTFOUND); */
int mc__refuse(mc_session *session, int code);
int mc__out_of_memory(mc_session *session);
int mc__check_id(mc_session *session, int64_t id); /* MC_EINVAL unless positive */

int mc__run(mc_session *session, mc__batch *batch, mc__access access);
/* The batch's statements are about several sites or none (sign-in, making sites). */
int mc__run_as_platform(mc_session *session, mc__batch *batch, mc__access access);
/* The batch reads only what row-level security lets everybody read (sites, users, tokens): so it
 * doesn't matter what site a connection is on, and it needn't be changed there and back. */
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
