/* Access tokens: docs/http/conventions.md#credentials. */
#include "fail_alloc.h"
#include "forum.h"
#include "wait.h"

#include <criterion/criterion.h>
#include <string.h>

static int visit(const char *key, const char *token)
{
    mc_visit visit = MC_VISIT_INIT;

    visit.site_key = key;
    visit.token = token;
    visit.address = "192.0.2.7";
    return mc_session_enter(session, &visit);
}

static void begin(void)
{
    forum_open();
    must(visit("test", NULL));
}

TestSuite(tokens, .init = begin, .fini = forum_close, .timeout = 300);

static void create(char token[MC_TOKEN_SIZE], const char *email)
{
    cr_assert_eq(mc_token_create(token, session, email, 30), 0, "%s",
                 mc_session_error(session)->message);
}

Test(tokens, identify_their_user)
{
    char token[MC_TOKEN_SIZE], other[MC_TOKEN_SIZE];
    mc_profile *me = NULL;

    create(token, "Mira@example.org");
    create(other, "mira@EXAMPLE.org");

    cr_expect_eq(strlen(token), 128);
    cr_expect_eq(strspn(token, "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"),
                 128);
    cr_expect_str_neq(token, other);
    cr_assert_eq(visit("test", token), 0);
    cr_assert_eq(mc_profile_self(&me, session), 0);
    cr_expect_str_eq(me->email, "Mira@example.org");
    cr_assert_eq(visit("test", other), 0);
    cr_expect_eq(mc_session_profile(session), me->id, "one address, one user");
    mc_record_free(me);
}

Test(tokens, are_kept_as_their_digest_only)
{
    char token[MC_TOKEN_SIZE];

    create(token, "mira@example.org");

    cr_expect_eq(
        forum_number("SELECT count(*) FROM microcosm.access_tokens WHERE token_hash = sha256('%s')",
                     token),
        1);
    cr_expect_eq(
        forum_number("SELECT count(*) FROM microcosm.access_tokens t WHERE t::text LIKE '%%%s%%'",
                     token),
        0);
}

Test(tokens, are_valid_on_all_sites)
{
    mc_site_edit edit = {.size = sizeof(edit), .title = "Quay", .subdomain_key = "quay"};
    char token[MC_TOKEN_SIZE];
    int64_t quay = 0;

    must(mc_site_create(&quay, session, &edit, "owner@example.org"));
    create(token, "mira@example.org");

    cr_assert_eq(visit("quay", token), 0);
    cr_expect_gt(mc_session_profile(session), 0, "the first visit makes a profile");
}

Test(tokens, expire)
{
    char token[MC_TOKEN_SIZE];

    create(token, "mira@example.org");
    cr_expect_eq(forum_number("SELECT count(*) FROM microcosm.access_tokens WHERE expires - now()"
                              " BETWEEN interval '29 days 23 hours' AND interval '30 days'"),
                 1);
    forum_sql("UPDATE microcosm.access_tokens SET expires = now() - interval '1 second'");
    cr_expect_eq(visit("test", token), MC_EUNAUTHENTICATED);
}

/* With the cache on, the second visit finds the token there, and nothing else ends it. */
Test(tokens, that_are_known_end_with_their_time_too)
{
    char token[MC_TOKEN_SIZE];
    int rc = 0, waited = 0;

    create(token, "mira@example.org");
    must(visit("test", token)); /* makes the profile, which would clear what is kept */
    do
        forum_sql("UPDATE microcosm.access_tokens SET"
                  " expires = clock_timestamp() + interval '300 milliseconds'");
    while (visit("test", token) != 0 && wait_a_moment(&waited));
    cr_assert_eq(mc_session_error(session)->code, 0, "it ends before it is seen once");
    for (waited = 0; rc == 0 && waited < 10000 && wait_a_moment(&waited);)
        rc = visit("test", token);
    cr_expect_eq(rc, MC_EUNAUTHENTICATED);
}

Test(tokens, end_when_revoked)
{
    char token[MC_TOKEN_SIZE], other[MC_TOKEN_SIZE];

    create(token, "mira@example.org");
    create(other, "mira@example.org");
    cr_expect_eq(visit("test", token), 0); /* with the cache on, both are kept there */
    cr_expect_eq(visit("test", other), 0);
    cr_expect_eq(visit("test", token), 0);

    cr_expect_eq(mc_token_revoke(session, token), 0);

    cr_expect_eq(visit("test", token), MC_EUNAUTHENTICATED);
    cr_expect_eq(visit("test", other), 0);
    cr_expect_eq(mc_token_revoke(session, token), MC_ENOTFOUND);
    cr_expect_eq(mc_token_revoke(session, NULL), MC_ENOTFOUND);
    mc_session_reset(session);
    cr_expect_eq(mc_token_revoke(session, other), 0, "no site needs to be entered");
}

/* Id of the only token of an address that expires as late as this. */
static int64_t id_of_only(const char *email)
{
    mc_token_list *list = NULL;
    int64_t id = 0;

    cr_assert_eq(mc_tokens_list(&list, session, email, 0, 0), 0);
    cr_assert_eq(list->tokens.count, 1);
    id = ((const mc_token *)list->tokens.items[0])->id;
    mc_record_free(list);
    return id;
}

Test(tokens, end_by_their_id)
{
    char token[MC_TOKEN_SIZE], other[MC_TOKEN_SIZE];
    int64_t id;

    create(token, "mira@example.org");
    create(other, "tom@example.org");
    cr_expect_eq(visit("test", token), 0);
    mc_session_reset(session);
    id = id_of_only("mira@example.org");

    cr_expect_eq(mc_token_revoke_id(session, id), 0);
    cr_expect_eq(mc_token_revoke_id(session, id), MC_ENOTFOUND);
    cr_expect_eq(mc_token_revoke_id(session, 0), MC_EINVAL);

    cr_expect_eq(visit("test", token), MC_EUNAUTHENTICATED);
    cr_expect_eq(visit("test", other), 0);
}

Test(tokens, are_listed_for_operators)
{
    mc_token_list *list = NULL;
    char token[MC_TOKEN_SIZE];
    const mc_token *first;
    int64_t after;

    create(token, "Mira@example.org");
    create(token, "mira@example.org");
    create(token, "tom@example.org");
    mc_session_reset(session);

    cr_assert_eq(mc_tokens_list(&list, session, "mira@EXAMPLE.org", 0, 0), 0);
    cr_expect_eq(list->tokens.count, 2);
    cr_expect_not(list->more);
    first = list->tokens.items[0];
    cr_expect_str_eq(first->email, "Mira@example.org");
    cr_expect_gt(first->expires.us, first->created.us);
    mc_record_free(list);

    cr_assert_eq(mc_tokens_list(&list, session, NULL, 0, 2), 0);
    cr_expect_eq(list->tokens.count, 2);
    cr_expect(list->more);
    after = ((const mc_token *)list->tokens.items[1])->id;
    mc_record_free(list);
    cr_assert_eq(mc_tokens_list(&list, session, NULL, after, 2), 0);
    cr_expect_eq(list->tokens.count, 1);
    cr_expect_not(list->more);
    mc_record_free(list);

    list = NULL;
    cr_expect_eq(mc_tokens_list(&list, session, "nobody", 0, 0), MC_EINVAL);
    cr_expect_eq(mc_tokens_list(&list, session, NULL, -1, 0), MC_EINVAL);
    cr_expect_eq(mc_tokens_list(&list, session, NULL, 0, 1001), MC_EINVAL);
    cr_expect_eq(mc_tokens_list(&list, session, NULL, 0, -1), MC_EINVAL);
    cr_expect_null(list);
}

Test(tokens, have_users_and_sites_that_operators_list_too)
{
    mc_site_edit edit = {.size = sizeof(edit), .title = "Quay", .subdomain_key = "quay"};
    mc_user_list *users = NULL;
    mc_site_list *sites = NULL;
    char token[MC_TOKEN_SIZE];
    const mc_site_summary *site;
    int64_t quay = 0, count;

    create(token, "mira@example.org");
    must(mc_site_create(&quay, session, &edit, "owner@example.org"));
    mc_session_reset(session);

    cr_assert_eq(mc_users_list(&users, session, 0, 1000), 0);
    count = forum_number("SELECT count(*) FROM microcosm.users");
    cr_expect_eq((int64_t)users->users.count, count);
    mc_record_free(users);

    cr_assert_eq(mc_sites_list(&sites, session, quay - 1, 0), 0);
    cr_expect_eq(sites->sites.count, 1);
    site = sites->sites.items[0];
    cr_expect_eq(site->id, quay);
    cr_expect_str_eq(site->subdomain_key, "quay");
    cr_expect_str_eq(site->title, "Quay");
    mc_record_free(sites);
    cr_assert_eq(mc_sites_list(&sites, session, 0, 1), 0);
    cr_expect_neq(((const mc_site_summary *)sites->sites.items[0])->id, 1, "the root site");
    cr_expect(sites->more);
    mc_record_free(sites);
}

Test(tokens, leave_an_audit)
{
    char token[MC_TOKEN_SIZE];

    create(token, "mira@example.org");
    cr_assert_eq(mc_token_revoke(session, token), 0);

    cr_expect_eq(
        forum_number("SELECT count(*) FROM microcosm.audit WHERE site_id = %lld AND item_type = 20"
                     " AND action IN ('C', 'D') AND address = '192.0.2.7'",
                     (long long)mc_session_site(session)),
        2);
    cr_expect_eq(forum_number("SELECT count(*) FROM microcosm.changes WHERE item_type = 20"
                              " AND (site_id, action) IN ((%lld, 'create'), (1, 'delete'))",
                              (long long)mc_session_site(session)),
                 2);
    cr_expect_eq(forum_number("SELECT count(*) FROM microcosm.changes WHERE item_type = 20"), 2,
                 "triggers add nothing");
}

Test(tokens, need_an_address_and_a_lifetime)
{
    static const char *const addresses[] = {NULL, "", "nobody", "@", "a@", "@b", "a b@example.org"};
    static const int64_t days[] = {0, -1, 3651, INT64_MAX, INT64_MIN};
    char token[MC_TOKEN_SIZE] = "as before";

    for (size_t i = 0; i < sizeof(addresses) / sizeof(*addresses); i++)
        cr_expect_eq(mc_token_create(token, session, addresses[i], 1), MC_EINVAL, "%s",
                     addresses[i]);
    for (size_t i = 0; i < sizeof(days) / sizeof(*days); i++)
        cr_expect_eq(mc_token_create(token, session, "mira@example.org", days[i]), MC_EINVAL);
    cr_expect_eq(mc_token_create(token, session, "mira@example.org", 3650), 0);
    cr_expect_str_neq(token, "as before");
}

Test(tokens, are_not_written_on_failure)
{
    char token[MC_TOKEN_SIZE] = "as before";

    mc_session_reset(session);
    cr_expect_eq(mc_token_create(token, session, "mira@example.org", 1), MC_ESTATE);
    cr_expect_str_eq(token, "as before");
}

static int create_and_revoke(void)
{
    char token[MC_TOKEN_SIZE];
    int rc = mc_token_create(token, session, "mira@example.org", 30);

    return rc < 0 ? rc : mc_token_revoke(session, token);
}

Test(tokens, survive_any_failing_allocation)
{
    cr_expect_gt(fail_each(create_and_revoke), 1);
}

static int make_list_and_revoke_own(void)
{
    static const char *const networks[] = {"192.0.2.0/24", "2001:db8::/32"};
    mc_token_edit edit = MC_TOKEN_EDIT_INIT;
    mc_collection *list = NULL;
    mc_token *token = NULL;
    int rc;

    forum_sql(
        "DELETE FROM microcosm.access_tokens"); /* of a call that failed before it ended them */
    edit.name = "Robot";
    edit.scope = "write";
    edit.networks = (mc_strings){(const char **)networks, 2};
    rc = mc_own_token_create(&token, session, &edit);
    if (rc == 0)
        rc = mc_tokens_list_own(&list, session, NULL);
    if (rc == 0)
        rc = mc_own_tokens_revoke(session);
    mc_record_free(list);
    mc_record_free(token);
    return rc;
}

Test(tokens, of_ones_own_survive_any_failing_allocation)
{
    must(mc_session_act_as_email(session, "mira@example.org"));

    cr_expect_gt(fail_each(make_list_and_revoke_own), 1);
    cr_expect_eq(forum_number("SELECT count(*) FROM microcosm.access_tokens"), 0);
}

Test(tokens, are_refused_if_malformed)
{
    static const char *const tokens[] = {"", "wrong", "x'; DROP TABLE users; --", "\xff\xfe"};

    for (size_t i = 0; i < sizeof(tokens) / sizeof(*tokens); i++)
        cr_expect_eq(visit("test", tokens[i]), MC_EUNAUTHENTICATED, "%s", tokens[i]);
}
