/* microcosmd: the forum over HTTP. This file is the command line; serve.c is the daemon. */
#include "base/text.h"
#include "http/listener.h"
#include "ops/commands.h"
#include "ops/stopping.h"
#include "serve.h"

#include <errno.h>
#include <malloc.h> /* mallopt() of glibc */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define OPTIONS_MAX 7

/* A flag of one command. */
typedef struct option {
    const char *name, *argument, *help; /* argument NULL: it is a switch */
    size_t offset;                      /* in arguments */
    bool required;
} option;

typedef struct command {
    const char *first, *second; /* its words; second: NULL if it has only one */
    const char *word;           /* its argument without a flag, or NULL */
    const char *summary;
    command_function *run;
    bool serves; /* all settings matter to it, and not only those of the database */
    option options[OPTIONS_MAX];
} command;

static int run_serve(const config *c, const logger *log, const arguments *args)
{
    (void)args;
    return serve(c, log);
}

#define AT(member) offsetof(arguments, member)

static const command commands[] = {
    {"serve", NULL, NULL, "serve the forum over HTTP, until a signal", run_serve, true, {{0}}},
    {"migrate",
     NULL,
     NULL,
     "make the schema of the database, or update it",
     command_migrate,
     false,
     {{0}}},
    {"check",
     NULL,
     NULL,
     "check settings, database and schema; makes nothing",
     command_check,
     false,
     {{0}}},
    {"site",
     "create",
     "KEY",
     "make a site at KEY.BASE-DOMAIN, and print its id",
     command_site_create,
     false,
     {{"title", "TEXT", "its title, at most 50 characters", AT(title), true},
      {"owner", "EMAIL", "address of its owner; a user is made if there is none", AT(owner),
       true}}},
    {"site",
     "list",
     NULL,
     "print id, key, host, day of creation and title of each site",
     command_site_list,
     false,
     {{0}}},
    {"site",
     "set",
     "KEY",
     "change what only the operator decides about a site; also of a deleted one",
     command_site_set,
     false,
     {{"domain", "HOST", "a domain of its own; \"\": none", AT(domain), false},
      {"https", "yes|no", "whether that domain is served by HTTPS only", AT(https), false},
      {"deleted", "yes|no", "delete the site, or bring it back", AT(deleted), false},
      {"auth0-domain", "HOST", "where clients sign in by Auth0; \"\": nowhere", AT(auth0_domain),
       false},
      {"auth0-client-id", "ID", "their id there; \"\": none", AT(auth0_client_id), false},
      {"markdown-max", "BYTES", "longest comment", AT(markdown_max), false}}},
    {"token",
     "create",
     NULL,
     "make an access token, and print it",
     command_token_create,
     false,
     {{"site", "KEY", "site on which the user gets a profile", AT(site), true},
      {"email", "EMAIL", "address of the user; one is made if there is none", AT(email), true},
      {"expires", "DAYS", "lifetime, 1 to 3650 (365)", AT(expires), false},
      {"scope", "SCOPE", "all that it may do: read, write, moderate or admin (what the user may)",
       AT(scope), false},
      {"name", "TEXT", "of one with a scope: what to call it (microcosmd token create)", AT(name),
       false},
      {"microcosm", "IDS", "the same: only these, such as 7,12, and what is below (all)",
       AT(microcosm), false},
      {"network", "LIST", "the same: only from these, such as 192.0.2.0/24 (everywhere)",
       AT(network), false}}},
    {"token",
     "list",
     NULL,
     "print id, user, days of creation, expiry and last use, scope, microcosms, networks and name "
     "of "
     "each token",
     command_token_list,
     false,
     {{"email", "EMAIL", "only the tokens of this user (of all)", AT(email), false}}},
    {"token",
     "revoke",
     "TOKEN",
     "end a token, named by its text or its id in the list",
     command_token_revoke,
     false,
     {{0}}},
    {"user",
     "factor-remove",
     "EMAIL",
     "remove the second factor of a user who has lost it",
     command_user_factor,
     false,
     {{0}}},
    {"user",
     "password",
     "EMAIL",
     "give a user the password on standard input, and end the user's tokens",
     command_user_password,
     false,
     {{0}}},
    {"user",
     "list",
     NULL,
     "print id, address and day of creation of each user",
     command_user_list,
     false,
     {{0}}},
    {"provider",
     "set",
     "NAME",
     "set a service that people sign in through, by the JSON on standard input",
     command_provider_set,
     false,
     {{"site", "KEY", "site whose people do", AT(site), true}}},
    {"provider",
     "list",
     NULL,
     "print name, kind, issuer and title of each provider of a site",
     command_provider_list,
     false,
     {{"site", "KEY", "the site", AT(site), true}}},
    {"provider",
     "remove",
     "NAME",
     "remove a provider; who has come through it keeps the account",
     command_provider_remove,
     false,
     {{"site", "KEY", "the site", AT(site), true}}},
    {"client",
     "create",
     "NAME",
     "make a client that exchanges codes of sign-ins, and print its secret",
     command_client_create,
     false,
     {{0}}},
    {"client",
     "list",
     NULL,
     "print id, day of creation and name of each client",
     command_client_list,
     false,
     {{0}}},
    {"client",
     "delete",
     "ID",
     "end a client, named by its id in the list",
     command_client_delete,
     false,
     {{0}}},
    {"jobs",
     NULL,
     NULL,
     "print name, schedule, next due time, latest start (both UTC), seconds and outcome of each "
     "job",
     command_jobs,
     false,
     {{0}}},
    {"job", "run", "NAME", "do a job now", command_job_run, false, {{0}}},
    {"queue",
     "retry",
     "KIND",
     "have what is dead of a kind of work tried again",
     command_queue_retry,
     false,
     {{0}}},
    {"queue",
     NULL,
     NULL,
     "print name, rows waiting, failed before and dead, time of the oldest (UTC) and latest "
     "problem of "
     "each kind of work",
     command_queue,
     false,
     {{0}}},
    {"mail",
     "test",
     "ADDRESS",
     "send a mail to an address now, and say what has come of it",
     command_mail_test,
     false,
     {{0}}},
    {"mail",
     "bounce",
     "ADDRESS",
     "send no more mail to an address, as it comes back",
     command_mail_bounce,
     false,
     {{0}}},
    {"mail", "allow", "ADDRESS", "send mail to it again", command_mail_allow, false, {{0}}},
    {"export",
     NULL,
     "PATH",
     "write all of a site into an archive, if PATH ends with .tar.zst, or else into a new folder",
     command_export,
     false,
     {{"site", "KEY", "the site", AT(site), true}}},
    {"import",
     NULL,
     "PATH",
     "read a folder or archive of a forum into a site; goes on where it was interrupted",
     command_import,
     false,
     {{"site", "KEY", "the site, which is made if there is none", AT(site), true},
      {"title", "TEXT", "title of the forum, if the files have none", AT(title), false},
      {"product", "NAME", "whose files they are: vbulletin, phpbb, discourse or xenforo",
       AT(product), false},
      {"owner", "ID", "who owns the site, by the id in the files, if they don't say it", AT(owner),
       false},
      {"dry-run", NULL, "say what would be done, and change nothing", AT(dry_run), false}}},
    {"version", NULL, NULL, "print the version", command_version, false, {{0}}},
};

#define COMMAND_COUNT (sizeof(commands) / sizeof(commands[0]))

static void print_command(FILE *out, const command *c)
{
    fprintf(out, "microcosmd %s%s%s%s%s", c->first, c->second ? " " : "",
            c->second ? c->second : "", c->word ? " " : "", c->word ? c->word : "");
    for (const option *o = c->options; o < c->options + OPTIONS_MAX && o->name; o++)
        fprintf(out, o->required ? " --%s%s%s" : " [--%s%s%s]", o->name, o->argument ? " " : "",
                o->argument ? o->argument : "");
}

static void print_settings(FILE *out, bool all)
{
    fputs("\nSettings, each also a line \"name = value\" of the file and a variable "
          "MICROCOSM_NAME, with defaults:\n",
          out);
    config_describe(out, all);
}

/* Of the commands with that first word, or of all. */
static void print_commands(FILE *out, const char *first)
{
    fputs("Commands:\n", out);
    for (size_t i = 0; i < COMMAND_COUNT; i++) {
        if (first && strcmp(first, commands[i].first) != 0)
            continue;
        fputs("  ", out);
        print_command(out, &commands[i]);
        fprintf(out, "\n      %s\n", commands[i].summary);
    }
    fputs("\"microcosmd COMMAND --help\" says more of one.\n", out);
}

static void print_help(const command *c)
{
    fputs("Usage: ", stdout);
    print_command(stdout, c);
    printf(" [settings]\n\n%s\n", c->summary);
    if (c->options[0].name)
        putchar('\n');
    for (const option *o = c->options; o < c->options + OPTIONS_MAX && o->name; o++) {
        char flag[48];

        snprintf(flag, sizeof(flag), "--%s %s", o->name, o->argument ? o->argument : "");
        printf("  %-30s %s\n", flag, o->help);
    }
    print_settings(stdout, c->serves);
}

/* Finds the command of the first words; *used: their number and that of the program's name. One of
 * two words comes before the one that is its first. */
static const command *find_command(int argc, const char *const *argv, int *used)
{
    for (size_t i = 0; i < COMMAND_COUNT; i++) {
        const command *c = &commands[i];

        *used = c->second ? 3 : 2;
        if (argc >= *used && strcmp(argv[1], c->first) == 0 &&
            (!c->second || strcmp(argv[2], c->second) == 0))
            return c;
    }
    return NULL;
}

/* The value of an option, in args. */
static const char **value_of(arguments *args, const option *o)
{
    return (const char **)(void *)((char *)args + o->offset);
}

/* 0, or the status to end with when something is missing. */
static int check_given(const command *chosen, arguments *args)
{
    const char *second = chosen->second ? chosen->second : "";

    if (chosen->word && !args->word)
        return misuse("%s is missing; see microcosmd %s %s --help", chosen->word, chosen->first,
                      second);
    for (const option *o = chosen->options; o < chosen->options + OPTIONS_MAX && o->name; o++)
        if (o->required && !*value_of(args, o))
            return misuse("--%s is missing; see microcosmd %s %s --help", o->name, chosen->first,
                          second);
    return 0;
}

static int run_with(const command *chosen, const config *c, arguments *args)
{
    logger log = {c->log_level};
    int status = check_given(chosen, args);

    if (status != 0)
        return status;
    if (!c->listen || !listener_is_address(c->listen))
        return misuse("listen must be an IPv4 address and a port, such as 127.0.0.1:8080");
    if (!c->base_domain || !text_is_host_name(c->base_domain))
        return misuse("base-domain must be a host name such as talk.example.org");
    for (size_t i = 0; i < c->unknown_count; i++)
        log_line(&log, MC_LOG_WARNING, "the variable %.*s is no setting: it has no effect",
                 (int)strcspn(c->unknown[i], "="), c->unknown[i]);
    return chosen->run(c, &log, args);
}

static int run_command(const command *chosen, int argc, const char *const *argv)
{
    arguments args = {.word = NULL};
    config_flag flags[OPTIONS_MAX];
    size_t flag_count = 0, words = chosen->word ? 1 : 0;
    int status;
    config c;

    for (; flag_count < OPTIONS_MAX && chosen->options[flag_count].name; flag_count++)
        flags[flag_count] = (config_flag){chosen->options[flag_count].name,
                                          value_of(&args, &chosen->options[flag_count]),
                                          !chosen->options[flag_count].argument};
    config_init(&c);
    if (!config_read(&c, argc, argv, flags, flag_count, &args.word, &words)) {
        status = misuse("%s", c.problem);
    } else if (c.wants_help) {
        print_help(chosen);
        status = STOPPED;
    } else {
        status = run_with(chosen, &c, &args);
    }
    config_release(&c);
    return status;
}

static bool is_help(const char *word)
{
    return strcmp(word, "help") == 0 || strcmp(word, "--help") == 0 || strcmp(word, "-h") == 0;
}

static bool is_first(const char *word)
{
    for (size_t i = 0; i < COMMAND_COUNT; i++)
        if (strcmp(commands[i].first, word) == 0)
            return true;
    return false;
}

/* "help", "help site create", "site --help" */
static int help(int argc, const char *const *words)
{
    int used;
    const command *chosen = find_command(argc, words, &used);

    if (chosen) {
        print_help(chosen);
        return STOPPED;
    }
    if (argc > 1 && is_first(words[1])) {
        print_commands(stdout, words[1]);
        return STOPPED;
    }
    if (argc > 1 && !is_help(words[1]))
        return misuse("there is no command \"%s\"; see microcosmd --help", words[1]);
    fputs("Usage: microcosmd COMMAND [settings]\n\n", stdout);
    print_commands(stdout, NULL);
    print_settings(stdout, true);
    return STOPPED;
}

static int run(int argc, const char *const *words)
{
    const command *chosen;
    int used;

    if (argc > 1 && is_help(words[1]))
        return help(argc - 1, words + 1);
    if (argc > 2 && is_help(words[2]) && !find_command(argc, words, &used))
        return help(argc, words);
    if (argc > 1 && strcmp(words[1], "--version") == 0)
        return command_version(NULL, NULL, NULL);
    chosen = find_command(argc, words, &used);
    if (chosen) {
        stopping_watch();
        return run_command(chosen, argc - used, words + used);
    }
    if (argc > 1 && is_first(words[1]))
        return misuse("\"%s\" needs another word; see microcosmd %s --help", words[1], words[1]);
    if (argc > 1)
        return misuse("there is no command \"%s\"; see microcosmd --help", words[1]);
    fputs("Usage: microcosmd COMMAND [settings]\n\n", stderr);
    print_commands(stderr, NULL);
    return MISUSED;
}

int main(int argc, char **argv)
{
    int status;

#ifdef M_ARENA_MAX
    /* Cached memory is allocated by one thread and freed by another. With glibc's default number of
     * arenas a third more memory stays allocated; four arenas are enough for two cores. */
    mallopt(M_ARENA_MAX, 4);
#endif
    status = run(argc, (const char *const *)argv);
    /* what was to be printed, such as a token, may not have found room */
    if (fflush(stdout) == 0 && !ferror(stdout))
        return status;
    fprintf(stderr, "microcosmd: cannot write the output: %s\n", strerror(errno));
    return status ? status : 1;
}
