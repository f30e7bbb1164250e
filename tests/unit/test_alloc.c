#include <criterion/criterion.h>

#include "core/core.h"
#include "fail_alloc.h"

TestSuite(memory, .timeout = 120);

Test(memory, of_no_bytes_is_still_memory)
{
    mc_auto(mc__free) char *plain = mc__malloc(0);
    mc_auto(mc__free) char *zeroed = mc__calloc(0, 0);
    mc_auto(mc__free) char *grown = mc__realloc(NULL, 0);

    cr_expect_not_null(plain);
    cr_expect_not_null(zeroed);
    cr_expect_not_null(grown);
}

Test(memory, is_refused_when_count_times_size_is_more_than_there_is)
{
    volatile size_t huge = SIZE_MAX / 2; /* volatile: the compiler would warn of it */

    cr_expect_null(mc__calloc(huge, 3));
}

Test(memory, copies_texts)
{
    mc_auto(mc__free) char *copy = mc__strdup("Zoë");

    cr_expect_str_eq(copy, "Zoë");
}

Test(memory, is_freed_at_most_once_after_it_was_handed_on)
{
    mc_auto(mc__free) char *mine = mc__strdup("text");
    mc_auto(mc__free) char *yours = MC_TAKE(mine);

    cr_expect_null(mine);
    cr_expect_str_eq(yours, "text");
}

Test(memory, fails_when_a_test_says_so)
{
    static const char *const names[] = {"malloc", "calloc", "realloc", "strdup"};

    for (size_t i = 0; i < MC_COUNT(names); i++) {
        fail_alloc_at(1);
        void *memory = i == 0   ? mc__malloc(8)
                       : i == 1 ? mc__calloc(1, 8)
                       : i == 2 ? mc__realloc(NULL, 8)
                                : mc__strdup("text");
        cr_expect_null(memory, "%s", names[i]);
        cr_expect(fail_alloc_stop(), "%s", names[i]);
    }
}

Test(memory, fails_once_and_at_the_place_asked_for)
{
    fail_alloc_at(2);
    mc_auto(mc__free) char *first = mc__malloc(1);
    mc_auto(mc__free) char *second = mc__malloc(1);
    mc_auto(mc__free) char *third = mc__malloc(1);

    cr_expect_not_null(first);
    cr_expect_null(second);
    cr_expect_not_null(third);
    cr_expect(fail_alloc_stop());
}

static int three_allocations(void)
{
    mc_auto(mc__free) char *first = mc__malloc(1);
    mc_auto(mc__free) char *second = first ? mc__malloc(1) : NULL;
    mc_auto(mc__free) char *third = second ? mc__malloc(1) : NULL;

    return third ? 0 : MC_ENOMEM;
}

Test(memory, is_counted_by_failing_each)
{
    cr_expect_eq(fail_each(three_allocations), 3);
}
