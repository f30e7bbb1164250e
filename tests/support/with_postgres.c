/*
 * Runs a command with a temporary PostgreSQL:
 *
 *     with_postgres COMMAND [ARGUMENT...]
 *
 * MICROCOSM_TEST_DATABASE is the superuser's connection string; the database "microcosm" has the
 * current schema and is copied by tests. Inside another with_postgres it only runs the command, so
 * that one server serves a whole run: with_postgres meson test. The server's files are in memory if
 * there is space (scratch.h).
 */
#include "postgres.h"
#include "scratch.h"

#include "db/cluster.h"
#include "db/migrate.h"

#include <errno.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

static void print_log(void *data, mc_log_level level, const char *message)
{
    (void)data;
    (void)level;
    fprintf(stderr, "with_postgres: %s\n", message);
}

static int fail(const char *what, const char *why)
{
    fprintf(stderr, "with_postgres: %s: %s\n", what, why);
    return -1;
}

static _Noreturn void run(char *const *argv)
{
    execvp(argv[0], argv);
    fail(argv[0], strerror(errno));
    _exit(127);
}

/* Data need not survive a power failure. The files may be in memory, so the write-ahead log stays
 * small. Autovacuum is off, since it would make tests differ. */
static int make_fast(const char *conninfo)
{
    static const char *const statements[] = {
        "ALTER SYSTEM SET fsync = off",
        "ALTER SYSTEM SET synchronous_commit = off",
        "ALTER SYSTEM SET full_page_writes = off",
        "ALTER SYSTEM SET max_wal_size = '256MB'",
        "ALTER SYSTEM SET autovacuum = off",
        "SELECT pg_reload_conf()",
    };
    PGconn *conn = PQconnectdb(conninfo);
    int rc = 0;

    for (size_t i = 0; i < MC_COUNT(statements) && rc == 0; i++) {
        PGresult *result = PQexec(conn, statements[i]);
        ExecStatusType status = PQresultStatus(result);

        if (status != PGRES_COMMAND_OK && status != PGRES_TUPLES_OK)
            rc = fail(statements[i], PQerrorMessage(conn));
        PQclear(result);
    }
    PQfinish(conn);
    return rc;
}

static int make_template(const char *conninfo, mc__problem *problem)
{
    PGconn *conn = PQconnectdb(conninfo);
    int rc = mc__migrate(conn, problem, NULL);

    PQfinish(conn);
    return rc < 0 ? fail("no schema to test with", problem->shown.message) : 0;
}

static int set_up(mc__cluster **cluster, mc__problem *problem, const mc__log *log,
                  const char *folder)
{
    if (mc__cluster_start(cluster, problem, &(mc__cluster_options){.folder = folder, .log = *log}) <
        0)
        return fail("no PostgreSQL to test with", problem->shown.message);
    if (make_fast(mc__cluster_admin_conninfo(*cluster)) < 0)
        return -1;
    if (make_template(mc__cluster_conninfo(*cluster), problem) < 0)
        return -1;
    return setenv(TEST_DATABASE_VARIABLE, mc__cluster_admin_conninfo(*cluster), 1);
}

/* Runs the command and forwards signals to it, so that the server is always removed afterwards. */
static int supervise(char *const *argv, const sigset_t *signals)
{
    pid_t pid = fork();
    int status = 0;

    if (pid == 0) {
        sigprocmask(SIG_UNBLOCK, signals, NULL);
        run(argv);
    }
    if (pid < 0)
        return fail("fork", strerror(errno));
    while (waitpid(pid, &status, WNOHANG) == 0) {
        int number = sigwaitinfo(signals, NULL);

        if (number > 0 && number != SIGCHLD)
            kill(pid, number);
    }
    return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

static void remove_folder(char *folder)
{
    pid_t pid = fork();

    if (pid == 0)
        run((char *const[]){(char[]){"rm"}, (char[]){"-rf"}, folder, NULL});
    waitpid(pid, NULL, 0);
}

int main(int argc, char **argv)
{
    char *folder;
    mc__log log = {print_log, NULL, MC_LOG_WARNING};
    mc__problem problem = {.arena = MC_ARENA_INIT};
    mc__cluster *cluster = NULL;
    sigset_t signals;
    int status = 1;

    if (argc < 2)
        return fail("usage", "with_postgres COMMAND [ARGUMENT...]") < 0 ? 2 : 0;
    if (getenv(TEST_DATABASE_VARIABLE))
        run(argv + 1);

    signal(SIGCHLD, SIG_DFL); /* if it were ignored, waitpid() would fail */
    sigemptyset(&signals);
    sigaddset(&signals, SIGCHLD);
    sigaddset(&signals, SIGTERM);
    sigaddset(&signals, SIGINT);
    sigaddset(&signals, SIGHUP);
    sigprocmask(SIG_BLOCK, &signals, NULL);

    folder = test_folder_new("microcosm-test-");
    if (!folder)
        return fail("no folder for PostgreSQL", strerror(errno)) < 0 ? 1 : 0;
    if (set_up(&cluster, &problem, &log, folder) == 0)
        status = supervise(argv + 1, &signals);
    mc__cluster_stop(cluster);
    remove_folder(folder);
    free(folder);
    mc__problem_release(&problem);
    return status < 0 ? 1 : status;
}
