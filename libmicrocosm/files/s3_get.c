/*
 * Bytes from S3. The last piece is held back until the digest of the whole has turned out right, so
 * nobody takes damaged bytes for a whole file. A connection that breaks is taken up where it broke.
 */
#include "s3.h"

#include <stdlib.h>

#define PIECE ((size_t)256 << 10)
#define EXTRA 65536 /* bytes of a reply beyond what was asked for, which some send */

typedef struct reading {
    mc__problem *problem;
    const mc__reply *reply;
    mc__sink *sink;
    void *data;
    int64_t offset, left; /* of what is to come; left < 0: all */
    bool is_checked;      /* this reply is what was asked for */
    bool is_whole;        /* the whole file is read */
    bool has_passed;      /* bytes to the sink */
    int error;            /* of the sink */
    mc__hasher *hasher;
    size_t held;
    char *piece;
} reading;

/* "bytes 0-9/443" */
static bool is_range_from(const char *range, int64_t offset, int64_t *total)
{
    char *end;

    if (!range || strncmp(range, "bytes ", 6) != 0 || strtoll(range + 6, &end, 10) != offset)
        return false;
    range = strchr(end, '/');
    *total = range ? strtoll(range + 1, NULL, 10) : -1;
    return range;
}

/* Of the first bytes of a reply: whether they are from the offset that was asked for. */
static bool check_reply(reading *r)
{
    int64_t total = -1;
    bool fits = r->reply->status == 206
                    ? is_range_from(mc__reply_header(r->reply, "Content-Range"), r->offset, &total)
                    : r->offset == 0;

    if (r->offset == 0)
        r->is_whole = r->left < 0 || r->left == total;
    r->is_checked = true;
    return fits;
}

static int pass_on(reading *r)
{
    mc__hasher_add(r->hasher, r->piece, r->held);
    r->has_passed |= r->held > 0;
    r->error = r->held ? r->sink(r->data, r->piece, r->held) : 0;
    r->held = 0;
    return r->error;
}

static int take(void *data, const void *bytes, size_t length)
{
    reading *r = data;
    const char *next = bytes;

    if (!r->is_checked && !check_reply(r))
        return mc__s3_fail(r->problem, "it sends another part of the file");
    if (r->left >= 0 && (int64_t)length > r->left)
        length = (size_t)r->left; /* some send more than they were asked for */
    r->offset += (int64_t)length;
    r->left -= r->left < 0 ? 0 : (int64_t)length;
    while (length > 0) {
        size_t n = PIECE - r->held < length ? PIECE - r->held : length;

        if (n == 0) {
            if (pass_on(r) < 0)
                return r->error;
            continue;
        }
        memcpy(r->piece + r->held, next, n);
        r->held += n;
        next += n;
        length -= n;
    }
    return 0;
}

static int ask(reading *r, mc__s3 *s3, const char *name, mc__s3_tries *tries)
{
    mc_scratch_arena(arena);
    mc_reply(reply);
    mc__s3_call call = {.method = "GET", .name = name, .sink = take, .sink_data = r};
    int rc;

    if (r->left >= 0)
        call.header =
            (mc__pair){"range", mc__arena_format(&arena, "bytes=%lld-%lld", (long long)r->offset,
                                                 (long long)(r->offset + r->left - 1))};
    else if (r->offset > 0)
        call.header =
            (mc__pair){"range", mc__arena_format(&arena, "bytes=%lld-", (long long)r->offset)};
    call.most_bytes = r->left >= 0 ? r->left + EXTRA : INT64_MAX / 2000;
    r->is_checked = false;
    if (arena.failed)
        return mc__fail(r->problem, MC_ENOMEM, "out of memory");
    // cppcheck-suppress autoVariables
    r->reply = &reply; /* for take(), which this call ends with */
    rc = mc__s3_try(&reply, s3, r->problem, &call, tries);
    r->reply = NULL;
    return rc;
}

static bool is_right(reading *r, const char *name)
{
    uint8_t sha256[MC_SHA256_SIZE], sha1[MC_SHA1_SIZE];
    char hex[MC_SHA256_TEXT_SIZE];

    mc__hasher_add(r->hasher, r->piece, r->held);
    mc__hasher_end(r->hasher, sha256, sha1);
    mc__hex(hex, sha256, sizeof(sha256));
    return strcmp(hex, name) == 0;
}

/* From the begin, as long as nobody has seen a byte of it. */
static int begin_again(reading *r, mc__s3_tries *tries, int64_t length)
{
    tries->may_repeat = !r->has_passed;
    mc__hasher_free(r->hasher);
    r->hasher = mc__hasher_new();
    r->offset = 0;
    r->left = length;
    r->held = 0;
    return r->hasher ? mc__s3_fail(r->problem, "it has other bytes than were stored")
                     : mc__fail(r->problem, MC_ENOMEM, "out of memory");
}

static int read_all(reading *r, mc__s3 *s3, const char *name)
{
    int64_t length = r->left;
    mc__s3_tries tries = {0};
    int rc;

    do {
        mc__problem_clear(r->problem);
        rc = ask(r, s3, name, &tries);
        if (rc == MC_EREMOTE && r->left == 0)
            rc = 0; /* all has come: what broke was behind it */
        if (rc == 0 && r->left > 0)
            rc = mc__fail(r->problem, MC_ENOTFOUND, "the file is cut short");
        if (rc == 0 && r->is_whole && !is_right(r, name))
            rc = begin_again(r, &tries, length);
        tries.may_repeat &= r->error == 0;
    } while (rc < 0 && mc__s3_again(s3, &tries));
    if (rc < 0 || r->held == 0)
        return rc;
    return r->sink(r->data, r->piece, r->held);
}

int mc__s3_get(mc__file_store *store, mc__problem *problem, const char *name, int64_t offset,
               int64_t length, mc__sink *sink, void *data)
{
    reading r = {.problem = problem,
                 .sink = sink,
                 .data = data,
                 .offset = offset,
                 .left = length,
                 .hasher = mc__hasher_new(),
                 .piece = mc__malloc(PIECE)};
    int64_t size;
    int rc;

    if (!r.hasher || !r.piece)
        rc = mc__fail(problem, MC_ENOMEM, "out of memory");
    else if (length == 0)
        rc = store->kind->stat(store, problem, name, &size);
    else
        rc = read_all(&r, (mc__s3 *)store, name);
    mc__hasher_free(r.hasher);
    mc__free(r.piece);
    return rc;
}
