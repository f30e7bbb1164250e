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
/* The same with an errorCode (docs/http/conventions.md#statuses-and-errors). */
int mc__refuse_because(mc_session *session, int code, int reason);
int mc__out_of_memory(mc_session *session);
int mc__check_id(mc_session *session, int64_t id);       /* MC_EINVAL unless positive */
int mc__check_out(mc_session *session, const void *out); /* MC_EINVAL if NULL */

/* Runs statements that read. */
int mc__run(mc_session *session, mc__batch *batch);
/* For a batch that reads only rows that row-level security shows to all sites (sites, users,
 * tokens): it runs on a connection set to any site, which saves changing the setting. */
int mc__read_of_no_site(mc_session *session, mc__batch *batch);
/* For a batch about another site than the session's, which it names, or about all of them (0). */
int mc__read_on_site(mc_session *session, int64_t site_id, mc__batch *batch);

/*
 * Runs statements that write, and invalidates what the cache holds of the things that they have
 * changed: at once, or in a transaction when that has ended. What that is the statements say
 * themselves, in the rows that they have put into the change feed and give back
 * (scripts/sql_statements.py).
 */
int mc__write(mc_session *session, mc__batch *batch);
/* Whether to judge and write again: the last write failed (rc) because something had changed since
 * its rights were judged. Then the error is cleared. tries: 0 before the first one; there are four
 * of them. */
bool mc__judge_again(mc_session *session, int rc, int *tries);
/* The same where the statements are about several sites or none (sign-in, making sites). */
int mc__write_as_platform(mc_session *session, mc__batch *batch);
/* The same where the statements are about another site than the session's. */
int mc__write_on_site(mc_session *session, int64_t site_id, mc__batch *batch);
/* Invalidates what the session's transaction has changed; after its end, whichever way it went. */
void mc__invalidate_pending(mc_session *session);
/* Forget facts after a write that changes them. */
void mc__facts_changed(mc_session *session);
const char *mc__audit_address(mc_session *session); /* NULL: no audit row is written */

/* Appends the record. On failure the buffer is as it was. */
int mc__write_json(mc_buffer *out, mc_session *session, const void *record);

#endif
