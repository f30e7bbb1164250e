/*
 * Limits how many threads do CPU-bound work at the same time; others wait in a queue. Threads that
 * serve pages then find a free core, however many texts are being rendered.
 */
#include "limiter.h"

#include "core/core.h"

#include <errno.h>
#include <time.h>

struct mc__limiter {
    pthread_mutex_t lock;
    pthread_condattr_t clock; /* monotonic: the wall clock may be set while threads wait */
    int slots;                /* free ones */
    int64_t wait_ms;
    mc__place *inside, *waiting; /* waiting: in order of arrival */
};

int mc__limiter_new(mc__limiter **out, int slots, int64_t wait_ms)
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
    limiter->slots = slots;
    limiter->wait_ms = wait_ms;
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

static void put_last(mc__place **list, mc__place *place)
{
    while (*list)
        list = &(*list)->next;
    place->next = NULL;
    *list = place;
}

static void take_out(mc__place **list, const mc__place *place)
{
    while (*list != place)
        list = &(*list)->next;
    *list = place->next;
}

static bool is_inside(const mc__limiter *limiter, int64_t owner)
{
    for (const mc__place *p = limiter->inside; p; p = p->next)
        if (p->owner == owner)
            return true;
    return false;
}

static void let_in(mc__limiter *limiter, mc__place *place)
{
    limiter->slots--;
    place->is_inside = true;
    put_last(&limiter->inside, place);
}

/* The least work of those whose owner isn't inside; of equal ones the first that came. */
static mc__place *find_next(const mc__limiter *limiter)
{
    mc__place *next = NULL;

    for (mc__place *p = limiter->waiting; p; p = p->next)
        if ((!next || p->work < next->work) && !is_inside(limiter, p->owner))
            next = p;
    return next;
}

/* Called whenever a slot or an owner has become free, so nobody waits without a reason. */
static void call_next(mc__limiter *limiter)
{
    mc__place *next;

    while (limiter->slots > 0 && (next = find_next(limiter))) {
        take_out(&limiter->waiting, next);
        let_in(limiter, next);
        pthread_cond_signal(&next->called);
    }
}

/* The lock is held. The thread that calls a waiter moves it from one list to the other. */
static int wait_in_line(mc__limiter *limiter, mc__place *self)
{
    struct timespec until = deadline(limiter->wait_ms);
    int rc = 0;

    if (pthread_cond_init(&self->called, &limiter->clock) != 0)
        return MC_ESYSTEM;
    put_last(&limiter->waiting, self);
    while (!self->is_inside && rc != ETIMEDOUT)
        rc = pthread_cond_timedwait(&self->called, &limiter->lock, &until);
    if (!self->is_inside)
        take_out(&limiter->waiting, self);
    pthread_cond_destroy(&self->called);
    return self->is_inside ? 0 : MC_EBUSY;
}

int mc__limiter_enter(mc__limiter *limiter, mc__place *place, int64_t owner, size_t work)
{
    int rc = 0;

    *place = (mc__place){.owner = owner, .work = work};
    pthread_mutex_lock(&limiter->lock);
    if (limiter->slots > 0 && !is_inside(limiter, owner))
        let_in(limiter, place);
    else
        rc = wait_in_line(limiter, place);
    pthread_mutex_unlock(&limiter->lock);
    return rc;
}

void mc__limiter_leave(mc__limiter *limiter, mc__place *place)
{
    pthread_mutex_lock(&limiter->lock);
    take_out(&limiter->inside, place);
    limiter->slots++;
    call_next(limiter);
    pthread_mutex_unlock(&limiter->lock);
}
