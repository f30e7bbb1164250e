/* Multipart bodies and ranges, from anybody: in pieces of every size. */
#include "http/multipart.h"
#include "http/range.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define TYPE "multipart/form-data; boundary=xx"
#define FILE_PART(parameters)                                                                      \
    "--xx\r\nContent-Disposition: form-data; " parameters "\r\n\r\nbytes\r\n--xx--"

typedef struct supply {
    const char *bytes;
    size_t length, at, piece;
} supply;

static int give(void *data, void *out, size_t size)
{
    supply *s = data;
    size_t n = s->length - s->at;

    n = n < s->piece ? n : s->piece;
    n = n < size ? n : size;
    memcpy(out, s->bytes + s->at, n);
    s->at += n;
    return (int)n;
}

/* All that was found, as text; "!" in front of why it failed. */
static void read_all(char *out, size_t size, const char *type, const char *body, size_t piece)
{
    multipart *m = malloc(sizeof(*m));
    supply s = {body, strlen(body), 0, piece};
    char bytes[7];
    int found, n = 0;

    *out = '\0';
    if (!multipart_begin(m, type, give, &s)) {
        snprintf(out, size, "!type");
        free(m);
        return;
    }
    while ((found = multipart_next(m)) > 0) {
        snprintf(out + strlen(out), size - strlen(out), "[%s|%s|",
                 m->file_name ? m->file_name : "-", m->content_type ? m->content_type : "-");
        while ((n = multipart_read(m, bytes, sizeof(bytes))) > 0)
            snprintf(out + strlen(out), size - strlen(out), "%.*s", n, bytes);
        snprintf(out + strlen(out), size - strlen(out), "]");
        if (n < 0)
            break;
    }
    if (found < 0 || n < 0)
        snprintf(out, size, "!");
    free(m);
}

static const struct {
    const char *type, *body, *found;
} cases[] = {
    {TYPE, "--xx--", ""},
    {TYPE, "--xx--\r\nand so on", ""},
    {TYPE, "before\r\n--xx--", ""},
    {TYPE,
     "--xx\r\nContent-Disposition: form-data; name=\"a\"; filename=\"a.txt\"\r\n"
     "Content-Type: text/plain\r\n\r\nbytes\r\n--xx--\r\n",
     "[a.txt|text/plain|bytes]"},
    {TYPE,
     "--xx  \t\r\ncontent-disposition:form-data;filename=a.txt;name=b\r\n\r\n\r\n--xx\r\n"
     "Content-Disposition: form-data; name=\"a\"\r\nX-More: "
     "yes\r\n\r\n\r\n--x\r\n--xy\r\n\r\n--xx--",
     "[a.txt|-|][-|-|\r\n--x\r\n--xy\r\n]"},
    {"Multipart/Form-Data; charset=utf-8; Boundary=\"a b'c\"",
     "--a b'c\r\nContent-Disposition: form-data; name=\"x \"y\" z\"; filename=\"x \"y\" z\"\r\n\r\n"
     "\r--a b'c\r\n--a b'c--",
     "[x \"y\" z|-|\r--a b'c]"},
    {TYPE,
     "--xx\r\nContent-Disposition: form-data; filename=\"a\\\"b%22c\\\\d\"; "
     "name=\"a\"\r\n\r\n\r\n--xx--",
     "[a\"b\"c\\d|-|]"},
    {TYPE, "--xx\r\nContent-Disposition: form-data; name=\"a; filename=b\"\r\n\r\nvalue\r\n--xx--",
     "[-|-|value]"},
    {TYPE, "", "!"},
    {TYPE, "--x", "!"},
    {TYPE, "--xx", "!"},
    {TYPE, "--xx\r\n", "!"},
    {TYPE, "--xx\r\nContent-Disposition: form-data\r\n\r\nbytes\r\n--x", "!"},
    {TYPE, "--xx\r\nContent-Disposition: form-data\r\n\r\nbytes\r\n--xx", "!"},
    {TYPE, "--xx\r\nContent-Disposition: form-data\r\n\r\nbytes\r\n--xxx--", "!"},
    {TYPE, "--xx\r\nno header\r\n\r\nbytes\r\n--xx--", "!"},
    {TYPE, "--xx\r\n: empty\r\n\r\nbytes\r\n--xx--", "!"},
    {TYPE, "--xx\r\nContent-Disposition: attachment; filename=a\r\n\r\nbytes\r\n--xx--", "!"},
    {TYPE, "--xx\r\nContent-Disposition: form-data; filename=\"a\r\n\r\nbytes\r\n--xx--", "!"},
    {TYPE, "--xx\r\nContent-Disposition: form-data; filename\r\n\r\nbytes\r\n--xx--", "!"},
    {"text/plain", "--xx--", "!type"},
    {"multipart/form-data", "--xx--", "!type"},
    {"multipart/form-data; boundary=", "--xx--", "!type"},
    {"multipart/form-data; boundary=\"xx", "--xx--", "!type"},
    {"multipart/form-data; boundary=\"x\"x", "--x--", ""},
    {NULL, "--xx--", "!type"},
    {"multipart/form-dataevil; boundary=xx", "--xx--", "!type"},
    {"multipart/form-data evil; boundary=xx", "--xx--", "!type"},
    {"multipart/form-data ; boundary=xx", "--xx--", ""},
    {TYPE, "--xx\r\nContent-Disposition: form-dataevil; filename=a\r\n\r\nbytes\r\n--xx--", "!"},
    /* lines that go on in the next, white space behind values */
    {TYPE,
     "--xx\r\nContent-Disposition: form-data;\r\n name=f;\r\n\tfilename=a.txt\r\nContent-Type:\r\n "
     " text/plain \t\r\n\r\nbytes\r\n--xx--",
     "[a.txt|text/plain|bytes]"},
    /* a backslash at the end of a name is one of a pair, or of an old Windows path */
    {TYPE, FILE_PART("filename=\"a\\\\\"; name=f"), "[a\\|-|bytes]"},
    {TYPE, FILE_PART("filename=\"C:\\d\\\""), "[C:\\d\\|-|bytes]"},
    /* RFC 2231: names in pieces */
    {TYPE, FILE_PART("filename*0=\"a long \"; filename*1=name.txt; name=f"),
     "[a long name.txt|-|bytes]"},
    {TYPE,
     FILE_PART("name=f; filename*0*=UTF-8''k%C3%B6; filename*1*=%C3%A4; filename*2=\"%C3 x\""),
     "[k\303\266\303\244%C3 x|-|bytes]"},
    {TYPE, FILE_PART("filename*1=b; filename*0=a"), "!"},
    {TYPE, FILE_PART("filename*0=a; filename*2=c"), "!"},
    {TYPE, FILE_PART("filename*0*=a%C3"), "!"},
    {TYPE, FILE_PART("filename*x=a"), "!"},
    {TYPE, FILE_PART("filename*1=b; filename=a"), "[a|-|bytes]"},
    /* RFC 2047: words, where the name is nothing else */
    {TYPE, FILE_PART("filename=\"=?utf-8?B?a8O2cGZl?=\"; filename*=utf-8''x"),
     "[k\303\266pfe|-|bytes]"},
    {TYPE, FILE_PART("filename=\"=?UTF-8?q?k=C3=B6_?=  =?us-ascii?Q?b.txt?=\""),
     "[k\303\266 b.txt|-|bytes]"},
    {TYPE, FILE_PART("filename=\"=?utf-8?B?a8O2?= and more\""),
     "[=?utf-8?B?a8O2?= and more|-|bytes]"},
    {TYPE, FILE_PART("filename=\"=?utf-8?B?!?=\""), "[=?utf-8?B?!?=|-|bytes]"},
    {TYPE, FILE_PART("filename=\"=?utf-8?Q?a=0?=\""), "[=?utf-8?Q?a=0?=|-|bytes]"},
    {TYPE, FILE_PART("filename=\"=?utf-8?Q?a=00?=\""), "[=?utf-8?Q?a=00?=|-|bytes]"},
    {TYPE, FILE_PART("filename=\"=?koi8-r?Q?=C1?=\""), "[=?koi8-r?Q?=C1?=|-|bytes]"},
    {TYPE, FILE_PART("filename=\"=?utf-8?Q?\""), "[=?utf-8?Q?|-|bytes]"},
    {TYPE, FILE_PART("filename=\"=?\""), "[=?|-|bytes]"},
    /* a field for a file that was left empty */
    {TYPE,
     "--xx\r\nContent-Disposition: form-data; name=f; filename=\"\"\r\nContent-Type: "
     "application/octet-stream\r\n\r\n\r\n--xx--",
     "[-|application/octet-stream|]"},
    {TYPE, FILE_PART("filename=\"\""), "[|-|bytes]"},
    /* other bytes than the file's */
    {TYPE, FILE_PART("filename=a\r\nContent-Transfer-Encoding: Binary "), "[a|-|bytes]"},
    {TYPE, FILE_PART("filename=a\r\nContent-Transfer-Encoding: base64"), "!"},
    {TYPE, FILE_PART("filename=a\r\nContent-Transfer-Encoding: quoted-printable"), "!"},
    {TYPE, FILE_PART("name=f\r\nContent-Type: Multipart/Mixed; boundary=yy"), "!"},
    {TYPE, FILE_PART("filename=a\r\nContent-Disposition: form-data; filename=b"), "!"},
    {TYPE, "--xx\r\nContent-Disposition: form-data evil; filename=a\r\n\r\nbytes\r\n--xx--", "!"},
};

Test(daemon_multipart, is_read_in_pieces_of_any_size, .timeout = 120)
{
    char found[1024];

    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
        for (size_t piece = 1; piece <= 120; piece++) {
            read_all(found, sizeof(found), cases[i].type, cases[i].body, piece);
            cr_expect_str_eq(found, cases[i].found, "case %zu in pieces of %zu: %s", i, piece,
                             found);
        }
}

/* What is cut off anywhere fails, and nothing else happens. */
Test(daemon_multipart, that_is_cut_fails, .timeout = 120)
{
    const char *whole = cases[4].body;
    char body[512], found[1024];

    for (size_t length = 0; length + 1 < strlen(whole); length++) {
        snprintf(body, sizeof(body), "%.*s", (int)length, whole);
        read_all(found, sizeof(found), TYPE, body, 16);
        cr_expect_str_eq(found, "!", "%zu bytes: %s", length, found);
    }
}

Test(daemon_multipart, knows_ranges)
{
    static const struct {
        const char *header;
        int64_t size;
        range_kind kind;
        int64_t offset, length;
    } ranges[] = {
        {NULL, 100, RANGE_WHOLE, 0, 100},
        {"bytes=0-", 100, RANGE_PART, 0, 100},
        {"bytes=0-99", 100, RANGE_PART, 0, 100},
        {"bytes=99-", 100, RANGE_PART, 99, 1},
        {"bytes=-1", 100, RANGE_PART, 99, 1},
        {"bytes=-200", 100, RANGE_PART, 0, 100},
        {"bytes=5-500", 100, RANGE_PART, 5, 95},
        {"bytes=100-", 100, RANGE_OUTSIDE, 0, 100},
        {"bytes=-0", 100, RANGE_OUTSIDE, 0, 100},
        {"bytes=9-8", 100, RANGE_WHOLE, 0, 100},
        {"bytes=1-2,4-5", 100, RANGE_WHOLE, 0, 100},
        {"bytes=", 100, RANGE_WHOLE, 0, 100},
        {"bytes=9223372036854775807-", 100, RANGE_OUTSIDE, 0, 100},
        {"bytes=99999999999999999999-", 100, RANGE_WHOLE, 0, 100},
        {"bytes=0-9223372036854775807", 100, RANGE_PART, 0, 100},
        {"bytes= 0-1", 100, RANGE_WHOLE, 0, 100},
        {"lines=0-1", 100, RANGE_WHOLE, 0, 100},
    };

    for (size_t i = 0; i < sizeof(ranges) / sizeof(ranges[0]); i++) {
        int64_t offset = -1, length = -1;
        range_kind kind = range_read(ranges[i].header, ranges[i].size, &offset, &length);

        cr_expect_eq(kind, ranges[i].kind, "%s", ranges[i].header);
        cr_expect_eq(offset, ranges[i].offset, "%s: %lld", ranges[i].header, (long long)offset);
        cr_expect_eq(length, ranges[i].length, "%s: %lld", ranges[i].header, (long long)length);
    }
    cr_expect(etag_matches("\"a\"", "\"a\""));
    cr_expect(etag_matches("*", "\"a\""));
    cr_expect(etag_matches("W/\"b\", W/\"a\"", "\"a\""));
    cr_expect_not(etag_matches("\"b\"", "\"a\""));
    cr_expect_not(etag_matches(NULL, "\"a\""));
}
