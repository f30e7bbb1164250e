/* See aws.h. */
#include "aws.h"

#include <stdlib.h>
#include <time.h>

#define ALGORITHM "AWS4-HMAC-SHA256"
#define SERVICE "s3"
#define STAMP_SIZE sizeof("20130524T000000Z")
#define DAY_LENGTH 8 /* the day at the begin of a stamp */
#define HEX_SIZE (2 * MC_SHA256_SIZE + 1)
#define OWN_HEADERS 3 /* host, x-amz-content-sha256, x-amz-date */
#define OWN_PARAMETERS 5

static void encode(mc__text *out, const char *text, const char *kept)
{
    for (; *text; text++)
        if ((*text >= 'a' && *text <= 'z') || (*text >= 'A' && *text <= 'Z') ||
            (*text >= '0' && *text <= '9') || strchr(kept, *text))
            mc__text_putc(out, *text);
        else
            mc__text_format(out, "%%%02X", (unsigned)(unsigned char)*text);
}

static int compare(const void *a, const void *b)
{
    const mc__pair *first = a, *second = b;
    int names = strcmp(first->name, second->name);

    return names ? names : strcmp(first->value, second->value);
}

/* More pairs and those of a list, sorted by name. NULL: out of memory. */
static mc__pair *join(mc__arena *arena, const mc__pair *list, size_t count, const mc__pair *more,
                      size_t more_count)
{
    mc__pair *all = mc__arena_alloc(arena, (count + more_count + 1) * sizeof(*all));

    if (!all)
        return NULL;
    if (count)
        memcpy(all, list, count * sizeof(*all));
    if (more_count)
        memcpy(all + count, more, more_count * sizeof(*all));
    qsort(all, count + more_count, sizeof(*all), compare);
    return all;
}

static const char *settle(mc__arena *arena, mc__text *text)
{
    if (text->error) {
        arena->failed = true;
        return "";
    }
    return mc__arena_copy(arena, mc__text_string(text), text->length);
}

/* Of sorted pairs. Encoded names keep the order, but for those that have both % and letters. */
static const char *query_text(mc__arena *arena, const mc__pair *pairs, size_t count)
{
    mc_scratch_text(text);

    for (size_t i = 0; pairs && i < count; i++) {
        if (i > 0)
            mc__text_putc(&text, '&');
        encode(&text, pairs[i].name, "-._~");
        mc__text_putc(&text, '=');
        encode(&text, pairs[i].value, "-._~");
    }
    return settle(arena, &text);
}

static const char *path_text(mc__arena *arena, const char *path)
{
    mc_scratch_text(text);

    encode(&text, path, "-._~/");
    return settle(arena, &text);
}

/* "host;x-amz-date" */
static const char *names_text(mc__arena *arena, const mc__pair *headers, size_t count)
{
    mc_scratch_text(text);

    for (size_t i = 0; headers && i < count; i++)
        mc__text_format(&text, "%s%s", i > 0 ? ";" : "", headers[i].name);
    return settle(arena, &text);
}

static void write_stamp(char out[STAMP_SIZE], int64_t at)
{
    time_t seconds = (time_t)at;
    struct tm utc;

    gmtime_r(&seconds, &utc);
    strftime(out, STAMP_SIZE, "%Y%m%dT%H%M%SZ", &utc);
}

static const char *scope_text(mc__arena *arena, const mc__aws_keys *keys, const char *stamp)
{
    return mc__arena_format(arena, "%.*s/%s/" SERVICE "/aws4_request", DAY_LENGTH, stamp,
                            keys->region);
}

static bool hmac(uint8_t out[MC_SHA256_SIZE], const uint8_t key[MC_SHA256_SIZE], const char *text)
{
    return mc__hmac_sha256(out, key, MC_SHA256_SIZE, text, strlen(text));
}

/* Of one day, region and service. */
static bool derive_key(uint8_t key[MC_SHA256_SIZE], const mc__aws_keys *keys, const char *stamp)
{
    char day[DAY_LENGTH + 1];
    mc_scratch_text(secret);
    bool derived;

    snprintf(day, sizeof(day), "%s", stamp);
    mc__text_format(&secret, "AWS4%s", keys->secret);
    derived = !secret.error && mc__hmac_sha256(key, secret.data, secret.length, day, DAY_LENGTH);
    if (secret.data)
        explicit_bzero(secret.data, secret.length);
    return derived && hmac(key, key, keys->region) && hmac(key, key, SERVICE) &&
           hmac(key, key, "aws4_request");
}

/* The request as it is signed: query and headers are sorted. */
typedef struct canonical {
    const char *query;
    const mc__pair *headers;
    size_t header_count;
    const char *payload;
} canonical;

static const char *canonical_text(mc__arena *arena, const mc__aws_request *request,
                                  const canonical *c)
{
    mc_scratch_text(text);

    mc__text_format(&text, "%s\n%s\n%s\n", request->method, path_text(arena, request->path),
                    c->query);
    for (size_t i = 0; c->headers && i < c->header_count; i++)
        mc__text_format(&text, "%s:%s\n", c->headers[i].name, c->headers[i].value);
    mc__text_format(&text, "\n%s\n%s", names_text(arena, c->headers, c->header_count), c->payload);
    return settle(arena, &text);
}

static const char *signature(mc__arena *arena, const mc__aws_keys *keys,
                             const mc__aws_request *request, const canonical *c, const char *stamp)
{
    const char *text = canonical_text(arena, request, c);
    uint8_t hash[MC_SHA256_SIZE], key[MC_SHA256_SIZE];
    char hex[HEX_SIZE];

    mc__sha256(hash, text, strlen(text));
    mc__hex(hex, hash, sizeof(hash));
    text = mc__arena_format(arena, ALGORITHM "\n%s\n%s\n%s", stamp, scope_text(arena, keys, stamp),
                            hex);
    if (!derive_key(key, keys, stamp) || !hmac(hash, key, text))
        arena->failed = true;
    explicit_bzero(key, sizeof(key));
    mc__hex(hex, hash, sizeof(hash));
    return mc__arena_copy(arena, hex, HEX_SIZE - 1);
}

const char *mc__aws_target(mc__arena *arena, const mc__aws_request *request)
{
    const mc__pair *query = join(arena, request->query, request->query_count, NULL, 0);

    return mc__arena_format(arena, "%s%s%s", path_text(arena, request->path),
                            request->query_count ? "?" : "",
                            query_text(arena, query, request->query_count));
}

static const char *const *header_lines(mc__arena *arena, const mc__pair *headers, size_t count,
                                       const char *authorization)
{
    const char **lines = mc__arena_alloc(arena, (count + 2) * sizeof(*lines));

    if (!lines || !headers)
        return NULL;
    for (size_t i = 0; i < count; i++)
        lines[i] = mc__arena_format(arena, "%s: %s", headers[i].name, headers[i].value);
    lines[count] = authorization;
    return lines;
}

const char *const *mc__aws_sign(mc__arena *arena, const mc__aws_keys *keys,
                                const mc__aws_request *request)
{
    char stamp[STAMP_SIZE];
    mc__pair own[OWN_HEADERS] = {
        {"host", request->host}, {"x-amz-content-sha256", request->payload}, {"x-amz-date", stamp}};
    canonical c = {
        .query = query_text(arena, join(arena, request->query, request->query_count, NULL, 0),
                            request->query_count),
        .headers = join(arena, request->headers, request->header_count, own, OWN_HEADERS),
        .header_count = request->header_count + OWN_HEADERS,
        .payload = request->payload};

    write_stamp(stamp, request->at);
    return header_lines(arena, c.headers, c.header_count,
                        mc__arena_format(arena,
                                         "Authorization: " ALGORITHM
                                         " Credential=%s/%s,SignedHeaders=%s,"
                                         "Signature=%s",
                                         keys->access, scope_text(arena, keys, stamp),
                                         names_text(arena, c.headers, c.header_count),
                                         signature(arena, keys, request, &c, stamp)));
}

const char *mc__aws_presign(mc__arena *arena, const mc__aws_keys *keys,
                            const mc__aws_request *request, int64_t seconds)
{
    char stamp[STAMP_SIZE];
    const mc__pair host = {"host", request->host};
    canonical c = {.headers = &host, .header_count = 1, .payload = MC_AWS_UNSIGNED};
    mc__pair own[OWN_PARAMETERS];
    const mc__pair *query;

    write_stamp(stamp, request->at);
    own[0] = (mc__pair){"X-Amz-Algorithm", ALGORITHM};
    own[1] = (mc__pair){"X-Amz-Credential", mc__arena_format(arena, "%s/%s", keys->access,
                                                             scope_text(arena, keys, stamp))};
    own[2] = (mc__pair){"X-Amz-Date", stamp};
    own[3] = (mc__pair){"X-Amz-Expires", mc__arena_int(arena, seconds)};
    own[4] = (mc__pair){"X-Amz-SignedHeaders", "host"};
    query = join(arena, request->query, request->query_count, own, OWN_PARAMETERS);
    c.query = query_text(arena, query, request->query_count + OWN_PARAMETERS);
    return mc__arena_format(arena, "%s?%s&X-Amz-Signature=%s", path_text(arena, request->path),
                            c.query, signature(arena, keys, request, &c, stamp));
}
