/* The frame of a public call: begin, run, write, tell, refuse. It knows no statement by name. */
#include "call.h"

#include "counters.h"
#include "cache/cache.h"
#include "record/record.h"

bool mc_session_is_root_site(const mc_session *session)
{
    return session && session->site.id == 1;
}

int mc__refuse(mc_session *session, int code)
{
    return mc__fail(&session->problem, code, "%s", mc_error_find(code)->text);
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
    if (session->is_asking)
        return mc__fail(&session->problem, MC_ESTATE, "the session asks an auth provider who acts");
    mc__problem_clear(&session->problem);
    mc__arena_reset(&session->scratch);
    if (!mc__pool_is_ours(session->app->pool))
        return mc__fail(&session->problem, MC_ESTATE,
                        "this process was forked after the app was made");
    return 0;
}

int mc__run(mc_session *session, mc__batch *batch, mc__access access)
{
    int rc = mc__db_run(&session->db, batch, access);

    if (rc == 0 && access == MC_WRITE)
        mc__counters_written(session);
    return rc;
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

int mc__run_as_platform(mc_session *session, mc__batch *batch, mc__access access)
{
    return run_as(session, 0, batch, access);
}

int mc__read_of_no_site(mc_session *session, mc__batch *batch)
{
    return run_as(session, MC_NO_SITE, batch, MC_READ);
}

static void tell_later(mc_session *session, const mc__news *news)
{
    if (session->untold_count == session->untold_room) {
        size_t room = session->untold_room ? session->untold_room * 2 : 16;
        mc__news *more = mc__realloc(session->untold, room * sizeof(*more));

        session->untold_lost |= !more;
        if (!more)
            return;
        session->untold = more;
        session->untold_room = room;
    }
    session->untold[session->untold_count++] = *news;
}

/* After the end of a transaction, whichever way it went: the answer to a COMMIT can be lost. */
void mc__tell_all(mc_session *session)
{
    if (session->untold_lost)
        mc__cache_clear(session->app->cache);
    for (size_t i = 0; i < session->untold_count; i++)
        mc__news_tell(session->app->cache, &session->untold[i]);
    session->untold_count = 0;
    session->untold_lost = false;
}

void mc__tell(mc_session *session, const mc__news *news)
{
    mc__news known = *news;

    if (!known.site_id)
        known.site_id = session->site.id;
    known.profile_id = session->profile_id;
    if (session->db.in_transaction)
        tell_later(session, &known);
    mc__news_tell(session->app->cache, &known);
}

int mc__write(mc_session *session, mc__batch *batch, const mc__news *news)
{
    int rc = mc__run(session, batch, MC_WRITE);

    mc__tell(session, news); /* of a failure too: it may be only the answer that was lost */
    return rc;
}

int mc__write_json(mc_buffer *out, mc_session *session, const void *record)
{
    mc__json_record(out, record, MC_VIEW_DETAIL);
    return out->error ? mc__refuse(session, out->error) : 0;
}

int mc__check_id(mc_session *session, int64_t id)
{
    return id > 0 ? 0 : mc__fault(&session->problem, "id", "must be greater than 0");
}

const char *mc__audit_address(mc_session *session)
{
    return *session->address ? session->address : NULL;
}
