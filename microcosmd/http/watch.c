#ifndef _GNU_SOURCE
#define _GNU_SOURCE /* ppoll() */
#endif
/* The C library's checking poll() and recv() are inline, and would be in the way of those here. */
#undef _FORTIFY_SOURCE
#include "watch.h"

#include <errno.h>
#include <poll.h>
#include <sys/socket.h>
#include <time.h>

/* civetweb serves a connection on one thread from its start to its end. */
static _Thread_local struct watch {
    int fd;          /* -1: none */
    bool fd_wanted;  /* the next socket polled or received from is it */
    bool unanswered; /* something was received since the last reply */
    int64_t until;   /* monotonic milliseconds, 0 for none */
    int64_t head_ms; /* deadline to set when the first byte is there; 0: done */
} watch = {-1, false, false, 0, 0};

static int64_t monotonic_ms(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

void watch_begin(int64_t first_ms, int64_t head_ms)
{
    watch.fd = -1;
    watch.fd_wanted = true;
    watch.unanswered = false;
    watch.head_ms = head_ms;
    watch_set(first_ms);
}

void watch_set(int64_t ms)
{
    watch.until = ms > 0 ? monotonic_ms() + ms : 0;
}

bool watch_is_late(void)
{
    return watch.until != 0 && monotonic_ms() >= watch.until;
}

void watch_answered(void)
{
    watch.unanswered = false;
}

void watch_last_word(const char *bytes, size_t length)
{
    if (watch.unanswered && watch.fd >= 0)
        (void)!sendto(watch.fd, bytes, length, MSG_DONTWAIT | MSG_NOSIGNAL, NULL, 0);
    watch.unanswered = false;
}

static bool is_watched(int fd)
{
    if (watch.fd_wanted) {
        watch.fd = fd;
        watch.fd_wanted = false;
    }
    return fd == watch.fd;
}

static void heard(void)
{
    watch.unanswered = true;
    if (watch.head_ms == 0)
        return;
    watch_set(watch.head_ms);
    watch.head_ms = 0;
}

static int poll_for(struct pollfd *fds, nfds_t count, int64_t ms)
{
    struct timespec timeout = {ms / 1000, ms % 1000 * 1000000};

    return ppoll(fds, count, ms < 0 ? NULL : &timeout, NULL);
}

int poll(struct pollfd *fds, nfds_t count, int timeout)
{
    struct pollfd *seen = fds;
    int64_t left;

    /* poll() is declared to write to fds only, and gcc would warn of reading it here */
    __asm__("" : "+r"(seen));
    if (count != 1 || !is_watched(seen->fd) || watch.until == 0)
        return poll_for(fds, count, timeout);
    left = watch.until - monotonic_ms();
    if (left > 0)
        return poll_for(fds, count, timeout < 0 || timeout > left ? left : timeout);
    seen->revents = seen->events; /* recv() or send() will tell why */
    return 1;
}

ssize_t recv(int fd, void *bytes, size_t length, int flags)
{
    bool watched = is_watched(fd);
    ssize_t n;

    if (watched && watch_is_late()) {
        errno = ETIMEDOUT;
        return -1;
    }
    n = recvfrom(fd, bytes, length, flags, NULL, NULL);
    if (watched && n > 0)
        heard();
    return n;
}

ssize_t send(int fd, const void *bytes, size_t length, int flags)
{
    if (fd == watch.fd && watch_is_late()) {
        errno = ECONNRESET;
        return -1;
    }
    return sendto(fd, bytes, length, flags, NULL, 0);
}
