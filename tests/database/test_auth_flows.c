/* Auth providers of hosts that send browsers to a service and back: include/microcosm/auth.h. */
#include "core/core.h"
#include "fail_alloc.h"
#include "forum.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>

/* A service, and what the host's provider has done there. */
typedef struct club {
    const char *url; /* NULL: begin() doesn't say where to */
    int redirect_rc, refusal, begun, ended, freed;
    const char *email;
    char challenge[64], verifier[64], nonce[64], state[64], redirect_uri[200];
} club;

static int begin(void *data, const mc_auth_flow *flow, mc_auth_redirect *redirect)
{
    club *c = data;
    char url[1000];

    c->begun++;
    cr_expect_eq(flow->size, sizeof(mc_auth_flow));
    cr_expect_eq(flow->site_id, mc_session_site(session));
    cr_expect_str_eq(flow->site_key, "test");
    cr_expect_str_empty(flow->verifier, "an address must not have it");
    cr_expect_str_empty(flow->code);
    snprintf(c->challenge, sizeof(c->challenge), "%s", flow->challenge);
    snprintf(c->nonce, sizeof(c->nonce), "%s", flow->nonce);
    snprintf(c->state, sizeof(c->state), "%s", flow->state);
    snprintf(c->redirect_uri, sizeof(c->redirect_uri), "%s", flow->redirect_uri);
    if (c->refusal)
        return c->refusal;
    if (!c->url)
        return 0;
    snprintf(url, sizeof(url), "%s?state=%s&code_challenge=%s", c->url, flow->state,
             flow->challenge);
    c->redirect_rc = mc_auth_redirect_to(redirect, url);
    return c->redirect_rc;
}

static int end(void *data, const mc_auth_flow *flow, mc_identity *identity)
{
    club *c = data;

    c->ended++;
    snprintf(c->verifier, sizeof(c->verifier), "%s", flow->verifier);
    cr_expect_str_eq(flow->nonce, c->nonce);
    cr_expect_str_eq(flow->redirect_uri, c->redirect_uri);
    if (c->refusal || strcmp(flow->code, "good") != 0)
        return c->refusal ? c->refusal : MC_EUNAUTHENTICATED;
    return c->email ? mc_identity_accept(identity, c->email, "Rowan M", 0) : 0;
}

static void free_club(void *data)
{
    ((club *)data)->freed++;
}

static club sailing = {.url = "https://club.example/login", .email = "rowan@example.org"};

static mc_auth_provider provider_of(club *c)
{
    mc_auth_provider provider = MC_AUTH_PROVIDER_INIT;

    provider.name = "club";
    provider.title = "Club & friends";
    provider.begin = begin;
    provider.end = end;
    provider.free = free_club;
    provider.data = c;
    return provider;
}

static void open_with_club(void)
{
    mc_auth_provider provider = provider_of(&sailing);

    forum_open();
    cr_assert_eq(mc_app_add_auth_provider(forum_app, &provider, NULL), 0);
}

TestSuite(auth_flows, .init = open_with_club, .fini = forum_close, .timeout = 300);

/* The secret that the browser keeps in its cookie. */
static char cookie[4000];

static void go(const char *path)
{
    mc_sign_in_start *start = NULL;

    must(mc_sign_in_begin(&start, session, "club", path));
    snprintf(cookie, sizeof(cookie), "%s", start->secret);
    cr_expect(strstr(start->url, "https://club.example/login?state="), "%s", start->url);
    cr_expect(!strstr(start->url, cookie));
    mc_record_free(start);
}

static int come_back(mc_sign_in_code **out, const char *secret, const char *state, const char *code)
{
    mc_sign_in_return back = MC_SIGN_IN_RETURN_INIT;

    back.secret = secret;
    back.state = state;
    back.code = code;
    return mc_sign_in_end(out, session, "club", &back);
}

static int come(void)
{
    mc_sign_in_start *start = NULL;
    mc_sign_in_code *code = NULL;
    int rc = mc_sign_in_begin(&start, session, "club", NULL);

    if (rc == 0)
        rc = come_back(&code, start->secret, sailing.state, "good");
    mc_record_free(start);
    mc_record_free(code);
    return rc;
}

/* As the service does it when it exchanges a code (RFC 7636, 4.6). */
static bool fits(const char *verifier, const char *challenge)
{
    uint8_t hash[MC_SHA256_SIZE];
    mc_scratch_text(text);

    mc__sha256(hash, verifier, strlen(verifier));
    mc__base64url(&text, hash, sizeof(hash));
    return strcmp(mc__text_string(&text), challenge) == 0;
}

Test(auth_flows, sign_somebody_in)
{
    mc_code_exchange exchange = MC_CODE_EXCHANGE_INIT;
    mc_visit visit = {.size = sizeof(visit), .site_key = "test"};
    mc_client *client = NULL;
    mc_sign_in_code *code = NULL;
    mc_token *token = NULL;
    mc_profile *me = NULL;

    must(mc_client_create(&client, session, "web"));
    go("/conversations/1/");
    cr_expect(strstr(sailing.redirect_uri, "/api/v1/signedin/club"), "%s", sailing.redirect_uri);
    must(come_back(&code, cookie, sailing.state, "good"));
    cr_expect(fits(sailing.verifier, sailing.challenge));
    cr_expect_str_eq(code->path, "/conversations/1/");
    cr_expect(strstr(code->url, "/auth0login/?code="), "%s", code->url);
    exchange.code = code->code;
    exchange.client_secret = client->secret;
    must(mc_sign_in_code_exchange(&token, session, &exchange));
    visit.token = token->access_token;
    must(mc_session_enter(session, &visit));
    must(mc_profile_self(&me, session));
    cr_expect_str_eq(me->email, "rowan@example.org");
    cr_expect_str_eq(me->profile_name, "RowanM");
    mc_record_free(me);
    mc_record_free(token);
    mc_record_free(code);
    mc_record_free(client);
    cr_expect_eq(come(), 0, "the next time it is the same user");
    cr_expect_eq(forum_number("SELECT count(*) FROM microcosm.users WHERE email LIKE 'rowan@%%'"),
                 1);
}

Test(auth_flows, end_in_the_browser_that_has_begun)
{
    mc_sign_in_code *code = NULL;
    char mine[sizeof(cookie)], state[sizeof(sailing.state)];

    go(NULL);
    memcpy(mine, cookie, sizeof(mine));
    memcpy(state, sailing.state, sizeof(state));
    go(NULL);
    must_fail(come_back(&code, mine, sailing.state, "good"), MC_EFORBIDDEN);
    must_fail(come_back(&code, cookie, state, "good"), MC_EFORBIDDEN);
    must_fail(come_back(&code, NULL, sailing.state, "good"), MC_EFORBIDDEN);
    must_fail(come_back(&code, cookie, sailing.state, NULL), MC_EINVAL);
    cr_expect_eq(sailing.ended, 0);
    must(come_back(&code, cookie, sailing.state, "good"));
    mc_record_free(code);
}

Test(auth_flows, may_refuse)
{
    static const struct {
        int answer, result;
    } cases[] = {{MC_EUNAUTHENTICATED, MC_EUNAUTHENTICATED},
                 {MC_EFORBIDDEN, MC_EFORBIDDEN},
                 {MC_EUNAVAILABLE, MC_EUNAVAILABLE},
                 {MC_EBUSY, MC_EBUSY},
                 {MC_ENOTFOUND, MC_ESYSTEM}, /* no answer */
                 {1, MC_ESYSTEM}};
    mc_sign_in_start *start = NULL;
    mc_sign_in_code *code = NULL;

    go(NULL);
    must_fail(come_back(&code, cookie, sailing.state, "forged"), MC_EUNAUTHENTICATED);
    for (size_t i = 0; i < MC_COUNT(cases); i++) {
        sailing.refusal = cases[i].answer;
        must_fail(come_back(&code, cookie, sailing.state, "good"), cases[i].result);
        must_fail(mc_sign_in_begin(&start, session, "club", NULL), cases[i].result);
        sailing.refusal = 0;
        go(NULL);
    }
    sailing.email = NULL;
    must_fail(come_back(&code, cookie, sailing.state, "good"), MC_ESYSTEM);
    cr_expect_eq(forum_number("SELECT count(*) FROM microcosm.sign_in_codes"), 0);
}

Test(auth_flows, send_browsers_to_sound_addresses_only)
{
    static const char *const urls[] = {"http://club.example/",
                                       "javascript:alert(1)",
                                       "//x.example",
                                       "https://a@club.example/",
                                       "https://club.example/#x",
                                       "https://club.example/\r\nX: y",
                                       "/login",
                                       ""};
    mc_sign_in_start *start = NULL;

    for (size_t i = 0; i < MC_COUNT(urls); i++) {
        sailing.url = urls[i];
        must_fail(mc_sign_in_begin(&start, session, "club", NULL), MC_ESYSTEM);
        cr_expect_eq(sailing.redirect_rc, MC_EINVAL, "%s", urls[i]);
    }
    sailing.url = NULL;
    must_fail(mc_sign_in_begin(&start, session, "club", NULL), MC_ESYSTEM);
    cr_expect_eq(mc_auth_redirect_to(NULL, "https://club.example/"), MC_EINVAL);
    sailing.url = "http://127.0.0.1:8080/login";
    must(mc_sign_in_begin(&start, session, "club", NULL));
    mc_record_free(start);
    must_fail(mc_sign_in_begin(&start, session, "club", "//evil.example"), MC_EINVAL);
    must(mc_session_begin(session));
    must_fail(mc_sign_in_begin(&start, session, "club", NULL), MC_ESTATE);
    must(mc_session_rollback(session));
}

Test(auth_flows, are_no_way_around_bans_and_spellings)
{
    must(come());
    sailing.email = "ROWAN@example.org";
    must(come());
    sailing.email = "row.an+x@example.org";
    must_fail(come(), MC_EFORBIDDEN);
    sailing.email = "mallory@spam.example";
    forum_sql(
        "INSERT INTO microcosm.site_bans (site_id, email_pattern)"
        " SELECT site_id, '*@spam.example' FROM microcosm.sites WHERE subdomain_key = 'test'");
    must_fail(come(), MC_EBANNED);
}

Test(auth_flows, are_followed_by_the_second_factor)
{
    mc_sign_in_code *code = NULL;

    must(come());
    forum_sql("INSERT INTO microcosm.totp_secrets (user_id, secret, confirmed)"
              " SELECT user_id, '12345678901234567890', now() FROM microcosm.users"
              " WHERE email = 'rowan@example.org'");
    go(NULL);
    must(come_back(&code, cookie, sailing.state, "good"));
    cr_expect(code->needs_factor);
    cr_expect_str_empty(code->url);
    mc_record_free(code);
}

Test(auth_flows, are_among_the_ways_of_every_site)
{
    mc_sign_in_provider_edit edit = MC_SIGN_IN_PROVIDER_EDIT_INIT;
    mc_sign_in_choice_list *list = NULL;
    const mc_sign_in_choice *first, *second;

    edit.kind = "oidc";
    edit.issuer = "https://id.example";
    edit.client_id = "a";
    must(mc_sign_in_provider_set(session, "club", &edit));
    must(mc_sign_in_provider_set(session, "other", &edit));
    must(mc_sign_in_choices_list(&list, session));
    cr_assert_eq(list->providers.count, 2, "the host's counts rather than the site's");
    first = list->providers.items[0];
    second = list->providers.items[1];
    cr_expect_str_eq(first->title, "Club &amp; friends");
    cr_expect_str_eq(first->href, "/api/v1/signin/club");
    cr_expect_str_eq(second->name, "other");
    mc_record_free(list);
    must(come());
}

Test(auth_flows, are_registered_with_both_functions_and_a_name_for_paths)
{
    static const char *const names[] = {"", "Club", "my-club", "a/b", "\xc3\xa9"};
    static club other;
    mc_auth_provider provider = provider_of(&other);
    mc_visit visit = {.size = sizeof(visit), .site_key = "test", .token = "x"};
    mc_failure *error = NULL;

    cr_expect_eq(mc_app_add_auth_provider(forum_app, &provider, &error), MC_ECONFLICT);
    cr_expect(strstr(error->message, "'club'"), "%s", error->message);
    mc_failure_free(error);
    for (size_t i = 0; i < MC_COUNT(names); i++) {
        provider.name = names[i];
        cr_expect_eq(mc_app_add_auth_provider(forum_app, &provider, NULL), MC_EINVAL, "%s",
                     names[i]);
    }
    provider.name = "third";
    provider.end = NULL;
    cr_expect_eq(mc_app_add_auth_provider(forum_app, &provider, NULL), MC_EINVAL);
    provider.begin = NULL;
    cr_expect_eq(mc_app_add_auth_provider(forum_app, &provider, NULL), MC_EINVAL);
    cr_expect_eq(other.freed, 8);
    must_fail(mc_session_enter(session, &visit), MC_EUNAUTHENTICATED);
    cr_expect_eq(sailing.begun + sailing.ended, 0, "nobody asks it about tokens");
}

Test(auth_flows, work_or_fail_whatever_allocation_fails)
{
    must(come());
    cr_expect_gt(fail_each(come), 1);
}
