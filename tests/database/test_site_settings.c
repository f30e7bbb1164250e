/* What the operator decides about a site (docs/operating.md#domains-of-sites), and learns of all.
 */
#include "forum.h"

#include <criterion/criterion.h>
#include <string.h>

TestSuite(site_settings, .init = forum_open, .fini = forum_close, .timeout = 300);

static int set_domain(const char *key, const char *domain)
{
    mc_site_settings settings = MC_SITE_SETTINGS_INIT;

    settings.domain = domain;
    return mc_site_settings_set(session, key, &settings);
}

static int set_deleted(const char *key, mc_choice deleted)
{
    mc_site_settings settings = MC_SITE_SETTINGS_INIT;

    settings.deleted = deleted;
    return mc_site_settings_set(session, key, &settings);
}

/* The key of the site that a host leads to, "" for none. */
static const char *site_at(const char *host)
{
    static char key[64];
    mc_session *visitor = NULL;
    mc_visit visit = MC_VISIT_INIT;
    mc_site *site = NULL;
    int rc;

    visit.host = host;
    cr_assert_eq(mc_session_new(&visitor, forum_app), 0);
    rc = mc_session_enter(visitor, &visit);
    cr_assert(rc == 0 || rc == MC_ENOTFOUND || rc == MC_ENOSITE, "%d", rc);
    key[0] = '\0';
    if (rc == 0) {
        cr_assert_eq(mc_site_get(&site, visitor), 0);
        strcpy(key, site->subdomain_key);
        mc_record_free(site);
    }
    mc_session_free(visitor);
    return key;
}

static void make_other(void)
{
    mc_site_edit edit = {.size = sizeof(edit), .title = "Other", .subdomain_key = "other"};
    int64_t id;

    cr_assert_eq(mc_site_create(&id, session, &edit, "other@example.org"), 0);
}

Test(site_settings, give_a_site_a_domain)
{
    mc_site *site = NULL;
    mc_site_host *host = NULL;
    mc_site_settings settings = MC_SITE_SETTINGS_INIT;

    cr_expect_str_eq(site_at("talk.example.org"), "");
    cr_assert_eq(set_domain("test", "Talk.Example.ORG"), 0);
    cr_expect_str_eq(site_at("talk.example.org"), "test");
    cr_expect_str_eq(site_at("TALK.example.org:8080"), "test");
    cr_expect_str_eq(site_at("test.localhost"), "test");
    cr_expect_str_eq(site_at("www.talk.example.org"), "");
    cr_assert_eq(mc_site_host_find(&host, session, "talk.example.org"), 0);
    cr_expect_str_eq(host->host, "test.localhost");
    mc_record_free(host);

    cr_assert_eq(mc_site_get(&site, session), 0);
    cr_expect_str_eq(site->site_url, "http://talk.example.org");
    mc_record_free(site);
    settings.force_ssl = MC_YES;
    cr_assert_eq(mc_site_settings_set(session, "test", &settings), 0);
    cr_assert_eq(mc_site_get(&site, session), 0);
    cr_expect_str_eq(site->site_url, "https://talk.example.org");
    cr_expect_str_eq(site->domain, "talk.example.org");
    mc_record_free(site);

    cr_assert_eq(set_domain("test", ""), 0);
    cr_expect_str_eq(site_at("talk.example.org"), "");
}

Test(site_settings, give_no_domain_to_two_sites)
{
    make_other();
    cr_assert_eq(set_domain("test", "talk.example.org"), 0);
    cr_expect_eq(set_domain("other", "TALK.example.org"), MC_ECONFLICT);
    cr_expect_eq(set_domain("test", "talk.example.org"), 0);
    cr_assert_eq(set_deleted("test", MC_YES), 0);
    cr_assert_eq(set_domain("other", "talk.example.org"), 0, "nobody has it");
    cr_expect_str_eq(site_at("talk.example.org"), "other");
    cr_expect_eq(set_deleted("test", MC_NO), MC_ECONFLICT);
    cr_assert_eq(set_domain("test", ""), 0);
    cr_assert_eq(set_deleted("test", MC_NO), 0);
    cr_expect_eq(set_domain("other", ""), 0);
    cr_expect_eq(set_domain("test", ""), 0, "many may have none");
}

Test(site_settings, take_hosts_of_the_web_only)
{
    static const char *const wrong[] = {
        "localhost",
        "LOCALHOST",
        "test.localhost",
        "a.b.localhost",
        "talk",
        "127.0.0.1",
        "10.1",
        "[::1]",
        "talk.example.org:80",
        "http://talk.example.org",
        "talk.example.org/",
        ".example.org",
        "talk..org",
        "-talk.example.org",
        "talk-.example.org",
        "talk_x.example.org",
        "talk.example.org\n",
        "ta lk.example.org",
        "*.example.org",
        "a123456789012345678901234567890123456789012345678901234567890123.example.org"};

    for (size_t i = 0; i < sizeof(wrong) / sizeof(*wrong); i++) {
        cr_expect_eq(set_domain("test", wrong[i]), MC_EINVAL, "%s", wrong[i]);
        cr_expect_str_eq(mc_session_error(session)->faults[0].field, "domain");
    }
    cr_expect_eq(set_domain("test", "notlocalhost.example"), 0);
    cr_expect_eq(set_domain("test", "xn--tlk-qla.example.org"), 0);
    cr_expect_eq(set_domain("test", "1.example.org"), 0);
    cr_expect_eq(set_domain("test", "T\u00c4LK.example.org."), 0, "another spelling");
    cr_expect_str_eq(site_at("xn--tlk-qla.example.org"), "test");
    cr_expect_eq(set_domain("root", "talk.example.org"), MC_EINVAL);
    cr_expect_eq(set_domain("nosite", "talk.example.org"), MC_ENOTFOUND);
    cr_expect_eq(set_domain(NULL, "talk.example.org"), MC_ENOTFOUND);
}

Test(site_settings, delete_a_site_and_bring_it_back)
{
    make_other();
    cr_expect_str_eq(site_at("other.localhost"), "other");
    cr_assert_eq(set_deleted("other", MC_YES), 0);
    cr_expect_str_eq(site_at("other.localhost"), "");
    cr_assert_eq(set_deleted("other", MC_YES), 0);
    cr_assert_eq(set_deleted("other", MC_NO), 0);
    cr_expect_str_eq(site_at("other.localhost"), "other");
    cr_expect_eq(set_deleted("root", MC_YES), MC_EINVAL);
}

Test(site_settings, are_checked_together)
{
    mc_site_settings settings = MC_SITE_SETTINGS_INIT;
    mc_site *site = NULL;

    settings.domain = "talk";
    settings.auth0_domain = "not a host";
    settings.markdown_max = (mc_maybe_int64){true, 1 << 21};
    cr_expect_eq(mc_site_settings_set(session, "test", &settings), MC_EINVAL);
    cr_expect_eq(mc_session_error(session)->fault_count, 3);
    settings = (mc_site_settings)MC_SITE_SETTINGS_INIT;
    settings.auth0_domain = "sign.example.org";
    settings.auth0_client_id = "abc";
    settings.markdown_max = (mc_maybe_int64){true, 1000};
    cr_expect_eq(mc_site_settings_set(session, "test", &settings), 0);
    cr_assert_eq(mc_site_get(&site, session), 0);
    cr_expect_str_eq(site->auth0_domain, "sign.example.org");
    cr_expect_str_eq(site->auth0_client_id, "abc");
    cr_expect_str_eq(site->domain, "");
    mc_record_free(site);
    cr_expect_eq(mc_site_settings_set(session, "test", NULL), MC_EINVAL);
}

Test(site_settings, links_to_either_host_are_links_to_the_site)
{
    mc_visit visit = MC_VISIT_INIT;
    mc_comment *comment = NULL;
    int64_t id;

    visit.site_key = "test";
    cr_assert_eq(set_domain("test", "talk.example.org"), 0);
    cr_assert_eq(mc_session_enter(session, &visit), 0);
    act_as("owner");
    id = make_conversation(root_microcosm(), "Knots");
    id = make_comment(id, "[a](http://talk.example.org/x) [b](https://test.localhost/y) "
                          "[c](https://other.localhost/z)");
    cr_assert_eq(mc_comment_get(&comment, session, id, 0, 0), 0);
    cr_expect(strstr(comment->html, "<a href=\"/x\">a</a> <a href=\"/y\">b</a>"), "%s",
              comment->html);
    cr_expect(strstr(comment->html, "\"https://other.localhost/z\""));
    mc_record_free(comment);
}

static void enter_root(const char *owner_of)
{
    mc_visit visit = MC_VISIT_INIT;

    visit.site_key = owner_of;
    cr_assert_eq(mc_session_enter(session, &visit), 0);
    cr_assert_eq(
        mc_session_act_as(session, forum_number("SELECT owned_by FROM microcosm.sites WHERE "
                                                "subdomain_key = '%s'",
                                                owner_of)),
        0);
}

Test(site_settings, figures_are_for_the_operator)
{
    mc_platform_days *days = NULL;
    const mc_platform_day *day;

    enter_root("test");
    cr_expect_eq(mc_platform_day_take(session), MC_EFORBIDDEN, "the owner of another site");
    cr_expect_eq(mc_platform_days_list(&days, session), MC_EFORBIDDEN);
    enter_root("root");
    cr_assert_eq(mc_session_act_as(session, 0), 0);
    cr_expect_eq(mc_platform_day_take(session), MC_EFORBIDDEN, "a guest");
    enter_root("root");
    cr_assert_eq(mc_platform_days_list(&days, session), 0);
    cr_expect_eq(days->days.count, 0);
    mc_record_free(days);
    cr_assert_eq(mc_platform_day_take(session), 0);
    cr_assert_eq(mc_platform_days_list(&days, session), 0);
    cr_assert_eq(days->days.count, 1);
    day = days->days.items[0];
    cr_expect_eq(day->sites, 1);
    cr_expect_eq(day->engaged_sites, 0);
    cr_expect_eq(day->profiles, 1);
    cr_expect_eq(day->edited_profiles, 0);
    cr_expect_eq(day->new_profiles, 1);
    mc_record_free(days);
    cr_assert_eq(mc_job_run(session, "platform-figures"), 0);
    cr_expect_eq(forum_number("SELECT count(*) FROM microcosm.platform_days"), 2);
}
