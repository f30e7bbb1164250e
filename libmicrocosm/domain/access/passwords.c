/* Passwords: looking at them, changing and setting them (include/microcosm/sign_in.h). */
#include "../base/call.h"
#include "../base/limiter.h"
#include "../base/names.h"
#include "actor.h"
#include "attempts.h"
#include "codes.h"
#include "passwords.h"
#include "second_factors.h"
#include "tokens.h"
#include "types.h"
#include "record/record.h"
#include "statements.h"

#define PASSWORD_LEAST 10 /* characters; also in core/make_common_passwords.py */

static const mc__field password_edit_fields[] = {
    MC_FIELD(mc_password_edit, current, "current", .flags = MC_FIELD_REQUIRED),
    MC_FIELD(mc_password_edit, password, "password", .flags = MC_FIELD_REQUIRED),
};
const mc_type mc__password_edit_type =
    MC_TYPE(mc_password_edit, "password_edit", password_edit_fields, .flags = MC_TYPE_INPUT);

static const mc__field password_reset_edit_fields[] = {
    MC_FIELD(mc_password_reset_edit, email, "email"),
    MC_FIELD(mc_password_reset_edit, code, "code", .flags = MC_FIELD_REQUIRED),
    MC_FIELD(mc_password_reset_edit, password, "password", .flags = MC_FIELD_REQUIRED),
};
const mc_type mc__password_reset_edit_type =
    MC_TYPE(mc_password_reset_edit, "password_reset_edit", password_reset_edit_fields,
            .flags = MC_TYPE_INPUT);

/* Computing a hash takes a core for some 30 ms. */

static int enter(mc_session *session, mc__place *place, bool *is_limited)
{
    int rc;

    /* A session that holds a connection must not wait, or others would wait for the connection. */
    *is_limited = !session->db.held;
    if (!*is_limited)
        return 0;
    rc = mc__limiter_enter(session->app->hashing, place, (int64_t)(intptr_t)session, 1);
    return rc < 0 ? mc__fail(&session->problem, rc, "too many people sign in at once") : 0;
}

static void leave(mc_session *session, mc__place *place, bool is_limited)
{
    if (is_limited)
        mc__limiter_leave(session->app->hashing, place);
}

static int check(mc__password_answer *out, mc_session *session, const char *stored,
                 const char *password)
{
    mc__place place;
    bool is_limited;
    int rc = enter(session, &place, &is_limited);

    if (rc < 0)
        return rc;
    rc = mc__password_check(out, stored, password, &session->app->password_costs);
    leave(session, &place, is_limited);
    return rc < 0 ? mc__refuse(session, rc) : 0;
}

static int hash(char out[MC_PASSWORD_HASH_SIZE], mc_session *session, const char *password)
{
    mc__place place;
    bool is_limited;
    int rc = enter(session, &place, &is_limited);

    if (rc < 0)
        return rc;
    rc = mc__password_hash(out, password, &session->app->password_costs);
    leave(session, &place, is_limited);
    return rc < 0 ? mc__refuse(session, rc) : 0;
}

/* Rules for new passwords */

static bool is_short(const char *password)
{
    size_t count = 0;

    for (const char *c = password; *c; c++)
        count += (*c & 0xc0) != 0x80;
    return count < PASSWORD_LEAST;
}

/* Whether it is the address, or what is before its "@". */
static bool is_address(const char *password, const char *email)
{
    size_t length = strcspn(email, "@");

    return strcasecmp(password, email) == 0 ||
           (strlen(password) == length && strncasecmp(password, email, length) == 0);
}

static int check_new(mc_session *session, const char *password, const char *email)
{
    size_t length = password ? strlen(password) : 0;

    if (!password || is_short(password))
        return mc__fault(&session->problem, "password", "must have at least %d characters",
                         PASSWORD_LEAST);
    if (length > MC_PASSWORD_MOST || !mc__utf8_valid(password, length))
        return mc__fault(&session->problem, "password", "must have at most %d bytes, in UTF-8",
                         MC_PASSWORD_MOST);
    if (is_address(password, email) || mc__password_is_common(password))
        return mc__fault(&session->problem, "password", "is one that others guess first");
    return 0;
}

/* Adds a new password. but: a token that stays; 0: all end. */
static int add_new(mc__batch *batch, mc_session *session, int64_t user_id, const char *password,
                   int64_t but)
{
    char *made = mc__arena_text(&session->scratch, MC_PASSWORD_HASH_SIZE);
    int rc = made ? hash(made, session, password) : mc__out_of_memory(session);

    if (rc < 0)
        return rc;
    mc__add_passwords_set(batch, &(mc__passwords_set_in){.user_id = user_id,
                                                         .hash = made,
                                                         .site_id = session->site.id,
                                                         .actor_id = session->profile_id,
                                                         .address = mc__audit_address(session)});
    mc__notice_add(batch, session, user_id, MC_NOTICE_PASSWORD, "");
    mc__add_codes_end_all(batch, &(mc__codes_end_all_in){user_id});
    mc__add_codes_end_sign_ins(batch, &(mc__codes_end_sign_ins_in){user_id});
    mc__add_auth_revoke_own(batch,
                            &(mc__auth_revoke_own_in){.user_id = user_id,
                                                      .but = but,
                                                      .site_id = session->site.id,
                                                      .actor_id = session->profile_id,
                                                      .address = mc__audit_address(session)});
    return 0;
}

static int save(mc_session *session, int64_t user_id, const char *password, int64_t but)
{
    mc_batch(batch);
    int rc = add_new(&batch, session, user_id, password, but);

    return rc < 0 ? rc : mc__write_as_platform(session, &batch);
}

/* Looking at one */

static int find_account(mc__password_try *out, mc_session *session, const char *canonical)
{
    mc__passwords_of_email_row row;
    mc_batch(batch);
    int rc;

    mc__add_passwords_of_email(&batch, &(mc__passwords_of_email_in){canonical});
    rc = mc__read_of_no_site(session, &batch);
    if (rc < 0 || PQntuples(mc__batch_rows(&batch, 0)) == 0)
        return rc;
    row = mc__read_passwords_of_email(mc__batch_rows(&batch, 0), 0);
    out->user_id = row.user_id;
    out->hash = mc__arena_strdup(&session->scratch, row.hash);
    return session->scratch.failed ? mc__out_of_memory(session) : 0;
}

int mc__password_try_it(mc__password_try *out, mc_session *session, const char *canonical_email,
                        const char *password)
{
    mc__password_answer answer = {false, false};
    int rc;

    *out = (mc__password_try){0};
    rc = find_account(out, session, canonical_email);
    if (rc == 0)
        rc = check(&answer, session, out->hash, password);
    out->is_right = rc == 0 && answer.is_right;
    out->is_outdated = rc == 0 && answer.is_outdated;
    return rc;
}

int mc__password_is_still_right(bool *out, mc_session *session, const mc__password_try *tried,
                                const char *password)
{
    mc__password_answer answer = {false, false};
    const char *stored;
    mc_batch(batch);
    int rc;

    *out = false;
    mc__add_passwords_of_user(&batch, &(mc__passwords_of_user_in){tried->user_id});
    rc = mc__read_of_no_site(session, &batch);
    if (rc < 0 || PQntuples(mc__batch_rows(&batch, 0)) == 0)
        return rc;
    stored = mc__read_passwords_of_user(mc__batch_rows(&batch, 0), 0).hash;
    *out = strcmp(stored, tried->hash) == 0;
    if (*out)
        return 0;
    rc = check(&answer, session, stored, password); /* or only its costs have changed */
    *out = rc == 0 && answer.is_right;
    return rc;
}

int mc__password_renew(mc__batch *batch, mc_session *session, const mc__password_try *tried,
                       const char *password)
{
    char *made;
    int rc;

    if (!tried->is_outdated)
        return 0;
    made = mc__arena_text(&session->scratch, MC_PASSWORD_HASH_SIZE);
    rc = made ? hash(made, session, password) : mc__out_of_memory(session);
    if (rc == 0)
        mc__add_passwords_rehash(
            batch,
            &(mc__passwords_rehash_in){.user_id = tried->user_id, .old = tried->hash, .new = made});
    return rc;
}

/* Changing it */

static int find_hash(const char **out, mc_session *session)
{
    mc_batch(batch);
    int rc;

    mc__add_passwords_of_user(&batch, &(mc__passwords_of_user_in){session->actor->user_id});
    rc = mc__read_of_no_site(session, &batch);
    if (rc < 0)
        return rc;
    if (PQntuples(mc__batch_rows(&batch, 0)) == 0)
        return mc__fail(&session->problem, MC_EFORBIDDEN, "you have no password yet");
    *out = mc__arena_strdup(&session->scratch,
                            mc__read_passwords_of_user(mc__batch_rows(&batch, 0), 0).hash);
    return session->scratch.failed ? mc__out_of_memory(session) : 0;
}

/* The current one is asked for, since whoever has found a session open must not take it over. */
static int check_current(mc_session *session, const char *current)
{
    mc__password_answer answer = {false, false};
    const char *canonical = "", *stored = NULL;
    mc__attempt attempt = {0};
    int rc = mc__email_canonical(session, &canonical, session->actor->email);

    if (rc == 0)
        rc = mc__attempt_count(&attempt, session, MC_ATTEMPT_SIGN_IN, canonical);
    if (rc == 0)
        rc = find_hash(&stored, session);
    if (rc == 0)
        rc = check(&answer, session, stored, current);
    if (rc < 0 || answer.is_right)
        return rc;
    rc = mc__attempt_fail(session, canonical);
    return rc < 0 ? rc
                  : mc__fail(&session->problem, MC_EFORBIDDEN, "the current password is wrong");
}

static int change_from(mc_session *session, const mc__source *source)
{
    mc_password_edit edit = {0};
    int rc = mc__call_begin(session, MC_NEEDS_MEMBER);

    if (rc == 0)
        rc = mc__token_check_full(session);
    if (rc == 0)
        rc = mc__factor_step_up(session);
    if (rc == 0)
        rc = mc__input_take(&session->problem, &session->scratch, &mc__password_edit_type, &edit,
                            MC_TO_CREATE, source);
    if (rc == 0)
        rc = check_new(session, edit.password, session->actor->email);
    if (rc == 0 && strlen(edit.current) > MC_PASSWORD_MOST)
        rc = mc__fault(&session->problem, "current", "is too long");
    if (rc == 0)
        rc = check_current(session, edit.current);
    return rc < 0 ? rc
                  : save(session, session->actor->user_id, edit.password,
                         session->token ? session->token->token_id : 0);
}

int mc_password_change(mc_session *session, const mc_password_edit *edit)
{
    return change_from(session, &(mc__source){.given = edit});
}

int mc_password_change_body(mc_session *session, mc_format format, const char *body, size_t length)
{
    mc__source source = mc__source_of(format, body, length);

    return change_from(session, &source);
}

/* By a code that was sent by mail. The code is looked at before the password, and used only with
 * one that is good. */
static int reset_from(mc_session *session, const mc__source *source)
{
    mc_password_reset_edit edit = {0};
    mc__code code;
    mc_batch(batch);
    int rc = mc__call_begin(session, MC_NEEDS_SITE);

    if (rc == 0)
        rc = mc__input_take(&session->problem, &session->scratch, &mc__password_reset_edit_type,
                            &edit, MC_TO_CREATE, source);
    if (rc == 0)
        rc = mc__code_find(&code, session, MC_CODE_PASSWORD, edit.email, edit.code);
    if (rc == 0)
        rc = check_new(session, edit.password, code.email);
    if (rc < 0)
        return rc;
    mc__code_use(&batch, session, &code);
    rc = add_new(&batch, session, code.user_id, edit.password, 0);
    return rc < 0 ? rc : mc__code_refuse_late(session, mc__write_as_platform(session, &batch));
}

int mc_password_reset(mc_session *session, const mc_password_reset_edit *edit)
{
    return reset_from(session, &(mc__source){.given = edit});
}

int mc_password_reset_body(mc_session *session, mc_format format, const char *body, size_t length)
{
    mc__source source = mc__source_of(format, body, length);

    return reset_from(session, &source);
}

int mc_password_set(mc_session *session, const char *email, const char *password)
{
    const char *canonical = "";
    mc_batch(batch);
    int rc = mc__call_begin(session, MC_NEEDS_NOTHING);

    if (rc == 0)
        rc = mc__email_canonical(session, &canonical, email);
    if (rc == 0)
        rc = check_new(session, password, email);
    if (rc < 0)
        return rc;
    mc__add_users_find(&batch, &(mc__users_find_in){.canonical_email = canonical});
    rc = mc__read_of_no_site(session, &batch);
    if (rc < 0)
        return rc;
    if (PQntuples(mc__batch_rows(&batch, 0)) == 0)
        return mc__fail(&session->problem, MC_ENOTFOUND, "there is no such user");
    return save(session, mc__read_users_find(mc__batch_rows(&batch, 0), 0).user_id, password, 0);
}
