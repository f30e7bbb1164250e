/* The commands that move a community in and out. */
#include "base/text.h"
#include "opened.h"
#include "progress.h"
#include "stopping.h"

#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

static const origin origins[] = {{"siteKey", "--site"}, {"product", "--product"},
                                 {"title", "--title"},  {"ownerId", "--owner"},
                                 {"path", "PATH"},      {NULL, NULL}};

static bool show(void *data, const char *stage, int64_t done, int64_t total)
{
    struct timespec now = {0, 0};

    clock_gettime(CLOCK_MONOTONIC, &now);
    progress_show(data, (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000, stage, done, total);
    return !stopping_is_wanted();
}

static void print_report(const mc_move_report *report)
{
    for (size_t i = 0; i < report->counts.count; i++) {
        const mc_move_count *count = report->counts.items[i];

        if (count->count)
            printf("%s\t%lld\t%lld\n", count->kind, (long long)count->count,
                   (long long)count->moved);
    }
    fflush(stdout);
    for (size_t i = 0; i < report->problems.count; i++)
        misuse("%s", report->problems.items[i]);
    if (report->problem_count > (int64_t)report->problems.count)
        misuse("and %lld more of that kind",
               (long long)report->problem_count - (long long)report->problems.count);
}

/* Prints what was done, or why it wasn't. */
static int conclude(opened *l, progress *p, int rc, mc_move_report *report)
{
    int status = STOPPED;

    progress_end(p);
    if (rc < 0)
        status = complain(mc_session_error(l->session), origins);
    else
        print_report(report);
    mc_record_free(report);
    close_library(l);
    return status;
}

int command_export(const config *c, const logger *log, const arguments *args)
{
    mc_export_options options = MC_EXPORT_OPTIONS_INIT;
    mc_visit visit = MC_VISIT_INIT;
    mc_move_report *report = NULL;
    opened l = {NULL, NULL};
    progress p;
    int status = open_library(&l, c, log, false), rc;

    if (status != STOPPED)
        return status;
    progress_begin(&p, stderr, isatty(STDERR_FILENO));
    options.progress = show;
    options.progress_data = &p;
    visit.site_key = args->site;
    rc = mc_session_enter(l.session, &visit);
    if (rc == MC_ENOSITE || rc == MC_ENOTFOUND) {
        close_library(&l);
        return no_such("site", args->site, "site list");
    }
    if (rc == 0)
        rc = mc_site_export(&report, l.session, args->word, &options);
    return conclude(&l, &p, rc, report);
}

int command_import(const config *c, const logger *log, const arguments *args)
{
    mc_import_options options = MC_IMPORT_OPTIONS_INIT;
    mc_move_report *report = NULL;
    opened l = {NULL, NULL};
    progress p;
    int status, rc;

    if (args->owner && !text_number(&options.owner_id, args->owner, strlen(args->owner)))
        return misuse("--owner must be a number, not \"%s\"", args->owner);
    status = open_library(&l, c, log, true);
    if (status != STOPPED)
        return status;
    progress_begin(&p, stderr, isatty(STDERR_FILENO));
    options.site_key = args->site;
    options.title = args->title;
    options.product = args->product;
    options.dry_run = args->dry_run ? MC_YES : MC_NO;
    options.progress = show;
    options.progress_data = &p;
    rc = mc_site_import(&report, l.session, args->word, &options);
    return conclude(&l, &p, rc, report);
}
