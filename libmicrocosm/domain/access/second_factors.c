/* See second_factors.h; and include/microcosm/second_factors.h. */
#include "second_factors.h"

#include "../base/call.h"
#include "../base/names.h"
#include "actor.h"
#include "attempts.h"
#include "codes.h"
#include "permissions.h"
#include "tokens.h"
#include "types.h"
#include "record/record.h"
#include "statements.h"

#define SECRET_SIZE 20
#define STEP_S 30
#define DIGITS 6
#define PROVED_MINUTES 10
#define RECOVERY_CODES 10
#define RECOVERY_LENGTH 24 /* 120 bits: no digest of one needs a salt */

/* Error codes that clients go by. */
enum { REASON_FACTOR = 25, REASON_STEP_UP = 26 };

static const mc__field second_factor_fields[] = {
    MC_FIELD(mc_second_factor, is_on, "isOn"),
    MC_FIELD(mc_second_factor, since, "since", .flags = MC_FIELD_OPTIONAL),
    MC_FIELD(mc_second_factor, recovery_codes, "recoveryCodes"),
};
const mc_type mc__second_factor_type =
    MC_TYPE(mc_second_factor, "second_factor", second_factor_fields);

static const mc__field totp_secret_fields[] = {
    MC_FIELD(mc_totp_secret, secret, "secret"),
    MC_FIELD(mc_totp_secret, uri, "uri"),
};
const mc_type mc__totp_secret_type = MC_TYPE(mc_totp_secret, "totp_secret", totp_secret_fields);

static const mc__field recovery_codes_fields[] = {
    MC_FIELD(mc_recovery_codes, codes, "codes"),
};
const mc_type mc__recovery_codes_type =
    MC_TYPE(mc_recovery_codes, "recovery_codes", recovery_codes_fields);

static const mc__field second_factor_edit_fields[] = {
    MC_FIELD(mc_second_factor_edit, code, "code", .flags = MC_FIELD_REQUIRED),
};
const mc_type mc__second_factor_edit_type = MC_TYPE(
    mc_second_factor_edit, "second_factor_edit", second_factor_edit_fields, .flags = MC_TYPE_INPUT);

/* What somebody has; user_id 0: nothing. */
typedef struct factor {
    int64_t user_id, last_step, recovery_codes;
    const char *canonical; /* the user's address */
    uint8_t secret[SECRET_SIZE];
    mc_time confirmed;
    bool is_proved;
} factor;

static bool counts(const factor *f)
{
    return f->user_id && f->confirmed.us != MC_TIME_NONE;
}

static bool read_secret(uint8_t out[SECRET_SIZE], const char *hex)
{
    if (strlen(hex) != (size_t)2 * SECRET_SIZE)
        return false;
    for (size_t i = 0; i < SECRET_SIZE; i++)
        out[i] = (uint8_t)strtoul((char[3]){hex[2 * i], hex[2 * i + 1]}, NULL, 16);
    return true;
}

static int find(factor *out, mc_session *session, int64_t user_id)
{
    mc__second_factors_of_user_row row;
    mc_batch(batch);
    int rc;

    *out = (factor){0};
    mc__add_second_factors_of_user(
        &batch,
        &(mc__second_factors_of_user_in){.user_id = user_id,
                                         .token_id = session->token ? session->token->token_id : 0,
                                         .minutes = PROVED_MINUTES});
    rc = mc__read_of_no_site(session, &batch);
    if (rc < 0 || PQntuples(mc__batch_rows(&batch, 0)) == 0)
        return rc;
    row = mc__read_second_factors_of_user(mc__batch_rows(&batch, 0), 0);
    out->user_id = user_id;
    out->last_step = row.last_step;
    out->recovery_codes = row.recovery_codes;
    out->confirmed = row.confirmed;
    out->is_proved = row.is_proved;
    out->canonical = mc__arena_strdup(&session->scratch, row.canonical_email);
    if (session->scratch.failed)
        return mc__out_of_memory(session);
    return read_secret(out->secret, row.secret) ? 0 : mc__refuse(session, MC_ESYSTEM);
}

/* Showing one */

/* The step of the code, among the present one and those beside it, as clocks differ; 0: none. */
static int64_t find_step(const factor *f, const char *code)
{
    int64_t now = mc__now().us / 1000000 / STEP_S, found = 0;
    char right[DIGITS + 1];

    for (int64_t step = now - 1; step <= now + 1; step++)
        if (mc__totp(right, DIGITS, f->secret, SECRET_SIZE, step) &&
            mc__same_secret(right, code, DIGITS) && step > f->last_step)
            found = step;
    return found;
}

static int has_recovery_code(bool *out, mc_session *session, int64_t user_id,
                             const uint8_t hash[MC_SHA256_SIZE])
{
    mc_batch(batch);
    int rc;

    mc__add_second_factors_has_recovery_code(
        &batch, &(mc__second_factors_has_recovery_code_in){user_id, {hash, MC_SHA256_SIZE}});
    rc = mc__read_of_no_site(session, &batch);
    if (rc == 0)
        *out = mc__read_second_factors_has_recovery_code(mc__batch_rows(&batch, 0), 0).is_there;
    return rc;
}

static void hash_recovery_code(uint8_t out[MC_SHA256_SIZE], const char *code)
{
    char text[RECOVERY_LENGTH + 1];

    mc__code_normal(text, sizeof(text), code);
    mc__sha256(out, text, strlen(text));
}

/* Adds to a batch that the code is used, if it is right. */
static int show(bool *is_right, mc_session *session, mc__batch *batch, const factor *f,
                const char *code)
{
    uint8_t *hash = mc__arena_alloc(&session->scratch, MC_SHA256_SIZE);
    int64_t step = strlen(code) == DIGITS ? find_step(f, code) : 0;
    int rc;

    *is_right = step > 0;
    if (step)
        mc__add_second_factors_use_step(batch, &(mc__second_factors_use_step_in){f->user_id, step});
    if (step || !counts(f))
        return 0;
    if (!hash)
        return mc__out_of_memory(session);
    hash_recovery_code(hash, code);
    rc = has_recovery_code(is_right, session, f->user_id, hash);
    if (rc == 0 && *is_right)
        mc__add_second_factors_use_recovery_code(
            batch, &(mc__second_factors_use_recovery_code_in){f->user_id, {hash, MC_SHA256_SIZE}});
    return rc;
}

/* Six digits are guessed soon, so there are few attempts, whoever makes them from wherever: each of
 * them has shown something else that is right. */
static int show_counted(mc_session *session, mc__batch *batch, const factor *f, const char *code,
                        int refusal)
{
    mc__attempt attempt;
    bool is_right = false;
    int rc = mc__attempt_count(&attempt, session, MC_ATTEMPT_FACTOR, f->canonical);

    if (rc == 0)
        rc = show(&is_right, session, batch, f, code);
    if (rc == 0 && is_right)
        mc__attempt_forget(batch, &attempt);
    if (rc < 0 || is_right)
        return rc;
    rc = mc__attempt_fail(session, f->canonical);
    return rc < 0 ? rc
                  : mc__fail_because(&session->problem, refusal, REASON_FACTOR,
                                     "the code of the second factor is wrong, or was used");
}

int mc__factor_is_needed(bool *out, mc_session *session, int64_t user_id)
{
    factor f;
    int rc = find(&f, session, user_id);

    *out = rc == 0 && counts(&f);
    return rc;
}

int mc__factor_require(bool *is_shown, mc_session *session, mc__batch *batch, int64_t user_id,
                       const char *code)
{
    factor f;
    int rc = find(&f, session, user_id);

    *is_shown = rc == 0 && counts(&f);
    if (!*is_shown)
        return rc;
    if (!code || !*code)
        return mc__fail_because(&session->problem, MC_EUNAUTHENTICATED, REASON_FACTOR,
                                "a code of the second factor is needed, too");
    return show_counted(session, batch, &f, code, MC_EUNAUTHENTICATED);
}

void mc__factor_prove(mc__batch *batch, mc_session *session, int64_t token_id, int64_t user_id)
{
    mc__add_second_factors_prove(
        batch, &(mc__second_factors_prove_in){.token_id = token_id,
                                              .user_id = user_id,
                                              .site_id = session->site.id,
                                              .address = mc__audit_address(session)});
}

static int check_proved(mc_session *session, const factor *f)
{
    if (!counts(f) || !session->token || f->is_proved)
        return 0;
    return mc__fail_because(&session->problem, MC_EFORBIDDEN, REASON_STEP_UP,
                            "show your second factor first: that was more than %d minutes ago",
                            PROVED_MINUTES);
}

int mc__factor_step_up(mc_session *session)
{
    factor f;
    int rc;

    if (!session->token)
        return 0;
    rc = find(&f, session, session->actor->user_id);
    return rc < 0 ? rc : check_proved(session, &f);
}

/* One's own */

/* A call that has begun, with this. */
static int go_on(factor *out, mc_session *session, int rc)
{
    if (rc == 0 && session->actor->is_banned && !mc__acts_as_owner(session))
        rc = mc__refuse(session, MC_EBANNED);
    if (rc == 0)
        rc = mc__token_check_full(session);
    return rc < 0 ? rc : find(out, session, session->actor->user_id);
}

static int begin(factor *out, mc_session *session)
{
    return go_on(out, session, mc__call_begin(session, MC_NEEDS_MEMBER));
}

static int begin_for(factor *out, const void *result, mc_session *session)
{
    return go_on(out, session, mc__call_begin_for(result, session, MC_NEEDS_MEMBER));
}

int mc_second_factor_find(mc_second_factor **out, mc_session *session)
{
    mc_second_factor *record;
    factor f;
    int rc = begin_for(&f, out, session);

    if (rc < 0)
        return rc;
    record = mc__record_new(&mc__second_factor_type);
    if (!record)
        return mc__out_of_memory(session);
    record->is_on = counts(&f);
    record->since = record->is_on ? f.confirmed : (mc_time){MC_TIME_NONE};
    record->recovery_codes = record->is_on ? f.recovery_codes : 0;
    *out = record;
    return 0;
}

/* Characters of a site's name that an address of this kind may have as they are. */
static const char *issuer(mc__arena *arena, const char *host)
{
    return mc__arena_copy(arena, host, strcspn(host, ":"));
}

static int tell_secret(mc_totp_secret **out, mc_session *session, const uint8_t *secret)
{
    mc_auto(mc_record_free) void *made = mc__record_new(&mc__totp_secret_type);
    char text[(SECRET_SIZE * 8 + 4) / 5 + 1];
    mc_totp_secret *record = made;
    mc__arena *arena;
    const char *host;

    if (!made)
        return mc__out_of_memory(session);
    arena = mc__record_arena(made);
    host = issuer(arena, session->site.host);
    mc__base32(text, secret, SECRET_SIZE);
    record->secret = mc__arena_strdup(arena, text);
    record->uri = mc__arena_format(arena, "otpauth://totp/%s:%lld?secret=%s&issuer=%s", host,
                                   (long long)session->profile_id, text, host);
    if (arena->failed)
        return mc__out_of_memory(session);
    *out = MC_TAKE(made);
    return 0;
}

int mc_second_factor_begin(mc_totp_secret **out, mc_session *session)
{
    uint8_t secret[SECRET_SIZE];
    factor f;
    mc_batch(batch);
    int rc = begin_for(&f, out, session);

    if (rc < 0)
        return rc;
    mc__random_bytes(secret, sizeof(secret));
    mc__add_second_factors_begin(
        &batch, &(mc__second_factors_begin_in){.user_id = session->actor->user_id,
                                               .secret = {secret, sizeof(secret)},
                                               .site_id = session->site.id,
                                               .address = mc__audit_address(session)});
    rc = mc__write_as_platform(session, &batch);
    if (rc < 0)
        return rc;
    if (PQntuples(mc__batch_rows(&batch, 0)) == 0)
        return mc__fail(&session->problem, MC_ECONFLICT,
                        "you have a second factor: remove it before you make another one");
    return tell_secret(out, session, secret);
}

/* Makes recovery codes in a record, and adds their digests to a batch. */
static int add_recovery_codes(mc_recovery_codes *record, mc_session *session, mc__batch *batch,
                              int64_t user_id)
{
    mc__arena *arena = mc__record_arena(record);
    const char **codes = mc__arena_alloc(arena, RECOVERY_CODES * sizeof(*codes));
    const char **hashes = mc__arena_alloc(&session->scratch, RECOVERY_CODES * sizeof(*hashes));
    char letters[RECOVERY_LENGTH + 1], hex[2 * MC_SHA256_SIZE + 1];
    uint8_t hash[MC_SHA256_SIZE];

    if (!codes || !hashes)
        return mc__out_of_memory(session);
    for (size_t i = 0; i < RECOVERY_CODES; i++) {
        mc__code_random(letters, RECOVERY_LENGTH);
        codes[i] = mc__arena_format(arena, "%.6s-%.6s-%.6s-%.6s", letters, letters + 6,
                                    letters + 12, letters + 18);
        hash_recovery_code(hash, letters);
        mc__hex(hex, hash, sizeof(hash));
        hashes[i] = mc__arena_strdup(&session->scratch, hex);
    }
    record->codes = (mc_strings){codes, RECOVERY_CODES};
    mc__add_second_factors_set_recovery_codes(
        batch, &(mc__second_factors_set_recovery_codes_in){.user_id = user_id,
                                                           .hashes = {hashes, RECOVERY_CODES},
                                                           .site_id = session->site.id,
                                                           .address = mc__audit_address(session)});
    return arena->failed || session->scratch.failed ? mc__out_of_memory(session) : 0;
}

static int refuse_late(mc_session *session, int rc)
{
    const char *state = session->problem.shown.sqlstate;

    return rc < 0 && state && strcmp(state, MC__JUDGED_LATE) == 0
               ? mc__fail_because(&session->problem, MC_EFORBIDDEN, REASON_FACTOR,
                                  "the code of the second factor was used")
               : rc;
}

static int take_code(mc_second_factor_edit *out, mc_session *session, const mc__source *source)
{
    return mc__input_take(&session->problem, &session->scratch, &mc__second_factor_edit_type, out,
                          MC_TO_CREATE, source);
}

static int confirm_from(mc_recovery_codes **out, mc_session *session, const mc__source *source)
{
    mc_auto(mc_record_free) void *record = NULL;
    mc_second_factor_edit edit = {0};
    factor f;
    mc_batch(batch);
    int rc = begin_for(&f, out, session);

    if (rc == 0)
        rc = take_code(&edit, session, source);
    if (rc == 0 && (!f.user_id || counts(&f)))
        rc = mc__fail(&session->problem, MC_ECONFLICT, "make a secret first");
    if (rc == 0)
        rc = show_counted(session, &batch, &f, edit.code, MC_EFORBIDDEN);
    if (rc < 0)
        return rc;
    mc__add_second_factors_confirm(
        &batch, &(mc__second_factors_confirm_in){.user_id = f.user_id,
                                                 .secret = {f.secret, SECRET_SIZE},
                                                 .site_id = session->site.id,
                                                 .address = mc__audit_address(session)});
    mc__notice_add(&batch, session, f.user_id, MC_NOTICE_FACTOR_ON, "");
    if (session->token)
        mc__factor_prove(&batch, session, session->token->token_id, f.user_id);
    record = mc__record_new(&mc__recovery_codes_type);
    rc = record ? add_recovery_codes(record, session, &batch, f.user_id)
                : mc__out_of_memory(session);
    if (rc == 0)
        rc = refuse_late(session, mc__write_as_platform(session, &batch));
    if (rc == 0)
        *out = MC_TAKE(record);
    return rc;
}

int mc_second_factor_confirm(mc_recovery_codes **out, mc_session *session,
                             const mc_second_factor_edit *edit)
{
    return confirm_from(out, session, &(mc__source){.given = edit});
}

int mc_second_factor_confirm_body(mc_recovery_codes **out, mc_session *session, mc_format format,
                                  const char *body, size_t length)
{
    mc__source source = mc__source_of(format, body, length);

    return confirm_from(out, session, &source);
}

static int prove_from(mc_session *session, const mc__source *source)
{
    mc_second_factor_edit edit = {0};
    factor f;
    mc_batch(batch);
    int rc = begin(&f, session);

    if (rc == 0)
        rc = take_code(&edit, session, source);
    if (rc == 0 && !(counts(&f) && session->token))
        rc = mc__fail(&session->problem, MC_ECONFLICT,
                      "there is no second factor, or no token that could show it");
    if (rc == 0)
        rc = show_counted(session, &batch, &f, edit.code, MC_EFORBIDDEN);
    if (rc < 0)
        return rc;
    mc__factor_prove(&batch, session, session->token->token_id, f.user_id);
    return refuse_late(session, mc__write_as_platform(session, &batch));
}

int mc_second_factor_prove(mc_session *session, const mc_second_factor_edit *edit)
{
    return prove_from(session, &(mc__source){.given = edit});
}

int mc_second_factor_prove_body(mc_session *session, mc_format format, const char *body,
                                size_t length)
{
    mc__source source = mc__source_of(format, body, length);

    return prove_from(session, &source);
}

int mc_second_factor_renew(mc_recovery_codes **out, mc_session *session)
{
    mc_auto(mc_record_free) void *record = NULL;
    factor f;
    mc_batch(batch);
    int rc = begin_for(&f, out, session);

    if (rc == 0 && !counts(&f))
        rc = mc__fail(&session->problem, MC_ECONFLICT, "you have no second factor");
    if (rc == 0)
        rc = check_proved(session, &f);
    if (rc < 0)
        return rc;
    record = mc__record_new(&mc__recovery_codes_type);
    rc = record ? add_recovery_codes(record, session, &batch, f.user_id)
                : mc__out_of_memory(session);
    if (rc == 0) {
        mc__notice_add(&batch, session, f.user_id, MC_NOTICE_RECOVERY_CODES, "");
        rc = mc__write_as_platform(session, &batch);
    }
    if (rc == 0)
        *out = MC_TAKE(record);
    return rc;
}

static int remove_of(mc_session *session, int64_t user_id)
{
    mc_batch(batch);
    size_t number;
    int rc;

    mc__notice_add(&batch, session, user_id, MC_NOTICE_FACTOR_OFF, "");
    number = mc__add_second_factors_remove(
        &batch, &(mc__second_factors_remove_in){.user_id = user_id,
                                                .site_id = session->site.id,
                                                .actor_id = session->profile_id,
                                                .address = mc__audit_address(session)});
    rc = mc__write_as_platform(session, &batch);
    if (rc < 0)
        return rc;
    return mc__read_second_factors_remove(mc__batch_rows(&batch, number), 0).is_gone
               ? 0
               : mc__fail(&session->problem, MC_ENOTFOUND, "there is no second factor");
}

int mc_second_factor_remove(mc_session *session)
{
    factor f;
    int rc = begin(&f, session);

    if (rc == 0)
        rc = check_proved(session, &f);
    return rc < 0 ? rc : remove_of(session, session->actor->user_id);
}

int mc_second_factor_remove_from(mc_session *session, const char *email)
{
    const char *canonical = "";
    mc_batch(batch);
    int rc = mc__call_begin(session, MC_NEEDS_NOTHING);

    if (rc == 0)
        rc = mc__email_canonical(session, &canonical, email);
    if (rc < 0)
        return rc;
    mc__add_users_find(&batch, &(mc__users_find_in){.canonical_email = canonical});
    rc = mc__read_of_no_site(session, &batch);
    if (rc < 0)
        return rc;
    if (PQntuples(mc__batch_rows(&batch, 0)) == 0)
        return mc__fail(&session->problem, MC_ENOTFOUND, "there is no such user");
    return remove_of(session, mc__read_users_find(mc__batch_rows(&batch, 0), 0).user_id);
}
