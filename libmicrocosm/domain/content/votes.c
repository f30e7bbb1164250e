/* Votes in polls: include/microcosm/polls.h. */
#include "../access/actor.h"
#include "../base/call.h"
#include "item_facts.h"
#include "types.h"
#include "statements.h"

/* Values of errorCode (docs/http/conventions.md#statuses-and-errors). */
enum { REASON_CREATE = 10, REASON_CLOSED = 17 };

static const mc__field poll_vote_fields[] = {
    MC_FIELD(mc_poll_vote, choices, "choices"),
};
const mc_type mc__poll_vote_type = MC_TYPE(mc_poll_vote, "poll_vote", poll_vote_fields);

static const mc__field poll_vote_edit_fields[] = {
    MC_FIELD(mc_poll_vote_edit, choices, "choices", .flags = MC_FIELD_REQUIRED),
};
const mc_type mc__poll_vote_edit_type =
    MC_TYPE(mc_poll_vote_edit, "poll_vote_edit", poll_vote_edit_fields, .flags = MC_TYPE_INPUT);
/* The same as a plain array. */
static const mc_type choices_type = MC_TYPE(mc_poll_vote_edit, "choices", poll_vote_edit_fields,
                                            .flags = MC_TYPE_INPUT | MC_TYPE_BARE);

static int judge_reading(mc__item_facts *item, mc_session *session, int64_t poll_id)
{
    int rc = mc__check_id(session, poll_id);

    if (rc == 0)
        rc = mc__item_load_facts(item, session, MC_ITEM_POLL, poll_id);
    if (rc < 0)
        return rc;
    if (!item->exists)
        return mc__item_refuse_unknown(session, MC_ITEM_POLL, poll_id);
    return item->permissions.can_read ? mc__check_shown(session, item)
                                      : mc__refuse(session, MC_EFORBIDDEN);
}

static int judge_voting(mc__item_facts *item, mc_session *session, int64_t poll_id)
{
    int rc = judge_reading(item, session, poll_id);

    if (rc < 0)
        return rc;
    if (!item->permissions.can_create)
        return mc__refuse_because(session, MC_EFORBIDDEN, REASON_CREATE);
    return item->is_open || item->permissions.is_moderator
               ? 0
               : mc__fail_because(&session->problem, MC_ECLOSED, REASON_CLOSED,
                                  "the poll is closed");
}

int mc_poll_vote_get(mc_poll_vote **out, mc_session *session, int64_t poll_id)
{
    mc_auto(mc_record_free) void *record = NULL;
    mc__item_facts item;
    mc_batch(batch);
    int rc = mc__call_begin_for(out, session, MC_NEEDS_MEMBER);

    if (rc == 0)
        rc = judge_reading(&item, session, poll_id);
    if (rc < 0)
        return rc;
    mc__add_votes_own(&batch, &(mc__votes_own_in){.site_id = session->site.id,
                                                  .item_id = poll_id,
                                                  .actor_id = session->actor->profile_id});
    rc = mc__run(session, &batch);
    if (rc < 0)
        return rc;
    record = mc__record_new(&mc__poll_vote_type);
    if (!record || mc__record_decode_row(record, mc__record_arena(record), &mc__poll_vote_type,
                                         mc__batch_rows(&batch, 0), 0) < 0)
        return mc__out_of_memory(session);
    *out = MC_TAKE(record);
    return 0;
}

static int save(mc_session *session, int64_t poll_id, const mc_int64s *choices,
                const mc__item_facts *item)
{
    mc__votes_put_row row;
    mc_batch(batch);
    size_t put;
    int rc;

    mc__add_votes_lock(&batch, &(mc__votes_lock_in){session->site.id, poll_id});
    put = mc__add_votes_put(&batch,
                            &(mc__votes_put_in){.site_id = session->site.id,
                                                .item_id = poll_id,
                                                .choices = *choices,
                                                .actor_id = session->actor->profile_id,
                                                .by_moderator = item->permissions.is_moderator,
                                                .judged_in = item->microcosm_id,
                                                .address = mc__audit_address(session)});
    rc = mc__write(session, &batch);
    if (rc < 0)
        return rc;
    if (PQntuples(mc__batch_rows(&batch, put)) == 0) /* hidden since it was checked */
        return mc__refuse(session, MC_ENOTFOUND);
    row = mc__read_votes_put(mc__batch_rows(&batch, put), 0);
    if (!row.is_taking)
        return mc__fail_because(&session->problem, MC_ECLOSED, REASON_CLOSED,
                                "the poll takes no votes any more");
    if (!row.is_known)
        return mc__fault(&session->problem, "choices", "must be choices of this poll");
    return row.fits ? 0 : mc__fault(&session->problem, "choices", "must be one");
}

static int judge_and_save(mc_session *session, int64_t poll_id, const mc_int64s *choices)
{
    mc__item_facts item;
    int tries = 0, rc;

    do {
        rc = judge_voting(&item, session, poll_id);
        if (rc == 0)
            rc = save(session, poll_id, choices, &item);
    } while (mc__judge_again(session, rc, &tries));
    return rc;
}

static int vote(mc_session *session, int64_t poll_id, const mc_type *type, const mc__source *source)
{
    mc_poll_vote_edit edit = {0};
    int rc = mc__call_begin(session, MC_NEEDS_SITE);

    if (rc == 0)
        rc =
            mc__input_take(&session->problem, &session->scratch, type, &edit, MC_TO_CREATE, source);
    if (rc == 0 && edit.choices.count == 0)
        rc = mc__fault(&session->problem, "choices", "must be at least one");
    return rc < 0 ? rc : judge_and_save(session, poll_id, &edit.choices);
}

int mc_poll_vote_set(mc_session *session, int64_t poll_id, const mc_poll_vote_edit *edit)
{
    return vote(session, poll_id, &mc__poll_vote_edit_type, &(mc__source){.given = edit});
}

int mc_poll_vote_body(mc_session *session, int64_t poll_id, mc_format format, const char *body,
                      size_t length)
{
    mc__source source = mc__source_of(format, body, length);
    const char *start = source.body + strspn(source.body, " \t\r\n");
    bool is_array = format == MC_FORMAT_JSON && *start == '[';

    return vote(session, poll_id, is_array ? &choices_type : &mc__poll_vote_edit_type, &source);
}

int mc_poll_vote_delete(mc_session *session, int64_t poll_id)
{
    int rc = mc__call_begin(session, MC_NEEDS_SITE);

    return rc < 0 ? rc : judge_and_save(session, poll_id, &(mc_int64s){NULL, 0});
}
