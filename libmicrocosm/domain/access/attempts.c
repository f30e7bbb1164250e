/* See attempts.h. */
#include "attempts.h"

#include "../base/call.h"
#include "networks.h"
#include "statements.h"

/* How many there may be in a quarter of an hour. */
typedef struct limits {
    const char *prefix; /* of subjects */
    int64_t of_account, of_pair, of_address, of_network;
    const char *refusal;
} limits;

static const limits kinds[] = {
    [MC_ATTEMPT_SIGN_IN] = {"", 100, 10, 50, 250, "too many attempts to sign in"},
    [MC_ATTEMPT_MAIL] = {"mail ", 20, 5, 20, 100, "too many codes were asked for"},
    [MC_ATTEMPT_FACTOR] = {"factor ", 10, 10, 50, 250,
                           "too many codes of a second factor were tried"},
};

/* Each kind of subject has its digests to itself. Whoever reads them learns no address. */
static void make_subject(uint8_t out[MC_SHA256_SIZE], mc__arena *arena, const char *prefix,
                         const char *kind, const char *what, const char *from)
{
    const char *text = mc__arena_format(arena, "%s%s %s %s", prefix, kind, what, from);

    mc__sha256(out, text, strlen(text));
}

static int make_attempt(mc__attempt *out, mc_session *session, const char *prefix,
                        const char *account)
{
    mc__arena *arena = &session->scratch;
    mc__network address, network;

    out->has_address = mc__network_around(&address, session->address, 32, 64) &&
                       mc__network_around(&network, session->address, 24, 48);
    make_subject(out->account, arena, prefix, "account", account, "");
    make_subject(out->pair, arena, prefix, "pair", account,
                 out->has_address ? mc__network_text(arena, &address) : "");
    if (out->has_address) {
        make_subject(out->address, arena, prefix, "address", mc__network_text(arena, &address), "");
        make_subject(out->network, arena, prefix, "network", mc__network_text(arena, &network), "");
    }
    return arena->failed ? mc__out_of_memory(session) : 0;
}

static mc__bytes bytes_of(const uint8_t *digest)
{
    return (mc__bytes){digest, digest ? MC_SHA256_SIZE : 0};
}

static int refuse(mc_session *session, const limits *of, int64_t wait_s)
{
    mc__fail(&session->problem, MC_ELIMIT, "%s: try again in %lld minutes", of->refusal,
             (long long)(wait_s + 59) / 60);
    session->problem.shown.retry_s = wait_s;
    return MC_ELIMIT;
}

int mc__attempt_count(mc__attempt *out, mc_session *session, mc__attempt_kind kind,
                      const char *canonical_email)
{
    const limits *of = &kinds[kind];
    mc__attempt known; /* only sign-ins make a place known */
    int64_t wait_s;
    mc_batch(batch);
    int rc = make_attempt(out, session, of->prefix, canonical_email);

    if (rc == 0)
        rc = make_attempt(&known, session, kinds[MC_ATTEMPT_SIGN_IN].prefix, canonical_email);
    if (rc < 0)
        return rc;
    mc__add_passwords_count_attempt(&batch,
                                    &(mc__passwords_count_attempt_in){
                                        .known = bytes_of(known.pair),
                                        .account = bytes_of(out->account),
                                        .pair = bytes_of(out->pair),
                                        .address = bytes_of(out->has_address ? out->address : NULL),
                                        .network = bytes_of(out->has_address ? out->network : NULL),
                                        .of_account = of->of_account,
                                        .of_pair = of->of_pair,
                                        .of_address = of->of_address,
                                        .of_network = of->of_network});
    rc = mc__write_as_platform(session, &batch);
    if (rc < 0)
        return rc;
    wait_s = mc__read_passwords_count_attempt(mc__batch_rows(&batch, 0), 0).wait_s;
    return wait_s ? refuse(session, of, wait_s) : 0;
}

int mc__attempt_make(mc__attempt *out, mc_session *session, mc__attempt_kind kind,
                     const char *canonical_email)
{
    return make_attempt(out, session, kinds[kind].prefix, canonical_email);
}

void mc__attempt_succeed(mc__batch *batch, const mc__attempt *attempt)
{
    mc__add_passwords_succeed(batch, &(mc__passwords_succeed_in){bytes_of(attempt->pair)});
}

void mc__attempt_forget(mc__batch *batch, const mc__attempt *attempt)
{
    mc__add_passwords_forget(
        batch, &(mc__passwords_forget_in){bytes_of(attempt->account), bytes_of(attempt->pair)});
}

int mc__attempt_fail(mc_session *session, const char *canonical_email)
{
    mc_batch(batch);

    mc__add_passwords_fail(&batch, &(mc__passwords_fail_in){.canonical_email = canonical_email,
                                                            .site_id = session->site.id,
                                                            .address = mc__audit_address(session)});
    return mc__write_as_platform(session, &batch);
}
