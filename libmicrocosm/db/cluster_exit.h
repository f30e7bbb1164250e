/* Work for the end of the process. */
#ifndef MC_CLUSTER_EXIT_H
#define MC_CLUSTER_EXIT_H

/* run() is called with data if the process exits between adding and removing; also in a forked
 * child that does. The caller keeps the struct. */
typedef struct mc__exit_work {
    struct mc__exit_work *next;
    void (*run)(void *data);
    void *data;
} mc__exit_work;

void mc__exit_add(mc__exit_work *work);
void mc__exit_remove(mc__exit_work *work);

#endif
