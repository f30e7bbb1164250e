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
    bool in_transaction;    /* lent to a session in a transaction, so batches need savepoints */
    uint64_t prepared[(MC_Q_COUNT + 63) / 64]; /* bit q: statement q is prepared */
};

void mc__pool_wrote(mc__pool *pool, mc__outcome outcome, uint64_t transaction);

#endif
