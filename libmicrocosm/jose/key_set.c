/* See key_set.h. */
#include "key_set.h"

#include "record/json_tree.h"

#define ID_MOST 512

typedef struct kind {
    const char *type, *curve, *algorithm;
    mc__signature_kind kind;
    const char *members[2];
} kind;

static const kind kinds[] = {
    {"RSA", NULL, "RS256", MC_SIGNATURE_RS256, {"n", "e"}},
    {"EC", "P-256", "ES256", MC_SIGNATURE_ES256, {"x", "y"}},
    {"OKP", "Ed25519", "EdDSA", MC_SIGNATURE_EDDSA, {"x", NULL}},
};

static bool is_unset_or(const char *value, const char *wanted)
{
    return !value || strcmp(value, wanted) == 0;
}

/* Whether it says that signatures are checked with it, as those that say nothing are. */
static bool is_for_checking(const mc__json *json)
{
    const mc__json *operations = mc__json_member(json, "key_ops");

    for (size_t i = 0; i < mc__json_count(operations); i++) {
        const char *operation = mc__json_as_text(mc__json_at(operations, i));

        if (operation && strcmp(operation, "verify") == 0)
            operations = NULL;
    }
    return !operations && is_unset_or(mc__json_text(json, "use"), "sig");
}

static const kind *kind_of(const mc__json *json)
{
    const char *type = mc__json_text(json, "kty"), *curve = mc__json_text(json, "crv");

    for (size_t i = 0; type && i < MC_COUNT(kinds); i++) {
        const kind *k = &kinds[i];

        if (strcmp(type, k->type) == 0 && (!k->curve || (curve && strcmp(curve, k->curve) == 0)))
            return is_unset_or(mc__json_text(json, "alg"), k->algorithm) ? k : NULL;
    }
    return NULL;
}

static bool read_number(mc__octets *out, mc__arena *arena, const mc__json *json, const char *member)
{
    const char *text = mc__json_text(json, member);

    return text && mc__base64url_parse(out, arena, text, strlen(text));
}

static bool read_key(mc__named_key *out, mc__arena *arena, const mc__json *json)
{
    const kind *k = kind_of(json);
    const char *id = mc__json_text(json, "kid");
    mc__octets numbers[2] = {{NULL, 0}, {NULL, 0}};

    if (!k || !is_for_checking(json) || (id && strlen(id) > ID_MOST))
        return false;
    for (size_t i = 0; i < MC_COUNT(numbers); i++)
        if (k->members[i] && !read_number(&numbers[i], arena, json, k->members[i]))
            return false;
    *out = (mc__named_key){.id = mc__arena_strdup(arena, id), .key = {.kind = k->kind}};
    if (k->kind == MC_SIGNATURE_RS256) {
        out->key.n = numbers[0];
        out->key.e = numbers[1];
    } else {
        out->key.x = numbers[0];
        out->key.y = numbers[1];
    }
    return mc__public_key_valid(&out->key);
}

int mc__key_set_read(mc__key_set *out, mc__arena *arena, const char *json, size_t length)
{
    mc_auto(mc__json_free) mc__json *read = NULL;
    const mc__json *all;
    int rc = mc__json_read(&read, json, length);

    out->count = 0;
    if (rc < 0)
        return rc;
    all = mc__json_member(read, "keys");
    if (!mc__json_count(all))
        return MC_EINVAL;
    for (size_t i = 0; i < mc__json_count(all) && out->count < MC_KEYS_MOST; i++)
        if (read_key(&out->keys[out->count], arena, mc__json_at(all, i)))
            out->count++;
    return arena->failed ? MC_ENOMEM : 0;
}
