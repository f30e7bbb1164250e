/* Events: include/microcosm/events.h. What all items share is in the item_ files. */
#include "../access/actor.h"
#include "../base/call.h"
#include "item_facts.h"
#include "item_page.h"
#include "types.h"

static const mc__field event_edit_fields[] = {
    MC_FIELD(mc_event_edit, microcosm_id, "microcosmId", .flags = MC_FIELD_POSITIVE),
    MC_FIELD(mc_event_edit, title, "title",
             .flags = MC_FIELD_REQUIRED | MC_FIELD_SENTENCE | MC_FIELD_CALM, .max_length = 150),
    MC_FIELD(mc_event_edit, when, "when"),
    MC_FIELD(mc_event_edit, tz, "tz", .max_length = 60),
    MC_FIELD(mc_event_edit, duration, "duration"),
    MC_FIELD(mc_event_edit, where, "where", .flags = MC_FIELD_BLOCK | MC_FIELD_CALM,
             .max_length = 150),
    MC_FIELD(mc_event_edit, lat, "lat"),
    MC_FIELD(mc_event_edit, lon, "lon"),
    MC_FIELD(mc_event_edit, north, "north"),
    MC_FIELD(mc_event_edit, east, "east"),
    MC_FIELD(mc_event_edit, south, "south"),
    MC_FIELD(mc_event_edit, west, "west"),
    MC_FIELD(mc_event_edit, rsvp_limit, "rsvpLimit", .flags = MC_FIELD_POSITIVE),
};
const mc_type mc__event_edit_type =
    MC_TYPE(mc_event_edit, "event_edit", event_edit_fields, .flags = MC_TYPE_INPUT);

int mc_event_get(mc_event **out, mc_session *session, int64_t event_id, const mc_page_options *page)
{
    void *record = NULL;
    int rc = mc__item_get(&record, session, MC_ITEM_EVENT, event_id, page);

    if (rc == 0)
        *out = record;
    return rc;
}

int mc_event_json(mc_buffer *out, mc_session *session, int64_t event_id,
                  const mc_page_options *page)
{
    return mc__item_json(out, session, MC_ITEM_EVENT, event_id, page);
}

/* The wall clock in "2027-05-22T14:00:00+02:00"; its offset is dropped (contract/events.md). */
static int read_wall_clock(mc_session *session, const char **out, const char *when)
{
    mc_time instant;

    *out = NULL;
    if (!when || !*when)
        return 0;
    if (strlen(when) < 20 || !mc__time_parse(&instant, when))
        return mc__fault(&session->problem, "when", "must be a time as in RFC 3339");
    *out = mc__arena_copy(&session->scratch, when, 19);
    return 0;
}

/* Letters, digits and the punctuation of zone names; the database knows which of them exist. */
static bool is_zone_name(const char *tz)
{
    return *tz &&
           tz[strspn(tz, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789/_+-")] ==
               '\0';
}

static int check(mc_session *session, mc_event_edit *edit, const char **when)
{
    int rc = read_wall_clock(session, when, edit->when);

    if (!edit->tz || !*edit->tz)
        edit->tz = "UTC";
    if (!is_zone_name(edit->tz))
        rc = mc__fault(&session->problem, "tz", "must be the name of a time zone");
    if (edit->duration < 0)
        edit->duration = 60; /* the contract's rule for a negative one */
    if (edit->duration > 10000000)
        rc = mc__fault(&session->problem, "duration", "is out of range");
    if (edit->rsvp_limit > 1000000000)
        rc = mc__fault(&session->problem, "rsvpLimit", "is out of range");
    if (!edit->where)
        edit->where = "";
    return rc;
}

static void add_edit(mc__batch *batch, mc_session *session, const mc_event_edit *edit,
                     const char *when)
{
    const double *const numbers[] = {&edit->lat,  &edit->lon,   &edit->north,
                                     &edit->east, &edit->south, &edit->west};

    mc__add_int(batch, session->site.id);
    mc__add_int(batch, edit->microcosm_id);
    mc__add_text(batch, edit->title);
    mc__add_int(batch, session->viewer->profile_id);
    mc__add_text(batch, mc__audit_address(session));
    mc__add_text(batch, when);
    mc__add_text(batch, edit->tz);
    mc__add_int(batch, edit->duration);
    mc__add_text(batch, edit->where);
    for (size_t i = 0; i < MC_COUNT(numbers); i++)
        mc__add_double(batch, *numbers[i]);
    mc__add_int(batch, edit->rsvp_limit);
}

int mc_event_create(int64_t *event_id, mc_session *session, const mc_event_edit *given)
{
    const char *when = NULL;
    mc_event_edit edit;
    mc_batch(batch);
    size_t made;
    int rc = mc__call_begin(session, MC_NEEDS_SITE);

    if (rc == 0)
        rc = mc__input_copy(&session->problem, &session->scratch, &mc__event_edit_type, &edit,
                            MC_TO_CREATE, given);
    if (rc == 0)
        rc = check(session, &edit, &when);
    if (rc == 0)
        rc = mc__may_create_in(session, edit.microcosm_id);
    if (rc < 0)
        return rc;
    mc__batch_add(&batch, MC_Q_ITEMS_LOCK_POST);
    mc__add_text(&batch, mc__arena_format(&batch.arena, "event %lld %s",
                                          (long long)session->viewer->profile_id, edit.title));
    made = mc__batch_add(&batch, MC_Q_ITEMS_CREATE_EVENT);
    add_edit(&batch, session, &edit, when);
    rc = mc__write(
        session, &batch,
        &(mc__news){.item_type = MC_ITEM_EVENT, .microcosm_id = edit.microcosm_id, .is_new = true});
    if (rc == MC_EINVAL && strcmp(session->problem.shown.sqlstate, "22023") == 0) {
        mc__problem_clear(&session->problem);
        return mc__fault(&session->problem, "tz", "must be the name of a time zone");
    }
    if (rc < 0)
        return rc;
    *event_id = mc__row_int(mc__batch_rows(&batch, made), 0, 0);
    return 0;
}
