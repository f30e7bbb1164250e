/* Signing in with a password: docs/http/sign-in.md. */
#include "fail_alloc.h"
#include "forum.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>

#define EMAIL "mira@example.org"
#define PASSWORD "a bowline on a bight"
#define OTHER "a sheet bend, doubled"

static int come_from(const char *address)
{
    mc_visit visit = MC_VISIT_INIT;

    visit.site_key = "test";
    visit.address = address;
    return mc_session_enter(session, &visit);
}

static int enter_with(const char *token)
{
    mc_visit visit = MC_VISIT_INIT;

    visit.site_key = "test";
    visit.token = token;
    return mc_session_enter(session, &visit);
}

static int sign_in(const char *email, const char *password)
{
    mc_sign_in_edit edit = MC_SIGN_IN_EDIT_INIT;
    mc_token *token = NULL;
    int rc;

    edit.email = email;
    edit.password = password;
    rc = mc_account_sign_in(&token, session, &edit);
    cr_expect_eq(rc == 0, token != NULL);
    mc_record_free(token);
    return rc;
}

static void begin(void)
{
    forum_open();
    must(mc_session_act_as_email(session, EMAIL));
    must(mc_password_set(session, EMAIL, PASSWORD));
    must(come_from("192.0.2.7"));
}

TestSuite(sign_in, .init = begin, .fini = forum_close, .timeout = 300);

Test(sign_in, gives_a_token)
{
    mc_sign_in_edit edit = MC_SIGN_IN_EDIT_INIT;
    mc_token *token = NULL;
    mc_profile *me = NULL;

    edit.email = "Mira@EXAMPLE.org"; /* another spelling of the same address */
    edit.password = PASSWORD;
    must(mc_account_sign_in(&token, session, &edit));
    cr_expect_str_eq(token->scope, "full");
    cr_expect_eq(mc_session_profile(session), 0, "the session itself goes on as a guest");
    must(enter_with(token->access_token));
    must(mc_profile_self(&me, session));
    cr_expect_str_eq(me->email, EMAIL);
    mc_record_free(me);
    mc_record_free(token);
    cr_expect_eq(forum_number("SELECT count(*) FROM microcosm.audit WHERE item_type = 20"
                              " AND action = 'C' AND address = '192.0.2.7'"),
                 1);
}

Test(sign_in, tells_nobody_what_was_wrong)
{
    char wrong[200], unknown[200], without[200];

    must(mc_session_act_as_email(session, "tomas@example.org"));
    must(come_from("192.0.2.7"));
    must_fail(sign_in(EMAIL, OTHER), MC_EUNAUTHENTICATED);
    snprintf(wrong, sizeof(wrong), "%s", mc_session_error(session)->message);
    must_fail(sign_in("nobody@example.org", OTHER), MC_EUNAUTHENTICATED);
    snprintf(unknown, sizeof(unknown), "%s", mc_session_error(session)->message);
    must_fail(sign_in("tomas@example.org", OTHER), MC_EUNAUTHENTICATED);
    snprintf(without, sizeof(without), "%s", mc_session_error(session)->message);
    cr_expect_str_eq(wrong, unknown);
    cr_expect_str_eq(wrong, without);
    cr_expect_eq(forum_number("SELECT count(*) FROM microcosm.audit WHERE action = 'F'"
                              " AND item_type = 14 AND address = '192.0.2.7'"),
                 3, "the audit has all of them");
    cr_expect_eq(forum_number("SELECT count(*) FROM microcosm.audit WHERE action = 'F'"
                              " AND item_id = 0"),
                 1, "and no address of nobody's");
}

Test(sign_in, ends_with_the_eleventh_attempt)
{
    for (int i = 0; i < 10; i++)
        must_fail(sign_in(EMAIL, OTHER), MC_EUNAUTHENTICATED);
    must_fail(sign_in(EMAIL, PASSWORD), MC_ELIMIT);
    cr_expect_gt(mc_session_error(session)->retry_s, 0);
    cr_expect_leq(mc_session_error(session)->retry_s, 900);
    must_fail(sign_in("MIRA@example.org", PASSWORD), MC_ELIMIT);
    for (int i = 0; i < 10; i++)
        must_fail(sign_in("nobody@example.org", OTHER), MC_EUNAUTHENTICATED);
    must_fail(sign_in("nobody@example.org", OTHER), MC_ELIMIT);

    forum_sql("UPDATE microcosm.sign_in_attempts SET resets = now() - interval '1 second'");
    must(sign_in(EMAIL, PASSWORD));
    cr_expect_eq(mc_session_error(session)->retry_s, 0);
}

/* Counts that many attempts of a kind of subject, by all the others. */
static void count_others(int64_t count)
{
    forum_sql("UPDATE microcosm.sign_in_attempts SET count = %lld", (long long)count);
}

Test(sign_in, of_an_account_that_strangers_try_is_refused_elsewhere_only)
{
    must(sign_in(EMAIL, PASSWORD));
    must(come_from("198.51.100.1"));
    must_fail(sign_in(EMAIL, OTHER), MC_EUNAUTHENTICATED);
    count_others(250); /* whatever strangers have done, here or there */
    forum_sql("UPDATE microcosm.sign_in_attempts SET count = 0 WHERE known_until IS NOT NULL");

    must(come_from("203.0.113.9"));
    must_fail(sign_in(EMAIL, PASSWORD), MC_ELIMIT);
    must(come_from("192.0.2.7"));
    must(sign_in(EMAIL, PASSWORD));
    must_fail(sign_in(EMAIL, OTHER), MC_EUNAUTHENTICATED);
}

Test(sign_in, of_many_accounts_from_one_address_or_network_is_refused)
{
    must_fail(sign_in("a@example.org", OTHER), MC_EUNAUTHENTICATED);
    count_others(50);
    must_fail(sign_in("b@example.org", OTHER), MC_ELIMIT);
    must(come_from("192.0.2.8"));
    must_fail(sign_in("c@example.org", OTHER), MC_EUNAUTHENTICATED);
    count_others(250);
    must(come_from("192.0.2.9"));
    must_fail(sign_in("d@example.org", OTHER), MC_ELIMIT);
    must(come_from("192.0.3.9"));
    must_fail(sign_in("e@example.org", OTHER), MC_EUNAUTHENTICATED);
    must(come_from("2001:db8:1:1::1"));
    must_fail(sign_in("f@example.org", OTHER), MC_EUNAUTHENTICATED);
    count_others(50);
    must(come_from("2001:db8:1:1:ffff::2"));
    must_fail(sign_in("g@example.org", OTHER), MC_ELIMIT);
}

static void try_once(mc_session *own, int number, void *data)
{
    int *refused = data;
    mc_sign_in_edit edit = MC_SIGN_IN_EDIT_INIT;
    mc_token *token = NULL;

    edit.email = EMAIL;
    edit.password = OTHER;
    refused[number] = mc_account_sign_in(&token, own, &edit) == MC_ELIMIT;
    mc_record_free(token);
}

Test(sign_in, counts_each_of_those_that_come_at_once)
{
    int refused[14] = {0}, count = 0;

    at_once(14, "somebody", try_once, refused);
    for (int i = 0; i < 14; i++)
        count += refused[i];
    cr_expect_eq(count, 4);
}

Test(sign_in, makes_hashes_of_other_costs_anew)
{
    forum_sql("UPDATE microcosm.passwords SET hash = '$argon2id$v=19$m=65536,t=2,p=1$c29tZXNhbHQ$"
              "CTFhFdXPJO1aFaMaO6Mm5c8y7cJHAph8ArZWb2GRPPc'");
    must_fail(sign_in(EMAIL, "wrong"), MC_EUNAUTHENTICATED);
    cr_expect_eq(
        forum_number("SELECT count(*) FROM microcosm.passwords WHERE hash LIKE '%%m=65536%%'"), 1);
    must(sign_in(EMAIL, "password"));
    cr_expect_eq(
        forum_number("SELECT count(*) FROM microcosm.passwords WHERE hash LIKE '%%m=19456%%'"), 1);
    must(sign_in(EMAIL, "password"));
}

Test(sign_in, what_has_ended_is_deleted)
{
    must(sign_in(EMAIL, PASSWORD));
    must(sign_in(EMAIL, PASSWORD));
    forum_sql("UPDATE microcosm.access_tokens SET expires = now() - interval '1 second'"
              " WHERE token_id = (SELECT max(token_id) FROM microcosm.access_tokens)");
    forum_sql("INSERT INTO microcosm.mail_codes (purpose, site_id, email, canonical_email, expires)"
              " SELECT 1, 1, 'a@b.example', 'a@b.example', now() + n * interval '1 minute'"
              " FROM generate_series(-1, 1, 2) n");
    forum_sql("INSERT INTO microcosm.sign_in_attempts (subject, count, resets, ends)"
              " SELECT sha256(n::text::bytea), 1, now(), now() - interval '1 second'"
              " FROM generate_series(1, 1500) n"); /* more than one part of the job */
    must(mc_job_run(session, "trim-sign-ins"));
    cr_expect_eq(forum_number("SELECT count(*) FROM microcosm.sign_in_attempts WHERE ends < now()"),
                 0);
    cr_expect_eq(forum_number("SELECT count(*) FROM microcosm.sign_in_attempts"), 4);
    cr_expect_eq(forum_number("SELECT count(*) FROM microcosm.mail_codes"), 1);
    cr_expect_eq(forum_number("SELECT count(*) FROM microcosm.access_tokens"), 1);
}

static int change(const char *current, const char *password)
{
    mc_password_edit edit = MC_PASSWORD_EDIT_INIT;

    edit.current = current;
    edit.password = password;
    return mc_password_change(session, &edit);
}

Test(sign_in, password_is_changed_by_who_knows_it_and_ends_other_tokens)
{
    char token[MC_TOKEN_SIZE], other[MC_TOKEN_SIZE];

    must(mc_token_create(token, session, EMAIL, 1));
    must(mc_token_create(other, session, EMAIL, 1));
    must_fail(change(PASSWORD, OTHER), MC_EFORBIDDEN); /* of a guest */
    must(enter_with(token));
    must_fail(change(OTHER, OTHER), MC_EFORBIDDEN);
    must(change(PASSWORD, OTHER));
    must(enter_with(token));
    must_fail(enter_with(other), MC_EUNAUTHENTICATED);
    must(come_from("192.0.2.7"));
    must_fail(sign_in(EMAIL, PASSWORD), MC_EUNAUTHENTICATED);
    must(sign_in(EMAIL, OTHER));
    must(enter_with(token));
    must(mc_password_set(session, EMAIL, PASSWORD));
    must_fail(enter_with(token), MC_EUNAUTHENTICATED);
}

Test(sign_in, passwords_that_others_guess_are_refused)
{
    static const char *const refused[] = {NULL,
                                          "",
                                          "short",
                                          "123456789",
                                          "ninechars",
                                          "qwertyuiop",
                                          "QWERTYUIOP",
                                          "mira@example.org",
                                          "MIRA@example.org",
                                          "\xff\xfe invalid bytes",
                                          "\xc3\xbc\xc3\xbc\xc3\xbc\xc3\xbc\xc3\xbc"};
    char endless[258];

    memset(endless, 'x', 257);
    endless[257] = '\0';
    for (size_t i = 0; i < sizeof(refused) / sizeof(*refused); i++)
        must_fail(mc_password_set(session, EMAIL, refused[i]), MC_EINVAL);
    must_fail(mc_password_set(session, EMAIL, endless), MC_EINVAL);
    must_fail(mc_password_set(session, "nobody@example.org", OTHER), MC_ENOTFOUND);
    must(mc_password_set(session, EMAIL, endless + 1));
    must(sign_in(EMAIL, endless + 1));
}

static int sign_in_anew(void)
{
    forum_sql("DELETE FROM microcosm.sign_in_attempts");
    return sign_in(EMAIL, PASSWORD);
}

Test(sign_in, survives_any_failing_allocation)
{
    must(sign_in(EMAIL, PASSWORD));
    cr_expect_gt(fail_each(sign_in_anew), 1);
}
