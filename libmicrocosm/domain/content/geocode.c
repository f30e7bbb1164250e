/* Geocoding: include/microcosm/geocode.h. The service is one like Nominatim. */
#include "geocode.h"

#include "../access/actor.h"
#include "../base/call.h"
#include "../base/limiter.h"
#include "../base/share.h"
#include "record/json_check.h"
#include "remote/fetch.h"

#define QUERY_MOST 500
#define WAIT_MS 5000
#define REPLY_MOST ((size_t)256 << 10)
#define DEPTH_MOST 32
/* Requests to the service at a time. */
#define AT_ONCE 2
/* How long an answer is kept: what isn't known today may have been mistyped. */
#define FOUND_MS ((int64_t)24 * 60 * 60 * 1000)
#define UNKNOWN_MS ((int64_t)10 * 60 * 1000)

struct mc__geocoder {
    char *url; /* NULL: none is set */
    mc__limiter *limiter;
};

typedef struct cached_place {
    mc__entry entry;
    const char *json;
} cached_place;

int mc__geocoder_new(mc__geocoder **out, mc__problem *problem, const char *url, int64_t wait_ms)
{
    mc__geocoder *geocoder;

    if (url && (!mc__remote_is_address(url) || strchr(url, '#')))
        return mc__fail(problem, MC_EINVAL, "the geocoder must be an http or https address");
    geocoder = mc__calloc(1, sizeof(*geocoder));
    if (!geocoder)
        return mc__fail(problem, MC_ENOMEM, "out of memory");
    geocoder->url = url ? mc__strdup(url) : NULL;
    if ((url && !geocoder->url) || mc__limiter_new(&geocoder->limiter, AT_ONCE, wait_ms) < 0) {
        mc__geocoder_free(geocoder);
        return mc__fail(problem, MC_ENOMEM, "out of memory");
    }
    *out = geocoder;
    return 0;
}

void mc__geocoder_free(mc__geocoder *geocoder)
{
    if (!geocoder)
        return;
    mc__limiter_free(geocoder->limiter);
    mc__free(geocoder->url);
    mc__free(geocoder);
}

static mc__cache_key key_of(const char *query)
{
    mc__cache_key key = {.kind = MC_CACHED_PLACE};
    uint8_t hash[MC_SHA256_SIZE];

    _Static_assert(sizeof(key.id) == MC_SHA256_SIZE, "the whole of it is the key");
    mc__sha256(hash, query, strlen(query));
    memcpy(key.id, hash, sizeof(hash));
    return key;
}

static bool find_place(mc_buffer *out, mc_session *session, const char *query)
{
    mc__cache_key key = key_of(query);
    mc_auto_entry cached_place *place =
        mc__may_share(session) ? mc__cache_find(session->app->cache, &key) : NULL;

    if (place)
        mc__text_puts(out, place->json);
    return place;
}

/* Depends on nothing that the forum changes. */
static void cache_place(mc_session *session, const char *query, const char *json)
{
    mc__cache_key key = key_of(query);
    mc_auto_entry cached_place *place = NULL;

    if (!mc__may_share(session) || !mc__cache_is_trusted(session->app->cache))
        return;
    place = mc__entry_new(sizeof(*place), session->moment);
    if (!place)
        return;
    place->json = mc__arena_strdup(&place->entry.arena, json);
    place->entry.until_ms = mc__monotonic_ms() + (strcmp(json, "{}") == 0 ? UNKNOWN_MS : FOUND_MS);
    if (!place->entry.arena.failed)
        mc__cache_put(session->app->cache, &key, place);
}

/* The first object of a checked array, or "{}"; NULL if there is something else. */
static const char *first_of(mc__arena *arena, const char *body, size_t length)
{
    mc__json_check all = {.text = body, .length = length, .depth_max = DEPTH_MOST};
    mc__json_check first = {.depth_max = DEPTH_MOST};
    size_t start;

    if (!mc__utf8_valid(body, length) || !mc__json_check_value(&all) ||
        body[strspn(body, " \t\r\n")] != '[')
        return NULL;
    start = strspn(body, " \t\r\n") + 1;
    start += strspn(body + start, " \t\r\n");
    if (body[start] == ']')
        return mc__arena_strdup(arena, "{}");
    first.text = body + start;
    first.length = length - start;
    if (body[start] != '{' || !mc__json_check_value(&first))
        return NULL;
    return mc__arena_copy(arena, first.text, first.at);
}

static int fail(mc_session *session, const char *reason)
{
    return mc__fail(&session->problem, MC_EREMOTE, "the geocoder can't be used: %s", reason);
}

static int ask(const char **json, mc_session *session, const char *query)
{
    mc_scratch_text(url);
    mc_scratch_text(body);
    char reason[256];
    int rc;

    mc__text_puts(&url, session->app->geocoder->url);
    mc__remote_add_parameter(&url, "q", query);
    mc__remote_add_parameter(&url, "format", "json");
    mc__remote_add_parameter(&url, "limit", "1");
    if (url.error)
        return mc__out_of_memory(session);
    rc = mc__remote_get(&body, reason,
                        &(mc__fetch){.url = mc__text_string(&url),
                                     .wait_ms = WAIT_MS,
                                     .most_bytes = REPLY_MOST,
                                     .is_trusted = true});
    if (rc < 0)
        return rc == MC_EREMOTE ? fail(session, reason) : mc__out_of_memory(session);
    *json = first_of(&session->scratch, mc__text_string(&body), body.length);
    if (session->scratch.failed)
        return mc__out_of_memory(session);
    return *json ? 0 : fail(session, "its reply is no JSON array of places");
}

/* In turn; somebody else may have asked for the same meanwhile. */
static int ask_in_turn(mc_buffer *out, mc_session *session, const char *query)
{
    mc__limiter *limiter = session->app->geocoder->limiter;
    const char *json = NULL;
    mc__place place;
    int rc = mc__limiter_enter(limiter, &place, session->actor->profile_id, 1);

    if (rc < 0)
        return mc__fail(&session->problem, rc, "too many places are being looked for: try again");
    if (!find_place(out, session, query)) {
        rc = ask(&json, session, query);
        if (rc == 0) {
            cache_place(session, query, json);
            mc__text_puts(out, json);
        }
    }
    mc__limiter_leave(limiter, &place);
    return rc;
}

static int check_query(mc_session *session, const char *query)
{
    if (!query || !query[strspn(query, " ")])
        return mc__fault(&session->problem, "q", "is required");
    if (!mc__utf8_valid(query, strlen(query)))
        return mc__fault(&session->problem, "q", "must be UTF-8");
    if (mc__utf8_length(query) > QUERY_MOST)
        return mc__fault(&session->problem, "q", "must have at most %d characters", QUERY_MOST);
    return 0;
}

int mc_place_find(mc_buffer *out, mc_session *session, const char *query)
{
    size_t before;
    int rc = mc__call_begin_for(out, session, MC_NEEDS_SITE);

    if (rc == 0)
        rc = check_query(session, query);
    if (rc < 0)
        return rc;
    if (!session->actor->profile_id)
        return mc__fail(&session->problem, MC_EFORBIDDEN, "sign in to look for places");
    if (!session->app->geocoder->url)
        return mc__fail(&session->problem, MC_EUNSUPPORTED,
                        "no geocoder is set: the operator of this forum can set one");
    before = out->length;
    if (!find_place(out, session, query))
        rc = ask_in_turn(out, session, query);
    if (rc == 0 && mc__text_settle(out, before) < 0)
        rc = mc__refuse(session, out->error);
    return rc;
}
