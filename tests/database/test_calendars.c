/* Calendars through the library: docs/http/calendars.md. tests/http/test_calendars.py reads them.
 */
#include "forum.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>

TestSuite(calendars, .init = forum_open, .fini = forum_close, .timeout = 300);

static int64_t make_event(int64_t microcosm_id, const char *title, const char *when)
{
    mc_event_edit edit = MC_EVENT_EDIT_INIT;
    int64_t id = 0;

    edit.microcosm_id = microcosm_id;
    edit.title = title;
    edit.when = when;
    must(mc_event_create(&id, session, &edit));
    return id;
}

static void attend(int64_t event_id)
{
    mc_attendee_edit edit = MC_ATTENDEE_EDIT_INIT;

    edit.profile_id = mc_session_profile(session);
    edit.rsvp = "yes";
    must(mc_event_attendee_set(session, event_id, &edit));
}

/* The titles in a calendar, each with a space behind it. */
static const char *titles(int64_t microcosm_id, const char *token)
{
    static char text[500];
    mc_buffer *out = NULL;

    text[0] = '\0';
    must(mc_buffer_new(&out, 0));
    if (microcosm_id)
        must(mc_microcosm_calendar(out, session, microcosm_id, token));
    else
        must(mc_events_calendar(out, session, token));
    for (const char *at = mc_buffer_bytes(out); (at = strstr(at, "SUMMARY:")); at++)
        sprintf(text + strlen(text), "%.*s ", (int)strcspn(at + 8, "\r"), at + 8);
    mc_buffer_free(out);
    return text;
}

static void refuse(int64_t microcosm_id, const char *token, int code)
{
    mc_buffer *out = NULL;

    must(mc_buffer_new(&out, 0));
    if (microcosm_id)
        must_fail(mc_microcosm_calendar(out, session, microcosm_id, token), code);
    else
        must_fail(mc_events_calendar(out, session, token), code);
    cr_expect_eq(mc_buffer_length(out), 0, "nothing is written");
    mc_buffer_free(out);
}

static void make_link(char token[MC_TOKEN_SIZE])
{
    mc_calendar_link *link = NULL;

    must(mc_calendar_link_create(&link, session));
    snprintf(token, MC_TOKEN_SIZE, "%s", link->token);
    mc_record_free(link);
}

/* Alice's link, whoever the session acts as, who stays the same. */
static void expect_for_alice(const char *token, const char *own, const char *in_microcosm)
{
    static const char *const all[] = {"alice", "bob", "owner", NULL};

    for (size_t i = 0; i < sizeof(all) / sizeof(*all); i++) {
        int64_t profile = act_as(all[i]);

        cr_expect_str_eq(titles(0, token), own);
        cr_expect_str_eq(titles(root_microcosm(), token), in_microcosm);
        cr_expect_eq(mc_session_profile(session), profile);
    }
    act_as("bob");
    cr_expect_str_eq(titles(0, NULL), "", "he attends nothing");
    act_as(NULL);
    refuse(0, NULL, MC_EFORBIDDEN);
    cr_expect_str_eq(titles(root_microcosm(), ""), "First Second ");
}

Test(calendars, are_read_by_a_secret_link)
{
    mc_calendar_link *link = NULL;
    char token[MC_TOKEN_SIZE];
    int64_t first;

    act_as("alice");
    must_fail(mc_calendar_link_get(&link, session), MC_ENOTFOUND);
    make_event(root_microcosm(), "Second", "2999-05-22T14:00:00Z");
    first = make_event(root_microcosm(), "First", "2999-05-21T14:00:00Z");
    make_event(root_microcosm(), "Some-day", NULL);
    attend(first);
    make_link(token);
    expect_for_alice(token, "First ", "First Second ");
    act_as("alice");
    must(mc_calendar_link_get(&link, session));
    cr_expect_str_eq(link->token, "");
    mc_record_free(link);
    must(mc_ignore_set(session, MC_ITEM_EVENT, first, true));
    expect_for_alice(token, "", "Second ");
    must_fail(mc_calendar_link_revoke(session), MC_EFORBIDDEN);
    act_as("bob");
    must(mc_calendar_link_revoke(session)); /* his own, which there is none of */
    cr_expect_str_eq(titles(root_microcosm(), token), "Second ");
    act_as("alice");
    must(mc_calendar_link_revoke(session));
    for (int i = 0; i < 2; i++) {
        refuse(0, token, MC_EUNAUTHENTICATED);
        refuse(root_microcosm(), token, MC_EUNAUTHENTICATED);
        act_as(NULL);
    }
    cr_expect_eq(forum_number("SELECT count(*) FROM microcosm.audit WHERE item_type = 3 AND"
                              " action = 'U'"),
                 0, "there is no address");
}

Test(calendars, are_those_of_the_moment_in_a_transaction_too)
{
    char token[MC_TOKEN_SIZE];
    int64_t event;

    act_as("alice");
    must(mc_session_begin(session));
    event = make_event(root_microcosm(), "First", "2999-05-21T14:00:00Z");
    attend(event);
    make_link(token);
    act_as("bob");
    cr_expect_str_eq(titles(0, token), "First ");
    act_as("alice");
    must(mc_session_rollback(session));
    refuse(0, token, MC_EUNAUTHENTICATED);
    cr_expect_str_eq(titles(0, NULL), "");
}

Test(calendars, follow_events_to_other_microcosms)
{
    mc_event_edit edit = MC_EVENT_EDIT_INIT;
    int64_t other, event;

    act_as("owner");
    other = make_microcosm(root_microcosm(), "Other");
    event = make_event(root_microcosm(), "First", "2999-05-21T14:00:00Z");
    cr_expect_str_eq(titles(root_microcosm(), NULL), "First ");
    edit.microcosm_id = other;
    edit.edit_reason = "There";
    must(mc_event_edit_save(session, event, &edit));
    cr_expect_str_eq(titles(root_microcosm(), NULL), "");
    cr_expect_str_eq(titles(other, NULL), "First ");
    must(mc_event_delete(session, event));
    cr_expect_str_eq(titles(other, NULL), "");
    refuse(888888, NULL, MC_ENOTFOUND);
    act_as(NULL);
    refuse(888888, NULL, MC_EFORBIDDEN);
}
