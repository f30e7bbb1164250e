/* Sets of public keys: JSON Web Key Sets (RFC 7517, 7518, 8037). */
#ifndef MC_JOSE_KEY_SET_H
#define MC_JOSE_KEY_SET_H

#include "core/signature.h"

/* More are left out: providers have two or three. */
#define MC_KEYS_MOST 32

typedef struct mc__named_key {
    const char *id; /* "kid", or "" */
    mc__public_key key;
} mc__named_key;

typedef struct mc__key_set {
    mc__named_key keys[MC_KEYS_MOST];
    size_t count;
} mc__key_set;

/* Reads a set's public keys for signatures into the arena; those of other kinds, for other uses,
 * and broken ones are left out. 0, MC_EINVAL (no such set), MC_ENOMEM. */
int mc__key_set_read(mc__key_set *out, mc__arena *arena, const char *json, size_t length);

#endif
