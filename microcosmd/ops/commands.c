#include "base/text.h"
#include "library.h"
#include "opened.h"
#include "stopping.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

static const origin site_origins[] = {
    {"title", "--title"}, {"subdomainKey", "KEY"}, {"email", "--owner"}, {NULL, NULL}};
static const origin setting_origins[] = {{"domain", "--domain"},
                                         {"deleted", "--deleted"},
                                         {"auth0Domain", "--auth0-domain"},
                                         {"auth0ClientId", "--auth0-client-id"},
                                         {"markdownMax", "--markdown-max"},
                                         {NULL, NULL}};
static const origin list_origins[] = {{"email", "--email"}, {NULL, NULL}};
static const origin password_origins[] = {
    {"email", "EMAIL"}, {"password", "the password"}, {NULL, NULL}};
static const origin mail_origins[] = {{"address", "ADDRESS"}, {"email", "ADDRESS"}, {NULL, NULL}};

/* What is said may have the name of a file in it, or a part of one: no control character of these
 * (of Unicode's second set, either) may do anything to a terminal. */
static void put_harmless(const char *text)
{
    const unsigned char *c = (const unsigned char *)text;

    for (; *c; c++)
        if (*c < ' ' || *c == 0x7f || (*c == 0xc2 && c[1] >= 0x80 && c[1] < 0xa0))
            fprintf(stderr, "\\x%02x", *c == 0xc2 ? *++c : *c);
        else
            fputc(*c, stderr);
}

int misuse(const char *format, ...)
{
    char *text = NULL;
    va_list args;

    va_start(args, format);
    if (vasprintf(&text, format, args) < 0)
        text = NULL;
    va_end(args);
    fputs("microcosmd: ", stderr);
    put_harmless(text ? text : "out of memory");
    fputc('\n', stderr);
    free(text);
    return MISUSED;
}

static const char *argument_of(const origin *origins, const char *field)
{
    for (; origins && origins->field; origins++)
        if (strcmp(origins->field, field) == 0)
            return origins->argument;
    return field;
}

int complain(const mc_failure *error, const origin *origins)
{
    for (size_t i = 0; error && i < error->fault_count; i++)
        misuse("%s %s", argument_of(origins, error->faults[i].field), error->faults[i].message);
    if (!error || error->fault_count == 0)
        misuse("%s", error && *error->message ? error->message : "failed");
    return error && error->code == MC_EINVAL ? MISUSED : FAILED;
}

int no_such(const char *what, const char *name, const char *list)
{
    misuse("there is no %s \"%s\"; \"microcosmd %s\" prints those that there are", what, name,
           list);
    return FAILED;
}

/* What a command about one thing ends with, which there may not be. */
static int conclude(const opened *l, int rc, const origin *origins, const char *what,
                    const char *name, const char *list)
{
    if (rc == MC_ENOTFOUND)
        return no_such(what, name, list);
    return rc < 0 ? complain(mc_session_error(l->session), origins) : STOPPED;
}

void close_library(opened *l)
{
    mc_session_free(l->session);
    mc_app_free(l->app);
}

int open_library(opened *l, const config *c, const logger *log, bool to_write)
{
    mc_failure *error = NULL;
    int rc = library_open(&l->app, c, log, to_write, &error);

    if (rc == 0)
        rc = to_write ? mc_app_migrate(l->app, &error) : mc_app_check(l->app, &error);
    if (rc == 0)
        rc = mc_session_new(&l->session, l->app);
    if (rc == 0)
        return STOPPED;
    rc = stopping_is_wanted() ? FAILED : complain(error, NULL);
    mc_failure_free(error);
    close_library(l);
    return rc;
}

int command_migrate(const config *c, const logger *log, const arguments *args)
{
    opened l = {NULL, NULL};
    int status = open_library(&l, c, log, true);

    (void)args;
    if (status == STOPPED)
        close_library(&l);
    return status;
}

int command_check(const config *c, const logger *log, const arguments *args)
{
    mc_failure *error = NULL;
    opened l = {NULL, NULL};
    int status = open_library(&l, c, log, false);

    (void)args;
    if (status != STOPPED)
        return status;
    if (mc_app_check_files(l.app, &error) == 0 && mc_app_check_images(l.app, &error) == 0)
        puts("ok");
    else
        status = complain(error, NULL);
    mc_failure_free(error);
    close_library(&l);
    return status;
}

int command_site_create(const config *c, const logger *log, const arguments *args)
{
    mc_site_edit edit = MC_SITE_EDIT_INIT;
    opened l = {NULL, NULL};
    int64_t id;
    int status = open_library(&l, c, log, true);

    if (status != STOPPED)
        return status;
    edit.title = args->title;
    edit.subdomain_key = args->word;
    if (mc_site_create(&id, l.session, &edit, args->owner) == 0)
        printf("%lld\n", (long long)id);
    else if (mc_session_error(l.session)->code == MC_ECONFLICT)
        status = (misuse("there is a site \"%s\" already", args->word), FAILED);
    else
        status = complain(mc_session_error(l.session), site_origins);
    close_library(&l);
    return status;
}

/* "yes", "no", or nothing. */
static bool read_choice(mc_choice *out, const char *text, const char *flag)
{
    *out = !text ? MC_UNSET : strcmp(text, "yes") == 0 ? MC_YES : MC_NO;
    if (!text || *out == MC_YES || strcmp(text, "no") == 0)
        return true;
    misuse("%s must be yes or no, not \"%s\"", flag, text);
    return false;
}

static bool read_settings(mc_site_settings *out, const arguments *args)
{
    out->domain = args->domain;
    out->auth0_domain = args->auth0_domain;
    out->auth0_client_id = args->auth0_client_id;
    out->markdown_max.given = args->markdown_max != NULL;
    if (!read_choice(&out->force_ssl, args->https, "--https") ||
        !read_choice(&out->deleted, args->deleted, "--deleted"))
        return false;
    if (args->markdown_max &&
        !text_number(&out->markdown_max.value, args->markdown_max, strlen(args->markdown_max))) {
        misuse("--markdown-max must be a number, not \"%s\"", args->markdown_max);
        return false;
    }
    return true;
}

int command_site_set(const config *c, const logger *log, const arguments *args)
{
    mc_site_settings settings = MC_SITE_SETTINGS_INIT;
    opened l = {NULL, NULL};
    int status, rc;

    if (!read_settings(&settings, args))
        return MISUSED;
    if (!args->domain && !args->https && !args->deleted && !args->auth0_domain &&
        !args->auth0_client_id && !args->markdown_max)
        return misuse("there is nothing to set: \"microcosmd site set --help\" lists what can be");
    status = open_library(&l, c, log, false);
    if (status != STOPPED)
        return status;
    rc = mc_site_settings_set(l.session, args->word, &settings);
    status = conclude(&l, rc, setting_origins, "site", args->word, "site list");
    close_library(&l);
    return status;
}

/* The first line of standard input, so that no list of processes shows it. False: there is none. */
static bool read_line(char *out, size_t size)
{
    if (!fgets(out, (int)size, stdin))
        return false;
    out[strcspn(out, "\r\n")] = '\0';
    return true;
}

int command_user_factor(const config *c, const logger *log, const arguments *args)
{
    opened l = {NULL, NULL};
    int status = open_library(&l, c, log, false), rc;

    if (status != STOPPED)
        return status;
    rc = mc_second_factor_remove_from(l.session, args->word);
    status = conclude(&l, rc, password_origins, "user", args->word, "user list");
    close_library(&l);
    return status;
}

int command_user_password(const config *c, const logger *log, const arguments *args)
{
    opened l = {NULL, NULL};
    char password[1024];
    int status, rc;

    if (!read_line(password, sizeof(password)))
        return misuse("the password must be a line on standard input");
    status = open_library(&l, c, log, false);
    if (status != STOPPED)
        return status;
    rc = mc_password_set(l.session, args->word, password);
    status = conclude(&l, rc, password_origins, "user", args->word, "user list");
    close_library(&l);
    return status;
}

/* Lists: a line for each, fields separated by tabs. */

const char *day_of(mc_time time, char out[16])
{
    time_t seconds = (time_t)(time.us / 1000000);
    struct tm day;

    *out = '\0';
    if (gmtime_r(&seconds, &day))
        strftime(out, 16, "%Y-%m-%d", &day);
    return out;
}

void print_title(const char *html)
{
    static const char *const escapes[][2] = {{"&lt;", "<"},    {"&gt;", ">"},  {"&#34;", "\""},
                                             {"&quot;", "\""}, {"&#39;", "'"}, {"&amp;", "&"}};

    while (*html) {
        size_t length = 0;

        for (size_t i = 0; i < sizeof(escapes) / sizeof(escapes[0]) && length == 0; i++)
            if (strncmp(html, escapes[i][0], strlen(escapes[i][0])) == 0) {
                length = strlen(escapes[i][0]);
                fputs(escapes[i][1], stdout);
            }
        if (length == 0)
            putchar(*html);
        html += length ? length : 1;
    }
    putchar('\n');
}

static int print_sites(mc_session *session, const config *c, const arguments *args, int64_t *after)
{
    mc_site_list *list = NULL;
    int rc = mc_sites_list(&list, session, *after, LIST_ROWS);
    char day[16];

    (void)args;
    for (size_t i = 0; rc == 0 && i < list->sites.count; i++) {
        const mc_site_summary *s = list->sites.items[i];

        printf("%lld\t%s\t%s%s%s\t%s\t", (long long)s->id, s->subdomain_key,
               *s->domain ? s->domain : s->subdomain_key, *s->domain ? "" : ".",
               *s->domain ? "" : c->base_domain, day_of(s->created, day));
        fputs(s->deleted ? "deleted\t" : "shown\t", stdout);
        print_title(s->title);
        *after = s->id;
    }
    rc = rc < 0 ? rc : list->more;
    mc_record_free(list);
    return rc;
}

static int print_users(mc_session *session, const config *c, const arguments *args, int64_t *after)
{
    mc_user_list *list = NULL;
    int rc = mc_users_list(&list, session, *after, LIST_ROWS);
    char day[16];

    (void)c;
    (void)args;
    for (size_t i = 0; rc == 0 && i < list->users.count; i++) {
        const mc_user *u = list->users.items[i];

        printf("%lld\t%s\t%s\n", (long long)u->id, u->email, day_of(u->created, day));
        *after = u->id;
    }
    rc = rc < 0 ? rc : list->more;
    mc_record_free(list);
    return rc;
}

/* "2026-11-30 04:15:00"; "-" for none. */
static const char *instant_of(mc_time time, char out[32])
{
    time_t seconds = (time_t)(time.us / 1000000);
    struct tm instant;

    strcpy(out, "-");
    if (time.us != MC_TIME_NONE && gmtime_r(&seconds, &instant))
        strftime(out, 32, "%Y-%m-%d %H:%M:%S", &instant);
    return out;
}

static void print_outcome(const mc_job *job)
{
    if (job->last_started.us == MC_TIME_NONE)
        puts("-\tnever run");
    else if (job->last_finished.us == MC_TIME_NONE)
        puts("-\trunning");
    else
        printf("%.3f\t%s\n", (double)(job->last_finished.us - job->last_started.us) / 1e6,
               *job->last_problem ? job->last_problem : "ok");
}

static int print_jobs(mc_session *session, const config *c, const arguments *args, int64_t *after)
{
    mc_job_list *list = NULL;
    int rc = mc_jobs_list(&list, session);
    char due[32], started[32];

    (void)c;
    (void)args;
    (void)after;
    for (size_t i = 0; rc == 0 && i < list->jobs.count; i++) {
        const mc_job *job = list->jobs.items[i];

        printf("%s\t%s\t%s\t%s\t", job->name, job->schedule, instant_of(job->next_due, due),
               instant_of(job->last_started, started));
        print_outcome(job);
    }
    mc_record_free(list);
    return rc;
}

static int print_queue(mc_session *session, const config *c, const arguments *args, int64_t *after)
{
    mc_queue_list *list = NULL;
    int rc = mc_queue_list_get(&list, session);
    char oldest[32];

    (void)c;
    (void)args;
    (void)after;
    for (size_t i = 0; rc == 0 && i < list->kinds.count; i++) {
        const mc_queue_kind *kind = list->kinds.items[i];

        printf("%s\t%lld\t%lld\t%lld\t%s\t%s\n", kind->name, (long long)kind->waiting,
               (long long)kind->retried, (long long)kind->dead, instant_of(kind->oldest, oldest),
               kind->last_problem);
    }
    mc_record_free(list);
    return rc;
}

int print_list(const config *c, const logger *log, const arguments *args, print_some *print)
{
    opened l = {NULL, NULL};
    int64_t after = 0;
    int status = open_library(&l, c, log, false), rc = 1;

    if (status != STOPPED)
        return status;
    while (rc > 0 && !stopping_is_wanted())
        rc = print(l.session, c, args, &after);
    if (rc < 0)
        status = complain(mc_session_error(l.session), list_origins);
    close_library(&l);
    return status;
}

int command_site_list(const config *c, const logger *log, const arguments *args)
{
    return print_list(c, log, args, print_sites);
}

int command_user_list(const config *c, const logger *log, const arguments *args)
{
    return print_list(c, log, args, print_users);
}

int command_jobs(const config *c, const logger *log, const arguments *args)
{
    return print_list(c, log, args, print_jobs);
}

int command_job_run(const config *c, const logger *log, const arguments *args)
{
    opened l = {NULL, NULL};
    int status = open_library(&l, c, log, false), rc;

    if (status != STOPPED)
        return status;
    rc = mc_job_run(l.session, args->word);
    status = conclude(&l, rc, NULL, "job", args->word, "jobs");
    close_library(&l);
    return status;
}

int command_queue(const config *c, const logger *log, const arguments *args)
{
    return print_list(c, log, args, print_queue);
}

int command_queue_retry(const config *c, const logger *log, const arguments *args)
{
    opened l = {NULL, NULL};
    int64_t rows = 0;
    int status = open_library(&l, c, log, false), rc;

    if (status != STOPPED)
        return status;
    rc = mc_queue_retry(&rows, l.session, args->word);
    status = conclude(&l, rc, NULL, "kind of work", args->word, "queue");
    if (status == STOPPED)
        printf("%lld\n", (long long)rows);
    close_library(&l);
    return status;
}

static int with_address(const config *c, const logger *log, const arguments *args,
                        int (*call)(mc_session *, const char *))
{
    opened l = {NULL, NULL};
    int status = open_library(&l, c, log, false);

    if (status != STOPPED)
        return status;
    if (call(l.session, args->word) < 0)
        status = complain(mc_session_error(l.session), mail_origins);
    close_library(&l);
    return status;
}

int command_mail_test(const config *c, const logger *log, const arguments *args)
{
    return with_address(c, log, args, mc_mail_test);
}

int command_mail_bounce(const config *c, const logger *log, const arguments *args)
{
    return with_address(c, log, args, mc_mail_bounce);
}

int command_mail_allow(const config *c, const logger *log, const arguments *args)
{
    return with_address(c, log, args, mc_mail_allow);
}

int command_version(const config *c, const logger *log, const arguments *args)
{
    (void)c;
    (void)log;
    (void)args;
    printf("microcosmd %s (%s)\n", mc_version(), mc_build_date());
    return STOPPED;
}
