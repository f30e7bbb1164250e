/* Requests: what is refused, and what is read out of the others. */
#include "http/request.h"

#include <criterion/criterion.h>
#include <string.h>

static struct mg_request_info info;
static request r;
static networks nobody;

static void begin(void)
{
    memset(&info, 0, sizeof(info));
    info.request_method = "GET";
    info.request_uri = info.local_uri_raw = "/api/v1/site";
    info.http_version = "1.1";
    strcpy(info.remote_addr, "127.0.0.1");
    info.http_headers[info.num_headers++] = (struct mg_header){"Host", "demo.localhost"};
}

TestSuite(daemon_request, .init = begin, .timeout = 120);

static void add_header(const char *name, const char *value)
{
    info.http_headers[info.num_headers++] = (struct mg_header){name, value};
}

static void set_path(const char *path)
{
    info.request_uri = info.local_uri_raw = path;
}

static int read_it(void)
{
    return request_read(&r, &info, &nobody);
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
    info.num_headers = 0;
    cr_expect_eq(read_it(), 400);
    info.http_version = "1.0";
    cr_expect_eq(read_it(), 0);
    cr_expect_str_eq(r.host, "");
    cr_expect_not(r.keep_alive);
    begin();
    add_header("host", "demo.localhost");
    cr_expect_eq(read_it(), 400);
}

Test(daemon_request, refuses_hosts_with_odd_bytes)
{
    static const char *const hosts[] = {"a b", "a\tb", "h\xc3\xb6st", "a\x7f"};

    for (size_t i = 0; i < sizeof(hosts) / sizeof(hosts[0]); i++) {
        info.http_headers[0].value = hosts[i];
        cr_expect_eq(read_it(), 400, "%zu", i);
    }
    info.http_headers[0].value = "demo.localhost \t";
    cr_expect_eq(read_it(), 0);
    cr_expect_str_eq(r.host, "demo.localhost");
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
        {{"Content-Length"}, {"5 "}, 0, 5},
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
    info.http_version = "1.0";
    add_header("Transfer-Encoding", "chunked");
    cr_expect_eq(read_it(), 400);
}

Test(daemon_request, refuses_more_headers_than_civetweb_keeps)
{
    while (info.num_headers < MG_MAX_HEADERS - 1)
        add_header("X", "y");
    cr_expect_eq(read_it(), 0);
    add_header("X", "y");
    cr_expect_eq(read_it(), 431);
}

/* civetweb shows headers as parts of its buffer; these stand for such buffers. */
static bool is_whole(const char *buffer, size_t name, size_t value)
{
    memset(&info, 0, sizeof(info));
    info.request_method = buffer;
    info.http_headers[info.num_headers++] = (struct mg_header){buffer + name, buffer + value};
    return request_head_is_whole(&info);
}

Test(daemon_request, sees_that_civetweb_stopped_early)
{
    cr_expect(is_whole("GET\0X\0 a\0\0\r\n", 4, 7));
    cr_expect(is_whole("GET\0X\0\0\0\r\n", 4, 6), "an empty value");
    cr_expect_not(is_whole("GET\0X\0 a\0\0 folded\r\n\r\n", 4, 7));
    cr_expect_not(is_whole("GET\0X\0 a\0\0\tfolded\r\n\r\n", 4, 7));
    cr_expect_not(is_whole("GET\0X\0 a\0\0\xffY: z\r\n\r\n", 4, 7));
    cr_expect_not(is_whole("GET\0X\0 a\0\0\0\0\0", 4, 7), "lines that end in LF alone");
    cr_expect_not(is_whole("GET\0X\0\0 a\0\0\r\n", 4, 8), "a blank before the colon");
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
        {NULL, 400, NULL},     {"a", 400, NULL},
    };

    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        info.local_uri_raw = cases[i].raw;
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

Test(daemon_request, wants_a_full_address_to_name_the_same_host)
{
    info.request_uri = "http://demo.localhost/api/v1/site";
    cr_expect_eq(read_it(), 0);
    info.request_uri = "http://evil.example/api/v1/site";
    cr_expect_eq(read_it(), 400);
}

Test(daemon_request, reads_the_query)
{
    info.query_string = "limit=5&&a=b%20c+d&limit=10&bare&=x&q=%C3%A9";
    cr_assert_eq(read_it(), 0);
    cr_expect_str_eq(request_param(&r, "limit"), "5", "the first of several counts");
    cr_expect_str_eq(request_param(&r, "a"), "b c d");
    cr_expect_str_eq(request_param(&r, "bare"), "");
    cr_expect_str_eq(request_param(&r, "q"), "\xc3\xa9");
    cr_expect_null(request_param(&r, "none"));
    cr_expect_str_eq(r.query, info.query_string, "as received");
}

Test(daemon_request, refuses_malformed_queries)
{
    static const char *const queries[] = {"a=%00", "a=%",           "a=%f",
                                          "%ff=a", "callback=a%00", "limit=%00"};
    char many[512] = "";

    for (size_t i = 0; i < sizeof(queries) / sizeof(queries[0]); i++) {
        info.query_string = queries[i];
        cr_expect_eq(read_it(), 400, "%s", queries[i]);
    }
    for (size_t i = 0; i <= REQUEST_PARAMS_MAX; i++)
        strcat(many, "a=b&");
    info.query_string = many;
    cr_expect_eq(read_it(), 400, "too many");
}

Test(daemon_request, takes_the_longest_head_there_is)
{
    static char path[REQUEST_HEAD_MAX];

    memset(path, 'a', sizeof(path) - 1);
    path[0] = '/';
    set_path(path);
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
        info.query_string = cases[i].query;
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
        info.request_method = cases[i].real;
        info.query_string = cases[i].query;
        if (cases[i].header)
            add_header("X-HTTP-Method-Override", cases[i].header);
        cr_assert_eq(read_it(), 0);
        cr_expect_eq(r.method, cases[i].shown, "case %zu: %s", i, method_name(r.method));
    }
}

Test(daemon_request, knows_the_method_of_what_it_refuses)
{
    info.request_method = "HEAD";
    set_path("//a");
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
        info.query_string = good[i];
        cr_assert_eq(read_it(), 0);
        cr_expect_not(r.callback_unsafe, "%s", good[i]);
        cr_expect_str_eq(r.callback, good[i] + 9);
    }
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        info.query_string = bad[i];
        cr_assert_eq(read_it(), 0);
        cr_expect(r.callback_unsafe, "%s", bad[i]);
        cr_expect_str_eq(r.callback, "");
    }
}

Test(daemon_request, reads_the_switches)
{
    info.query_string = "x=disableBoiler&always200=0";
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

Test(daemon_request, tells_what_a_body_is)
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

Test(daemon_request, keeps_connections_as_asked)
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
        info.http_version = cases[i].version;
        if (cases[i].connection)
            add_header("Connection", cases[i].connection);
        cr_assert_eq(read_it(), 0);
        cr_expect_eq(r.keep_alive, cases[i].keep, "case %zu", i);
    }
}
