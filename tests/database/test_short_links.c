/* Short links of old comments: docs/http/out.md. */
#include "forum.h"

#include <criterion/criterion.h>
#include <string.h>

TestSuite(short_links, .init = forum_open, .fini = forum_close, .timeout = 300);

static int follow(mc_session *who, const char *code)
{
    mc_short_link *link = NULL;
    int rc = mc_short_link_follow(&link, who, code);

    mc_record_free(link);
    return rc;
}

Test(short_links, lead_where_they_were_stored_to)
{
    mc_short_link *link = NULL;

    cr_assert_eq(mc_short_link_save(session, "aB2", "https://shop.example/?utm_source=x&a=1"), 0);
    cr_assert_eq(mc_short_link_follow(&link, session, "aB2"), 0);
    cr_expect_str_eq(link->code, "aB2");
    cr_expect_str_eq(link->url, "https://shop.example/?a=1");
    mc_record_free(link);
    cr_expect_eq(follow(session, "ab2"), MC_ENOTFOUND);
    cr_expect_eq(follow(session, "aB"), MC_ENOTFOUND);
    cr_expect_eq(follow(session, NULL), MC_ENOTFOUND);
}

Test(short_links, need_no_site)
{
    mc_session *nowhere = NULL;

    cr_assert_eq(mc_session_new(&nowhere, forum_app), 0);
    cr_expect_eq(mc_short_link_save(nowhere, "aB2", "https://shop.example/"), 0);
    cr_expect_eq(follow(nowhere, "aB2"), 0);
    mc_session_free(nowhere);
}

Test(short_links, are_stored_once)
{
    cr_expect_eq(mc_short_link_save(session, "aB2", "https://shop.example/"), 0);
    cr_expect_eq(mc_short_link_save(session, "aB2", "https://shop.example/"), 0);
    cr_expect_eq(mc_short_link_save(session, "aB2", "https://other.example/"), MC_ECONFLICT);
    cr_expect_eq(forum_number("SELECT count(*) FROM microcosm.short_links"), 1);
}

Test(short_links, have_a_code_and_an_address_of_the_web)
{
    static const char *const codes[] = {NULL, "", "a0", "1a", "a-b", "\xc3\xa4", NULL};
    static const char *const urls[] = {
        NULL,      "",           "javascript:x", "/here", "ftp://x.example/",
        "https:x", "https://u@", "https://x\ny", "\xff"};
    static char longest[5000] = "https://x.example/";

    for (size_t i = 0; i < sizeof(codes) / sizeof(*codes); i++)
        cr_expect_eq(mc_short_link_save(session, codes[i], "https://x.example/"), MC_EINVAL, "%zu",
                     i);
    for (size_t i = 0; i < sizeof(urls) / sizeof(*urls); i++)
        cr_expect_eq(mc_short_link_save(session, "ab", urls[i]), MC_EINVAL, "%zu", i);
    memset(longest + 18, 'x', sizeof(longest) - 19);
    cr_expect_eq(mc_short_link_save(session, "ab", longest), MC_EINVAL);
    longest[4096] = '\0';
    cr_expect_eq(mc_short_link_save(session, "ab", longest), 0);
    cr_expect_eq(mc_short_link_save(session, "0", ""), MC_EINVAL);
    cr_expect_eq(mc_session_error(session)->fault_count, 2);
}

/* Written together, as views are. */
Test(short_links, are_counted)
{
    mc_app_options options = MC_APP_OPTIONS_INIT;
    mc_session *own = NULL;
    mc_app *other = NULL;

    options.database = forum_database;
    cr_assert_eq(mc_short_link_save(session, "aB2", "https://shop.example/"), 0);
    cr_assert_eq(mc_short_link_save(session, "aB3", "https://shop.example/"), 0);
    cr_assert_eq(mc_app_new(&other, &options, NULL), 0);
    cr_assert_eq(mc_session_new(&own, other), 0);
    for (int i = 0; i < 5; i++)
        cr_expect_eq(follow(own, i < 3 ? "aB2" : "aB3"), 0);
    cr_expect_eq(follow(own, "aB4"), MC_ENOTFOUND);
    cr_expect_eq(forum_number("SELECT sum(hits)::bigint FROM microcosm.short_links"), 0);
    mc_session_free(own);
    mc_app_free(other);

    cr_expect_eq(forum_number("SELECT hits FROM microcosm.short_links WHERE code = 'aB2'"), 3);
    cr_expect_eq(forum_number("SELECT hits FROM microcosm.short_links WHERE code = 'aB3'"), 2);
}
