/* The private PostgreSQL: creating, sharing, stopping, and recovery from failures. */
#include <microcosm.h>

#include "db/cluster.h"
#include "fail_alloc.h"
#include "scratch.h"
#include "wait.h"

#include <criterion/criterion.h>
#include <criterion/hooks.h>
#include <criterion/logging.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <libpq-fe.h>
#include <pwd.h>
#include <signal.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#define TEMPLATE_VARIABLE "TEST_CLUSTER_TEMPLATE"

/* Support. */

static char *root; /* folder of everything that this test makes */
static char logged[65536];
static mc__problem problem = {.arena = MC_ARENA_INIT};
static mc__arena paths = MC_ARENA_INIT;

static void keep_log(void *data, mc_log_level level, const char *message)
{
    size_t length = strlen(logged);

    (void)data;
    (void)level;
    snprintf(logged + length, sizeof(logged) - length, "%s\n", message);
}

static const mc__log log_to_us = {keep_log, NULL, MC_LOG_DEBUG};

/* Stays valid until the test ends, however often this is called in a loop. */
static const char *path(const char *format, ...) MC_PRINTF(1, 2);
static const char *path(const char *format, ...)
{
    va_list args;
    char *text;

    va_start(args, format);
    text = mc__arena_vformat(&paths, format, args);
    va_end(args);
    cr_assert(text, "out of memory");
    return text;
}

static void run(const char *program, const char *a, const char *b, const char *c)
{
    pid_t pid = fork();
    int status = -1;

    if (pid == 0) {
        execlp(program, program, a, b, c, (char *)NULL);
        _exit(127);
    }
    waitpid(pid, &status, 0);
    cr_assert_eq(status, 0, "%s %s %s failed", program, a, b);
}

static void write_file(const char *name, const char *content)
{
    FILE *file = fopen(name, "w");

    cr_assert(file, "%s: %s", name, strerror(errno));
    fputs(content, file);
    fclose(file);
}

static void read_file(const char *name, char *content, size_t size)
{
    FILE *file = fopen(name, "r");

    cr_assert(file, "%s: %s", name, strerror(errno));
    content[fread(content, 1, size - 1, file)] = '\0';
    fclose(file);
}

static mode_t mode_of(const char *name)
{
    struct stat status;

    cr_assert_eq(lstat(name, &status), 0, "%s: %s", name, strerror(errno));
    return status.st_mode & 07777;
}

static uid_t owner_of(const char *name)
{
    struct stat status;

    cr_assert_eq(stat(name, &status), 0, "%s: %s", name, strerror(errno));
    return status.st_uid;
}

static bool exists(const char *name)
{
    return access(name, F_OK) == 0;
}

static mc__cluster *start(const char *folder)
{
    mc__cluster *cluster = NULL;
    int rc = mc__cluster_start(&cluster, &problem,
                               &(mc__cluster_options){.folder = folder, .log = log_to_us});

    cr_assert_eq(rc, 0, "%s", rc < 0 ? problem.shown.message : "");
    return cluster;
}

static int start_fails(const char *folder)
{
    mc__cluster *cluster = NULL;
    int rc = mc__cluster_start(&cluster, &problem,
                               &(mc__cluster_options){.folder = folder, .log = log_to_us});

    cr_assert_lt(rc, 0, "it starts");
    cr_expect_null(cluster, "a failed call leaves its out parameter alone");
    return rc;
}

static void expect_message(const char *part)
{
    cr_expect(strstr(problem.shown.message, part), "\"%s\" is not in \"%s\"", part,
              problem.shown.message);
}

/* First value of a query's result. */
static const char *ask(const char *conninfo, const char *sql)
{
    static char value[256];
    PGconn *conn = PQconnectdb(conninfo);
    PGresult *result = PQexec(conn, sql);

    cr_assert(PQresultStatus(result) == PGRES_TUPLES_OK ||
                  PQresultStatus(result) == PGRES_COMMAND_OK,
              "%s: %s", sql, PQerrorMessage(conn));
    snprintf(value, sizeof(value), "%s", PQntuples(result) > 0 ? PQgetvalue(result, 0, 0) : "");
    PQclear(result);
    PQfinish(conn);
    return value;
}

static pid_t pid_in(const char *home)
{
    char text[64];

    read_file(path("%s/data/postmaster.pid", home), text, sizeof(text));
    return (pid_t)strtol(text, NULL, 10);
}

static pid_t pid_of(const mc__cluster *cluster)
{
    return pid_in(mc__cluster_home(cluster));
}

/* Also true for a zombie. */
/* Whether nothing of the process is left, or only its number. */
static bool is_dead(pid_t pid)
{
    char text[256] = "";
    FILE *stat = fopen(path("/proc/%ld/stat", (long)pid), "r");

    if (!stat)
        return true;
    if (!fgets(text, sizeof(text), stat))
        text[0] = '\0';
    fclose(stat);
    return !*text || strstr(text, ") Z ");
}

/* The server's lock, for which a stop waits, is released a moment before the process is gone. */
static bool dies(pid_t pid)
{
    for (int waited = 0; !is_dead(pid) && wait_a_moment(&waited);)
        ;
    return is_dead(pid);
}

/* A data folder with a database in it, faster than by initdb. */
static const char *ready_folder(void)
{
    const char *folder = path("%s/ready", root);

    run("cp", "-a", getenv(TEMPLATE_VARIABLE), folder);
    return folder;
}

static void begin(void)
{
    root = test_folder_new("microcosm-cluster-");
    cr_assert(root);
    cr_assert_eq(chmod(root, 0755), 0);
}

static void end(void)
{
    run("rm", "-rf", "--", root);
    free(root);
    mc__arena_release(&paths);
    mc__problem_release(&problem);
}

/* Criterion doesn't call end() for a test that is skipped. */
static void only_if(bool possible)
{
    if (possible)
        return;
    end();
    cr_skip_test("only for root");
}

ReportHook(PRE_ALL)(struct criterion_test_set *tests)
{
    char *folder = test_folder_new("microcosm-template-");
    mc__cluster *cluster = NULL;

    (void)tests;
    if (!folder ||
        mc__cluster_start(&cluster, &problem, &(mc__cluster_options){.folder = folder}) < 0)
        fprintf(stderr, "no template: %s\n", problem.shown.message);
    mc__cluster_stop(cluster);
    mc__problem_release(&problem);
    setenv(TEMPLATE_VARIABLE, folder ? folder : "", 1);
    free(folder);
}

ReportHook(POST_ALL)(struct criterion_global_stats *stats)
{
    (void)stats;
    run("rm", "-rf", "--", getenv(TEMPLATE_VARIABLE));
}

TestSuite(cluster, .init = begin, .fini = end, .timeout = 300);

/* Making. */

Test(cluster, is_made_private_and_with_a_role_that_is_no_superuser)
{
    mc__cluster *cluster = start(path("%s/some/where", root));
    const char *conninfo = mc__cluster_conninfo(cluster), *home = mc__cluster_home(cluster);

    cr_expect_str_eq(ask(conninfo, "SELECT current_database() || ' ' || current_user"),
                     "microcosm microcosm");
    cr_expect_str_eq(ask(conninfo, "SELECT rolsuper OR rolbypassrls OR rolcreatedb OR rolcreaterole"
                                   " FROM pg_roles WHERE rolname = current_user"),
                     "f");
    cr_expect_str_eq(ask(conninfo, "SHOW server_encoding"), "UTF8");
    cr_expect_str_eq(ask(conninfo, "SHOW data_checksums"), "on");
    cr_expect_str_eq(ask(conninfo, "SHOW fsync"), "on");
    cr_expect_str_eq(ask(conninfo, "SHOW listen_addresses"), "");
    cr_expect_str_eq(ask(conninfo, "SHOW jit"), "off");
    cr_expect_str_eq(ask(conninfo, "SELECT lower('ÄÖÜ ΣΑΣ Ж')"), "äöü σασ ж");
    ask(conninfo, "CREATE SCHEMA microcosm");
    ask(conninfo, "CREATE EXTENSION pg_trgm");
    cr_expect_eq(mode_of(home), 0700);
    cr_expect_eq(mode_of(path("%s/run", home)), 0700);
    cr_expect_eq(mode_of(path("%s/run/.s.PGSQL.5432", home)), 0700);
    cr_expect_neq(owner_of(path("%s/data", home)), 0, "it would be root's");
    cr_expect(mc__cluster_alive(cluster));

    mc__cluster_stop(cluster);
}

Test(cluster, is_made_again_after_an_initdb_that_was_interrupted)
{
    const char *folder = ready_folder(), *home = path("%s/postgresql", folder);
    mc__cluster *cluster;

    cr_assert_eq(rename(path("%s/data", home), path("%s/data.new", home)), 0);
    cr_assert_eq(unlink(path("%s/data.new/PG_VERSION", home)), 0);

    cluster = start(folder);

    cr_expect_str_eq(ask(mc__cluster_conninfo(cluster), "SELECT 1"), "1");
    cr_expect(!exists(path("%s/data.new", home)));
    mc__cluster_stop(cluster);
}

/* Sharing. */

Test(cluster, is_shared_and_stopped_by_its_last_user)
{
    const char *folder = ready_folder();
    mc__cluster *first = start(folder), *second = start(folder);
    pid_t pid = pid_of(first);

    cr_expect_eq(pid_of(second), pid);
    mc__cluster_stop(first);
    cr_expect(mc__cluster_alive(second));
    mc__cluster_stop(second);
    cr_expect(dies(pid));
}

/* Starts it in a process of its own, which then waits until it may end. */
static pid_t start_elsewhere(const char *folder, int go_on)
{
    pid_t pid = fork();

    if (pid == 0) {
        mc__cluster *cluster = NULL;
        char byte;
        int rc = mc__cluster_start(&cluster, &problem,
                                   &(mc__cluster_options){.folder = folder, .log = log_to_us});

        if (rc == 0 && read(go_on, &byte, 1) < 0)
            rc = -1;
        mc__cluster_stop(cluster);
        _exit(rc == 0 ? 0 : 1);
    }
    return pid;
}

static void expect_one_server(const char *folder)
{
    enum { COUNT = 4 };
    pid_t pids[COUNT];
    mc__cluster *cluster;
    int pipe_ends[2], status;
    char log[65536];

    cr_assert_eq(pipe(pipe_ends), 0);
    for (int i = 0; i < COUNT; i++)
        pids[i] = start_elsewhere(folder, pipe_ends[0]);
    cluster = start(folder);
    cr_expect_eq(write(pipe_ends[1], "....", COUNT), COUNT);
    for (int i = 0; i < COUNT; i++) {
        waitpid(pids[i], &status, 0);
        cr_expect_eq(status, 0, "starter %d failed", i);
    }
    cr_expect(mc__cluster_alive(cluster), "somebody stopped it too early");

    read_file(path("%s/postgresql.log", mc__cluster_home(cluster)), log, sizeof(log));
    const char *first = strstr(log, "starting PostgreSQL");
    cr_expect(first && !strstr(first + 1, "starting PostgreSQL"), "it was started more than once");
    mc__cluster_stop(cluster);
}

Test(cluster, is_made_once_by_many_starters)
{
    expect_one_server(path("%s/fresh", root));
}

Test(cluster, is_started_once_by_many_starters)
{
    const char *folder = ready_folder();

    unlink(path("%s/postgresql/postgresql.log", folder));
    expect_one_server(folder);
}

Test(cluster, outlives_a_killed_user_and_serves_the_next)
{
    const char *folder = ready_folder();
    int pipe_ends[2];
    pid_t user, server;
    mc__cluster *cluster;

    cr_assert_eq(pipe(pipe_ends), 0);
    user = start_elsewhere(folder, pipe_ends[0]);
    mc__cluster_release(start(folder)); /* it certainly runs now */
    server = pid_in(path("%s/postgresql", folder));
    kill(user, SIGKILL);
    waitpid(user, NULL, 0);

    cluster = start(folder);

    cr_expect_eq(pid_of(cluster), server);
    mc__cluster_stop(cluster);
    cr_expect(dies(server), "the last user stops it, even if another started it");
}

Test(cluster, is_stopped_though_a_child_forked_meanwhile_lives_on)
{
    const char *folder = ready_folder();
    mc__cluster *cluster = start(folder);
    pid_t child = fork(), server = pid_of(cluster);

    if (child == 0) {
        alarm(60);
        pause();
        _exit(0);
    }
    mc__cluster_stop(cluster);
    cr_expect(dies(server));

    mc__cluster_stop(start(folder));
    kill(child, SIGKILL);
    waitpid(child, NULL, 0);
}

Test(cluster, is_not_stopped_by_a_forked_child)
{
    mc__cluster *cluster = start(ready_folder());
    pid_t child = fork();
    int status = -1;

    if (child == 0) {
        int rc = mc__cluster_ensure(cluster, &problem);

        mc__cluster_stop(cluster);
        _exit(rc == MC_ESTATE ? 0 : 1);
    }
    waitpid(child, &status, 0);

    cr_expect_eq(status, 0);
    cr_expect(mc__cluster_alive(cluster));
    mc__cluster_stop(cluster);
}

/* The server as a process. */

Test(cluster, has_a_session_of_its_own_and_no_file_of_ours)
{
    int ours[2];
    struct stat our_pipe, theirs;
    mc__cluster *cluster;
    const struct dirent *entry;
    DIR *files;

    cr_assert_eq(pipe(ours), 0);
    fstat(ours[0], &our_pipe);
    cluster = start(ready_folder());

    cr_expect_neq(getsid(pid_of(cluster)), getsid(0));
    files = opendir(path("/proc/%ld/fd", (long)pid_of(cluster)));
    cr_assert(files);
    while ((entry = readdir(files))) {
        bool same =
            stat(path("/proc/%ld/fd/%s", (long)pid_of(cluster), entry->d_name), &theirs) == 0 &&
            theirs.st_dev == our_pipe.st_dev && theirs.st_ino == our_pipe.st_ino;

        cr_expect(!same, "descriptor %s is ours", entry->d_name);
    }
    closedir(files);
    mc__cluster_stop(cluster);
}

Test(cluster, starts_in_a_process_that_ignores_its_children_and_has_no_standard_files)
{
    const char *folder = ready_folder();
    pid_t child = fork();
    int status = -1;

    if (child == 0) {
        mc__cluster *cluster = NULL;
        int rc;

        signal(SIGCHLD, SIG_IGN);
        for (int fd = 0; fd < 3; fd++)
            close(fd);
        rc = mc__cluster_start(&cluster, &problem,
                               &(mc__cluster_options){.folder = folder, .log = log_to_us});
        mc__cluster_stop(cluster);
        _exit(rc == 0 ? 0 : 1);
    }
    waitpid(child, &status, 0);
    cr_expect_eq(status, 0);
}

Test(cluster, is_found_whatever_the_environment_says_to_libpq)
{
    mc__cluster *cluster;

    setenv("PGHOSTADDR", "127.0.0.1", 1);
    setenv("PGPORT", "1", 1);
    setenv("PGDATA", "/nowhere", 1);
    setenv("PGUSER", "nobody", 1);
    setenv("PGDATABASE", "nothing", 1);
    cluster = start(ready_folder());
    cr_expect_str_eq(ask(mc__cluster_conninfo(cluster), "SELECT current_user"), "microcosm");
    mc__cluster_stop(cluster);
}

/* Failures. */

static void make_row(const mc__cluster *cluster)
{
    ask(mc__cluster_conninfo(cluster), "CREATE TABLE kept AS SELECT 7 AS number");
}

static void expect_row(const mc__cluster *cluster)
{
    cr_expect_str_eq(ask(mc__cluster_conninfo(cluster), "SELECT number FROM kept"), "7");
}

Test(cluster, is_started_again_when_it_was_killed)
{
    mc__cluster *cluster = start(ready_folder());
    pid_t before = pid_of(cluster);

    make_row(cluster);
    cr_expect_eq(mc__cluster_ensure(cluster, &problem), 0);
    cr_expect_eq(pid_of(cluster), before, "nothing was wrong");

    kill(before, SIGKILL);
    cr_expect(!mc__cluster_alive(cluster));
    cr_expect_eq(mc__cluster_ensure(cluster, &problem), 0, "%s", problem.shown.message);

    cr_expect_neq(pid_of(cluster), before);
    expect_row(cluster);
    mc__cluster_stop(cluster);
}

Test(cluster, survives_the_death_of_one_of_its_processes)
{
    mc__cluster *cluster = start(ready_folder());
    pid_t server = pid_of(cluster), writer;

    make_row(cluster);
    writer = (pid_t)strtol(ask(mc__cluster_admin_conninfo(cluster),
                               "SELECT pid FROM pg_stat_activity WHERE backend_type = 'walwriter'"),
                           NULL, 10);
    cr_assert_eq(kill(writer, SIGKILL), 0);

    do
        cr_expect_eq(mc__cluster_ensure(cluster, &problem), 0, "%s", problem.shown.message);
    while (exists(path("/proc/%ld", (long)writer)) || !mc__cluster_alive(cluster));
    cr_expect_eq(pid_of(cluster), server);
    expect_row(cluster);
    mc__cluster_stop(cluster);
}

Test(cluster, starts_after_everything_was_killed)
{
    const char *folder = ready_folder();
    mc__cluster *cluster = start(folder);

    make_row(cluster);
    kill(pid_of(cluster), SIGKILL);
    mc__cluster_release(cluster);

    cluster = start(folder);
    expect_row(cluster);
    mc__cluster_stop(cluster);
}

/* A process of the account that PostgreSQL runs as, but another program. */
static pid_t start_stranger(uid_t uid)
{
    pid_t pid = fork();

    if (pid == 0) {
        if (getuid() == 0 && setuid(uid) < 0)
            _exit(1);
        execlp("sleep", "sleep", "60", (char *)NULL);
        _exit(1);
    }
    return pid;
}

/* Waits until a forked process has executed that program. */
static void await_program(pid_t pid, const char *program)
{
    char name[64] = "";

    for (int waited = 0; strncmp(name, program, strlen(program)) != 0 && wait_a_moment(&waited);)
        read_file(path("/proc/%ld/comm", (long)pid), name, sizeof(name));
    cr_assert_eq(strncmp(name, program, strlen(program)), 0, "%s", name);
}

Test(cluster, starts_when_its_old_pid_is_another_process)
{
    const char *folder = ready_folder(), *home = path("%s/postgresql", folder);
    const char *pid_file = path("%s/data/postmaster.pid", home);
    pid_t stranger = start_stranger(owner_of(home));
    mc__cluster *cluster;

    await_program(stranger, "sleep");
    write_file(pid_file, path("%ld\n%s/data\n1700000000\n5432\n../run\n\n  1234  5678\nready   \n",
                              (long)stranger, home));
    cr_assert_eq(chown(pid_file, owner_of(home), (gid_t)-1), 0);

    cluster = start(folder);

    cr_expect_neq(pid_of(cluster), stranger);
    cr_expect(strstr(logged, "which is not PostgreSQL"));
    mc__cluster_stop(cluster);
    cr_expect_eq(kill(stranger, SIGKILL), 0, "it was killed instead of the server");
    waitpid(stranger, NULL, 0);
}

Test(cluster, is_restarted_when_its_socket_folder_was_deleted)
{
    mc__cluster *cluster = start(ready_folder());
    pid_t before = pid_of(cluster);

    run("rm", "-rf", path("%s/run", mc__cluster_home(cluster)), NULL);

    cr_expect_eq(mc__cluster_ensure(cluster, &problem), 0, "%s", problem.shown.message);
    cr_expect_neq(pid_of(cluster), before);
    cr_expect(mc__cluster_alive(cluster));
    mc__cluster_stop(cluster);
}

Test(cluster, empties_a_log_that_grew_large)
{
    mc__cluster *cluster = start(ready_folder());
    const char *log = path("%s/postgresql.log", mc__cluster_home(cluster));
    struct stat status;

    cr_assert_eq(truncate(log, 16 << 20), 0);
    cr_expect_eq(mc__cluster_ensure(cluster, &problem), 0);
    stat(log, &status);
    cr_expect_lt(status.st_size, 4096);
    mc__cluster_stop(cluster);
}

/* Refusing. */

Test(cluster, of_another_major_version_is_refused)
{
    const char *folder = ready_folder();

    write_file(path("%s/postgresql/data/PG_VERSION", folder), "9\n");

    cr_expect_eq(start_fails(folder), MC_ESYSTEM);
    expect_message("made by PostgreSQL 9");
    expect_message("pg_upgrade");
}

Test(cluster, without_a_version_is_refused)
{
    const char *folder = ready_folder();

    unlink(path("%s/postgresql/data/PG_VERSION", folder));

    cr_expect_eq(start_fails(folder), MC_ESYSTEM);
    expect_message("PG_VERSION is missing");
}

Test(cluster, without_programs_is_refused)
{
    setenv("MICROCOSM_PG_BIN", "/nowhere", 1);

    cr_expect_eq(start_fails(path("%s/new", root)), MC_ESYSTEM);
    expect_message("no PostgreSQL 15 or later in /nowhere");
    cr_expect_eq(start_fails(ready_folder()), MC_ESYSTEM);
    expect_message("which is not in /nowhere");
}

Test(cluster, reports_why_it_does_not_start)
{
    const char *folder = ready_folder();

    write_file(path("%s/postgresql/data/postgresql.conf", folder), "max_connections = many\n");

    cr_expect_eq(start_fails(folder), MC_EUNAVAILABLE);
    expect_message("invalid value for parameter \"max_connections\"");
}

Test(cluster, in_an_unusable_folder_is_refused)
{
    write_file(path("%s/file", root), "");
    cr_expect_eq(start_fails(path("%s/file/folder", root)), MC_ESYSTEM);
    cr_expect_eq(start_fails(path("%s/file", root)), MC_ESYSTEM);
    cr_expect_eq(start_fails(""), MC_ESYSTEM);
}

Test(cluster, keeps_the_settings_of_the_operator)
{
    const char *folder = ready_folder(), *conf = path("%s/postgresql/data/postgresql.conf", folder);
    FILE *file = fopen(conf, "a");
    mc__cluster *cluster;

    cr_assert(file);
    fputs("work_mem = '9MB'\nport = 7777\n", file);
    fclose(file);

    cluster = start(folder);
    cr_expect_str_eq(ask(mc__cluster_conninfo(cluster), "SHOW work_mem"), "9MB");
    cr_expect_str_eq(ask(mc__cluster_conninfo(cluster), "SHOW jit"), "off");
    mc__cluster_stop(cluster);
}

/* Places. */

/* Where the socket is, by the connection string. */
static const char *socket_folder(const mc__cluster *cluster)
{
    static char folder[256];

    cr_assert_eq(sscanf(mc__cluster_conninfo(cluster), "host='%255[^']'", folder), 1);
    return folder;
}

Test(cluster, deep_down_has_its_socket_elsewhere)
{
    const char *ready = ready_folder(), *deep = path("%s/%0100d", root, 0),
               *folder = path("%s/ready", deep);
    mc__cluster *cluster;
    char before[256];

    cr_assert_eq(mkdir(deep, 0755), 0);
    cr_assert_eq(rename(ready, folder), 0);

    /* left by a crash, when the path was shorter */
    write_file(path("%s/postgresql/run/.s.PGSQL.5432", folder), "");
    write_file(path("%s/postgresql/run/.s.PGSQL.5432.lock", folder), "1\n");

    cluster = start(folder);
    snprintf(before, sizeof(before), "%s", socket_folder(cluster));
    cr_expect_neq(strncmp(before, root, strlen(root)), 0);
    cr_expect_eq(mode_of(before), 0700);
    cr_expect_eq(owner_of(before), owner_of(path("%s/postgresql", folder)));
    cr_expect_str_eq(ask(mc__cluster_conninfo(cluster), "SELECT 1"), "1");

    /* another user finds it there */
    mc__cluster *other = start(folder);
    cr_expect_str_eq(socket_folder(other), before);
    mc__cluster_stop(other);
    mc__cluster_stop(cluster);
    cr_expect(!exists(before));

    cluster = start(folder);
    cr_expect_str_eq(socket_folder(cluster), before);
    mc__cluster_stop(cluster);
}

Test(cluster, does_not_use_a_socket_folder_that_others_have_made)
{
    const char *ready = ready_folder(), *deep = path("%s/%0100d", root, 0),
               *folder = path("%s/ready", deep);
    const char *trap = path("%s/trap", root);
    mc__cluster *cluster;

    cr_assert_eq(mkdir(deep, 0755), 0);
    cr_assert_eq(rename(ready, folder), 0);
    rmdir(path("%s/postgresql/run", folder));
    cr_assert_eq(symlink(trap, path("%s/postgresql/run", folder)), 0);
    cr_assert_eq(mkdir(trap, 0777) | chmod(trap, 0777), 0);

    cluster = start(folder);
    cr_expect_str_neq(socket_folder(cluster), trap);
    mc__cluster_stop(cluster);
}

Test(cluster, with_a_name_that_libpq_would_split)
{
    const char *ready = ready_folder(), *folder = path("%s/it's, \"a\" \\ b", root);
    mc__cluster *cluster;

    cr_assert_eq(rename(ready, folder), 0);
    cluster = start(folder);
    cr_expect_str_eq(ask(mc__cluster_conninfo(cluster), "SELECT 1"), "1");
    mc__cluster_stop(cluster);
}

Test(cluster, of_root_below_a_closed_folder_is_kept_elsewhere)
{
    const char *closed = path("%s/closed", root), *folder = path("%s/data", closed);
    const char *link = path("%s/postgresql.path", folder);
    mc__cluster *cluster;
    char home[256];

    only_if(geteuid() == 0);
    cr_assert_eq(mkdir(closed, 0700) | mkdir(folder, 0700), 0);

    cluster = start(folder);
    snprintf(home, sizeof(home), "%s", mc__cluster_home(cluster));
    cr_expect_eq(strncmp(home, "/var/lib/microcosm/", 19), 0);
    cr_expect(exists(link));
    cr_expect(strstr(logged, home), "nobody was told");
    cr_expect_eq(mode_of(folder), 0700, "left as it was");
    make_row(cluster);
    mc__cluster_stop(cluster);

    cluster = start(folder);
    cr_expect_str_eq(mc__cluster_home(cluster), home);
    expect_row(cluster);
    mc__cluster_stop(cluster);

    run("rm", "-rf", "--", home);
    cr_expect_eq(start_fails(folder), MC_ESYSTEM,
                 "a database that is gone must not be replaced by an empty one");
    expect_message(home);
}

Test(cluster, of_root_in_a_folder_with_mode_0700_stays_there)
{
    const char *folder = path("%s/mktemp", root);
    mc__cluster *cluster;

    only_if(geteuid() == 0);
    cr_assert_eq(mkdir(folder, 0700), 0);

    cluster = start(folder);
    cr_expect_str_eq(mc__cluster_home(cluster), path("%s/postgresql", folder));
    cr_expect_eq(mode_of(folder), 0710);
    mc__cluster_stop(cluster);
}

Test(cluster, of_root_in_the_folder_of_another_account_runs_as_that)
{
    const char *folder = path("%s/nobody", root);
    const struct passwd *nobody = getpwnam("nobody");
    mc__cluster *cluster;

    only_if(geteuid() == 0 && nobody);
    cr_assert_eq(mkdir(folder, 0700) | chown(folder, nobody->pw_uid, nobody->pw_gid), 0);

    cluster = start(folder);
    cr_expect_eq(owner_of(path("/proc/%ld", (long)pid_of(cluster))), nobody->pw_uid);
    mc__cluster_stop(cluster);
}

Test(cluster, of_root_in_the_folder_of_an_unknown_user_runs_as_a_known_account)
{
    const char *folder = path("%s/number", root);
    mc__cluster *cluster;

    only_if(geteuid() == 0 && !getpwuid(54321));
    cr_assert_eq(mkdir(folder, 0755) | chown(folder, 54321, 54321), 0);

    cluster = start(folder);
    cr_expect_str_eq(mc__cluster_home(cluster), path("%s/postgresql", folder));
    cr_expect(getpwuid(owner_of(mc__cluster_home(cluster))));
    mc__cluster_stop(cluster);
}

Test(cluster, of_root_does_not_follow_links_laid_by_others)
{
    const char *folder = path("%s/nobody", root), *target = path("%s/target", root);
    const struct passwd *nobody = getpwnam("nobody");

    only_if(geteuid() == 0 && nobody);
    cr_assert_eq(mkdir(folder, 0755) | chown(folder, nobody->pw_uid, nobody->pw_gid) |
                     mkdir(target, 0755),
                 0);

    cr_assert_eq(symlink(target, path("%s/postgresql", folder)), 0);
    cr_expect_eq(start_fails(folder), MC_ESYSTEM);
    unlink(path("%s/postgresql", folder));

    write_file(path("%s/postgresql.path", folder), path("%s\n", target));
    cr_expect_eq(chown(path("%s/postgresql.path", folder), nobody->pw_uid, nobody->pw_gid), 0);
    cr_expect_eq(start_fails(folder), MC_ESYSTEM);

    cr_expect_eq(owner_of(target), 0);
    cr_expect_eq(mode_of(target), 0755);
}

/* Giving up, and making nothing. */

/* Whether PostgreSQL, or anything that it left behind, holds the lock on its files. */
static bool runs_in(const char *folder)
{
    int fd = open(path("%s/postgresql/server.lock", folder), O_RDWR | O_CLOEXEC);
    bool held = fd >= 0 && flock(fd, LOCK_EX | LOCK_NB) < 0;

    if (fd >= 0)
        close(fd);
    return held;
}

static bool count_down(void *data)
{
    int *left = data;

    return (*left)-- <= 0;
}

Test(cluster, stops_what_it_has_begun_when_it_is_given_up)
{
    const char *folder = ready_folder();
    int failed = 0, rc = -1;

    for (int questions = 0; rc < 0 && questions < 1000; questions++) {
        mc__cluster *cluster = NULL;
        int left = questions;

        rc = mc__cluster_start(
            &cluster, &problem,
            &(mc__cluster_options){
                .folder = folder, .log = log_to_us, .give_up = count_down, .give_up_data = &left});
        if (rc < 0) {
            failed++;
            cr_expect_eq(rc, MC_EUNAVAILABLE);
            expect_message("given up");
            cr_expect(!runs_in(folder), "given up after %d questions, it runs", questions);
        }
        mc__cluster_stop(cluster);
    }
    cr_expect_eq(rc, 0);
    cr_expect_geq(failed, 3);
    cr_expect(strstr(logged, "starting PostgreSQL"), "never so late that it had begun");
}

Test(cluster, that_must_exist_is_not_made)
{
    const char *folder = path("%s/none", root), *ready = ready_folder();
    mc__cluster_options options = {.folder = folder, .must_exist = true};
    mc__cluster *cluster = NULL;

    cr_expect_eq(mc__cluster_start(&cluster, &problem, &options), MC_ENOTFOUND);
    expect_message("there is no database in");
    cr_expect(!exists(folder));
    cr_assert_eq(mkdir(folder, 0755), 0);
    cr_expect_eq(mc__cluster_start(&cluster, &problem, &options), MC_ENOTFOUND);
    cr_expect_eq(rmdir(folder), 0, "something was made in it");

    options.folder = ready;
    cr_expect_eq(mc__cluster_start(&cluster, &problem, &options), 0);
    mc__cluster_stop(cluster);
    cr_expect(!runs_in(ready));
}

/* Makes an app without the n-th allocation. *begun: PostgreSQL was being started before it. Returns
 * whether there was such an allocation. */
static bool lacks_allocation(size_t n, const mc_app_options *options, bool *begun)
{
    mc_app *app = NULL;
    bool failed;
    int rc;

    *logged = '\0';
    fail_alloc_at(n);
    rc = mc_app_new(&app, options, NULL);
    failed = fail_alloc_stop();
    *begun = rc < 0 && strstr(logged, "starting PostgreSQL");
    mc_app_free(app);
    cr_expect(!runs_in(options->data), "allocation %zu failed, and it runs", n);
    return failed;
}

/* PostgreSQL is started towards the end, so that is where allocations are left out. */
Test(cluster, of_an_app_that_cannot_be_made_stops_again)
{
    mc_app_options options = MC_APP_OPTIONS_INIT;
    size_t first = 1, beyond = 2;
    bool begun;
    int count = 0;

    options.data = ready_folder();
    options.log = keep_log;
    while (lacks_allocation(beyond, &options, &begun))
        beyond *= 2;
    while (beyond - first > 1) {
        size_t middle = first + (beyond - first) / 2;

        if (lacks_allocation(middle, &options, &begun))
            first = middle;
        else
            beyond = middle;
    }
    for (size_t n = first; n > 0 && n + 20 > first; n--) {
        lacks_allocation(n, &options, &begun);
        count += begun;
    }
    cr_expect_gt(count, 0, "no failure after the start");
}

/* Out of memory. */

Test(cluster, survives_running_out_of_memory)
{
    const char *folder = ready_folder();
    mc__cluster *running = start(folder), *cluster = NULL;
    int rc = -1;

    for (size_t n = 1; rc < 0 && n < 1000; n++) {
        fail_alloc_at(n);
        rc = mc__cluster_start(&cluster, &problem, &(mc__cluster_options){.folder = folder});
        bool failed = fail_alloc_stop();

        cr_expect(rc < 0 || !failed, "allocation %zu is not missed", n);
        mc__problem_release(&problem);
    }
    cr_expect_eq(rc, 0);
    mc__cluster_stop(cluster);
    cr_expect(mc__cluster_alive(running));
    mc__cluster_stop(running);
}
