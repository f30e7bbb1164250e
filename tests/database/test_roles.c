/* Roles through the C API: docs/http/roles.md. tests/http/test_roles.py has their rules. */
#include "fail_alloc.h"
#include "forum.h"

#include <criterion/criterion.h>
#include <string.h>

static int64_t owner, bob, place;

static void begin(void)
{
    forum_open();
    bob = act_as("bob");
    owner = act_as("owner");
    place = make_microcosm(root_microcosm(), "Sheds");
}

TestSuite(roles, .init = begin, .fini = forum_close, .timeout = 300);

static int64_t make_role(const char *title, mc_choice read)
{
    mc_role_edit edit = MC_ROLE_EDIT_INIT;
    int64_t id = 0;

    edit.title = title;
    edit.can_read = read;
    must(mc_role_create(&id, session, place, &edit));
    return id;
}

static int64_t make_criterion(int64_t role, const char *column, const char *predicate,
                              const char *value)
{
    mc_criterion_edit edit = MC_CRITERION_EDIT_INIT;
    int64_t id = 0;

    edit.profile_column = column;
    edit.predicate = predicate;
    edit.value_text = value;
    must(mc_role_criterion_create(&id, session, place, role, &edit));
    return id;
}

static bool may_read(const char *name)
{
    mc_permission_query query = MC_PERMISSION_QUERY_INIT;
    mc_permissions *permissions = NULL;
    bool can_read;

    act_as(name);
    query.item_type = MC_ITEM_MICROCOSM;
    query.item_id = place;
    must(mc_permissions_get(&permissions, NULL, session, &query));
    can_read = permissions->can_read;
    mc_record_free(permissions);
    act_as("owner");
    return can_read;
}

static int64_t count_members(int64_t role)
{
    mc_collection *members = NULL;
    int64_t total;

    must(mc_role_members(&members, session, place, role, NULL));
    total = members->profiles->total;
    cr_expect_eq((int64_t)members->profiles->items.count, total);
    mc_record_free(members);
    return total;
}

Test(roles, are_made_changed_and_deleted)
{
    int64_t id = make_role("Readers", MC_YES);
    mc_role_edit edit = MC_ROLE_EDIT_INIT;
    mc_role *role = NULL;

    must(mc_role_find(&role, session, place, id));
    cr_expect_str_eq(role->title, "Readers");
    cr_expect(role->can_read && !role->can_create && !role->meta->edited_by);
    cr_expect_eq(role->meta->created_by->id, owner);
    mc_record_free(role);
    edit.can_create = MC_YES;
    edit.edit_reason = "Wider";
    must(mc_role_edit_save(session, place, id, &edit));
    must(mc_role_patch(session, place, id, &(mc_patch_op){"/read", false}, 1));
    must(mc_role_find(&role, session, 0, id));
    cr_expect(!role->can_read && role->can_create);
    cr_expect_str_eq(role->meta->edit_reason, "Set read to false");
    mc_record_free(role);
    must(mc_role_delete(session, place, id));
    must_fail(mc_role_find(&role, session, place, id), MC_ENOTFOUND);
}

/* Each change is looked at by a session that had the rights from before in its cache. */
Test(roles, count_from_the_next_call)
{
    int64_t id, criterion;
    mc_criterion_edit edit = MC_CRITERION_EDIT_INIT;

    cr_expect(may_read("bob"));
    id = make_role("Nobody", MC_YES);
    cr_expect_not(may_read("bob"));
    must(mc_role_profile_put(session, place, id, bob));
    cr_expect(may_read("bob"));
    must(mc_role_profile_delete(session, place, id, bob));
    cr_expect_not(may_read("bob"));
    criterion = make_criterion(id, "profileName", "eq", "BOB");
    cr_expect(may_read("bob"));
    edit.predicate = "neq";
    must(mc_role_criterion_edit_save(session, place, id, criterion, &edit));
    cr_expect_not(may_read("bob"));
    cr_expect(may_read("ann"));
    must(mc_role_criterion_delete(session, place, id, criterion));
    cr_expect_not(may_read("ann"));
    must(mc_role_delete(session, place, id));
    cr_expect(may_read("bob"));
}

Test(roles, advance_the_version_of_the_facts)
{
    static const char version[] = "SELECT facts_version FROM microcosm.sites WHERE site_id = %lld";
    int64_t site = mc_session_site(session), before = forum_number(version, (long long)site), id;

    id = make_role("Readers", MC_YES);
    cr_expect_gt(forum_number(version, (long long)site), before);
    before = forum_number(version, (long long)site);
    make_criterion(id, "id", "gt", "0");
    cr_expect_gt(forum_number(version, (long long)site), before);
}

Test(roles, roll_back_with_their_transaction)
{
    int64_t id = make_role("Nobody", MC_YES);

    must(mc_session_begin(session));
    must(mc_role_profile_put(session, place, id, bob));
    make_criterion(id, "id", "gt", "0");
    must(mc_session_rollback(session));

    cr_expect_not(may_read("bob"));
    cr_expect_eq(count_members(id), 0);
}

Test(roles, compare_created_with_days_and_dates)
{
    static const struct {
        const char *predicate, *value;
        bool matches;
    } cases[] = {
        {"lt", "2020-01-02", true}, {"lt", "2020-01-01", false},  {"le", "2020-01-01", true},
        {"eq", "2020-01-01", true}, {"neq", "2020-01-01", false}, {"ge", "2020-01-02", false},
        {"gt", "1000", true},       {"lt", "1000", false},        {"gt", "9e5", false}};
    int64_t id = make_role("Old", MC_YES);

    forum_sql(
        "UPDATE microcosm.profiles SET created = '2020-01-01T23:59:59Z' WHERE profile_id = %lld",
        (long long)bob);
    for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
        int64_t criterion = make_criterion(id, "created", cases[i].predicate, cases[i].value);

        cr_expect_eq(may_read("bob"), cases[i].matches, "%s %s", cases[i].predicate,
                     cases[i].value);
        must(mc_role_criterion_delete(session, place, id, criterion));
    }
}

Test(roles, take_one_value_of_a_criterion)
{
    mc_criterion_edit edit = MC_CRITERION_EDIT_INIT;
    int64_t role = make_role("Readers", MC_YES), id = 0;

    edit.attr_key = "height";
    edit.predicate = "eq";
    must_fail(mc_role_criterion_create(&id, session, place, role, &edit), MC_EINVAL);
    expect_faults("value ");
    edit.value_text = "x";
    edit.value_boolean = MC_NO;
    must_fail(mc_role_criterion_create(&id, session, place, role, &edit), MC_EINVAL);
    expect_faults("value ");
}

static int list_roles(void)
{
    mc_collection *list = NULL;
    int rc = mc_roles_list(&list, session, place, NULL);

    mc_record_free(list);
    return rc;
}

Test(roles, survive_running_out_of_memory)
{
    mc_collection *list = NULL;
    int64_t id = make_role("Readers", MC_YES);

    make_criterion(id, "id", "gt", "0");
    cr_expect_gt(fail_each(list_roles), 0);

    must(mc_roles_list(&list, session, place, NULL));
    cr_expect_eq(((const mc_role *)list->roles->items.items[0])->members->total, 2,
                 "the owner and bob");
    mc_record_free(list);
}
