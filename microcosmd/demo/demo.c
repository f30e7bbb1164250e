#include "demo.h"
#include "content.h"

#include <stdio.h>
#include <time.h>

#define SITE_KEY DEMO_SITE_KEY
/* Upper limit of the comments of one item. */
#define COMMENTS_MAX 64
#define DAY 86400

/* The ids of the created records, by index in the tables. */
typedef struct demo {
    mc_session *session;
    int64_t microcosms[DEMO_MICROCOSMS];
} demo;

static int act_as(demo *d, int who)
{
    return mc_session_act_as_email(d->session, demo_people[who].email);
}

static int add_comments(demo *d, const char *item_type, int64_t item_id,
                        const demo_comment *comments)
{
    int64_t ids[COMMENTS_MAX];
    int rc = 0;

    for (size_t i = 0; i < COMMENTS_MAX && comments[i].markdown && rc == 0; i++) {
        mc_comment_edit edit = {.size = sizeof(edit), .item_type = item_type, .item_id = item_id};

        edit.markdown = comments[i].markdown;
        edit.in_reply_to = comments[i].reply_to ? ids[comments[i].reply_to - 1] : 0;
        rc = act_as(d, comments[i].by);
        if (rc == 0)
            rc = mc_comment_create(&ids[i], d->session, &edit);
    }
    return rc;
}

static int add_biography(demo *d, int64_t profile_id, const char *markdown)
{
    mc_comment_edit edit = {.size = sizeof(edit), .item_type = "profile", .item_id = profile_id};
    int64_t id;

    edit.markdown = markdown;
    return mc_comment_create(&id, d->session, &edit);
}

static int add_person(demo *d, int who)
{
    mc_profile_edit edit = {.size = sizeof(edit), .profile_name = demo_people[who].name};
    int rc = act_as(d, who);
    int64_t profile_id;

    if (rc < 0)
        return rc;
    profile_id = mc_session_profile(d->session);
    rc = mc_profile_edit_save(d->session, profile_id, &edit);
    if (rc < 0 || !demo_people[who].biography)
        return rc;
    return add_biography(d, profile_id, demo_people[who].biography);
}

static int add_people(demo *d)
{
    int rc = 0;

    for (int who = 0; who < DEMO_PEOPLE && rc == 0; who++)
        rc = add_person(d, who);
    return rc;
}

static int add_microcosms(demo *d)
{
    int rc = act_as(d, HANNEKE);

    for (int i = 0; i < DEMO_MICROCOSMS && rc == 0; i++) {
        const demo_microcosm *m = &demo_microcosms[i];
        mc_microcosm_edit edit = {
            .size = sizeof(edit), .title = m->title, .description = m->description};

        if (m->parent != DEMO_ROOT)
            edit.parent_id = (mc_maybe_int64){true, d->microcosms[m->parent]};
        rc = mc_microcosm_create(&d->microcosms[i], d->session, &edit);
    }
    return rc;
}

static int add_conversation(demo *d, const demo_talk *talk)
{
    mc_conversation_edit edit = {.size = sizeof(edit), .title = talk->title};
    int64_t id;
    int rc = act_as(d, talk->by);

    if (rc < 0)
        return rc;
    edit.microcosm_id = d->microcosms[talk->where];
    rc = mc_conversation_create(&id, d->session, &edit);
    return rc < 0 ? rc : add_comments(d, "conversation", id, talk->comments);
}

static int add_conversations(demo *d)
{
    int rc = 0;

    for (size_t i = 0; i < demo_conversation_count && rc == 0; i++)
        rc = add_conversation(d, &demo_conversations[i]);
    return rc;
}

/* The morning of the second Saturday from now. */
static void pick_day(char *out, size_t size)
{
    time_t now = time(NULL);
    struct tm day;

    gmtime_r(&now, &day);
    now += (time_t)(7 + (6 - day.tm_wday + 7) % 7) * DAY;
    gmtime_r(&now, &day);
    strftime(out, size, "%Y-%m-%dT10:00:00Z", &day);
}

static int add_event(demo *d)
{
    mc_event_edit edit = {
        .size = sizeof(edit), .title = demo_event.title, .where = demo_event_place};
    char when[32];
    int64_t id;
    int rc = act_as(d, demo_event.by);

    if (rc < 0)
        return rc;
    pick_day(when, sizeof(when));
    edit.microcosm_id = d->microcosms[demo_event.where];
    edit.when = when;
    edit.tz = "Europe/London";
    edit.duration = (mc_maybe_int64){true, 180};
    edit.lat = (mc_maybe_double){true, 51.4639};
    edit.lon = (mc_maybe_double){true, 0.3587};
    edit.rsvp_limit = (mc_maybe_int64){true, 40};
    rc = mc_event_create(&id, d->session, &edit);
    return rc < 0 ? rc : add_comments(d, "event", id, demo_event.comments);
}

#define POLL_CHOICES (sizeof(demo_poll_choices) / sizeof(demo_poll_choices[0]))

static int add_poll(demo *d)
{
    mc_poll_choice_edit choices[POLL_CHOICES];
    const void *items[POLL_CHOICES];
    mc_poll_edit edit = {
        .size = sizeof(edit), .title = demo_poll.title, .question = demo_poll_question};
    int64_t id;
    int rc = act_as(d, demo_poll.by);

    if (rc < 0)
        return rc;
    edit.microcosm_id = d->microcosms[demo_poll.where];
    for (size_t i = 0; i < POLL_CHOICES; i++) {
        choices[i] =
            (mc_poll_choice_edit){.size = sizeof(choices[i]), .choice = demo_poll_choices[i]};
        items[i] = &choices[i];
    }
    edit.choices.items = items;
    edit.choices.count = POLL_CHOICES;
    rc = mc_poll_create(&id, d->session, &edit);
    return rc < 0 ? rc : add_comments(d, "poll", id, demo_poll.comments);
}

/* Whether there is a site of that key: 1, 0, or an error. */
static int site_exists(mc_session *session)
{
    mc_visit visit = MC_VISIT_INIT;
    int rc;

    visit.site_key = SITE_KEY;
    rc = mc_session_enter(session, &visit);
    if (rc == 0)
        return 1;
    return rc == MC_ENOSITE || rc == MC_ENOTFOUND ? 0 : rc;
}

static int add_site(demo *d)
{
    mc_site_edit edit = {
        .size = sizeof(edit), .title = demo_site_title, .description = demo_site_description};
    int64_t id;
    int rc;

    edit.subdomain_key = SITE_KEY;
    rc = mc_site_create(&id, d->session, &edit, demo_people[HANNEKE].email);
    if (rc < 0)
        return rc;
    rc = site_exists(d->session);
    return rc == 1 ? 0 : rc < 0 ? rc : MC_ENOSITE;
}

static int fill(demo *d)
{
    int (*const steps[])(demo *) = {add_site,          add_people, add_microcosms,
                                    add_conversations, add_event,  add_poll};
    int rc = 0;

    for (size_t i = 0; i < sizeof(steps) / sizeof(steps[0]) && rc == 0; i++)
        rc = steps[i](d);
    return rc;
}

/* Makes everything in one transaction, so that the next start repeats an interrupted one. */
static int make(demo *d)
{
    int rc = mc_session_begin(d->session);

    if (rc < 0)
        return rc;
    rc = fill(d);
    return rc < 0 ? rc : mc_session_commit(d->session);
}

int demo_make(mc_app *app, const logger *log)
{
    demo d = {.session = NULL};
    int rc = mc_session_new(&d.session, app);

    if (rc < 0)
        return rc;
    rc = site_exists(d.session);
    if (rc == 0) {
        rc = make(&d);
        if (rc == 0)
            log_line(log, MC_LOG_INFO, "made the site " SITE_KEY);
    }
    if (rc < 0)
        log_line(log, MC_LOG_ERROR, "making the site " SITE_KEY ": %s",
                 mc_session_error(d.session)->message);
    mc_session_free(d.session); /* rolls back an open transaction */
    return rc < 0 ? rc : 0;
}
