#ifndef _GNU_SOURCE
#define _GNU_SOURCE /* ppoll(), accept4() */
#endif
/* The fortified poll() and recv() are inline and would conflict with those here. */
#undef _FORTIFY_SOURCE
#include "connection.h"

#include <errno.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>

/* What civetweb sees of each request. */
#define SHOWN "GET / HTTP/1.1\r\nHost: -\r\n\r\n"

/* Pause when no more connections can be accepted: their clients wait in the socket's queue. */
#define FULL_MS 100

/* civetweb serves a connection on one thread from its start to its end. */
static _Thread_local struct {
    int fd;         /* -1: none */
    bool fd_wanted; /* the next socket that is polled or read is the connection's */
    int64_t until;  /* monotonic milliseconds, 0 for none */
    int64_t head_ms;

    head_scan scan;
    int status; /* of the head, as head_scan_on() returns it */
    const char *problem;
    bool ended; /* the client has closed, or is late, before the first byte of a head */
    bool shown; /* civetweb has got its request */

    size_t length, used; /* bytes received; of those, bytes of the head and the body so far */
    char bytes[HEAD_MAX];
} self = {.fd = -1};

static int64_t monotonic_ms(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

static int poll_for(struct pollfd *fds, nfds_t count, int64_t ms)
{
    struct timespec timeout = {ms / 1000, ms % 1000 * 1000000};

    return ppoll(fds, count, ms < 0 ? NULL : &timeout, NULL);
}

void connection_set_deadline(int64_t ms)
{
    self.until = ms > 0 ? monotonic_ms() + ms : 0;
}

bool connection_is_late(void)
{
    return self.until != 0 && monotonic_ms() >= self.until;
}

/* Milliseconds that a wait may last: at most those of the deadline; -1 for ever. */
static int64_t shortened(int64_t timeout)
{
    int64_t left;

    if (self.until == 0)
        return timeout;
    left = self.until - monotonic_ms();
    if (left < 0)
        left = 0;
    return timeout < 0 || timeout > left ? left : timeout;
}

static void begin_head(void)
{
    self.scan = (head_scan){.at = 0};
    self.status = HEAD_INCOMPLETE;
    self.shown = false;
    self.used = 0;
}

void connection_begin(int64_t idle_ms, int64_t head_ms)
{
    self.fd = -1;
    self.fd_wanted = true;
    self.ended = false;
    self.head_ms = head_ms;
    self.length = 0;
    begin_head();
    connection_set_deadline(idle_ms);
}

static bool is_ours(int fd)
{
    if (self.fd_wanted) {
        self.fd = fd;
        self.fd_wanted = false;
    }
    return fd == self.fd;
}

static bool head_is_settled(void)
{
    return self.ended || self.status != HEAD_INCOMPLETE;
}

/* The head can't be completed any more. Of one that hasn't begun nobody is told. */
static void give_up(int status, const char *problem)
{
    if (self.scan.begin == self.scan.at) {
        self.ended = true;
        return;
    }
    self.status = status;
    self.problem = problem;
}

static void receive_head(void)
{
    ssize_t n = recvfrom(self.fd, self.bytes + self.length, sizeof(self.bytes) - self.length,
                         MSG_DONTWAIT, NULL, NULL);

    if (n < 0 && (errno == EAGAIN || errno == EINTR))
        return;
    if (n <= 0) {
        give_up(400, "the head is cut short");
        return;
    }
    if (self.length == 0)
        connection_set_deadline(self.head_ms);
    self.length += (size_t)n;
    self.status = head_scan_on(&self.scan, self.bytes, self.length, &self.problem);
}

/* poll() for a head: 1 when there is one, or when none will come. */
static int poll_head(struct pollfd *p, int timeout)
{
    if (!head_is_settled() && connection_is_late())
        give_up(408, "the head took too long to arrive");
    if (!head_is_settled()) {
        int n = poll_for(p, 1, shortened(timeout));

        if (n <= 0)
            return n;
        receive_head();
    }
    p->revents = head_is_settled() ? p->events : 0;
    return head_is_settled();
}

int connection_head(head *out)
{
    self.used = self.scan.at;
    if (self.status == 0)
        return head_parse(out, self.bytes + self.scan.begin, self.scan.at - self.scan.begin);
    out->method = "";
    out->problem = self.problem;
    return self.status;
}

static int read_buffered(void *out, size_t size)
{
    size_t n = self.length - self.used < size ? self.length - self.used : size;

    memcpy(out, self.bytes + self.used, n);
    self.used += n;
    return (int)n;
}

int connection_read(void *out, size_t size)
{
    struct pollfd p = {self.fd, POLLIN, 0};

    if (self.used < self.length)
        return read_buffered(out, size);
    while (!connection_is_late()) {
        ssize_t n;

        if (poll_for(&p, 1, shortened(-1)) < 0 && errno != EINTR)
            return -1;
        n = recvfrom(self.fd, out, size, MSG_DONTWAIT, NULL, NULL);
        if (n >= 0 || (errno != EAGAIN && errno != EINTR))
            return (int)n;
    }
    return -1;
}

void connection_next(int64_t idle_ms)
{
    self.length -= self.used;
    memmove(self.bytes, self.bytes + self.used, self.length);
    begin_head();
    connection_set_deadline(self.length > 0 ? self.head_ms : idle_ms);
    if (self.length > 0)
        self.status = head_scan_on(&self.scan, self.bytes, self.length, &self.problem);
}

void connection_linger(int64_t ms, size_t bytes)
{
    char waste[16384];
    size_t total = 0;
    int n;

    shutdown(self.fd, SHUT_WR);
    connection_set_deadline(ms);
    while (total < bytes && (n = connection_read(waste, sizeof(waste))) > 0)
        total += (size_t)n;
}

void connection_end(void)
{
    self.fd = -1;
}

int poll(struct pollfd *fds, nfds_t count, int timeout)
{
    struct pollfd *seen = fds;

    /* gcc takes the declaration of poll() to mean that it only writes to fds, and warns here */
    __asm__("" : "+r"(seen));
    if (count != 1 || !is_ours(seen->fd))
        return poll_for(fds, count, timeout);
    if (!self.shown)
        return poll_head(seen, timeout);
    if (!connection_is_late())
        return poll_for(fds, count, shortened(timeout));
    seen->revents = seen->events; /* send() then fails */
    return 1;
}

ssize_t recv(int fd, void *bytes, size_t length, int flags)
{
    if (!is_ours(fd))
        return recvfrom(fd, bytes, length, flags, NULL, NULL);
    if (self.shown || self.ended)
        return 0;
    if (!head_is_settled() || length < sizeof(SHOWN) - 1) {
        errno = EAGAIN;
        return -1;
    }
    memcpy(bytes, SHOWN, sizeof(SHOWN) - 1);
    self.shown = true;
    return sizeof(SHOWN) - 1;
}

ssize_t send(int fd, const void *bytes, size_t length, int flags)
{
    if (fd == self.fd && connection_is_late()) {
        errno = ECONNRESET;
        return -1;
    }
    return sendto(fd, bytes, length, flags, NULL, 0);
}

/* civetweb calls this again at once as long as the socket is readable. */
int accept(int fd, __SOCKADDR_ARG address, socklen_t *restrict length)
{
    int accepted = accept4(fd, address, length, SOCK_CLOEXEC);
    int error = errno;

    if (accepted < 0 &&
        (error == EMFILE || error == ENFILE || error == ENOBUFS || error == ENOMEM)) {
        poll_for(NULL, 0, FULL_MS);
        errno = error;
    }
    return accepted;
}
