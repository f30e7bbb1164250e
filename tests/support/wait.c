#include "wait.h"

#include <microcosm.h>
#include <time.h>

bool wait_a_moment(int *waited_ms)
{
    int ms = *waited_ms < 100 ? 1 : 10;
    struct timespec moment = {.tv_nsec = ms * 1000000L};

    if (*waited_ms >= WAIT_MOST_MS)
        return false;
    nanosleep(&moment, NULL);
    *waited_ms += ms;
    return true;
}

bool was_too_slow(int rc, int *tries)
{
    return (rc == MC_EBUSY || rc == MC_EUNAVAILABLE) && ++*tries < TRIES_MOST;
}
