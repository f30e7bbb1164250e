#include "commands.h"
#include "base/text.h"
#include "library.h"

#include <stdio.h>
#include <string.h>

#define TOKEN_DAYS "365"
#define TOKEN_DAYS_MAX 3650

/* The library, opened for one command. */
typedef struct opened {
    mc_app *app;
    mc_session *session;
} opened;

static int complain(const mc_failure *error)
{
    fprintf(stderr, "microcosmd: %s\n", error && *error->message ? error->message : "failed");
    for (size_t i = 0; error && i < error->fault_count; i++)
        fprintf(stderr, "microcosmd: %s: %s\n", error->faults[i].field, error->faults[i].message);
    return error && error->code == MC_EINVAL ? MISUSED : FAILED;
}

static void close_library(opened *l)
{
    mc_session_free(l->session);
    mc_app_free(l->app);
}

static int open_app(opened *l, const config *c, const logger *log, bool create)
{
    mc_failure *error = NULL;
    int status = STOPPED;

    if (library_open(&l->app, c, log, create, &error) < 0)
        status = complain(error);
    mc_failure_free(error);
    return status;
}

/* Opens the library, updates the schema and makes a session. */
static int open_for_use(opened *l, const config *c, const logger *log)
{
    mc_failure *error = NULL;
    int status = open_app(l, c, log, true);

    if (status != STOPPED)
        return status;
    if (mc_app_migrate(l->app, &error) < 0 || mc_session_new(&l->session, l->app) < 0)
        status = complain(error);
    mc_failure_free(error);
    if (status != STOPPED)
        close_library(l);
    return status;
}

int command_migrate(const config *c, const logger *log, const arguments *args)
{
    opened l = {NULL, NULL};
    int status = open_for_use(&l, c, log);

    (void)args;
    if (status == STOPPED)
        close_library(&l);
    return status;
}

int command_check(const config *c, const logger *log, const arguments *args)
{
    opened l = {NULL, NULL};
    mc_failure *error = NULL;
    int status = open_app(&l, c, log, false);

    (void)args;
    if (status != STOPPED)
        return status;
    if (mc_app_check(l.app, &error) < 0)
        status = complain(error);
    else
        puts("ok");
    mc_failure_free(error);
    close_library(&l);
    return status;
}

int misuse(const char *message)
{
    fprintf(stderr, "microcosmd: %s\n", message);
    return MISUSED;
}

int command_site_create(const config *c, const logger *log, const arguments *args)
{
    mc_site_edit edit = {.size = sizeof(edit), .title = args->title, .subdomain_key = args->key};
    opened l = {NULL, NULL};
    int64_t id;
    int status;

    if (!args->title || !args->owner)
        return misuse("site create needs --title and --owner");
    status = open_for_use(&l, c, log);
    if (status != STOPPED)
        return status;
    if (mc_site_create(&id, l.session, &edit, args->owner) < 0)
        status = complain(mc_session_error(l.session));
    else
        printf("%lld\n", (long long)id);
    close_library(&l);
    return status;
}

static int create_token(mc_session *session, const arguments *args, int64_t days)
{
    char token[MC_TOKEN_SIZE];
    mc_visit visit = MC_VISIT_INIT;

    visit.site_key = args->site;
    if (mc_session_enter(session, &visit) < 0 ||
        mc_token_create(token, session, args->email, days) < 0)
        return complain(mc_session_error(session));
    puts(token);
    return STOPPED;
}

int command_token_create(const config *c, const logger *log, const arguments *args)
{
    const char *expires = args->expires ? args->expires : TOKEN_DAYS;
    opened l = {NULL, NULL};
    int64_t days;
    int status;

    if (!args->site || !args->email)
        return misuse("token create needs --site and --email");
    if (!text_number(&days, expires, strlen(expires)) || days < 1 || days > TOKEN_DAYS_MAX)
        return misuse("--expires must be a number of days from 1 to 3650");
    status = open_for_use(&l, c, log);
    if (status != STOPPED)
        return status;
    status = create_token(l.session, args, days);
    close_library(&l);
    return status;
}

int command_version(const config *c, const logger *log, const arguments *args)
{
    (void)c;
    (void)log;
    (void)args;
    printf("microcosmd %s (%s)\n", mc_version(), mc_build_date());
    return STOPPED;
}
