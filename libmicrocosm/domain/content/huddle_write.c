/* Begins and leaves huddles, adds people to them: include/microcosm/huddles.h. */
#include "../access/actor.h"
#include "../access/permissions.h"
#include "../base/call.h"
#include "huddle_facts.h"
#include "types.h"
#include "statements.h"

#define PARTICIPANTS_MAX 500

static const mc__field huddle_participant_edit_fields[] = {
    MC_FIELD(mc_huddle_participant_edit, id, "id",
             .flags = MC_FIELD_REQUIRED | MC_FIELD_REQUIRED_TO_EDIT | MC_FIELD_POSITIVE),
};
const mc_type mc__huddle_participant_edit_type =
    MC_TYPE(mc_huddle_participant_edit, "huddle_participant_edit", huddle_participant_edit_fields,
            .flags = MC_TYPE_INPUT);

static const mc__field huddle_edit_fields[] = {
    MC_FIELD(mc_huddle_edit, title, "title",
             .flags = MC_FIELD_REQUIRED | MC_FIELD_SENTENCE | MC_FIELD_CALM, .max_length = 150),
    MC_FIELD(mc_huddle_edit, is_confidential, "isConfidential"),
    MC_FIELD(mc_huddle_edit, participants, "participants",
             .type = &mc__huddle_participant_edit_type),
};
const mc_type mc__huddle_edit_type =
    MC_TYPE(mc_huddle_edit, "huddle_edit", huddle_edit_fields, .flags = MC_TYPE_INPUT);

static const mc__field huddle_participants_edit_fields[] = {
    MC_FIELD(mc_huddle_participants_edit, participants, "",
             .type = &mc__huddle_participant_edit_type),
};
const mc_type mc__huddle_participants_edit_type =
    MC_TYPE(mc_huddle_participants_edit, "huddle_participants_edit",
            huddle_participants_edit_fields, .flags = MC_TYPE_INPUT | MC_TYPE_BARE);

static int read_ids(mc_int64s *out, mc_session *session, const mc_list *participants)
{
    int64_t *ids = mc__arena_alloc(&session->scratch, (participants->count + 1) * sizeof(*ids));
    size_t count = 0;

    if (!ids)
        return mc__out_of_memory(session);
    for (size_t i = 0; i < participants->count; i++)
        ids[count++] = ((const mc_huddle_participant_edit *)participants->items[i])->id;
    *out = (mc_int64s){ids, count};
    return 0;
}

static int refuse_full(mc_session *session)
{
    return mc__fault(&session->problem, "participants", "must be at most %d", PARTICIPANTS_MAX);
}

/* Adds huddles.unknown_profiles to the batch. */
static size_t ask_unknown(mc__batch *batch, mc_session *session, const mc_int64s *ids)
{
    return mc__add_huddles_unknown_profiles(
        batch, &(mc__huddles_unknown_profiles_in){session->site.id, *ids});
}

static int refuse_unknown(mc_session *session, const PGresult *rows)
{
    if (PQntuples(rows) == 0)
        return 0;
    return mc__fail(&session->problem, MC_ENOTFOUND, "there is no profile %lld on this site",
                    (long long)mc__read_huddles_unknown_profiles(rows, 0).profile_id);
}

static int make(int64_t *huddle_id, mc_session *session, const mc_huddle_edit *edit,
                const mc_int64s *ids)
{
    int64_t actor_id = session->actor->profile_id;
    mc_batch(batch);
    size_t made;
    int rc;

    mc__add_items_lock_post(&batch, &(mc__items_lock_post_in){mc__arena_format(
                                        &batch.arena, "huddle %lld", (long long)actor_id)});
    made = mc__add_huddles_create(
        &batch, &(mc__huddles_create_in){.site_id = session->site.id,
                                         .actor_id = actor_id,
                                         .title = edit->title,
                                         .is_confidential = edit->is_confidential == MC_YES,
                                         .profile_ids = *ids,
                                         .address = mc__audit_address(session)});
    rc = mc__write(session, &batch);
    if (rc == 0)
        *huddle_id = mc__read_huddles_create(mc__batch_rows(&batch, made), 0).change.item_id;
    return rc;
}

static int create_from(int64_t *huddle_id, mc_session *session, const mc__source *source)
{
    mc_huddle_edit edit = {0};
    mc_permissions permissions;
    mc_int64s ids = {0};
    mc_batch(batch);
    int rc = mc__call_begin_for(huddle_id, session, MC_NEEDS_SITE);

    if (rc < 0)
        return rc;
    mc__decide_resource(&permissions, session, MC_ITEM_HUDDLE, 0, 0, false);
    if (!permissions.can_create)
        return mc__refuse(session, permissions.is_banned ? MC_EBANNED : MC_EFORBIDDEN);
    rc = mc__input_take(&session->problem, &session->scratch, &mc__huddle_edit_type, &edit,
                        MC_TO_CREATE, source);
    if (rc == 0)
        rc = read_ids(&ids, session, &edit.participants);
    if (rc == 0 && ids.count > PARTICIPANTS_MAX)
        rc = refuse_full(session);
    if (rc < 0)
        return rc;
    if (ids.count) {
        ask_unknown(&batch, session, &ids);
        rc = mc__run(session, &batch);
        if (rc == 0)
            rc = refuse_unknown(session, mc__batch_rows(&batch, 0));
    }
    return rc < 0 ? rc : make(huddle_id, session, &edit, &ids);
}

int mc_huddle_create(int64_t *huddle_id, mc_session *session, const mc_huddle_edit *edit)
{
    return create_from(huddle_id, session, &(mc__source){.given = edit});
}

int mc_huddle_create_body(int64_t *huddle_id, mc_session *session, mc_format format,
                          const char *body, size_t length)
{
    mc__source source = mc__source_of(format, body, length);

    return create_from(huddle_id, session, &source);
}

/* Whether the actor may add people, and whether all of these are people. */
static int judge_add(mc_session *session, int64_t huddle_id, const mc_int64s *ids)
{
    mc__huddle_facts facts = {0};
    mc_batch(batch);
    int rc;

    mc__huddle_ask(&batch, session, huddle_id);
    ask_unknown(&batch, session, ids);
    rc = mc__run(session, &batch);
    if (rc < 0)
        return rc;
    mc__huddle_read_facts(&facts, session, huddle_id, mc__batch_rows(&batch, 0));
    if (!facts.permissions.can_update)
        return mc__refuse(session, MC_EFORBIDDEN);
    if (facts.is_confidential)
        return mc__fail(&session->problem, MC_EFORBIDDEN,
                        "nobody can be added to a confidential huddle");
    return refuse_unknown(session, mc__batch_rows(&batch, 1));
}

static int add(mc_session *session, int64_t huddle_id, const mc_int64s *ids)
{
    const PGresult *rows;
    mc_batch(batch);
    size_t added;
    int rc = judge_add(session, huddle_id, ids);

    if (rc < 0 || ids->count == 0)
        return rc;
    mc__add_huddles_lock(&batch, &(mc__huddles_lock_in){session->site.id, huddle_id});
    added =
        mc__add_huddles_add(&batch, &(mc__huddles_add_in){.site_id = session->site.id,
                                                          .huddle_id = huddle_id,
                                                          .actor_id = session->actor->profile_id,
                                                          .profile_ids = *ids,
                                                          .most = PARTICIPANTS_MAX,
                                                          .address = mc__audit_address(session)});
    rc = mc__write(session, &batch);
    if (rc < 0)
        return rc;
    rows = mc__batch_rows(&batch, added);
    if (PQntuples(rows) == 0) /* left, or gone, since it was checked */
        return mc__refuse(session, MC_EFORBIDDEN);
    return mc__read_huddles_add(rows, 0).is_full ? refuse_full(session) : 0;
}

static int add_from(mc_session *session, int64_t huddle_id, const mc__source *source)
{
    mc_huddle_participants_edit edit = {0};
    mc_int64s ids = {0};
    int rc = mc__call_begin(session, MC_NEEDS_MEMBER);

    if (rc == 0)
        rc = mc__check_id(session, huddle_id);
    if (rc == 0)
        rc = mc__input_take(&session->problem, &session->scratch,
                            &mc__huddle_participants_edit_type, &edit, MC_TO_CREATE, source);
    if (rc == 0)
        rc = read_ids(&ids, session, &edit.participants);
    return rc < 0 ? rc : add(session, huddle_id, &ids);
}

int mc_huddle_participants_add(mc_session *session, int64_t huddle_id,
                               const mc_huddle_participants_edit *edit)
{
    return add_from(session, huddle_id, &(mc__source){.given = edit});
}

int mc_huddle_participants_add_body(mc_session *session, int64_t huddle_id, mc_format format,
                                    const char *body, size_t length)
{
    mc__source source = mc__source_of(format, body, length);

    return add_from(session, huddle_id, &source);
}

static int leave(mc_session *session, int64_t huddle_id)
{
    mc_batch(batch);
    size_t left;
    int rc;

    mc__add_huddles_lock(&batch, &(mc__huddles_lock_in){session->site.id, huddle_id});
    left = mc__add_huddles_leave(&batch,
                                 &(mc__huddles_leave_in){.site_id = session->site.id,
                                                         .huddle_id = huddle_id,
                                                         .profile_id = session->actor->profile_id,
                                                         .address = mc__audit_address(session)});
    rc = mc__write(session, &batch);
    if (rc < 0)
        return rc;
    return PQntuples(mc__batch_rows(&batch, left)) ? 0 : mc__refuse(session, MC_EFORBIDDEN);
}

/* Reads the facts first: whoever takes no part can't hold others up by the lock. */
static int begin_leaving(mc_session *session, int64_t huddle_id)
{
    mc__huddle_facts facts = {0};
    int rc = mc__call_begin(session, MC_NEEDS_MEMBER);

    if (rc == 0)
        rc = mc__huddle_load_facts(&facts, session, huddle_id);
    if (rc < 0)
        return rc;
    return facts.is_participant ? 0 : mc__refuse(session, MC_EFORBIDDEN);
}

int mc_huddle_leave(mc_session *session, int64_t huddle_id)
{
    int rc = begin_leaving(session, huddle_id);

    return rc < 0 ? rc : leave(session, huddle_id);
}

int mc_huddle_participant_remove(mc_session *session, int64_t huddle_id, int64_t profile_id)
{
    int rc = begin_leaving(session, huddle_id);

    if (rc == 0)
        rc = mc__check_id(session, profile_id);
    if (rc == 0 && profile_id != session->actor->profile_id)
        rc =
            mc__fail(&session->problem, MC_EINVAL, "participants can remove nobody but themselves");
    return rc < 0 ? rc : leave(session, huddle_id);
}
