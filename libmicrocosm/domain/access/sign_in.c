/* See sign_in.h; by a password or a code by mail: include/microcosm/sign_in.h. */
#include "../base/call.h"
#include "../base/names.h"
#include "actor.h"
#include "attempts.h"
#include "codes.h"
#include "passwords.h"
#include "second_factors.h"
#include "sign_in.h"
#include "tokens.h"
#include "types.h"
#include "users.h"
#include "record/record.h"
#include "statements.h"

#define SIGN_IN_DAYS 365

static const mc__field sign_in_edit_fields[] = {
    MC_FIELD(mc_sign_in_edit, email, "email"),
    MC_FIELD(mc_sign_in_edit, password, "password"),
    MC_FIELD(mc_sign_in_edit, code, "code"),
    MC_FIELD(mc_sign_in_edit, second_factor, "secondFactor"),
};
const mc_type mc__sign_in_edit_type =
    MC_TYPE(mc_sign_in_edit, "sign_in_edit", sign_in_edit_fields, .flags = MC_TYPE_INPUT);

/* Somebody who comes in: the user, once it is known, and what is to be written then. */
typedef struct entrance {
    mc_session *session;
    const mc_sign_in_edit *edit;
    mc__batch *batch;
    mc__password_try tried; /* of who comes with a password */
    int64_t user_id;
} entrance;

static int refuse_password(mc_session *session)
{
    return mc__fail(&session->problem, MC_EUNAUTHENTICATED, "the address or the password is wrong");
}

static int by_password(entrance *e)
{
    mc_session *session = e->session;
    const char *canonical = "";
    mc__attempt attempt = {0};
    int rc = mc__email_canonical(session, &canonical, e->edit->email);

    if (rc == 0)
        rc = mc__attempt_count(&attempt, session, MC_ATTEMPT_SIGN_IN, canonical);
    if (rc == 0)
        rc = mc__password_try_it(&e->tried, session, canonical, e->edit->password);
    if (rc < 0)
        return rc;
    if (!e->tried.is_right) {
        rc = mc__attempt_fail(session, canonical);
        return rc < 0 ? rc : refuse_password(session);
    }
    e->user_id = e->tried.user_id;
    mc__attempt_succeed(e->batch, &attempt);
    return mc__password_renew(e->batch, session, &e->tried, e->edit->password);
}

/* Whoever has the address becomes a user by it. */
static int by_code(entrance *e)
{
    mc__code code;
    int rc = mc__code_find(&code, e->session, MC_CODE_SIGN_IN, e->edit->email, e->edit->code);

    if (rc == 0 && !code.user_id)
        rc = mc__user_admit(&code.user_id, e->session, code.email);
    if (rc < 0)
        return rc;
    e->user_id = code.user_id;
    mc__code_use(e->batch, e->session, &code);
    return 0;
}

static int prove(const entrance *e, int64_t token_id)
{
    mc_batch(batch);

    mc__factor_prove(&batch, e->session, token_id, e->user_id);
    return mc__write_as_platform(e->session, &batch);
}

/* A change of the password ends all tokens; one that was made after that, by the old password, ends
 * here. */
static int check_again(const entrance *e, int64_t token_id)
{
    mc_session *session = e->session;
    bool is_right = true;
    mc_batch(batch);
    int rc = 0;

    if (e->tried.is_right)
        rc = mc__password_is_still_right(&is_right, session, &e->tried, e->edit->password);
    if (rc == 0 && is_right)
        return 0;
    mc__add_auth_revoke_token_id(
        &batch, &(mc__auth_revoke_token_id_in){.token_id = token_id,
                                               .site_id = session->site.id,
                                               .actor_id = session->profile_id,
                                               .address = mc__audit_address(session)});
    if (rc == 0)
        rc = mc__write_as_platform(session, &batch);
    return rc < 0 ? rc : refuse_password(session);
}

/* Whether only a code of the second factor is missing; who is banned isn't asked for one. */
static int is_pending(bool *out, const entrance *e)
{
    int64_t profile_id;
    int rc = 0;

    if (!(e->edit->second_factor && *e->edit->second_factor))
        rc = mc__factor_is_needed(out, e->session, e->user_id);
    return rc < 0 || !*out ? rc
                           : mc__profile_find_or_make(&profile_id, e->session, e->user_id, NULL);
}

static int let_in(mc_token **out, const entrance *e)
{
    mc_session *session = e->session;
    char text[MC_TOKEN_SIZE];
    int64_t profile_id = 0, token_id = 0;
    bool is_shown = false;
    int rc = mc__factor_require(&is_shown, session, e->batch, e->user_id, e->edit->second_factor);

    if (rc == 0)
        rc = mc__profile_find_or_make(&profile_id, session, e->user_id, NULL);
    if (rc == 0)
        rc = mc__code_refuse_late(session, mc__write_as_platform(session, e->batch));
    if (rc == 0)
        rc = mc__token_make(text, &token_id, session, e->user_id, profile_id, SIGN_IN_DAYS);
    if (rc == 0)
        rc = check_again(e, token_id);
    if (rc == 0 && is_shown)
        rc = prove(e, token_id);
    return rc < 0 ? rc : mc__token_show(out, session, e->user_id, token_id, text);
}

/* A password with an address, or a code with or without one. */
static int check_edit(mc_session *session, const mc_sign_in_edit *edit)
{
    bool has_password = edit->password && *edit->password, has_code = edit->code && *edit->code;

    if (has_password == has_code)
        return mc__fault(&session->problem, "password", "is required, or a code instead of it");
    if (has_password && !(edit->email && *edit->email))
        return mc__fault(&session->problem, "email", "is required");
    if (has_password && strlen(edit->password) > MC_PASSWORD_MOST)
        return mc__fault(&session->problem, "password", "is too long");
    return 0;
}

int mc__sign_in(mc_token **out, int64_t *pending, mc_session *session, const mc__source *source)
{
    mc_sign_in_edit edit = {0};
    mc_batch(batch);
    entrance e = {.session = session, .edit = &edit, .batch = &batch};
    bool is_factor_missing = false;
    int rc = mc__input_take(&session->problem, &session->scratch, &mc__sign_in_edit_type, &edit,
                            MC_TO_CREATE, source);

    if (rc == 0)
        rc = check_edit(session, &edit);
    if (rc == 0)
        rc = edit.code && *edit.code ? by_code(&e) : by_password(&e);
    if (rc == 0 && pending)
        rc = is_pending(&is_factor_missing, &e);
    if (rc < 0 || !is_factor_missing)
        return rc < 0 ? rc : let_in(out, &e);
    *pending = e.user_id;
    return 0;
}

static int sign_in_from(mc_token **out, mc_session *session, const mc__source *source)
{
    int rc = mc__call_begin_for(out, session, MC_NEEDS_SITE);

    return rc < 0 ? rc : mc__sign_in(out, NULL, session, source);
}

int mc_account_sign_in(mc_token **out, mc_session *session, const mc_sign_in_edit *edit)
{
    return sign_in_from(out, session, &(mc__source){.given = edit});
}

int mc_account_sign_in_body(mc_token **out, mc_session *session, mc_format format, const char *body,
                            size_t length)
{
    mc__source source = mc__source_of(format, body, length);

    return sign_in_from(out, session, &source);
}
