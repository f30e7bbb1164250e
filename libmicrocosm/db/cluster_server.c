/*
 * The server process of a private PostgreSQL: whether it runs, and the state that it reports in
 * postmaster.pid. Calls cluster_place.c and core.
 */
#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include "cluster_internal.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

bool mc__server_is_locked(const mc__place *place)
{
    mc_auto_fd int fd = openat(place->fd, "server.lock", O_RDWR | O_NOFOLLOW | O_CLOEXEC);

    return fd >= 0 && flock(fd, LOCK_SH | LOCK_NB) < 0 && errno == EWOULDBLOCK;
}

/* Line number (from 0) of text, without its end; "" if there are fewer. */
static const char *line_of(char *text, int number)
{
    for (; number > 0 && *text; number--) {
        text += strcspn(text, "\n");
        text += *text == '\n';
    }
    text[strcspn(text, "\n")] = '\0';
    return text;
}

/* Recognises the server by its name: in a container even root may be forbidden to read a process's
 * working directory. */
static bool looks_like_server(const mc__place *place, pid_t pid)
{
    char name[32], text[256];
    const char *end;
    struct stat status;

    snprintf(name, sizeof(name), "/proc/%ld/stat", (long)pid);
    if (mc__place_read_file(AT_FDCWD, name, text, sizeof(text)) <= 0 || stat(name, &status) < 0)
        return false;
    end = strrchr(text, ')'); /* 42 (postgres) S ... */
    return status.st_uid == place->account.uid && strstr(text, "(postgres)") && end &&
           end[1] == ' ' && end[2] != 'Z';
}

/*
 * Whether pid is the server of this folder and not another process that got the same number later:
 * PostgreSQL's working directory is its data folder. Without /proc any process is taken for the
 * server, as PostgreSQL does itself.
 */
static bool is_server(const mc__place *place, pid_t pid)
{
    char name[32];
    struct stat folder, works_in;

    if (pid <= 1 || (kill(pid, 0) < 0 && errno != EPERM))
        return false;
    if (access("/proc/self/cwd", F_OK) < 0)
        return true;
    snprintf(name, sizeof(name), "/proc/%ld/cwd", (long)pid);
    if (stat(name, &works_in) < 0)
        return errno == EACCES && looks_like_server(place, pid);
    return fstatat(place->fd, "data", &folder, AT_SYMLINK_NOFOLLOW) == 0 &&
           works_in.st_dev == folder.st_dev && works_in.st_ino == folder.st_ino;
}

/* Returns the process number in postmaster.pid, or 0; *status is the last of its lines, or "". */
static pid_t read_pid_file(const mc__place *place, char text[1024], const char **status)
{
    mc_auto_fd int data =
        openat(place->fd, "data", O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);

    *status = "";
    if (data < 0 || mc__place_read_file(data, "postmaster.pid", text, 1024) <= 0)
        return 0;
    pid_t pid = (pid_t)strtol(text, NULL, 10);
    *status = line_of(text, 7);
    return pid;
}

pid_t mc__server_pid(const mc__place *place)
{
    char text[1024];
    const char *status;
    pid_t pid = read_pid_file(place, text, &status);

    return is_server(place, pid) ? pid : 0;
}

mc__server_state mc__server_look(const mc__place *place)
{
    bool locked = mc__server_is_locked(place);
    char text[1024];
    const char *status;
    pid_t pid = read_pid_file(place, text, &status);

    if (!is_server(place, pid))
        return locked ? MC_SERVER_BUSY : MC_SERVER_GONE;
    if (strncmp(status, "ready", 5) == 0)
        return MC_SERVER_READY;
    return strncmp(status, "stopping", 8) == 0 ? MC_SERVER_BUSY : MC_SERVER_STARTING;
}

bool mc__server_has_socket(const mc__place *place)
{
    mc_scratch_arena(scratch);

    return access(mc__arena_format(&scratch, "%s/" MC_SOCKET_NAME, place->socket), F_OK) == 0 ||
           scratch.failed;
}

/*
 * PostgreSQL won't start while one of its two lock files has the number of a process of its own
 * account, even of another program or of a zombie. mc__server_look() returned MC_SERVER_GONE, so
 * the files are stale. postmaster.pid stays where PostgreSQL can check it itself, since it also
 * names shared memory that may still be in use.
 */
void mc__server_forget(const mc__place *place, const mc__log *log)
{
    mc_scratch_arena(scratch);
    char text[1024];
    const char *status;
    pid_t pid = read_pid_file(place, text, &status);

    unlink(mc__arena_format(&scratch, "%s/" MC_SOCKET_NAME ".lock", place->socket));
    if (pid <= 0 || (kill(pid, 0) < 0 && errno == ESRCH))
        return;
    mc__log_write(log, MC_LOG_INFO,
                  "%s/postmaster.pid names process %ld, which is not PostgreSQL: removed",
                  place->data, (long)pid);
    unlinkat(place->fd, "data/postmaster.pid", 0);
}
