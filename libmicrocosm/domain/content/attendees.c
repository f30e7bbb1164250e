/* Who comes to an event: include/microcosm/events.h. */
#include "../access/actor.h"
#include "../access/meta.h"
#include "../access/permissions.h"
#include "../base/call.h"
#include "../base/links.h"
#include "../base/paging.h"
#include "../base/types.h"
#include "item_facts.h"
#include "types.h"
#include "waiting.h"
#include "statements.h"

/* Values of errorCode (docs/http/conventions.md#statuses-and-errors). */
enum { REASON_CREATE = 10, REASON_CLOSED = 17, REASON_FULL = 18, REASON_PAST = 19 };

static const mc__field attendee_fields[] = {
    MC_FIELD(mc_attendee, profile_id, "profileId"),
    MC_FIELD(mc_attendee, profile, "profile", .type = &mc__profile_type),
    MC_FIELD(mc_attendee, rsvp, "rsvp"),
    MC_FIELD(mc_attendee, waiting, "waiting", .flags = MC_FIELD_OPTIONAL),
    MC_FIELD(mc_attendee, rsvpd_on, "rsvpdOn"),
    MC_FIELD(mc_attendee, meta, "meta", .type = &mc__meta_type),
};
const mc_type mc__attendee_type = MC_TYPE(mc_attendee, "attendee", attendee_fields);

static const mc__field attendee_edit_fields[] = {
    MC_FIELD(mc_attendee_edit, profile_id, "profileId",
             .flags = MC_FIELD_REQUIRED | MC_FIELD_POSITIVE),
    MC_FIELD(mc_attendee_edit, rsvp, "rsvp"),
};
const mc_type mc__attendee_edit_type =
    MC_TYPE(mc_attendee_edit, "attendee_edit", attendee_edit_fields, .flags = MC_TYPE_INPUT);

static const mc__field attendees_edit_fields[] = {
    MC_FIELD(mc_attendees_edit, attendees, "attendees", .flags = MC_FIELD_REQUIRED,
             .type = &mc__attendee_edit_type),
};
const mc_type mc__attendees_edit_type =
    MC_TYPE(mc_attendees_edit, "attendees_edit", attendees_edit_fields,
            .flags = MC_TYPE_INPUT | MC_TYPE_BARE);

/* An event, and what its list depends on. */
typedef struct event {
    int64_t id;
    bool is_past;
    mc__item_facts item;
} event;

static void ask(mc__batch *batch, const mc_session *session, int64_t event_id)
{
    mc__add_items_facts(batch, &(mc__items_facts_in){.site_id = session->site.id,
                                                     .item_id = event_id,
                                                     .item_type = MC_ITEM_EVENT});
    mc__add_attendees_event(batch, &(mc__attendees_event_in){session->site.id, event_id});
}

/* From the first two results of the batch: 0 if the actor may read the event. */
static int judge(event *e, mc_session *session, const mc__batch *batch, int64_t event_id)
{
    const PGresult *rows = mc__batch_rows(batch, 1);
    int rc;

    mc__item_read_facts(&e->item, session, MC_ITEM_EVENT, event_id, mc__batch_rows(batch, 0));
    if (!e->item.exists || PQntuples(rows) == 0)
        return mc__item_refuse_unknown(session, MC_ITEM_EVENT, event_id);
    if (!e->item.permissions.can_read)
        return mc__refuse(session, MC_EFORBIDDEN);
    rc = mc__check_shown(session, &e->item);
    e->id = event_id;
    e->is_past = mc__read_attendees_event(rows, 0).is_past;
    return rc;
}

static int load(event *e, mc_session *session, int64_t event_id)
{
    mc_batch(batch);
    int rc = mc__check_id(session, event_id);

    if (rc < 0)
        return rc;
    ask(&batch, session, event_id);
    rc = mc__run(session, &batch);
    return rc < 0 ? rc : judge(e, session, &batch, event_id);
}

/* Moderators and the author, who arrange the event. */
static bool arranges(const event *e)
{
    return e->item.permissions.is_moderator || e->item.permissions.is_owner;
}

static bool fill(mc_attendee *attendee, mc__arena *arena, const mc__columns *columns,
                 const PGresult *rows, int row, int64_t event_id)
{
    size_t capacity = 0;
    mc_meta *meta;

    if (mc__record_decode(attendee, arena, columns, rows, row) < 0)
        return false;
    meta = (mc_meta *)attendee->meta;
    mc__profile_finish(arena, (mc_profile *)attendee->profile);
    mc__profile_finish(arena, (mc_profile *)meta->created_by);
    mc__profile_finish(arena, (mc_profile *)meta->edited_by);
    mc__link_add(arena, &meta->links, &capacity, "self",
                 mc__arena_format(arena, "/api/v1/events/%lld/attendees/%lld", (long long)event_id,
                                  (long long)attendee->profile_id),
                 NULL);
    mc__link_add(arena, &meta->links, &capacity, "profile",
                 mc__href(arena, "profiles", attendee->profile_id), NULL);
    mc__link_add(arena, &meta->links, &capacity, "event", mc__href(arena, "events", event_id),
                 NULL);
    return !arena->failed;
}

static int read_page(mc_collection *collection, mc_session *session, const event *e,
                     const mc_page_options *options, int64_t total, const PGresult *rows)
{
    mc__arena *arena = mc__record_arena(collection);
    const char *path = mc__arena_format(arena, "/api/v1/events/%lld/attendees", (long long)e->id);
    mc_page *page = mc__page_make(arena, options, total, path, "/api/v1/events/0/attendees");
    size_t count = (size_t)PQntuples(rows);
    const void **items = page ? mc__list_make(arena, &page->items, count) : NULL;
    mc__columns columns;

    if (!items || mc__columns_make(&columns, &session->scratch, &mc__attendee_type, rows) < 0)
        return mc__out_of_memory(session);
    for (size_t i = 0; i < count; i++) {
        mc_attendee *attendee = mc__record_make(arena, &mc__attendee_type);

        if (!attendee || !fill(attendee, arena, &columns, rows, (int)i, e->id))
            return mc__out_of_memory(session);
        items[i] = attendee;
    }
    collection->attendees = page;
    collection->meta = mc__collection_meta(arena, path, &e->item.permissions);
    return arena->failed ? mc__out_of_memory(session) : 0;
}

int mc_event_attendees(mc_collection **out, mc_session *session, int64_t event_id,
                       bool only_attending, const mc_page_options *options)
{
    mc_auto(mc_record_free) void *record = NULL;
    mc_page_options page;
    int64_t total = 0;
    event e = {0};
    mc_batch(batch);
    int rc = mc__call_begin_for(out, session, MC_NEEDS_SITE);

    if (rc == 0)
        rc = mc__check_id(session, event_id);
    if (rc == 0)
        rc = mc__page_check(&page, session, options);
    if (rc < 0)
        return rc;
    ask(&batch, session, event_id);
    mc__add_attendees_list(&batch, &(mc__attendees_list_in){.site_id = session->site.id,
                                                            .item_id = event_id,
                                                            .only_attending = only_attending,
                                                            .limit = page.limit,
                                                            .offset = page.offset});
    mc__add_attendees_counts(&batch, &(mc__attendees_counts_in){session->site.id, event_id});
    rc = mc__run(session, &batch);
    if (rc == 0)
        rc = judge(&e, session, &batch, event_id);
    if (rc == 0) {
        mc__attendees_counts_row counts = mc__read_attendees_counts(mc__batch_rows(&batch, 3), 0);

        total = only_attending ? counts.attending : counts.attendees;
        rc = mc__page_fits(session, &page, total);
    }
    if (rc < 0)
        return rc;
    record = mc__record_new(&mc__collection_type);
    rc = record ? read_page(record, session, &e, &page, total, mc__batch_rows(&batch, 2))
                : mc__out_of_memory(session);
    if (rc == 0)
        *out = MC_TAKE(record);
    return rc;
}

static const mc_permissions *permissions_of(mc_session *session, const event *e,
                                            const mc_attendee *attendee)
{
    mc__facts facts = mc__facts_of(session, MC_ITEM_ATTENDEE, attendee->profile_id);
    mc_permissions permissions;

    facts.in_microcosm = e->item.microcosm_id;
    facts.owner = attendee->profile_id;
    facts.other_owner = attendee->meta->created_by ? attendee->meta->created_by->id : 0;
    mc__decide(&permissions, &facts, NULL);
    return mc__permissions_record(mc__record_arena((void *)attendee), &permissions);
}

int mc_event_attendee(mc_attendee **out, mc_session *session, int64_t event_id, int64_t profile_id)
{
    mc_auto(mc_record_free) void *record = NULL;
    const PGresult *rows;
    mc__columns columns;
    event e = {0};
    mc_batch(batch);
    int rc = mc__call_begin_for(out, session, MC_NEEDS_SITE);

    if (rc == 0)
        rc = mc__check_id(session, event_id);
    if (rc == 0)
        rc = mc__check_id(session, profile_id);
    if (rc < 0)
        return rc;
    ask(&batch, session, event_id);
    mc__add_attendees_get(&batch, &(mc__attendees_get_in){session->site.id, event_id, profile_id});
    rc = mc__run(session, &batch);
    if (rc == 0)
        rc = judge(&e, session, &batch, event_id);
    if (rc < 0)
        return rc;
    rows = mc__batch_rows(&batch, 2);
    if (PQntuples(rows) == 0)
        return mc__refuse(session, MC_ENOTFOUND);
    record = mc__record_new(&mc__attendee_type);
    if (!record || mc__columns_make(&columns, &session->scratch, &mc__attendee_type, rows) < 0 ||
        !fill(record, mc__record_arena(record), &columns, rows, 0, event_id))
        return mc__out_of_memory(session);
    ((mc_meta *)((mc_attendee *)record)->meta)->permissions = permissions_of(session, &e, record);
    if (mc__record_arena(record)->failed)
        return mc__out_of_memory(session);
    *out = MC_TAKE(record);
    return 0;
}

/* Quotes double, and what a spreadsheet would take for a formula begins with an apostrophe. */
static void put_csv(mc__text *out, const char *text)
{
    size_t length;

    mc__text_putc(out, '"');
    if (*text && strchr("=+-@\t\r", mc__unescaped(text, &length)))
        mc__text_putc(out, '\'');
    for (; *text; text += length) {
        char c = mc__unescaped(text, &length);

        if (c == '"')
            mc__text_putc(out, '"');
        mc__text_putc(out, c);
    }
    mc__text_putc(out, '"');
}

int mc_event_attendees_csv(mc_buffer *out, mc_session *session, int64_t event_id)
{
    const PGresult *rows;
    event e = {0};
    mc_batch(batch);
    int rc = mc__call_begin_for(out, session, MC_NEEDS_SITE);

    if (rc == 0)
        rc = load(&e, session, event_id);
    if (rc < 0)
        return rc;
    if (!arranges(&e))
        return mc__refuse(session, MC_EFORBIDDEN);
    mc__add_attendees_csv(&batch,
                          &(mc__attendees_csv_in){.site_id = session->site.id,
                                                  .item_id = event_id,
                                                  .sees_email = e.item.permissions.is_owner ||
                                                                e.item.permissions.is_site_owner});
    rc = mc__run(session, &batch);
    if (rc < 0)
        return rc;
    rows = mc__batch_rows(&batch, 0);
    mc__text_puts(out, "name,id,email,date\r\n");
    for (int row = 0; row < PQntuples(rows); row++) {
        mc__attendees_csv_row line = mc__read_attendees_csv(rows, row);
        char time[MC_TIME_TEXT_SIZE];

        mc__time_format(time, line.rsvpd_on);
        put_csv(out, line.profile_name);
        mc__text_format(out, ",%lld,", (long long)line.profile_id);
        put_csv(out, line.email);
        mc__text_format(out, ",\"%s\"\r\n", time);
    }
    return out->error ? mc__refuse(session, out->error) : 0;
}

/* Answers that are known to be well-formed. */
typedef struct answers {
    int64_t *profiles;
    const char **rsvps;
    size_t count;
} answers;

static bool is_rsvp(const char *rsvp)
{
    static const char *const all[] = {"yes", "maybe", "invited", "no", "waiting"};

    for (size_t i = 0; i < MC_COUNT(all); i++)
        if (strcmp(all[i], rsvp) == 0)
            return true;
    return false;
}

static bool claims_place(const char *rsvp)
{
    return strcmp(rsvp, "yes") == 0 || strcmp(rsvp, "waiting") == 0;
}

/* within: what stands before the fields' names, such as "attendees[0]." */
static void take_answer(answers *out, mc_session *session, const mc_attendee_edit *edit,
                        const char *within)
{
    const char *rsvp = edit->rsvp && *edit->rsvp ? edit->rsvp : "invited";
    mc__problem *problem = &session->problem;

    for (size_t i = 0; i < out->count; i++)
        if (out->profiles[i] == edit->profile_id && edit->profile_id)
            mc__fault(problem, mc__arena_format(&session->scratch, "%sprofileId", within),
                      "is there twice");
    if (!is_rsvp(rsvp))
        mc__fault(problem, mc__arena_format(&session->scratch, "%srsvp", within),
                  "must be yes, maybe, no, invited or waiting");
    out->profiles[out->count] = edit->profile_id;
    out->rsvps[out->count++] = rsvp;
}

static int make_room(answers *out, mc_session *session, size_t count)
{
    *out = (answers){
        .profiles = mc__arena_alloc(&session->scratch, (count + 1) * sizeof(*out->profiles)),
        .rsvps = mc__arena_alloc(&session->scratch, (count + 1) * sizeof(*out->rsvps))};
    return out->profiles && out->rsvps ? 0 : mc__out_of_memory(session);
}

/* Of a closed or past event only moderators change the list. */
static int judge_open(mc_session *session, const event *e)
{
    if (e->item.permissions.is_moderator)
        return 0;
    if (!e->item.is_open)
        return mc__fail_because(&session->problem, MC_ECLOSED, REASON_CLOSED,
                                "the event is closed");
    if (e->is_past)
        return mc__fail_because(&session->problem, MC_EINVAL, REASON_PAST, "the event is over");
    return 0;
}

/* Whether the actor may give these answers. */
static int judge_answers(mc_session *session, const event *e, const answers *a)
{
    mc__problem *problem = &session->problem;
    int64_t actor = session->actor->profile_id;

    if (!e->item.permissions.can_create)
        return mc__refuse_because(session, MC_EFORBIDDEN, REASON_CREATE);
    for (size_t i = 0; i < a->count; i++) {
        if (a->profiles[i] == actor)
            continue;
        if (!arranges(e))
            return mc__fail_because(problem, MC_EFORBIDDEN, REASON_CREATE,
                                    "you may answer for yourself only");
        if (claims_place(a->rsvps[i]))
            return mc__fail_because(problem, MC_EFORBIDDEN, REASON_CREATE,
                                    "only they themselves may say yes");
    }
    return judge_open(session, e);
}

/* freed: how many leave their place, at most. */
static int judge_waiting(mc__judged_waiting *out, mc_session *session, int64_t event_id,
                         size_t freed, int tries)
{
    mc__place_change change = {
        .event_id = event_id, .freed = (int64_t)freed, .is_first_try = tries == 0};

    return mc__judge_waiting(out, session, &change);
}

static int save(mc_session *session, const event *e, const answers *a, bool watches, int tries)
{
    int64_t event_id = e->id;
    mc__attendees_put_row row;
    mc__judged_waiting judged;
    mc_batch(batch);
    size_t put;
    int rc = judge_waiting(&judged, session, event_id, a->count, tries);

    if (rc < 0)
        return rc;
    mc__add_attendees_lock(&batch, &(mc__attendees_lock_in){session->site.id, event_id});
    put = mc__add_attendees_put(
        &batch, &(mc__attendees_put_in){.site_id = session->site.id,
                                        .item_id = event_id,
                                        .profiles = {a->profiles, a->count},
                                        .rsvps = {a->rsvps, a->count},
                                        .actor_id = session->actor->profile_id,
                                        .watches = watches,
                                        .by_moderator = e->item.permissions.is_moderator,
                                        .judged_in = e->item.microcosm_id,
                                        .address = mc__audit_address(session)});
    mc__add_promote(&batch, session, event_id, &judged);
    rc = mc__write(session, &batch);
    if (rc < 0)
        return rc;
    if (PQntuples(mc__batch_rows(&batch, put)) == 0) /* hidden since it was checked */
        return mc__refuse(session, MC_ENOTFOUND);
    row = mc__read_attendees_put(mc__batch_rows(&batch, put), 0);
    if (!row.is_known)
        return mc__fail(&session->problem, MC_ENOTFOUND, "there is no such profile");
    return row.fits ? 0
                    : mc__fail_because(&session->problem, MC_EINVAL, REASON_FULL,
                                       "the event is full; you can ask to wait for a place");
}

static int answer(mc_session *session, int64_t event_id, const answers *a, bool watches)
{
    int tries = 0, rc;

    if (session->problem.shown.fault_count)
        return MC_EINVAL;
    if (session->scratch.failed)
        return mc__out_of_memory(session);
    do {
        event e = {0};

        rc = load(&e, session, event_id);
        if (rc == 0)
            rc = judge_answers(session, &e, a);
        if (rc == 0)
            rc = save(session, &e, a, watches, tries);
    } while (mc__judge_again(session, rc, &tries));
    return rc;
}

static int set_one(int64_t *profile_id, mc_session *session, int64_t event_id,
                   const mc__source *source)
{
    mc_attendee_edit edit = {0};
    answers a;
    int rc = mc__call_begin(session, MC_NEEDS_SITE);

    if (rc < 0)
        return rc;
    /* to edit: then the profile may be missing, which is required in a list */
    rc = mc__input_take(&session->problem, &session->scratch, &mc__attendee_edit_type, &edit,
                        MC_TO_EDIT, source);
    if (rc < 0 && !session->problem.shown.fault_count)
        return rc;
    if (!edit.profile_id)
        edit.profile_id = *profile_id;
    if (edit.profile_id < 1 && !mc__is_at_fault(&session->problem, "profileId"))
        mc__fault(&session->problem, "profileId", "is required");
    rc = make_room(&a, session, 1);
    if (rc < 0)
        return rc;
    take_answer(&a, session, &edit, "");
    rc = answer(session, event_id, &a, false);
    if (rc == 0)
        *profile_id = edit.profile_id;
    return rc;
}

int mc_event_attendee_set(mc_session *session, int64_t event_id, const mc_attendee_edit *edit)
{
    int64_t profile_id = 0;

    return set_one(&profile_id, session, event_id, &(mc__source){.given = edit});
}

int mc_event_attendee_body(int64_t *out, mc_session *session, int64_t event_id, int64_t profile_id,
                           mc_format format, const char *body, size_t length)
{
    mc__source source = mc__source_of(format, body, length);
    int rc = mc__call_begin_for(out, session, MC_NEEDS_SITE);

    if (rc == 0)
        rc = set_one(&profile_id, session, event_id, &source);
    if (rc == 0)
        *out = profile_id;
    return rc;
}

static int set_several(mc_session *session, int64_t event_id, const mc__source *source)
{
    mc_attendees_edit edit = {0};
    answers a;
    int rc = mc__call_begin(session, MC_NEEDS_SITE);

    if (rc < 0)
        return rc;
    rc = mc__input_take(&session->problem, &session->scratch, &mc__attendees_edit_type, &edit,
                        MC_TO_CREATE, source);
    if (rc < 0 && !session->problem.shown.fault_count)
        return rc;
    if (mc__is_at_fault(&session->problem, "attendees")) /* then it may be half read */
        return MC_EINVAL;
    if (edit.attendees.count == 0)
        mc__fault(&session->problem, "attendees", "must be at least one");
    rc = make_room(&a, session, edit.attendees.count);
    for (size_t i = 0; rc == 0 && i < edit.attendees.count; i++)
        take_answer(&a, session, edit.attendees.items[i],
                    mc__arena_format(&session->scratch, "attendees[%zu].", i));
    return rc < 0 ? rc : answer(session, event_id, &a, true);
}

int mc_event_attendees_set(mc_session *session, int64_t event_id, const mc_attendees_edit *edit)
{
    return set_several(session, event_id, &(mc__source){.given = edit});
}

int mc_event_attendees_body(mc_session *session, int64_t event_id, mc_format format,
                            const char *body, size_t length)
{
    mc__source source = mc__source_of(format, body, length);

    return set_several(session, event_id, &source);
}

/* item: NULL for oneself. */
static int remove_attendee(mc_session *session, int64_t event_id, int64_t profile_id,
                           const mc__item_facts *item, int tries)
{
    mc__judged_waiting judged;
    mc_batch(batch);
    int rc = judge_waiting(&judged, session, event_id, 1, tries);

    if (rc < 0)
        return rc;
    mc__add_attendees_lock(&batch, &(mc__attendees_lock_in){session->site.id, event_id});
    mc__add_attendees_delete(
        &batch, &(mc__attendees_delete_in){.site_id = session->site.id,
                                           .item_id = event_id,
                                           .profile_id = profile_id,
                                           .actor_id = session->actor->profile_id,
                                           .by_moderator = item && item->permissions.is_moderator,
                                           .judged_in = item ? item->microcosm_id : 0,
                                           .address = mc__audit_address(session)});
    mc__add_promote(&batch, session, event_id, &judged);
    return mc__write(session, &batch);
}

static int judge_and_remove(mc_session *session, int64_t event_id, int64_t profile_id, int tries)
{
    event e = {0};
    mc_batch(batch);
    bool attends;
    int rc;

    ask(&batch, session, event_id);
    mc__add_attendees_get(&batch, &(mc__attendees_get_in){session->site.id, event_id, profile_id});
    rc = mc__run(session, &batch);
    if (rc < 0)
        return rc;
    attends = PQntuples(mc__batch_rows(&batch, 2)) > 0;
    /* whoever comes may leave, wherever the event is now and whatever became of it */
    if (attends && profile_id == session->actor->profile_id)
        return remove_attendee(session, event_id, profile_id, NULL, tries);
    rc = judge(&e, session, &batch, event_id);
    if (rc < 0 || !attends) /* removing is idempotent */
        return rc;
    if (!arranges(&e))
        return mc__refuse(session, MC_EFORBIDDEN);
    rc = judge_open(session, &e);
    return rc < 0 ? rc : remove_attendee(session, event_id, profile_id, &e.item, tries);
}

int mc_event_attendee_delete(mc_session *session, int64_t event_id, int64_t profile_id)
{
    int tries = 0;
    int rc = mc__call_begin(session, MC_NEEDS_SITE);

    if (rc == 0)
        rc = mc__check_id(session, event_id);
    if (rc == 0)
        rc = mc__check_id(session, profile_id);
    if (rc < 0)
        return rc;
    do
        rc = judge_and_remove(session, event_id, profile_id, tries);
    while (mc__judge_again(session, rc, &tries));
    return rc;
}
