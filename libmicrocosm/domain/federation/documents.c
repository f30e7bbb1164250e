/* See documents.h. */
#include "documents.h"

#include "../base/call.h"
#include "../base/share.h"

#define KEPT_MS ((int64_t)10 * 60 * 1000)

typedef struct cached_document {
    mc__entry entry;
    const char *text;
} cached_document;

static mc__cache_key key_of(const char *url)
{
    mc__cache_key key = {.kind = MC_CACHED_DOCUMENT};
    uint8_t hash[MC_SHA256_SIZE];

    _Static_assert(sizeof(key.id) == MC_SHA256_SIZE, "the whole of it is the key");
    mc__sha256(hash, url, strlen(url));
    memcpy(key.id, hash, sizeof(hash));
    return key;
}

static bool find(const char **out, mc_session *session, const char *url)
{
    mc__cache_key key = key_of(url);
    mc_auto_entry cached_document *kept =
        mc__may_share(session) ? mc__cache_find(session->app->cache, &key) : NULL;

    if (!kept)
        return false;
    *out = mc__arena_strdup(&session->scratch, kept->text);
    return true;
}

/* Depends on nothing that the forum changes. */
static void keep(mc_session *session, const char *url, const char *text)
{
    mc__cache_key key = key_of(url);
    mc_auto_entry cached_document *kept = NULL;

    if (!mc__may_share(session) || !mc__cache_is_trusted(session->app->cache))
        return;
    kept = mc__entry_new(sizeof(*kept), session->moment);
    if (!kept)
        return;
    kept->text = mc__arena_strdup(&kept->entry.arena, text);
    kept->entry.until_ms = mc__monotonic_ms() + KEPT_MS;
    if (!kept->entry.arena.failed)
        mc__cache_put(session->app->cache, &key, kept);
}

int mc__document_get(const char **out, mc_session *session, const mc__question *question, bool anew)
{
    mc_scratch_text(body);
    int status = 0, rc;

    if (session->scratch.failed)
        return mc__out_of_memory(session);
    if (!anew && find(out, session, question->url))
        return session->scratch.failed ? mc__out_of_memory(session) : 0;
    rc = mc__ask(&body, &status, session, question);
    if (rc < 0)
        return rc;
    if (status != 200)
        return mc__fail(&session->problem, MC_EREMOTE, "%s: the status is %d", question->what,
                        status);
    *out = mc__arena_copy(&session->scratch, mc__text_string(&body), body.length);
    if (session->scratch.failed)
        return mc__out_of_memory(session);
    keep(session, question->url, *out);
    return 0;
}
