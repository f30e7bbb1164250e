/* The frame of a public call: begin, run, write, refuse. It knows no statement by name. */
#include "call.h"

#include "counters.h"
#include "cache/cache.h"
#include "record/record.h"

/* How often a write is judged, when others move what it is about meanwhile. */
#define TRIES 4

bool mc_session_is_secure(const mc_session *session)
{
    return session && session->site.url && strncmp(session->site.url, "https:", 6) == 0;
}

bool mc_session_is_root_site(const mc_session *session)
{
    return session && session->site.id == MC_ROOT_SITE;
}

/* The errorCode of those kinds that have one (docs/http/conventions.md#statuses-and-errors). */
static int reason_of(const mc_session *session, int code)
{
    switch (code) {
    case MC_EFORBIDDEN:
        return session->profile_id ? 0 : 5;
    case MC_EUNAUTHENTICATED:
        return 7;
    case MC_EBANNED:
        return 13;
    case MC_ENOSITE:
        return 14;
    default:
        return 0;
    }
}

int mc__refuse(mc_session *session, int code)
{
    if (code == MC_EBANNED && session->ban_reason && *session->ban_reason)
        return mc__fail_because(&session->problem, code, reason_of(session, code), "%s: %s",
                                mc_error_find(code)->text, session->ban_reason);
    if (code == MC_EFORBIDDEN && session->limits.scope != MC_SCOPE_FULL)
        return mc__fail_because(&session->problem, code, reason_of(session, code),
                                "%s, or the token that was used may not",
                                mc_error_find(code)->text);
    return mc__fail_because(&session->problem, code, reason_of(session, code), "%s",
                            mc_error_find(code)->text);
}

int mc__refuse_because(mc_session *session, int code, int reason)
{
    return mc__fail_because(&session->problem, code, reason, "%s", mc_error_find(code)->text);
}

int mc__out_of_memory(mc_session *session)
{
    return mc__refuse(session, MC_ENOMEM);
}

void mc__facts_changed(mc_session *session)
{
    session->facts_loaded = false;
}

int mc__call_start(mc_session *session)
{
    if (!session)
        return MC_ESTATE;
    if (session->db.host.is_executing) /* the error belongs to the call that is going on */
        return MC_ESTATE;
    if (session->is_asking)
        return mc__fail(&session->problem, MC_ESTATE,
                        "a function of the host's is running for the session");
    mc__problem_clear(&session->problem);
    mc__arena_reset(&session->scratch);
    if (!mc__pool_is_ours(session->app->pool))
        return mc__fail(&session->problem, MC_ESTATE,
                        "this process was forked after the app was made");
    return 0;
}

static int run_as(mc_session *session, int64_t as, mc__batch *batch, mc__access access)
{
    int64_t site_id = session->db.site_id;
    int rc;

    session->db.site_id = as;
    rc = mc__db_run(&session->db, batch, access);
    session->db.site_id = site_id;
    return rc;
}

int mc__run(mc_session *session, mc__batch *batch)
{
    return mc__db_run(&session->db, batch, MC_READ);
}

int mc__read_of_no_site(mc_session *session, mc__batch *batch)
{
    return run_as(session, MC_NO_SITE, batch, MC_READ);
}

int mc__read_on_site(mc_session *session, int64_t site_id, mc__batch *batch)
{
    return run_as(session, site_id, batch, MC_READ);
}

static void invalidate_later(mc_session *session, const mc__change *change)
{
    if (session->pending_count == session->pending_room) {
        size_t room = session->pending_room ? session->pending_room * 2 : 16;
        mc__change *more = mc__realloc(session->pending_changes, room * sizeof(*more));

        session->pending_lost |= !more;
        if (!more)
            return;
        session->pending_changes = more;
        session->pending_room = room;
    }
    session->pending_changes[session->pending_count++] = *change;
}

/* The answer to a COMMIT can be lost, and the answer to a ROLLBACK means nothing: so it is done
 * whatever they were. */
void mc__invalidate_pending(mc_session *session)
{
    if (session->pending_lost)
        mc__cache_clear(session->app->cache);
    for (size_t i = 0; i < session->pending_count; i++)
        mc__invalidate(session->app->cache, &session->pending_changes[i]);
    session->pending_count = 0;
    session->pending_lost = false;
}

static void invalidate_rows(mc_session *session, const PGresult *rows, int column)
{
    for (int row = 0; row < PQntuples(rows); row++) {
        mc__change change = mc__row_change(rows, row, column);

        if (session->db.in_transaction)
            invalidate_later(session, &change);
        else
            mc__invalidate(session->app->cache, &change);
    }
}

static int write_as(mc_session *session, int64_t as, mc__batch *batch)
{
    int rc;

    /* Each call judges first what it may do; this holds where one doesn't ask about the actor. */
    if (session->limits.scope == MC_SCOPE_READ)
        return mc__refuse(session, MC_EFORBIDDEN);
    rc = run_as(session, as, batch, MC_WRITE);
    /* Whatever failed has changed nothing, unless it is only the answer that was lost: then
     * feed/follow.c lets nobody use the cache until it has read what became of it. */
    if (rc < 0)
        return rc;
    for (size_t i = 0; i < batch->count; i++) {
        int column = mc__queries[batch->calls[i].query].change;

        if (column)
            invalidate_rows(session, mc__batch_rows(batch, i), column - 1);
    }
    mc__counters_written(session);
    return 0;
}

int mc__write(mc_session *session, mc__batch *batch)
{
    return write_as(session, session->db.site_id, batch);
}

bool mc__judge_again(mc_session *session, int rc, int *tries)
{
    const char *state = session->problem.shown.sqlstate;

    if (rc == 0 || ++*tries == TRIES || !state || strcmp(state, MC__JUDGED_LATE) != 0)
        return false;
    mc__problem_clear(&session->problem);
    return true;
}

int mc__write_as_platform(mc_session *session, mc__batch *batch)
{
    return write_as(session, 0, batch);
}

int mc__write_on_site(mc_session *session, int64_t site_id, mc__batch *batch)
{
    return write_as(session, site_id, batch);
}

int mc__write_json(mc_buffer *out, mc_session *session, const void *record)
{
    int rc = mc_record_json(out, record);

    return rc < 0 ? mc__refuse(session, rc) : 0;
}

int mc__check_id(mc_session *session, int64_t id)
{
    return id > 0 ? 0 : mc__fault(&session->problem, "id", "must be greater than 0");
}

int mc__check_out(mc_session *session, const void *out)
{
    return out ? 0 : mc__fail(&session->problem, MC_EINVAL, MC_NO_OUT);
}

const char *mc__audit_address(mc_session *session)
{
    return *session->address ? session->address : NULL;
}
