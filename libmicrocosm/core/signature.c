/* See signature.h. */
#include "signature.h"

#include <gcrypt.h>

#define POINT_SIZE 32
#define RSA_LEAST (2048 / 8)
#define RSA_MOST (8192 / 8)
#define EXPONENT_MOST 8

MC_DEFINE_AUTO(gcry_sexp_t, gcry_sexp_release)
MC_DEFINE_AUTO(gcry_mpi_t, gcry_mpi_release)

/* Without zeros in front, which change no number. */
static mc__octets trim(mc__octets number)
{
    const uint8_t *bytes = number.data;

    while (number.length && *bytes == 0) {
        bytes++;
        number.length--;
    }
    return (mc__octets){bytes, number.length};
}

static bool is_rsa_key(const mc__public_key *key)
{
    mc__octets n = trim(key->n), e = trim(key->e);

    return n.length >= RSA_LEAST && n.length <= RSA_MOST && e.length >= 1 &&
           e.length <= EXPONENT_MOST && ((const uint8_t *)n.data)[n.length - 1] & 1 &&
           ((const uint8_t *)e.data)[e.length - 1] & 1 &&
           (e.length > 1 || *(const uint8_t *)e.data > 1);
}

static gcry_error_t scan(gcry_mpi_t *out, mc__octets number)
{
    return gcry_mpi_scan(out, GCRYMPI_FMT_USG, number.data, number.length, NULL);
}

static gcry_error_t build_rsa(gcry_sexp_t *out, const mc__public_key *key)
{
    mc_auto(gcry_mpi_release) gcry_mpi_t n = NULL;
    mc_auto(gcry_mpi_release) gcry_mpi_t e = NULL;
    gcry_error_t rc = scan(&n, key->n);

    if (rc == 0)
        rc = scan(&e, key->e);
    return rc ? rc : gcry_sexp_build(out, NULL, "(public-key (rsa (n %m) (e %m)))", n, e);
}

static gcry_error_t build_p256(gcry_sexp_t *out, const mc__public_key *key)
{
    uint8_t point[1 + 2 * POINT_SIZE] = {4}; /* uncompressed (SEC 1) */

    memcpy(point + 1, key->x.data, POINT_SIZE);
    memcpy(point + 1 + POINT_SIZE, key->y.data, POINT_SIZE);
    return gcry_sexp_build(out, NULL, "(public-key (ecc (curve \"NIST P-256\") (q %b)))",
                           (int)sizeof(point), point);
}

static gcry_error_t build_ed25519(gcry_sexp_t *out, const mc__public_key *key)
{
    return gcry_sexp_build(out, NULL, "(public-key (ecc (curve Ed25519) (flags eddsa) (q %b)))",
                           POINT_SIZE, key->x.data);
}

static gcry_error_t build_key(gcry_sexp_t *out, const mc__public_key *key)
{
    switch (key->kind) {
    case MC_SIGNATURE_RS256:
        return build_rsa(out, key);
    case MC_SIGNATURE_ES256:
        return build_p256(out, key);
    default:
        return build_ed25519(out, key);
    }
}

/* A point elsewhere would let others choose the group that is computed in. */
static bool is_on_curve(const mc__public_key *key)
{
    mc_auto(gcry_sexp_release) gcry_sexp_t made = NULL;
    gcry_mpi_point_t point;
    gcry_ctx_t curve = NULL;
    bool is = false;

    if (build_key(&made, key) != 0 || gcry_mpi_ec_new(&curve, made, NULL) != 0)
        return false;
    point = gcry_mpi_ec_get_point("q", curve, 1);
    is = point && gcry_mpi_ec_curve_point(point, curve);
    gcry_mpi_point_release(point);
    gcry_ctx_release(curve);
    return is;
}

/* Of Ed25519 (RFC 8032): its prime, its constant d, a root of -1, and (prime + 3) / 8. */
#define PRIME "7fffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffed"
#define D "52036cee2b6ffe738cc740797779e89800700a4d4141d8ab75eb4dca135978a3"
#define ROOT "2b8324804fc1df0b2b4d00993dfbd7a72f431806ad2fe478c4ee1b274a0ea0b0"
#define EIGHTH "0ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffe"

/* libgcrypt 1.10 aborts the process at a point with a coordinate whose highest limb is 0, which one
 * key in a billion has by chance. */
#define BITS_LEAST 225

static gcry_mpi_t number_of(const char *hex)
{
    gcry_mpi_t number = NULL;

    gcry_mpi_scan(&number, GCRYMPI_FMT_HEX, hex, 0, NULL);
    return number;
}

static bool is_square_of(gcry_mpi_t root, gcry_mpi_t square, gcry_mpi_t prime)
{
    mc_auto(gcry_mpi_release) gcry_mpi_t made = gcry_mpi_new(0);

    gcry_mpi_mulm(made, root, root, prime);
    return gcry_mpi_cmp(made, square) == 0;
}

/* The x of a point, but for its sign (RFC 8032, 5.1.3). False: there is none. */
static bool find_x(gcry_mpi_t x, gcry_mpi_t y, gcry_mpi_t prime)
{
    mc_auto(gcry_mpi_release) gcry_mpi_t d = number_of(D);
    mc_auto(gcry_mpi_release) gcry_mpi_t root = number_of(ROOT);
    mc_auto(gcry_mpi_release) gcry_mpi_t eighth = number_of(EIGHTH);
    mc_auto(gcry_mpi_release) gcry_mpi_t u = gcry_mpi_new(0);
    mc_auto(gcry_mpi_release) gcry_mpi_t v = gcry_mpi_new(0);

    if (!d || !root || !eighth)
        return false;
    gcry_mpi_mulm(u, y, y, prime);
    gcry_mpi_mulm(v, d, u, prime);
    gcry_mpi_add_ui(v, v, 1);
    gcry_mpi_sub_ui(u, u, 1);
    if (!gcry_mpi_invm(v, v, prime))
        return false;
    gcry_mpi_mulm(u, u, v, prime);
    gcry_mpi_powm(x, u, eighth, prime);
    if (!is_square_of(x, u, prime))
        gcry_mpi_mulm(x, x, root, prime);
    return is_square_of(x, u, prime);
}

static bool is_sound_ed25519(const uint8_t key[POINT_SIZE])
{
    mc_auto(gcry_mpi_release) gcry_mpi_t prime = number_of(PRIME);
    mc_auto(gcry_mpi_release) gcry_mpi_t x = gcry_mpi_new(0);
    mc_auto(gcry_mpi_release) gcry_mpi_t y = NULL;
    uint8_t bytes[POINT_SIZE];
    bool is_odd = key[POINT_SIZE - 1] >> 7;

    for (size_t i = 0; i < POINT_SIZE; i++)
        bytes[i] = key[POINT_SIZE - 1 - i];
    bytes[0] &= 0x7f;
    if (!prime || scan(&y, (mc__octets){bytes, POINT_SIZE}) != 0 || gcry_mpi_cmp(y, prime) >= 0 ||
        !find_x(x, y, prime))
        return false;
    if (gcry_mpi_test_bit(x, 0) != is_odd)
        gcry_mpi_sub(x, prime, x);
    return gcry_mpi_get_nbits(x) >= BITS_LEAST && gcry_mpi_get_nbits(y) >= BITS_LEAST;
}

bool mc__public_key_valid(const mc__public_key *key)
{
    switch (key->kind) {
    case MC_SIGNATURE_RS256:
        return is_rsa_key(key);
    case MC_SIGNATURE_ES256:
        return key->x.length == POINT_SIZE && key->y.length == POINT_SIZE && is_on_curve(key);
    case MC_SIGNATURE_EDDSA:
        return key->x.length == POINT_SIZE && is_sound_ed25519(key->x.data);
    }
    return false;
}

static gcry_error_t build_data(gcry_sexp_t *out, mc__signature_kind kind, mc__octets data)
{
    uint8_t hash[MC_SHA256_SIZE];
    const char *format = kind == MC_SIGNATURE_RS256 ? "(data (flags pkcs1) (hash sha256 %b))"
                                                    : "(data (flags raw) (value %m))";
    mc_auto(gcry_mpi_release) gcry_mpi_t number = NULL;
    gcry_error_t rc;

    if (kind == MC_SIGNATURE_EDDSA)
        return gcry_sexp_build(out, NULL, "(data (flags eddsa) (hash-algo sha512) (value %b))",
                               (int)data.length, data.data);
    mc__sha256(hash, data.data, data.length);
    if (kind == MC_SIGNATURE_RS256)
        return gcry_sexp_build(out, NULL, format, (int)sizeof(hash), hash);
    rc = scan(&number, (mc__octets){hash, sizeof(hash)});
    return rc ? rc : gcry_sexp_build(out, NULL, format, number);
}

static gcry_error_t build_pair(gcry_sexp_t *out, mc__octets signature)
{
    const uint8_t *bytes = signature.data;
    mc_auto(gcry_mpi_release) gcry_mpi_t r = NULL;
    mc_auto(gcry_mpi_release) gcry_mpi_t s = NULL;
    gcry_error_t rc = scan(&r, (mc__octets){bytes, POINT_SIZE});

    if (rc == 0)
        rc = scan(&s, (mc__octets){bytes + POINT_SIZE, POINT_SIZE});
    return rc ? rc : gcry_sexp_build(out, NULL, "(sig-val (ecdsa (r %m) (s %m)))", r, s);
}

/* One form for each: other lengths would be other texts of the same signature. */
static bool has_length(const mc__public_key *key, mc__octets signature)
{
    return signature.length ==
           (key->kind == MC_SIGNATURE_RS256 ? trim(key->n).length : (size_t)2 * POINT_SIZE);
}

static gcry_error_t build_signature(gcry_sexp_t *out, mc__signature_kind kind, mc__octets signature)
{
    const uint8_t *bytes = signature.data;
    mc_auto(gcry_mpi_release) gcry_mpi_t number = NULL;
    gcry_error_t rc;

    if (kind == MC_SIGNATURE_ES256)
        return build_pair(out, signature);
    if (kind == MC_SIGNATURE_EDDSA)
        return gcry_sexp_build(out, NULL, "(sig-val (eddsa (r %b) (s %b)))", POINT_SIZE, bytes,
                               POINT_SIZE, bytes + POINT_SIZE);
    rc = scan(&number, signature);
    return rc ? rc : gcry_sexp_build(out, NULL, "(sig-val (rsa (s %m)))", number);
}

int mc__signature_check(const mc__public_key *key, mc__octets data, mc__octets signature)
{
    mc_auto(gcry_sexp_release) gcry_sexp_t public = NULL;
    mc_auto(gcry_sexp_release) gcry_sexp_t message = NULL;
    mc_auto(gcry_sexp_release) gcry_sexp_t given = NULL;
    gcry_error_t rc;

    if (!has_length(key, signature) || data.length > INT32_MAX)
        return MC_EFORBIDDEN;
    rc = build_key(&public, key);
    if (rc == 0)
        rc = build_data(&message, key->kind, data);
    if (rc == 0)
        rc = build_signature(&given, key->kind, signature);
    if (rc == 0)
        rc = gcry_pk_verify(given, message, public);
    if (rc == 0)
        return 0;
    return gcry_err_code(rc) == GPG_ERR_ENOMEM ? MC_ENOMEM : MC_EFORBIDDEN;
}
