/*
 * Waiting for PostgreSQL's answers, up to a deadline. statement_timeout is PostgreSQL's own; it
 * doesn't help where the server, its disk or the network has stopped.
 */
#include "pool.h"

#include <errno.h>
#include <limits.h>
#include <poll.h>
#include <sys/socket.h>

/* libpq then takes the connection for lost, and a server that has only been slow notices within
 * client_connection_check_interval and cancels what it was doing. */
static void give_up(mc__conn *conn)
{
    conn->is_silent = true;
    shutdown(PQsocket(conn->pg), SHUT_RDWR);
    PQconsumeInput(conn->pg);
}

/* Waits until something can be read, or written if there is something to be sent. */
static bool wait_for_socket(const mc__conn *conn, bool to_send, int64_t until)
{
    struct pollfd socket = {.fd = PQsocket(conn->pg),
                            .events = (short)(POLLIN | (to_send ? POLLOUT : 0))};

    for (;;) {
        int64_t left = until - mc__monotonic_ms();
        int n = left > 0 ? poll(&socket, 1, left < INT_MAX ? (int)left : INT_MAX) : 0;

        if (n > 0)
            return true;
        if (n == 0 || errno != EINTR)
            return false;
    }
}

PGresult *mc__conn_result(mc__conn *conn)
{
    int64_t until = mc__monotonic_ms() + conn->answer_ms;

    for (;;) {
        int unsent = PQflush(conn->pg);

        if (unsent < 0 || (unsent == 0 && !PQisBusy(conn->pg)))
            break;
        if (!wait_for_socket(conn, unsent > 0, until))
            give_up(conn);
        if (!PQconsumeInput(conn->pg))
            break;
    }
    return PQgetResult(conn->pg);
}

PGresult *mc__conn_exec(mc__conn *conn, const char *sql)
{
    PGresult *last = NULL, *rows;

    if (!PQsendQuery(conn->pg, sql))
        return NULL;
    while ((rows = mc__conn_result(conn))) {
        if (last && PQresultStatus(last) == PGRES_FATAL_ERROR) { /* the first failure tells why */
            PQclear(rows);
            continue;
        }
        PQclear(last);
        last = rows;
    }
    return last;
}

int mc__conn_ping(mc__problem *problem, mc__conn *conn)
{
    mc_auto(PQclear) PGresult *rows = mc__conn_exec(conn, "");

    return PQresultStatus(rows) == PGRES_EMPTY_QUERY ? 0 : mc__conn_fail(problem, conn, rows);
}
