/* A connection, as pool.c and query.c share it. */
#ifndef MC_POOL_H
#define MC_POOL_H

#include "db.h"

struct mc__conn {
    PGconn *pg;
    mc__conn *next;
    int64_t site_id;        /* microcosm.site_id of its session; -1: unknown */
    int64_t origin;         /* the pool's */
    bool prepare, to_write; /* to_write: lent to a writer */
    bool site_prepared;     /* the statement that sets the site is prepared */
    uint64_t trips;         /* that it has made */
    bool is_silent;         /* it was given up because no answer came */
    int64_t answer_ms;      /* longest wait for an answer */
    bool in_transaction;    /* lent to a session in a transaction, so batches need savepoints */
    uint64_t prepared[(MC_Q_COUNT + 63) / 64]; /* bit q: statement q is prepared */
};

/* As PQgetResult() and PQexec(). After answer_ms without an answer the connection counts as lost.
 */
PGresult *mc__conn_result(mc__conn *conn);
PGresult *mc__conn_exec(mc__conn *conn, const char *sql);
/* The failure of a statement, or (with rows NULL) of the connection. */
int mc__conn_fail(mc__problem *problem, const mc__conn *conn, const PGresult *rows);

/* After a batch: whether the server lacks something that it needs to write. */
void mc__pool_note(mc__pool *pool, int rc, bool has_written);
void mc__pool_wrote(mc__pool *pool, mc__outcome outcome, uint64_t transaction);

#endif
