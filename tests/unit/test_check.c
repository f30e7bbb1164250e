/* The checking build: entries that differ from what is there are found, and none that may differ.
 */
#include "cache/check.h"

#include <criterion/criterion.h>
#include <pthread.h>
#include <unistd.h>

typedef struct number {
    mc__entry entry;
    int64_t value;
} number;

enum { THING = 1, SECRET };

/* A time until which the cache is trusted. */
#define FAR (INT64_MAX - 1000)

static const mc__subject subject = {THING, 7, 3};
static mc__cache *cache;
static char kept_text[100], read_text[100];

static bool describe(mc__text *out, const mc__cache_key *key, const mc__entry *entry)
{
    mc__text_format(out, "thing: %lld", (long long)((const number *)entry)->value);
    return key->kind == THING;
}

static void differs(const char *kept, const char *read)
{
    snprintf(kept_text, sizeof(kept_text), "%s", kept);
    snprintf(read_text, sizeof(read_text), "%s", read);
}

static void begin(void)
{
    cr_assert_eq(mc__cache_new(&cache, 1 << 20), 0);
    mc__cache_trust(cache, INT64_MAX);
    mc__cache_check(cache, (mc__check){describe, differs});
}

static void end(void)
{
    mc__cache_free(cache);
}

TestSuite(check, .init = begin, .fini = end, .timeout = 120);

static void keep(int64_t kind, int64_t value)
{
    mc__cache_key key = {kind, 7, {3}};
    number *made = mc__entry_new(sizeof(*made), mc__cache_moment(cache));

    made->value = value;
    mc__entry_depends_on(made, subject);
    mc__cache_put(cache, &key, made);
    mc__entry_release(made);
}

static bool is_found(int64_t kind)
{
    mc__cache_key key = {kind, 7, {3}};
    mc_auto_entry mc__entry *found = mc__cache_find(cache, &key);

    return found != NULL;
}

Test(check, says_what_differs)
{
    keep(THING, 1);
    keep(THING, 2);
    cr_expect_str_eq(kept_text, "thing: 1");
    cr_expect_str_eq(read_text, "thing: 2");
}

Test(check, says_nothing_of_what_is_equal_or_was_invalidated)
{
    keep(THING, 1);
    keep(THING, 1);
    mc__cache_touch(cache, subject);
    keep(THING, 2);
    cr_expect_str_empty(kept_text);
}

/* A pass of the follower moves the time of trust: without one nobody stops waiting. */
static void *touch_late(void *data)
{
    (void)data;
    usleep(50000);
    mc__cache_touch(cache, subject);
    for (int pass = 1; pass <= 3; pass++) {
        mc__cache_trust(cache, FAR + pass);
        usleep(50000);
    }
    return NULL;
}

Test(check, waits_for_who_is_about_to_invalidate_it)
{
    pthread_t other;

    mc__cache_trust(cache, 0);
    mc__cache_trust(cache, FAR);
    keep(THING, 1);
    pthread_create(&other, NULL, touch_late, NULL);
    keep(THING, 2);
    pthread_join(other, NULL);
    cr_expect_str_empty(kept_text);
}

Test(check, has_everything_read_again_that_it_can_compare)
{
    keep(THING, 1);
    keep(SECRET, 1);
    cr_expect(!is_found(THING));
    cr_expect(is_found(SECRET));
    keep(SECRET, 2);
    cr_expect_str_empty(kept_text);
}
