/* microcosmd: the forum over HTTP. This file is the command line; serve.c is the daemon. */
#include "config.h"
#include "listener.h"
#include "serve.h"
#include "text.h"

#include <malloc.h> /* mallopt() of glibc */
#include <stdlib.h>
#include <string.h>

enum { STOPPED = 0, FAILED = 1, MISUSED = 2 };

#define TOKEN_DAYS "365"
#define TOKEN_DAYS_MAX 3650

/* What a command line says besides the settings. */
typedef struct arguments {
    const char *key; /* of a new site */
    const char *title, *owner, *site, *email, *expires;
} arguments;

typedef struct command {
    const char *first, *second; /* its words; second NULL when it has one */
    const char *usage;          /* what follows the words */
    int (*run)(const config *c, const logger *log, const arguments *args);
    size_t words;                  /* arguments without a flag */
    size_t first_flag, flag_count; /* those of its own, in run_command() */
} command;

/* ---- what the commands share ---- */

/* The library, open for one command. */
typedef struct library {
    mc_app *app;
    mc_session *session;
} library;

static int complain(const mc_error *error)
{
    fprintf(stderr, "microcosmd: %s\n", error && *error->message ? error->message : "failed");
    for (size_t i = 0; error && i < error->fault_count; i++)
        fprintf(stderr, "microcosmd: %s: %s\n", error->faults[i].field, error->faults[i].message);
    return error && error->code == MC_EINVAL ? MISUSED : FAILED;
}

static void library_close(library *l)
{
    mc_session_free(l->session);
    mc_app_free(l->app);
}

static int library_open(library *l, const config *c, const logger *log)
{
    mc_app_options options;
    mc_error *error = NULL;
    int status = STOPPED;

    app_options(&options, c, log);
    if (mc_app_new(&l->app, &options, &error) < 0)
        status = complain(error);
    mc_error_free(error);
    return status;
}

/* Open it with the schema up to date and a session. */
static int library_open_for_use(library *l, const config *c, const logger *log)
{
    mc_error *error = NULL;
    int status = library_open(l, c, log);

    if (status != STOPPED)
        return status;
    if (mc_app_migrate(l->app, &error) < 0 || mc_session_new(&l->session, l->app) < 0)
        status = complain(error);
    mc_error_free(error);
    if (status != STOPPED)
        library_close(l);
    return status;
}

/* ---- the commands ---- */

static int run_serve(const config *c, const logger *log, const arguments *args)
{
    (void)args;
    return serve(c, log);
}

static int run_migrate(const config *c, const logger *log, const arguments *args)
{
    library l = {NULL, NULL};
    int status = library_open_for_use(&l, c, log);

    (void)args;
    if (status == STOPPED)
        library_close(&l);
    return status;
}

static int run_check(const config *c, const logger *log, const arguments *args)
{
    library l = {NULL, NULL};
    mc_error *error = NULL;
    int status = library_open(&l, c, log);

    (void)args;
    if (status != STOPPED)
        return status;
    if (mc_app_check(l.app, &error) < 0)
        status = complain(error);
    else
        puts("ok");
    mc_error_free(error);
    library_close(&l);
    return status;
}

static int misuse(const char *message)
{
    fprintf(stderr, "microcosmd: %s\n", message);
    return MISUSED;
}

static int run_site_create(const config *c, const logger *log, const arguments *args)
{
    mc_site_edit edit = {.size = sizeof(edit), .title = args->title, .subdomain_key = args->key};
    library l = {NULL, NULL};
    int64_t id;
    int status;

    if (!args->title || !args->owner)
        return misuse("site create needs --title and --owner");
    status = library_open_for_use(&l, c, log);
    if (status != STOPPED)
        return status;
    if (mc_site_create(&id, l.session, &edit, args->owner) < 0)
        status = complain(mc_session_error(l.session));
    else
        printf("%lld\n", (long long)id);
    library_close(&l);
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

static int run_token_create(const config *c, const logger *log, const arguments *args)
{
    const char *expires = args->expires ? args->expires : TOKEN_DAYS;
    library l = {NULL, NULL};
    int64_t days;
    int status;

    if (!args->site || !args->email)
        return misuse("token create needs --site and --email");
    if (!text_number(&days, expires, strlen(expires)) || days < 1 || days > TOKEN_DAYS_MAX)
        return misuse("--expires must be a number of days from 1 to 3650");
    status = library_open_for_use(&l, c, log);
    if (status != STOPPED)
        return status;
    status = create_token(l.session, args, days);
    library_close(&l);
    return status;
}

static int run_version(const config *c, const logger *log, const arguments *args)
{
    (void)c;
    (void)log;
    (void)args;
    printf("microcosmd %s (%s)\n", mc_version(), mc_build_date());
    return STOPPED;
}

static const command commands[] = {
    {"serve", NULL, "", run_serve, 0, 0, 0},
    {"migrate", NULL, "", run_migrate, 0, 0, 0},
    {"check", NULL, "", run_check, 0, 0, 0},
    {"site", "create", " KEY --title TEXT --owner EMAIL", run_site_create, 1, 0, 2},
    {"token", "create", " --site KEY --email EMAIL [--expires DAYS]", run_token_create, 0, 2, 3},
    {"version", NULL, "", run_version, 0, 0, 0},
};

/* ---- from words to a command ---- */

static void print_usage(FILE *out)
{
    fputs("usage:\n", out);
    for (size_t i = 0; i < sizeof(commands) / sizeof(commands[0]); i++)
        fprintf(out, "  microcosmd %s%s%s%s [settings]\n", commands[i].first,
                commands[i].second ? " " : "", commands[i].second ? commands[i].second : "",
                commands[i].usage);
    fputs(
        "settings, each also a line \"name = value\" of the file and a variable MICROCOSM_NAME:\n",
        out);
    config_describe(out);
}

/* Finds the command that the first words name; *used says how many they are. */
static const command *find_command(int argc, const char *const *argv, int *used)
{
    for (size_t i = 0; i < sizeof(commands) / sizeof(commands[0]); i++) {
        const command *c = &commands[i];

        *used = c->second ? 3 : 2;
        if (argc >= *used && strcmp(argv[1], c->first) == 0 &&
            (!c->second || strcmp(argv[2], c->second) == 0))
            return c;
    }
    return NULL;
}

static int run_command(const command *chosen, int argc, const char *const *argv)
{
    arguments args = {.key = NULL};
    const config_flag flags[] = {{"title", &args.title},
                                 {"owner", &args.owner},
                                 {"site", &args.site},
                                 {"email", &args.email},
                                 {"expires", &args.expires}};
    size_t words = chosen->words;
    config c;
    int status;

    config_init(&c);
    if (!config_read(&c, argc, argv, flags + chosen->first_flag, chosen->flag_count, &args.key,
                     &words))
        status = misuse(c.problem);
    else if (words < chosen->words)
        status = misuse("the site's key is missing");
    else if (!c.listen || !listener_is_address(c.listen))
        status = misuse("listen must be an IPv4 address and a port, such as 127.0.0.1:8080");
    else {
        logger log = {c.log_level};

        status = chosen->run(&c, &log, &args);
    }
    config_release(&c);
    return status;
}

static bool is_one_of(const char *word, const char *a, const char *b)
{
    return strcmp(word, a) == 0 || strcmp(word, b) == 0;
}

int main(int argc, char **argv)
{
    const char *const *words = (const char *const *)argv;
    const command *chosen;
    int used;

#ifdef M_ARENA_MAX
    /* What is kept moves from thread to thread, and memory freed by one is seldom wanted by the
     * same. With an arena for each few threads a third more stays taken; two cores never wait for
     * four. */
    mallopt(M_ARENA_MAX, 4);
#endif
    if (argc > 1 && is_one_of(argv[1], "help", "--help")) {
        print_usage(stdout);
        return STOPPED;
    }
    if (argc > 1 && strcmp(argv[1], "--version") == 0)
        return run_version(NULL, NULL, NULL);
    chosen = find_command(argc, words, &used);
    if (chosen)
        return run_command(chosen, argc - used, words + used);
    if (argc > 1)
        fprintf(stderr, "microcosmd: unknown command \"%s\"\n", argv[1]);
    print_usage(stderr);
    return MISUSED;
}
