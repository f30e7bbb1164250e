/* mc_permissions_get(): what anybody may do with anything, with the reasons. */
#include "../base/call.h"
#include "../base/types.h"
#include "actor.h"
#include "permissions.h"

/* Columns of permissions.thing. */
enum { T_MICROCOSM, T_OWNER, T_OWNER_TOO, T_COMMENT_ON, T_PARTICIPANT };

static int load_thing(mc_session *session, mc__facts *facts)
{
    mc_batch(batch);
    const PGresult *rows;
    size_t thing;
    int rc;

    thing = mc__batch_add(&batch, MC_Q_PERMISSIONS_THING);
    mc__add_int(&batch, session->site.id);
    mc__add_int(&batch, facts->item_type);
    mc__add_int(&batch, facts->item_id);
    mc__add_int(&batch, session->viewer->profile_id);
    rc = mc__run(session, &batch, MC_READ);
    if (rc < 0)
        return rc;
    rows = mc__batch_rows(&batch, thing);
    if (PQntuples(rows) == 0)
        return 0;
    facts->in_microcosm = mc__row_int(rows, 0, T_MICROCOSM);
    facts->thing_owner = mc__row_int(rows, 0, T_OWNER);
    facts->thing_owner_too = mc__row_int(rows, 0, T_OWNER_TOO);
    facts->comment_on = (mc_item_type)mc__row_int(rows, 0, T_COMMENT_ON);
    facts->is_participant = mc__row_bool(rows, 0, T_PARTICIPANT);
    return 0;
}

int mc_permissions_get(mc_permissions **out, const char **explanation, mc_session *session,
                       const mc_permission_query *query)
{
    mc_auto(mc_record_free) void *record = NULL;
    mc__facts facts;
    int rc = mc__call_begin(session, MC_NEEDS_SITE);

    if (rc < 0)
        return rc;
    if (!query || query->item_id < 0 || query->microcosm_id < 0)
        return mc__fault(&session->problem, "itemId", "must not be negative");
    facts = mc__facts_of(session, query->item_type, query->item_id);
    facts.microcosm_id = query->microcosm_id;
    if (query->item_id > 0 && query->item_type != MC_ITEM_SITE &&
        query->item_type != MC_ITEM_MICROCOSM) {
        rc = load_thing(session, &facts);
        if (rc < 0)
            return rc;
    }
    record = mc__record_new(&mc__permissions_type);
    if (!record)
        return mc__out_of_memory(session);
    mc__text_clear(&session->explanation);
    mc__decide(record, &facts, explanation ? &session->explanation : NULL);
    if (explanation)
        *explanation = mc__text_string(&session->explanation);
    *out = MC_TAKE(record);
    return 0;
}
