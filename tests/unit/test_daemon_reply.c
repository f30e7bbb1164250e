/* Replies: the envelope, its switches, the headers, and the statuses of errors. */
#include "http/reply.h"
#include "base/text.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>

static request asked;
static reply answer;
static char sent[65536];
static const char *body; /* inside sent */

static void begin(void)
{
    request_clear(&asked);
    asked.is_plain_get = true;
    cr_assert(reply_init(&answer, NULL));
    reply_start(&answer, &asked);
}

static void end(void)
{
    reply_release(&answer);
}

TestSuite(daemon_reply, .init = begin, .fini = end, .timeout = 120);

static void finish(void)
{
    size_t length;
    const char *bytes = reply_finish(&answer, &length);

    cr_assert_lt(length, sizeof(sent));
    memcpy(sent, bytes, length);
    sent[length] = '\0';
    body = strstr(sent, "\r\n\r\n");
    cr_assert_not_null(body);
    body += 4;
    cr_expect_not_null(strstr(sent, "\r\nX-Content-Type-Options: nosniff\r\n"), "%s", sent);
}

static bool has_header(const char *line)
{
    const char *at = strstr(sent, line);

    return at && at < body && at[-1] == '\n' && at[strlen(line)] == '\r';
}

static bool names_header(const char *name)
{
    const char *at = strstr(sent, name);

    return at && at < body;
}

static void give(const char *json)
{
    cr_assert_eq(mc_buffer_append(reply_begin(&answer, 200), json, strlen(json)), 0);
    reply_end(&answer);
    finish();
}

Test(daemon_reply, puts_data_into_the_envelope)
{
    give("{\"id\":1}");
    cr_expect_str_eq(body, "{\"context\":\"\",\"status\":200,\"data\":{\"id\":1},\"error\":null}");
    cr_expect_eq(strncmp(sent, "HTTP/1.1 200 OK\r\n", 17), 0);
    cr_expect(has_header("Content-Type: application/json"));
    cr_expect(has_header("Content-Length: 56"));
    cr_expect(has_header("Access-Control-Allow-Origin: *"));
    cr_expect(has_header("Vary: Authorization, Cookie"));
    cr_expect(names_header("\r\nDate: "));
    cr_expect_not(names_header("Connection:"));
}

Test(daemon_reply, lets_only_what_guests_get_be_shared)
{
    give("1");
    cr_expect(has_header("Cache-Control: no-cache, max-age=0"), "a member's");
    answer.is_guest = true;
    give("1");
    cr_expect(has_header("Cache-Control: public, max-age=300"));
    reply_refuse(&answer, 404, REASON_NONE, "no");
    finish();
    cr_expect(has_header("Cache-Control: no-cache, max-age=0"), "a failure");
    asked.always_200 = true;
    reply_refuse(&answer, 404, REASON_NONE, "no");
    finish();
    cr_expect(has_header("Cache-Control: no-cache, max-age=0"),
              "a failure that looks like success");
    asked.always_200 = asked.is_plain_get = false;
    give("1");
    cr_expect(has_header("Cache-Control: no-cache, max-age=0"), "changed by a header, or a write");
}

Test(daemon_reply, has_no_body_for_head)
{
    asked.method = METHOD_HEAD;
    give("{\"id\":1}");
    cr_expect_str_eq(body, "");
    cr_expect(has_header("Content-Length: 56"));
    reply_not_found(&answer, REASON_NONE, "none");
    finish();
    cr_expect_str_eq(body, "");
    cr_expect(has_header("Content-Length: 19"));
}

Test(daemon_reply, obeys_the_switches)
{
    static const struct {
        bool bare;
        const char *callback, *context, *body;
    } cases[] = {
        {false, "", "a\"<\xe2\x80\xa8",
         "{\"context\":\"a\\\"\\u003c\\u2028\",\"status\":200,\"data\":1,\"error\":null}"},
        {true, "", "", "1"},
        {true, "", "c", "1"},
        {false, "fn", "", "fn({\"context\":\"\",\"status\":200,\"data\":1,\"error\":null})"},
        {false, "fn", "c",
         "fn({\"context\":\"c\",\"status\":200,\"data\":1,\"error\":null}, \"c\")"},
        {true, "fn", "c</", "fn(1, \"c\\u003c/\")"},
    };

    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        asked.disable_boiler = cases[i].bare;
        asked.callback = cases[i].callback;
        asked.context = cases[i].context;
        give("1");
        cr_expect_str_eq(body, cases[i].body);
        cr_expect(has_header("Content-Type: application/json"));
    }
}

Test(daemon_reply, can_always_say_200)
{
    asked.always_200 = true;
    reply_redirect(&answer, 302, "/api/v1/comments/5");
    finish();
    cr_expect_eq(strncmp(sent, "HTTP/1.1 200 OK\r\n", 17), 0);
    cr_expect(has_header("Location: /api/v1/comments/5"));
    cr_expect_str_eq(body, "{\"context\":\"\",\"status\":302,\"data\":null,\"error\":null}");
    reply_not_found(&answer, REASON_NONE, "none");
    finish();
    cr_expect_eq(strncmp(sent, "HTTP/1.1 404 ", 13), 0,
                 "what has no envelope has no switches either");
}

Test(daemon_reply, redirects)
{
    reply_redirect(&answer, 302, "/api/v1/comments/5");
    finish();
    cr_expect_eq(strncmp(sent, "HTTP/1.1 302 Found\r\n", 20), 0);
    cr_expect(has_header("Location: /api/v1/comments/5"));
    cr_expect_str_eq(body, "{\"context\":\"\",\"status\":302,\"data\":null,\"error\":null}");
}

Test(daemon_reply, has_space_for_long_locations)
{
    static char path[20000], header[20020];

    memset(path, 'a', sizeof(path) - 1);
    path[0] = '/';
    reply_redirect(&answer, 307, path);
    finish();
    snprintf(header, sizeof(header), "Location: %s", path);
    cr_expect(has_header(header));
    cr_expect_str_eq(body, "{\"context\":\"\",\"status\":307,\"data\":null,\"error\":null}");
}

Test(daemon_reply, forgets_the_reply_that_it_replaces)
{
    reply_redirect(&answer, 302, "/somewhere");
    reply_not_allowed(&answer, METHOD_PUT, "OPTIONS,GET");
    cr_assert_eq(mc_buffer_append(reply_begin(&answer, 200), "[1,", 3), 0);
    reply_refuse(&answer, 403, REASON_SIGN_IN, "no");
    finish();
    cr_expect_not(names_header("Location:"));
    cr_expect_not(names_header("Allow:"));
    cr_expect_str_eq(body,
                     "{\"context\":\"\",\"status\":403,\"data\":{\"siteId\":0,\"errorCode\":5,"
                     "\"errorDetail\":\"no\"},\"error\":[\"no\"]}");
}

Test(daemon_reply, escapes_the_location_of_a_move)
{
    reply_moved(&answer, "/a\\\"<b>%20\x80", "x=1&y=\"'<");
    finish();
    cr_expect(has_header("Location: /a%5C%22%3Cb%3E%20%80?x=1&y=%22%27%3C"));
    cr_expect_str_eq(
        body, "<a href=\"/a%5C%22%3Cb%3E%20%80?x=1&amp;y=%22%27%3C\">Moved Permanently</a>.\n");
}

Test(daemon_reply, answers_options_with_allow_and_nothing_else)
{
    reply_options(&answer, "OPTIONS,GET");
    finish();
    cr_expect(has_header("Allow: OPTIONS,GET"));
    cr_expect(has_header("Content-Length: 0"));
    cr_expect_not(names_header("Access-Control-"));
    cr_expect_str_eq(body, "");
}

Test(daemon_reply, refuses_methods_with_the_reason_in_data)
{
    reply_not_allowed(&answer, METHOD_POST, "OPTIONS,POST,GET");
    finish();
    cr_expect(has_header("Allow: OPTIONS,POST,GET"));
    cr_expect_str_eq(body,
                     "{\"context\":\"\",\"status\":405,\"data\":{\"siteId\":0,\"errorCode\":0,"
                     "\"errorDetail\":\"this address does not take the method; it takes "
                     "OPTIONS,GET\"},\"error\":null}");
}

Test(daemon_reply, is_plain_without_a_route)
{
    reply_not_found(&answer, REASON_NONE, "none");
    finish();
    cr_expect(has_header("Content-Type: text/plain; charset=utf-8"));
    cr_expect_not(names_header("Access-Control-"));
    cr_expect_str_eq(body, "404 page not found\n");
    asked.raw_path = "/api/none";
    reply_not_found(&answer, REASON_NO_SITE, "none");
    finish();
    cr_expect_str_eq(body,
                     "{\"context\":\"\",\"status\":404,\"data\":{\"siteId\":0,\"errorCode\":14,"
                     "\"errorDetail\":\"none\"},\"error\":[\"none\"]}");
}

Test(daemon_reply, has_one_that_needs_nothing)
{
    char out[REPLY_BARE_SIZE], length[40];
    size_t n = reply_bare(out, 503, "the server is out of memory: try again", true);
    const char *at = strstr(out, "\r\n\r\n");

    cr_assert_not_null(at);
    cr_expect_eq(n, strlen(out));
    snprintf(length, sizeof(length), "\r\nContent-Length: %zu\r\n", strlen(at + 4));
    cr_expect_not_null(strstr(out, length));
    cr_expect_not_null(strstr(out, "\r\nX-Content-Type-Options: nosniff\r\n"));
    cr_expect_str_eq(at + 4,
                     "{\"context\":\"\",\"status\":503,\"data\":{\"siteId\":0,\"errorCode\":0,"
                     "\"errorDetail\":\"the server is out of memory: try again\"},"
                     "\"error\":[\"the server is out of memory: try again\"]}");
    reply_bare(out, 500, "x", false);
    cr_expect_str_eq(strstr(out, "\r\n\r\n"), "\r\n\r\n");
}

Test(daemon_reply, has_the_error_code_if_there_is_one)
{
    mc_failure error = {MC_EFORBIDDEN, "forbidden", "not \"here\"", "", 10, NULL, 0, 0};

    answer.site = 4;
    answer.profile = 7;
    reply_failure(&answer, 403, &error);
    finish();
    cr_expect_str_eq(
        body,
        "{\"context\":\"\",\"status\":403,\"data\":{\"siteId\":4,\"profileId\":7,\"errorCode\":10,"
        "\"errorDetail\":\"not \\\"here\\\"\"},\"error\":[\"not \\\"here\\\"\"]}");
    answer.profile = 0;
    reply_failure(&answer, 403, &error);
    finish();
    cr_expect_not_null(strstr(body, "{\"siteId\":4,\"errorCode\":10,"), "guests have no profile");
    error.reason = 0;
    reply_failure(&answer, 403, &error);
    finish();
    cr_expect_not_null(strstr(body, "\"errorCode\":0,\"errorDetail\":"));
}

Test(daemon_reply, names_all_fields_at_fault)
{
    static const mc_fault faults[] = {{"title", "is required"}, {"meta.editReason", "is too long"}};
    mc_failure error = {MC_EINVAL, "invalid_input", "title is required", "", 0, faults, 2, 0};

    reply_failure(&answer, 400, &error);
    finish();
    cr_expect_not_null(
        strstr(body, "\"error\":[\"title: is required; meta.editReason: is too long\"]"), "%s",
        body);
}

Test(daemon_reply, is_complete_with_very_many_faults)
{
    mc_fault faults[200];
    mc_failure error = {MC_EINVAL, "invalid_input", "", "", 0, faults, 200, 0};

    for (size_t i = 0; i < 200; i++)
        faults[i] = (mc_fault){"f\xc3\xa9\xe2\x82\xac", "is bad \xf0\x9f\x8d\x85"};
    reply_failure(&answer, 400, &error);
    finish();
    cr_expect(text_is_utf8(body, strlen(body)), "no character is cut in two");
    cr_expect_str_eq(body + strlen(body) - 3, "\"]}");
}

Test(daemon_reply, says_when_to_come_back)
{
    mc_failure error = {MC_EDATABASE, "database", "no", "42P01", 0, NULL, 0, 0};

    reply_failure(&answer, 500, &error);
    finish();
    cr_expect_not(names_header("Retry-After:"));
    reply_failure(&answer, 503, &error);
    finish();
    cr_expect(names_header("Retry-After:"));
}

Test(daemon_reply, has_a_status_for_every_error)
{
    for (size_t i = 0; i < mc_error_count(); i++)
        cr_expect_neq(reply_status_of(mc_error_at(i)->code), 0, "%s has none",
                      mc_error_at(i)->name);
    cr_expect_eq(reply_status_of(12345), 0);
    cr_expect_eq(reply_status_of(MC_EINVAL), 400);
    cr_expect_eq(reply_status_of(MC_EUNAUTHENTICATED), 401);
    cr_expect_eq(reply_status_of(MC_EBANNED), 403);
    cr_expect_eq(reply_status_of(MC_ECLOSED), 403);
    cr_expect_eq(reply_status_of(MC_ENOSITE), 404);
    cr_expect_eq(reply_status_of(MC_EUNSUPPORTED), 501);
    cr_expect_eq(reply_status_of(MC_EBUSY), 503);
}

Test(daemon_reply, says_whether_the_connection_stays_open)
{
    answer.close = true;
    give("1");
    cr_expect(has_header("Connection: close"));
    answer.close = false;
    asked.is_http_1_0 = true;
    give("1");
    cr_expect(has_header("Connection: keep-alive"));
}

Test(daemon_reply, is_sent_even_without_memory)
{
    reply_begin(&answer, 200);
    answer.broken = true;
    finish();
    cr_expect_eq(strncmp(sent, "HTTP/1.1 500 ", 13), 0);
    cr_expect_eq(answer.status, 500);
    cr_expect(answer.close);
}

Test(daemon_reply, can_be_used_again_after_a_huge_one)
{
    static char block[1 << 16];

    memset(block, ' ', sizeof(block));
    for (int round = 0; round < 2; round++) {
        mc_buffer *out = reply_begin(&answer, 200);
        size_t length;

        for (int i = 0; i < 64; i++)
            cr_assert_eq(mc_buffer_append(out, block, sizeof(block)), 0);
        reply_end(&answer);
        cr_expect_not_null(reply_finish(&answer, &length));
        cr_expect_gt(length, 64 * sizeof(block));
        reply_start(&answer, &asked);
    }
    give("1");
    cr_expect_not_null(strstr(body, "\"data\":1"));
}

Test(daemon_reply, escapes_json)
{
    static const char *const cases[][2] = {
        {"", "\"\""},
        {"abc", "\"abc\""},
        {"a\"b\\c", "\"a\\\"b\\\\c\""},
        {"\n\r\t\x01\x1f", "\"\\n\\r\\t\\u0001\\u001f\""},
        {"<a>&", "\"\\u003ca\\u003e\\u0026\""},
        {"\xc3\xa9\xe2\x82\xac", "\"\xc3\xa9\xe2\x82\xac\""},
        {"\xe2\x80\xa8x\xe2\x80\xa9", "\"\\u2028x\\u2029\""},
        {"\xe2\x80\xa7\xe2\x80\xaa", "\"\xe2\x80\xa7\xe2\x80\xaa\""},
    };
    mc_buffer *out = NULL;

    cr_assert_eq(mc_buffer_new(&out, 0), 0);
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        mc_buffer_clear(out);
        cr_assert_eq(json_string(out, cases[i][0]), 0);
        cr_expect_str_eq(mc_buffer_bytes(out), cases[i][1]);
    }
    mc_buffer_free(out);
}
