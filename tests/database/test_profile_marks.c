/* Read marks on request: PUT /profiles/read. */
#include "forum.h"
#include "people.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>

TestSuite(read_marks, .init = people_open, .fini = forum_close, .timeout = 300);

static int mark(const char *body)
{
    return mc_profile_mark_read_body(session, MC_FORMAT_JSON, body, strlen(body));
}

static void put_mark(int item_type, int64_t item_id, const char *time)
{
    forum_sql("INSERT INTO microcosm.read_marks (site_id, profile_id, item_type, item_id, read_at)"
              " VALUES (%lld, %lld, %d, %lld, %s)",
              ID(site), ID(mira), item_type, ID(item_id), time);
}

/* root > child > grandchild, and a sibling; ids in the order of the tree */
static int64_t tree[4];

static void grow_tree(void)
{
    tree[0] = forum_number("SELECT microcosm_id FROM microcosm.microcosms WHERE site_id = %lld",
                           ID(site));
    for (int i = 1; i < 4; i++) {
        int64_t parent = i == 2 ? tree[1] : tree[0];

        tree[i] = 1000 + i;
        forum_sql(
            "INSERT INTO microcosm.microcosms (site_id, microcosm_id, parent_id, path, title, "
            "owned_by, created_by) SELECT site_id, n, microcosm_id, path || n, 'M', owned_by, "
            "created_by FROM microcosm.microcosms, (SELECT %lld::bigint AS n) AS next"
            " WHERE site_id = %lld AND microcosm_id = %lld",
            ID(tree[i]), ID(site), ID(parent));
    }
}

static int64_t make_item(int64_t microcosm)
{
    return forum_number(
        "INSERT INTO microcosm.items (site_id, item_type, microcosm_id, title, created_by)"
        " VALUES (%lld, 6, %lld, 'T', %lld) RETURNING item_id",
        ID(site), ID(microcosm), ID(mira));
}

Test(read_marks, are_set_on_one_resource)
{
    become(mira);
    cr_expect_eq(mark("{\"itemType\":\"conversation\",\"itemId\":77}"), 0, "it need not exist");
    cr_expect_eq(mark("{\"itemType\":\"Poll\",\"itemId\":77}"), 0);
    cr_expect_eq(
        count_rows("read_marks",
                   "item_id = 77 AND read_at BETWEEN now() - interval '1 minute' AND now()"),
        2);
    cr_expect_eq(count_rows("audit", "profile_id IS NOT NULL AND action = 'U'"), 0);
}

Test(read_marks, never_move_backwards)
{
    static const char ahead[] = "now() + interval '1 hour'";
    int64_t item;

    grow_tree();
    item = make_item(tree[1]);
    become(mira);
    put_mark(6, item, ahead);
    put_mark(2, tree[1], ahead);
    forum_sql("UPDATE microcosm.profiles SET all_read_at = %s, huddles_read_at = %s", ahead, ahead);
    cr_expect_eq(mc_profile_mark_read(session, MC_ITEM_CONVERSATION, item), 0);
    cr_expect_eq(mc_profile_mark_read(session, MC_ITEM_MICROCOSM, tree[0]), 0);
    cr_expect_eq(mc_profile_mark_read(session, MC_ITEM_HUDDLE, 0), 0);
    cr_expect_eq(mc_profile_mark_read(session, MC_ITEM_SITE, 0), 0);
    cr_expect_eq(count_rows("read_marks", "read_at > now() + interval '59 minutes'"), 2);
    cr_expect_eq(count_rows("profiles", "all_read_at < now() + interval '59 minutes'"), 0);
    cr_expect_eq(count_rows("profiles", "huddles_read_at < now() + interval '59 minutes'"), 0);
}

Test(read_marks, of_a_microcosm_cover_all_below_it)
{
    int64_t inside, outside;
    char condition[200];

    grow_tree();
    inside = make_item(tree[2]);
    outside = make_item(tree[3]);
    put_mark(6, inside, "now() - interval '1 hour'");
    put_mark(6, outside, "now() - interval '1 hour'");
    become(mira);

    cr_expect_eq(mc_profile_mark_read(session, MC_ITEM_MICROCOSM, tree[1]), 0);

    snprintf(condition, sizeof(condition), "item_type = 2 AND item_id IN (%lld, %lld)", ID(tree[1]),
             ID(tree[2]));
    cr_expect_eq(count_rows("read_marks", condition), 2);
    cr_expect_eq(count_rows("read_marks", "item_type = 2"), 2);
    snprintf(condition, sizeof(condition), "item_type = 6 AND item_id = %lld", ID(outside));
    cr_expect_eq(count_rows("read_marks", condition), 1);
    cr_expect_eq(count_rows("read_marks", "item_type = 6"), 1, "the one inside is dropped");
    cr_expect_eq(mc_profile_mark_read(session, MC_ITEM_MICROCOSM, 888888), 0, "it need not exist");
}

Test(read_marks, of_the_site_leave_huddles)
{
    put_mark(6, 1, "now()");
    put_mark(2, 2, "now()");
    put_mark(16, 3, "now()");
    put_mark(5, 4, "now()");
    become(mira);

    cr_expect_eq(mark("{\"itemType\":\"site\"}"), 0);

    cr_expect_eq(count_rows("read_marks", "item_type = 5"), 1);
    cr_expect_eq(count_rows("read_marks", "true"), 1);
    cr_expect_eq(count_rows("profiles", "all_read_at > created + interval '1 millisecond'"), 1,
                 "one's own only");
}

Test(read_marks, of_all_huddles_leave_the_rest)
{
    put_mark(6, 1, "now()");
    put_mark(5, 4, "now()");
    make_huddle();
    become(mira);

    cr_expect_eq(mark("{\"itemType\":\"huddle\",\"itemId\":0}"), 0);

    cr_expect_eq(count_rows("read_marks", "item_type = 5 AND item_id = 4"), 0);
    cr_expect_eq(count_rows("read_marks", "item_type = 6"), 1);
    cr_expect(profile_shows(mira, "\"metric\":\"unreadHuddles\",\"value\":0}"));
    cr_expect_eq(mark("{\"itemType\":\"huddle\"}"), 0);
}

Test(read_marks, of_a_huddle_count_the_others)
{
    int64_t huddles[3];

    for (int i = 0; i < 3; i++)
        huddles[i] = make_huddle();
    put_mark(5, huddles[1], "now() + interval '2 minutes'");
    become(mira);

    cr_expect_eq(mc_profile_mark_read(session, MC_ITEM_HUDDLE, huddles[0]), 0);

    cr_expect(profile_shows(mira, "\"metric\":\"unreadHuddles\",\"value\":1}"));
}

Test(read_marks, need_a_resource)
{
    static const char *const refused[] = {"",
                                          "{}",
                                          "[]",
                                          "{\"itemType\":\"nonsense\",\"itemId\":1}",
                                          "{\"itemId\":1}",
                                          "{\"itemType\":\"conversation\"}",
                                          "{\"itemType\":\"conversation\",\"itemId\":0}",
                                          "{\"itemType\":\"microcosm\"}",
                                          "{\"itemType\":\"conversation\",\"itemId\":\"1\"}",
                                          "{\"itemType\":\"huddle\",\"itemId\":-1}",
                                          "{\"itemType\":6,\"itemId\":1}"};

    cr_expect_eq(mark("nonsense"), MC_EFORBIDDEN, "guests have read nothing");
    become(mira);
    for (size_t i = 0; i < sizeof(refused) / sizeof(*refused); i++)
        cr_expect_eq(mark(refused[i]), MC_EINVAL, "%s", refused[i]);
    cr_expect_eq(mc_profile_mark_read(session, MC_ITEM_NONE, 1), MC_EINVAL);
    cr_expect_eq(mc_profile_mark_read(session, (mc_item_type)99, 1), MC_EINVAL);
    cr_expect_eq(count_rows("read_marks", "true"), 0);
}
