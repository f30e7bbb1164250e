/* Profiles: one, its membership and preferences: docs/http/profiles.md. */
#include "fail_alloc.h"
#include "forum.h"
#include "people.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>

TestSuite(profiles, .init = people_open, .fini = forum_close, .timeout = 300);
TestSuite(members, .init = people_open, .fini = forum_close, .timeout = 300);
TestSuite(preferences, .init = people_open, .fini = forum_close, .timeout = 300);

/* One. */

Test(profiles, show_their_address_to_themselves_and_the_owner)
{
    const struct {
        int64_t actor;
        bool shown;
    } cases[] = {{0, false}, {tomas, false}, {mira, true}, {owner, true}};

    for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
        become(cases[i].actor);
        cr_expect_eq(profile_shows(mira, "mira@example.org"), cases[i].shown, "case %zu", i);
    }
}

Test(profiles, show_stats_to_themselves)
{
    make_huddle();
    make_huddle();
    become(mira);
    cr_expect(profile_shows(mira, "\"stats\":[{\"metric\":\"unreadHuddles\",\"value\":2}]"));
    cr_expect(!profile_shows(tomas, "\"stats\""));
    become(owner);
    cr_expect(!profile_shows(mira, "\"stats\""));
}

Test(profiles, have_the_form_of_the_docs)
{
    char form[300];

    snprintf(form, sizeof(form),
             "\"visible\":true,\"styleId\":0,\"itemCount\":0,\"commentCount\":0,\"profileComment\":"
             "null,\"created\":\"");
    cr_expect(profile_shows(mira, form));
    snprintf(form, sizeof(form),
             "\"avatar\":\"/api/v1/files/profiles/"
             "%lld.svg\",\"meta\":{\"flags\":{},\"links\":[{\"rel\":\"self\",\"href\":\"/api/"
             "v1/profiles/%lld\"},"
             "{\"rel\":\"site\",\"href\":\"/api/v1/sites/"
             "%lld\"}],\"permissions\":{\"create\":false,\"read\":true,",
             ID(mira), ID(mira), ID(site));
    cr_expect(profile_shows(mira, form));
}

Test(profiles, show_the_newest_comment_that_is_visible)
{
    static const char *const hidden[] = {"false", "false", "true"};

    for (int i = 0; i < 3; i++)
        forum_sql("INSERT INTO microcosm.comments (site_id, on_profile_id, item_type, position, "
                  "created_by,"
                  " markdown, html, is_deleted) VALUES (%lld, %lld, 3, %d, %lld, 'Text %d', "
                  "'<p>Text %d</p>', %s)",
                  ID(site), ID(mira), i, ID(mira), i, i, hidden[i]);

    cr_expect(profile_shows(mira, "\"markdown\":\"Text 1\""));
    cr_expect(profile_shows(tomas, "\"profileComment\":null"));
}

Test(profiles, show_how_one_follows_or_ignores_them)
{
    forum_sql("INSERT INTO microcosm.watchers (site_id, profile_id, item_type, item_id, send_email)"
              " VALUES (%lld, %lld, 3, %lld, true)",
              ID(site), ID(tomas), ID(mira));
    become(tomas);
    cr_expect(
        profile_shows(mira, "\"flags\":{\"watched\":true,\"sendEmail\":true,\"sendSMS\":false}"));
    cr_assert_eq(mc_ignore_set(session, MC_ITEM_PROFILE, mira, true), 0);
    cr_expect(profile_shows(
        mira,
        "\"flags\":{\"watched\":true,\"ignored\":true,\"sendEmail\":true,\"sendSMS\":false}"));
    become(mira);
    cr_expect(profile_shows(mira, "\"flags\":{}"));
}

Test(profiles, stay_on_their_site)
{
    int64_t stranger = make_stranger();
    mc_profile *profile = NULL;

    become(owner);
    cr_expect_eq(mc_profile_get(&profile, session, stranger), MC_ENOTFOUND);
    cr_expect_eq(mc_profile_get(&profile, session, 888888888), MC_ENOTFOUND);
    cr_expect_eq(mc_profile_get(&profile, session, 0), MC_EINVAL);
    cr_expect_eq(mc_profile_get(&profile, session, -1), MC_EINVAL);
    cr_expect_null(profile);
}

Test(profiles, of_the_root_site_are_visible_to_themselves)
{
    mc_profile *profile = NULL;
    mc_collection *list = NULL;
    int64_t there;

    enter_site("root");
    cr_assert_eq(mc_session_act_as_email(session, "mira@example.org"), 0);
    there = mc_session_profile(session);
    cr_expect_eq(mc_profile_get(&profile, session, there), 0);
    cr_expect_str_eq(profile->profile_name, "mira", "there it is the address before the @");
    mc_record_free(profile);
    profile = NULL;
    cr_assert_eq(mc_session_act_as_email(session, "tomas@example.org"), 0);
    cr_expect_eq(mc_profile_get(&profile, session, there), MC_EFORBIDDEN);
    cr_expect_eq(mc_profiles_list(&list, session, NULL, NULL), MC_EFORBIDDEN);
    cr_expect_null(profile);
    cr_expect_null(list);
}

Test(profiles, are_all_that_banned_members_see)
{
    mc_profile *profile = NULL;
    mc_collection *list = NULL;
    mc_profile_options *options = NULL;

    ban(mira);
    become(mira);
    cr_expect_eq(mc_profile_get(&profile, session, tomas), MC_EBANNED);
    cr_expect_eq(mc_profiles_list(&list, session, NULL, NULL), MC_EBANNED);
    cr_expect_eq(mc_profile_options_get(&options, session), MC_EBANNED);
    cr_expect_eq(mc_profile_mark_read(session, MC_ITEM_SITE, 0), MC_EBANNED);
    cr_expect(profile_shows(mira, "mira@example.org"), "their own");
    cr_assert_eq(mc_profile_self(&profile, session), 0);
    cr_expect_str_eq(profile->email, "mira@example.org");
    cr_expect(profile->meta->permissions->is_banned && profile->meta->permissions->can_read);
    cr_expect(!profile->meta->permissions->can_update);
    mc_record_free(profile);
}

Test(profiles, do_not_exist_for_guests)
{
    mc_profile *profile = NULL;

    cr_expect_eq(mc_profile_self(&profile, session), MC_EFORBIDDEN);
    cr_expect_null(profile);
}

static int self_and_free(void)
{
    mc_profile *profile = NULL;
    int rc = mc_profile_self(&profile, session);

    mc_record_free(profile);
    return rc;
}

static int list_and_free(void)
{
    mc_profile_filter filter = {.size = sizeof(filter), .name_starts_with = "MI"};
    mc_collection *list = NULL;
    int rc = mc_profiles_list(&list, session, &filter, NULL);

    mc_record_free(list);
    return rc;
}

static int rename_once(void)
{
    mc_profile_edit edit = {.size = sizeof(edit), .profile_name = "tomas"};

    return mc_profile_edit_save(session, mira, &edit);
}

static int options_and_free(void)
{
    mc_profile_options *options = NULL;
    int rc = mc_profile_options_get(&options, session);

    mc_record_free(options);
    return rc;
}

static int mark_once(void)
{
    static const char body[] = "{\"itemType\":\"microcosm\",\"itemId\":1}";

    return mc_profile_mark_read_body(session, MC_FORMAT_JSON, body, sizeof(body) - 1);
}

static int ignore_once(void)
{
    return mc_ignore_set(session, MC_ITEM_PROFILE, tomas, true);
}

Test(profiles, survive_any_failing_allocation)
{
    become(mira);
    make_comment_on_profile(mira);
    cr_expect_gt(fail_each(self_and_free), 1);
    cr_expect_gt(fail_each(list_and_free), 1);
    cr_expect_gt(fail_each(rename_once), 1);
    cr_expect_gt(fail_each(options_and_free), 1);
    cr_expect_gt(fail_each(mark_once), 1);
    cr_expect_gt(fail_each(ignore_once), 1);
}

/* PATCH. */

static int patch(int64_t id, const char *body)
{
    return mc_profile_patch_body(session, id, body, strlen(body));
}

#define SET_MEMBER(value) "[{\"op\":\"replace\",\"path\":\"/member\",\"value\":" value "}]"

Test(members, are_made_by_the_owner)
{
    become(owner);
    cr_expect_eq(patch(mira, SET_MEMBER("true")), 0);
    cr_expect_eq(patch(mira, SET_MEMBER("true")), 0, "once more");
    cr_expect(profile_shows(mira, "\"member\":true"));
    cr_expect_eq(count_rows("attributes", "item_type = 3 AND key = 'is_member' AND value_boolean"),
                 1);
    become(tomas);
    cr_expect(!profile_shows(mira, "\"member\""));
    become(mira);
    cr_expect(profile_shows(mira, "\"member\":true"));
    cr_expect_eq(patch(mira, SET_MEMBER("false")), MC_EFORBIDDEN);
    become(owner);
    cr_expect_eq(patch(mira, SET_MEMBER("false")), 0);
    cr_expect_eq(count_rows("attributes", "item_type = 3"), 0);
    cr_expect_eq(patch(888888888, SET_MEMBER("true")), MC_ENOTFOUND);
    cr_expect_eq(count_rows("attributes", "item_type = 3"), 0);
    cr_expect_eq(count_rows("audit", "item_type = 3 AND action = 'U'"), 3);
}

Test(members, may_have_had_another_value)
{
    forum_sql("INSERT INTO microcosm.attributes (site_id, item_type, item_id, key, value_text)"
              " VALUES (%lld, 3, %lld, 'is_member', 'yes')",
              ID(site), ID(mira));
    become(owner);
    cr_expect(!profile_shows(mira, "\"member\""));
    cr_expect_eq(patch(mira, SET_MEMBER("true")), 0);
    cr_expect(profile_shows(mira, "\"member\":true"));
}

Test(members, are_set_in_one_way_only)
{
    static const struct {
        const char *body;
        int code;
    } cases[] = {
        {"", MC_EINVAL},
        {"[]", MC_EINVAL},
        {"{}", MC_EINVAL},
        {SET_MEMBER("\"true\""), MC_EINVAL},
        {SET_MEMBER("1"), MC_EINVAL},
        {SET_MEMBER("null"), MC_EINVAL},
        {"[{\"op\":\"replace\",\"path\":\"/visible\",\"value\":true}]", MC_EINVAL},
        {"[{\"op\":\"add\",\"path\":\"/member\",\"value\":true}]", MC_EUNSUPPORTED},
        {"[{\"op\":\"remove\",\"path\":\"/member\"}]", MC_EUNSUPPORTED},
    };

    become(owner);
    for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++)
        cr_expect_eq(patch(mira, cases[i].body), cases[i].code, "%s", cases[i].body);
    cr_expect_eq(count_rows("attributes", "item_type = 3"), 0);
}

/* Preferences. */

static bool prefers(const char *json)
{
    mc_profile_options *options = NULL;
    bool same;

    cr_assert_eq(mc_profile_options_get(&options, session), 0);
    same = strstr(json_of(options), json) != NULL;
    mc_record_free(options);
    return same;
}

static int set_options(const char *body)
{
    return mc_profile_options_body(session, MC_FORMAT_JSON, body, strlen(body));
}

Test(preferences, begin_with_those_of_the_site)
{
    become(mira);
    cr_expect(prefers("\"showDOB\":false,\"showDOBYear\":false,\"sendEmail\":true,\"sendSMS\":"
                      "false,\"isDiscouraged\":false,\"digest\":\"none\"}"));
    forum_sql("DELETE FROM microcosm.profile_options");
    cr_expect(prefers("\"showDOB\":false,\"showDOBYear\":false,\"sendEmail\":true,\"sendSMS\":"
                      "false,\"isDiscouraged\":false,\"digest\":\"none\"}"));
}

Test(preferences, are_replaced_as_a_whole)
{
    become(mira);
    cr_expect_eq(set_options("{\"showDOB\":true,\"isDiscouraged\":true,\"profileId\":1}"), 0);
    cr_expect(prefers("\"showDOB\":true,\"showDOBYear\":false,\"sendEmail\":false,\"sendSMS\":"
                      "false,\"isDiscouraged\":true,\"digest\":\"none\"}"));
    cr_expect_eq(mc_profile_options_set(session, &(mc_profile_options){.send_sms = true}), 0);
    cr_expect(prefers("\"showDOB\":false,\"showDOBYear\":false,\"sendEmail\":false,\"sendSMS\":"
                      "true,\"isDiscouraged\":false,\"digest\":\"none\"}"));
    cr_expect_eq(count_rows("audit", "item_type = 3 AND action = 'U'"), 2);
    cr_expect_eq(count_rows("changes", "item_type = 3 AND action = 'update'"), 2);
    become(tomas);
    cr_expect(prefers("\"sendEmail\":true,\"sendSMS\":false"), "they are one's own");
}

Test(preferences, have_a_digest_that_stays_where_it_is_not_named)
{
    become(mira);
    cr_expect_eq(set_options("{\"digest\":\"weekly\"}"), 0);
    cr_expect_eq(set_options("{\"sendEmail\":true}"), 0);
    cr_expect_eq(mc_profile_options_set(session, &(mc_profile_options){.send_email = true}), 0);
    cr_expect(prefers("\"sendEmail\":true,\"sendSMS\":false,\"isDiscouraged\":false,"
                      "\"digest\":\"weekly\"}"));
    cr_expect_eq(set_options("{\"digest\":\"hourly\"}"), MC_EINVAL);
    cr_expect_eq(set_options("{\"digest\":1}"), MC_EINVAL);
    cr_expect_eq(set_options("{\"digest\":\"none\"}"), 0);
    cr_expect(prefers("\"digest\":\"none\"}"));
}

Test(preferences, must_be_booleans)
{
    become(mira);
    cr_expect_eq(set_options("{\"sendEmail\":\"yes\"}"), MC_EINVAL);
    cr_expect_eq(set_options("{\"sendEmail\":1}"), MC_EINVAL);
    cr_expect_eq(set_options("[]"), MC_EINVAL);
    cr_expect_eq(set_options(""), MC_EINVAL);
    cr_expect_eq(mc_profile_options_set(session, NULL), MC_EINVAL);
    cr_expect(prefers("\"sendEmail\":true"));
}

Test(preferences, are_refused_to_guests)
{
    mc_profile_options *options = NULL;

    cr_expect_eq(mc_profile_options_get(&options, session), MC_EFORBIDDEN);
    cr_expect_eq(set_options("nonsense"), MC_EFORBIDDEN);
    cr_expect_null(options);
}

/* Pictures. */

static void expect_avatar(mc_choice gravatar, const char *email, const char *expected)
{
    mc_app_options options = MC_APP_OPTIONS_INIT;
    mc_visit visit = MC_VISIT_INIT;
    mc_session *own = NULL;
    mc_profile *profile = NULL;
    mc_app *made = NULL;
    char address[100];

    options.database = forum_database;
    options.gravatar = gravatar;
    visit.site_key = "test";
    cr_assert_eq(mc_app_new(&made, &options, NULL), 0);
    cr_assert_eq(mc_session_new(&own, made), 0);
    cr_assert_eq(mc_session_enter(own, &visit), 0);
    cr_assert_eq(mc_session_act_as_email(own, email), 0);
    cr_assert_eq(mc_profile_get(&profile, own, mc_session_profile(own)), 0);
    snprintf(address, sizeof(address), "/api/v1/files/profiles/%lld.svg",
             (long long)mc_session_profile(own));
    cr_expect_str_eq(profile->avatar, expected ? expected : address);
    mc_record_free(profile);
    mc_session_free(own);
    mc_app_free(made);
}

/* sha256sum says what the numbers are. */
Test(profiles, have_pictures_of_our_own_unless_the_operator_wants_others)
{
    expect_avatar(MC_UNSET, "plain@example.org", NULL);
    expect_avatar(MC_NO, "other@example.org", NULL);
    expect_avatar(MC_YES, "Gull@Example.org",
                  "https://www.gravatar.com/avatar/"
                  "b35f5892338675562e25e331f7d93152b8ea4eef583cee7978320d4e2d208c95?d=identicon");
    expect_avatar(MC_YES, "plain@example.org", NULL);
}
