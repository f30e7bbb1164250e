/* Checks signatures by public keys (libgcrypt): those that JSON Web Tokens have (RFC 7518, 8037).
 */
#ifndef MC_CORE_SIGNATURE_H
#define MC_CORE_SIGNATURE_H

#include "core.h"

typedef enum mc__signature_kind {
    MC_SIGNATURE_RS256, /* RSASSA-PKCS1-v1_5 with SHA-256 */
    MC_SIGNATURE_ES256, /* ECDSA on P-256 with SHA-256 */
    MC_SIGNATURE_EDDSA, /* Ed25519 */
} mc__signature_kind;

/* All numbers are big-endian, as in a JSON Web Key. */
typedef struct mc__public_key {
    mc__signature_kind kind; /* the only one that it may be used for */
    mc__octets n, e;         /* RSA: modulus of 2048 to 8192 bits, and exponent */
    mc__octets x, y;         /* a point: 32 bytes each; Ed25519 has only x */
} mc__public_key;

/* Whether the key has the sizes that its kind needs, and its point is on the curve. */
bool mc__public_key_valid(const mc__public_key *key);
/* Whether a signature is right: 0; MC_EFORBIDDEN: it isn't, or the key is none; MC_ENOMEM. */
int mc__signature_check(const mc__public_key *key, mc__octets data, mc__octets signature);

#endif
