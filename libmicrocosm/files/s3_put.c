/*
 * Bytes to S3: small files at once, large ones in parts. S3 compares each body with the SHA-256 in
 * its signature. An upload in parts that fails is ended, and one that a process has left is ended
 * by the sweep: S3 would keep its parts, unseen.
 */
#include "s3.h"

#include <stdlib.h>

#define PART_SIZE ((int64_t)8 << 20)
#define PARTS_MOST 10000 /* of S3 */
#define PIECE ((size_t)64 << 10)
#define LEFT_AFTER_S ((int64_t)24 * 60 * 60)

/* Bytes of a spool that are one body. */
typedef struct body {
    const mc__spool *spool;
    mc__problem *problem;
    int64_t offset, length;
    char hash[MC_SHA256_TEXT_SIZE];
    char md5[MC_MD5_TEXT_SIZE]; /* "" where libgcrypt refuses to make one */
} body;

static int64_t give(void *data, void *out, size_t size, int64_t offset)
{
    const body *b = data;

    return mc__spool_read(b->spool, b->problem, out, size, b->offset + offset);
}

static int add_digests(body *b, mc__digests *digests)
{
    mc_auto(mc__free) char *piece = mc__malloc(PIECE);
    int64_t done = 0;

    if (!piece)
        return mc__fail(b->problem, MC_ENOMEM, "out of memory");
    while (done < b->length) {
        int64_t left = b->length - done;
        int64_t n = mc__spool_read(b->spool, b->problem, piece,
                                   left < (int64_t)PIECE ? (size_t)left : PIECE, b->offset + done);

        if (n <= 0)
            return n < 0 ? (int)n : mc__files_fail(b->problem, "a file cannot be read");
        mc__digests_add(digests, piece, (size_t)n);
        done += n;
    }
    mc__digests_end(digests, b->hash, b->md5);
    return 0;
}

static int digest(body *b)
{
    mc__digests *digests = mc__digests_new();
    int rc = digests ? add_digests(b, digests) : mc__fail(b->problem, MC_ENOMEM, "out of memory");

    mc__digests_free(digests);
    return rc;
}

/* The ETag is the MD5 of the body, unless S3 has encrypted it with a key of its customer's. */
static bool is_as_sent(const mc__reply *reply, const body *b)
{
    const char *tag = mc__reply_header(reply, "ETag");
    const char *encryption = mc__reply_header(reply, "x-amz-server-side-encryption");
    bool is_plain = (!encryption || strcmp(encryption, "AES256") == 0) &&
                    !mc__reply_header(reply, "x-amz-server-side-encryption-customer-algorithm");

    if (!tag || !is_plain || !b->md5[0])
        return true;
    tag += *tag == '"';
    if (strspn(tag, "0123456789abcdef") != sizeof(b->md5) - 1)
        return true;
    return strncmp(tag, b->md5, sizeof(b->md5) - 1) == 0;
}

static int send_body(mc__reply *reply, mc__s3 *s3, body *b, mc__s3_call *call)
{
    mc__s3_tries tries = {0};
    int rc;

    call->method = "PUT";
    call->source = give;
    call->source_data = b;
    call->body_length = b->length;
    call->body_hash = b->hash;
    do {
        mc__problem_clear(b->problem);
        rc = mc__s3_try(reply, s3, b->problem, call, &tries);
        if (rc == 0 && !is_as_sent(reply, b)) {
            rc = mc__s3_fail(b->problem, "it has stored other bytes than it was sent");
            tries.may_repeat = true;
        }
    } while (rc < 0 && mc__s3_again(s3, &tries));
    return rc;
}

/* So that nothing damaged stays under the file's name. */
static void forget(mc__s3 *s3, const char *name)
{
    mc__problem ignored = {0};

    s3->base.kind->remove(&s3->base, &ignored, name);
    mc__problem_release(&ignored);
}

static int put_at_once(mc__s3 *s3, mc__problem *problem, const mc__spool *spool)
{
    body b = {.spool = spool, .problem = problem, .length = spool->size};
    mc__s3_call call = {.name = spool->name};
    mc_reply(reply);
    int rc = digest(&b);

    if (rc < 0)
        return rc;
    rc = send_body(&reply, s3, &b, &call);
    if (rc < 0 && reply.status / 100 == 2)
        forget(s3, spool->name);
    return rc;
}

typedef struct upload {
    mc__s3 *s3;
    mc__problem *problem;
    const mc__spool *spool;
    mc__arena arena;
    const char *id;
    mc__text parts; /* XML that lists them */
} upload;

static int out_of_memory(const upload *u)
{
    return mc__fail(u->problem, MC_ENOMEM, "out of memory");
}

static int begin_parts(upload *u)
{
    const mc__pair uploads = {"uploads", ""};
    const mc__s3_call call = {
        .method = "POST", .name = u->spool->name, .query = &uploads, .query_count = 1, .body = ""};
    mc_reply(reply);
    int rc = mc__s3_send(&reply, u->s3, u->problem, &call);

    if (rc < 0)
        return rc;
    u->id = mc__s3_element(&u->arena, mc__text_string(&reply.body), "UploadId", NULL);
    return u->id ? 0 : mc__s3_fail(u->problem, "it begins no upload in parts");
}

static int put_part(upload *u, int number, int64_t offset, int64_t length)
{
    body b = {.spool = u->spool, .problem = u->problem, .offset = offset, .length = length};
    const mc__pair query[] = {{"partNumber", mc__arena_int(&u->arena, number)},
                              {"uploadId", u->id}};
    mc__s3_call call = {.name = u->spool->name, .query = query, .query_count = MC_COUNT(query)};
    mc_reply(reply);
    const char *tag;
    int rc = u->arena.failed ? out_of_memory(u) : digest(&b);

    if (rc == 0)
        rc = send_body(&reply, u->s3, &b, &call);
    if (rc < 0)
        return rc;
    tag = mc__reply_header(&reply, "ETag");
    if (!tag)
        return mc__s3_fail(u->problem, "it names no part");
    mc__text_format(&u->parts, "<Part><PartNumber>%d</PartNumber><ETag>", number);
    mc__text_html(&u->parts, tag, strlen(tag));
    mc__text_puts(&u->parts, "</ETag></Part>");
    return u->parts.error ? out_of_memory(u) : 0;
}

/* Whether the file is there although S3 knows the upload no more: the reply that said so was lost.
 */
static bool has_ended(upload *u)
{
    mc__problem ignored = {0};
    int64_t size = -1;
    int rc = u->s3->base.kind->stat(&u->s3->base, &ignored, u->spool->name, &size);

    mc__problem_release(&ignored);
    return rc == 0 && size == u->spool->size;
}

/* S3 may answer 200 and put an error into the body. */
static int try_end(upload *u, const mc__s3_call *call, mc__s3_tries *tries)
{
    mc_reply(reply);
    int rc = mc__s3_try(&reply, u->s3, u->problem, call, tries);

    if (rc == MC_ENOTFOUND && has_ended(u))
        return 0;
    if (rc == MC_ENOTFOUND)
        return mc__s3_fail(u->problem, "it has lost the upload");
    if (rc == 0 && strstr(mc__text_string(&reply.body), "<Error>")) {
        tries->may_repeat = true;
        return mc__s3_fail(u->problem, "it cannot join the parts");
    }
    return rc;
}

static int end_parts(upload *u)
{
    const mc__pair query = {"uploadId", u->id};
    mc_scratch_text(xml);
    mc__s3_call call = {
        .method = "POST", .name = u->spool->name, .query = &query, .query_count = 1};
    mc__s3_tries tries = {0};
    int rc;

    mc__text_format(&xml, "<CompleteMultipartUpload>%s</CompleteMultipartUpload>",
                    mc__text_string(&u->parts));
    if (xml.error)
        return out_of_memory(u);
    call.body = mc__text_string(&xml);
    call.body_length = (int64_t)xml.length;
    do {
        mc__problem_clear(u->problem);
        rc = try_end(u, &call, &tries);
    } while (rc < 0 && mc__s3_again(u->s3, &tries));
    return rc;
}

static int abort_upload(mc__s3 *s3, mc__problem *problem, const char *key, const char *id)
{
    const mc__pair query = {"uploadId", id};
    const mc__s3_call call = {.method = "DELETE", .key = key, .query = &query, .query_count = 1};
    mc_reply(reply);
    int rc = mc__s3_send(&reply, s3, problem, &call);

    return rc == MC_ENOTFOUND ? 0 : rc;
}

static void give_up(upload *u)
{
    mc__problem ignored = {0};
    const char *key =
        mc__arena_format(&u->arena, "%s%.2s/%s", u->s3->prefix, u->spool->name, u->spool->name);

    if (u->id && !u->arena.failed)
        abort_upload(u->s3, &ignored, key, u->id);
    mc__problem_release(&ignored);
}

static int put_all(upload *u)
{
    int64_t size = u->spool->size, part = PART_SIZE;
    int number = 0, rc = begin_parts(u);

    if (size > part * PARTS_MOST)
        part = size / PARTS_MOST + 1;
    for (int64_t offset = 0; rc == 0 && offset < size; offset += part)
        rc = put_part(u, ++number, offset, size - offset < part ? size - offset : part);
    return rc < 0 ? rc : end_parts(u);
}

static int put_in_parts(mc__s3 *s3, mc__problem *problem, const mc__spool *spool)
{
    upload u = {.s3 = s3,
                .problem = problem,
                .spool = spool,
                .arena = MC_ARENA_INIT,
                .parts = MC_TEXT_INIT};
    int rc = put_all(&u);

    if (rc < 0)
        give_up(&u);
    mc__text_release(&u.parts);
    mc__arena_release(&u.arena);
    return rc;
}

int mc__s3_put(mc__file_store *store, mc__problem *problem, mc__spool *spool)
{
    return spool->size > PART_SIZE ? put_in_parts((mc__s3 *)store, problem, spool)
                                   : put_at_once((mc__s3 *)store, problem, spool);
}

/* One of the uploads in the XML of a list; false: there is no other. */
static bool sweep_one(mc__s3 *s3, mc__problem *problem, const char **at, int *rc)
{
    mc_scratch_arena(arena);
    const char *key = mc__s3_element(&arena, *at, "Key", at);
    const char *id = key ? mc__s3_element(&arena, *at, "UploadId", at) : NULL;
    const char *begun = id ? mc__s3_element(&arena, *at, "Initiated", at) : NULL;
    mc_time time;

    if (!begun)
        return false;
    if (mc__time_parse(&time, begun) && mc__now().us - time.us > LEFT_AFTER_S * 1000000)
        *rc = abort_upload(s3, problem, key, id);
    return true;
}

bool mc__s3_has_no_list(int rc, int status)
{
    return rc == MC_ENOTFOUND || (rc < 0 && (status == 405 || status == 501));
}

/* Up to a thousand at a time; the next run goes on. Some that speak S3 have no such list. */
int mc__s3_sweep(mc__file_store *store, mc__problem *problem)
{
    mc__s3 *s3 = (mc__s3 *)store;
    const mc__pair query[] = {{"prefix", s3->prefix}, {"uploads", ""}};
    const mc__s3_call call = {.method = "GET", .query = query, .query_count = MC_COUNT(query)};
    mc_reply(reply);
    const char *at;
    int rc = mc__s3_send(&reply, s3, problem, &call);

    if (mc__s3_has_no_list(rc, reply.status)) {
        mc__problem_clear(problem);
        return 0;
    }
    at = rc == 0 ? mc__text_string(&reply.body) : "";
    while (rc == 0 && sweep_one(s3, problem, &at, &rc))
        ;
    return rc;
}
