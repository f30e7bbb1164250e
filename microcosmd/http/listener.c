#ifndef _GNU_SOURCE
#define _GNU_SOURCE /* dup3() */
#endif
#include "listener.h"
#include "base/text.h"

#include <arpa/inet.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

#define BACKLOG 511
#define KNOCK_MS 100
#define STOP_MS 10
/* First descriptor that a supervisor hands over (sd_listen_fds(3)). */
#define FIRST_HANDED 3

static bool is_listening(int fd)
{
    int yes = 0;
    socklen_t length = sizeof(yes);

    return getsockopt(fd, SOL_SOCKET, SO_ACCEPTCONN, &yes, &length) == 0 && yes;
}

static bool local_name(struct sockaddr_in *out, int fd)
{
    socklen_t length = sizeof(*out);

    memset(out, 0, sizeof(*out));
    return getsockname(fd, (struct sockaddr *)out, &length) == 0 && out->sin_family == AF_INET;
}

/* The supervisor's socket, -1 if there is none, -2 if there is one that can't be used. */
static int handed_over(char *problem, size_t size)
{
    const char *pid = getenv("LISTEN_PID");
    const char *count = getenv("LISTEN_FDS");
    struct sockaddr_in name;
    int64_t number;

    if (!pid || !count || !text_number(&number, pid, strlen(pid)) || number != getpid())
        return -1;
    if (strcmp(count, "1") != 0 || !is_listening(FIRST_HANDED) ||
        !local_name(&name, FIRST_HANDED)) {
        snprintf(problem, size, "LISTEN_FDS must be one listening IPv4 socket");
        return -2;
    }
    fcntl(FIRST_HANDED, F_SETFL, fcntl(FIRST_HANDED, F_GETFL) | O_NONBLOCK);
    fcntl(FIRST_HANDED, F_SETFD, FD_CLOEXEC);
    unsetenv("LISTEN_PID");
    unsetenv("LISTEN_FDS");
    return FIRST_HANDED;
}

static bool parse_address(struct sockaddr_in *out, const char *text)
{
    const char *colon = strrchr(text, ':');
    char host[INET_ADDRSTRLEN];
    int64_t port;

    memset(out, 0, sizeof(*out));
    out->sin_family = AF_INET;
    if (!colon || (size_t)(colon - text) >= sizeof(host) ||
        !text_number(&port, colon + 1, strlen(colon + 1)) || port > 65535)
        return false;
    memcpy(host, text, (size_t)(colon - text));
    host[colon - text] = '\0';
    out->sin_port = htons((uint16_t)port);
    if (strcmp(host, "*") == 0)
        return true;
    return inet_pton(AF_INET, strcmp(host, "localhost") == 0 ? "127.0.0.1" : host,
                     &out->sin_addr) == 1;
}

bool listener_is_address(const char *text)
{
    struct sockaddr_in ignored;

    return parse_address(&ignored, text);
}

/* Not blocking, since another process that shares the socket may be faster to accept(). */
static int open_socket(const struct sockaddr_in *address)
{
    int on = 1;
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);

    if (fd < 0)
        return -1;
    if (setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on)) == 0 &&
        bind(fd, (const struct sockaddr *)address, sizeof(*address)) == 0 &&
        listen(fd, BACKLOG) == 0)
        return fd;
    on = errno;
    close(fd);
    errno = on;
    return -1;
}

int listener_open(const char *address, char *problem, size_t size)
{
    struct sockaddr_in name;
    int fd = handed_over(problem, size);

    if (fd != -1)
        return fd >= 0 ? fd : -1;
    if (!parse_address(&name, address)) {
        snprintf(problem, size, "listen must be an IPv4 address and a port, not \"%s\"", address);
        return -1;
    }
    fd = open_socket(&name);
    if (fd < 0)
        snprintf(problem, size, "cannot listen on %s: %s", address, strerror(errno));
    return fd;
}

void listener_address(char out[LISTENER_ADDRESS_SIZE], int fd)
{
    struct sockaddr_in name;
    char host[INET_ADDRSTRLEN] = "?";

    if (local_name(&name, fd))
        inet_ntop(AF_INET, &name.sin_addr, host, sizeof(host));
    snprintf(out, LISTENER_ADDRESS_SIZE, "%s:%u", host, ntohs(name.sin_port));
}

int listener_port(int fd)
{
    struct sockaddr_in name;

    return local_name(&name, fd) ? ntohs(name.sin_port) : 0;
}

/* Calls visit for each descriptor of this process until it returns false. */
static bool each_descriptor(bool (*visit)(int fd, void *data), void *data)
{
    DIR *folder = opendir("/proc/self/fd");
    struct dirent *entry;

    if (!folder)
        return false;
    while ((entry = readdir(folder))) {
        int64_t fd;

        if (!text_number(&fd, entry->d_name, strlen(entry->d_name)) || fd == dirfd(folder))
            continue;
        if (!visit((int)fd, data))
            break;
    }
    closedir(folder);
    return true;
}

typedef struct search {
    int port;
    int found; /* a descriptor */
    size_t count;
} search;

static bool find_listening(int fd, void *data)
{
    search *s = data;

    if (!is_listening(fd) || listener_port(fd) != s->port)
        return true;
    s->found = fd;
    return false;
}

/*
 * Who sleeps in poll() on a descriptor goes on waiting for the file that it was when poll() began
 * (for up to two seconds in civetweb), but on waking up looks at the file that it is now. So to be
 * heard after an exchange, make the new file ready and then wake through the old one: with a
 * connection.
 */
static void knock(const struct sockaddr_in *name)
{
    struct pollfd p = {socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0), POLLOUT, 0};

    if (p.fd < 0)
        return;
    if (connect(p.fd, (const struct sockaddr *)name, sizeof(*name)) < 0 && errno == EINPROGRESS)
        poll(&p, 1, KNOCK_MS); /* closed before it is established, nobody would hear it */
    close(p.fd);
}

int listener_replace(int port, int fd)
{
    search s = {port, -1, 0};
    struct sockaddr_in old, ours;

    if (!each_descriptor(find_listening, &s) || s.found < 0 || !local_name(&old, s.found) ||
        dup3(fd, s.found, O_CLOEXEC) < 0)
        return -1;
    close(fd);
    if (local_name(&ours, s.found))
        knock(&ours); /* makes it ready */
    knock(&old);
    return s.found;
}

int listener_stop(int fd, int *event)
{
    struct sockaddr_in old;
    uint64_t count;

    *event = eventfd(1, EFD_CLOEXEC | EFD_NONBLOCK); /* ready, for the poll() that goes on */
    if (*event < 0 || !local_name(&old, fd) || dup3(*event, fd, O_CLOEXEC) < 0)
        return -1;
    knock(&old);
    poll(NULL, 0, STOP_MS); /* until then civetweb's thread spins on an event that stays ready */
    return read(*event, &count, sizeof(count)) == sizeof(count) ? 0 : -1;
}

static bool count_connected(int fd, void *data)
{
    search *s = data;
    struct sockaddr_storage peer;
    socklen_t length = sizeof(peer);

    if (listener_port(fd) == s->port && !is_listening(fd) &&
        getpeername(fd, (struct sockaddr *)&peer, &length) == 0)
        s->count++;
    return true;
}

size_t listener_connections(int port)
{
    search s = {port, -1, 0};

    each_descriptor(count_connected, &s);
    return s.count;
}
