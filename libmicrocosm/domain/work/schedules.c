#include "schedules.h"

#include "../access/ended.h"
#include "../base/counters.h"
#include "../content/file_collect.h"
#include "../content/zones.h"
#include "../feed/changes.h"
#include "mail_queue.h"
#include "../sites/platform.h"
#include "statements.h"
#include "update_making.h"

#define OFF "off"

const mc__job mc__jobs[MC_JOBS] = {
    {"collect-files", "delete files that nothing has shown for a day", "40 * * * *",
     mc__files_collect},
    {"daily-digests", "send mail to those who want it once a day", "0 6 * * *",
     mc__mail_digest_daily},
    {"event-reminders", "tell people of events of the next 24 hours to which they will come",
     "*/10 * * * *", mc__updates_remind},
    {"event-times",
     "give events the instants that their clocks have by today's rules of time zones", "0 3 * * *",
     mc__zones_follow},
    {"old-updates", "delete updates of new items after a month, and all others after a year",
     "45 * * * *", mc__updates_trim},
    {"platform-figures", "take the figures of the platform, for its operator", "0 */4 * * *",
     mc__platform_take},
    {"recount-people", "count again what each person has written", "0 1 * * *",
     mc__counters_recount_people},
    {"site-stats", "count what each site shows about itself", "30 * * * *",
     mc__counters_refresh_sites},
    {"trim-feed", "delete changes that are older than the feed is kept", "*/10 * * * *",
     mc__changes_trim},
    {"trim-mails", "forget who got mail about what three months ago", "20 4 * * *", mc__mail_trim},
    {"trim-sign-ins", "delete tokens, codes and counts of attempts that have ended", "25 * * * *",
     mc__ended_trim},
    {"weekly-digests", "send mail to those who want it once a week", "0 6 * * 1",
     mc__mail_digest_weekly},
};

size_t mc__job_find(const char *name, size_t length)
{
    for (size_t i = 0; i < MC_JOBS; i++)
        if (strlen(mc__jobs[i].name) == length && memcmp(mc__jobs[i].name, name, length) == 0)
            return i;
    return MC_JOBS;
}

/* Some day, in whichever zone: 30 February is none. */
static bool is_ever_due(const mc__schedule *schedule)
{
    mc__offset utc = {0, 0};
    int64_t next;

    return schedule->is_off ||
           mc__cron_next(&next, &schedule->cron, mc__now().us / 1000000, &utc, 1);
}

static int read_schedule(mc__schedule *out, mc__problem *problem, const char *name,
                         const char *text)
{
    mc__problem found = {0};
    int rc;

    *out = (mc__schedule){.text = text, .is_off = strcmp(text, OFF) == 0};
    rc = out->is_off ? 0 : mc__cron_parse(&out->cron, &found, text);
    if (rc == 0 && !is_ever_due(out))
        rc = mc__fail(&found, MC_EINVAL, "\"%s\" is never due: write off if that is meant", text);
    if (rc < 0)
        rc = mc__fail(problem, rc, "jobs: %s: %s", name, found.shown.message);
    mc__problem_release(&found);
    return rc;
}

/* Text without the spaces around it. */
static const char *trimmed(mc__arena *arena, const char *text, size_t length)
{
    for (; length > 0 && strchr(" \t\n", *text); length--)
        text++;
    while (length > 0 && strchr(" \t\n", text[length - 1]))
        length--;
    return mc__arena_copy(arena, text, length);
}

/* "NAME: SCHEDULE" */
static int read_one(mc__schedule out[MC_JOBS], mc__arena *arena, mc__problem *problem,
                    const char *text, size_t length)
{
    const char *colon = memchr(text, ':', length), *name, *schedule;
    size_t i;
    int rc;

    if (!colon)
        return mc__fail(problem, MC_EINVAL, "jobs: \"%.*s\" must be NAME: SCHEDULE", (int)length,
                        text);
    name = trimmed(arena, text, (size_t)(colon - text));
    schedule = trimmed(arena, colon + 1, length - (size_t)(colon + 1 - text));
    i = mc__job_find(name, strlen(name));
    if (i == MC_JOBS)
        return mc__fail(problem, MC_EINVAL, "jobs: there is no job \"%s\"", name);
    if (out[i].is_set)
        return mc__fail(problem, MC_EINVAL, "jobs: %s: it has two schedules", name);
    rc = read_schedule(&out[i], problem, name, schedule);
    out[i].is_set = true;
    return rc;
}

int mc__schedules_read(mc__schedule out[MC_JOBS], mc__arena *arena, mc__problem *problem,
                       const char *text)
{
    int rc = 0;

    for (size_t i = 0; rc == 0 && i < MC_JOBS; i++)
        rc = read_schedule(&out[i], problem, mc__jobs[i].name, mc__jobs[i].schedule);
    while (rc == 0 && text && *text) {
        size_t length = strcspn(text, ";");

        if (strspn(text, " \t\n") < length)
            rc = read_one(out, arena, problem, text, length);
        text += length + (text[length] == ';');
    }
    return rc == 0 && arena->failed ? mc__fail(problem, MC_ENOMEM, "out of memory") : rc;
}

static int read_offsets(mc__offset **out, size_t *count, mc__arena *arena, mc__db *db,
                        const char *zone)
{
    mc_batch(batch);
    const PGresult *rows;
    int rc;

    mc__add_jobs_offsets(&batch, &(mc__jobs_offsets_in){.zone = zone});
    rc = mc__db_run(db, &batch, MC_READ);
    if (rc < 0)
        return rc;
    rows = mc__batch_rows(&batch, 0);
    *count = (size_t)PQntuples(rows);
    *out = mc__arena_alloc(arena, *count * sizeof(**out));
    if (!*out)
        return mc__fail(db->problem, MC_ENOMEM, "out of memory");
    for (size_t i = 0; i < *count; i++) {
        mc__jobs_offsets_row row = mc__read_jobs_offsets(rows, (int)i);

        (*out)[i] = (mc__offset){row.since, row.ahead};
    }
    return 0;
}

int mc__schedules_check(const mc__schedule schedules[MC_JOBS], mc__db *db)
{
    int64_t next;
    int rc = 0;

    for (size_t i = 0; rc == 0 && i < MC_JOBS; i++) {
        rc = mc__schedule_next(&next, db, &schedules[i], mc__now().us / 1000000);
        if (rc == MC_EINVAL)
            rc = mc__fail(db->problem, MC_EINVAL, "jobs: %s: there is no time zone \"%s\"",
                          mc__jobs[i].name, schedules[i].cron.zone);
    }
    return rc;
}

int mc__schedule_next(int64_t *out, mc__db *db, const mc__schedule *schedule, int64_t after)
{
    mc_scratch_arena(scratch);
    mc__offset utc = {0, 0}, *offsets = &utc;
    size_t count = 1;
    int rc = 0;

    *out = 0;
    if (schedule->is_off)
        return 0;
    if (strcmp(schedule->cron.zone, "UTC") != 0)
        rc = read_offsets(&offsets, &count, &scratch, db, schedule->cron.zone);
    if (rc == 0 && !mc__cron_next(out, &schedule->cron, after, offsets, count))
        *out = 0;
    return rc;
}
