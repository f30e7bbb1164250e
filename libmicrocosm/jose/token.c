/* See token.h. */
#include "token.h"

#define OLDEST_S 86400 /* since it was issued: tokens are checked as soon as they are made */
#define SUBJECT_MOST 255

static const struct {
    const char *name;
    mc__signature_kind kind;
} algorithms[] = {
    {"RS256", MC_SIGNATURE_RS256},
    {"ES256", MC_SIGNATURE_ES256},
    {"EdDSA", MC_SIGNATURE_EDDSA},
};

/* The three parts between dots. */
typedef struct parts {
    mc__octets header, claims, signature; /* decoded */
    mc__octets signed_text;               /* the first two as they stand there */
} parts;

static bool split(parts *out, mc__arena *arena, const char *token)
{
    size_t length = strnlen(token, MC_SIGNED_TOKEN_MOST + 1), header, claims;
    const char *second, *third;

    if (length > MC_SIGNED_TOKEN_MOST)
        return false;
    header = strcspn(token, ".");
    if (!token[header])
        return false;
    second = token + header + 1;
    claims = strcspn(second, ".");
    if (!second[claims])
        return false;
    third = second + claims + 1;
    out->signed_text = (mc__octets){token, header + 1 + claims};
    return mc__base64url_parse(&out->header, arena, token, header) &&
           mc__base64url_parse(&out->claims, arena, second, claims) &&
           mc__base64url_parse(&out->signature, arena, third, strlen(third));
}

static bool find_algorithm(mc__signature_kind *out, const mc__json *header)
{
    const char *name = mc__json_text(header, "alg");

    for (size_t i = 0; name && i < MC_COUNT(algorithms); i++)
        if (strcmp(name, algorithms[i].name) == 0) {
            *out = algorithms[i].kind;
            return true;
        }
    return false;
}

static int refuse(const char **reason, const char *why)
{
    *reason = why;
    return MC_EFORBIDDEN;
}

/* Keys without a name can't be told apart, so each of them may be it. */
static bool may_be(const mc__named_key *key, mc__signature_kind kind, const char *id)
{
    return key->key.kind == kind && (!id || !*key->id || strcmp(id, key->id) == 0);
}

static bool is_named(const mc__key_set *keys, const char *id)
{
    for (size_t i = 0; id && i < keys->count; i++)
        if (strcmp(id, keys->keys[i].id) == 0)
            return true;
    return false;
}

static int check_signature(const char **reason, const mc__key_set *keys, const parts *p,
                           const mc__json *header)
{
    const char *id = mc__json_text(header, "kid");
    mc__signature_kind kind;
    bool is_there = false;

    if (!find_algorithm(&kind, header))
        return refuse(reason, "it is signed in no way that is known here");
    for (size_t i = 0; i < keys->count; i++) {
        const mc__named_key *key = &keys->keys[i];
        int rc;

        if (!may_be(key, kind, id))
            continue;
        is_there = true;
        rc = mc__signature_check(&key->key, p->signed_text, p->signature);
        if (rc != MC_EFORBIDDEN)
            return rc;
    }
    if (!is_named(keys, id))
        return MC_ENOTFOUND;
    return refuse(reason, is_there ? "its signature is wrong"
                                   : "its key is one for another kind of signature");
}

static int check_header(const char **reason, const mc__key_set *keys, const parts *p)
{
    mc_auto(mc__json_free) mc__json *header = NULL;
    int rc = mc__json_read(&header, p->header.data, p->header.length);

    if (rc == MC_EINVAL)
        return refuse(reason, "its header is no JSON");
    if (rc < 0)
        return rc;
    if (mc__json_member(header, "crit"))
        return refuse(reason, "it needs extensions that are unknown here");
    return check_signature(reason, keys, p, header);
}

int mc__signed_token_read(mc__json **claims, const char **reason, mc__arena *arena,
                          const mc__key_set *keys, const char *token)
{
    parts p = {0};
    int rc;

    *reason = "";
    if (!split(&p, arena, token))
        return arena->failed ? MC_ENOMEM : refuse(reason, "it is no signed token");
    rc = check_header(reason, keys, &p);
    if (rc < 0)
        return rc;
    rc = mc__json_read(claims, p.claims.data, p.claims.length);
    return rc == MC_EINVAL ? refuse(reason, "its claims are no JSON") : rc;
}

static bool is_for(const mc__json *claims, const char *audience)
{
    const mc__json *all = mc__json_member(claims, "aud");
    const char *only = mc__json_as_text(all);

    if (only)
        return strcmp(only, audience) == 0;
    for (size_t i = 0; i < mc__json_count(all); i++) {
        const char *one = mc__json_as_text(mc__json_at(all, i));

        if (one && strcmp(one, audience) == 0)
            return true;
    }
    return false;
}

static bool is(const mc__json *claims, const char *name, const char *wanted)
{
    const char *found = mc__json_text(claims, name);

    return found && strcmp(found, wanted) == 0;
}

static bool is_party(const mc__json *claims, const char *audience)
{
    if (mc__json_member(claims, "azp"))
        return is(claims, "azp", audience);
    return mc__json_count(mc__json_member(claims, "aud")) <= 1;
}

static const char *check_times(const mc__json *claims, const mc__token_demand *demand)
{
    int64_t expires, issued, begins;

    if (!mc__json_int(&expires, claims, "exp") || expires <= demand->now - demand->skew)
        return "it has expired";
    if (!mc__json_int(&issued, claims, "iat") || issued > demand->now + demand->skew)
        return "it was issued in the future: are the clocks right?";
    if (issued < demand->now - OLDEST_S)
        return "it was issued too long ago";
    if (mc__json_member(claims, "nbf") &&
        (!mc__json_int(&begins, claims, "nbf") || begins > demand->now + demand->skew))
        return "it isn't valid yet: are the clocks right?";
    return NULL;
}

const char *mc__claims_check(const mc__json *claims, const mc__token_demand *demand)
{
    const char *subject = mc__json_text(claims, "sub");

    if (!is(claims, "iss", demand->issuer))
        return "it is of another issuer (iss)";
    if (!is_for(claims, demand->audience))
        return "it is for another client (aud)";
    if (!is_party(claims, demand->audience))
        return "it was given to another client (azp)";
    if (demand->nonce && !is(claims, "nonce", demand->nonce))
        return "it belongs to another sign-in (nonce)";
    if (!subject || !*subject || strlen(subject) > SUBJECT_MOST)
        return "it doesn't say whose it is (sub)";
    return check_times(claims, demand);
}
