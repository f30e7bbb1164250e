/*
 * A PostgreSQL of the library's own, for a forum that was given a data folder and no connection
 * string. Made once, started when it is first used, shared by all processes that use the folder,
 * and stopped by the last of them. Only reachable through a socket that nobody but the account it
 * runs as (and root) can come near.
 *
 *     <data folder>/postgresql/          everything below; mode 0700
 *         data/                          PostgreSQL's files; operators may add to postgresql.conf
 *         run/                           the socket, or a link to a folder with a shorter name
 *         settings.conf, postgresql.log
 *     <data folder>/postgresql.path      instead, when it has to be somewhere else (below)
 *
 * Forum tables are in the database "microcosm" and belong to the role "microcosm", which is no
 * superuser, so that row-level security holds for it. The superuser is "postgres".
 *
 * PostgreSQL refuses to run as root. A process of root runs it as the owner of the data folder; if
 * that is root, as "postgres" or else "nobody". When that account can't reach the data folder (a
 * folder below /root), everything is in a folder of /var/lib/microcosm, and postgresql.path says
 * which; this is logged when it is decided.
 *
 * Programs are looked for in MICROCOSM_PG_BIN if that is set; otherwise in /usr/lib/postgresql, on
 * the PATH, and where pg_config says. An existing database needs those of its own major version.
 *
 * Processes that are killed leave PostgreSQL running, and the next one uses it. All functions may
 * be called from any thread, mc__cluster_start() and mc__cluster_ensure() even at the same time in
 * several processes; after mc__cluster_stop() and mc__cluster_release() the cluster is gone.
 */
#ifndef MC_CLUSTER_H
#define MC_CLUSTER_H

#include "../core/core.h"

typedef struct mc__cluster mc__cluster;

/*
 * Makes the folder and the database where they are missing, and waits until PostgreSQL takes
 * connections.
 * MC_ESYSTEM: folder, account or programs don't do; MC_EUNAVAILABLE: PostgreSQL doesn't come up,
 * message with the end of its log; MC_ENOMEM.
 */
int mc__cluster_start(mc__cluster **out, mc__problem *problem, const mc__log *log,
                      const char *data_folder);

/* Connection strings for libpq, valid as long as the cluster: of the forum, and of the superuser
 * (database "postgres"). */
const char *mc__cluster_conninfo(const mc__cluster *cluster);
const char *mc__cluster_admin_conninfo(const mc__cluster *cluster);

/* The folder that holds all of it. */
const char *mc__cluster_home(const mc__cluster *cluster);

/* Whether it takes connections now. */
bool mc__cluster_alive(mc__cluster *cluster);

/*
 * Starts it again if it has died. Costs next to nothing while it runs, since it makes no connection
 * then; PostgreSQL itself gets over the death of one of its processes. To be called now and then,
 * also because it keeps the log from growing without end. Fails like mc__cluster_start(), and with
 * MC_ESTATE in a forked child.
 */
int mc__cluster_ensure(mc__cluster *cluster, mc__problem *problem);

/* Ends the use of the cluster and frees it; the last user shuts PostgreSQL down and waits for that.
 * NULL is allowed. */
void mc__cluster_stop(mc__cluster *cluster);

/* Frees it and leaves PostgreSQL running; what a forked child does. NULL is allowed. */
void mc__cluster_release(mc__cluster *cluster);

#endif
