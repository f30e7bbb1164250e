/* See codes.h; and confirming an address: include/microcosm/sign_in.h. */
#include "codes.h"

#include "../base/call.h"
#include "../base/names.h"
#include "actor.h"
#include "types.h"
#include "record/record.h"
#include "statements.h"

#define NOTICE_MINUTES 4320 /* three days: for a mail that can't be sent at once */

static const mc__field email_confirm_edit_fields[] = {
    MC_FIELD(mc_email_confirm_edit, email, "email"),
    MC_FIELD(mc_email_confirm_edit, code, "code", .flags = MC_FIELD_REQUIRED),
};
const mc_type mc__email_confirm_edit_type = MC_TYPE(
    mc_email_confirm_edit, "email_confirm_edit", email_confirm_edit_fields, .flags = MC_TYPE_INPUT);

void mc__code_normal(char *out, size_t size, const char *code)
{
    char *end = out + size - 1;

    for (; *code && out < end; code++)
        if (*code != ' ' && *code != '-')
            *out++ = (char)(*code >= 'a' && *code <= 'z' ? *code - 'a' + 'A' : *code);
    *out = '\0';
}

void mc__code_random(char *out, size_t length)
{
    static const char letters[33] = "23456789ABCDEFGHJKLMNPQRSTUVWXYZ"; /* 32: each as likely */

    mc__random_bytes(out, length);
    for (size_t i = 0; i < length; i++)
        out[i] = letters[(uint8_t)out[i] % 32];
    out[length] = '\0';
}

void mc__code_hash_typed(uint8_t out[MC_SHA256_SIZE], const char *code)
{
    char text[MC_CODE_TYPED_LENGTH + 2]; /* one that is too long is none */

    mc__code_normal(text, sizeof(text), code);
    mc__sha256(out, text, strlen(text));
}

static int refuse(mc_session *session)
{
    return mc__fail(&session->problem, MC_EUNAUTHENTICATED,
                    "the code is wrong, was used, or is too old: ask for another one");
}

int mc__code_refuse_late(mc_session *session, int rc)
{
    const char *state = session->problem.shown.sqlstate;

    return rc < 0 && state && strcmp(state, MC__JUDGED_LATE) == 0 ? refuse(session) : rc;
}

static int search(mc__code *out, mc_session *session, mc__code_purpose purpose,
                  const char *canonical, const uint8_t hash[MC_SHA256_SIZE])
{
    mc__codes_find_row row;
    mc_batch(batch);
    int rc;

    mc__add_codes_find(&batch, &(mc__codes_find_in){.site_id = session->site.id,
                                                    .purpose = purpose,
                                                    .hash = {hash, MC_SHA256_SIZE},
                                                    .canonical_email = canonical});
    rc = mc__run(session, &batch);
    if (rc < 0 || PQntuples(mc__batch_rows(&batch, 0)) == 0)
        return rc;
    row = mc__read_codes_find(mc__batch_rows(&batch, 0), 0);
    out->code_id = row.code_id;
    out->user_id = row.user_id;
    out->email = mc__arena_strdup(&session->scratch, row.email);
    out->canonical = mc__arena_strdup(&session->scratch, row.canonical_email);
    return session->scratch.failed ? mc__out_of_memory(session) : 0;
}

static int find_typed(mc__code *out, mc_session *session, mc__code_purpose purpose,
                      const char *email, const char *code)
{
    uint8_t hash[MC_SHA256_SIZE];
    const char *canonical = "";
    int rc = mc__email_canonical(session, &canonical, email);

    if (rc == 0)
        rc = mc__attempt_count(&out->attempt, session, MC_ATTEMPT_SIGN_IN, canonical);
    if (rc < 0)
        return rc;
    out->is_counted = true;
    mc__code_hash_typed(hash, code);
    rc = search(out, session, purpose, canonical, hash);
    if (rc < 0 || out->code_id)
        return rc;
    rc = mc__attempt_fail(session, canonical);
    return rc < 0 ? rc : refuse(session);
}

/* Nobody guesses one, so attempts aren't counted. */
static int find_of_link(mc__code *out, mc_session *session, mc__code_purpose purpose,
                        const char *code)
{
    uint8_t hash[MC_SHA256_SIZE];
    int rc;

    mc__sha256(hash, code, strlen(code));
    rc = search(out, session, purpose, "", hash);
    return rc < 0 || out->code_id ? rc : refuse(session);
}

int mc__code_find(mc__code *out, mc_session *session, mc__code_purpose purpose, const char *email,
                  const char *code)
{
    *out = (mc__code){0};
    return email && *email ? find_typed(out, session, purpose, email, code)
                           : find_of_link(out, session, purpose, code);
}

void mc__code_use(mc__batch *batch, const mc_session *session, const mc__code *code)
{
    mc__add_codes_use(batch, &(mc__codes_use_in){.site_id = session->site.id,
                                                 .code_id = code->code_id,
                                                 .canonical_email = code->canonical});
    if (code->is_counted)
        mc__attempt_succeed(batch, &code->attempt);
}

void mc__notice_add(mc__batch *batch, const mc_session *session, int64_t user_id, mc__notice notice,
                    const char *about)
{
    if (atomic_load(&session->app->sends_mail))
        mc__add_codes_notify(batch, &(mc__codes_notify_in){.user_id = user_id,
                                                           .site_id = session->site.id,
                                                           .purpose = notice,
                                                           .about = about,
                                                           .minutes = NOTICE_MINUTES});
}

static int confirm_from(mc_session *session, const mc__source *source)
{
    mc_email_confirm_edit edit = {0};
    mc__code code;
    mc_batch(batch);
    int rc = mc__call_begin(session, MC_NEEDS_SITE);

    if (rc == 0)
        rc = mc__input_take(&session->problem, &session->scratch, &mc__email_confirm_edit_type,
                            &edit, MC_TO_CREATE, source);
    if (rc == 0)
        rc = mc__code_find(&code, session, MC_CODE_EMAIL, edit.email, edit.code);
    if (rc < 0)
        return rc;
    mc__code_use(&batch, session, &code);
    mc__add_codes_confirmed(&batch,
                            &(mc__codes_confirmed_in){.user_id = code.user_id,
                                                      .site_id = session->site.id,
                                                      .address = mc__audit_address(session)});
    return mc__code_refuse_late(session, mc__write_as_platform(session, &batch));
}

int mc_email_confirm(mc_session *session, const mc_email_confirm_edit *edit)
{
    return confirm_from(session, &(mc__source){.given = edit});
}

int mc_email_confirm_body(mc_session *session, mc_format format, const char *body, size_t length)
{
    mc__source source = mc__source_of(format, body, length);

    return confirm_from(session, &source);
}
