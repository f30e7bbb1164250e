/* Makes allocations of the library fail, one after another, in programs that link this file. */
#ifndef TEST_FAIL_ALLOC_H
#define TEST_FAIL_ALLOC_H

#include <stdbool.h>
#include <stddef.h>

/* The n-th allocation of this thread from now on fails, from 1. 0: none. */
void fail_alloc_at(size_t n);

/* Ends that. True if the n-th allocation was made, and so failed. */
bool fail_alloc_stop(void);

/*
 * Calls fn with allocation 1 failing, then with allocation 2, and so on until a call makes fewer.
 * Each call must return MC_ENOMEM (or 0 with the cache in use, since a value that can't be cached
 * is no failure), and the last, in which nothing fails, 0. Sanitizers check that none of them leaks
 * or crashes. Returns the number of allocations of the last call.
 */
size_t fail_each_with(int (*fn)(void *data), void *data);
size_t fail_each(int (*fn)(void));

#endif
