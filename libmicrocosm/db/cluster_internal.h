/*
 * What the files of the private PostgreSQL share; nobody else includes this.
 *
 *   cluster.c        its life: who starts it, who stops it, is it there
 *   cluster_server.c what the server process says of itself
 *   cluster_place.c  where its files and its socket are, and whose they are
 *   cluster_setup.c  PostgreSQL's programs, initdb, settings
 *   cluster_child.c  running a program as another account
 */
#ifndef MC_CLUSTER_INTERNAL_H
#define MC_CLUSTER_INTERNAL_H

#include "../core/core.h"

#include <sys/types.h>

#define MC_SOCKET_NAME ".s.PGSQL.5432"

void mc__fd_close(int *fd); /* sets it to -1 */
#define mc_auto_fd __attribute__((cleanup(mc__fd_close)))

/* cluster_child.c */

/* Who PostgreSQL runs as. */
typedef struct mc__account {
    uid_t uid;
    gid_t gid;
    bool other; /* not who we are: to be switched to */
    char name[64];
} mc__account;

/* A program to run. Strings are borrowed. */
typedef struct mc__child {
    const mc__account *account;
    const char *folder; /* working directory */
    const char *const
        *argv; /* argv[0] is a path; NULL: only see whether the account may enter folder */
    const char
        *lock; /* unless NULL: file that it keeps flock()ed until it and its children have ended */
} mc__child;

/* Runs a program to its end. Fails with the last lines of its output unless its exit status is 0.
 */
int mc__child_run(const mc__child *child, mc__problem *problem, mc__text *output);
/* The last few lines of output, as one. Into the arena. */
const char *mc__child_tail(mc__arena *arena, const char *output, size_t length);

/*
 * Starts a program in a session of its own, not as a child of this process; its output goes to the
 * end of file log. Returns as soon as it runs. MC_EBUSY: somebody else has the lock.
 */
int mc__child_start(const mc__child *child, mc__problem *problem, const char *log);

/* cluster_place.c */

/*
 * Where a cluster lives. In its home are
 *   data/           PostgreSQL's own files; data.new/ while they are being made
 *   run/            the socket, or a symbolic link to a folder with a shorter name
 *   settings.conf   rewritten at each start
 *   postgresql.log
 *   start.lock, users.lock, server.lock   see cluster.c
 * Only the account has access to it.
 */
typedef struct mc__place {
    mc__arena arena; /* of the strings, and of the owner's */
    const char *home;
    const char *data;   /* home + "/data" */
    const char *socket; /* folder of the socket, as clients name it */
    int fd;             /* of home */
    mc__account account;
} mc__place;

/* Finds the home that belongs to a data folder, or makes both. */
int mc__place_open(mc__place *place, mc__problem *problem, const mc__log *log,
                   const char *data_folder);
void mc__place_close(mc__place *place);

/* Finds the socket's folder, or makes it. One process at a time. */
int mc__place_find_socket(mc__place *place, mc__problem *problem);
/* It may have been swept away since: makes the same one again. */
int mc__place_mend_socket(const mc__place *place, mc__problem *problem);
/* Removes it if it is outside home and empty. */
void mc__place_drop_socket(const mc__place *place);

/* Opens a file of folder for reading and writing, made for the account if it is missing. -1 and
 * errno on failure. */
int mc__place_open_file(const mc__place *place, int folder, const char *name);
/* Replaces a file of folder at once and for good. -1 and errno on failure. */
int mc__place_write_file(const mc__place *place, int folder, const char *name, const char *content);
/* Reads the beginning of a file as a string. Its length, or -1 and errno. */
ssize_t mc__place_read_file(int folder, const char *name, char *content, size_t size);

/* cluster_setup.c */

/*
 * Folder of the programs to serve this place with: of the major version that made its files, or
 * the newest if there are none yet. Into the arena.
 */
int mc__setup_programs(const char **out, mc__arena *arena, mc__problem *problem,
                       const mc__place *place);
/* Makes data with initdb unless it is there. */
int mc__setup_init(const mc__place *place, mc__problem *problem, const mc__log *log,
                   const char *programs, const char *lock);
int mc__setup_settings(const mc__place *place, mc__problem *problem);

/* cluster_server.c */

typedef enum mc__server_state {
    MC_SERVER_GONE,
    MC_SERVER_BUSY, /* there, but neither starting nor ready: it ends, or has only just begun */
    MC_SERVER_STARTING,
    MC_SERVER_READY
} mc__server_state;
mc__server_state mc__server_look(const mc__place *place);
/* The running server's process, or 0. */
pid_t mc__server_pid(const mc__place *place);
/* Whether a server, or what it left behind, has the lock on its files. */
bool mc__server_is_locked(const mc__place *place);
bool mc__server_has_socket(const mc__place *place);
/* Removes what would keep a server from starting, after mc__server_look() said MC_SERVER_GONE. */
void mc__server_forget(const mc__place *place, const mc__log *log);

#endif
