/* Events: include/microcosm/events.h. The item_ files have what all items share. */
#include "../access/actor_facts.h"
#include "../base/call.h"
#include "item_kinds.h"
#include "statements.h"
#include "types.h"

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

/*
 * Whether it may be the name of a zone; the database checks that the zone exists. PostgreSQL also
 * takes a name with digits for a POSIX rule, such as "Mars5", so of those only the existing zones
 * are accepted.
 */
static bool is_zone_name(const char *tz)
{
    static const char *const with_digits[] = {
        "EST5EDT",    "CST6CDT",    "MST7MDT",    "PST8PDT",    "GMT0",       "GMT+0",
        "GMT-0",      "Etc/GMT0",   "Etc/GMT+0",  "Etc/GMT+1",  "Etc/GMT+2",  "Etc/GMT+3",
        "Etc/GMT+4",  "Etc/GMT+5",  "Etc/GMT+6",  "Etc/GMT+7",  "Etc/GMT+8",  "Etc/GMT+9",
        "Etc/GMT+10", "Etc/GMT+11", "Etc/GMT+12", "Etc/GMT-0",  "Etc/GMT-1",  "Etc/GMT-2",
        "Etc/GMT-3",  "Etc/GMT-4",  "Etc/GMT-5",  "Etc/GMT-6",  "Etc/GMT-7",  "Etc/GMT-8",
        "Etc/GMT-9",  "Etc/GMT-10", "Etc/GMT-11", "Etc/GMT-12", "Etc/GMT-13", "Etc/GMT-14"};

    if (tz[strspn(tz, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz/_-")] == '\0')
        return true;
    for (size_t i = 0; i < MC_COUNT(with_digits); i++)
        if (strcasecmp(tz, with_digits[i]) == 0)
            return true;
    return false;
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
    check_degrees(session, "north", &edit->north, 90);
    check_degrees(session, "east", &edit->east, 180);
    check_degrees(session, "south", &edit->south, 90);
    check_degrees(session, "west", &edit->west, 180);
}

static int check(mc_session *session, void *input, mc__purpose purpose)
{
    mc_event_edit *edit = input;
    bool creates = purpose == MC_TO_CREATE;

    check_when(session, edit);
    if ((!edit->tz && creates) || (edit->tz && !*edit->tz))
        edit->tz = TZ_DEFAULT;
    if (edit->tz && !is_zone_name(edit->tz) && !mc__is_at_fault(&session->problem, "tz"))
        mc__fault(&session->problem, "tz", "must be the name of a time zone");
    if (edit->duration.given && edit->duration.value < 0)
        edit->duration.value = DURATION_DEFAULT;
    check_range(session, "duration", &edit->duration, DURATION_MAX);
    check_range(session, "rsvpLimit", &edit->rsvp_limit, RSVP_MAX);
    check_place(session, edit);
    return 0;
}

/* Turns the database's error for an unknown time zone into a fault. */
static int explain(mc_session *session, int rc)
{
    if (rc != MC_EINVAL || strcmp(session->problem.shown.sqlstate, "22023") != 0)
        return rc;
    mc__problem_clear(&session->problem);
    return mc__fault(&session->problem, "tz", "must be the name of a time zone");
}

static size_t add_get(mc__batch *batch, int64_t site_id, int64_t item_id)
{
    return mc__add_items_get_event(batch, &(mc__items_get_event_in){site_id, item_id});
}

static size_t add_create(mc__batch *batch, mc_session *session, const void *input)
{
    const mc_event_edit *edit = input;
    mc__items_create_event_in in = {.site_id = session->site.id,
                                    .microcosm_id = edit->microcosm_id,
                                    .title = edit->title,
                                    .actor_id = session->actor->profile_id,
                                    .address = mc__audit_address(session),
                                    .starts_local = edit->when,
                                    .tz = edit->tz,
                                    .duration = edit->duration,
                                    .place = edit->where,
                                    .lat = edit->lat,
                                    .lon = edit->lon,
                                    .north = edit->north,
                                    .east = edit->east,
                                    .south = edit->south,
                                    .west = edit->west,
                                    .rsvp_limit = edit->rsvp_limit};

    return mc__add_items_create_event(batch, &in);
}

static void add_edit(mc__batch *batch, mc_session *session, int64_t item_id, const void *input)
{
    const mc_event_edit *edit = input;
    mc__items_edit_event_in in = {.site_id = session->site.id,
                                  .item_id = item_id,
                                  .starts_local = edit->when,
                                  .tz = edit->tz,
                                  .duration = edit->duration,
                                  .place = edit->where,
                                  .lat = edit->lat,
                                  .lon = edit->lon,
                                  .north = edit->north,
                                  .east = edit->east,
                                  .south = edit->south,
                                  .west = edit->west,
                                  .rsvp_limit = edit->rsvp_limit};

    mc__add_items_edit_event(batch, &in);
}

const mc__item_kind mc__event_kind = {
    .item_type = MC_ITEM_EVENT,
    .record = &mc__event_type,
    .input = &mc__event_edit_type,
    .members = MC_ITEM_MEMBERS(mc_event, offsetof(mc_event, last_comment)),
    .page = offsetof(mc_collection, events),
    .is_attended = true,
    .check = check,
    .explain = explain,
    .add_get = add_get,
    .add_create = add_create,
    .add_edit = add_edit,
};
