#include "limits.h"

#include <pthread.h>
#include <semaphore.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>

bool limits_have_descriptors(int64_t needed, char *problem, size_t size)
{
    struct rlimit limit;

    if (getrlimit(RLIMIT_NOFILE, &limit) != 0)
        return true; /* unknown: accepting pauses when they run out */
    if (limit.rlim_cur < limit.rlim_max) {
        limit.rlim_cur = limit.rlim_max;
        (void)setrlimit(RLIMIT_NOFILE, &limit);
        (void)getrlimit(RLIMIT_NOFILE, &limit);
    }
    if (limit.rlim_cur == RLIM_INFINITY || limit.rlim_cur >= (rlim_t)needed)
        return true;
    snprintf(problem, size,
             "%lld open files are needed, but the system allows %lld: raise the limit (ulimit -n, "
             "LimitNOFILE=), or lower \"threads\"",
             (long long)needed, (long long)limit.rlim_cur);
    return false;
}

static void *wait_for_end(void *end)
{
    while (sem_wait(end) != 0)
        ;
    return NULL;
}

bool limits_have_threads(int64_t needed, char *problem, size_t size)
{
    pthread_t *threads = calloc((size_t)needed, sizeof(*threads));
    int64_t count = 0;
    sem_t end;

    sem_init(&end, 0, 0);
    while (threads && count < needed &&
           pthread_create(&threads[count], NULL, wait_for_end, &end) == 0)
        count++;
    for (int64_t i = 0; i < count; i++)
        sem_post(&end);
    for (int64_t i = 0; i < count; i++)
        pthread_join(threads[i], NULL);
    sem_destroy(&end);
    free(threads);
    if (count == needed)
        return true;
    snprintf(problem, size,
             "%lld threads are needed, but only %lld could be started: raise the limit (ulimit -u, "
             "TasksMax=, the container's pids limit, memory), or lower \"threads\"",
             (long long)needed, (long long)count);
    return false;
}
