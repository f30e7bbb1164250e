/*
 * A gate before work that keeps a core busy for long: so many threads are inside at once, others
 * wait in line. Threads that serve pages then always find a core, however many texts come in.
 */
#include "limiter.h"

#include "core/core.h"

#include <errno.h>
#include <pthread.h>

typedef struct waiter {
    struct waiter *next;
    pthread_cond_t called;
    bool may_enter;
} waiter;

struct mc__gate {
    pthread_mutex_t lock;
    pthread_condattr_t clock; /* the wall clock may be set back while someone waits */
    int places;               /* free ones */
    int64_t wait_ms;
    waiter *first, **last;
};

int mc__gate_new(mc__gate **out, int places, int64_t wait_ms)
{
    mc__gate *gate = mc__calloc(1, sizeof(*gate));

    if (!gate)
        return MC_ENOMEM;
    if (pthread_mutex_init(&gate->lock, NULL) != 0 || pthread_condattr_init(&gate->clock) != 0) {
        mc__free(gate);
        return MC_ESYSTEM;
    }
    pthread_condattr_setclock(&gate->clock, CLOCK_MONOTONIC);
    gate->places = places;
    gate->wait_ms = wait_ms;
    gate->last = &gate->first;
    *out = gate;
    return 0;
}

void mc__gate_free(mc__gate *gate)
{
    if (!gate)
        return;
    pthread_condattr_destroy(&gate->clock);
    pthread_mutex_destroy(&gate->lock);
    mc__free(gate);
}

static struct timespec deadline(int64_t wait_ms)
{
    struct timespec until;

    clock_gettime(CLOCK_MONOTONIC, &until);
    until.tv_sec += wait_ms / 1000;
    until.tv_nsec += wait_ms % 1000 * 1000000;
    if (until.tv_nsec >= 1000000000) {
        until.tv_sec++;
        until.tv_nsec -= 1000000000;
    }
    return until;
}

static void take_out(mc__gate *gate, const waiter *w)
{
    waiter **at = &gate->first;

    while (*at != w)
        at = &(*at)->next;
    *at = w->next;
    if (gate->last == &w->next)
        gate->last = at;
}

/* With the lock held. Whoever calls a waiter has given it its own place, and taken it out. */
static int wait_in_line(mc__gate *gate)
{
    struct timespec until = deadline(gate->wait_ms);
    waiter self = {0};
    int rc = 0;

    if (pthread_cond_init(&self.called, &gate->clock) != 0)
        return MC_ESYSTEM;
    *gate->last = &self;
    gate->last = &self.next;
    while (!self.may_enter && rc != ETIMEDOUT)
        rc = pthread_cond_timedwait(&self.called, &gate->lock, &until);
    if (!self.may_enter)
        take_out(gate, &self);
    pthread_cond_destroy(&self.called);
    return self.may_enter ? 0 : MC_EBUSY;
}

int mc__gate_enter(mc__gate *gate)
{
    int rc = 0;

    pthread_mutex_lock(&gate->lock);
    if (gate->places > 0)
        gate->places--;
    else
        rc = wait_in_line(gate);
    pthread_mutex_unlock(&gate->lock);
    return rc;
}

void mc__gate_leave(mc__gate *gate)
{
    waiter *next;

    pthread_mutex_lock(&gate->lock);
    next = gate->first;
    if (next) {
        take_out(gate, next);
        next->may_enter = true;
        pthread_cond_signal(&next->called);
    } else {
        gate->places++;
    }
    pthread_mutex_unlock(&gate->lock);
}
