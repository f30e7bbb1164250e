#include "deadline.h"

#include <errno.h>
#include <sys/socket.h>
#include <time.h>

/* What the calling thread is busy with. civetweb runs a connection on one thread from start to end.
 */
static _Thread_local struct watch {
    int fd;         /* -1: none */
    bool fd_wanted; /* the next socket received from is it */
    int64_t until;  /* monotonic milliseconds, 0 for none */
} watch = {-1, false, 0};

static int64_t monotonic_ms(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

void deadline_new_connection(void)
{
    watch.fd = -1;
    watch.fd_wanted = true;
    watch.until = 0;
}

void deadline_set(int64_t ms)
{
    watch.until = ms > 0 ? monotonic_ms() + ms : 0;
}

bool deadline_passed(void)
{
    return watch.until != 0 && monotonic_ms() >= watch.until;
}

ssize_t recv(int fd, void *bytes, size_t length, int flags)
{
    if (watch.fd_wanted) {
        watch.fd = fd;
        watch.fd_wanted = false;
    }
    if (fd == watch.fd && deadline_passed()) {
        errno = ETIMEDOUT;
        return -1;
    }
    return recvfrom(fd, bytes, length, flags, NULL, NULL);
}

ssize_t send(int fd, const void *bytes, size_t length, int flags)
{
    if (fd == watch.fd && deadline_passed()) {
        errno = ECONNRESET;
        return -1;
    }
    return sendto(fd, bytes, length, flags, NULL, 0);
}
