/* What pool.c and query.c share about a connection. */
#ifndef MC_POOL_H
#define MC_POOL_H

#include "db.h"

struct mc__conn {
    PGconn *pg;
    mc__conn *next;
    int64_t site_id;                           /* value of microcosm.site_id there; -1: not known */
    int64_t origin;                            /* the pool's */
    bool prepare, to_write;                    /* to_write: lent to somebody who writes */
    bool site_prepared;                        /* the statement that tells the site */
    bool in_transaction;                       /* of a session, so batches need savepoints */
    uint64_t prepared[(MC_Q_COUNT + 63) / 64]; /* bit q: statement q is prepared there */
};

void mc__pool_wrote(mc__pool *pool, mc__outcome outcome, uint64_t transaction);

#endif
