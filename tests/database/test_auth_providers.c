/* Auth providers of hosts: include/microcosm/auth.h. */
#include "cache/cache.h"
#include "domain/base/handles.h"
#include "fail_alloc.h"
#include "forum.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>

/* A minimal host: how identify() answers for each token. */
typedef struct host {
    int asked, freed;
    int accept_rc;                              /* last result of mc_identity_accept() */
    const char *accepts, *email, *profile_name; /* this token is that user */
    int64_t valid_s;
    int refusal; /* for any other token */
    mc_credentials seen;
    char seen_texts[4][100];
    void (*meanwhile)(void);
} host;

static int identify(void *data, const mc_credentials *credentials, mc_identity *identity)
{
    host *h = data;

    h->asked++;
    h->seen = *credentials;
    snprintf(h->seen_texts[0], 100, "%s", credentials->scheme);
    snprintf(h->seen_texts[1], 100, "%s", credentials->token);
    snprintf(h->seen_texts[2], 100, "%s", credentials->site_key);
    snprintf(h->seen_texts[3], 100, "%s", credentials->address);
    if (h->meanwhile)
        h->meanwhile();
    if (!h->accepts || strcmp(credentials->token, h->accepts) != 0)
        return h->refusal;
    h->accept_rc = mc_identity_accept(identity, h->email, h->profile_name, h->valid_s);
    return h->accept_rc;
}

static void free_host(void *data)
{
    ((host *)data)->freed++;
}

static host rowan = {.accepts = "cookie-of-rowan",
                     .email = "Rowan@example.org",
                     .profile_name = "Rowan Meredith",
                     .refusal = MC_ENOTFOUND};

static mc_auth_provider provider_of(host *h)
{
    return (mc_auth_provider){.size = sizeof(mc_auth_provider),
                              .name = "host",
                              .identify = identify,
                              .free = free_host,
                              .data = h};
}

static void add(host *h)
{
    mc_auth_provider provider = provider_of(h);
    mc_failure *error = NULL;

    cr_assert_eq(mc_app_add_auth_provider(forum_app, &provider, &error), 0, "%s",
                 error ? error->message : "");
    cr_assert_null(error);
}

static int visit_as(const char *scheme, const char *token)
{
    mc_visit visit = MC_VISIT_INIT;

    visit.site_key = "test";
    visit.token = token;
    visit.address = "192.0.2.7";
    visit.scheme = scheme;
    return mc_session_enter(session, &visit);
}

static int visit(const char *token)
{
    return visit_as(NULL, token);
}

static mc_profile *self(void)
{
    mc_profile *me = NULL;

    must(mc_profile_self(&me, session));
    return me;
}

TestSuite(auth_providers, .init = forum_open, .fini = forum_close, .timeout = 300);

/* Accepted. */

Test(auth_providers, make_a_user_of_a_hosts_user)
{
    int64_t id;
    mc_profile *me;

    add(&rowan);
    must(visit(rowan.accepts));
    me = self();
    id = me->id;
    cr_expect_str_eq(me->email, "Rowan@example.org");
    cr_expect_str_eq(me->profile_name, "RowanMeredith", "the wish, cleaned as any name is");
    mc_record_free(me);

    rowan.profile_name = "somebody else";
    must(visit(rowan.accepts));
    me = self();
    cr_expect_eq(me->id, id);
    cr_expect_str_eq(me->profile_name, "RowanMeredith", "a wish is for the first visit");
    mc_record_free(me);
    cr_expect_eq(forum_number("SELECT count(*) FROM microcosm.access_tokens"), 0);
}

Test(auth_providers, get_the_credentials_and_the_site)
{
    add(&rowan);
    must(visit_as("cookie", rowan.accepts));

    cr_expect_eq(rowan.seen.size, sizeof(mc_credentials));
    cr_expect_eq(rowan.seen.site_id, mc_session_site(session));
    cr_expect_str_eq(rowan.seen_texts[0], "cookie");
    cr_expect_str_eq(rowan.seen_texts[1], "cookie-of-rowan");
    cr_expect_str_eq(rowan.seen_texts[2], "test");
    cr_expect_str_eq(rowan.seen_texts[3], "192.0.2.7");
    must(visit(rowan.accepts));
    cr_expect_str_eq(rowan.seen_texts[0], "bearer", "unless said otherwise");
}

Test(auth_providers, are_not_asked_about_guests)
{
    add(&rowan);
    must(visit(NULL));
    cr_expect_eq(rowan.asked, 0);
    cr_expect_eq(mc_session_profile(session), 0);
}

Test(auth_providers, are_asked_in_order_and_then_the_tokens)
{
    static host mira = {
        .accepts = "cookie-of-mira", .email = "mira@example.org", .refusal = MC_ENOTFOUND};
    char token[MC_TOKEN_SIZE];
    mc_profile *me;

    must(mc_token_create(token, session, "tomas@example.org", 1));
    add(&rowan);
    add(&mira);
    must(visit(rowan.accepts));
    cr_expect_eq(mira.asked, 0, "the first that accepts ends it");
    must(visit(mira.accepts));
    cr_expect_eq(rowan.asked, 2);
    me = self();
    cr_expect_str_eq(me->email, "mira@example.org");
    mc_record_free(me);
    must(visit(token));
    cr_expect_eq(mira.asked, 2);
    me = self();
    cr_expect_str_eq(me->email, "tomas@example.org");
    mc_record_free(me);
    must_fail(visit("of nobody"), MC_EUNAUTHENTICATED);
    must_fail(visit_as("cookie", token), MC_EUNAUTHENTICATED);
}

Test(auth_providers, can_be_added_later)
{
    must_fail(visit(rowan.accepts), MC_EUNAUTHENTICATED);
    add(&rowan);
    must(visit(rowan.accepts));
}

/* Names. */

Test(auth_providers, with_an_invalid_name_leave_the_default)
{
    static const char *const wishes[] = {
        NULL, "", " ", "x", "a@b", "\xff", "far too long to be anybody's name"};
    char email[100];

    add(&rowan);
    rowan.email = email;
    for (size_t i = 0; i < sizeof(wishes) / sizeof(*wishes); i++) {
        mc_profile *me;

        snprintf(email, sizeof(email), "person%zu@example.org", i);
        rowan.profile_name = wishes[i];
        must(visit(rowan.accepts));
        me = self();
        cr_expect_eq(strncmp(me->profile_name, "user", 4), 0, "%s", me->profile_name);
        mc_record_free(me);
    }
}

Test(auth_providers, with_a_taken_name_leave_the_default)
{
    mc_profile *me;

    act_as("mira");
    forum_sql(
        "INSERT INTO microcosm.reserved_names (name, email) VALUES ('admin', 'a@example.org')");
    add(&rowan);
    rowan.profile_name = "MIRA";
    must(visit(rowan.accepts));
    me = self();
    cr_expect_eq(strncmp(me->profile_name, "user", 4), 0, "%s", me->profile_name);
    mc_record_free(me);
    rowan.email = "other@example.org";
    rowan.profile_name = "Admin";
    must(visit(rowan.accepts));
    me = self();
    cr_expect_eq(strncmp(me->profile_name, "user", 4), 0, "%s", me->profile_name);
    mc_record_free(me);
}

Test(auth_providers, need_not_prefer_a_name)
{
    mc_profile *me;

    must(mc_session_act_as_user(session, "tomas@example.org", "Tomás Vela"));
    me = self();
    cr_expect_str_eq(me->profile_name, "TomásVela");
    mc_record_free(me);
    must_fail(mc_session_act_as_user(session, "nobody", "Nobody"), MC_EINVAL);
    mc_session_reset(session);
    must_fail(mc_session_act_as_user(session, "tomas@example.org", NULL), MC_ESTATE);
}

/* Refused. */

Test(auth_providers, can_refuse)
{
    static const int codes[] = {MC_EUNAUTHENTICATED, MC_EFORBIDDEN, MC_EBANNED,
                                MC_EUNAVAILABLE,     MC_EBUSY,      MC_ENOMEM,
                                MC_ESYSTEM};
    static host next = {.refusal = MC_EUNAUTHENTICATED};

    add(&rowan);
    add(&next);
    for (size_t i = 0; i < sizeof(codes) / sizeof(*codes); i++) {
        rowan.refusal = codes[i];
        must_fail(visit("something"), codes[i]);
        cr_expect_eq(mc_session_error(session)->code, codes[i]);
        cr_expect_eq(mc_session_site(session), 0, "nothing was entered");
    }
    cr_expect_eq(next.asked, 0);
}

Test(auth_providers, that_return_no_answer_are_an_error)
{
    static const int codes[] = {1,         -99,          0,         MC_EINVAL,
                                MC_ESTATE, MC_ECONFLICT, INT32_MIN, INT32_MAX};

    add(&rowan);
    for (size_t i = 0; i < sizeof(codes) / sizeof(*codes); i++) {
        rowan.refusal = codes[i];
        must_fail(visit("something"), MC_ESYSTEM);
        cr_expect(strstr(mc_session_error(session)->message, "'host'"), "%s",
                  mc_session_error(session)->message);
    }
}

Test(auth_providers, must_give_an_address_and_a_time)
{
    static const char *const addresses[] = {
        NULL, "", "rowan", "@", "+x@example.org", "a b@example.org"};
    static const int64_t times[] = {-1, INT64_MIN, MC_IDENTITY_VALID_MAX + 1, INT64_MAX};

    add(&rowan);
    for (size_t i = 0; i < sizeof(addresses) / sizeof(*addresses); i++) {
        rowan.email = addresses[i];
        must_fail(visit(rowan.accepts), MC_ESYSTEM);
        cr_expect_eq(rowan.accept_rc, MC_EINVAL);
    }
    rowan.email = "rowan@example.org";
    for (size_t i = 0; i < sizeof(times) / sizeof(*times); i++) {
        rowan.valid_s = times[i];
        must_fail(visit(rowan.accepts), MC_ESYSTEM);
        cr_expect_eq(rowan.accept_rc, MC_EINVAL);
    }
    rowan.valid_s = MC_IDENTITY_VALID_MAX;
    must(visit(rowan.accepts));
}

static int accept_twice(void *data, const mc_credentials *credentials, mc_identity *identity)
{
    (void)data;
    (void)credentials;
    cr_expect_eq(mc_identity_accept(identity, "one@example.org", NULL, 0), 0);
    cr_expect_eq(mc_identity_accept(identity, "two@example.org", NULL, 0), MC_ESTATE);
    return 0;
}

Test(auth_providers, must_not_accept_two_users)
{
    mc_auth_provider provider = provider_of(&rowan);

    provider.identify = accept_twice;
    cr_assert_eq(mc_app_add_auth_provider(forum_app, &provider, NULL), 0);
    must_fail(visit("x"), MC_ESYSTEM);
    cr_expect_eq(mc_identity_accept(NULL, "a@example.org", NULL, 0), MC_EINVAL);
}

/* Remembered. */

/* Trusts the cache, as if mc_app_run() followed all changes. */
static void trust_the_cache(void)
{
    mc__cache_trust(forum_app->cache, INT64_MAX);
}

Test(auth_providers, are_asked_each_time_unless_they_allow_caching)
{
    mc_site_edit quay = {.size = sizeof(quay), .title = "Quay", .subdomain_key = "quay"};
    mc_visit elsewhere = MC_VISIT_INIT;
    int64_t profile, id;

    must(mc_site_create(&id, session, &quay, "owner@example.org"));
    add(&rowan);
    trust_the_cache();
    must(visit(rowan.accepts));
    must(visit(rowan.accepts));
    cr_expect_eq(rowan.asked, 2);

    rowan.valid_s = 60;
    must(visit(rowan.accepts));
    must(visit(rowan.accepts));
    cr_expect_eq(rowan.asked, 3);
    profile = mc_session_profile(session);

    must_fail(visit("another"), MC_EUNAUTHENTICATED);
    must_fail(visit("another"), MC_EUNAUTHENTICATED);
    cr_expect_eq(rowan.asked, 5, "refusals are never remembered");
    must(visit_as("cookie", rowan.accepts));
    cr_expect_eq(rowan.asked, 6, "another kind of token is another token");
    elsewhere.site_key = "quay";
    elsewhere.token = rowan.accepts;
    must(mc_session_enter(session, &elsewhere));
    cr_expect_eq(rowan.asked, 7, "another site is asked again");

    must(visit(rowan.accepts));
    mc_app_forget_identities(forum_app);
    rowan.email = "mira@example.org";
    must(visit(rowan.accepts));
    cr_expect_neq(mc_session_profile(session), profile);
    mc_app_forget_identities(NULL);
}

static void forget(void)
{
    mc_app_forget_identities(forum_app);
}

Test(auth_providers, do_not_cache_answers_from_before_forgetting)
{
    add(&rowan);
    trust_the_cache();
    rowan.valid_s = 60;
    rowan.meanwhile = forget;
    must(visit(rowan.accepts));
    rowan.meanwhile = NULL;
    must(visit(rowan.accepts));
    cr_expect_eq(rowan.asked, 2);
}

Test(auth_providers, are_asked_again_about_a_user_whose_transaction_was_rolled_back)
{
    add(&rowan);
    trust_the_cache();
    rowan.valid_s = 60;
    must(mc_session_begin(session));
    must(visit(rowan.accepts));
    must(mc_session_rollback(session));
    cr_expect_eq(forum_number("SELECT count(*) FROM microcosm.users WHERE canonical_email = "
                              "'rowan@example.org'"),
                 0);
    must(visit(rowan.accepts));
    cr_expect_eq(rowan.asked, 2);
}

/* What identify() may do. */

static void use_the_session_that_asks(void)
{
    mc_profile *me = NULL;

    cr_expect_eq(mc_session_act_as(session, 0), MC_ESTATE);
    cr_expect_eq(mc_profile_self(&me, session), MC_ESTATE);
    cr_expect_eq(mc_session_begin(session), MC_ESTATE);
    cr_expect_eq(mc_session_error(session)->code, MC_ESTATE);
    mc_session_reset(session);
    mc_session_free(session);
}

Test(auth_providers, may_not_use_the_session_that_asks)
{
    add(&rowan);
    rowan.meanwhile = use_the_session_that_asks;
    must(visit(rowan.accepts));
    cr_expect_eq(mc_session_error(session)->code, 0);
    cr_expect_gt(mc_session_profile(session), 0);
}

static void use_another_session(void)
{
    mc_visit as_guest = MC_VISIT_INIT;
    mc_session *other = NULL;
    mc_site *site = NULL;

    as_guest.site_key = "test";
    cr_assert_eq(mc_session_new(&other, forum_app), 0);
    cr_expect_eq(mc_session_enter(other, &as_guest), 0);
    cr_expect_eq(mc_site_get(&site, other), 0);
    mc_record_free(site);
    mc_session_free(other);
}

Test(auth_providers, hold_no_connection_while_they_run)
{
    mc_app_options options = MC_APP_OPTIONS_INIT;
    mc_auth_provider provider = provider_of(&rowan);
    mc_app *usual = forum_app;
    mc_session *usual_session = session;

    /* With a single connection, the other session can't get one while this one is held. */
    options.database = forum_database;
    options.connections = 1;
    options.wait_ms = 60000;
    cr_assert_eq(mc_app_new(&forum_app, &options, NULL), 0);
    cr_assert_eq(mc_session_new(&session, forum_app), 0);
    cr_assert_eq(mc_app_add_auth_provider(forum_app, &provider, NULL), 0);
    rowan.meanwhile = use_another_session;
    must(visit(rowan.accepts));
    mc_session_free(session);
    mc_app_free(forum_app);
    cr_expect_eq(rowan.freed, 1);
    forum_app = usual;
    session = usual_session;
}

/* Registering. */

Test(auth_providers, are_registered_completely_or_not_at_all)
{
    struct {
        mc_auth_provider known;
        void *later;
    } newer = {provider_of(&rowan), &rowan};
    mc_auth_provider provider;
    mc_failure *error = NULL;
    char long_name[200];

    memset(long_name, 'x', sizeof(long_name) - 1);
    long_name[sizeof(long_name) - 1] = '\0';
    cr_expect_eq(mc_app_add_auth_provider(forum_app, NULL, NULL), MC_EINVAL);
    provider = provider_of(&rowan);
    provider.size = 0;
    cr_expect_eq(mc_app_add_auth_provider(forum_app, &provider, NULL), MC_EINVAL);
    cr_expect_eq(rowan.freed, 0, "without a size nothing in it can be known");

    provider = provider_of(&rowan);
    provider.name = "";
    cr_expect_eq(mc_app_add_auth_provider(forum_app, &provider, &error), MC_EINVAL);
    cr_expect_eq(error->code, MC_EINVAL);
    mc_failure_free(error);
    cr_expect_eq(rowan.freed, 1);
    provider.name = long_name;
    cr_expect_eq(mc_app_add_auth_provider(forum_app, &provider, NULL), MC_EINVAL);
    provider = provider_of(&rowan);
    provider.identify = NULL;
    cr_expect_eq(mc_app_add_auth_provider(forum_app, &provider, NULL), MC_EINVAL);
    provider = provider_of(&rowan);
    cr_expect_eq(mc_app_add_auth_provider(NULL, &provider, NULL), MC_ESTATE);
    cr_expect_eq(rowan.freed, 4);

    newer.known.size = sizeof(newer);
    cr_expect_eq(mc_app_add_auth_provider(forum_app, &newer.known, NULL), MC_EINVAL);
    newer.later = NULL;
    cr_expect_eq(mc_app_add_auth_provider(forum_app, &newer.known, NULL), 0);
    newer.known.free = NULL;
    cr_expect_eq(mc_app_add_auth_provider(forum_app, &newer.known, NULL), 0);
    must(visit(rowan.accepts));
    cr_expect_eq(rowan.freed, 5);
}

/* Out of memory. */

static int visit_rowan(void)
{
    return visit(rowan.accepts);
}

Test(auth_providers, survive_any_failing_allocation)
{
    add(&rowan);
    cr_expect_gt(fail_each(visit_rowan), 1);
}

/* Without memory an answer isn't cached, and the provider is asked again. */
Test(auth_providers, are_cached_or_not_whatever_allocation_fails)
{
    bool failed = true;

    add(&rowan);
    trust_the_cache();
    rowan.valid_s = 60;
    for (size_t n = 1; failed; n++) {
        int rc;

        mc_app_forget_identities(forum_app);
        fail_alloc_at(n);
        rc = visit(rowan.accepts);
        failed = fail_alloc_stop();
        cr_assert(rc == 0 || (failed && rc == MC_ENOMEM), "allocation %zu: %d", n, rc);
    }
    rowan.asked = 0;
    must(visit(rowan.accepts));
    cr_expect_eq(rowan.asked, 0);
}

static int register_one(void)
{
    mc_auth_provider provider = provider_of(&rowan);
    int freed = rowan.freed;
    int rc = mc_app_add_auth_provider(forum_app, &provider, NULL);

    cr_expect_eq(rowan.freed, rc < 0 ? freed + 1 : freed);
    return rc;
}

Test(auth_providers, are_registered_or_freed_whatever_allocation_fails)
{
    cr_expect_gt(fail_each(register_one), 1);
}
