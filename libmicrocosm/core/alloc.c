/*
 * Memory. The only file of the library that calls the C library's allocator, so that a test can
 * make the n-th request fail. Calls nothing else of the library.
 */
#include "core.h"

/*
 * Whether this request should fail. Only tests/support/fail_alloc.c defines it; elsewhere the
 * address is null and the check costs one comparison. Hidden, so that a program that uses the
 * shared library can't define it by accident.
 */
bool mc__alloc_should_fail(size_t size) __attribute__((weak, visibility("hidden")));

static bool should_fail(size_t size)
{
    return mc__alloc_should_fail && mc__alloc_should_fail(size);
}

/* NULL means failure only, also for a size of 0. */
static size_t at_least_one(size_t size)
{
    return size ? size : 1;
}

void *mc__malloc(size_t size)
{
    return should_fail(size) ? NULL : malloc(at_least_one(size));
}

void *mc__calloc(size_t count, size_t size)
{
    if (should_fail(size))
        return NULL;

    return calloc(at_least_one(count), at_least_one(size));
}

void *mc__realloc(void *old, size_t size)
{
    return should_fail(size) ? NULL : realloc(old, at_least_one(size));
}

void mc__free(void *memory)
{
    free(memory);
}

char *mc__strdup(const char *text)
{
    size_t size = strlen(text) + 1;
    char *copy = mc__malloc(size);

    return copy ? memcpy(copy, text, size) : NULL;
}
