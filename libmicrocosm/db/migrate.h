/*
 * Schema migrations: sql/schema/NNNN_<name>.sql, embedded in the library, run in order of their
 * numbers, each in a transaction of its own together with the row that says so in
 * microcosm.migrations. There is no way back; a migration must not end its transaction.
 */
#ifndef MC_MIGRATE_H
#define MC_MIGRATE_H

#include "../core/core.h"

#include <libpq-fe.h>

/*
 * Brings the schema up to date. Processes that do so at once wait for each other. The connection
 * must not be in a transaction; it may go through pgbouncer in transaction mode.
 * MC_ESCHEMA: the schema is newer than this library, or the server is too old or not in UTF-8;
 * MC_ESTATE: in a transaction; MC_EDATABASE, MC_EUNAVAILABLE, MC_ENOMEM. What was done before a
 * failure stays.
 */
int mc__migrate(PGconn *conn, mc__problem *problem, const mc__log *log);

/* Whether the schema is the one this library was built for. MC_ESCHEMA with what to do, else as
 * above. */
int mc__schema_check(PGconn *conn, mc__problem *problem);

#endif
