/* See waiting.h. */
#include "waiting.h"

#include "../access/actor.h"
#include "../access/permissions.h"
#include "../base/call.h"
#include "statements.h"

/* As many more are judged as others may leave the line meanwhile. */
#define SPARE 16

/* The next ones of an event. */
static int judge_next(mc__judged_waiting *out, mc_session *session,
                      const mc__attendees_waiting_row *rows, size_t count, int64_t microcosm_id)
{
    mc__other *others = mc__arena_alloc(&session->scratch, (count + 1) * sizeof(*others));
    int rc;

    if (!others)
        return mc__out_of_memory(session);
    for (size_t i = 0; i < count; i++) {
        others[i] = (mc__other){.profile_id = rows[i].profile_id,
                                .facts = mc__facts_of(session, MC_ITEM_EVENT, rows[i].item_id)};
        others[i].facts.in_microcosm = microcosm_id ? microcosm_id : rows[i].microcosm_id;
        others[i].facts.owner = rows[i].author;
    }
    rc = mc__decide_for_others(others, session, count);
    for (size_t i = 0; rc == 0 && i < count; i++) {
        out->events[out->count] = rows[i].item_id;
        out->profiles[out->count] = rows[i].profile_id;
        out->may_come[out->count++] = others[i].permissions.can_read;
    }
    return rc;
}

/* Those of one event, until there are enough for its places. */
static int judge_event(mc__judged_waiting *out, mc_session *session,
                       const mc__attendees_waiting_row *rows, size_t count,
                       const mc__place_change *change)
{
    size_t spare = change->is_first_try ? SPARE : count;
    size_t wanted = rows->places < (int64_t)count ? (size_t)rows->places + spare : count;
    size_t done = 0, found = 0;
    int rc = 0;

    while (rc == 0 && done < count && found < wanted) {
        size_t next = wanted - found < count - done ? wanted - found : count - done;

        rc = judge_next(out, session, rows + done, next, change->microcosm_id);
        done += next;
        for (; rc == 0 && next > 0; next--)
            found += out->may_come[out->count - next] != 0;
    }
    return rc;
}

static int judge_rows(mc__judged_waiting *out, mc_session *session, const PGresult *rows,
                      const mc__place_change *change)
{
    size_t count = (size_t)PQntuples(rows), end;
    mc__attendees_waiting_row *all = mc__arena_alloc(&session->scratch, (count + 1) * sizeof(*all));
    int rc = 0;

    out->events = mc__arena_alloc(&session->scratch, (count + 1) * sizeof(*out->events));
    out->profiles = mc__arena_alloc(&session->scratch, (count + 1) * sizeof(*out->profiles));
    out->may_come = mc__arena_alloc(&session->scratch, (count + 1) * sizeof(*out->may_come));
    if (!all || !out->events || !out->profiles || !out->may_come)
        return mc__out_of_memory(session);
    for (size_t i = 0; i < count; i++)
        all[i] = mc__read_attendees_waiting(rows, (int)i);
    for (size_t first = 0; rc == 0 && first < count; first = end) {
        for (end = first; end < count && all[end].item_id == all[first].item_id;)
            end++;
        rc = judge_event(out, session, all + first, end - first, change);
    }
    return rc;
}

int mc__judge_waiting(mc__judged_waiting *out, mc_session *session, const mc__place_change *change)
{
    mc_batch(batch);
    int rc;

    *out = (mc__judged_waiting){0};
    mc__add_attendees_waiting(&batch, &(mc__attendees_waiting_in){.site_id = session->site.id,
                                                                  .item_id = change->event_id,
                                                                  .limit = change->limit,
                                                                  .freed = change->freed});
    rc = mc__run(session, &batch);
    return rc < 0 ? rc : judge_rows(out, session, mc__batch_rows(&batch, 0), change);
}

int mc__judge_waiting_below(mc__judged_waiting *out, mc_session *session, int64_t microcosm_id)
{
    mc_batch(batch);
    int rc;

    *out = (mc__judged_waiting){0};
    mc__add_attendees_waiting_below(
        &batch, &(mc__attendees_waiting_below_in){.site_id = session->site.id,
                                                  .microcosm_id = microcosm_id});
    rc = mc__run(session, &batch);
    return rc < 0 ? rc
                  : judge_rows(out, session, mc__batch_rows(&batch, 0), &(mc__place_change){0});
}

void mc__add_promote(mc__batch *batch, const mc_session *session, int64_t event_id,
                     const mc__judged_waiting *judged)
{
    mc__add_attendees_promote(
        batch, &(mc__attendees_promote_in){.site_id = session->site.id,
                                           .item_id = event_id,
                                           .judged_events = {judged->events, judged->count},
                                           .judged_profiles = {judged->profiles, judged->count},
                                           .may_come = {judged->may_come, judged->count},
                                           .actor_id = session->actor->profile_id});
}

void mc__add_promote_below(mc__batch *batch, const mc_session *session, int64_t microcosm_id,
                           const mc__judged_waiting *judged)
{
    mc__add_attendees_lock_below(batch,
                                 &(mc__attendees_lock_below_in){session->site.id, microcosm_id});
    mc__add_attendees_promote_below(batch, &(mc__attendees_promote_below_in){
                                               .site_id = session->site.id,
                                               .microcosm_id = microcosm_id,
                                               .judged_events = {judged->events, judged->count},
                                               .judged_profiles = {judged->profiles, judged->count},
                                               .may_come = {judged->may_come, judged->count},
                                               .actor_id = session->actor->profile_id});
}
