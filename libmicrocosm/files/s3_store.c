/* Files in S3, or in what speaks the same: settings, and the functions of the store. */
#include "s3.h"

#include <stdlib.h>

#define SCHEME "s3://"
#define IDLE_CONNECTIONS 16
#define LETTERS "abcdefghijklmnopqrstuvwxyz0123456789"
#define PREFIX_LETTERS LETTERS "ABCDEFGHIJKLMNOPQRSTUVWXYZ-_.!*'()/"

bool mc__is_s3_address(const char *files)
{
    return files && strncmp(files, SCHEME, strlen(SCHEME)) == 0;
}

static int find(mc__file_store *store, mc__problem *problem, const char *name, int64_t *size)
{
    const mc__s3_call call = {.method = "HEAD", .name = name};
    mc_reply(reply);
    const char *length;
    int rc = mc__s3_send(&reply, (mc__s3 *)store, problem, &call);

    if (rc < 0)
        return rc;
    length = mc__reply_header(&reply, "Content-Length");
    *size = length ? strtoll(length, NULL, 10) : -1;
    return *size < 0 ? mc__s3_fail(problem, "it tells no size") : 0;
}

static int discard(mc__file_store *store, mc__problem *problem, const char *name)
{
    const mc__s3_call call = {.method = "DELETE", .name = name};
    mc_reply(reply);
    int rc = mc__s3_send(&reply, (mc__s3 *)store, problem, &call);

    return rc == MC_ENOTFOUND ? 0 : rc;
}

/* The same address for half of its time, so that browsers may keep what they have got there. */
static int make_link(mc__file_store *store, mc__problem *problem, mc__text *out, const char *name,
                     const mc__store_link *link)
{
    const mc__s3 *s3 = (const mc__s3 *)store;
    mc_scratch_arena(arena);
    const mc__aws_keys keys = {s3->access_key, s3->secret_key, s3->region};
    int64_t now = mc__now().us / 1000000, step = link->seconds > 1 ? link->seconds / 2 : 1;
    const mc__pair query[] = {
        {"response-cache-control", "private, max-age=31536000, immutable"},
        {"response-content-type", link->content_type},
        {"response-content-disposition", link->is_download ? "attachment" : "inline"}};
    const mc__aws_request request = {
        .method = "GET",
        .host = s3->host,
        .path = mc__arena_format(&arena, "%s%s/%s%.2s/%s", s3->path_style ? "/" : "",
                                 s3->path_style ? s3->bucket : "", s3->prefix, name, name),
        .query = query,
        .query_count = MC_COUNT(query),
        .at = now - now % step};

    mc__text_format(out, "%s%s%s", s3->scheme, s3->host,
                    mc__aws_presign(&arena, &keys, &request, link->seconds));
    return arena.failed ? mc__fail(problem, MC_ENOMEM, "out of memory") : 0;
}

static void s3_free(mc__file_store *store)
{
    mc__s3 *s3 = (mc__s3 *)store;
    char *const texts[] = {s3->bucket, s3->prefix,     s3->scheme,    s3->host,
                           s3->region, s3->access_key, s3->secret_key};

    if (s3->secret_key)
        explicit_bzero(s3->secret_key, strlen(s3->secret_key));
    for (size_t i = 0; i < MC_COUNT(texts); i++)
        mc__free(texts[i]);
    mc__connections_free(s3->connections);
}

/* S3 has answered, and will answer the same until somebody changes a setting, there or here. */
static int refused_for_good(const mc__s3 *s3, mc__problem *problem)
{
    mc_auto(mc__free) char *why = mc__strdup(problem->shown.message);

    mc__problem_clear(problem);
    if (!why)
        return mc__fail(problem, MC_ENOMEM, "out of memory");
    return mc__fail(problem, MC_EINVAL,
                    "%s (s3://%s at %s%s: the bucket, the endpoint, the region or the keys are "
                    "wrong, or the keys have no right to it)",
                    why, s3->bucket, s3->scheme, s3->host);
}

/* Of a file that can't be there: some that speak S3 have no list of uploads. */
static int ask_for_none(mc__reply *reply, mc__s3 *s3, mc__problem *problem, mc__s3_tries *tries)
{
    char name[MC_SHA256_TEXT_SIZE];
    int rc;

    memset(name, '0', sizeof(name) - 1);
    name[sizeof(name) - 1] = '\0';
    mc__problem_clear(problem);
    rc = mc__s3_try(reply, s3, problem, &(mc__s3_call){.method = "GET", .name = name}, tries);
    return rc == MC_ENOTFOUND ? 0 : rc;
}

static int check(mc__file_store *store, mc__problem *problem)
{
    mc__s3 *s3 = (mc__s3 *)store;
    const mc__pair query[] = {{"max-uploads", "1"}, {"prefix", s3->prefix}, {"uploads", ""}};
    const mc__s3_call call = {.method = "GET", .query = query, .query_count = MC_COUNT(query)};
    mc__s3_tries tries = {0};
    mc_reply(reply);
    mc_reply(other);
    int status, rc = mc__folder_check(problem, store->spool_folder);

    if (rc < 0)
        return rc;
    rc = mc__s3_try(&reply, s3, problem, &call, &tries);
    status = reply.status;
    if (mc__s3_has_no_list(rc, status)) {
        rc = ask_for_none(&other, s3, problem, &tries);
        status = other.status;
    }
    return rc == MC_EREMOTE && status / 100 == 4 && !tries.may_repeat
               ? refused_for_good(s3, problem)
               : rc;
}

static const mc__store_kind kind = {mc__s3_put, mc__s3_get,   find,  discard,
                                    make_link,  mc__s3_sweep, check, s3_free};

static char *copy(const char *text, size_t length)
{
    char *out = mc__malloc(length + 1);

    if (out) {
        memcpy(out, text, length);
        out[length] = '\0';
    }
    return out;
}

/* "BUCKET/PREFIX": by the rules of S3 for buckets; the prefix has letters that need no thought. */
static int read_address(mc__s3 *s3, mc__problem *problem, const char *address)
{
    size_t length = strcspn(address, "/"), prefix_length;
    const char *prefix = address + length + (address[length] == '/');

    if (length < 3 || length > 63 || strspn(address, LETTERS "-.") < length ||
        !strchr(LETTERS, address[0]) || strspn(prefix, PREFIX_LETTERS) != strlen(prefix) ||
        strstr(prefix, "..") || strstr(prefix, "//") || *prefix == '/' || strlen(prefix) > 500)
        return mc__fail(problem, MC_EINVAL, "files must be a folder, or s3://BUCKET/PREFIX");
    prefix_length = strlen(prefix);
    s3->bucket = copy(address, length);
    s3->prefix = mc__malloc(prefix_length + 2);
    if (!s3->bucket || !s3->prefix)
        return mc__fail(problem, MC_ENOMEM, "out of memory");
    snprintf(s3->prefix, prefix_length + 2, "%s%s", prefix,
             prefix_length && prefix[prefix_length - 1] != '/' ? "/" : "");
    return 0;
}

/* Without the port that is the scheme's own, as clients name the host. */
static size_t host_length(const char *host, bool is_secure)
{
    size_t length = strcspn(host, "/");
    const char *own = is_secure ? ":443" : ":80";
    size_t own_length = strlen(own);

    if (length > own_length && strncmp(host + length - own_length, own, own_length) == 0)
        return length - own_length;
    return length;
}

static int read_endpoint(mc__s3 *s3, mc__problem *problem, const char *endpoint)
{
    bool is_secure = strncmp(endpoint, "https://", 8) == 0;
    const char *host = endpoint + (is_secure ? 8 : 7);
    const char *in_front = s3->path_style ? "" : s3->bucket;
    size_t length, size;

    if (!mc__remote_is_address(endpoint) || strpbrk(host, "?#@") || strchr(endpoint, '\\') ||
        (strchr(host, '/') && strchr(host, '/')[1]))
        return mc__fail(problem, MC_EINVAL,
                        "s3-endpoint must be the http or https address of a host");
    length = host_length(host, is_secure);
    size = strlen(in_front) + length + 2;
    s3->scheme = mc__strdup(is_secure ? "https://" : "http://");
    s3->host = mc__malloc(size);
    if (!s3->scheme || !s3->host)
        return mc__fail(problem, MC_ENOMEM, "out of memory");
    snprintf(s3->host, size, "%s%s%.*s", in_front, *in_front ? "." : "", (int)length, host);
    return 0;
}

/* Into a header of each request. */
static bool is_plain(const char *text)
{
    for (const char *c = text; *c; c++)
        if ((unsigned char)*c <= ' ' || (unsigned char)*c >= 0x7f)
            return false;
    return *text;
}

static int read_keys(mc__s3 *s3, mc__problem *problem, const mc__s3_options *options)
{
    const char *region = options->region ? options->region : MC_S3_REGION;

    if (!options->access_key || !options->secret_key || !is_plain(options->access_key) ||
        !is_plain(options->secret_key))
        return mc__fail(problem, MC_EINVAL,
                        "files in S3 need s3-access-key and s3-secret-key, without white space");
    if (strspn(region, LETTERS "-") != strlen(region) || !*region)
        return mc__fail(problem, MC_EINVAL, "s3-region must be the name of a region");
    s3->region = mc__strdup(region);
    s3->access_key = mc__strdup(options->access_key);
    s3->secret_key = mc__strdup(options->secret_key);
    return s3->region && s3->access_key && s3->secret_key
               ? 0
               : mc__fail(problem, MC_ENOMEM, "out of memory");
}

static int read_options(mc__s3 *s3, mc__problem *problem, const mc__s3_options *options)
{
    mc_scratch_arena(arena);
    int rc = read_address(s3, problem, options->address + strlen(SCHEME));

    if (rc == 0)
        rc = read_keys(s3, problem, options);
    if (rc < 0)
        return rc;
    s3->path_style = options->path_style;
    s3->timeout_ms = options->timeout_ms;
    s3->connections = mc__connections_new(IDLE_CONNECTIONS);
    s3->base.spool_folder = mc__strdup(options->spool_folder);
    rc = read_endpoint(s3, problem,
                       options->endpoint
                           ? options->endpoint
                           : mc__arena_format(&arena, "https://s3.%s.amazonaws.com", s3->region));
    if (rc == 0 && (!s3->connections || !s3->base.spool_folder))
        rc = mc__fail(problem, MC_ENOMEM, "out of memory");
    return rc;
}

int mc__s3_store_new(mc__file_store **out, mc__problem *problem, const mc__s3_options *options)
{
    mc__s3 *s3 = mc__calloc(1, sizeof(*s3));
    int rc;

    if (!s3)
        return mc__fail(problem, MC_ENOMEM, "out of memory");
    s3->base.kind = &kind;
    rc = read_options(s3, problem, options);
    if (rc < 0)
        mc__file_store_free(&s3->base);
    else
        *out = &s3->base;
    return rc;
}
