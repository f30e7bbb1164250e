/* microcosmd: the forum over HTTP. This file is the command line; serve.c is the daemon. */
#include "http/listener.h"
#include "ops/commands.h"
#include "ops/stopping.h"
#include "serve.h"

#include <malloc.h> /* mallopt() of glibc */
#include <stdlib.h>
#include <string.h>

typedef struct command {
    const char *first, *second; /* its words; second: NULL if it has only one */
    const char *usage;          /* its arguments, for the usage text */
    command_function *run;
    size_t words;                  /* arguments without a flag */
    size_t first_flag, flag_count; /* those of its own, in run_command() */
} command;

static int run_serve(const config *c, const logger *log, const arguments *args)
{
    (void)args;
    return serve(c, log);
}

static const command commands[] = {
    {"serve", NULL, "", run_serve, 0, 0, 0},
    {"migrate", NULL, "", command_migrate, 0, 0, 0},
    {"check", NULL, "", command_check, 0, 0, 0},
    {"site", "create", " KEY --title TEXT --owner EMAIL", command_site_create, 1, 0, 2},
    {"token", "create", " --site KEY --email EMAIL [--expires DAYS]", command_token_create, 0, 2,
     3},
    {"version", NULL, "", command_version, 0, 0, 0},
};

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

/* Finds the command of the first words; *used: their number. */
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
    /* Cached memory is allocated by one thread and freed by another. With glibc's default number of
     * arenas a third more memory stays allocated; four arenas are enough for two cores. */
    mallopt(M_ARENA_MAX, 4);
#endif
    if (argc > 1 && is_one_of(argv[1], "help", "--help")) {
        print_usage(stdout);
        return STOPPED;
    }
    if (argc > 1 && strcmp(argv[1], "--version") == 0)
        return command_version(NULL, NULL, NULL);
    chosen = find_command(argc, words, &used);
    if (chosen) {
        stopping_watch();
        return run_command(chosen, argc - used, words + used);
    }
    if (argc > 1)
        fprintf(stderr, "microcosmd: unknown command \"%s\"\n", argv[1]);
    print_usage(stderr);
    return MISUSED;
}
