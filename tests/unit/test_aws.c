/* Signatures against the examples that Amazon has published for S3 (Signature Version 4, "Examples:
 * Signature Calculations" and "Authenticating Requests: Using Query Parameters"). */
#include "remote/aws.h"

#include <criterion/criterion.h>

#define EMPTY "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
#define CREDENTIAL "AKIAIOSFODNN7EXAMPLE/20130524/us-east-1/s3/aws4_request"

static const mc__aws_keys keys = {"AKIAIOSFODNN7EXAMPLE",
                                  "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY", "us-east-1"};

static void begin(void)
{
    cr_assert_eq(mc__digest_start(), 0);
}

TestSuite(aws, .init = begin, .timeout = 120);

static mc__aws_request request_for(const char *method, const char *path)
{
    return (mc__aws_request){.method = method,
                             .host = "examplebucket.s3.amazonaws.com",
                             .path = path,
                             .payload = EMPTY,
                             .at = 1369353600};
}

static void expect_signature(const mc__aws_request *request, const char *names,
                             const char *expected)
{
    mc_scratch_arena(arena);
    const char *const *lines = mc__aws_sign(&arena, &keys, request);
    size_t count = 0;

    while (lines[count])
        count++;
    cr_assert_eq(count, request->header_count + 4);
    cr_expect_str_eq(lines[count - 1],
                     mc__arena_format(&arena,
                                      "Authorization: AWS4-HMAC-SHA256 Credential=" CREDENTIAL
                                      ",SignedHeaders=%s,Signature=%s",
                                      names, expected));
}

Test(aws, signs_a_get_of_a_part)
{
    mc__aws_request request = request_for("GET", "/test.txt");
    const mc__pair range = {"range", "bytes=0-9"};

    request.headers = &range;
    request.header_count = 1;
    expect_signature(&request, "host;range;x-amz-content-sha256;x-amz-date",
                     "f0e8bdb87c964420e857bd35b5d6ed310bd44f0170aba48dd91039c6036bdb41");
}

Test(aws, signs_a_put)
{
    mc__aws_request request = request_for("PUT", "/test$file.text");
    const mc__pair headers[] = {{"x-amz-storage-class", "REDUCED_REDUNDANCY"},
                                {"date", "Fri, 24 May 2013 00:00:00 GMT"}};
    mc_scratch_arena(arena);

    request.headers = headers;
    request.header_count = MC_COUNT(headers);
    request.payload = "44ce7dd67c959e0d3524ffac1771dfbba87d2b6b4b4e99e42034a8b803f8b072";
    expect_signature(&request, "date;host;x-amz-content-sha256;x-amz-date;x-amz-storage-class",
                     "98ad721746da40c64f1a55b78f14c238d841ea1380cd77a1b5971af0ece108bd");
    cr_expect_str_eq(mc__aws_target(&arena, &request), "/test%24file.text");
}

Test(aws, signs_a_parameter_without_a_value)
{
    mc__aws_request request = request_for("GET", "/");
    const mc__pair lifecycle = {"lifecycle", ""};
    mc_scratch_arena(arena);

    request.query = &lifecycle;
    request.query_count = 1;
    expect_signature(&request, "host;x-amz-content-sha256;x-amz-date",
                     "fea454ca298b7da1c68078a5d1bdbfbbe0d65c699e0f91ac7a200a0136783543");
    cr_expect_str_eq(mc__aws_target(&arena, &request), "/?lifecycle=");
}

Test(aws, signs_parameters_in_their_order)
{
    mc__aws_request request = request_for("GET", "/");
    const mc__pair query[] = {{"prefix", "J"}, {"max-keys", "2"}};

    request.query = query;
    request.query_count = MC_COUNT(query);
    expect_signature(&request, "host;x-amz-content-sha256;x-amz-date",
                     "34b48302e7b5fa45bde8084f4b7868a86f0a534bc59db6670ed5711ef69dc6f7");
}

Test(aws, signs_addresses)
{
    mc__aws_request request = request_for("GET", "/test.txt");
    mc_scratch_arena(arena);

    cr_expect_str_eq(mc__aws_presign(&arena, &keys, &request, 86400),
                     "/test.txt?X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Credential="
                     "AKIAIOSFODNN7EXAMPLE%2F20130524%2Fus-east-1%2Fs3%2Faws4_request"
                     "&X-Amz-Date=20130524T000000Z&X-Amz-Expires=86400&X-Amz-SignedHeaders=host"
                     "&X-Amz-Signature="
                     "aeeed9bbccd4d02ee5c0109b86d86835f995330da4c265957d157751f604d404");
}

Test(aws, encodes_what_is_not_plain)
{
    mc__aws_request request = request_for("GET", "/a b/\xc3\xa9+~.txt");
    const mc__pair query[] = {{"b", "a/b c&d=e"}, {"a", "\xc3\xa9*"}};
    mc_scratch_arena(arena);

    request.query = query;
    request.query_count = MC_COUNT(query);
    cr_expect_str_eq(mc__aws_target(&arena, &request),
                     "/a%20b/%C3%A9%2B~.txt?a=%C3%A9%2A&b=a%2Fb%20c%26d%3De");
}

/* RFC 4231, cases 1, 2 and 6. */
Test(aws, has_hmacs)
{
    static const struct {
        const char *key, *text, *expected;
        size_t key_length;
    } cases[] = {
        {"\v\v\v\v\v\v\v\v\v\v\v\v\v\v\v\v\v\v\v\v", "Hi There",
         "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7", 20},
        {"Jefe", "what do ya want for nothing?",
         "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843", 4},
        {NULL, "Test Using Larger Than Block-Size Key - Hash Key First",
         "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54", 131},
    };
    uint8_t long_key[131], out[MC_SHA256_SIZE];
    char hex[2 * MC_SHA256_SIZE + 1];

    memset(long_key, 0xaa, sizeof(long_key));
    for (size_t i = 0; i < MC_COUNT(cases); i++) {
        cr_assert(mc__hmac_sha256(out, cases[i].key ? (const void *)cases[i].key : long_key,
                                  cases[i].key_length, cases[i].text, strlen(cases[i].text)));
        mc__hex(hex, out, sizeof(out));
        cr_expect_str_eq(hex, cases[i].expected);
    }
}
