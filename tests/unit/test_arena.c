#include <criterion/criterion.h>

#include "core/core.h"
#include "fail_alloc.h"

TestSuite(arena, .timeout = 120);

static bool is_zeroed(const unsigned char *bytes, size_t size)
{
    for (size_t i = 0; i < size; i++) {
        if (bytes[i])
            return false;
    }
    return true;
}

Test(arena, gives_zeroed_and_aligned_memory_of_any_size)
{
    static const size_t sizes[] = {0,    1,    15,   16,   17,   100,   991,    992,     993, 1024,
                                   2000, 4096, 8191, 8192, 8193, 40000, 100000, 1 << 20, 3,   33};
    mc_scratch_arena(arena);

    for (size_t i = 0; i < MC_COUNT(sizes); i++) {
        mc__arena_copy(&arena, "x", 1); /* so that the next piece isn't aligned by chance */
        unsigned char *piece = mc__arena_alloc(&arena, sizes[i]);

        cr_assert_not_null(piece, "%zu", sizes[i]);
        cr_expect_eq((uintptr_t)piece % 16, 0, "%zu", sizes[i]);
        cr_expect(is_zeroed(piece, sizes[i]), "%zu", sizes[i]);
        memset(piece, 0xFF, sizes[i]);
    }
    cr_expect_not(arena.failed);
}

Test(arena, separates_pieces)
{
    enum { PIECES = 5000 };
    mc_scratch_arena(arena);
    char *pieces[PIECES];

    for (int i = 0; i < PIECES; i++)
        pieces[i] = mc__arena_format(&arena, "%d %0*d", i, i % 97, 0);
    for (int i = 0; i < PIECES; i++) {
        char wanted[128];

        snprintf(wanted, sizeof(wanted), "%d %0*d", i, i % 97, 0);
        cr_assert_str_eq(pieces[i], wanted);
    }
}

Test(arena, clears_memory_that_it_gives_out_again)
{
    mc_scratch_arena(arena);

    for (int round = 0; round < 3; round++) {
        unsigned char *piece = mc__arena_alloc(&arena, 600);

        cr_expect(is_zeroed(piece, 600), "round %d", round);
        memset(piece, 0xFF, 600);
        mc__arena_reset(&arena);
    }
}

Test(arena, copies_a_text_of_that_length)
{
    mc_scratch_arena(arena);

    cr_expect_str_eq(mc__arena_copy(&arena, "watcher", 5), "watch");
    cr_expect_str_eq(mc__arena_copy(&arena, NULL, 0), "");
    cr_expect_str_eq(mc__arena_strdup(&arena, "huddle"), "huddle");
    cr_expect_str_eq(mc__arena_strdup(&arena, NULL), "");
}

Test(arena, formats_texts_longer_than_a_chunk)
{
    mc_scratch_arena(arena);
    const char *text = mc__arena_format(&arena, "%050000d|%s", 7, "end");

    cr_expect_eq(strlen(text), 50004);
    cr_expect_str_eq(text + 49999, "7|end");
}

Test(arena, can_be_used_again_after_release)
{
    mc_scratch_arena(arena);

    mc__arena_strdup(&arena, "first");
    mc__arena_release(&arena);
    cr_expect_null(arena.chunks);
    cr_expect_str_eq(mc__arena_strdup(&arena, "second"), "second");
}

Test(arena, does_not_keep_a_huge_piece_when_reset)
{
    mc_scratch_arena(arena);

    mc__arena_alloc(&arena, 1 << 20);
    mc__arena_reset(&arena);
    cr_expect_null(arena.chunks);
}

Test(arena, has_failed_after_memory_ran_out)
{
    mc_scratch_arena(arena);

    fail_alloc_at(1);
    cr_expect_str_eq(mc__arena_strdup(&arena, "lost"), "");
    cr_expect(fail_alloc_stop());
    cr_expect(arena.failed);

    cr_expect_str_eq(mc__arena_strdup(&arena, "kept"), "kept");
    cr_expect(arena.failed, "one that worked does not make up for it");

    mc__arena_reset(&arena);
    cr_expect_not(arena.failed);
}

Test(arena, refuses_sizes_that_overflow)
{
    volatile size_t sizes[] = {SIZE_MAX, SIZE_MAX - 1, SIZE_MAX - 15, SIZE_MAX - 64, SIZE_MAX / 2};

    for (size_t i = 0; i < MC_COUNT(sizes); i++) {
        mc_scratch_arena(arena);

        cr_expect_null(mc__arena_alloc(&arena, sizes[i]), "%zu", sizes[i]);
        cr_expect(arena.failed);
        cr_expect_str_eq(mc__arena_copy(&arena, "x", sizes[i]), "", "%zu", sizes[i]);
    }
}

static int fill(void)
{
    mc_scratch_arena(arena);

    mc__arena_strdup(&arena, "text");
    mc__arena_alloc(&arena, 5000);
    mc__arena_format(&arena, "%020000d", 1);
    return arena.failed ? MC_ENOMEM : 0;
}

Test(arena, survives_each_allocation_that_fails)
{
    cr_expect_eq(fail_each(fill), 3);
}
