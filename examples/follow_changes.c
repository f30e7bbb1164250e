/*
 * Follows the changes of a site: prints a line for each, and stores its cursor in a file, so that
 * it continues from there when it is started again. A change is printed at least once, even if the
 * program or the machine stops at any moment.
 *
 *     follow_changes (--data DIR | --database CONNINFO) SITE FILE [--as EMAIL] [--once]
 *
 * --as EMAIL  changes that this person may see; else those that guests may see
 * --once      ends after the existing changes instead of waiting for more
 */
#include <microcosm.h>

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

static volatile sig_atomic_t stopped;

static void stop(int signal_number)
{
    (void)signal_number;
    stopped = 1;
}

/* "" if there is none yet: then the feed begins with the oldest stored change. */
static char *load_cursor(const char *path)
{
    FILE *file = fopen(path, "r");
    char *cursor = NULL;
    size_t size = 0;

    if (!file)
        return errno == ENOENT ? strdup("") : NULL;
    if (getline(&cursor, &size, file) < 0 && ferror(file)) {
        free(cursor);
        cursor = NULL;
    } else if (cursor) {
        cursor[strcspn(cursor, "\n")] = '\0';
    }
    fclose(file);
    return cursor;
}

/* Writes a new file and renames it, so that a power failure leaves either the old or the new one.
 */
static int save_cursor(const char *cursor, const char *path)
{
    char new_path[4096];
    FILE *file;

    if (snprintf(new_path, sizeof(new_path), "%s.new", path) >= (int)sizeof(new_path))
        return -1;
    file = fopen(new_path, "w");
    if (!file)
        return -1;
    if (fprintf(file, "%s\n", cursor) < 0 || fflush(file) != 0 || fsync(fileno(file)) != 0) {
        fclose(file);
        return -1;
    }
    return fclose(file) == 0 ? rename(new_path, path) : -1;
}

static void print_change(const mc_change *change)
{
    time_t seconds = (time_t)(change->created.us / 1000000);
    struct tm utc;
    char when[30];

    gmtime_r(&seconds, &utc);
    strftime(when, sizeof(when), "%Y-%m-%dT%H:%M:%SZ", &utc);
    printf("%s  %-8s %s %lld", when, change->action, change->item_type, (long long)change->item_id);
    if (change->parent_id)
        printf(" on %s %lld", change->parent_type, (long long)change->parent_id);
    if (change->profile_id)
        printf(" by profile %lld", (long long)change->profile_id);
    putchar('\n');
}

/* Prints the changes since the cursor, and advances the cursor after that. */
static int follow(mc_session *session, char **cursor, const char *path)
{
    bool more = true;

    while (more && !stopped) {
        mc_change_list *list = NULL;
        int rc = mc_changes_next(&list, session, *cursor, 0);

        if (rc < 0) {
            fprintf(stderr, "%s\n", mc_session_error(session)->message);
            return rc;
        }
        for (size_t i = 0; i < list->changes.count; i++)
            print_change(list->changes.items[i]);
        fflush(stdout);
        more = list->more;
        if (strcmp(*cursor, list->cursor) != 0) {
            free(*cursor);
            *cursor = strdup(list->cursor);
            if (!*cursor || save_cursor(*cursor, path) != 0) {
                perror(path);
                rc = -1;
            }
        }
        mc_record_free(list);
        if (rc < 0)
            return rc;
    }
    return 0;
}

typedef struct arguments {
    mc_app_options options;
    const char *site, *path, *email;
    bool once;
} arguments;

static int read_arguments(arguments *out, int argc, char **argv)
{
    *out = (arguments){.options = MC_APP_OPTIONS_INIT};
    for (int i = 1; i < argc; i++) {
        bool has_value = i + 1 < argc;

        if (strcmp(argv[i], "--once") == 0)
            out->once = true;
        else if (has_value && strcmp(argv[i], "--data") == 0)
            out->options.data = argv[++i];
        else if (has_value && strcmp(argv[i], "--database") == 0)
            out->options.database = argv[++i];
        else if (has_value && strcmp(argv[i], "--as") == 0)
            out->email = argv[++i];
        else if (!out->site)
            out->site = argv[i];
        else if (!out->path)
            out->path = argv[i];
        else
            return -1;
    }
    return out->path && (out->options.data || out->options.database) ? 0 : -1;
}

static int enter(mc_session *session, const arguments *args)
{
    mc_visit visit = MC_VISIT_INIT;
    int rc;

    visit.site_key = args->site;
    rc = mc_session_enter(session, &visit);
    if (rc == 0 && args->email)
        rc = mc_session_act_as_email(session, args->email);
    if (rc < 0)
        fprintf(stderr, "%s\n", mc_session_error(session)->message);
    return rc;
}

static int run(mc_session *session, const arguments *args)
{
    char *cursor;
    int rc = 0;

    if (enter(session, args) < 0)
        return -1;
    cursor = load_cursor(args->path);
    if (!cursor) {
        perror(args->path);
        return -1;
    }
    while (!stopped) {
        rc = follow(session, &cursor, args->path);
        /* An unavailable database may come back; any other error ends the program. */
        if (args->once || (rc < 0 && rc != MC_EUNAVAILABLE && rc != MC_EBUSY))
            break;
        sleep(1);
    }
    free(cursor);
    return rc;
}

int main(int argc, char **argv)
{
    struct sigaction action = {.sa_handler = stop};
    mc_session *session = NULL;
    mc_failure *error = NULL;
    mc_app *app = NULL;
    arguments args;
    int rc;

    if (read_arguments(&args, argc, argv) < 0) {
        fprintf(stderr, "usage: follow_changes (--data DIR | --database CONNINFO) SITE FILE"
                        " [--as EMAIL] [--once]\n");
        return 2;
    }
    sigaction(SIGINT, &action, NULL);
    sigaction(SIGTERM, &action, NULL);
    rc = mc_app_new(&app, &args.options, &error);
    if (rc == 0)
        rc = mc_app_migrate(app, &error);
    if (rc == 0)
        rc = mc_session_new(&session, app);
    if (rc < 0)
        fprintf(stderr, "%s\n", error ? error->message : "out of memory");
    else
        rc = run(session, &args);
    mc_failure_free(error);
    mc_session_free(session);
    mc_app_free(app);
    return rc < 0 ? 1 : 0;
}
