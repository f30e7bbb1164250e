/* See check.h. */
#include "check.h"

/* What others write is told by a pass of the change feed's follower, each of which moves the time
 * of trust; one that was on its way may have missed it. This process tells at once, but not without
 * a moment. */
#define TOLD_BY_PASSES 2
#define TOLD_MS 3000
#define LOOK_MS 5

/* Whether two entries stay good until all that has been written so far must have been told. */
static bool stay_good(mc__cache *cache, const mc__entry *one, const mc__entry *other)
{
    const struct timespec pause = {.tv_nsec = LOOK_MS * 1000000L};
    int64_t before = mc__cache_trusted_until(cache);
    int passes = 0;

    for (int waited = 0; passes < TOLD_BY_PASSES; waited += LOOK_MS) {
        int64_t now = mc__cache_trusted_until(cache);

        if (!mc__cache_is_trusted(cache) || !mc__cache_is_good(cache, one) ||
            !mc__cache_is_good(cache, other))
            return false;
        if (now == INT64_MAX && waited >= TOLD_MS) /* a test, where nobody follows */
            break;
        passes += now != before;
        before = now;
        nanosleep(&pause, NULL);
    }
    return mc__cache_is_good(cache, one) && mc__cache_is_good(cache, other);
}

bool mc__check_is_read_again(const mc__check *check, const mc__cache_key *key,
                             const mc__entry *entry)
{
    mc_scratch_text(text);

    return mc__check_is_on(check) && entry && check->describe(&text, key, entry);
}

void mc__check_compare(mc__cache *cache, const mc__check *check, const mc__cache_key *key,
                       const mc__entry *kept, const mc__entry *made)
{
    mc_scratch_text(was);
    mc_scratch_text(is);

    if (!mc__cache_is_good(cache, kept) || !check->describe(&was, key, kept) ||
        !check->describe(&is, key, made) || was.error || is.error)
        return;
    if (strcmp(mc__text_string(&was), mc__text_string(&is)) != 0 && stay_good(cache, kept, made))
        check->differs(mc__text_string(&was), mc__text_string(&is));
}
