/* Figures of the platform, for its operator: the owner of the root site. */
#include "../access/actor.h"
#include "../access/permissions.h"
#include "../base/call.h"
#include "platform.h"
#include "statements.h"
#include "types.h"

static const mc__field platform_day_fields[] = {
    MC_FIELD(mc_platform_day, taken, "taken"),
    MC_FIELD(mc_platform_day, sites, "sites"),
    MC_FIELD(mc_platform_day, engaged_sites, "engagedSites"),
    MC_FIELD(mc_platform_day, conversations, "conversations"),
    MC_FIELD(mc_platform_day, comments, "comments"),
    MC_FIELD(mc_platform_day, profiles, "profiles"),
    MC_FIELD(mc_platform_day, edited_profiles, "editedProfiles"),
    MC_FIELD(mc_platform_day, new_profiles, "newProfiles"),
    MC_FIELD(mc_platform_day, sign_ins, "signIns"),
    MC_FIELD(mc_platform_day, people, "people"),
};
const mc_type mc__platform_day_type = MC_TYPE(mc_platform_day, "platform_day", platform_day_fields);

static const mc__field platform_days_fields[] = {
    MC_FIELD(mc_platform_days, days, "days", .type = &mc__platform_day_type),
};
const mc_type mc__platform_days_type =
    MC_TYPE(mc_platform_days, "platform_days", platform_days_fields);

static int check_operator(mc_session *session)
{
    if (mc_session_is_root_site(session) && !mc_session_is_banned(session) &&
        mc__acts_as_owner(session))
        return 0;
    return mc__refuse(session, MC_EFORBIDDEN);
}

int mc_platform_days_list(mc_platform_days **out, mc_session *session)
{
    mc_auto(mc_record_free) void *record = NULL;
    mc_batch(batch);
    int rc = mc__call_begin_for(out, session, MC_NEEDS_MEMBER);

    if (rc == 0)
        rc = check_operator(session);
    if (rc < 0)
        return rc;
    mc__add_platform_days(&batch);
    rc = mc__read_on_site(session, 0, &batch);
    if (rc < 0)
        return rc;
    record = mc__record_new(&mc__platform_days_type);
    if (!record || mc__records_decode(&((mc_platform_days *)record)->days, mc__record_arena(record),
                                      &mc__platform_day_type, mc__batch_rows(&batch, 0)) < 0)
        return mc__out_of_memory(session);
    *out = MC_TAKE(record);
    return 0;
}

int mc__platform_take(mc__job_part *part)
{
    mc__db db = {.pool = part->app->pool, .problem = part->problem};
    mc_batch(batch);

    mc__add_platform_take(&batch);
    part->is_done = true;
    return mc__db_run(&db, &batch, MC_WRITE_QUIETLY);
}

int mc_platform_day_take(mc_session *session)
{
    mc_batch(batch);
    int rc = mc__call_begin(session, MC_NEEDS_MEMBER);

    if (rc == 0)
        rc = check_operator(session);
    if (rc < 0)
        return rc;
    mc__add_platform_take(&batch);
    return mc__write_as_platform(session, &batch);
}
