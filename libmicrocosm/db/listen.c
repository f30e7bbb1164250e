/* See listen.h: a connection and an eventfd behind one epoll. */
#include "listen.h"

#include "pool.h"

#include <fcntl.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <unistd.h>

struct mc__listen {
    mc__pool *pool;
    mc__conn *conn; /* NULL while there is none */
    int socket;     /* duplicate of the connection's descriptor; -1 unless it listens */
    int both, bell; /* epoll of the socket and the bell; eventfd */
};

MC_DEFINE_AUTO(mc__listen *, mc__listen_free)

static bool add(const mc__listen *listen, int fd)
{
    struct epoll_event event = {.events = EPOLLIN, .data.fd = fd};

    return epoll_ctl(listen->both, EPOLL_CTL_ADD, fd, &event) == 0;
}

int mc__listen_new(mc__listen **out, mc__pool *pool)
{
    mc_auto(mc__listen_free) mc__listen *listen = mc__calloc(1, sizeof(*listen));

    if (!listen)
        return MC_ENOMEM;
    listen->pool = pool;
    listen->socket = -1;
    listen->both = epoll_create1(EPOLL_CLOEXEC);
    listen->bell = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    if (listen->both < 0 || listen->bell < 0 || !add(listen, listen->bell))
        return MC_ESYSTEM;
    *out = MC_TAKE(listen);
    return 0;
}

void mc__listen_free(mc__listen *listen)
{
    if (!listen)
        return;
    mc__listen_close(listen);
    if (listen->bell >= 0)
        close(listen->bell);
    if (listen->both >= 0)
        close(listen->both);
    mc__free(listen);
}

int mc__listen_fd(const mc__listen *listen)
{
    return listen->both;
}

void mc__listen_wake(mc__listen *listen)
{
    /* It can only fail when the counter is full, and then the descriptor is readable already. */
    (void)!write(listen->bell, &(uint64_t){1}, sizeof(uint64_t));
}

static int start_hearing(mc__listen *listen, mc__problem *problem)
{
    PGconn *pg = listen->conn->pg;
    mc_auto(PQclear) PGresult *done = mc__conn_exec(listen->conn, "LISTEN microcosm");

    if (PQresultStatus(done) != PGRES_COMMAND_OK)
        return mc__conn_fail(problem, listen->conn, done);
    /* A duplicate, because libpq closes its descriptor when the connection is lost, and a closed
     * one can't be removed from the epoll, which holds the socket as long as a forked process does.
     */
    listen->socket = fcntl(PQsocket(pg), F_DUPFD_CLOEXEC, 0);
    if (listen->socket < 0 || !add(listen, listen->socket))
        return mc__fail(problem, MC_ESYSTEM, "the connection cannot be waited for");
    return 0;
}

int mc__listen_open(mc__listen *listen, mc__problem *problem, bool hears)
{
    int rc;

    if (listen->conn)
        return 0;
    rc = mc__pool_connect(&listen->conn, listen->pool, problem);
    if (rc == 0 && hears && listen->conn->prepare)
        rc = start_hearing(listen, problem);
    if (rc < 0)
        mc__listen_close(listen);
    return rc;
}

bool mc__listen_is_open(const mc__listen *listen)
{
    return listen->conn != NULL;
}

bool mc__listen_hears(const mc__listen *listen)
{
    return listen->socket >= 0;
}

void mc__listen_close(mc__listen *listen)
{
    if (!listen->conn)
        return;
    if (listen->socket >= 0) {
        if (mc__pool_is_ours(listen->pool)) /* a forked process shares its parent's epoll */
            epoll_ctl(listen->both, EPOLL_CTL_DEL, listen->socket, NULL);
        close(listen->socket);
    }
    mc__pool_close(listen->pool, listen->conn);
    listen->conn = NULL;
    listen->socket = -1;
}

static void close_if_lost(mc__listen *listen)
{
    if (listen->conn && (PQstatus(listen->conn->pg) != CONNECTION_OK ||
                         PQpipelineStatus(listen->conn->pg) != PQ_PIPELINE_OFF))
        mc__listen_close(listen);
}

mc__heard mc__listen_hear(mc__listen *listen)
{
    mc__heard heard = MC_HEARD_NOTHING;
    uint64_t rung;
    PGnotify *note;

    (void)!read(listen->bell, &rung, sizeof(rung));
    if (!listen->conn)
        return heard;
    if (listen->socket >= 0 && !PQconsumeInput(listen->conn->pg)) {
        mc__listen_close(listen);
        return heard;
    }
    while ((note = PQnotifies(listen->conn->pg))) {
        if (strcmp(note->extra, "all") == 0)
            heard = MC_HEARD_EVERYTHING;
        else if (note->be_pid != PQbackendPID(listen->conn->pg) && heard == MC_HEARD_NOTHING)
            heard = MC_HEARD_NEWS;
        PQfreemem(note);
    }
    close_if_lost(listen);
    return heard;
}

int mc__listen_run(mc__listen *listen, mc__problem *problem, mc__batch *batch)
{
    mc__db db = {.pool = listen->pool, .problem = problem, .held = listen->conn, .site_id = 0};
    int rc = mc__db_run(&db, batch, MC_READ);

    if (rc < 0)
        close_if_lost(listen);
    return rc;
}
