/* See secrets.h. */
#include "secrets.h"

#include "../base/call.h"
#include "landing.h"

#include <time.h>

#define KEY_LENGTH 43
#define COOKIE_MOST 3000

/* A text that only who has the key can make. Its purpose, site and provider are in it, so none is
 * good for anything else. */
static const char *derive(mc_session *session, const char *purpose, const char *provider,
                          const char *cookie)
{
    const char *what = mc__arena_format(&session->scratch, "%s %lld %s %s", purpose,
                                        (long long)session->site.id, provider, cookie + KEY_LENGTH);
    uint8_t mac[MC_SHA256_SIZE];
    mc_scratch_text(text);

    if (!mc__hmac_sha256(mac, cookie, KEY_LENGTH, what, strlen(what)))
        session->scratch.failed = true;
    mc__base64url(&text, mac, sizeof(mac));
    session->scratch.failed |= text.error != 0;
    return mc__arena_strdup(&session->scratch, mc__text_string(&text));
}

static int derive_all(mc__sign_in_secrets *out, mc_session *session, const char *provider)
{
    uint8_t hash[MC_SHA256_SIZE];
    mc_scratch_text(challenge);

    if (session->scratch.failed)
        return mc__out_of_memory(session);
    out->state = derive(session, "state", provider, out->cookie);
    out->nonce = derive(session, "nonce", provider, out->cookie);
    out->verifier = derive(session, "verifier", provider, out->cookie);
    mc__sha256(hash, out->verifier, strlen(out->verifier));
    mc__base64url(&challenge, hash, sizeof(hash));
    session->scratch.failed |= challenge.error != 0;
    out->challenge = mc__arena_strdup(&session->scratch, mc__text_string(&challenge));
    return session->scratch.failed ? mc__out_of_memory(session) : 0;
}

int mc__sign_in_secrets_make(mc__sign_in_secrets *out, mc_session *session, const char *provider,
                             const char *path)
{
    char key[KEY_LENGTH + 1];
    mc_scratch_text(encoded);

    mc__random_text(key, KEY_LENGTH);
    mc__base64url(&encoded, path, strlen(path));
    session->scratch.failed |= encoded.error != 0;
    out->path = path;
    out->cookie =
        mc__arena_format(&session->scratch, "%s.%lld.%s", key,
                         (long long)time(NULL) + MC_SIGN_IN_SECONDS, mc__text_string(&encoded));
    return derive_all(out, session, provider);
}

/* "KEY.SECONDS.PATH" */
static bool read_cookie(mc__sign_in_secrets *out, mc_session *session, const char *cookie)
{
    const char *seconds, *path;
    mc__octets decoded;
    int64_t ends;

    if (!cookie || strlen(cookie) > COOKIE_MOST || strcspn(cookie, ".") != KEY_LENGTH ||
        !cookie[KEY_LENGTH])
        return false;
    seconds = cookie + KEY_LENGTH + 1;
    path = strchr(seconds, '.');
    if (!path || !mc__int_parse(&ends, seconds, (size_t)(path - seconds)) || ends < time(NULL) ||
        ends > time(NULL) + MC_SIGN_IN_SECONDS ||
        !mc__base64url_parse(&decoded, &session->scratch, path + 1, strlen(path + 1)))
        return false;
    out->cookie = cookie;
    out->path = mc__arena_copy(&session->scratch, decoded.data, decoded.length);
    return strlen(out->path) == decoded.length;
}

int mc__sign_in_secrets_read(mc__sign_in_secrets *out, mc_session *session, const char *provider,
                             const char *cookie, const char *state)
{
    bool is_read = read_cookie(out, session, cookie);
    int rc = is_read ? derive_all(out, session, provider) : 0;

    if (session->scratch.failed)
        return mc__out_of_memory(session);
    if (rc < 0)
        return rc;
    if (!is_read || !state || strlen(state) != strlen(out->state) ||
        !mc__same_secret(state, out->state, strlen(state)))
        return mc__fail(&session->problem, MC_EFORBIDDEN,
                        "this sign-in was begun in another browser, or too long ago: begin again");
    return mc__landing_check(session, &out->path);
}
