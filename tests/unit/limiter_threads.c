/*
 * Threads before a limiter: no more inside than there are places, nobody forgotten, whoever gives
 * up leaves the line as it was. For ThreadSanitizer too, so a plain program.
 */
#include "core/core.h"
#include "domain/base/limiter.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <time.h>

enum { PLACES = 2, THREADS = 8, ROUNDS = 3000 };

static mc__limiter *limiter;
static atomic_int inside, most, entered, given_up, unexpected;

static void expect(bool fact, const char *what)
{
    if (!fact) {
        printf("not so: %s\n", what);
        atomic_fetch_add(&unexpected, 1);
    }
}

static void rest(long nanoseconds)
{
    nanosleep(&(struct timespec){.tv_nsec = nanoseconds}, NULL);
}

static void note_inside(void)
{
    int now = atomic_fetch_add(&inside, 1) + 1, before = atomic_load(&most);

    while (before < now && !atomic_compare_exchange_weak(&most, &before, now))
        ;
}

static void *enter_and_leave(void *data)
{
    (void)data;
    for (int round = 0; round < ROUNDS; round++) {
        int rc = mc__limiter_enter(limiter);

        if (rc == 0) {
            note_inside();
            if (round % 100 == 0)
                rest(2000000); /* long enough for some in the line to give up */
            atomic_fetch_sub(&inside, 1);
            mc__limiter_leave(limiter);
            atomic_fetch_add(&entered, 1);
        } else if (rc == MC_EBUSY) {
            atomic_fetch_add(&given_up, 1);
        } else {
            expect(false, "enter gives 0 or MC_EBUSY");
        }
    }
    return NULL;
}

static void crowd(int64_t wait_ms, bool may_give_up)
{
    pthread_t threads[THREADS];

    atomic_store(&most, 0);
    atomic_store(&entered, 0);
    atomic_store(&given_up, 0);
    expect(mc__limiter_new(&limiter, PLACES, wait_ms) == 0, "a limiter can be made");
    for (size_t i = 0; i < THREADS; i++)
        expect(pthread_create(&threads[i], NULL, enter_and_leave, NULL) == 0, "a thread starts");
    for (size_t i = 0; i < THREADS; i++)
        pthread_join(threads[i], NULL);
    expect(atomic_load(&most) <= PLACES, "no more inside than there are places");
    expect(atomic_load(&entered) + atomic_load(&given_up) == THREADS * ROUNDS, "all came back");
    expect(may_give_up || atomic_load(&given_up) == 0, "nobody gave up");
    /* places are all free again */
    for (int i = 0; i < PLACES; i++)
        expect(mc__limiter_enter(limiter) == 0, "a place is free");
    expect(mc__limiter_enter(limiter) == MC_EBUSY, "no other one is");
    mc__limiter_leave(limiter);
    expect(mc__limiter_enter(limiter) == 0, "a place that was left is free");
    for (int i = 0; i < PLACES; i++)
        mc__limiter_leave(limiter);
    printf("wait %lld ms: %d entered, %d gave up\n", (long long)wait_ms, atomic_load(&entered),
           atomic_load(&given_up));
    mc__limiter_free(limiter);
}

int main(void)
{
    crowd(1, true);
    crowd(2000, false);
    mc__limiter_free(NULL);
    return atomic_load(&unexpected) > 0;
}
