/* Heads of requests: where they end, and which are refused. */
#include "http/head.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>

TestSuite(daemon_head, .timeout = 120);

static head h;
static char bytes[HEAD_MAX + 1];

/* Feeds a head in pieces. The status, or HEAD_INCOMPLETE. */
static int read_pieces(const char *text, size_t length, size_t piece)
{
    head_scan scan = {.at = 0};
    int status = HEAD_INCOMPLETE;

    memcpy(bytes, text, length);
    for (size_t had = piece; status == HEAD_INCOMPLETE; had += piece) {
        status = head_scan_on(&scan, bytes, had < length ? had : length, &h.problem);
        if (had >= length)
            break;
    }
    return status == 0 ? head_parse(&h, bytes + scan.begin, scan.at - scan.begin) : status;
}

static int read_text(const char *text)
{
    int status = read_pieces(text, strlen(text), 1);

    for (size_t piece = 2; piece < strlen(text) + 2; piece++)
        cr_expect_eq(read_pieces(text, strlen(text), piece), status, "%s in pieces of %zu", text,
                     piece);
    return status;
}

Test(daemon_head, is_read)
{
    cr_assert_eq(read_text("POST /a?b=c HTTP/1.1\r\nHost: d\r\nX-E:  f g\t \r\nEmpty:\r\n"
                           "Latin: \xe9\r\n\r\n"),
                 0);
    cr_expect_str_eq(h.method, "POST");
    cr_expect_str_eq(h.target, "/a?b=c");
    cr_expect_not(h.is_http_1_0);
    cr_assert_eq(h.field_count, 4);
    cr_expect_str_eq(h.fields[0].name, "Host");
    cr_expect_str_eq(h.fields[0].value, "d");
    cr_expect_str_eq(h.fields[1].value, "f g");
    cr_expect_str_eq(h.fields[2].value, "");
    cr_expect_str_eq(h.fields[3].value, "\xe9");
}

Test(daemon_head, has_versions)
{
    cr_expect_eq(read_text("GET / HTTP/1.0\r\n\r\n"), 0);
    cr_expect(h.is_http_1_0);
    cr_expect_eq(read_text("GET / HTTP/1.1\r\n\r\n"), 0);
    cr_expect_not(h.is_http_1_0);
    cr_expect_eq(read_text("GET / HTTP/1.9\r\n\r\n"), 505);
    cr_expect_eq(read_text("GET / HTTP/2.0\r\n\r\n"), 505);
    cr_expect_eq(read_text("GET / HTTP/0.9\r\n\r\n"), 505);
}

Test(daemon_head, may_follow_one_empty_line)
{
    cr_expect_eq(read_text("\r\nGET /a HTTP/1.1\r\n\r\n"), 0);
    cr_expect_str_eq(h.target, "/a");
    cr_expect_eq(read_text("\r\n\r\nGET /a HTTP/1.1\r\n\r\n"), 400);
    cr_expect_eq(read_text("\nGET /a HTTP/1.1\r\n\r\n"), 400);
}

Test(daemon_head, is_not_taken_before_its_end)
{
    static const char *const begun[] = {"",
                                        "\r",
                                        "\r\n",
                                        "G",
                                        "GET / HTTP/1.1",
                                        "GET / HTTP/1.1\r",
                                        "GET / HTTP/1.1\r\n",
                                        "GET / HTTP/1.1\r\n\r",
                                        "GET / HTTP/1.1\r\nA: b\r\n"};

    for (size_t i = 0; i < sizeof(begun) / sizeof(begun[0]); i++)
        cr_expect_eq(read_text(begun[i]), HEAD_INCOMPLETE, "%zu", i);
}

Test(daemon_head, is_refused_in_any_other_form)
{
    static const char *const forms[] = {
        /* ends of lines; the rest of the head isn't waited for */
        "GET / HTTP/1.1\n",
        "GET / HTTP/1.1\r\nA: b\n",
        "GET / HTTP/1.1\r\nA: b\r\n\n",
        "GET / HTTP/1.1\r\nA: b\n\n\r",
        "GET / HTTP/1.1\n\r",
        "GET / HTTP/1.1\rA: b",
        "GET / HTTP/1.1\r\nA: b\rC: d",
        "GET / HTTP/1.1\r\r",
        "GET / HTTP/1.1\r\nA: b\r\r",
        "GET / HTTP/1.1\r\n\r\r",
        "GET / HTTP/1.1\r\n\rA",
        "\n",
        "\r\r",
        "\rG",
        /* control characters */
        "GET / HTTP/1.1\r\nA: \x01",
        "GET / HTTP/1.1\r\nA\x0b: b",
        "GET /\x7f",
        "\x16\x03\x01",
        "GET / HTTP/1.1\r\nA: \x1b[31m",
        "\x04",
        /* request lines */
        "\r\n\r\n",
        "GET\r\n\r\n",
        "GET /\r\n\r\n",
        "GET  / HTTP/1.1\r\n\r\n",
        "GET /  HTTP/1.1\r\n\r\n",
        " GET / HTTP/1.1\r\n\r\n",
        "GET / HTTP/1.1 \r\n\r\n",
        "GET\t/ HTTP/1.1\r\n\r\n",
        "GET /\tHTTP/1.1\r\n\r\n",
        "GET / HTTP/1.1\t\r\n\r\n",
        "GET / a HTTP/1.1\r\n\r\n",
        "/ HTTP/1.1\r\n\r\n",
        " / HTTP/1.1\r\n\r\n",
        "G(T / HTTP/1.1\r\n\r\n",
        "GET: / HTTP/1.1\r\n\r\n",
        "G\xc3\x89T / HTTP/1.1\r\n\r\n",
        "GET /\xc3\xa9 HTTP/1.1\r\n\r\n",
        "GET /a#b HTTP/1.1\r\n\r\n",
        "GET  HTTP/1.1\r\n\r\n",
        "GET / HTTP\r\n\r\n",
        "GET / HTTP/\r\n\r\n",
        "GET / HTTP/1\r\n\r\n",
        "GET / HTTP/1.\r\n\r\n",
        "GET / HTTP/.1\r\n\r\n",
        "GET / HTTP/11\r\n\r\n",
        "GET / HTTP/1.10\r\n\r\n",
        "GET / HTTP/1,1\r\n\r\n",
        "GET / HTTP/01.1\r\n\r\n",
        "GET / HTTP/1.1x\r\n\r\n",
        "GET / HTTP/a.1\r\n\r\n",
        "GET / HTTP/+1.1\r\n\r\n",
        "GET / http/1.1\r\n\r\n",
        "GET / HTTPS/1.1\r\n\r\n",
        "GET / HTTP 1.1\r\n\r\n",
        "GET / SIP/2.0\r\n\r\n",
        /* headers */
        "GET / HTTP/1.1\r\n A: b\r\n\r\n",
        "GET / HTTP/1.1\r\n\tA: b\r\n\r\n",
        "GET / HTTP/1.1\r\nA: b\r\n c\r\n\r\n",
        "GET / HTTP/1.1\r\nA: b\r\n\tc\r\n\r\n",
        "GET / HTTP/1.1\r\nA: b\r\n \r\n\r\n",
        "GET / HTTP/1.1\r\nA : b\r\n\r\n",
        "GET / HTTP/1.1\r\nA\t: b\r\n\r\n",
        "GET / HTTP/1.1\r\nA B: c\r\n\r\n",
        "GET / HTTP/1.1\r\nA\r\n\r\n",
        "GET / HTTP/1.1\r\n: b\r\n\r\n",
        "GET / HTTP/1.1\r\n:\r\n\r\n",
        "GET / HTTP/1.1\r\nA(: b\r\n\r\n",
        "GET / HTTP/1.1\r\n\"A\": b\r\n\r\n",
        "GET / HTTP/1.1\r\nA,B: c\r\n\r\n",
        "GET / HTTP/1.1\r\nA/B: c\r\n\r\n",
        "GET / HTTP/1.1\r\n=: =\r\n\r\n",
        "GET / HTTP/1.1\r\n\xc3\xa9: b\r\n\r\n",
        "GET / HTTP/1.1\r\nA\xa0: b\r\n\r\n",
    };

    for (size_t i = 0; i < sizeof(forms) / sizeof(forms[0]); i++) {
        cr_expect_eq(read_text(forms[i]), 400, "form %zu: %s", i, forms[i]);
        cr_expect(h.problem && *h.problem, "%s", forms[i]);
    }
    cr_expect_eq(read_pieces("GET /\0 HTTP/1.1\r\n\r\n", 19, 19), 400);
    cr_expect_eq(read_pieces("GET / HTTP/1.1\r\nA: \0\r\n\r\n", 25, 25), 400);
    cr_expect_eq(read_pieces("\0", 1, 1), 400);
}

static size_t repeat(char *out, size_t size, const char *begin, const char *unit, const char *end)
{
    size_t used = (size_t)snprintf(out, size, "%s", begin);

    while (used + strlen(unit) + strlen(end) <= size) {
        memcpy(out + used, unit, strlen(unit));
        used += strlen(unit);
    }
    memcpy(out + used, end, strlen(end));
    return used + strlen(end);
}

Test(daemon_head, has_a_greatest_length)
{
    static char text[HEAD_MAX];
    size_t length;

    length = repeat(text, sizeof(text), "GET /", "a", " HTTP/1.1\r\n\r\n");
    cr_assert_eq(length, HEAD_MAX);
    cr_expect_eq(read_pieces(text, length, 1000), 0);
    length = repeat(text, sizeof(text), "GET /", "a", " HTTP/1.1\r\n\r");
    cr_expect_eq(read_pieces(text, length, 1000), 431);
    length = repeat(text, sizeof(text), "GET /", "a", "");
    cr_expect_eq(read_pieces(text, length, 1000), 414);
    length = repeat(text, sizeof(text), "GET / HTTP/1.1\r\nA: ", "a", "");
    cr_expect_eq(read_pieces(text, length, 1000), 431);
}

Test(daemon_head, has_a_greatest_number_of_fields)
{
    static char text[HEAD_MAX];
    size_t length;

    length = repeat(text, 16 + 6 * HEAD_FIELDS_MAX + 2, "GET / HTTP/1.1\r\n", "A: b\r\n", "\r\n");
    cr_expect_eq(read_pieces(text, length, 1000), 0);
    cr_expect_eq(h.field_count, HEAD_FIELDS_MAX);
    length = repeat(text, 16 + 6 * HEAD_FIELDS_MAX + 8, "GET / HTTP/1.1\r\n", "A: b\r\n", "\r\n");
    cr_expect_eq(read_pieces(text, length, 1000), 431);
}
