/* Ignoring, and the list of what one ignores: docs/http/profiles.md#ignoring. */
#include "fail_alloc.h"
#include "forum.h"
#include "people.h"
#include "domain/base/handles.h"
#include "postgres.h"

#include <criterion/criterion.h>

TestSuite(ignoring, .init = people_open, .fini = forum_close, .timeout = 300);

Test(ignoring, is_idempotent)
{
    become(mira);
    for (int i = 0; i < 2; i++) {
        cr_expect_eq(mc_ignore_set(session, MC_ITEM_PROFILE, tomas, true), 0);
        cr_expect_eq(count_rows("ignores", "item_type = 3"), 1);
    }
    for (int i = 0; i < 2; i++) {
        cr_expect_eq(mc_ignore_set(session, MC_ITEM_PROFILE, tomas, false), 0);
        cr_expect_eq(count_rows("ignores", "true"), 0);
    }
    cr_expect_eq(count_rows("changes", "item_type = 14 AND parent_type = 3"), 2,
                 "nothing changes the second time");
    cr_expect_eq(count_rows("changes", "item_type = 3 AND action = 'update'"), 0,
                 "private, so no change");
    cr_expect_eq(mc_ignore_set(session, MC_ITEM_EVENT, 888888, true), 0, "it need not exist");
}

Test(ignoring, is_for_some_kinds_only)
{
    cr_expect_eq(mc_ignore_set(session, MC_ITEM_PROFILE, tomas, true), MC_EFORBIDDEN);
    become(mira);
    cr_expect_eq(mc_ignore_set(session, MC_ITEM_PROFILE, mira, true), MC_EINVAL);
    cr_expect_eq(mc_ignore_set(session, MC_ITEM_SITE, site, true), MC_EINVAL);
    cr_expect_eq(mc_ignore_set(session, MC_ITEM_NONE, 1, true), MC_EINVAL);
    cr_expect_eq(mc_ignore_set(session, MC_ITEM_EVENT, 0, true), MC_EINVAL);
    cr_expect_eq(mc_ignore_set(session, MC_ITEM_EVENT, -1, false), MC_EINVAL);
    cr_expect_eq(count_rows("ignores", "true"), 0);
}

/* How many things are listed: on the page, and in all. */
static int64_t listed(const mc_page_options *page, size_t *shown)
{
    mc_collection *list = NULL;
    int64_t total;

    must(mc_ignores_list(&list, session, page));
    total = list->ignored->total;
    if (shown)
        *shown = list->ignored->items.count;
    mc_record_free(list);
    return total;
}

Test(ignoring, lists_what_is_ignored)
{
    mc_page_options page = MC_PAGE_OPTIONS_INIT;
    mc_collection *list = NULL;
    const mc_entry *entry;
    size_t shown;

    cr_expect_eq(mc_ignores_list(&list, session, NULL), MC_EFORBIDDEN, "guests ignore nothing");
    become(mira);
    cr_expect_eq(listed(NULL, &shown), 0);
    cr_expect_eq(shown, 0);
    must(mc_ignore_set(session, MC_ITEM_PROFILE, tomas, true));
    must(mc_ignore_set(session, MC_ITEM_PROFILE, owner, true));
    must(mc_ignore_set(session, MC_ITEM_PROFILE, 888888, true));
    cr_assert_eq(mc_ignores_list(&list, session, &page), 0);
    cr_expect_eq(list->ignored->total, 2);
    entry = list->ignored->items.items[0];
    cr_expect_str_eq(entry->item_type, "profile");
    cr_expect_eq(entry->item_id, ((const mc_profile *)entry->item)->id);
    mc_record_free(list);
    page.offset = 25;
    cr_expect_eq(mc_ignores_list(&list, session, &page), MC_EINVAL, "past the end");
    cr_expect_eq(mc_ignores_list(NULL, session, NULL), MC_EINVAL);
}

Test(ignoring, ends_somewhere)
{
    become(mira);
    forum_sql(
        "INSERT INTO microcosm.ignores (site_id, profile_id, item_type, item_id)"
        " SELECT site_id, %lld, 6, 1000000 + n FROM microcosm.profiles, generate_series(1, 9999) n"
        " WHERE profile_id = %lld",
        (long long)mira, (long long)mira);
    cr_expect_eq(mc_ignore_set(session, MC_ITEM_PROFILE, tomas, true), 0);
    cr_expect_eq(mc_ignore_set(session, MC_ITEM_PROFILE, owner, true), MC_EINVAL);
    cr_expect_eq(mc_ignore_set(session, MC_ITEM_PROFILE, tomas, true), 0, "it is there already");
    cr_expect_eq(listed(NULL, NULL), 1);
    cr_expect_eq(mc_ignore_set(session, MC_ITEM_PROFILE, tomas, false), 0);
    cr_expect_eq(mc_ignore_set(session, MC_ITEM_PROFILE, owner, true), 0, "there is room again");
}

static int64_t rows_of_ignores_read(void)
{
    PGresult *rows = test_sql(mc__conn_pg(session->db.held),
                              "SELECT seq_tup_read + coalesce(idx_tup_fetch, 0) FROM"
                              " pg_catalog.pg_stat_xact_user_tables WHERE schemaname = 'microcosm'"
                              " AND relname = 'ignores'");
    int64_t read = strtoll(PQgetvalue(rows, 0, 0), NULL, 10);

    PQclear(rows);
    return read;
}

/* What is on the page is found once, and then read by its keys. */
Test(ignoring, is_looked_through_once_for_a_list)
{
    int64_t before;

    become(mira);
    forum_sql("INSERT INTO microcosm.ignores (site_id, profile_id, item_type, item_id)"
              " SELECT site_id, %lld, 6, 1000000 + n FROM microcosm.profiles, generate_series(1, "
              "2000) n WHERE profile_id = %lld",
              (long long)mira, (long long)mira);
    must(mc_ignore_set(session, MC_ITEM_PROFILE, tomas, true));
    must(mc_session_begin(session));
    cr_expect_eq(listed(NULL, NULL), 1);
    before = rows_of_ignores_read();
    cr_expect_eq(listed(NULL, NULL), 1);
    cr_expect_lt(rows_of_ignores_read() - before, 8 * 2000, "%lld rows",
                 (long long)(rows_of_ignores_read() - before));
    must(mc_session_rollback(session));
}

static int list_once(void)
{
    mc_collection *list = NULL;
    int rc = mc_ignores_list(&list, session, NULL);

    mc_record_free(list);
    return rc;
}

Test(ignoring, list_survives_a_lack_of_memory)
{
    become(mira);
    must(mc_ignore_set(session, MC_ITEM_PROFILE, tomas, true));
    cr_expect_gt(fail_each(list_once), 1);
}
