/*
 * What is done when the process ends by exit() or by returning from main() while something is
 * still in use. A library can't be told of that by its caller, so this list, which the end of the
 * process walks through, is the one variable that all apps of a process share.
 */
#include "cluster_exit.h"

#include <pthread.h>

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static mc__exit_work *first;

void mc__exit_add(mc__exit_work *work)
{
    pthread_mutex_lock(&lock);
    work->next = first;
    first = work;
    pthread_mutex_unlock(&lock);
}

void mc__exit_remove(mc__exit_work *work)
{
    pthread_mutex_lock(&lock);
    for (mc__exit_work **at = &first; *at; at = &(*at)->next) {
        if (*at != work)
            continue;
        *at = work->next;
        break;
    }
    pthread_mutex_unlock(&lock);
}

/* Doesn't wait for the lock: in a forked child, a thread that doesn't exist there may hold it. */
__attribute__((destructor)) static void end(void)
{
    mc__exit_work *work = NULL;

    if (pthread_mutex_trylock(&lock) != 0)
        return;
    work = first;
    first = NULL;
    pthread_mutex_unlock(&lock);
    for (; work; work = work->next)
        work->run(work->data);
}
