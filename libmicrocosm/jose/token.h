/* Signed JSON Web Tokens (RFC 7515, 7519), in their compact form. */
#ifndef MC_JOSE_TOKEN_H
#define MC_JOSE_TOKEN_H

#include "key_set.h"
#include "record/json_tree.h"

#define MC_SIGNED_TOKEN_MOST ((size_t)64 << 10)

/* Who says what about whom: what an ID token must have (OpenID Connect Core 3.1.3.7). */
typedef struct mc__token_demand {
    const char *issuer, *audience;
    const char *nonce; /* NULL: it needs none */
    int64_t now, skew; /* seconds; skew: how wrong clocks may be */
} mc__token_demand;

/*
 * Reads the claims of a token whose signature is right by one of the keys: that which its header
 * names, or if it names none, any of the right kind. Only RS256, ES256 and EdDSA are known; "none"
 * and those with a shared secret aren't. The key decides, and not the header alone.
 *
 * 0; MC_ENOTFOUND: the set has no such key, so it may be out of date; MC_EFORBIDDEN, and why in
 * *reason; MC_ENOMEM.
 */
int mc__signed_token_read(mc__json **claims, const char **reason, mc__arena *arena,
                          const mc__key_set *keys, const char *token);

/* NULL, or what is wrong with the claims: a text that has nothing of theirs in it. */
const char *mc__claims_check(const mc__json *claims, const mc__token_demand *demand);

#endif
