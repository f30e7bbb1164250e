#include "fail_alloc.h"

#include <criterion/criterion.h>
#include <stdlib.h>
#include <microcosm/base.h>

/* A call with more allocations than this repeats a failing one instead of giving up. */
#define TOO_MANY 100000

/* Per thread, so that only the test's own allocations fail. 0: don't count. */
static _Thread_local size_t left;
static _Thread_local bool did_fail;

bool mc__alloc_should_fail(size_t size);

bool mc__alloc_should_fail(size_t size)
{
    (void)size;
    if (left == 0 || --left > 0)
        return false;

    did_fail = true;
    return true;
}

void fail_alloc_at(size_t n)
{
    left = n;
    did_fail = false;
}

bool fail_alloc_stop(void)
{
    left = 0;
    return did_fail;
}

size_t fail_each_with(int (*fn)(void *data), void *data)
{
    for (size_t n = 1; n <= TOO_MANY; n++) {
        fail_alloc_at(n);
        int rc = fn(data);

        if (!fail_alloc_stop()) {
            cr_expect_eq(rc, 0, "it failed with %d though there was memory", rc);
            return n - 1;
        }
        if (rc == 0 && getenv("MC_TEST_CACHE"))
            return n - 1; /* only the cache had no memory, which is no failure */
        cr_expect_eq(rc, MC_ENOMEM, "it returned %d though allocation %zu failed", rc, n);
    }
    cr_assert_fail("still asking for memory after %d failures", TOO_MANY);
    return 0;
}

static int call(void *data)
{
    int (**fn)(void) = data;

    return (*fn)();
}

size_t fail_each(int (*fn)(void))
{
    return fail_each_with(call, &fn);
}
