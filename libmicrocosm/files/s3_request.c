/* One request to S3, and its repetition: see s3.h. Neither keys nor addresses are in messages. */
#include "s3.h"

#define TRIES_LEAST 2 /* however long the first takes */
#define TRIES_MOST 5
#define FIRST_PAUSE_MS 100
#define CONNECT_MS 5000
#define REPLY_MOST ((int64_t)4 << 20)
#define SLOWEST 65536 /* bytes a second, beside the time for any request */
#define EMPTY_HASH "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"

int mc__s3_fail(mc__problem *problem, const char *what)
{
    return mc__fail(problem, MC_EREMOTE, "the files in S3 can't be reached: %s", what);
}

static const char *path_of(mc__arena *arena, const mc__s3 *s3, const mc__s3_call *call)
{
    const char *bucket = s3->path_style ? s3->bucket : "";
    const char *slash = s3->path_style ? "/" : "";

    if (call->name)
        return mc__arena_format(arena, "%s%s/%s%.2s/%s", slash, bucket, s3->prefix, call->name,
                                call->name);
    return mc__arena_format(arena, "%s%s/%s", slash, bucket, call->key ? call->key : "");
}

const char *mc__s3_element(mc__arena *arena, const char *xml, const char *name, const char **at)
{
    const char *tag = mc__arena_format(arena, "<%s>", name);
    const char *begin = strstr(xml, tag), *end;

    if (arena->failed || !begin)
        return NULL;
    begin += strlen(tag);
    end = strchr(begin, '<');
    if (!end)
        return NULL;
    if (at)
        *at = end;
    return mc__arena_copy(arena, begin, (size_t)(end - begin));
}

/* Why S3 has refused, by the code in its reply. */
static int refused(mc__problem *problem, mc__reply *reply, mc__s3_tries *tries)
{
    static const int passing[] = {408, 429, 500, 502, 503, 504};
    static const char *const passing_codes[] = {"RequestTimeout", "BadDigest", "IncompleteBody",
                                                "XAmzContentSHA256Mismatch"};
    mc_scratch_arena(arena);
    const char *code = mc__s3_element(&arena, mc__text_string(&reply->body), "Code", NULL);

    for (size_t i = 0; i < MC_COUNT(passing); i++)
        tries->may_repeat |= reply->status == passing[i];
    for (size_t i = 0; code && i < MC_COUNT(passing_codes); i++)
        tries->may_repeat |= strcmp(code, passing_codes[i]) == 0;
    if (reply->status == 404 && code && strcmp(code, "NoSuchBucket") == 0)
        return mc__s3_fail(problem, "there is no such bucket");
    if (reply->status == 404 || reply->status == 416)
        return mc__fail(problem, MC_ENOTFOUND, "the file's bytes are gone");
    return mc__s3_fail(
        problem, mc__arena_format(&arena, "it answers %d %.60s", reply->status, code ? code : ""));
}

int mc__s3_try(mc__reply *reply, mc__s3 *s3, mc__problem *problem, const mc__s3_call *call,
               mc__s3_tries *tries)
{
    mc_scratch_arena(arena);
    const mc__aws_keys keys = {s3->access_key, s3->secret_key, s3->region};
    int64_t most = call->most_bytes ? call->most_bytes : REPLY_MOST;
    char hash[MC_SHA256_TEXT_SIZE] = EMPTY_HASH;
    uint8_t digest[MC_SHA256_SIZE];
    mc__aws_request request = {.method = call->method,
                               .host = s3->host,
                               .path = path_of(&arena, s3, call),
                               .query = call->query,
                               .query_count = call->query_count,
                               .headers = &call->header,
                               .header_count = call->header.name ? 1 : 0,
                               .payload = call->body_hash ? call->body_hash : hash,
                               .at = mc__now().us / 1000000};
    int rc;

    if (!tries->count++)
        tries->began_ms = mc__monotonic_ms();
    if (call->body) {
        mc__sha256(digest, call->body, (size_t)call->body_length);
        mc__hex(hash, digest, sizeof(digest));
    }
    mc__fetch fetch = {
        .url = mc__arena_format(&arena, "%s%s%s", s3->scheme, s3->host,
                                mc__aws_target(&arena, &request)),
        .method = call->method,
        .headers = mc__aws_sign(&arena, &keys, &request),
        .body = call->body,
        .source = call->source,
        .source_data = call->source_data,
        .body_length = call->body_length,
        .sink = call->sink,
        .sink_data = call->sink_data,
        .wait_ms = s3->timeout_ms + (call->body_length + call->most_bytes) * 1000 / SLOWEST,
        .connect_ms = s3->timeout_ms < CONNECT_MS ? s3->timeout_ms : CONNECT_MS,
        .idle_ms = s3->timeout_ms,
        .most_bytes = most,
        .is_trusted = true,
        .connections = s3->connections,
    };
    if (arena.failed)
        return mc__fail(problem, MC_ENOMEM, "out of memory");
    rc = mc__remote_send(reply, &fetch);
    tries->may_repeat = rc == MC_EREMOTE;
    if (rc == 0 && reply->status / 100 != 2)
        return refused(problem, reply, tries);
    if (rc == MC_EREMOTE && reply->reason[0]) /* else the sink has said more */
        return mc__s3_fail(problem, reply->reason);
    return rc == MC_ENOMEM ? mc__fail(problem, MC_ENOMEM, "out of memory") : rc;
}

/* Longer each time, and never the same for all who wait; no try begins so late that its end would
 * be awaited for longer than a client waits. */
bool mc__s3_again(mc__s3 *s3, mc__s3_tries *tries)
{
    int64_t pause_ms = (int64_t)FIRST_PAUSE_MS << (tries->count > 0 ? tries->count - 1 : 0);
    int64_t most_ms = s3->timeout_ms * 3 / 2;
    struct timespec pause;

    if (!tries->may_repeat || tries->count >= TRIES_MOST ||
        (tries->count >= TRIES_LEAST && mc__monotonic_ms() + pause_ms - tries->began_ms > most_ms))
        return false;
    pause_ms = pause_ms / 2 + mc__random_number() % (pause_ms / 2 + 1);
    pause = (struct timespec){pause_ms / 1000, pause_ms % 1000 * 1000000};
    nanosleep(&pause, NULL);
    return true;
}

int mc__s3_send(mc__reply *reply, mc__s3 *s3, mc__problem *problem, const mc__s3_call *call)
{
    mc__s3_tries tries = {0};
    int rc;

    do {
        mc__problem_clear(problem);
        rc = mc__s3_try(reply, s3, problem, call, &tries);
    } while (rc < 0 && mc__s3_again(s3, &tries));
    return rc;
}
