/* Making and changing events through the library: docs/http/events.md. */
#include "forum.h"

#include "core/core.h"
#include "postgres.h"
#include "wait.h"

#include <criterion/criterion.h>
#include <math.h>
#include <pthread.h>
#include <stdio.h>
#include <string.h>

TestSuite(events, .init = forum_open, .fini = forum_close, .timeout = 300);

static mc_event_edit titled(const char *title)
{
    return (mc_event_edit){
        .size = sizeof(mc_event_edit), .microcosm_id = root_microcosm(), .title = title};
}

static mc_event_edit change(void)
{
    return (mc_event_edit){.size = sizeof(mc_event_edit), .edit_reason = "Plans change"};
}

static int64_t make_event(const mc_event_edit *edit)
{
    int64_t id = 0;

    must(mc_event_create(&id, session, edit));
    return id;
}

static mc_event *get_event(int64_t id)
{
    mc_event *event = NULL;

    must(mc_event_get(&event, session, id, NULL));
    return event;
}

/* "2027-05-22T14:00:00Z", or "" for none. */
static const char *time_text(mc_time time)
{
    static char texts[4][MC_TIME_TEXT_SIZE];
    static int next;
    char *text = texts[next++ % 4];

    if (time.us == MC_TIME_NONE)
        return "";
    mc__time_format(text, time);
    return text;
}

static void expect_times(int64_t id, const char *when, const char *when_tz, const char *tz,
                         int64_t duration, const char *status)
{
    mc_event *event = get_event(id);

    cr_expect_str_eq(time_text(event->when), when);
    cr_expect_str_eq(time_text(event->when_tz), when_tz);
    cr_expect_str_eq(event->tz, tz);
    cr_expect_eq(event->duration, duration, "duration %lld", (long long)event->duration);
    cr_expect_str_eq(event->status, status);
    mc_record_free(event);
}

static void refuse(const mc_event_edit *edit, const char *fields)
{
    int64_t id = 77;

    cr_expect_eq(mc_event_create(&id, session, edit), MC_EINVAL);
    expect_faults(fields);
    cr_expect_eq(id, 77, "a failed call leaves its out parameter alone");
}

#define NUMBER(n)                                                                                  \
    {                                                                                              \
        true, n                                                                                    \
    }

Test(events, keep_every_field)
{
    mc_event_edit edit = titled("Spring & regatta");
    mc_event *event;
    int64_t id;

    edit.when = "2027-05-22T14:00:00+05:00";
    edit.tz = "Europe/Lisbon";
    edit.duration = (mc_maybe_int64)NUMBER(180);
    edit.where = "Old harbour";
    edit.lat = (mc_maybe_double)NUMBER(38.7);
    edit.lon = (mc_maybe_double)NUMBER(-9.14);
    edit.north = (mc_maybe_double)NUMBER(38.72);
    edit.east = (mc_maybe_double)NUMBER(-9.12);
    edit.south = (mc_maybe_double)NUMBER(38.68);
    edit.west = (mc_maybe_double)NUMBER(-9.16);
    edit.rsvp_limit = (mc_maybe_int64)NUMBER(20);
    act_as("alice");
    id = make_event(&edit);
    event = get_event(id);
    cr_expect_eq(event->id, id);
    cr_expect_eq(event->microcosm_id, edit.microcosm_id);
    cr_expect_str_eq(event->title, "Spring &amp; regatta");
    cr_expect_str_eq(event->where, "Old harbour");
    cr_expect_eq(event->lat, 38.7);
    cr_expect_eq(event->lon, -9.14);
    cr_expect_eq(event->north, 38.72);
    cr_expect_eq(event->east, -9.12);
    cr_expect_eq(event->south, 38.68);
    cr_expect_eq(event->west, -9.16);
    cr_expect_eq(event->rsvp_limit, 20);
    cr_expect_eq(event->rsvp_attend, 0);
    cr_expect_eq(event->rsvp_spaces, 20);
    cr_expect_eq(event->comments->total, 0);
    cr_expect_str_eq(event->meta->created_by->profile_name, "alice");
    cr_expect_eq(event->meta->flags->open, MC_YES);
    cr_expect_eq(event->meta->flags->watched, MC_YES, "who makes it follows it");
    cr_expect_eq(event->meta->flags->attending, MC_NO);
    mc_record_free(event);
    /* the offset is dropped: that is what a clock at the place shows */
    expect_times(id, "2027-05-22T14:00:00Z", "2027-05-22T13:00:00Z", "Europe/Lisbon", 180,
                 "upcoming");
    cr_expect_eq(forum_number("SELECT event_count FROM microcosm.microcosm_stats"), 1);
}

Test(events, have_defaults)
{
    mc_event_edit edit = titled("Something, some day");
    mc_event *event;
    int64_t id;

    act_as("alice");
    id = make_event(&edit);
    expect_times(id, "", "", "Europe/Belfast", 0, "proposed");
    event = get_event(id);
    cr_expect_str_eq(event->where, "");
    cr_expect_eq(event->lat, 0);
    cr_expect_eq(event->west, 0);
    cr_expect_eq(event->rsvp_limit, 0);
    cr_expect_eq(event->rsvp_spaces, 0);
    mc_record_free(event);
}

Test(events, last_an_hour_unless_told)
{
    static const struct {
        const char *when;
        mc_maybe_int64 given;
        int64_t duration;
    } cases[] = {
        {"2027-07-01T12:00:00Z", {false, 0}, 60},
        {"2027-07-01T12:00:00Z", {true, 0}, 0},
        {"2027-07-01T12:00:00Z", {true, -1}, 60},
        {"2027-07-01T12:00:00Z", {true, 5}, 5},
        {NULL, {false, 0}, 0},
        {"", {false, 0}, 0},
        {NULL, {true, -30}, 60},
        {NULL, {true, 10000000}, 10000000},
    };

    act_as("alice");
    for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
        char title[] = "Case 0";
        mc_event_edit edit = titled(title);
        mc_event *event;

        title[5] = (char)('0' + i);
        edit.when = cases[i].when;
        edit.duration = cases[i].given;
        event = get_event(make_event(&edit));
        cr_expect_eq(event->duration, cases[i].duration, "case %zu: %lld", i,
                     (long long)event->duration);
        mc_record_free(event);
    }
}

Test(events, happen_on_earth)
{
    mc_event_edit edit = titled("Regatta");

    act_as("alice");
    edit.lat = (mc_maybe_double)NUMBER(90.5);
    edit.north = (mc_maybe_double)NUMBER(180.5);
    edit.south = (mc_maybe_double)NUMBER(-1e308);
    edit.lon = edit.east = (mc_maybe_double)NUMBER(-180.5);
    edit.west = (mc_maybe_double)NUMBER(181);
    refuse(&edit, "lat lon north east south west ");
    edit.lat = edit.north = (mc_maybe_double)NUMBER(90);
    edit.south = (mc_maybe_double)NUMBER(-180); /* a form that exchanges edges */
    edit.lon = edit.west = (mc_maybe_double)NUMBER(-180);
    edit.east = (mc_maybe_double)NUMBER(180);
    make_event(&edit);
}

Test(events, say_all_that_is_wrong_with_the_input_at_once)
{
    mc_event_edit edit = {.size = sizeof(edit), .microcosm_id = -1, .title = " "};
    char long_text[152];

    memset(long_text, 'x', sizeof(long_text) - 1);
    long_text[151] = '\0';
    edit.when = "tomorrow";
    edit.tz = "Mars Base";
    edit.duration = (mc_maybe_int64)NUMBER(10000001);
    edit.where = long_text;
    edit.lat = (mc_maybe_double)NUMBER(NAN);
    edit.west = (mc_maybe_double)NUMBER(-INFINITY);
    edit.rsvp_limit = (mc_maybe_int64)NUMBER(-1);
    act_as("alice");
    refuse(&edit, "microcosmId title where lat west rsvpLimit when tz duration ");
    cr_expect_str_eq(mc_session_error(session)->faults[0].message, "must be greater than 0");
    cr_expect_str_eq(mc_session_error(session)->faults[5].message, "must be 0 or more");
    refuse(NULL, "");
}

Test(events, name_a_field_once_that_is_at_fault_twice)
{
    mc_event_edit edit = titled("x");
    char long_zone[62];

    memset(long_zone, '!', sizeof(long_zone) - 1);
    long_zone[61] = '\0';
    edit.when = "\xFF";
    edit.tz = long_zone;
    act_as("alice");
    refuse(&edit, "when tz ");
    edit.when = NULL;
    edit.tz = "\xFF";
    edit.rsvp_limit = (mc_maybe_int64)NUMBER(1000000001);
    refuse(&edit, "tz rsvpLimit ");
}

Test(events, have_limits_that_can_be_reached)
{
    mc_event_edit edit = titled(NULL);
    char text[152];
    mc_event *event;

    memset(text, 'x', sizeof(text) - 1);
    text[151] = '\0';
    act_as("alice");
    edit.title = text;
    refuse(&edit, "title ");
    text[150] = '\0';
    edit.where = text;
    edit.rsvp_limit = (mc_maybe_int64)NUMBER(1000000000);
    event = get_event(make_event(&edit));
    cr_expect_eq(strlen(event->title), 150);
    cr_expect_eq(strlen(event->where), 150);
    cr_expect_eq(event->rsvp_spaces, 1000000000);
    mc_record_free(event);
}

Test(events, take_times_that_are_times_only)
{
    static const char *const wrong[] = {
        "2027-05-22",
        "2027-05-22T14:00:00",
        "2027-13-22T14:00:00Z",
        "2027-02-30T14:00:00Z",
        "2027-05-22T25:00:00Z",
        "0000-01-01T00:00:00Z",
        "2027-05-22 14:00",
        "now",
        "infinity",
    };
    mc_event_edit edit = titled("When?");

    act_as("alice");
    for (size_t i = 0; i < sizeof(wrong) / sizeof(*wrong); i++) {
        edit.when = wrong[i];
        refuse(&edit, "when ");
    }
    edit.when = "9999-12-31T23:59:59.999Z";
    expect_times(make_event(&edit), "9999-12-31T23:59:59Z", "9999-12-31T23:59:59Z",
                 "Europe/Belfast", 60, "upcoming");
}

/* PostgreSQL takes more for a time zone than the names of the IANA. */
Test(events, take_zones_that_there_are_only)
{
    static const char *const wrong[] = {
        "Europe/Atlantis", "Mars5", "Europe/Atlantis3", "+3",        "<X>3", "Europe/London'", "5",
        "../../etc/x",     "GMT5",  "Etc/GMT+13",       "posix/UTC3"};
    static const char *const right[] = {
        "UTC",       "Etc/GMT+5", "America/Port-au-Prince",
        "EST5EDT",   "GMT0",      "America/Argentina/ComodRivadavia",
        "Asia/Tokyo"};
    mc_event_edit edit = titled("Where?"), later = change();
    int64_t id;

    act_as("alice");
    for (size_t i = 0; i < sizeof(wrong) / sizeof(*wrong); i++) {
        edit.tz = wrong[i];
        edit.when = i % 2 ? "2027-07-01T12:00:00Z" : NULL;
        cr_expect_eq(mc_event_create(&id, session, &edit), MC_EINVAL, "%s", wrong[i]);
        expect_faults("tz ");
    }
    edit.tz = "";
    edit.when = "2027-07-01T12:00:00Z";
    id = make_event(&edit);
    expect_times(id, "2027-07-01T12:00:00Z", "2027-07-01T11:00:00Z", "Europe/Belfast", 60,
                 "upcoming");
    later.tz = "Europe/Atlantis";
    must_fail(mc_event_edit_save(session, id, &later), MC_EINVAL);
    expect_faults("tz ");
    for (size_t i = 0; i < sizeof(right) / sizeof(*right); i++) {
        mc_event *event;

        later.tz = right[i];
        must(mc_event_edit_save(session, id, &later));
        event = get_event(id);
        cr_expect_str_eq(event->tz, right[i]);
        mc_record_free(event);
    }
    expect_times(id, "2027-07-01T12:00:00Z", "2027-07-01T03:00:00Z", "Asia/Tokyo", 60, "upcoming");
}

Test(events, keep_what_an_edit_does_not_name)
{
    mc_event_edit edit = titled("Regatta"), nothing = change();
    int64_t id;

    edit.when = "2027-05-22T14:00:00Z";
    edit.tz = "Europe/Lisbon";
    edit.duration = (mc_maybe_int64)NUMBER(180);
    edit.where = "Old harbour";
    edit.lat = edit.lon = edit.north = edit.east = edit.south = edit.west =
        (mc_maybe_double)NUMBER(1.5);
    edit.rsvp_limit = (mc_maybe_int64)NUMBER(20);
    act_as("alice");
    id = make_event(&edit);
    must(mc_event_edit_save(session, id, &nothing));
    expect_times(id, "2027-05-22T14:00:00Z", "2027-05-22T13:00:00Z", "Europe/Lisbon", 180,
                 "upcoming");
    cr_expect_eq(forum_number("SELECT count(*) FROM microcosm.events WHERE place = 'Old harbour'"
                              " AND (lat, lon, north, east, south, west) ="
                              " (1.5, 1.5, 1.5, 1.5, 1.5, 1.5) AND rsvp_limit = 20"),
                 1);
    cr_expect_eq(forum_number("SELECT count(*) FROM microcosm.items WHERE title = 'Regatta' AND"
                              " edit_reason = 'Plans change' AND edited IS NOT NULL"),
                 1);
}

Test(events, change_field_by_field)
{
    static const struct {
        size_t member;
        const char *column;
    } numbers[] = {
        {offsetof(mc_event_edit, lat), "lat"},     {offsetof(mc_event_edit, lon), "lon"},
        {offsetof(mc_event_edit, north), "north"}, {offsetof(mc_event_edit, east), "east"},
        {offsetof(mc_event_edit, south), "south"}, {offsetof(mc_event_edit, west), "west"},
    };
    mc_event_edit edit = titled("Regatta");
    int64_t id;

    edit.when = "2027-05-22T14:00:00Z";
    act_as("alice");
    id = make_event(&edit);
    for (size_t i = 0; i < sizeof(numbers) / sizeof(*numbers); i++) {
        mc_event_edit one = change();

        *(mc_maybe_double *)((char *)&one + numbers[i].member) =
            (mc_maybe_double){true, (double)i + 0.5};
        must(mc_event_edit_save(session, id, &one));
        cr_expect_eq(forum_number("SELECT count(*) FROM microcosm.events WHERE %s = %f AND"
                                  " abs(lat) + abs(lon) + abs(north) + abs(east) + abs(south) +"
                                  " abs(west) = %f",
                                  numbers[i].column, (double)i + 0.5, (double)i + 0.5),
                     1, "%s, and nothing else", numbers[i].column);
        *(mc_maybe_double *)((char *)&one + numbers[i].member) = (mc_maybe_double){true, 0};
        must(mc_event_edit_save(session, id, &one));
    }
    edit = change();
    edit.title = "Autumn regatta";
    edit.rsvp_limit = (mc_maybe_int64)NUMBER(3);
    edit.duration = (mc_maybe_int64)NUMBER(-5);
    must(mc_event_edit_save(session, id, &edit));
    cr_expect_eq(forum_number("SELECT count(*) FROM microcosm.items WHERE"
                              " title = 'Autumn regatta'"),
                 1);
    cr_expect_eq(forum_number("SELECT rsvp_limit FROM microcosm.events"), 3);
    expect_times(id, "2027-05-22T14:00:00Z", "2027-05-22T13:00:00Z", "Europe/Belfast", 60,
                 "upcoming");
    /* a move to another zone leaves the clock there alone */
    edit = change();
    edit.tz = "America/New_York";
    must(mc_event_edit_save(session, id, &edit));
    expect_times(id, "2027-05-22T14:00:00Z", "2027-05-22T18:00:00Z", "America/New_York", 60,
                 "upcoming");
}

Test(events, lose_their_time_and_their_place_to_an_empty_text)
{
    mc_event_edit edit = titled("Regatta"), clear = change();
    mc_event *event;
    int64_t id;

    edit.when = "2027-05-22T14:00:00Z";
    edit.where = "Old harbour";
    act_as("alice");
    id = make_event(&edit);
    clear.where = "";
    must(mc_event_edit_save(session, id, &clear));
    event = get_event(id);
    cr_expect_str_eq(event->where, "");
    mc_record_free(event);
    expect_times(id, "2027-05-22T14:00:00Z", "2027-05-22T13:00:00Z", "Europe/Belfast", 60,
                 "upcoming");
    clear = change();
    clear.when = "";
    must(mc_event_edit_save(session, id, &clear));
    expect_times(id, "", "", "Europe/Belfast", 60, "proposed");
}

Test(events, that_get_a_time_later_last_an_hour)
{
    mc_event_edit edit = titled("Regatta"), later = change();
    int64_t id;

    act_as("alice");
    id = make_event(&edit);
    later.when = "2027-12-22T14:00:00Z";
    must(mc_event_edit_save(session, id, &later));
    expect_times(id, "2027-12-22T14:00:00Z", "2027-12-22T14:00:00Z", "Europe/Belfast", 60,
                 "upcoming");
    later.duration = (mc_maybe_int64)NUMBER(15);
    must(mc_event_edit_save(session, id, &later));
    later.duration.given = false;
    must(mc_event_edit_save(session, id, &later));
    expect_times(id, "2027-12-22T14:00:00Z", "2027-12-22T14:00:00Z", "Europe/Belfast", 15,
                 "upcoming");
}

Test(events, need_a_reason_to_be_changed)
{
    mc_event_edit edit = titled("Regatta"), change = {.size = sizeof(change), .title = " "};
    int64_t id;

    act_as("alice");
    id = make_event(&edit);
    must_fail(mc_event_edit_save(session, id, &change), MC_EINVAL);
    expect_faults("title meta.editReason ");
}

static int64_t events_made(void)
{
    return forum_number("SELECT count(*) FROM microcosm.events");
}

Test(events, that_are_equal_within_five_minutes_are_one)
{
    static const char *const other_when[] = {NULL, "2027-05-22T14:00:01Z"};
    mc_event_edit edit = titled("Regatta"), other;
    int64_t id;

    edit.when = "2027-05-22T14:00:00Z";
    act_as("alice");
    id = make_event(&edit);
    cr_expect_eq(make_event(&edit), id);
    other = edit;
    other.when = "2027-05-22T14:00:00+03:00";
    other.duration = (mc_maybe_int64)NUMBER(5);
    cr_expect_eq(make_event(&other), id, "the offset and the duration say nothing");
    for (int i = 0; i < 2; i++) {
        other = edit;
        other.when = other_when[i];
        cr_expect_neq(make_event(&other), id, "another time");
    }
    for (size_t member = offsetof(mc_event_edit, lat); member <= offsetof(mc_event_edit, west);
         member += sizeof(mc_maybe_double)) {
        other = edit;
        *(mc_maybe_double *)((char *)&other + member) = (mc_maybe_double)NUMBER(1);
        cr_expect_neq(make_event(&other), id, "another place on the map");
    }
    other = edit;
    other.where = "Elsewhere";
    cr_expect_neq(make_event(&other), id);
    other = edit;
    other.rsvp_limit = (mc_maybe_int64)NUMBER(2);
    cr_expect_neq(make_event(&other), id);
    other = edit;
    other.title = "Another regatta";
    cr_expect_neq(make_event(&other), id);
    cr_expect_eq(events_made(), 12);
    act_as("bob");
    cr_expect_neq(make_event(&edit), id, "by somebody else");
    act_as("alice");
    forum_sql("UPDATE microcosm.items SET created = created - interval '5 minutes 1 second'");
    cr_expect_neq(make_event(&edit), id, "later");
}

Test(events, that_are_gone_are_made_again)
{
    mc_event_edit edit = titled("Regatta");
    int64_t id;

    act_as("alice");
    id = make_event(&edit);
    act_as("owner");
    must(mc_event_delete(session, id));
    act_as("alice");
    cr_expect_neq(make_event(&edit), id);
}

static int64_t counted(const char *column, int64_t microcosm_id)
{
    return forum_number("SELECT coalesce(sum(%s), 0) FROM microcosm.microcosm_stats WHERE"
                        " microcosm_id = %lld",
                        column, (long long)microcosm_id);
}

Test(events, take_their_counts_along_when_they_move)
{
    mc_event_edit edit = titled("Regatta"), move = change();
    mc_comment_edit comment = {
        .size = sizeof(comment), .item_type = "event", .markdown = "Count me in"};
    int64_t from = root_microcosm(), to;

    act_as("owner");
    to = make_microcosm(from, "Boats");
    comment.item_id = make_event(&edit);
    must(mc_comment_create(&move.microcosm_id, session, &comment));
    cr_expect_eq(counted("event_count", from), 1);
    move.microcosm_id = to;
    must(mc_event_edit_save(session, comment.item_id, &move));
    cr_expect_eq(counted("event_count", from), 0);
    cr_expect_eq(counted("comment_count", from), 0);
    cr_expect_eq(counted("event_count", to), 1);
    cr_expect_eq(counted("comment_count", to), 1);
    cr_expect_eq(counted("conversation_count", to), 0);
    move.microcosm_id = 999999;
    must_fail(mc_event_edit_save(session, comment.item_id, &move), MC_EINVAL);
    expect_faults("microcosmId ");
    act_as("alice");
    move.microcosm_id = from;
    must_fail(mc_event_edit_save(session, comment.item_id, &move), MC_EFORBIDDEN);
}

Test(events, are_changed_by_those_who_may)
{
    mc_event_edit edit = titled("Regatta"), edited = change();
    mc_patch_op close = {"/meta/flags/open", false}, stick = {"/meta/flags/sticky", true};
    mc_event *event = NULL;
    int64_t id, none;

    must_fail(mc_event_create(&none, session, &edit), MC_EFORBIDDEN);
    act_as("alice");
    id = make_event(&edit);
    must(mc_event_edit_save(session, id, &edited));
    must_fail(mc_event_patch(session, id, &stick, 1), MC_EFORBIDDEN);
    must(mc_event_patch(session, id, &close, 1));
    must_fail(mc_event_delete(session, id), MC_EFORBIDDEN);
    act_as("bob");
    must_fail(mc_event_edit_save(session, id, &edited), MC_EFORBIDDEN);
    must_fail(mc_event_patch(session, id, &close, 1), MC_EFORBIDDEN);
    must_fail(mc_event_delete(session, id), MC_EFORBIDDEN);
    act_as(NULL);
    must_fail(mc_event_edit_save(session, id, &edited), MC_EFORBIDDEN);
    must_fail(mc_event_delete(session, id), MC_EFORBIDDEN);
    act_as("owner");
    must(mc_event_edit_save(session, id, &edited));
    must(mc_event_patch(session, id, &stick, 1));
    event = get_event(id);
    cr_expect_eq(event->meta->flags->sticky, MC_YES);
    cr_expect_eq(event->meta->flags->open, MC_NO);
    cr_expect_str_eq(event->meta->edit_reason, "Set sticky to true");
    mc_record_free(event);
    must(mc_event_delete(session, id));
    must(mc_event_delete(session, id)); /* again is fine */
    event = get_event(id);
    cr_expect_eq(event->meta->flags->deleted, MC_YES);
    mc_record_free(event);
    must_fail(mc_event_edit_save(session, id, &edited), MC_ENOTFOUND);
    must_fail(mc_event_edit_save(session, 999999, &edited), MC_ENOTFOUND);
    cr_expect_eq(counted("event_count", edit.microcosm_id), 0);
}

/* Somebody who edits an event in a thread of their own. */
typedef struct editor {
    pthread_t thread;
    mc_session *session;
    mc_event_edit edit;
    int64_t id;
    int rc;
} editor;

static void *save_event(void *data)
{
    editor *e = data;

    e->rc = mc_event_edit_save(e->session, e->id, &e->edit);
    return NULL;
}

static void start_editing(editor *e)
{
    mc_visit visit = MC_VISIT_INIT;

    visit.site_key = "test";
    cr_assert_eq(mc_session_new(&e->session, forum_app), 0);
    cr_assert_eq(mc_session_enter(e->session, &visit), 0);
    cr_assert_eq(mc_session_act_as_email(e->session, "alice@example.org"), 0);
    pthread_create(&e->thread, NULL, save_event, e);
    for (int waited = 0; forum_number("SELECT count(*) FROM pg_stat_activity WHERE"
                                      " datname = current_database() AND"
                                      " wait_event_type = 'Lock'") == 0;)
        cr_assert(wait_a_moment(&waited), "the edit waits for nobody");
}

/* Its author was judged where it was, and it is elsewhere when the edit gets its lock: then it is
 * judged again. */
Test(events, are_left_alone_when_a_moderator_moves_them_meanwhile)
{
    PGconn *other = test_database_connect(forum_database);
    mc_event_edit edit = titled("Regatta");
    int64_t here, there;
    editor e = {.edit = change()};

    PQclear(test_sql(other, "SET microcosm.site_id = 0"));
    act_as("owner");
    here = make_microcosm(root_microcosm(), "Here");
    there = make_microcosm(root_microcosm(), "There");
    act_as("alice");
    edit.where = "The lake";
    e.id = make_event(&edit);
    e.edit.where = "The sea";
    e.edit.microcosm_id = here;
    PQclear(test_sql(other,
                     "BEGIN; UPDATE microcosm.items SET placed_by_moderator = true,"
                     " microcosm_id = (SELECT max(microcosm_id) FROM microcosm.microcosms)"));
    start_editing(&e);
    PQclear(test_sql(other, "COMMIT"));
    pthread_join(e.thread, NULL);
    cr_expect_eq(e.rc, MC_EFORBIDDEN, "%d: %s", e.rc, mc_session_error(e.session)->message);
    cr_expect_eq(forum_number("SELECT microcosm_id FROM microcosm.items"), there);
    cr_expect_eq(forum_number("SELECT count(*) FROM microcosm.events WHERE place = 'The lake'"), 1);
    cr_expect_eq(mc_event_edit_save(e.session, e.id, &e.edit), MC_EFORBIDDEN);
    mc_session_free(e.session);
    PQfinish(other);
}

Test(events, are_of_their_kind)
{
    mc_conversation_edit renamed = {
        .size = sizeof(renamed), .title = "A talk", .edit_reason = "Renamed"};
    mc_event_edit edit = titled("Regatta"), edited = change();
    mc_patch_op stick = {"/meta/flags/sticky", true};
    int64_t event, conversation;

    act_as("owner");
    event = make_event(&edit);
    conversation = make_conversation(root_microcosm(), "Boats");
    must_fail(mc_event_edit_save(session, conversation, &edited), MC_ENOTFOUND);
    must_fail(mc_conversation_edit_save(session, event, &renamed), MC_ENOTFOUND);
    must_fail(mc_event_patch(session, conversation, &stick, 1), MC_ENOTFOUND);
    must(mc_event_delete(session, conversation)); /* there is no such event: fine */
    cr_expect_eq(forum_number("SELECT count(*) FROM microcosm.items WHERE is_visible"), 2);
    cr_expect_eq(forum_number("SELECT count(*) FROM microcosm.items WHERE is_sticky"), 0);
}

Test(events, are_listed)
{
    mc_event_edit edit = titled("First");
    mc_patch_op stick = {"/meta/flags/sticky", true};
    mc_collection *list = NULL;
    const mc_event *event;
    int64_t first, second, third;

    act_as("owner");
    first = make_event(&edit);
    edit.title = "Second";
    second = make_event(&edit);
    edit.title = "Third";
    edit.when = "2027-05-22T14:00:00Z";
    third = make_event(&edit);
    make_conversation(root_microcosm(), "No event");
    must(mc_event_patch(session, first, &stick, 1));
    must(mc_event_delete(session, second));
    act_as(NULL);
    must(mc_events_list(&list, session, NULL, NULL));
    cr_expect_null(list->conversations);
    cr_assert_eq(list->events->total, 2);
    cr_assert_eq(list->events->items.count, 2);
    event = list->events->items.items[0];
    cr_expect_eq(event->id, first);
    event = list->events->items.items[1];
    cr_expect_eq(event->id, third);
    cr_expect_str_eq(event->status, "upcoming");
    cr_expect_str_eq(time_text(event->when_tz), "2027-05-22T13:00:00Z");
    mc_record_free(list);
}

static void expect_attended(int64_t microcosm_id, int64_t offset, int64_t total, int64_t first)
{
    mc_item_filter filter = MC_ITEM_FILTER_INIT;
    mc_page_options page = MC_PAGE_OPTIONS_INIT;
    mc_collection *list = NULL;

    filter.microcosm_id = microcosm_id;
    filter.is_attending = true;
    page.limit = 5;
    page.offset = offset;
    must(mc_events_list(&list, session, &filter, &page));
    cr_expect_eq(list->events->total, total, "%lld of %lld", (long long)list->events->total,
                 (long long)total);
    cr_expect_eq(list->events->items.count, first ? 1 : 0);
    if (list->events->items.count) {
        const mc_event *event = list->events->items.items[0];

        cr_expect_eq(event->id, first);
        cr_expect_eq(event->meta->flags->attending, MC_YES);
    }
    mc_record_free(list);
}

Test(events, are_listed_by_who_attends)
{
    mc_event_edit edit = titled("Regatta");
    mc_item_filter filter = MC_ITEM_FILTER_INIT;
    mc_attendee_edit answered = MC_ATTENDEE_EDIT_INIT;
    mc_collection *list = NULL;
    int64_t event, elsewhere, hidden;

    act_as("owner");
    hidden = edit.microcosm_id = make_microcosm(root_microcosm(), "Hidden soon");
    elsewhere = make_event(&edit);
    edit = titled("Nobody comes");
    make_event(&edit);
    edit = titled("Maybe");
    event = make_event(&edit);
    answered.profile_id = act_as("alice");
    expect_attended(0, 0, 0, 0);
    answered.rsvp = "maybe";
    must(mc_event_attendee_set(session, event, &answered));
    answered.rsvp = "yes";
    must(mc_event_attendee_set(session, elsewhere, &answered));
    expect_attended(0, 0, 1, elsewhere);
    expect_attended(hidden, 0, 1, elsewhere);
    expect_attended(root_microcosm(), 0, 0, 0);
    act_as("bob");
    expect_attended(0, 0, 0, 0);
    act_as(NULL);
    expect_attended(0, 0, 0, 0);
    act_as("alice");
    forum_sql("UPDATE microcosm.microcosms SET is_moderated = true WHERE microcosm_id = %lld",
              (long long)hidden);
    expect_attended(0, 0, 0, 0);
    forum_sql("UPDATE microcosm.microcosms SET is_moderated = false");
    expect_attended(0, 0, 1, elsewhere);
    must(mc_ignore_set(session, MC_ITEM_EVENT, elsewhere, true));
    expect_attended(0, 0, 0, 0);
    filter.is_attending = true;
    must_fail(mc_polls_list(&list, session, &filter, NULL), MC_EINVAL);
    expect_faults("isAttending ");
}

/* The same fields as JSON, where null and what is left out differ. */
Test(events, come_from_a_body_too)
{
    static const char body[] =
        "{\"microcosmId\":%lld,\"title\":\"Regatta\",\"when\":\"2027-05-22T14:00:00Z\","
        "\"tz\":\"Europe/Lisbon\",\"duration\":-1,\"where\":\"Quay\",\"lat\":0.5,\"rsvpLimit\":4,"
        "\"status\":\"cancelled\",\"rsvpAttend\":9}";
    static const char clear[] = "{\"when\":\"\",\"where\":\"\",\"rsvpLimit\":0,"
                                "\"meta\":{\"editReason\":\"Called off\"}}";
    static const char wrong[] = "{\"microcosmId\":1,\"title\":\"x\",\"lat\":\"north\","
                                "\"duration\":1.5,\"tz\":5,\"when\":7,\"rsvpLimit\":-1}";
    char text[500];
    mc_event *event;
    int64_t id = 0;
    int length;

    act_as("alice");
    length = snprintf(text, sizeof(text), body, (long long)root_microcosm());
    must(mc_event_create_body(&id, session, MC_FORMAT_JSON, text, (size_t)length));
    expect_times(id, "2027-05-22T14:00:00Z", "2027-05-22T13:00:00Z", "Europe/Lisbon", 60,
                 "upcoming");
    must(mc_event_edit_body(session, id, MC_FORMAT_JSON, clear, strlen(clear)));
    event = get_event(id);
    cr_expect_str_eq(event->where, "");
    cr_expect_eq(event->rsvp_limit, 0);
    cr_expect_eq(event->rsvp_attend, 0);
    cr_expect_eq(event->lat, 0.5);
    mc_record_free(event);
    expect_times(id, "", "", "Europe/Lisbon", 60, "proposed");
    must_fail(mc_event_create_body(&id, session, MC_FORMAT_JSON, wrong, strlen(wrong)), MC_EINVAL);
    expect_faults("when tz duration lat rsvpLimit ");
}

Test(events, tell_what_was_done_to_them)
{
    mc_event_edit edit = titled("Regatta"), edited = change();
    mc_patch_op close = {"/meta/flags/open", false};
    mc_visit visit = MC_VISIT_INIT;
    int64_t id;

    visit.site_key = "test";
    visit.address = "192.0.2.7";
    must(mc_session_enter(session, &visit));
    act_as("owner");
    id = make_event(&edit);
    must(mc_event_edit_save(session, id, &edited));
    must(mc_event_patch(session, id, &close, 1));
    must(mc_event_delete(session, id));
    cr_expect_eq(forum_number("SELECT count(*) FROM microcosm.audit WHERE item_type = 9 AND"
                              " item_id = %lld AND address = '192.0.2.7' AND profile_id = %lld",
                              (long long)id, (long long)mc_session_profile(session)),
                 4);
    cr_expect_eq(forum_number("SELECT count(*) FROM (SELECT string_agg(action, '' ORDER BY"
                              " audit_id) AS done FROM microcosm.audit WHERE item_type = 9) a"
                              " WHERE done = 'CRUD'"),
                 1);
    cr_expect_eq(forum_number("SELECT count(*) FROM (SELECT string_agg(action, ' ' ORDER BY"
                              " change_id) AS done FROM microcosm.changes WHERE item_type = 9"
                              " AND parent_type = 2 AND parent_id = microcosm_id) c"
                              " WHERE done = 'create replace update delete'"),
                 1);
}

/* As if the rules of zones had been others when the events were made. */
Test(events, keep_their_clock_when_the_rules_of_zones_change)
{
    mc_event_edit edit = titled("Regatta");
    int64_t summer, winter, unknown, dateless;

    act_as("alice");
    edit.when = "2027-07-22T14:00:00Z";
    edit.tz = "Europe/Lisbon";
    summer = make_event(&edit);
    edit.when = "2027-01-22T14:00:00Z";
    winter = make_event(&edit);
    edit.when = "2027-02-22T14:00:00Z";
    unknown = make_event(&edit);
    edit.when = NULL;
    dateless = make_event(&edit);
    forum_sql(
        "UPDATE microcosm.events SET starts = starts - interval '1 hour' WHERE item_id = %lld",
        (long long)summer);
    forum_sql("UPDATE microcosm.events SET starts = starts + interval '1 hour', tz = 'US/Nowhere'"
              " WHERE item_id = %lld",
              (long long)unknown);
    expect_times(summer, "2027-07-22T14:00:00Z", "2027-07-22T12:00:00Z", "Europe/Lisbon", 60,
                 "upcoming");
    must(mc_job_run(session, "event-times"));
    expect_times(summer, "2027-07-22T14:00:00Z", "2027-07-22T13:00:00Z", "Europe/Lisbon", 60,
                 "upcoming");
    expect_times(winter, "2027-01-22T14:00:00Z", "2027-01-22T14:00:00Z", "Europe/Lisbon", 60,
                 "upcoming");
    expect_times(unknown, "2027-02-22T14:00:00Z", "2027-02-22T15:00:00Z", "US/Nowhere", 60,
                 "upcoming");
    expect_times(dateless, "", "", "Europe/Lisbon", 0, "proposed");
    cr_expect_eq(forum_number("SELECT count(*) FROM microcosm.changes WHERE action = 'update' AND"
                              " item_type = 9 AND item_id = %lld AND microcosm_id = %lld AND"
                              " profile_id IS NULL",
                              (long long)summer, (long long)root_microcosm()),
                 1);
    cr_expect_eq(forum_number("SELECT count(*) FROM microcosm.changes WHERE action = 'update' AND"
                              " item_type = 9"),
                 1);
}

/* Who comes. */

enum { PLACES = 10, GUESTS = 100 };

static int answer(mc_session *own, int64_t event_id, const char *rsvp)
{
    mc_attendee_edit edit = MC_ATTENDEE_EDIT_INIT;

    edit.profile_id = mc_session_profile(own);
    edit.rsvp = rsvp;
    return mc_event_attendee_set(own, event_id, &edit);
}

typedef struct crowd {
    int64_t event_id;
    const char *rsvp;
    int came, refused;
} crowd;

static void come(mc_session *own, int number, void *data)
{
    crowd *c = data;
    int rc = answer(own, c->event_id, c->rsvp);

    (void)number;
    cr_expect(rc == 0 || (rc == MC_EINVAL && mc_session_error(own)->reason == 18), "%s",
              mc_session_error(own)->message);
    __atomic_add_fetch(rc == 0 ? &c->came : &c->refused, 1, __ATOMIC_SEQ_CST);
}

static void expect_counts(int64_t attending, int64_t waiting, int64_t all)
{
    cr_expect_eq(forum_number("SELECT rsvp_attending FROM microcosm.events"), attending);
    cr_expect_eq(forum_number("SELECT count(*) FROM microcosm.attendees WHERE rsvp = 'yes'"),
                 attending);
    cr_expect_eq(forum_number("SELECT count(waiting_since) FROM microcosm.attendees"), waiting);
    cr_expect_eq(forum_number("SELECT attendee_count FROM microcosm.events"), all);
    cr_expect_eq(forum_number("SELECT count(*) FROM microcosm.attendees"), all);
}

static int64_t make_small_event(void)
{
    mc_event_edit edit = titled("Regatta");

    edit.rsvp_limit = (mc_maybe_int64)NUMBER(PLACES);
    act_as("alice");
    return make_event(&edit);
}

Test(events, give_no_place_twice_whoever_comes_at_once)
{
    crowd c = {.event_id = make_small_event(), .rsvp = "yes"};

    at_once(GUESTS, "guest%d", come, &c);
    cr_expect_eq(c.came, PLACES);
    cr_expect_eq(c.refused, GUESTS - PLACES);
    expect_counts(PLACES, 0, PLACES);
}

static void change_mind(mc_session *own, int number, void *data)
{
    crowd *c = data;

    if (number % 3 == 0)
        cr_expect_eq(answer(own, c->event_id, "no"), 0, "%s", mc_session_error(own)->message);
    else if (number % 3 == 1)
        cr_expect_eq(mc_event_attendee_delete(own, c->event_id, mc_session_profile(own)), 0);
}

Test(events, keep_no_place_free_while_somebody_waits)
{
    crowd c = {.event_id = make_small_event(), .rsvp = "waiting"};

    at_once(GUESTS, "guest%d", come, &c);
    cr_expect_eq(c.came, GUESTS);
    expect_counts(PLACES, GUESTS - PLACES, GUESTS);
    /* 34 say no, 33 leave the list, 33 stay */
    at_once(GUESTS, "guest%d", change_mind, &c);
    expect_counts(PLACES, 33 - PLACES, GUESTS - 33);
}

Test(events, show_who_comes_and_who_waits_in_turn)
{
    int64_t event_id = make_small_event(), alice = mc_session_profile(session);
    mc_event_edit fewer = change();
    mc_collection *list = NULL;
    mc_attendee *one = NULL;

    fewer.rsvp_limit = (mc_maybe_int64)NUMBER(1);
    must(mc_event_edit_save(session, event_id, &fewer));
    must(answer(session, event_id, "yes"));
    act_as("bob");
    must(answer(session, event_id, "waiting"));
    must(answer(session, event_id, "waiting"));
    must_fail(mc_event_attendee(&one, session, event_id, 999999), MC_ENOTFOUND);
    must(mc_event_attendee(&one, session, event_id, mc_session_profile(session)));
    cr_expect_str_eq(one->rsvp, "maybe");
    cr_expect(one->waiting);
    mc_record_free(one);
    must_fail(mc_event_attendee_delete(session, event_id, alice), MC_EFORBIDDEN);
    act_as(NULL);
    must(mc_event_attendees(&list, session, event_id, false, NULL));
    cr_expect_eq(list->attendees->total, 2);
    cr_expect_eq(((const mc_attendee *)list->attendees->items.items[0])->profile_id, alice);
    mc_record_free(list);
    act_as("alice");
    must(mc_event_attendee_delete(session, event_id, alice));
    must(mc_event_attendees(&list, session, event_id, true, NULL));
    cr_expect_eq(list->attendees->total, 1);
    cr_expect_str_eq(((const mc_attendee *)list->attendees->items.items[0])->profile->profile_name,
                     "bob");
    mc_record_free(list);
    expect_counts(1, 0, 1);
}

/* Nobody is put on the list of an event that is closed or over, and whoever is there may leave. */
Test(events, keep_their_list_when_closed_or_over)
{
    static const char *const ends[][2] = {
        {"UPDATE microcosm.items SET is_open = false", "closed"},
        {"UPDATE microcosm.events SET starts_local = now() - interval '2 days',"
         " starts = now() - interval '2 days', duration_minutes = 60",
         "over"},
        {"UPDATE microcosm.items SET is_moderated = true", "hidden"},
        {"UPDATE microcosm.microcosms SET is_open = false WHERE parent_id IS NULL", "in closed"},
        {"UPDATE microcosm.microcosms SET is_moderated = true WHERE parent_id IS NOT NULL",
         "in hidden"},
    };
    mc_event_edit edit = titled("Regatta");
    int64_t bob, carol, event_id;

    edit.rsvp_limit = (mc_maybe_int64)NUMBER(2);
    for (size_t i = 0; i < sizeof(ends) / sizeof(ends[0]); i++) {
        act_as("owner");
        edit.microcosm_id = make_microcosm(root_microcosm(), ends[i][1]);
        act_as("alice");
        event_id = make_event(&edit);
        bob = act_as("bob");
        must(answer(session, event_id, "yes"));
        carol = act_as("carol");
        must(answer(session, event_id, "yes"));
        act_as("dave");
        must(answer(session, event_id, "waiting"));
        forum_sql("%s", ends[i][0]);
        act_as("alice");
        cr_expect_lt(mc_event_attendee_delete(session, event_id, bob), 0, "%s", ends[i][1]);
        act_as("carol");
        cr_expect_eq(mc_event_attendee_delete(session, event_id, carol), 0, "%s: %s", ends[i][1],
                     mc_session_error(session)->message);
        cr_expect_eq(forum_number("SELECT count(*) FROM microcosm.attendees WHERE item_id = %lld"
                                  " AND rsvp = 'yes'",
                                  (long long)event_id),
                     1, "%s", ends[i][1]);
        cr_expect_eq(forum_number("SELECT count(*) FROM microcosm.attendees WHERE item_id = %lld"
                                  " AND profile_id = %lld",
                                  (long long)event_id, (long long)bob),
                     1, "%s", ends[i][1]);
        forum_sql("UPDATE microcosm.microcosms SET is_open = true, is_moderated = false");
        forum_sql("DELETE FROM microcosm.items");
    }
}

/* Who waits comes as soon as an event takes people again. */
Test(events, give_free_places_when_they_are_opened_or_shown_again)
{
    static const struct {
        const char *shut, *flag;
        bool value, of_place;
    } ends[] = {
        {"UPDATE microcosm.items SET is_open = false", "/meta/flags/open", true, false},
        {"UPDATE microcosm.items SET is_moderated = true", "/meta/flags/moderated", false, false},
        {"UPDATE microcosm.items SET is_deleted = true", "/meta/flags/deleted", false, false},
        {"UPDATE microcosm.microcosms SET is_open = false WHERE title = 'Water'",
         "/meta/flags/open", true, true},
        {"UPDATE microcosm.microcosms SET is_deleted = true WHERE title = 'Water'",
         "/meta/flags/deleted", false, true},
        {"UPDATE microcosm.events SET starts = '2001-01-01', starts_local = '2001-01-01'", NULL,
         false, false},
    };
    int64_t event_id = make_small_event(), place, inner;
    mc_event_edit edit = titled("Regatta");

    act_as("owner");
    place = make_microcosm(root_microcosm(), "Water");
    inner = make_microcosm(place, "Ponds");
    forum_sql("UPDATE microcosm.items SET microcosm_id = %lld", (long long)inner);
    for (size_t i = 0; i < sizeof(ends) / sizeof(ends[0]); i++) {
        mc_patch_op open = {ends[i].flag, ends[i].value};

        for (int n = 0; n <= PLACES; n++) {
            char name[20];

            snprintf(name, sizeof(name), "guest%d", n);
            act_as(name);
            must(answer(session, event_id, "waiting"));
        }
        expect_counts(PLACES, 1, PLACES + 1);
        forum_sql("%s", ends[i].shut);
        act_as("guest0");
        must(mc_event_attendee_delete(session, event_id, mc_session_profile(session)));
        expect_counts(PLACES - 1, 1, PLACES);
        act_as("owner");
        if (!ends[i].flag) {
            edit.when = "2099-01-01T10:00:00Z";
            edit.edit_reason = "next year";
            must(mc_event_edit_save(session, event_id, &edit));
        } else if (ends[i].of_place) {
            must(mc_microcosm_patch(session, place, &open, 1));
        } else {
            must(mc_event_patch(session, event_id, &open, 1));
        }
        expect_counts(PLACES, 0, PLACES);
        forum_sql("DELETE FROM microcosm.attendees");
        forum_sql("UPDATE microcosm.events SET rsvp_attending = 0, attendee_count = 0");
    }
}

/* Everybody waits in this order behind alice, who has the only place. */
static int64_t make_line(const char *const *names, size_t count)
{
    mc_event_edit edit = titled("Regatta");
    int64_t event_id;

    edit.rsvp_limit = (mc_maybe_int64)NUMBER(1);
    act_as("owner");
    edit.microcosm_id = make_microcosm(root_microcosm(), "Water");
    act_as("alice");
    event_id = make_event(&edit);
    must(answer(session, event_id, "yes"));
    for (size_t i = 0; i < count; i++) {
        act_as(names[i]);
        must(answer(session, event_id, "waiting"));
    }
    return event_id;
}

static bool comes(int64_t event_id, const char *name)
{
    return forum_number("SELECT count(*) FROM microcosm.attendees a JOIN microcosm.profiles p"
                        " USING (site_id, profile_id)"
                        " WHERE a.item_id = %lld AND a.rsvp = 'yes' AND p.profile_name = '%s'",
                        (long long)event_id, name) == 1;
}

static void ban(const char *name, const char *email)
{
    mc_ban_edit edit = MC_BAN_EDIT_INIT;
    int64_t id, profile = act_as(name);

    if (email)
        edit.email = email;
    else
        edit.profile_id = profile;
    act_as("owner");
    must(mc_ban_create(&id, session, &edit));
}

static void shut_microcosm(void)
{
    forum_sql("WITH r AS (INSERT INTO microcosm.roles (site_id, microcosm_id, title, can_read)"
              "           SELECT site_id, microcosm_id, 'Crew', true FROM microcosm.microcosms"
              "            WHERE title = 'Water' RETURNING site_id, role_id)"
              "INSERT INTO microcosm.role_profiles (site_id, role_id, profile_id)"
              "SELECT r.site_id, r.role_id, p.profile_id FROM r JOIN microcosm.profiles p"
              "    ON p.site_id = r.site_id AND p.profile_name IN ('alice', 'dave')");
}

/* A place goes to nobody who has been shut out while waiting, however it becomes free. */
Test(events, pass_over_who_may_no_longer_come)
{
    static const char *const line[] = {"bob", "carol", "dave"};
    mc_event_edit more = change();
    mc_patch_op open = {"/meta/flags/open", true};
    int64_t event_id;

    for (int way = 0; way < 4; way++) {
        event_id = make_line(line, 3);
        if (way == 0) {
            ban("bob", NULL);
            forum_sql("UPDATE microcosm.users SET email = 'carol@Shut.example',"
                      " canonical_email = 'carol@shut.example' WHERE user_id = (SELECT user_id"
                      " FROM microcosm.profiles WHERE profile_name = 'carol')");
            ban("carol", "*@shut.example");
        } else {
            shut_microcosm();
        }
        act_as(way == 3 ? "owner" : "alice");
        if (way == 2) {
            more.rsvp_limit = (mc_maybe_int64)NUMBER(2);
            must(mc_event_edit_save(session, event_id, &more));
        } else if (way == 3) {
            forum_sql("UPDATE microcosm.events SET rsvp_limit = 2");
            must(mc_microcosm_patch(
                session,
                forum_number("SELECT microcosm_id FROM microcosm.microcosms WHERE title = 'Water'"),
                &open, 1));
        } else {
            must(answer(session, event_id, "no"));
        }
        cr_expect(!comes(event_id, "bob"), "%d", way);
        cr_expect(!comes(event_id, "carol"), "%d", way);
        cr_expect(comes(event_id, "dave"), "%d", way);
        cr_expect_eq(forum_number("SELECT rsvp_attending - (SELECT count(*)"
                                  " FROM microcosm.attendees WHERE rsvp = 'yes')"
                                  " FROM microcosm.events"),
                     0);
        forum_sql("DELETE FROM microcosm.site_bans");
        forum_sql("DELETE FROM microcosm.items");
        forum_sql("UPDATE microcosm.microcosms SET title = 'Dry' WHERE title = 'Water'");
    }
}

/* More who are shut out than are judged at once don't hold the line up. */
Test(events, judge_the_line_as_far_as_its_places_go)
{
    static const char *const first[] = {"bob"};
    int64_t event_id = make_line(first, 1);

    for (int i = 0; i < 40; i++) {
        char name[20];

        snprintf(name, sizeof(name), "guest%d", i);
        act_as(name);
        must(answer(session, event_id, "waiting"));
    }
    act_as("dave");
    must(answer(session, event_id, "waiting"));
    shut_microcosm();
    act_as("alice");
    must(mc_event_attendee_delete(session, event_id, mc_session_profile(session)));
    cr_expect(comes(event_id, "dave"));
    cr_expect_eq(forum_number("SELECT rsvp_attending FROM microcosm.events"), 1);
}
