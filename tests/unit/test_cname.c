/* Replies of name servers, as they come off the wire. */
#include <criterion/criterion.h>

#include "remote/cname.h"

TestSuite(cname, .timeout = 120);

#define HEAD(answers) "\x12\x34\x81\x80\0\1\0" answers "\0\0\0\0"
#define QUESTION "\5forum\3own\7example\0\0\5\0\1"
/* The name of the question, compressed, and a CNAME that ends in its last label. */
#define CNAME                                                                                      \
    "\xc0\x0c\0\5\0\1\0\0\0\x3c\0\xf"                                                              \
    "\6Garden\5forum\xc0\x16"
#define ADDRESS "\xc0\x0c\0\1\0\1\0\0\0\x3c\0\4\xc0\0\2\1"

static int read_reply(mc__text *out, const char *bytes, size_t size)
{
    return mc__remote_read_cname(out, (const unsigned char *)bytes, size - 1);
}
#define READ(out, bytes) read_reply(out, bytes, sizeof(bytes))

Test(cname, is_read_from_a_reply)
{
    mc_scratch_text(found);

    cr_expect_eq(READ(&found, HEAD("\1") QUESTION CNAME), 0);
    cr_expect_str_eq(mc__text_string(&found), "garden.forum.example");
    mc__text_clear(&found);
    cr_expect_eq(READ(&found, HEAD("\2") QUESTION ADDRESS CNAME), 0);
    cr_expect_str_eq(mc__text_string(&found), "garden.forum.example");
}

Test(cname, is_missing_where_there_is_none)
{
    mc_scratch_text(found);

    cr_expect_eq(READ(&found, HEAD("\0") QUESTION), MC_ENOTFOUND);
    cr_expect_eq(READ(&found, HEAD("\1") QUESTION ADDRESS), MC_ENOTFOUND);
}

/* A name server may send anything. */
Test(cname, of_a_broken_reply_is_none)
{
    static const char whole[] = HEAD("\1") QUESTION CNAME;
    mc_scratch_text(found);

    for (size_t length = 0; length + 1 < sizeof(whole); length++) {
        cr_expect_eq(mc__remote_read_cname(&found, (const unsigned char *)whole, length),
                     MC_EREMOTE, "%zu bytes", length);
        mc__text_clear(&found);
    }
    cr_expect_eq(READ(&found, HEAD("\1") QUESTION "\xc0\x0c\0\5\0\1\0\0\0\x3c\0\2\xc0\xff"),
                 MC_EREMOTE, "a name that begins behind the end");
}
