/*
 * A private PostgreSQL server for a forum that has a data folder instead of a connection string.
 * It is created once, started at first use, shared by all processes that use the folder, and
 * stopped by the last of them. It is reachable only through a socket that is open to nobody but
 * the account it runs as, and root.
 *
 *     <data folder>/postgresql/          everything below; mode 0700
 *         data/                          PostgreSQL's files; operators may add to postgresql.conf
 *         run/                           the socket, or a link to a folder with a shorter name
 *         settings.conf, postgresql.log
 *     <data folder>/postgresql.path      instead, when the files must be elsewhere (see below)
 *
 * The forum's tables are in the database "microcosm" and belong to the role "microcosm", which is
 * not a superuser, so that row-level security applies to it. The superuser is "postgres".
 *
 * PostgreSQL refuses to run as root. A process of root runs it as the owner of the data folder; if
 * that is root, as "postgres" or else "nobody". When that account can't reach the data folder (a
 * folder below /root), the files are in a folder of /var/lib/microcosm, which postgresql.path
 * names and the log mentions when it is created.
 *
 * PostgreSQL's programs are searched in MICROCOSM_PG_BIN if that is set; otherwise in
 * /usr/lib/postgresql, on the PATH, and in pg_config's folder. An existing database needs the
 * programs of its own major version.
 *
 * A process that exits with a cluster in use stops it as mc__cluster_stop() does; one that is
 * killed leaves PostgreSQL running for the next one. All functions may be called from any thread,
 * mc__cluster_start() and mc__cluster_ensure() also by several processes at the same time;
 * mc__cluster_stop() and mc__cluster_release() free the handle.
 */
#ifndef MC_CLUSTER_H
#define MC_CLUSTER_H

#include "../core/core.h"

typedef struct mc__cluster mc__cluster;

typedef struct mc__cluster_options {
    const char *folder; /* the data folder */
    mc__log log;
    bool must_exist; /* make no database: fail with MC_ENOTFOUND where there is none */
    /* Asked again and again while waiting; true: give up with MC_EUNAVAILABLE. NULL: never. */
    bool (*give_up)(void *data);
    void *give_up_data;
} mc__cluster_options;

/*
 * Creates the folder and the database where they are missing, and waits until PostgreSQL accepts
 * connections. A start that fails leaves no PostgreSQL running that nobody else uses.
 * MC_ESYSTEM: folder, account or programs can't be used; MC_EUNAVAILABLE: PostgreSQL doesn't
 * start, and the message has the end of its log; MC_ENOTFOUND: must_exist; MC_ENOMEM.
 */
int mc__cluster_start(mc__cluster **out, mc__problem *problem, const mc__cluster_options *options);

/* Connection strings for libpq, owned by the cluster: for the forum's role, and for the superuser
 * (database "postgres"). */
const char *mc__cluster_conninfo(const mc__cluster *cluster);
const char *mc__cluster_admin_conninfo(const mc__cluster *cluster);

/* The folder with all files of the server; owned by the cluster. */
const char *mc__cluster_home(const mc__cluster *cluster);

/* Whether it accepts connections now. */
bool mc__cluster_alive(mc__cluster *cluster);

/*
 * Starts it again if it has died. Cheap while it runs, since it makes no connection then;
 * PostgreSQL itself recovers from the death of one of its processes. Call it periodically: it also
 * limits the size of the log. Fails like mc__cluster_start(), and with MC_ESTATE in a forked child.
 */
int mc__cluster_ensure(mc__cluster *cluster, mc__problem *problem);

/* Ends the use of the cluster and frees it; the last user shuts PostgreSQL down and waits for that.
 * NULL is allowed. */
void mc__cluster_stop(mc__cluster *cluster);

/* Frees it and leaves PostgreSQL running, as a forked child must. NULL is allowed. */
void mc__cluster_release(mc__cluster *cluster);

#endif
