/*
 * A limiter before work that keeps a core busy for long: so many threads are inside at once, others
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

struct mc__limiter {
    pthread_mutex_t lock;
    pthread_condattr_t clock; /* the wall clock may be set back while someone waits */
    int places;               /* free ones */
    int64_t wait_ms;
    waiter *first, **last;
};

int mc__limiter_new(mc__limiter **out, int places, int64_t wait_ms)
{
    mc__limiter *limiter = mc__calloc(1, sizeof(*limiter));

    if (!limiter)
        return MC_ENOMEM;
    if (pthread_mutex_init(&limiter->lock, NULL) != 0 ||
        pthread_condattr_init(&limiter->clock) != 0) {
        mc__free(limiter);
        return MC_ESYSTEM;
    }
    pthread_condattr_setclock(&limiter->clock, CLOCK_MONOTONIC);
    limiter->places = places;
    limiter->wait_ms = wait_ms;
    limiter->last = &limiter->first;
    *out = limiter;
    return 0;
}

void mc__limiter_free(mc__limiter *limiter)
{
    if (!limiter)
        return;
    pthread_condattr_destroy(&limiter->clock);
    pthread_mutex_destroy(&limiter->lock);
    mc__free(limiter);
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

static void take_out(mc__limiter *limiter, const waiter *w)
{
    waiter **at = &limiter->first;

    while (*at != w)
        at = &(*at)->next;
    *at = w->next;
    if (limiter->last == &w->next)
        limiter->last = at;
}

/* With the lock held. Whoever calls a waiter has given it its own place, and taken it out. */
static int wait_in_line(mc__limiter *limiter)
{
    struct timespec until = deadline(limiter->wait_ms);
    waiter self = {0};
    int rc = 0;

    if (pthread_cond_init(&self.called, &limiter->clock) != 0)
        return MC_ESYSTEM;
    *limiter->last = &self;
    limiter->last = &self.next;
    while (!self.may_enter && rc != ETIMEDOUT)
        rc = pthread_cond_timedwait(&self.called, &limiter->lock, &until);
    if (!self.may_enter)
        take_out(limiter, &self);
    pthread_cond_destroy(&self.called);
    return self.may_enter ? 0 : MC_EBUSY;
}

int mc__limiter_enter(mc__limiter *limiter)
{
    int rc = 0;

    pthread_mutex_lock(&limiter->lock);
    if (limiter->places > 0)
        limiter->places--;
    else
        rc = wait_in_line(limiter);
    pthread_mutex_unlock(&limiter->lock);
    return rc;
}

void mc__limiter_leave(mc__limiter *limiter)
{
    waiter *next;

    pthread_mutex_lock(&limiter->lock);
    next = limiter->first;
    if (next) {
        take_out(limiter, next);
        next->may_enter = true;
        pthread_cond_signal(&next->called);
    } else {
        limiter->places++;
    }
    pthread_mutex_unlock(&limiter->lock);
}
