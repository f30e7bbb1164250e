#include <criterion/criterion.h>

#include "cache/cache.h"
#include "fail_alloc.h"

enum { THING = 1, TEXT, PLENTY = 1 << 22 };

typedef struct number {
    mc__entry entry;
    int64_t value;
} number;

static mc__cache *cache;

static void begin(void)
{
    cr_assert_eq(mc__cache_new(&cache, PLENTY), 0);
    mc__cache_trust(cache, INT64_MAX);
}

static void end(void)
{
    mc__cache_free(cache);
}

TestSuite(cache, .init = begin, .fini = end, .timeout = 120);

static mc__cache_key key_of(int64_t id)
{
    return (mc__cache_key){.kind = THING, .site_id = 7, .id = {id}};
}

static mc__subject subject_of(int64_t id)
{
    return (mc__subject){THING, 7, id};
}

static number *make(int64_t id, int64_t value)
{
    number *made = mc__entry_new(sizeof(*made), mc__cache_moment(cache));

    cr_assert_not_null(made);
    made->value = value;
    mc__entry_depends_on(made, subject_of(id));
    return made;
}

static void keep(int64_t id, int64_t value)
{
    mc__cache_key key = key_of(id);
    number *made = make(id, value);

    mc__cache_put(cache, &key, made);
    mc__entry_release(made);
}

/* What is kept under that id, or -1. */
static int64_t found(int64_t id)
{
    mc__cache_key key = key_of(id);
    number *kept = mc__cache_find(cache, &key);
    int64_t value = kept ? kept->value : -1;

    mc__entry_release(kept);
    return value;
}

Test(cache, gives_back_what_was_kept)
{
    keep(1, 10);
    keep(2, 20);

    cr_expect_eq(found(1), 10);
    cr_expect_eq(found(2), 20);
    cr_expect_eq(found(3), -1);
}

Test(cache, keeps_the_newest_of_a_key)
{
    keep(1, 10);
    keep(1, 11);

    cr_expect_eq(found(1), 11);
}

Test(cache, tells_nothing_of_a_thing_that_has_changed)
{
    keep(1, 10);
    keep(2, 20);

    mc__cache_touch(cache, subject_of(1));

    cr_expect_eq(found(1), -1);
    cr_expect_eq(found(2), 20, "another thing");
}

Test(cache, refuses_what_was_read_before_a_change)
{
    mc__cache_key key = key_of(1);
    number *made = make(1, 10);

    mc__cache_touch(cache, subject_of(1)); /* while the database was being read */
    mc__cache_put(cache, &key, made);
    mc__entry_release(made);
    cr_expect_eq(found(1), -1);

    keep(1, 11);
    cr_expect_eq(found(1), 11, "what was read after it is fine");
}

Test(cache, tells_of_many_subjects)
{
    enum { MANY = 300 };

    for (int64_t changed = 0; changed < MANY; changed += 37) {
        mc__cache_key key = key_of(1);
        number *made = make(1, 10);

        for (int64_t i = 0; i < MANY; i++)
            mc__entry_depends_on(made, (mc__subject){TEXT, 7, i});
        mc__cache_put(cache, &key, made);
        mc__entry_release(made);
        cr_assert_eq(found(1), 10);
        mc__cache_touch(cache, (mc__subject){TEXT, 7, changed});
        cr_expect_eq(found(1), -1, "%lld", (long long)changed);
    }
}

Test(cache, holds_sites_apart)
{
    mc__cache_key other = key_of(1);

    keep(1, 10);
    other.site_id = 8;
    cr_expect_null(mc__cache_find(cache, &other));
}

Test(cache, forgets_all_when_told)
{
    number *made = make(2, 20);
    mc__cache_key key = key_of(2);

    keep(1, 10);
    mc__cache_clear(cache);
    mc__cache_put(cache, &key, made); /* read before */
    mc__entry_release(made);

    cr_expect_eq(found(1), -1);
    cr_expect_eq(found(2), -1);
}

Test(cache, hands_out_nothing_untrusted)
{
    keep(1, 10);

    mc__cache_trust(cache, 0);
    cr_expect_not(mc__cache_is_trusted(cache));
    cr_expect_eq(found(1), -1);

    mc__cache_trust(cache, mc__monotonic_ms() - 1);
    cr_expect_eq(found(1), -1);

    mc__cache_trust(cache, mc__monotonic_ms() + 60000);
    cr_expect_eq(found(1), 10, "it has been good all the time");
}

Test(cache, lets_entries_end_with_their_time)
{
    mc__cache_key key = key_of(1);
    number *made = make(1, 10);

    made->entry.until_ms = mc__monotonic_ms() - 1;
    mc__cache_put(cache, &key, made);
    mc__entry_release(made);
    cr_expect_eq(found(1), -1);
}

Test(cache, entries_in_use_outlive_it)
{
    mc__cache_key key = key_of(1);
    number *kept;

    keep(1, 10);
    kept = mc__cache_find(cache, &key);
    cr_assert_not_null(kept);
    mc__cache_free(cache);
    cache = NULL;
    cr_expect_eq(kept->value, 10);
    mc__entry_release(kept);
}

Test(cache, stays_within_its_bounds)
{
    enum { MANY = 20000 };
    mc__cache_stats stats;

    for (int64_t i = 0; i < MANY; i++)
        keep(i, i);
    mc__cache_count(cache, &stats);
    cr_expect_leq(stats.bytes, stats.most_bytes);
    cr_expect_gt(stats.evictions, 0);
    cr_expect_eq(stats.entries + stats.evictions, MANY);
    cr_expect_eq(found(MANY - 1), MANY - 1, "the newest are there");
    cr_expect_eq(found(0), -1, "the oldest are not");
}

Test(cache, keeps_what_was_found_while_everything_is_asked_for_once)
{
    enum { READ = 200, CRAWLED = 50000 };
    int64_t kept = 0;

    for (int64_t i = 0; i < READ; i++) {
        keep(i, i);
        cr_assert_eq(found(i), i);
    }
    for (int64_t i = READ; i < CRAWLED; i++)
        keep(i, i);
    for (int64_t i = 0; i < READ; i++)
        kept += found(i) == i;
    cr_expect_eq(kept, READ);
}

Test(cache, makes_room_for_what_is_found_later)
{
    enum { MANY = 20000 };
    mc__cache_stats stats;

    for (int64_t i = 0; i < MANY; i++) {
        keep(i, i);
        cr_assert_eq(found(i), i);
    }
    mc__cache_count(cache, &stats);
    cr_expect_leq(stats.bytes, stats.most_bytes);
    cr_expect_gt(stats.evictions, 0);
    cr_expect_eq(found(MANY - 1), MANY - 1);
    cr_expect_eq(found(0), -1, "what was found long ago gives way to what was found since");
}

Test(cache, hands_out_what_is_out_of_date_to_who_asks_for_it)
{
    mc__cache_key key = key_of(1), unknown = key_of(2);
    mc__cache_stats stats;
    bool is_good;
    number *last;

    keep(1, 10);
    last = mc__cache_find_last(cache, &key, &is_good);
    cr_assert_not_null(last);
    cr_expect(is_good);
    mc__entry_release(last);

    mc__cache_clear(cache);
    for (int i = 0; i < 2; i++) {
        last = mc__cache_find_last(cache, &key, &is_good);
        cr_assert_not_null(last, "it stays until there is a better one");
        cr_expect_not(is_good);
        cr_expect_eq(last->value, 10);
        mc__entry_release(last);
    }
    cr_expect_null(mc__cache_find_last(cache, &unknown, &is_good));
    cr_expect_not(is_good);
    mc__cache_count(cache, &stats);
    cr_expect_eq(stats.hits, 1);
    cr_expect_eq(stats.misses, 3);

    mc__cache_trust(cache, 0);
    cr_expect_null(mc__cache_find_last(cache, &key, &is_good), "it might be of any age");
}

Test(cache, counts_what_an_entry_holds_beside_itself)
{
    mc__cache_key key = key_of(1), large = key_of(2);
    mc__cache_stats before, after;
    number *made = make(1, 10);

    mc__cache_count(cache, &before);
    made->entry.beside = 5000;
    mc__cache_put(cache, &key, made);
    mc__entry_release(made);
    mc__cache_count(cache, &after);
    cr_expect_geq(after.bytes - before.bytes, 5000);

    made = make(1, 10);
    made->entry.beside = after.most_bytes;
    mc__cache_put(cache, &large, made);
    mc__entry_release(made);
    cr_expect_null(mc__cache_find(cache, &large), "it holds too much");
}

Test(cache, keeps_what_is_used)
{
    for (int64_t i = 0; i < 20000; i++) {
        keep(i, i);
        if (i > 0)
            cr_assert_eq(found(1), 1, "%lld", (long long)i);
    }
}

Test(cache, does_not_keep_what_is_too_large)
{
    mc__cache_key key = key_of(1);
    number *made = make(1, 10);

    cr_assert_not_null(mc__arena_alloc(&made->entry.arena, PLENTY / 2));
    mc__cache_put(cache, &key, made);
    mc__entry_release(made);
    cr_expect_eq(found(1), -1);
}

static int released;

static void note_release(mc__entry *entry)
{
    cr_expect_eq(((number *)entry)->value, 10);
    released++;
}

Test(cache, releases_what_is_not_in_the_arena)
{
    mc__cache_key key = key_of(1);
    number *made = make(1, 10);

    made->entry.release = note_release;
    mc__cache_put(cache, &key, made);
    mc__entry_release(made);
    cr_expect_eq(released, 0);
    keep(1, 11);
    cr_expect_eq(released, 1);
}

Test(cache, turned_off_keeps_nothing)
{
    mc__cache_free(cache);
    cr_assert_eq(mc__cache_new(&cache, 0), 0);
    mc__cache_trust(cache, INT64_MAX);
    keep(1, 10);
    mc__cache_touch(cache, subject_of(1));
    mc__cache_clear(cache);

    cr_expect_not(mc__cache_is_on(cache));
    cr_expect_eq(found(1), -1);
}

Test(cache, counts_hits_and_misses)
{
    mc__cache_stats stats;

    keep(1, 10);
    found(1);
    found(1);
    found(2);
    mc__cache_touch(cache, subject_of(1));
    found(1);
    mc__cache_count(cache, &stats);
    cr_expect_eq(stats.hits, 2);
    cr_expect_eq(stats.misses, 2);
    cr_expect_eq(stats.entries, 0);
    cr_expect_eq(stats.bytes, 0);
}

/* Keep two things and look for them; false if one of the calls found no memory. */
static bool use_it(void)
{
    mc__cache *small = NULL;
    bool done = false;

    if (mc__cache_new(&small, PLENTY) < 0)
        return false;
    mc__cache_trust(small, INT64_MAX);
    for (int64_t id = 1; id <= 2; id++) {
        mc__cache_key key = key_of(id);
        number *made = mc__entry_new(sizeof(*made), mc__cache_moment(small));

        if (!made)
            continue;
        for (int64_t i = 0; i < 40; i++)
            mc__entry_depends_on(made, subject_of(i));
        mc__cache_put(small, &key, made);
        mc__entry_release(made);
        made = mc__cache_find(small, &key);
        done = made != NULL;
        mc__entry_release(made);
    }
    mc__cache_free(small);
    return done;
}

Test(cache, stands_any_lack_of_memory)
{
    bool failed = true, done = false;
    size_t n = 0;

    while (failed) {
        fail_alloc_at(++n);
        done = use_it();
        failed = fail_alloc_stop();
    }
    cr_expect(done, "with nothing failing");
    cr_expect_gt(n, 5);
}
