/*
 * The database's schema: sql/schema, embedded in the library.
 *
 * tables/ makes the tables of a new database, at the newest version; steps/NNNN_<name>.sql bring
 * those of an older one there, in order and forward only. definitions/ makes views, functions,
 * triggers and row-level security anew after either, or when their text alone has changed. All in
 * one transaction, with the row in microcosm.migrations that says so: no file may end it.
 */
#ifndef MC_MIGRATE_H
#define MC_MIGRATE_H

#include "../core/core.h"
#include "migrations.h"

#include <libpq-fe.h>

/*
 * Brings the schema up to date. Processes that do so at once wait for each other. Where it is up to
 * date already, one statement sees that. The connection must not be in a transaction; it may go
 * through pgbouncer in transaction mode.
 * MC_ESCHEMA: the schema is newer than this library, or the server is too old or not in UTF-8;
 * MC_ESTATE: in a transaction; MC_EDATABASE, MC_EUNAVAILABLE, MC_ENOMEM. After a failure all is as
 * it was before.
 */
int mc__migrate(PGconn *conn, mc__problem *problem, const mc__log *log);

/* The same for a schema of the caller's: for tests. */
int mc__migrate_to(PGconn *conn, mc__problem *problem, const mc__log *log,
                   const mc__schema *schema);

/* Whether the schema is the one this library was built for. MC_ESCHEMA with what to do, else as
 * above. */
int mc__schema_check(PGconn *conn, mc__problem *problem);

#endif
