/* Lists of profiles. */
#include "forum.h"
#include "people.h"

#include "db/db.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

TestSuite(profile_lists, .init = people_open, .fini = forum_close, .timeout = 300);

/* Names, each with a blank behind it; empty after a failure. */
static const char *names(const mc_profile_filter *filter)
{
    static char text[2000];
    mc_collection *list = NULL;
    size_t length = 0;

    text[0] = '\0';
    cr_expect_eq(mc_profiles_list(&list, session, filter, NULL), 0, "%s",
                 mc_session_error(session)->message);
    if (!list)
        return text;
    for (size_t i = 0; i < list->profiles->items.count; i++)
        length +=
            (size_t)snprintf(text + length, sizeof(text) - length, "%s ",
                             ((const mc_profile *)list->profiles->items.items[i])->profile_name);
    cr_expect_eq((size_t)list->profiles->total, list->profiles->items.count,
                 "the total is of those listed");
    mc_record_free(list);
    return text;
}

static const char *names_from(const char *beginning)
{
    mc_profile_filter filter = {.size = sizeof(filter), .name_starts_with = beginning};

    return names(&filter);
}

/* Replaces the two profiles that each test has. */
static void crowd(void)
{
    static const char *const people[] = {"anna",  "Annabel",    "bert",  "an_na",
                                         "anxna", "100percent", "O'Hara"};

    for (size_t i = 0; i < sizeof(people) / sizeof(*people); i++)
        forum_sql("UPDATE microcosm.profiles SET comment_count = %zu WHERE profile_id = %lld", i,
                  ID(make_member(people[i])));
    forum_sql("UPDATE microcosm.profiles SET profile_name = 'deleted', name_key = 'deleted'"
              " WHERE profile_id = %lld",
              ID(tomas));
    forum_sql(
        "UPDATE microcosm.profiles SET profile_name = 'zoe', name_key = 'zoe', name_order = 'zoe',"
        " last_active = now() - interval '91 minutes'"
        " WHERE profile_id IN (%lld, %lld) AND profile_id = %lld",
        ID(mira), ID(tomas), ID(mira));
    forum_sql(
        "UPDATE microcosm.profiles SET profile_name = 'yan', name_key = 'yan', name_order = 'yan'"
        " WHERE profile_id = %lld",
        ID(owner));
}

Test(profile_lists, are_in_order_of_names_by_default)
{
    crowd();
    cr_expect_str_eq(names(NULL), "100percent an_na anna Annabel anxna bert O&#39;Hara yan zoe ");
}

Test(profile_lists, find_prefixes_of_names)
{
    static const struct {
        const char *beginning, *found;
    } cases[] = {
        {"anna", "anna Annabel "},
        {"ANNA", "anna Annabel "},
        {"@anna", "anna Annabel "},
        {"+@anna", "anna Annabel "},
        {"annab", "Annabel "},
        {"nna", ""},
        {"%", ""},
        {"_", ""},
        {"an_", "an_na "},
        {"o'h", "O&#39;Hara "},
        {"O&#39;Hara", "O&#39;Hara "},
        {"\\", ""},
        {"100%", ""},
        {"\xF0\x9F\x98\x80", ""},
        {"del", ""},
        {"deleted", ""},
        {"z", "zoe "},
    };

    crowd();
    for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++)
        cr_expect_str_eq(names_from(cases[i].beginning), cases[i].found, "%s", cases[i].beginning);
}

Test(profile_lists, may_begin_with_most_comments)
{
    mc_profile_filter filter = {.size = sizeof(filter), .top = true};

    crowd();
    cr_expect_str_eq(names(&filter),
                     "O&#39;Hara 100percent anxna an_na bert Annabel anna yan zoe ");
    filter.name_starts_with = "an";
    cr_expect_str_eq(names(&filter), "anxna an_na Annabel anna ");
    filter.name_starts_with = "anna";
    cr_expect_str_eq(names(&filter), "anna Annabel ", "the exact name comes first");
}

Test(profile_lists, can_be_of_online_profiles)
{
    mc_profile_filter filter = {.size = sizeof(filter), .online = true};

    crowd();
    cr_expect_str_eq(names(&filter), "100percent an_na anna Annabel anxna bert O&#39;Hara yan ");
    filter.top = true;
    filter.name_starts_with = "an";
    cr_expect_str_eq(names(&filter), "anxna an_na Annabel anna ");
}

Test(profile_lists, can_be_of_followed_profiles)
{
    mc_profile_filter filter = {.size = sizeof(filter), .following = true};

    crowd();
    cr_expect_str_eq(names(&filter), "", "guests follow nobody");
    forum_sql("INSERT INTO microcosm.watchers (site_id, profile_id, item_type, item_id)"
              " SELECT site_id, %lld, 3, profile_id FROM microcosm.profiles"
              " WHERE site_id = %lld AND profile_name IN ('zoe', 'bert', 'deleted')"
              " UNION ALL VALUES (%lld, %lld, 3, 0)",
              ID(owner), ID(site), ID(site), ID(owner));
    become(owner);
    cr_expect_str_eq(names(&filter), "bert zoe ");
    filter.top = true;
    cr_expect_str_eq(names(&filter), "bert zoe ");
    filter.online = true;
    cr_expect_str_eq(names(&filter), "bert ");
}

Test(profile_lists, leave_out_ignored_profiles)
{
    mc_profile_filter top = {.size = sizeof(top), .top = true};

    crowd();
    forum_sql("INSERT INTO microcosm.ignores (site_id, profile_id, item_type, item_id)"
              " SELECT site_id, %lld, 3, profile_id FROM microcosm.profiles WHERE site_id = %lld"
              " AND profile_name IN ('anna', 'deleted', 'bert')",
              ID(owner), ID(site));
    become(owner);

    cr_expect_str_eq(names(NULL), "100percent an_na Annabel anxna O&#39;Hara yan zoe ");
    cr_expect_str_eq(names(&top), "O&#39;Hara 100percent anxna an_na Annabel yan zoe ");
    cr_expect_str_eq(names_from("an"), "an_na Annabel anxna ");
}

Test(profile_lists, have_pages)
{
    mc_page_options page = MC_PAGE_OPTIONS_INIT;
    mc_profile_filter online = {.size = sizeof(online), .online = true};
    mc_collection *list = NULL;

    crowd();
    page.limit = 5;
    page.offset = 5;
    page.query = "limit=5&offset=5&q=";
    cr_assert_eq(mc_profiles_list(&list, session, NULL, &page), 0);
    cr_expect_eq(list->profiles->total, 9);
    cr_expect_eq(list->profiles->items.count, 4);
    cr_expect_str_eq(list->profiles->list_type, "/api/v1/profiles");
    mc_record_free(list);
    list = NULL;
    page.offset = 10;
    cr_expect_eq(mc_profiles_list(&list, session, NULL, &page), MC_EINVAL);
    cr_expect_eq(mc_profiles_list(&list, session, &online, &page), MC_EINVAL);
    page.limit = 7;
    cr_expect_eq(mc_profiles_list(&list, session, NULL, &page), MC_EINVAL);
    cr_expect_null(list);
    cr_expect_eq(
        mc_profiles_list(&list, session,
                         &(mc_profile_filter){.size = sizeof(online), .name_starts_with = "\xff"},
                         NULL),
        MC_EINVAL);
}

static int64_t total_of(const mc_profile_filter *filter, int64_t offset, const char **first)
{
    mc_page_options page = MC_PAGE_OPTIONS_INIT;
    mc_collection *list = NULL;
    int64_t total;

    page.offset = offset;
    must(mc_profiles_list(&list, session, filter, &page));
    total = list->profiles->total;
    if (first)
        *first = list->profiles->items.count
                     ? strdup(((const mc_profile *)list->profiles->items.items[0])->profile_name)
                     : NULL;
    mc_record_free(list);
    return total;
}

/* The list of all profiles has a counter. Filtered lists are counted up to the last possible page.
 */
Test(profile_lists, end_at_ten_thousand_when_filtered)
{
    mc_profile_filter named = {.size = sizeof(named), .name_starts_with = "crowd"}, top = named,
                      online = {.size = sizeof(online), .online = true};
    mc_page_options past = MC_PAGE_OPTIONS_INIT;
    mc_collection *list = NULL;
    const char *first = NULL;

    forum_sql("INSERT INTO microcosm.users (email, canonical_email)"
              " SELECT 'crowd' || i, 'crowd' || i FROM generate_series(10001, 20100) i");
    forum_sql(
        "INSERT INTO microcosm.profiles (site_id, user_id, profile_name, name_key, name_order, "
        "comment_count)"
        " SELECT %lld, user_id, email, translate(email, '01', 'ol'), email, CASE email WHEN "
        "'crowd12345' THEN 7 ELSE 0 END"
        " FROM microcosm.users WHERE email LIKE 'crowd%%'",
        ID(site));
    become(0);
    top.top = true;
    cr_expect_eq(total_of(NULL, 0, NULL), 10103);
    cr_expect_eq(total_of(NULL, 10100, NULL), 10103);
    cr_expect_eq(total_of(&named, 9975, NULL), 10000);
    past.offset = 10000;
    must_fail(mc_profiles_list(&list, session, &named, &past), MC_EINVAL);
    cr_expect_eq(total_of(&top, 0, &first), 10000);
    cr_expect_str_eq(first, "crowd12345");
    cr_expect_eq(total_of(&online, 0, NULL), 10000);
    free((char *)first);
}

Test(profile_lists, have_permissions_and_followed)
{
    mc_collection *list = NULL;

    forum_sql("INSERT INTO microcosm.watchers (site_id, profile_id, item_type, item_id, send_email)"
              " VALUES (%lld, %lld, 3, 0, true)",
              ID(site), ID(mira));
    become(mira);
    cr_assert_eq(mc_profiles_list(&list, session, NULL, NULL), 0);
    cr_expect(strstr(json_of(list),
                     "\"meta\":{\"flags\":{\"watched\":true,\"sendEmail\":true,\"sendSMS\":false},"
                     "\"links\":[{\"rel\":\"self\",\"href\":\"/api/v1/profiles\"}],"
                     "\"permissions\":{\"create\":false,\"read\":true,"));
    mc_record_free(list);
}

#define SORTS "|Incremental Sort|\"Sort\""

/* The plans of lists matter only with many rows. */
Test(profile_lists, come_from_their_indexes)
{
    static const struct {
        mc__query query;
        const char *arguments;
        const char *sorts; /* what it may not contain besides */
    } cases[] = {
        {MC_Q_PROFILES_LIST, "'{5}', 25, 50", SORTS},
        {MC_Q_PROFILES_LIST_TOP, "'{5}', 25, 50", SORTS},
        {MC_Q_PROFILES_TOTAL, "'{5}'", SORTS},
        {MC_Q_PROFILES_GET, "5, 5, true, '{}'", ""},
    };

    static const char *const works[][2] = {{"named", "'person', '{}', 25, 0, 10000"},
                                           {"top", "'person', '{}', 25, 0, 10000"},
                                           {"online", "'', '{}', 25, 0, 10000, true"}};

    forum_sql("INSERT INTO microcosm.users (user_id, email, canonical_email)"
              " SELECT n, n || '@example.net', n || '@example.net' FROM generate_series(100000, "
              "120000) n");
    forum_sql(
        "INSERT INTO microcosm.profiles (site_id, user_id, profile_name, name_key, name_order)"
        " SELECT %lld, n, 'person' || n, 'person' || n, 'person' || n FROM generate_series(100000, "
        "120000) n",
        ID(site));
    forum_sql("ANALYZE microcosm.profiles");
    forum_sql(
        "CREATE FUNCTION pg_temp.rows_passed(statement text) RETURNS numeric LANGUAGE plpgsql"
        " AS 'DECLARE found json; BEGIN EXECUTE ''EXPLAIN (ANALYZE, FORMAT JSON) '' || statement"
        " INTO found; RETURN (SELECT sum((r #>> ''{}'')::numeric) FROM jsonb_path_query("
        "found::jsonb, ''strict $.**.\"Actual Rows\"'') r); END'");
    forum_sql("CREATE FUNCTION pg_temp.plan(statement text) RETURNS text LANGUAGE plpgsql AS"
              " 'DECLARE found json; BEGIN EXECUTE ''EXPLAIN (FORMAT JSON) '' || statement INTO "
              "found; RETURN found::text; END'");
    forum_sql("SET plan_cache_mode = force_generic_plan");
    for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
        const char *name = mc__queries[cases[i].query].name;

        forum_sql("PREPARE q%zu AS %s", i, mc__queries[cases[i].query].text);
        cr_expect_eq(forum_number("SELECT count(*) WHERE pg_temp.plan($$EXECUTE q%zu(%lld, %s)$$)"
                                  " ~ '\"Seq Scan\", *\n[^}]*\"Alias\": \"p\"%s'",
                                  i, ID(site), cases[i].arguments, cases[i].sorts),
                     0, "%s(%s)", name, cases[i].arguments);
    }
    /* the work: how many rows the parts of a plan hand to each other */
    forum_sql("PREPARE named AS %s", mc__queries[MC_Q_PROFILES_LIST_NAMED].text);
    forum_sql("PREPARE top AS %s", mc__queries[MC_Q_PROFILES_LIST_NAMED_TOP].text);
    forum_sql("PREPARE online AS %s", mc__queries[MC_Q_PROFILES_LIST_ONLINE].text);
    for (size_t i = 0; i < sizeof(works) / sizeof(works[0]); i++)
        cr_expect_lt(forum_number("SELECT pg_temp.rows_passed($$EXECUTE %s(%lld, %s)$$)",
                                  works[i][0], ID(site), works[i][1]),
                     55000, "%s", works[i][0]);
}
