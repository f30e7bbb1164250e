/* Batches and transactions on the host's own connection; for query.c. */
#ifndef MC_HOST_H
#define MC_HOST_H

#include "db.h"

int mc__host_run(mc__db *db, mc__batch *batch, mc__access access);
/* The session's transaction: a savepoint if the host is in one. */
int mc__host_begin(mc__db *db);
int mc__host_commit(mc__db *db);
int mc__host_rollback(mc__db *db);

/*
 * Runs one text through the host's function; *out is set on success only, and never NULL then. A
 * text without parameters may be several statements.
 */
int mc__executor_run(PGresult **out, mc__host *host, mc__problem *problem, const char *sql,
                     const char *const *params, size_t count);

#endif
