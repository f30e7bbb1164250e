/*
 * Starts, watches and stops the private PostgreSQL. Calls the other cluster files, core and libpq.
 *
 * Three files in its home are locked with flock(), which the kernel releases however a process
 * ends:
 *   start.lock   exclusively by the process that starts or stops the server
 *   users.lock   shared by each cluster handle; the last user is the one that can lock it
 * exclusively server.lock  exclusively by PostgreSQL itself, all of its processes, and by initdb
 * server.lock shows reliably whether a server runs on these files. postmaster.pid doesn't: after a
 * crash its number may belong to any other process.
 */
#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include "cluster.h"
#include "cluster_exit.h"
#include "cluster_internal.h"
#include "db.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdatomic.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#define PATIENCE_MS 60000   /* wait for a server or process that reports no state */
#define RECOVERY_MS 1200000 /* wait for a server that reports that it is starting */
#define SHUTDOWN_MS 60000   /* wait for a checkpoint and the end of all connections */
#define NUMBER_MS 10000     /* wait for a new server to write its process number */
#define PAUSE_LEAST_MS 1
#define PAUSE_MOST_MS 16
#define CONNECT_TIMEOUT " connect_timeout=10"
#define LOG_NAME "postgresql.log"
#define LOG_MAX ((off_t)4 << 20)
#define LOG_READ 4096

struct mc__cluster {
    mc__log log;
    bool must_exist;
    bool (*give_up)(void *data); /* only while it starts */
    void *give_up_data;
    mc__place place;
    const char *server_lock; /* path */
    const char *conninfo, *admin;
    const char *patient; /* admin with a timeout, for use in this file */
    int users;           /* descriptor that holds users.lock */
    pid_t owner;
    mc__exit_work at_exit;
    atomic_bool has_ended; /* at the exit of the process: isn't started again */
};

MC_DEFINE_AUTO(mc__cluster *, mc__cluster_release)

static void pause_ms(int64_t ms)
{
    struct timespec time = {.tv_sec = ms / 1000, .tv_nsec = ms % 1000 * 1000000};

    nanosleep(&time, NULL);
}

/* Doubles the pause each time: most waits are short. */
static void pause_longer(int64_t *ms)
{
    pause_ms(*ms);
    *ms = *ms * 2 < PAUSE_MOST_MS ? *ms * 2 : PAUSE_MOST_MS;
}

/*
 * Unlocks before closing: a process that another thread has forked in the meantime has a copy of
 * the descriptor, and closing only ours would leave the file locked.
 */
static void unlock(int *fd)
{
    if (*fd >= 0)
        flock(*fd, LOCK_UN);
    mc__fd_close(fd);
}
#define auto_lock __attribute__((cleanup(unlock)))

/* 0, or the failure of a start that its caller wants no more. */
static int go_on(const mc__cluster *cluster, mc__problem *problem)
{
    if (!cluster->give_up || !cluster->give_up(cluster->give_up_data))
        return 0;
    return mc__fail(problem, MC_EUNAVAILABLE, "the start of PostgreSQL in %s was given up",
                    cluster->place.home);
}

static int lock_start(int *out, const mc__cluster *cluster, mc__problem *problem)
{
    int64_t end = mc__monotonic_ms() + PATIENCE_MS, pause = PAUSE_LEAST_MS;
    mc_auto_fd int fd = mc__place_open_file(&cluster->place, cluster->place.fd, "start.lock");

    if (fd < 0)
        return mc__fail(problem, MC_ESYSTEM, "cannot open %s/start.lock: %s", cluster->place.home,
                        strerror(errno));
    while (flock(fd, LOCK_EX | LOCK_NB) < 0) {
        if (errno != EWOULDBLOCK && errno != EINTR)
            return mc__fail(problem, MC_ESYSTEM, "cannot lock %s/start.lock: %s",
                            cluster->place.home, strerror(errno));
        if (mc__monotonic_ms() > end)
            return mc__fail(
                problem, MC_EUNAVAILABLE,
                "another process has been starting or stopping PostgreSQL in %s for a minute",
                cluster->place.home);
        if (go_on(cluster, problem) < 0)
            return problem->shown.code;
        pause_longer(&pause);
    }
    *out = fd;
    fd = -1; // NOLINT(clang-analyzer-deadcode.DeadStores): read when its scope ends
    return 0;
}

/* Never blocks: a process locks the file exclusively only while it holds start.lock, as we do. */
static int join_users(mc__cluster *cluster, mc__problem *problem)
{
    cluster->users = mc__place_open_file(&cluster->place, cluster->place.fd, "users.lock");
    if (cluster->users < 0 || flock(cluster->users, LOCK_SH) < 0)
        return mc__fail(problem, MC_ESYSTEM, "cannot lock %s/users.lock: %s", cluster->place.home,
                        strerror(errno));
    return 0;
}

static bool wait_until_gone(const mc__cluster *cluster, int64_t ms)
{
    int64_t end = mc__monotonic_ms() + ms, pause = PAUSE_LEAST_MS;

    while (mc__server_is_locked(&cluster->place)) {
        if (mc__monotonic_ms() > end)
            return false;
        pause_longer(&pause);
    }
    return true;
}

/*
 * The process to shut down, or 0. A server that has just been started holds the lock before it has
 * written its number. One that an operator started by hand doesn't hold the lock: it is left alone.
 */
static pid_t find_server(const mc__cluster *cluster)
{
    int64_t end = mc__monotonic_ms() + NUMBER_MS, pause = PAUSE_LEAST_MS;

    while (mc__server_is_locked(&cluster->place) && mc__monotonic_ms() < end) {
        pid_t pid = mc__server_pid(&cluster->place);

        if (pid != 0)
            return pid;
        pause_longer(&pause);
    }
    return 0;
}

static void shut_down(const mc__cluster *cluster)
{
    pid_t pid = find_server(cluster);
    bool gone;

    if (pid == 0)
        return;
    kill(pid, SIGINT); /* "fast" shutdown: ends connections and writes a checkpoint */
    gone = wait_until_gone(cluster, SHUTDOWN_MS);
    if (!gone && mc__server_pid(&cluster->place) == pid) {
        mc__log_write(&cluster->log, MC_LOG_WARNING,
                      "PostgreSQL in %s does not shut down; it will have to recover",
                      cluster->place.home);
        kill(pid, SIGQUIT);
        gone = wait_until_gone(cluster, SHUTDOWN_MS / 10);
    }
    waitpid(pid, NULL, WNOHANG); /* as process 1 of a container we have inherited the server */
    if (gone)
        mc__log_write(&cluster->log, MC_LOG_INFO, "PostgreSQL in %s has shut down",
                      cluster->place.home);
}

/* PostgreSQL appends, so the file can be truncated while it is open. */
static void bound_log(const mc__cluster *cluster)
{
    mc_auto_fd int fd = openat(cluster->place.fd, LOG_NAME, O_RDWR | O_NOFOLLOW | O_CLOEXEC);
    struct stat status;

    if (fd >= 0 && fstat(fd, &status) == 0 && status.st_size > LOG_MAX && ftruncate(fd, 0) == 0)
        mc__log_write(&cluster->log, MC_LOG_WARNING,
                      "%s/" LOG_NAME " had grown large and was emptied", cluster->place.home);
}

static off_t log_size(const mc__cluster *cluster)
{
    struct stat status;

    return fstatat(cluster->place.fd, LOG_NAME, &status, AT_SYMLINK_NOFOLLOW) == 0 ? status.st_size
                                                                                   : 0;
}

/* Fails with the last lines of the log after byte `from`. */
static int fail_with_log(const mc__cluster *cluster, mc__problem *problem, off_t from)
{
    mc_scratch_arena(scratch);
    mc_auto_fd int fd = openat(cluster->place.fd, LOG_NAME, O_RDONLY | O_NOFOLLOW | O_CLOEXEC);
    char text[LOG_READ];
    off_t size = log_size(cluster);
    ssize_t length;

    if (size - from > (off_t)sizeof(text))
        from = size - (off_t)sizeof(text);
    length = fd < 0 ? 0 : pread(fd, text, sizeof(text), from);
    return mc__fail(problem, MC_EUNAVAILABLE,
                    "PostgreSQL ended while starting, see %s/" LOG_NAME ": %s", cluster->place.home,
                    mc__child_tail(&scratch, text, length < 0 ? 0 : (size_t)length));
}

static int run_server(const mc__cluster *cluster, mc__problem *problem, const char *programs)
{
    mc_scratch_arena(scratch);
    const mc__place *place = &cluster->place;
    const char *const argv[] = {mc__arena_format(&scratch, "%s/postgres", programs),
                                "-D",
                                place->data,
                                "-c",
                                "port=5432",
                                "-c",
                                "unix_socket_directories=../run",
                                NULL};
    mc__child server = {.account = &place->account,
                        .folder = place->home,
                        .argv = argv,
                        .lock = cluster->server_lock};
    const char *log = mc__arena_format(&scratch, "%s/" LOG_NAME, place->home);

    if (scratch.failed)
        return mc__fail(problem, MC_ENOMEM, "out of memory");
    return mc__child_start(&server, problem, log);
}

static int launch(const mc__cluster *cluster, mc__problem *problem)
{
    mc_scratch_arena(scratch);
    const mc__place *place = &cluster->place;
    const char *programs = NULL;
    int rc;

    rc = mc__setup_programs(&programs, &scratch, problem, place);
    if (rc == 0)
        rc = go_on(cluster, problem);
    if (rc == 0)
        rc = mc__setup_init(place, problem, &cluster->log, programs, cluster->server_lock);
    if (rc == 0)
        rc = go_on(cluster, problem);
    if (rc == 0)
        rc = mc__setup_settings(place, problem);
    if (rc == 0)
        rc = mc__place_mend_socket(place, problem);
    if (rc < 0)
        return rc;

    mc__server_forget(&cluster->place, &cluster->log);
    rc = run_server(cluster, problem, programs);
    if (rc == 0)
        mc__log_write(&cluster->log, MC_LOG_INFO, "starting PostgreSQL in %s, as the account %s",
                      place->home, place->account.name);
    return rc;
}

/* libpq would print notices. */
static void ignore_notice(void *data, const PGresult *notice)
{
    (void)data;
    (void)notice;
}

static int fail_connection(mc__problem *problem, const PGconn *conn)
{
    return mc__fail(problem, MC_EUNAVAILABLE, "PostgreSQL does not answer as it should: %s",
                    PQerrorMessage(conn));
}

/* Runs a statement unless the query before it finds something. */
static int make_missing(PGconn *conn, const mc__cluster *cluster, mc__problem *problem,
                        const char *query, const char *statement)
{
    mc_auto(PQclear) PGresult *found = PQexec(conn, query);
    mc_auto(PQclear) PGresult *made = NULL;

    if (PQresultStatus(found) != PGRES_TUPLES_OK)
        return fail_connection(problem, conn);
    if (PQntuples(found) > 0)
        return 0;
    if (cluster->must_exist)
        return mc__fail(problem, MC_ENOTFOUND,
                        "PostgreSQL in %s lacks the forum's role or database", cluster->place.home);
    made = PQexec(conn, statement);
    return PQresultStatus(made) == PGRES_COMMAND_OK ? 0 : fail_connection(problem, conn);
}

/* Connects as the superuser, for whom connections are reserved when the forum has used all others.
 */
static int open_database(const mc__cluster *cluster, mc__problem *problem)
{
    mc_auto(PQfinish) PGconn *conn = PQconnectdb(cluster->patient);
    int rc;

    if (PQstatus(conn) != CONNECTION_OK)
        return fail_connection(problem, conn);
    PQsetNoticeReceiver(conn, ignore_notice, NULL);
    rc = make_missing(conn, cluster, problem, "SELECT FROM pg_roles WHERE rolname = 'microcosm'",
                      "CREATE ROLE microcosm LOGIN");
    if (rc < 0)
        return rc;
    return make_missing(conn, cluster, problem,
                        "SELECT FROM pg_database WHERE datname = 'microcosm'",
                        "CREATE DATABASE microcosm OWNER microcosm");
}

/* The state of one call of bring_up(). */
struct startup {
    const mc__cluster *cluster;
    mc__problem *problem;
    int64_t begin;
    off_t log_before; /* size of the log when it was launched */
    bool launched;
    bool noted; /* the log says already that it takes long */
};

static int launch_once(struct startup *startup)
{
    int rc;

    if (startup->launched)
        return fail_with_log(startup->cluster, startup->problem, startup->log_before);
    bound_log(startup->cluster);
    startup->log_before = log_size(startup->cluster);
    rc = launch(startup->cluster, startup->problem);
    startup->launched = rc == 0;
    startup->begin = mc__monotonic_ms(); /* initdb may have taken long */
    return rc < 0 && rc != MC_EBUSY ? rc : 0;
}

/* Waits before the state is checked again; fails when that has taken too long. */
static int wait_more(struct startup *startup, mc__server_state state, int64_t *pause)
{
    const mc__cluster *cluster = startup->cluster;
    int64_t waited = mc__monotonic_ms() - startup->begin;

    if (waited > (state == MC_SERVER_STARTING ? RECOVERY_MS : PATIENCE_MS)) {
        if (state == MC_SERVER_READY)
            return startup->problem->shown.code; /* the connection's error is the most precise */
        return mc__fail(startup->problem, MC_EUNAVAILABLE,
                        "PostgreSQL in %s neither starts nor ends, see " LOG_NAME " there",
                        cluster->place.home);
    }
    if (waited > 5000 && !startup->noted) {
        startup->noted = true;
        mc__log_write(
            &cluster->log, MC_LOG_INFO, "still waiting for PostgreSQL in %s%s", cluster->place.home,
            state == MC_SERVER_STARTING ? ", which is starting or recovering from a crash" : "");
    }
    pause_longer(pause);
    return 0;
}

/* Waits until the server accepts connections, starting it if necessary. start.lock is held. */
static int bring_up(const mc__cluster *cluster, mc__problem *problem)
{
    struct startup startup = {.cluster = cluster, .problem = problem, .begin = mc__monotonic_ms()};
    int64_t pause = PAUSE_LEAST_MS;
    int rc = 0;

    while (rc == 0) {
        mc__server_state state = mc__server_look(&cluster->place);

        if (state == MC_SERVER_GONE) {
            rc = launch_once(&startup);
        } else if (state == MC_SERVER_READY) {
            rc = open_database(cluster, problem);
            if (rc == 0 || rc == MC_ENOTFOUND)
                return rc;
            rc = 0; /* it is tried again */
            if (!mc__server_has_socket(&cluster->place))
                shut_down(cluster); /* its socket was deleted, so it can't be reached any more */
        }
        if (rc == 0)
            rc = go_on(cluster, problem);
        if (rc == 0)
            rc = wait_more(&startup, state, &pause);
    }
    return rc;
}

static int make_strings(mc__cluster *cluster, mc__problem *problem)
{
    mc__arena *arena = &cluster->place.arena;
    /* An empty hostaddr overrides PGHOSTADDR in the environment, which would replace the socket. */
    const char *server = mc__arena_format(arena, "host='%s' hostaddr='' port=5432 sslmode=disable",
                                          cluster->place.socket);

    cluster->server_lock = mc__arena_format(arena, "%s/server.lock", cluster->place.home);
    cluster->conninfo = mc__arena_format(arena, "%s user=microcosm dbname=microcosm", server);
    cluster->admin = mc__arena_format(arena, "%s user=postgres dbname=postgres", server);
    cluster->patient = mc__arena_format(arena, "%s" CONNECT_TIMEOUT, cluster->admin);
    return arena->failed ? mc__fail(problem, MC_ENOMEM, "out of memory") : 0;
}

/* A failed attempt to lock users.lock exclusively also loses the shared lock. That is harmless
 * while start.lock is held. */
static void shut_down_if_last(const mc__cluster *cluster)
{
    if (cluster->users < 0 || flock(cluster->users, LOCK_EX | LOCK_NB) < 0)
        return;
    shut_down(cluster);
    if (mc__server_look(&cluster->place) == MC_SERVER_GONE)
        mc__place_drop_socket(&cluster->place);
}

static int check_exists(const mc__cluster *cluster, mc__problem *problem)
{
    if (!cluster->must_exist ||
        faccessat(cluster->place.fd, "data", F_OK, AT_SYMLINK_NOFOLLOW) == 0)
        return 0;
    return mc__fail(problem, MC_ENOTFOUND, "there is no database in %s yet", cluster->place.home);
}

/* The steps of starting that only one process may do at a time. */
static int start_locked(mc__cluster *cluster, mc__problem *problem)
{
    int rc = check_exists(cluster, problem);

    if (rc == 0)
        rc = mc__place_find_socket(&cluster->place, problem);
    if (rc == 0)
        rc = make_strings(cluster, problem);
    if (rc == 0)
        rc = join_users(cluster, problem);
    if (rc == 0)
        rc = bring_up(cluster, problem);
    if (rc < 0)
        shut_down_if_last(cluster);
    return rc;
}

static void leave_users(mc__cluster *cluster)
{
    mc__problem problem = {.arena = MC_ARENA_INIT};
    auto_lock int start = -1;

    if (lock_start(&start, cluster, &problem) == 0)
        shut_down_if_last(cluster);
    mc__problem_release(&problem);
}

/* Without the host's log: what that is made of may be gone by now. Threads that are still there may
 * use the cluster, so it isn't freed. */
static void end_at_exit(void *data)
{
    mc__cluster *cluster = data;

    if (cluster->owner != getpid())
        return;
    atomic_store(&cluster->has_ended, true);
    cluster->log = (mc__log){0};
    leave_users(cluster);
}

int mc__cluster_start(mc__cluster **out, mc__problem *problem, const mc__cluster_options *options)
{
    mc_auto(mc__cluster_release) mc__cluster *cluster = mc__calloc(1, sizeof(*cluster));
    auto_lock int start = -1;
    int rc;

    if (!cluster)
        return mc__fail(problem, MC_ENOMEM, "out of memory");
    cluster->users = -1;
    cluster->owner = getpid();
    cluster->log = options->log;
    cluster->must_exist = options->must_exist;
    cluster->give_up = options->give_up;
    cluster->give_up_data = options->give_up_data;

    rc = mc__place_open(&cluster->place, problem, &cluster->log, options->folder,
                        !options->must_exist);
    if (rc == 0)
        rc = lock_start(&start, cluster, problem);
    if (rc == 0)
        rc = start_locked(cluster, problem);
    if (rc < 0)
        return rc;

    cluster->give_up = NULL;
    cluster->at_exit = (mc__exit_work){.run = end_at_exit, .data = cluster};
    mc__exit_add(&cluster->at_exit);
    *out = MC_TAKE(cluster);
    return 0;
}

const char *mc__cluster_conninfo(const mc__cluster *cluster)
{
    return cluster->conninfo;
}

const char *mc__cluster_admin_conninfo(const mc__cluster *cluster)
{
    return cluster->admin;
}

const char *mc__cluster_home(const mc__cluster *cluster)
{
    return cluster->place.home;
}

bool mc__cluster_alive(mc__cluster *cluster)
{
    return PQping(cluster->patient) == PQPING_OK;
}

int mc__cluster_ensure(mc__cluster *cluster, mc__problem *problem)
{
    auto_lock int start = -1;
    int rc;

    if (cluster->owner != getpid())
        return mc__fail(problem, MC_ESTATE,
                        "this process was forked after the cluster was started");
    if (atomic_load(&cluster->has_ended))
        return mc__fail(problem, MC_ESTATE, "the process ends");
    bound_log(cluster);
    if (mc__server_look(&cluster->place) == MC_SERVER_READY &&
        mc__server_has_socket(&cluster->place))
        return 0;

    mc__log_write(&cluster->log, MC_LOG_WARNING, "PostgreSQL in %s is not running",
                  cluster->place.home);
    rc = lock_start(&start, cluster, problem);
    return rc < 0 ? rc : bring_up(cluster, problem);
}

void mc__cluster_stop(mc__cluster *cluster)
{
    if (cluster && cluster->owner == getpid())
        leave_users(cluster);
    mc__cluster_release(cluster);
}

void mc__cluster_release(mc__cluster *cluster)
{
    if (!cluster)
        return;
    if (cluster->at_exit.run)
        mc__exit_remove(&cluster->at_exit);
    if (cluster->owner == getpid())
        unlock(&cluster->users);
    mc__fd_close(&cluster->users);
    mc__place_close(&cluster->place);
    mc__free(cluster);
}
