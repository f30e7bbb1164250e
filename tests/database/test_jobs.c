/* Scheduled work: planned, done once by whichever process is there, caught up, and logged. */
#include "domain/base/handles.h"
#include "domain/work/jobs.h"
#include "domain/work/schedules.h"
#include "forum.h"
#include "postgres.h"
#include "wait.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>

TestSuite(jobs, .init = forum_open, .fini = forum_close, .timeout = 300);

/* An app on the forum's database with schedules of its own; NULL: the message is in failure. */
static char failure[300];

static mc_app *app_with(const char *schedules)
{
    mc_app_options options = MC_APP_OPTIONS_INIT;
    mc_failure *error = NULL;
    mc_app *app = NULL;

    options.database = forum_database;
    options.jobs = schedules;
    if (mc_app_new(&app, &options, &error) < 0)
        snprintf(failure, sizeof(failure), "%s", error->message);
    mc_failure_free(error);
    return app;
}

/*
 * An app whose jobs are all due on 29 February, so that none is while a test runs, at whatever time
 * that is, unless it makes it so.
 */
static mc_app *app_at_rest(void)
{
    mc_scratch_text(schedules);

    for (size_t i = 0; i < MC_JOBS; i++)
        mc__text_format(&schedules, "%s: 0 0 29 2 *; ", mc__jobs[i].name);
    return app_with(mc__text_string(&schedules));
}

static int64_t runs(const char *condition)
{
    return forum_number("SELECT count(*) FROM microcosm.job_runs WHERE %s", condition);
}

/* As if a job had come due so many days ago, and no process had been there since. */
static void miss_for_days(const char *job, int days)
{
    forum_sql("UPDATE microcosm.jobs SET next_due = now() - interval '%d days' WHERE name = '%s'",
              days, job);
}

static void step(mc_app *app)
{
    mc__jobs_set_due(app);
    mc_app_step(app);
}

static void step_until(mc_app *app, const char *condition, int64_t count)
{
    for (int waited = 0; runs(condition) < count && wait_a_moment(&waited);)
        step(app);
    cr_assert_eq(runs(condition), count);
}

Test(jobs, are_planned_when_a_process_looks_first)
{
    step(forum_app);
    cr_expect_eq(
        forum_number("SELECT count(*) FROM microcosm.jobs WHERE next_due > now() AND next_due"
                     " < now() + CASE name WHEN 'weekly-digests' THEN interval '8 days'"
                     " ELSE interval '25 hours' END"),
        MC_JOBS);
    cr_expect_eq(runs("true"), 0, "none is due yet");
}

Test(jobs, that_were_missed_are_done_once)
{
    mc_app *app = app_at_rest();

    step(app);
    miss_for_days("site-stats", 10);
    step_until(app, "finished IS NOT NULL", 1);
    for (int i = 0; i < 5; i++)
        step(app);
    cr_expect_eq(runs("true"), 1);
    cr_expect_eq(
        runs("name = 'site-stats' AND problem IS NULL AND due < started - interval '9 days'"), 1);
    cr_expect_eq(forum_number("SELECT count(*) FROM microcosm.jobs WHERE next_due > now()"),
                 MC_JOBS);
    mc_app_free(app);
}

Test(jobs, are_done_by_one_process_and_taken_over_when_it_is_gone)
{
    mc_app *first = app_at_rest(), *second = app_at_rest();

    step(first);
    step(second);
    miss_for_days("site-stats", 1);
    step(first); /* has begun */
    cr_assert_eq(runs("finished IS NULL"), 1);
    for (int i = 0; i < 5; i++)
        step(second);
    cr_expect_eq(runs("true"), 1);
    mc_app_free(first);
    step_until(second, "finished IS NOT NULL AND problem IS NULL", 1);
    cr_expect_eq(runs("problem = 'the process ended before it'"), 1);
    cr_expect_eq(runs("true"), 2);
    mc_app_free(second);
}

static void run_steps(mc_session *own, int number, void *data)
{
    (void)own;
    (void)number;
    for (int i = 0; i < 20; i++)
        step(data);
}

Test(jobs, are_done_once_whoever_steps)
{
    mc_app *app = app_at_rest();

    step(app);
    miss_for_days("recount-people", 3);
    at_once(4, "alice", run_steps, app);
    step_until(app, "finished IS NOT NULL", 1);
    cr_expect_eq(runs("true"), 1);
    mc_app_free(app);
}

Test(jobs, whose_failure_is_logged_go_on_at_the_next_time)
{
    mc_app *app = app_at_rest();

    step(app);
    forum_sql("CREATE FUNCTION public.refuse() RETURNS trigger LANGUAGE plpgsql AS"
              " 'BEGIN RAISE EXCEPTION ''not today''; END'");
    forum_sql("CREATE TRIGGER refuse BEFORE UPDATE ON microcosm.site_stats FOR EACH ROW"
              " EXECUTE FUNCTION public.refuse()");
    miss_for_days("site-stats", 1);
    step_until(app, "finished IS NOT NULL AND problem IS NOT NULL", 1);
    step(app);
    cr_expect_eq(runs("true"), 1, "it isn't tried again before its time");
    forum_sql("DROP TRIGGER refuse ON microcosm.site_stats");
    miss_for_days("site-stats", 1);
    step_until(app, "finished IS NOT NULL AND problem IS NULL", 1);
    mc_app_free(app);
}

Test(jobs, with_another_schedule_are_planned_anew)
{
    mc_app *app = app_with("site-stats: CRON_TZ=Australia/Lord_Howe 45 1 * * *; trim-feed: off;");

    step(forum_app);
    step(app);
    cr_expect_eq(forum_number("SELECT count(*) FROM microcosm.jobs WHERE name = 'site-stats' AND"
                              " (next_due AT TIME ZONE 'Australia/Lord_Howe')::time = '01:45'"),
                 1);
    cr_expect_eq(
        forum_number(
            "SELECT count(*) FROM microcosm.jobs WHERE next_due IS NULL AND name = 'trim-feed'"),
        1);
    mc_app_free(app);
}

Test(jobs, in_a_time_zone_that_is_none_are_off)
{
    mc_app *app = app_with("site-stats: CRON_TZ=Atlantis/Capital 45 1 * * *");

    step(app);
    cr_expect_eq(forum_number("SELECT count(*) FROM microcosm.jobs WHERE next_due IS NULL"), 1);
    cr_expect_eq(forum_number("SELECT count(*) FROM microcosm.jobs"), MC_JOBS);
    mc_app_free(app);
}

/* Who starts the program is told. */
Test(jobs, in_a_time_zone_that_is_none_fail_the_check)
{
    mc_app *app = app_with("site-stats: CRON_TZ=Atlantis/Capital 45 1 * * *"),
           *good = app_with("site-stats: CRON_TZ=Europe/Paris 0 0 29 2 *");
    int (*const checks[])(mc_app *, mc_failure **) = {mc_app_check, mc_app_migrate};

    for (size_t i = 0; i < 2; i++) {
        mc_failure *error = NULL;

        cr_expect_eq(checks[i](app, &error), MC_EINVAL);
        cr_expect_str_eq(error->message,
                         "jobs: site-stats: there is no time zone \"Atlantis/Capital\"");
        mc_failure_free(error);
        cr_expect_eq(checks[i](good, NULL), 0);
    }
    mc_app_free(app);
    mc_app_free(good);
}

Test(jobs, have_schedules_that_can_be_read)
{
    static const char *const wrong[][2] = {
        {"site-stats", "must be NAME: SCHEDULE"},
        {"tea: 0 5 * * *", "there is no job \"tea\""},
        {"site-stats: 0 5 * *", "jobs: site-stats: a schedule has five"},
        {"site-stats: 99 5 * * *", "the minutes must be"},
        {"site-stats:", "a schedule has five"},
        {"trim-feed: off; : ;", "there is no job \"\""},
        {"trim-feed: off; site-stats: @daily; trim-feed: off",
         "jobs: trim-feed: it has two schedules"},
        {"site-stats: 0 0 30 2 *", "jobs: site-stats: \"0 0 30 2 *\" is never due"},
        {"site-stats: 0 0 31 4,6,9,11 *", "is never due"},
        {"site-stats: CRON_TZ=Europe/Paris 0 0 31 2 *", "is never due"}};

    for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
        cr_expect_null(app_with(wrong[i][0]));
        cr_expect(strstr(failure, wrong[i][1]), "%s: %s", wrong[i][0], failure);
    }
}

Test(jobs, are_run_by_name)
{
    mc_job_list *list = NULL;

    must_fail(mc_job_run(session, NULL), MC_EINVAL);
    must_fail(mc_job_run(session, "tea"), MC_ENOTFOUND);
    for (int i = 0; i < 105; i++)
        must(mc_job_run(session, "trim-feed"));
    cr_expect_eq(runs("true"), 101, "old ones are forgotten");
    must(mc_jobs_list(&list, session));
    cr_assert_eq(list->jobs.count, MC_JOBS);
    for (size_t i = 0; i < list->jobs.count; i++) {
        const mc_job *job = list->jobs.items[i];
        bool has_run = strcmp(job->name, "trim-feed") == 0;

        cr_expect_neq(job->next_due.us, MC_TIME_NONE);
        cr_expect_eq(job->last_started.us != MC_TIME_NONE, has_run, "%s", job->name);
        cr_expect_eq(job->last_finished.us != MC_TIME_NONE, has_run, "%s", job->name);
        cr_expect_str_empty(job->last_problem);
        cr_expect_not(job->is_running);
    }
    mc_record_free(list);
}

Test(jobs, are_not_run_by_name_while_another_process_does_one)
{
    mc_app *other = app_at_rest();

    step(other);
    miss_for_days("site-stats", 1);
    step(other);
    must_fail(mc_job_run(session, "trim-feed"), MC_EBUSY);
    step_until(other, "finished IS NOT NULL", 1);
    must(mc_job_run(session, "trim-feed"));
    mc_app_free(other);
}
