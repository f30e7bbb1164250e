/* Events: include/microcosm/events.h. The item_ files have what all items share. */
#include "../access/actor_facts.h"
#include "../access/permissions.h"
#include "../base/call.h"
#include "item_facts.h"
#include "item_kinds.h"
#include "statements.h"
#include "types.h"
#include "zones.h"

#include <math.h>

#define DURATION_DEFAULT 60
#define DURATION_MAX 10000000 /* minutes: nineteen years */
#define RSVP_MAX 1000000000
#define TZ_DEFAULT "Europe/Belfast"

static const mc__field event_edit_fields[] = {
    MC_ITEM_INPUT_FIELDS(mc_event_edit),
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

/* Reduces "2027-05-22T14:00:00+02:00" to local time; drops the offset (docs/http/events.md). */
static int check_when(mc_session *session, mc_event_edit *edit)
{
    mc_time instant;

    if (!edit->when || !*edit->when || mc__is_at_fault(&session->problem, "when"))
        return 0;
    if (strlen(edit->when) < 20 || !mc__time_parse(&instant, edit->when))
        return mc__fault(&session->problem, "when", "must be a time as in RFC 3339");
    edit->when = mc__arena_copy(&session->scratch, edit->when, 19);
    return 0;
}

static int check_zone(mc_session *session, const char *tz)
{
    bool found = false;
    int rc;

    if (!tz || mc__is_at_fault(&session->problem, "tz"))
        return 0;
    rc = mc__zone_find(&found, session, tz);
    if (rc == 0 && !found)
        mc__fault(&session->problem, "tz", "must be the name of a time zone, as Europe/London");
    return rc;
}

static void check_range(mc_session *session, const char *field, const mc_maybe_int64 *number,
                        int64_t most)
{
    if (number->given && number->value > most && !mc__is_at_fault(&session->problem, field))
        mc__fault(&session->problem, field, "must be at most %lld", (long long)most);
}

static void check_degrees(mc_session *session, const char *field, const mc_maybe_double *number,
                          double most)
{
    if (number->given && fabs(number->value) > most && !mc__is_at_fault(&session->problem, field))
        mc__fault(&session->problem, field, "must be degrees from -%g to %g", most, most);
}

static void check_place(mc_session *session, const mc_event_edit *edit)
{
    check_degrees(session, "lat", &edit->lat, 90);
    check_degrees(session, "lon", &edit->lon, 180);
    /* the form of the official web client exchanges two of these */
    check_degrees(session, "north", &edit->north, 180);
    check_degrees(session, "east", &edit->east, 180);
    check_degrees(session, "south", &edit->south, 180);
    check_degrees(session, "west", &edit->west, 180);
}

static int check(mc_session *session, void *input, mc__purpose purpose)
{
    mc_event_edit *edit = input;
    bool creates = purpose == MC_TO_CREATE;

    int rc;

    check_when(session, edit);
    if ((!edit->tz && creates) || (edit->tz && !*edit->tz))
        edit->tz = TZ_DEFAULT;
    rc = check_zone(session, edit->tz);
    if (rc < 0)
        return rc;
    if (edit->duration.given && edit->duration.value < 0)
        edit->duration.value = DURATION_DEFAULT;
    check_range(session, "duration", &edit->duration, DURATION_MAX);
    check_range(session, "rsvpLimit", &edit->rsvp_limit, RSVP_MAX);
    check_place(session, edit);
    return 0;
}

/* Of what the statements can break, only this isn't known before: the year of the instant. */
static int explain(mc_session *session, int64_t item_id, const void *input, int rc)
{
    (void)item_id;
    (void)input;
    if (rc != MC_EINVAL || strcmp(session->problem.shown.sqlstate, "23514") != 0)
        return rc;
    mc__problem_clear(&session->problem);
    return mc__fault(&session->problem, "when", "must be from the year 1 to 9999 in UTC too");
}

static size_t add_get(mc__batch *batch, int64_t site_id, int64_t item_id)
{
    return mc__add_items_get_event(batch, &(mc__items_get_event_in){site_id, item_id});
}

/* What both statements that write an event bind. */
#define OF_EDIT(edit_)                                                                             \
    .starts_local = (edit_)->when, .tz = (edit_)->tz, .duration = (edit_)->duration,               \
    .place = (edit_)->where, .lat = (edit_)->lat, .lon = (edit_)->lon, .north = (edit_)->north,    \
    .east = (edit_)->east, .south = (edit_)->south, .west = (edit_)->west,                         \
    .rsvp_limit = (edit_)->rsvp_limit

static size_t add_create(mc__batch *batch, mc_session *session, const void *input)
{
    const mc_event_edit *edit = input;
    mc__items_create_event_in in = {.site_id = session->site.id,
                                    .microcosm_id = edit->microcosm_id,
                                    .title = edit->title,
                                    .actor_id = session->actor->profile_id,
                                    .by_moderator = mc__moderates(session, edit->microcosm_id),
                                    .address = mc__audit_address(session),
                                    OF_EDIT(edit)};

    return mc__add_items_create_event(batch, &in);
}

static void add_edit(mc__batch *batch, mc_session *session, int64_t item_id, const void *input,
                     const mc__item_facts *item)
{
    const mc_event_edit *edit = input;
    mc__items_edit_event_in in = {.site_id = session->site.id, .item_id = item_id, OF_EDIT(edit)};

    (void)item;
    mc__add_items_edit_event(batch, &in);
}

const mc__item_kind mc__event_kind = {
    .item_type = MC_ITEM_EVENT,
    .record = &mc__event_type,
    .input = &mc__event_edit_type,
    .members = MC_ITEM_MEMBERS(mc_event, offsetof(mc_event, last_comment)),
    .page = offsetof(mc_collection, events),
    .is_attended = true,
    .places = offsetof(mc_event_edit, rsvp_limit),
    .check = check,
    .explain = explain,
    .add_get = add_get,
    .add_create = add_create,
    .add_edit = add_edit,
};
