/* Reading and creating sites: docs/http/sites.md. */
#include "fail_alloc.h"
#include "forum.h"
#include "wait.h"

#include <criterion/criterion.h>
#include <string.h>

static int64_t site_id, owner;

static void begin(void)
{
    forum_open();
    site_id = mc_session_site(session);
    owner = forum_number("SELECT owned_by FROM microcosm.sites WHERE site_id = %lld",
                         (long long)site_id);
}

TestSuite(sites, .init = begin, .fini = forum_close, .timeout = 300);

static int64_t count(const char *table, int64_t id)
{
    return forum_number("SELECT count(*) FROM microcosm.%s WHERE site_id = %lld", table,
                        (long long)id);
}

static int create(int64_t *out, const char *key, const char *title, const char *email)
{
    mc_site_edit edit = {.size = sizeof(edit), .title = title, .subdomain_key = key};

    return mc_site_create(out, session, &edit, email);
}

/* Making. */

Test(sites, are_made_with_all_that_belongs_to_them)
{
    cr_expect_eq(forum_number("SELECT count(*) FROM microcosm.sites s JOIN microcosm.profiles p"
                              " ON p.site_id = s.site_id AND p.profile_id = s.owned_by AND "
                              "p.profile_id = s.created_by"
                              " JOIN microcosm.users u ON u.user_id = p.user_id"
                              " WHERE s.site_id = %lld AND u.email = 'owner@example.org'"
                              " AND p.profile_name = 'user' || (u.user_id + 5830)",
                              (long long)site_id),
                 1);
    cr_expect_eq(
        forum_number(
            "SELECT count(*) FROM microcosm.profile_options WHERE site_id = %lld AND send_email"
            " AND NOT (send_sms OR show_dob OR show_dob_year OR is_discouraged)",
            (long long)site_id),
        1);
    cr_expect_eq(
        forum_number("SELECT count(*) FROM microcosm.microcosms m JOIN microcosm.microcosm_stats"
                     " USING (site_id, microcosm_id) WHERE m.site_id = %lld AND m.title = 'Forums'"
                     " AND m.description = 'Test' AND m.parent_id IS NULL"
                     " AND m.item_types = '{2,6,9}' AND m.owned_by = %lld",
                     (long long)site_id, (long long)owner),
        1);
    cr_expect_eq(count("site_stats", site_id), 1);
    cr_expect_eq(
        forum_number(
            "SELECT count(*) FROM microcosm.changes WHERE site_id = %lld AND action = 'create'"
            " AND item_type IN (1, 2, 3)",
            (long long)site_id),
        3);
}

Test(sites, begin_with_three_roles)
{
    static const char *const roles[] = {
        "r.title = 'Guests' AND include_guests AND can_read"
        " AND NOT (include_users OR is_banned OR can_create OR can_close_own OR can_read_others)",
        "r.title = 'Members' AND include_users AND can_create AND can_read AND can_close_own AND "
        "can_read_others"
        " AND NOT (include_guests OR is_banned)",
        "r.title = 'Banned' AND is_banned"
        " AND NOT (include_guests OR include_users OR can_create OR can_read OR can_close_own OR "
        "can_read_others)",
    };

    cr_expect_eq(count("roles", site_id), 3);
    for (size_t i = 0; i < sizeof(roles) / sizeof(*roles); i++)
        cr_expect_eq(
            forum_number(
                "SELECT count(*) FROM microcosm.roles r JOIN microcosm.microcosms m"
                " USING (site_id, microcosm_id) WHERE site_id = %lld AND m.parent_id IS NULL AND %s"
                " AND NOT (is_moderator OR can_update OR can_delete OR can_open_own)",
                (long long)site_id, roles[i]),
            1, "%s", roles[i]);
}

Test(sites, keep_the_title_and_description_given)
{
    mc_site_edit edit = {.size = sizeof(edit),
                         .title = "<b>SHOUTING</b> \"quietly\"",
                         .description = "Two\nlines",
                         .subdomain_key = "quay"};
    int64_t made = 0;

    cr_assert_eq(mc_site_create(&made, session, &edit, "a@example.org"), 0);

    cr_expect_eq(
        forum_number(
            "SELECT count(*) FROM microcosm.sites JOIN microcosm.microcosms m USING (site_id)"
            " WHERE site_id = %lld AND sites.title = 'SHOUTING &#34;quietly&#34;'"
            " AND sites.description = E'Two\\nlines' AND m.description = E'Two\\nlines'",
            (long long)made),
        1);
}

Test(sites, leave_an_audit_when_the_address_is_known)
{
    mc_visit visit = MC_VISIT_INIT;
    int64_t made = 0;

    cr_expect_eq(count("audit", site_id), 0, "nobody had entered a site then");
    visit.site_key = "test";
    visit.address = "192.0.2.1";
    must(mc_session_enter(session, &visit));
    cr_assert_eq(create(&made, "quay", "Quay", "a@example.org"), 0);

    cr_expect_eq(
        forum_number("SELECT count(*) FROM microcosm.audit WHERE site_id = %lld AND item_type = 1"
                     " AND item_id = site_id AND action = 'C' AND address = '192.0.2.1'",
                     (long long)made),
        1);
}

Test(sites, may_have_any_key_but_root)
{
    static const char *const refused[] = {NULL, "", "with-dash", "a.b", "a b", "Root", "../x", "é"};
    char long_key[52];
    int64_t made = 0;

    for (size_t i = 0; i < sizeof(refused) / sizeof(*refused); i++) {
        cr_expect_eq(create(&made, refused[i], "Quay", "a@example.org"), MC_EINVAL, "%s",
                     refused[i]);
        cr_expect_eq(mc_session_error(session)->fault_count, 1);
        cr_expect_str_eq(mc_session_error(session)->faults[0].field, "subdomainKey");
    }
    memset(long_key, 'x', 51);
    long_key[51] = '\0';
    cr_expect_eq(create(&made, long_key, "Quay", "a@example.org"), MC_EINVAL);
    cr_expect_eq(made, 0);
    cr_expect_eq(create(&made, long_key + 1, "Quay", "a@example.org"), 0);
    cr_expect_eq(create(&made, "Demo", "Quay", "a@example.org"), 0);
    cr_expect_eq(forum_number("SELECT count(*) FROM microcosm.sites WHERE subdomain_key = 'demo'"),
                 1);
}

Test(sites, report_all_faults_at_once)
{
    mc_site_edit edit = {
        .size = sizeof(edit), .title = " ", .description = " \n", .subdomain_key = "?"};
    int64_t made = 7;

    cr_expect_eq(mc_site_create(&made, session, &edit, "nobody"), MC_EINVAL);
    cr_expect_eq(mc_session_error(session)->fault_count, 4);
    cr_expect_eq(mc_site_create(&made, session, NULL, "a@example.org"), MC_EINVAL);
    cr_expect_eq(made, 7, "a failed call leaves its out parameter alone");
}

Test(sites, do_not_share_a_key)
{
    int64_t made = 7;
    int64_t before = forum_number("SELECT count(*) FROM microcosm.profiles");

    cr_expect_eq(create(&made, "test", "Another", "a@example.org"), MC_ECONFLICT);

    cr_expect_eq(made, 7);
    cr_expect_eq(forum_number("SELECT count(*) FROM microcosm.profiles"), before);
    cr_expect_eq(forum_number("SELECT count(*) FROM microcosm.microcosms WHERE title = 'Forums'"),
                 1);
}

static mc_site *get(void)
{
    mc_site *site = NULL;

    cr_assert_eq(mc_site_get(&site, session), 0, "%s", mc_session_error(session)->message);
    return site;
}

/* Finding: by what a Host header says. */

Test(sites, are_found_by_their_host)
{
    static const struct {
        const char *host, *key; /* NULL: fails with the code */
        int code;
    } cases[] = {
        {"test.localhost", "test", 0},
        {"TEST.LocalHost:8080", "test", 0},
        {"localhost", "root", 0},
        {"localhost:80", "root", 0},
        {"boats.example", "test", 0},
        {"Boats.Example:443", "test", 0},
        {"nosuch.localhost", NULL, MC_ENOSITE},
        {"root.localhost", NULL, MC_ENOSITE},
        {"a.test.localhost", NULL, MC_ENOTFOUND},
        {".localhost", NULL, MC_ENOTFOUND},
        {"test.localhost.", NULL, MC_ENOTFOUND},
        {"testlocalhost", NULL, MC_ENOTFOUND},
        {"xtest.localhost", NULL, MC_ENOSITE},
        {"www.boats.example", NULL, MC_ENOTFOUND},
        {"elsewhere.example", NULL, MC_ENOTFOUND},
        {"", NULL, MC_ENOTFOUND},
        {":80", NULL, MC_ENOTFOUND},
    };

    forum_sql("UPDATE microcosm.sites SET domain = 'boats.example' WHERE subdomain_key = 'test'");
    for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
        mc_visit visit = MC_VISIT_INIT;
        int rc;

        visit.host = cases[i].host;
        rc = mc_session_enter(session, &visit);
        cr_expect_eq(rc, cases[i].code, "%s gives %d", cases[i].host, rc);
        if (rc == 0 && cases[i].key) {
            mc_site *found = get();

            cr_expect_str_eq(found->subdomain_key, cases[i].key, "%s", cases[i].host);
            mc_record_free(found);
        }
    }
}

/* Showing. */

static bool shows(const char *part)
{
    mc_site *record = get();
    mc_buffer *json = NULL;
    bool found;

    must(mc_buffer_new(&json, 0));
    must(mc_record_json(json, record));
    found = strstr(mc_buffer_bytes(json), part) != NULL;
    mc_buffer_free(json);
    mc_record_free(record);
    return found;
}

Test(sites, have_a_detail)
{
    mc_site *site = get();

    cr_expect_eq(site->id, site_id);
    cr_expect_str_eq(site->site_url, "https://test.localhost");
    cr_expect_str_eq(site->title, "Test");
    cr_expect_str_eq(site->subdomain_key, "test");
    cr_expect_eq(site->owned_by->id, owner);
    cr_expect_eq(site->owned_by->meta->links.count, 2);
    cr_expect_eq(site->meta->created_by->id, owner);
    cr_expect_eq(site->meta->flags->deleted, MC_NO);
    cr_expect_eq(site->menu.count, 0);
    cr_expect(site->meta->permissions->can_read && site->meta->permissions->is_guest);
    mc_record_free(site);
    cr_expect(shows("\"menu\":[],\"searchLanguage\":\"english\",\"meta\":{\"created\":\""));
    cr_expect(shows("\"links\":[{\"rel\":\"self\",\"href\":\"/api/v1/sites/"));
    cr_expect(shows(
        "{\"rel\":\"microcosm\",\"href\":\"/api/v1/microcosms\"},{\"rel\":\"profile\",\"href\":"
        "\"/api/v1/profiles\"},{\"rel\":\"legal\",\"href\":\"/api/v1/legal\"}],\"permissions\":{"));
}

Test(sites, belong_to_their_owner)
{
    mc_site *site;

    must(mc_session_act_as(session, owner));
    site = get();
    cr_expect(site->meta->permissions->is_site_owner && site->meta->permissions->is_owner);
    cr_expect(site->meta->permissions->can_create && site->meta->permissions->can_delete);
    mc_record_free(site);
    act_as("mira");
    site = get();
    cr_expect(!site->meta->permissions->can_create && !site->meta->permissions->can_update);
    mc_record_free(site);
}

Test(sites, show_the_menu_in_its_order)
{
    forum_sql("INSERT INTO microcosm.menu_links (site_id, position, href, title, text)"
              " VALUES (%lld, 1, '/b', '', 'Second'), (%lld, 0, '/a', 'Go', 'First')",
              (long long)site_id, (long long)site_id);

    cr_expect(shows("\"menu\":[{\"href\":\"/a\",\"title\":\"Go\",\"text\":\"First\"},"
                    "{\"href\":\"/b\",\"text\":\"Second\"}]"));
}

Test(sites, fall_back_to_their_theme)
{
    const long long id = (long long)site_id;

    cr_expect(!shows("backgroundPosition"), "there is no background");
    forum_sql("UPDATE microcosm.themes SET logo_url = '/logo', favicon_url = '/icon', "
              "background_url = '/bg', background_color = 'navy', background_position = 'wide',"
              " link_color = '#123'");
    cr_expect(
        shows("\"logoUrl\":\"/logo\",\"faviconUrl\":\"/icon\",\"backgroundColor\":\"navy\","
              "\"backgroundUrl\":\"/bg\",\"backgroundPosition\":\"wide\",\"linkColor\":\"#123\""));
    forum_sql("UPDATE microcosm.sites SET background_color = 'tan', background_position = 'left',"
              " link_color = 'red' WHERE site_id = %lld",
              id);
    cr_expect(shows("\"backgroundColor\":\"tan\",\"backgroundUrl\":\"/bg\","
                    "\"backgroundPosition\":\"left\",\"linkColor\":\"red\""));
    forum_sql("UPDATE microcosm.sites SET logo_url = '', favicon_url = '', background_url = ''"
              " WHERE site_id = %lld",
              id);
    cr_expect(shows("\"logoUrl\":\"/logo\",\"backgroundColor\":\"tan\",\"linkColor\":\"red\""));
}

Test(sites, have_sign_in_links)
{
    forum_sql("UPDATE microcosm.sites SET auth0_domain = 'a.example', auth0_client_id = 'id'"
              " WHERE site_id = %lld",
              (long long)site_id);
    must(mc_session_act_as(session, owner));

    cr_expect(shows("\"auth0Domain\":\"a.example\",\"auth0ClientId\":\"id\""));
}

static int64_t stat(size_t i)
{
    mc_site *site = get();
    int64_t value = ((const mc_stat *)site->meta->stats.items[i])->value;

    mc_record_free(site);
    return value;
}

enum { ACTIVE, ONLINE, PROFILES, CONVERSATIONS, EVENTS, COMMENTS };

Test(sites, are_recounted_by_a_job)
{
    const long long id = (long long)site_id;

    act_as("mira");
    act_as(NULL);
    forum_sql("UPDATE microcosm.microcosm_counters SET conversation_count = 3, event_count = 2, "
              "comment_count = 9"
              " WHERE site_id = %lld",
              id);
    forum_sql("UPDATE microcosm.profiles SET last_active = now() - interval '2 hours'"
              " WHERE site_id = %lld AND profile_name = 'mira'",
              id);
    must(mc_job_run(session, "site-stats"));
    cr_expect_eq(stat(ACTIVE), 2);
    cr_expect_eq(stat(ONLINE), 1);
    cr_expect_eq(stat(PROFILES), 2);
    cr_expect_eq(stat(CONVERSATIONS), 3);
    cr_expect_eq(stat(EVENTS), 2);
    cr_expect_eq(stat(COMMENTS), 9);

    forum_sql("UPDATE microcosm.microcosms SET is_deleted = true WHERE site_id = %lld", id);
    mc_app_step(forum_app);
    cr_expect_eq(stat(CONVERSATIONS), 3, "requests show what is stored");
    must(mc_job_run(session, "site-stats"));
    cr_expect_eq(stat(CONVERSATIONS), 0, "what nobody sees doesn't count");
    cr_expect_eq(stat(COMMENTS), 0);
}

Test(sites, have_the_right_number_of_profiles_at_once)
{
    must(mc_job_run(session, "site-stats"));
    act_as("mira");
    cr_expect_eq(stat(PROFILES), 2);
    cr_expect_eq(stat(ACTIVE), 1, "as last counted");
    forum_sql("DELETE FROM microcosm.site_stats WHERE site_id = %lld", (long long)site_id);
    cr_expect_eq(stat(PROFILES), 0);
}

Test(sites, include_the_root_with_the_operator)
{
    mc_visit visit = MC_VISIT_INIT;
    mc_site *site;

    visit.site_key = "root";
    cr_assert_eq(mc_session_enter(session, &visit), 0);

    site = get();

    cr_assert_not_null(site->owned_by);
    cr_expect_str_eq(site->owned_by->profile_name, "operator");
    cr_expect_eq(site->owned_by->id, site->meta->created_by->id);
    cr_expect_str_eq(site->site_url, "https://localhost");
    mc_record_free(site);
}

static int get_and_free(void)
{
    mc_site *site = NULL;
    int rc = mc_site_get(&site, session);

    mc_record_free(site);
    return rc;
}

static int create_quay(void)
{
    int64_t made = 0;

    return create(&made, "quay", "Quay", "a@example.org");
}

Test(sites, survive_any_failing_allocation)
{
    cr_expect_gt(fail_each(get_and_free), 1);
    cr_expect_gt(fail_each(create_quay), 1);
}

Test(sites, must_be_entered_first)
{
    mc_site *site = NULL;

    mc_session_reset(session);
    cr_expect_eq(mc_site_get(&site, session), MC_ESTATE);
    cr_expect_null(site);
}

/* Another owner. */

static bool is_owner_for(mc_session *asking)
{
    mc_permission_query root = {
        .size = sizeof(root), .item_type = MC_ITEM_MICROCOSM, .item_id = root_microcosm()};
    mc_permissions *permissions = NULL;
    bool is_owner;

    cr_assert_eq(mc_permissions_get(&permissions, NULL, asking, &root), 0);
    is_owner = permissions->is_site_owner;
    mc_record_free(permissions);
    return is_owner;
}

/* The first session entered long ago; the facts that it reads must not affect others. */
Test(sites, a_new_owner_is_the_owner_for_everybody)
{
    mc_visit visit = MC_VISIT_INIT;
    mc_session *other = NULL;
    int64_t anna = act_as("anna");

    cr_expect_not(is_owner_for(session));
    forum_sql("UPDATE microcosm.sites SET owned_by = %lld WHERE site_id = %lld", (long long)anna,
              (long long)site_id);
    cr_expect(is_owner_for(session), "at the next call");

    visit.site_key = "test";
    must(mc_session_new(&other, forum_app));
    must(mc_session_enter(other, &visit));
    must(mc_session_act_as(other, anna));
    cr_expect(is_owner_for(other));
    mc_session_free(other);
}

/* A single connection for all sites. */

/* Entering doesn't change the site of a connection; the next call finds it set to the previous one.
 */
static void visit_in_turn(mc_choice prepare, const char *token, const int64_t conversations[2])
{
    static const char *const keys[] = {"test", "away"};
    mc_app_options options = MC_APP_OPTIONS_INIT;
    mc_session *visitor = NULL;
    mc_app *app = NULL;

    options.database = forum_database;
    options.connections = 1;
    options.cache_size = 0;
    options.prepare = prepare;
    cr_assert_eq(mc_app_new(&app, &options, NULL), 0);
    cr_assert_eq(mc_session_new(&visitor, app), 0);
    for (int i = 0; i < 8; i++) {
        mc_visit visit = MC_VISIT_INIT;
        mc_conversation *found = NULL;

        visit.site_key = keys[i % 2];
        visit.token = i % 3 ? token : NULL;
        cr_assert_eq(mc_session_enter(visitor, &visit), 0, "%s",
                     mc_session_error(visitor)->message);
        cr_expect_eq(mc_conversation_get(&found, visitor, conversations[i % 2], NULL), 0);
        mc_record_free(found);
        cr_expect_lt(mc_conversation_get(&found, visitor, conversations[1 - i % 2], NULL), 0);
        mc_session_reset(visitor);
    }
    mc_session_free(visitor);
    mc_app_free(app);
}

Test(sites, are_separate_on_one_connection)
{
    mc_visit visit = MC_VISIT_INIT;
    int64_t away, conversations[2];
    char token[MC_TOKEN_SIZE];

    must(create(&away, "away", "Away", "owner@example.org"));
    act_as("owner");
    conversations[0] = make_conversation(root_microcosm(), "Here");
    must(mc_token_create(token, session, "owner@example.org", 1));
    visit.site_key = "away";
    must(mc_session_enter(session, &visit));
    must(mc_session_act_as_email(session, "owner@example.org"));
    conversations[1] = make_conversation(
        forum_number("SELECT microcosm_id FROM microcosm.microcosms WHERE site_id = %lld",
                     (long long)away),
        "There");
    visit_in_turn(MC_YES, token, conversations);
    visit_in_turn(MC_NO, token, conversations);
}
