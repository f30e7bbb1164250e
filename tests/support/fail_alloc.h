/* Makes allocations of the library fail, one after another. Programs that link this have the hook.
 */
#ifndef TEST_FAIL_ALLOC_H
#define TEST_FAIL_ALLOC_H

#include <stdbool.h>
#include <stddef.h>

/* Allocation number n of this thread from now on fails, 1 being the next. 0: none. */
void fail_alloc_at(size_t n);

/* Ends that. Whether the allocation in question was asked for, and so failed. */
bool fail_alloc_stop(void);

/*
 * Calls fn with allocation 1 failing, then with allocation 2, and so on until a call asks for
 * fewer. Each call must return MC_ENOMEM (or 0 where the cache is in use, since what can't be kept
 * is no failure), and the last, in which nothing fails, 0. That none of them leaks or crashes is
 * what the sanitizers see. Returns the number of allocations of the last call.
 */
size_t fail_each_with(int (*fn)(void *data), void *data);
size_t fail_each(int (*fn)(void));

#endif
