/* What a change invalidates: each kind of thing that is cached has its lines, each subject a
 * change. */
#include "cache/cache.h"
#include "domain/base/invalidation.h"
#include "domain/base/share.h"
#include "domain/content/item_kinds.h"

#include <criterion/criterion.h>

enum { SITE = 7, ITEM = 11, PARENT = 12, MICROCOSM = 13, BEFORE = 14, ACTOR = 15 };

static mc__cache *cache;

static void begin(void)
{
    cr_assert_eq(mc__cache_new(&cache, 1 << 20), 0);
    mc__cache_trust(cache, INT64_MAX);
}

static void end(void)
{
    mc__cache_free(cache);
}

TestSuite(subjects, .init = begin, .fini = end, .timeout = 120);

static mc__change change_of(mc_item_type item_type, mc_item_type parent_type, bool is_new)
{
    return (mc__change){SITE,      item_type, ITEM,  parent_type, PARENT,
                        MICROCOSM, BEFORE,    ACTOR, is_new};
}

static bool touches(const mc__change *change, int64_t subject, int64_t site_id, int64_t id)
{
    mc__entry *entry = mc__entry_new(sizeof(*entry), mc__cache_moment(cache));
    bool is_good;

    mc__entry_depends_on(entry, (mc__subject){subject, site_id, id});
    mc__invalidate(cache, change);
    is_good = mc__cache_is_good(cache, entry);
    mc__entry_release(entry);
    return !is_good;
}

Test(subjects, knows_each_kind_of_item)
{
    for (size_t i = 0; mc__item_kind_at(i); i++) {
        mc_item_type type = mc__item_kind_at(i)->item_type;
        const char *name = mc_item_type_name(type);
        mc__change of_item = change_of(type, MC_ITEM_MICROCOSM, false),
                   comment = change_of(MC_ITEM_COMMENT, type, true),
                   edited = change_of(MC_ITEM_COMMENT, type, false);

        cr_expect(touches(&of_item, MC_SUBJECT_ITEM, SITE, ITEM), "%s", name);
        cr_expect(touches(&of_item, MC_SUBJECT_TEXTS, SITE, ITEM), "%s", name);
        cr_expect(touches(&of_item, MC_SUBJECT_ITEMS, SITE, MICROCOSM), "%s", name);
        cr_expect(touches(&of_item, MC_SUBJECT_ITEMS, SITE, BEFORE), "%s that was moved", name);
        cr_expect(touches(&of_item, MC_SUBJECT_MICROCOSM, SITE, MICROCOSM), "%s", name);
        cr_expect(touches(&of_item, MC_SUBJECT_MICROCOSM, SITE, BEFORE), "%s that was moved", name);
        cr_expect(touches(&of_item, MC_SUBJECT_CONTENT, SITE, 0), "%s", name);
        cr_expect(touches(&comment, MC_SUBJECT_ITEM, SITE, PARENT), "a comment on a %s", name);
        cr_expect(touches(&comment, MC_SUBJECT_MICROCOSM, SITE, MICROCOSM), "a comment on a %s",
                  name);
        cr_expect(!touches(&comment, MC_SUBJECT_TEXTS, SITE, PARENT), "older comments stay: %s",
                  name);
        cr_expect(!touches(&comment, MC_SUBJECT_ITEMS, SITE, MICROCOSM), "the list is as long: %s",
                  name);
        cr_expect(touches(&edited, MC_SUBJECT_TEXTS, SITE, PARENT), "another comment on a %s",
                  name);
    }
}

static bool is_touched_by_some_change(int64_t subject)
{
    static const int64_t ids[] = {0, ITEM, PARENT, MICROCOSM, BEFORE, ACTOR};

    for (int type = MC_ITEM_SITE; type <= MC_ITEM_ATTACHMENT; type++) {
        mc__change change = change_of((mc_item_type)type, MC_ITEM_NONE, false);

        for (size_t i = 0; i < MC_COUNT(ids); i++)
            if (touches(&change, subject, SITE, ids[i]) || touches(&change, subject, 0, ids[i]))
                return true;
    }
    return false;
}

Test(subjects, has_a_change_for_each_subject)
{
    for (int64_t subject = MC_SUBJECT_SITE; subject < MC_SUBJECT_COUNT; subject++)
        cr_expect(subject == MC_SUBJECT_IDENTITIES || is_touched_by_some_change(subject),
                  "no change invalidates what depends on subject %lld", (long long)subject);
}

Test(subjects, concerns_the_site_of_the_change)
{
    mc__change profile = change_of(MC_ITEM_PROFILE, MC_ITEM_NONE, false),
               site = change_of(MC_ITEM_SITE, MC_ITEM_NONE, true),
               rights = change_of(MC_ITEM_USER, MC_ITEM_PROFILE, false);

    cr_expect(touches(&profile, MC_SUBJECT_PROFILE, SITE, ITEM));
    cr_expect(!touches(&profile, MC_SUBJECT_PROFILE, SITE + 1, ITEM));
    cr_expect(touches(&site, MC_SUBJECT_SITE, SITE, 0));
    cr_expect(touches(&site, MC_SUBJECT_SITE, 0, 0), "another site may have had the domain");
    cr_expect(touches(&rights, MC_SUBJECT_USER, 0, ITEM));
    cr_expect(touches(&rights, MC_SUBJECT_ACTOR, SITE, PARENT));
    cr_expect(touches(&rights, MC_SUBJECT_OWN, SITE, PARENT));
    cr_expect(touches(&rights, MC_SUBJECT_OWN, SITE, ACTOR));
}

Test(subjects, ignores_what_it_does_not_know)
{
    mc__change odd = change_of((mc_item_type)99, (mc_item_type)-1, false);

    cr_expect(!touches(&odd, MC_SUBJECT_ITEM, SITE, ITEM));
}
