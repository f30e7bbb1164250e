/*
 * Shared by the files of the private PostgreSQL; no other file includes this.
 *
 *   cluster.c        starting, watching and stopping it
 *   cluster_server.c the state of the server process
 *   cluster_place.c  location and owner of its files and its socket
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

/* The account that PostgreSQL runs as. */
typedef struct mc__account {
    uid_t uid;
    gid_t gid;
    bool other; /* not the account of this process: children switch to it */
    char name[64];
} mc__account;

/* A program to run. Strings are borrowed. */
typedef struct mc__child {
    const mc__account *account;
    const char *folder; /* working directory */
    /* argv[0] is a path; NULL: only check whether the account may enter folder */
    const char *const *argv;
    /* unless NULL: a file that stays flock()ed until the program and its children have ended */
    const char *lock;
} mc__child;

/* Runs a program to its end. Fails with the last lines of its output unless its exit status is 0.
 */
int mc__child_run(const mc__child *child, mc__problem *problem, mc__text *output);
/* The last few lines of output, joined to one; allocated in the arena. */
const char *mc__child_tail(mc__arena *arena, const char *output, size_t length);

/*
 * Starts a program in a session of its own, not as a child of this process; its output is appended
 * to the file log. Returns as soon as it runs. MC_EBUSY: another process holds the lock.
 */
int mc__child_start(const mc__child *child, mc__problem *problem, const char *log);

/* cluster_place.c */

/*
 * The files of a cluster. Its home contains
 *   data/           PostgreSQL's own files; data.new/ while initdb creates them
 *   run/            the socket, or a symbolic link to a folder with a shorter name
 *   settings.conf   rewritten at each start
 *   postgresql.log
 *   start.lock, users.lock, server.lock   see cluster.c
 * Only the account has access to it.
 */
typedef struct mc__place {
    mc__arena arena; /* holds the strings here and in mc__cluster */
    const char *home;
    const char *data;   /* home + "/data" */
    const char *socket; /* folder of the socket, as clients name it */
    int fd;             /* of home */
    mc__account account;
} mc__place;

/* Finds the home that belongs to a data folder, or makes both; without make it fails with
 * MC_ENOTFOUND instead. */
int mc__place_open(mc__place *place, mc__problem *problem, const mc__log *log,
                   const char *data_folder, bool make);
void mc__place_close(mc__place *place);

/* Finds the socket's folder, or makes it. start.lock must be held. */
int mc__place_find_socket(mc__place *place, mc__problem *problem);
/* Makes the same folder again if it was deleted, as folders of /tmp are. */
int mc__place_mend_socket(const mc__place *place, mc__problem *problem);
/* Removes it if it is outside home and empty. */
void mc__place_drop_socket(const mc__place *place);

/* Opens a file of folder for reading and writing, made for the account if it is missing. -1 and
 * errno on failure. */
int mc__place_open_file(const mc__place *place, int folder, const char *name);
/* Replaces a file of folder atomically and durably. -1 and errno on failure. */
int mc__place_write_file(const mc__place *place, int folder, const char *name, const char *content);
/* Reads the beginning of a file as a string. Its length, or -1 and errno. */
ssize_t mc__place_read_file(int folder, const char *name, char *content, size_t size);

/* cluster_setup.c */

/*
 * The folder with the programs for this cluster: of the major version that made its files, or the
 * newest if there are none yet. Allocated in the arena.
 */
int mc__setup_programs(const char **out, mc__arena *arena, mc__problem *problem,
                       const mc__place *place);
/* Makes data/ with initdb unless it exists. */
int mc__setup_init(const mc__place *place, mc__problem *problem, const mc__log *log,
                   const char *programs, const char *lock);
int mc__setup_settings(const mc__place *place, mc__problem *problem);

/* cluster_server.c */

typedef enum mc__server_state {
    MC_SERVER_GONE,
    MC_SERVER_BUSY, /* runs, but neither starting nor ready: it is ending, or has just begun */
    MC_SERVER_STARTING,
    MC_SERVER_READY
} mc__server_state;
mc__server_state mc__server_look(const mc__place *place);
/* The running server's process, or 0. */
pid_t mc__server_pid(const mc__place *place);
/* Whether a server, or a process that it left behind, holds the lock on its files. */
bool mc__server_is_locked(const mc__place *place);
bool mc__server_has_socket(const mc__place *place);
/* Removes files that would prevent a server from starting; mc__server_look() must have returned
 * MC_SERVER_GONE. */
void mc__server_forget(const mc__place *place, const mc__log *log);

#endif
