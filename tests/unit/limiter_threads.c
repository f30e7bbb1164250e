/*
 * Threads at a limiter: never more inside than slots, each thread gets in or gives up, a thread
 * that gives up leaves the queue intact, and nobody is held up by somebody else's long work. For
 * ThreadSanitizer too, so a plain program.
 */
#include "core/core.h"
#include "domain/base/limiter.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <time.h>
#include <unistd.h>

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
    for (int round = 0; round < ROUNDS; round++) {
        mc__place place;
        int rc = mc__limiter_enter(limiter, &place, (intptr_t)data, (size_t)(round % 7));

        if (rc == 0) {
            note_inside();
            if (round % 100 == 0)
                rest(2000000); /* long enough for some threads to give up */
            atomic_fetch_sub(&inside, 1);
            mc__limiter_leave(limiter, &place);
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
    mc__place places[PLACES];

    atomic_store(&most, 0);
    atomic_store(&entered, 0);
    atomic_store(&given_up, 0);
    expect(mc__limiter_new(&limiter, PLACES, wait_ms) == 0, "a limiter can be made");
    for (size_t i = 0; i < THREADS; i++)
        expect(pthread_create(&threads[i], NULL, enter_and_leave, (void *)(i + 1)) == 0,
               "a thread starts");
    for (size_t i = 0; i < THREADS; i++)
        pthread_join(threads[i], NULL);
    expect(atomic_load(&most) <= PLACES, "no more inside than there are places");
    expect(atomic_load(&entered) + atomic_load(&given_up) == THREADS * ROUNDS, "all came back");
    expect(may_give_up || atomic_load(&given_up) == 0, "nobody gave up");
    /* all slots are free again */
    for (int i = 0; i < PLACES; i++)
        expect(mc__limiter_enter(limiter, &places[i], i, 1) == 0, "a place is free");
    for (int i = 0; i < PLACES; i++)
        mc__limiter_leave(limiter, &places[i]);
    printf("wait %lld ms: %d entered, %d gave up\n", (long long)wait_ms, atomic_load(&entered),
           atomic_load(&given_up));
    mc__limiter_free(limiter);
}

static void no_more_than_slots(void)
{
    mc__place places[PLACES], other;

    expect(mc__limiter_new(&limiter, PLACES, 1) == 0, "a limiter can be made");
    for (int i = 0; i < PLACES; i++)
        expect(mc__limiter_enter(limiter, &places[i], i, 1) == 0, "a slot is free");
    expect(mc__limiter_enter(limiter, &other, PLACES, 1) == MC_EBUSY, "no other one is");
    mc__limiter_leave(limiter, &places[0]);
    expect(mc__limiter_enter(limiter, &places[0], 0, 1) == 0, "a slot that was left is free");
    for (int i = 0; i < PLACES; i++)
        mc__limiter_leave(limiter, &places[i]);
    mc__limiter_free(limiter);
}

/* Who waits in the queue, and in what order they come in. */
typedef struct visitor {
    int64_t owner;
    size_t work;
    int turn;          /* 1 for the first that comes in */
    atomic_int thread; /* the system's number, once it has begun */
} visitor;

static atomic_int turns;

static void *visit(void *data)
{
    visitor *v = data;
    mc__place place;

    atomic_store(&v->thread, gettid());
    expect(mc__limiter_enter(limiter, &place, v->owner, v->work) == 0, "a visitor comes in");
    v->turn = atomic_fetch_add(&turns, 1) + 1;
    mc__limiter_leave(limiter, &place);
    return NULL;
}

/* Whether a thread of this process sleeps, or has ended. */
static bool is_at_rest(int thread)
{
    char path[64], state = 0;
    FILE *stat;

    snprintf(path, sizeof(path), "/proc/self/task/%d/stat", thread);
    stat = fopen(path, "r");
    if (!stat)
        return true;
    if (fscanf(stat, "%*d (%*[^)]) %c", &state) != 1)
        state = 0;
    fclose(stat);
    return state == 'S';
}

/* One after another: the next when the one before stands in the queue, where it sleeps, or has come
 * in and gone. */
static void start_visitors(pthread_t *threads, visitor *visitors, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        expect(pthread_create(&threads[i], NULL, visit, &visitors[i]) == 0, "a thread starts");
        do
            rest(1000000);
        while (!atomic_load(&visitors[i].thread) || !is_at_rest(atomic_load(&visitors[i].thread)));
    }
}

/* With one slot taken by member 1, whose other texts have come first. */
static void least_work_first(void)
{
    visitor visitors[] = {
        {1, 9000, 0, 0}, {2, 5000, 0, 0}, {3, 100, 0, 0}, {3, 50, 0, 0}, {4, 5000, 0, 0}};
    pthread_t threads[MC_COUNT(visitors)];
    mc__place place;

    expect(mc__limiter_new(&limiter, 1, 200000) == 0, "a limiter can be made");
    expect(mc__limiter_enter(limiter, &place, 1, 9000) == 0, "the slot is free");
    start_visitors(threads, visitors, MC_COUNT(visitors));
    mc__limiter_leave(limiter, &place);
    for (size_t i = 0; i < MC_COUNT(visitors); i++)
        pthread_join(threads[i], NULL);
    expect(visitors[3].turn == 1 && visitors[2].turn == 2, "the shortest come first");
    expect(visitors[1].turn == 3 && visitors[4].turn == 4, "equal ones come in their order");
    expect(visitors[0].turn == 5, "the longest comes last");
    mc__limiter_free(limiter);
}

/* A member whose text is being rendered doesn't get the other slot too. */
static void one_slot_for_each(void)
{
    visitor visitors[] = {{1, 10, 0, 0}, {2, 9000, 0, 0}};
    pthread_t threads[MC_COUNT(visitors)];
    mc__place place;

    atomic_store(&turns, 0);
    expect(mc__limiter_new(&limiter, 2, 200000) == 0, "a limiter can be made");
    expect(mc__limiter_enter(limiter, &place, 1, 9000) == 0, "a slot is free");
    start_visitors(threads, visitors, MC_COUNT(visitors));
    pthread_join(threads[1], NULL);
    mc__limiter_leave(limiter, &place);
    pthread_join(threads[0], NULL);
    expect(visitors[1].turn == 1 && visitors[0].turn == 2, "another member comes in before");
    mc__limiter_free(limiter);
}

int main(void)
{
    least_work_first();
    one_slot_for_each();
    no_more_than_slots();
    crowd(1, true);
    crowd(200000, false); /* however busy the machine is */
    mc__limiter_free(NULL);
    return atomic_load(&unexpected) > 0;
}
