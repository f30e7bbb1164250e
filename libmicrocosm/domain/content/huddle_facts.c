/* See huddle_facts.h. */
#include "huddle_facts.h"

#include "../access/actor_facts.h"
#include "../access/permissions.h"
#include "../base/call.h"
#include "statements.h"

size_t mc__huddle_ask(mc__batch *batch, mc_session *session, int64_t huddle_id)
{
    return mc__add_huddles_facts(batch,
                                 &(mc__huddles_facts_in){.site_id = session->site.id,
                                                         .huddle_id = huddle_id,
                                                         .actor_id = session->actor->profile_id});
}

void mc__huddle_read_facts(mc__huddle_facts *out, mc_session *session, int64_t huddle_id,
                           const PGresult *rows)
{
    mc__huddles_facts_row row = {.read_at = {MC_TIME_NONE}};

    if (PQntuples(rows))
        row = mc__read_huddles_facts(rows, 0);
    out->is_confidential = row.is_confidential;
    out->is_participant = row.is_participant;
    out->read_at = row.read_at;
    mc__decide_resource(&out->permissions, session, MC_ITEM_HUDDLE, huddle_id, row.created_by,
                        row.is_participant);
}

int mc__huddle_load_facts(mc__huddle_facts *out, mc_session *session, int64_t huddle_id)
{
    mc_batch(batch);
    int rc = mc__check_id(session, huddle_id);

    if (rc < 0)
        return rc;
    mc__huddle_ask(&batch, session, huddle_id);
    rc = mc__run(session, &batch);
    if (rc < 0)
        return rc;
    mc__huddle_read_facts(out, session, huddle_id, mc__batch_rows(&batch, 0));
    return out->permissions.can_read ? 0 : mc__refuse(session, MC_EFORBIDDEN);
}

int mc__huddle_mark_read(mc_session *session, int64_t huddle_id, mc_time up_to)
{
    mc_batch(batch);

    if (up_to.us == MC_TIME_NONE)
        return 0;
    mc__add_huddles_mark_read(&batch,
                              &(mc__huddles_mark_read_in){.site_id = session->site.id,
                                                          .profile_id = session->actor->profile_id,
                                                          .huddle_id = huddle_id,
                                                          .up_to = up_to});
    return mc__write(session, &batch);
}
