/*
 * The database's schema: sql/schema, embedded in the library.
 *
 * tables/ creates the tables of a new database at the newest version; steps/NNNN_<name>.sql upgrade
 * those of an older one, in order and forward only. definitions/ drops and creates all views,
 * functions, triggers and row-level security after either, or when their text alone has changed.
 * All of it, and the row in microcosm.migrations that records it, is one transaction, which no file
 * may end.
 */
#ifndef MC_MIGRATE_H
#define MC_MIGRATE_H

#include "../core/core.h"
#include "migrations.h"

#include <libpq-fe.h>

/*
 * Brings the schema up to date. Processes that do so at the same time wait for each other. If the
 * schema is current, this takes one statement. The connection must not be in a transaction; it may
 * go through pgbouncer in transaction mode.
 * MC_ESCHEMA: the schema is newer than this library, or the server is too old or not in UTF-8;
 * MC_ESTATE: in a transaction; MC_EDATABASE, MC_EUNAVAILABLE, MC_ENOMEM. A failure changes nothing.
 */
int mc__migrate(PGconn *conn, mc__problem *problem, const mc__log *log);

/* The same for another schema, for tests. */
int mc__migrate_to(PGconn *conn, mc__problem *problem, const mc__log *log,
                   const mc__schema *schema);

/* Checks that the schema is the one this library was built for. MC_ESCHEMA, with the remedy in the
 * message, or an error as above. */
int mc__schema_check(PGconn *conn, mc__problem *problem);

#endif
