/* Requests: which are refused, and how the others are parsed. */
#include "http/request.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>

static head h;
static request r;
static networks nobody;

static void begin(void)
{
    h = (head){.method = "GET", .target = "/api/v1/site"};
    h.fields[h.field_count++] = (head_field){"Host", "demo.localhost"};
}

TestSuite(daemon_request, .init = begin, .timeout = 120);

static void add_header(const char *name, const char *value)
{
    h.fields[h.field_count++] = (head_field){name, value};
}

static void set_query(const char *query)
{
    static char target[HEAD_MAX];

    if (query)
        snprintf(target, sizeof(target), "/api/v1/site?%s", query);
    h.target = query ? target : "/api/v1/site";
}

static int read_it(void)
{
    return request_read(&r, &h, "127.0.0.1", &nobody);
}

Test(daemon_request, reads_a_plain_one)
{
    cr_assert_eq(read_it(), 0);
    cr_expect_eq(r.method, METHOD_GET);
    cr_expect_str_eq(r.path, "/api/v1/site");
    cr_expect_str_eq(r.host, "demo.localhost");
    cr_expect_str_eq(r.address, "127.0.0.1");
    cr_expect_null(r.token);
    cr_expect_not(r.token_malformed);
    cr_expect(r.keep_alive);
    cr_expect_eq(r.content_length, 0);
}

Test(daemon_request, needs_one_host)
{
    h.field_count = 0;
    cr_expect_eq(read_it(), 400);
    h.is_http_1_0 = true;
    cr_expect_eq(read_it(), 0);
    cr_expect_str_eq(r.host, "");
    cr_expect_not(r.keep_alive);
    begin();
    add_header("host", "demo.localhost");
    cr_expect_eq(read_it(), 400);
}

Test(daemon_request, takes_hosts_with_or_without_a_port)
{
    static const char *const good[] = {"a",
                                       "a.b",
                                       "a-b_c.d.",
                                       "A.B:80",
                                       "a:",
                                       "a:0",
                                       "a:65535",
                                       "1.2.3.4",
                                       "1.2.3.4:80",
                                       "[::1]",
                                       "[::1]:8080",
                                       "[::ffff:1.2.3.4]",
                                       "xn--bcher-kva.example"};
    static const char *const bad[] = {"",         ":",         ":80",
                                      ":abc",     "a:b",       "a:80@b",
                                      "a@b",      "u:p@b",     "a:65536",
                                      "a:-1",     "a:+1",      "a:8 0",
                                      "a:80:80",  "a b",       "a\tb",
                                      "a/b",      "a?b",       "a#b",
                                      "a,b",      "a;b",       "a\\b",
                                      "a%00",     "%61",       "h\xc3\xb6st",
                                      "a\x7f",    "a\x01",     "\"a\"",
                                      "<a>",      "[",         "[]",
                                      "[::1",     "::1",       "[::1]x",
                                      "[::1]:x",  "[a.b]:80:", "[g::1]",
                                      "http://a", "a:0x50",    "a:99999999999999999999"};

    for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++) {
        h.fields[0].value = good[i];
        cr_expect_eq(read_it(), 0, "%s", good[i]);
        cr_expect_str_eq(r.host, good[i]);
    }
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        h.fields[0].value = bad[i];
        cr_expect_eq(read_it(), 400, "%s", bad[i]);
    }
}

Test(daemon_request, refuses_ambiguous_lengths)
{
    static const struct {
        const char *names[2], *values[2];
        int status;
        int64_t length;
    } cases[] = {
        {{"Content-Length"}, {"5"}, 0, 5},
        {{"Content-Length"}, {"0005"}, 0, 5},
        {{"Content-Length"}, {"5x"}, 400, 0},
        {{"Content-Length"}, {"+5"}, 400, 0},
        {{"Content-Length"}, {"-5"}, 400, 0},
        {{"Content-Length"}, {""}, 400, 0},
        {{"Content-Length"}, {"5, 5"}, 400, 0},
        {{"Content-Length"}, {"0x5"}, 400, 0},
        {{"Content-Length"}, {"9999999999999999999"}, 413, 0},
        {{"Content-Length", "content-length"}, {"5", "5"}, 400, 0},
        {{"Content-Length", "Transfer-Encoding"}, {"5", "chunked"}, 400, 0},
        {{"Transfer-Encoding"}, {"chunked"}, 0, -1},
        {{"Transfer-Encoding"}, {"Chunked"}, 0, -1},
        {{"Transfer-Encoding"}, {"identity"}, 400, 0},
        {{"Transfer-Encoding"}, {"gzip, chunked"}, 400, 0},
        {{"Transfer-Encoding", "Transfer-Encoding"}, {"chunked", "chunked"}, 400, 0},
    };

    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        begin();
        for (size_t k = 0; k < 2 && cases[i].names[k]; k++)
            add_header(cases[i].names[k], cases[i].values[k]);
        cr_expect_eq(read_it(), cases[i].status, "case %zu", i);
        if (cases[i].status == 0)
            cr_expect_eq(r.content_length, cases[i].length, "case %zu", i);
    }
}

Test(daemon_request, refuses_chunks_in_http_1_0)
{
    h.is_http_1_0 = true;
    add_header("Transfer-Encoding", "chunked");
    cr_expect_eq(read_it(), 400);
}

Test(daemon_request, decodes_and_checks_the_path)
{
    static const struct {
        const char *raw;
        int status;
        const char *path;
    } cases[] = {
        {"/", 0, "/"},         {"/api/v1/%73ite", 0, "/api/v1/site"},
        {"/a%2Fb", 0, ""},     /* no route */ {"/%C3%A9", 0, "/\xc3\xa9"},
        {"/a/", 0, "/a/"},     {"/a%00", 400, NULL},
        {"/a%", 400, NULL},    {"/a%4", 400, NULL},
        {"/a%zz", 400, NULL},  {"/%ff", 400, NULL},
        {"/\xff", 400, NULL},  {"//", 301, NULL},
        {"//a", 301, NULL},    {"/a//b", 301, NULL},
        {"/a/./b", 301, NULL}, {"/a/../b", 301, NULL},
        {"/a/.", 301, NULL},   {"/a/..", 301, NULL},
        {"/.a", 0, "/.a"},     {"/..a/b..", 0, "/..a/b.."},
        {"", 400, NULL},       {"a", 400, NULL},
        {"*", 400, NULL},
    };

    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        h.target = cases[i].raw;
        cr_expect_eq(read_it(), cases[i].status, "%s", cases[i].raw);
        if (cases[i].path)
            cr_expect_str_eq(r.path, cases[i].path);
    }
}

Test(daemon_request, cleans_paths)
{
    static const char *const cases[][2] = {
        {"//", "/"},          {"/./", "/"},       {"/..", "/"},      {"/../..", "/"},
        {"//a", "/a"},        {"/a//", "/a/"},    {"/a/./", "/a/"},  {"/a/.", "/a"},
        {"/a//b", "/a/b"},    {"/a/./b", "/a/b"}, {"/a/../b", "/b"}, {"/a/b/../../c/", "/c/"},
        {"///x///y", "/x/y"}, {"/a/..", "/"},     {"/../a", "/a"},   {"/a/b/..", "/a"},
    };

    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        char out[32];

        request_clean_path(out, cases[i][0]);
        cr_expect_str_eq(out, cases[i][1], "%s gave %s", cases[i][0], out);
    }
}

Test(daemon_request, takes_full_addresses_of_the_same_host)
{
    static const struct {
        const char *target, *host;
        int status;
        const char *path;
    } cases[] = {
        {"http://demo.localhost/a?b=c", "demo.localhost", 0, "/a"},
        {"http://demo.localhost/a?b=c", "demo.localhost:8080", 0, "/a"},
        {"http://demo.localhost:8080/a?b=c", "demo.localhost", 0, "/a"},
        {"http://demo.localhost:8080/a?b=c", "demo.localhost:8080", 0, "/a"},
        {"HTTPS://DEMO.localhost/a?b=c", "demo.localhost", 0, "/a"},
        {"http://demo.localhost?b=c", "demo.localhost", 0, "/"},
        {"http://demo.localhost", "demo.localhost", 0, "/"},
        {"http://[::1]:80/a?b=c", "[::1]", 0, "/a"},
        {"http://demo.localhost:8081/a", "demo.localhost:8080", 400, NULL},
        {"http://evil.example/a", "demo.localhost", 400, NULL},
        {"http://demo.localhost.evil/a", "demo.localhost", 400, NULL},
        {"http://demo/a", "demo.localhost", 400, NULL},
        {"http://user@demo.localhost/a", "demo.localhost", 400, NULL},
        {"http://demo.localhost:x/a", "demo.localhost", 400, NULL},
        {"http:///a", "demo.localhost", 400, NULL},
        {"http:/a", "demo.localhost", 400, NULL},
        {"http:", "demo.localhost", 400, NULL},
        {"ftp://demo.localhost/a", "demo.localhost", 400, NULL},
        {"demo.localhost:80", "demo.localhost", 400, NULL},
        {"demo.localhost/a", "demo.localhost", 400, NULL},
        {"?b=c", "demo.localhost", 400, NULL},
    };

    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        h.target = cases[i].target;
        h.fields[0].value = cases[i].host;
        cr_expect_eq(read_it(), cases[i].status, "%s", cases[i].target);
        if (cases[i].path)
            cr_expect_str_eq(r.path, cases[i].path, "%s", cases[i].target);
        if (cases[i].path && strchr(cases[i].target, '?'))
            cr_expect_str_eq(r.query, "b=c");
    }
    h.field_count = 0;
    h.is_http_1_0 = true;
    h.target = "http://demo.localhost/a";
    cr_expect_eq(read_it(), 0);
    cr_expect_str_eq(r.host, "demo.localhost", "HTTP/1.0 needs no Host header");
}

Test(daemon_request, reads_the_query)
{
    set_query("limit=5&&a=b%20c+d&limit=10&bare&=x&q=%C3%A9");
    cr_assert_eq(read_it(), 0);
    cr_expect_str_eq(request_param(&r, "limit"), "5", "the first of several counts");
    cr_expect_str_eq(request_param(&r, "a"), "b c d");
    cr_expect_str_eq(request_param(&r, "bare"), "");
    cr_expect_str_eq(request_param(&r, "q"), "\xc3\xa9");
    cr_expect_null(request_param(&r, "none"));
    cr_expect_str_eq(r.query, strchr(h.target, '?') + 1, "as received");
}

Test(daemon_request, refuses_malformed_queries)
{
    static const char *const queries[] = {"a=%00", "a=%",           "a=%f",
                                          "%ff=a", "callback=a%00", "limit=%00"};
    char many[512] = "";

    for (size_t i = 0; i < sizeof(queries) / sizeof(queries[0]); i++) {
        set_query(queries[i]);
        cr_expect_eq(read_it(), 400, "%s", queries[i]);
    }
    for (size_t i = 0; i <= REQUEST_PARAMS_MAX; i++)
        strcat(many, "a=b&");
    set_query(many);
    cr_expect_eq(read_it(), 400, "too many");
}

Test(daemon_request, takes_the_longest_head_there_is)
{
    static char path[HEAD_MAX];

    memset(path, 'a', sizeof(path) - 1);
    path[0] = '/';
    h.target = path;
    cr_expect_eq(read_it(), 0);
    cr_expect_eq(strlen(r.path), sizeof(path) - 1);
}

Test(daemon_request, reads_the_token)
{
    static const struct {
        const char *header, *query, *token;
        bool malformed;
    } cases[] = {
        {NULL, NULL, NULL, false},
        {"Bearer abc", NULL, "abc", false},
        {"Bearer abc", "access_token=def", "abc", false},
        {"Bearer abc", "access_token=%00", "abc", false},
        {NULL, "access_token=def", "def", false},
        {NULL, "access_token=", NULL, false},
        {NULL, "access_token=%00", NULL, true},
        {NULL, "access_token=%ff%fe", NULL, true},
        {"", "access_token=def", "def", false},
        {"Bearer", NULL, NULL, true},
        {"Bearer a b", NULL, NULL, true},
        {"Bearer  a", NULL, NULL, true},
        {"bearer a", NULL, NULL, true},
        {"Basic a", NULL, NULL, true},
        {"a", "access_token=def", NULL, true},
        {"Bearer \xff", NULL, NULL, true},
    };

    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        begin();
        if (cases[i].header)
            add_header("Authorization", cases[i].header);
        set_query(cases[i].query);
        cr_assert_eq(read_it(), 0, "case %zu", i);
        cr_expect_eq(r.token_malformed, cases[i].malformed, "case %zu", i);
        if (cases[i].token)
            cr_expect_str_eq(r.token, cases[i].token, "case %zu", i);
        else
            cr_expect_null(r.token, "case %zu", i);
    }
    begin();
    add_header("Authorization", "Bearer a");
    add_header("Authorization", "Bearer b");
    cr_assert_eq(read_it(), 0);
    cr_expect(r.token_malformed, "two of them");
}

Test(daemon_request, lets_a_post_stand_for_other_methods)
{
    static const struct {
        const char *real, *query, *header;
        method shown;
    } cases[] = {
        {"POST", NULL, NULL, METHOD_POST},
        {"POST", "method=PUT", NULL, METHOD_PUT},
        {"POST", "method=put", NULL, METHOD_PUT},
        {"POST", NULL, "DELETE", METHOD_DELETE},
        {"POST", "method=GET", "DELETE", METHOD_GET},
        {"POST", "method=nonsense", NULL, METHOD_POST},
        {"POST", "method=", NULL, METHOD_POST},
        {"POST", "method=HEAD", NULL, METHOD_POST},
        {"POST", "method=TRACE", NULL, METHOD_TRACE},
        {"GET", "method=DELETE", NULL, METHOD_GET},
        {"PUT", NULL, "DELETE", METHOD_PUT},
        {"PROPFIND", NULL, NULL, METHOD_OTHER},
        {"get", NULL, NULL, METHOD_OTHER},
    };

    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        begin();
        h.method = cases[i].real;
        set_query(cases[i].query);
        if (cases[i].header)
            add_header("X-HTTP-Method-Override", cases[i].header);
        cr_assert_eq(read_it(), 0);
        cr_expect_eq(r.method, cases[i].shown, "case %zu: %s", i, method_name(r.method));
    }
}

Test(daemon_request, knows_the_method_of_what_it_refuses)
{
    h.method = "HEAD";
    h.target = "//a";
    cr_expect_eq(read_it(), 301);
    cr_expect_eq(r.method, METHOD_HEAD);
}

Test(daemon_request, takes_safe_callbacks_only)
{
    static const char *const good[] = {"callback=fn",    "callback=_",      "callback=$",
                                       "callback=a.b.c", "callback=$x9._y", "callback="};
    static const char *const bad[] = {"callback=alert(1)", "callback=1a",  "callback=.a",
                                      "callback=a+b",      "callback=a-b", "callback=%3Cb%3E",
                                      "callback=%C3%A9",   "callback=a%0A"};

    for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++) {
        set_query(good[i]);
        cr_assert_eq(read_it(), 0);
        cr_expect_not(r.callback_unsafe, "%s", good[i]);
        cr_expect_str_eq(r.callback, good[i] + 9);
    }
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        set_query(bad[i]);
        cr_assert_eq(read_it(), 0);
        cr_expect(r.callback_unsafe, "%s", bad[i]);
        cr_expect_str_eq(r.callback, "");
    }
}

Test(daemon_request, reads_the_switches)
{
    set_query("x=disableBoiler&always200=0");
    cr_assert_eq(read_it(), 0);
    cr_expect(r.disable_boiler, "anywhere in the query");
    cr_expect(r.always_200, "with any value");
    begin();
    add_header("X-Always-200", "");
    add_header("X-Disable-Boiler", "0");
    cr_assert_eq(read_it(), 0);
    cr_expect_not(r.always_200, "an empty header does nothing");
    cr_expect(r.disable_boiler);
}

Test(daemon_request, compares_switches_decoded)
{
    set_query("disable%42oiler");
    cr_assert_eq(read_it(), 0);
    cr_expect(r.disable_boiler);
    set_query("%61lways200");
    cr_assert_eq(read_it(), 0);
    cr_expect(r.always_200);
}

Test(daemon_request, knows_which_replies_proxies_may_keep)
{
    static const struct {
        const char *method, *query, *header;
        bool plain;
    } cases[] = {
        {"GET", NULL, NULL, true},
        {"GET", "limit=5&x=y", NULL, true},
        {"GET", "method=PUT", NULL, true},
        {"GET", NULL, "X-HTTP-Method-Override", true},
        {"GET", "callback=&context=", NULL, true},
        {"GET", NULL, "X-Disable-Boiler", false},
        {"GET", NULL, "x-always-200", false},
        {"GET", "disableBoiler", NULL, false},
        {"GET", "always200", NULL, false},
        {"GET", "callback=f", NULL, false},
        {"GET", "context=c", NULL, false},
        {"POST", "method=GET", NULL, false},
        {"POST", NULL, "X-HTTP-Method-Override", false},
        {"HEAD", NULL, NULL, false},
    };

    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        begin();
        h.method = cases[i].method;
        set_query(cases[i].query);
        if (cases[i].header)
            add_header(cases[i].header, "GET");
        cr_assert_eq(read_it(), 0);
        cr_expect_eq(r.is_plain_get, cases[i].plain, "case %zu", i);
    }
}

Test(daemon_request, finds_the_format_of_a_body)
{
    static const struct {
        const char *type;
        body_format format;
    } cases[] = {
        {NULL, BODY_FORM},
        {"", BODY_FORM},
        {" ", BODY_FORM},
        {"application/json", BODY_JSON},
        {"Application/JSON; charset=utf-8", BODY_JSON},
        {"application/json;charset=utf-8", BODY_JSON},
        {"application/x-www-form-urlencoded", BODY_FORM},
        {"application/x-www-form-urlencoded; charset=utf-8", BODY_FORM},
        {"application/jsonx", BODY_UNKNOWN},
        {"application/json x", BODY_UNKNOWN},
        {"application/json, text/plain", BODY_UNKNOWN},
        {"application/json ; charset=utf-8", BODY_JSON},
        {"application/x-www-form-urlencodedx", BODY_UNKNOWN},
        {"application/x-www-form-urlencoded x", BODY_UNKNOWN},
        {"text/csvx", BODY_UNKNOWN},
        {"x", BODY_UNKNOWN},
        {";charset=utf-8", BODY_FORM},
        {"text/json", BODY_UNKNOWN},
        {"multipart/form-data; boundary=x", BODY_UNKNOWN},
        {"nonsense", BODY_UNKNOWN},
    };

    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        begin();
        if (cases[i].type)
            add_header("Content-Type", cases[i].type);
        cr_assert_eq(read_it(), 0);
        cr_expect_eq(request_body_format(&r), cases[i].format, "%s", cases[i].type);
    }
}

Test(daemon_request, keeps_connections_as_requested)
{
    static const struct {
        const char *version, *connection;
        bool keep;
    } cases[] = {
        {"1.1", NULL, true},        {"1.1", "close", false},     {"1.1", "Close", false},
        {"1.1", "x, close", false}, {"1.1", "keep-alive", true}, {"1.0", NULL, false},
        {"1.0", "close", false},    {"1.0", "Keep-Alive", true},
    };

    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        begin();
        h.is_http_1_0 = strcmp(cases[i].version, "1.0") == 0;
        if (cases[i].connection)
            add_header("Connection", cases[i].connection);
        cr_assert_eq(read_it(), 0);
        cr_expect_eq(r.keep_alive, cases[i].keep, "case %zu", i);
    }
}
