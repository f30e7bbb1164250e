/* See code_mail.h; and asking for codes: include/microcosm/sign_in.h. */
#include "code_mail.h"

#include "../access/actor.h"
#include "../access/codes.h"
#include "../access/tokens.h"
#include "../base/call.h"
#include "../base/names.h"
#include "../feed/follow.h"
#include "queue.h"
#include "types.h"

#include <microcosm/render.h>
#include <microcosm/sign_in.h>

#define WAIT_MINUTES 60 /* for a mail that can't be sent at once */

static const mc__field code_request_fields[] = {
    MC_FIELD(mc_code_request, purpose, "purpose", .flags = MC_FIELD_REQUIRED),
    MC_FIELD(mc_code_request, email, "email"),
};
const mc_type mc__code_request_type =
    MC_TYPE(mc_code_request, "code_request", code_request_fields, .flags = MC_TYPE_INPUT);

static const mc__field mail_code_fields[] = {
    MC_FIELD(mc_mail_code, purpose, "purpose"),
    MC_FIELD(mc_mail_code, email, "email"),
    MC_FIELD(mc_mail_code, is_new, "isNew"),
};
const mc_type mc__mail_code_type = MC_TYPE(mc_mail_code, "mail_code", mail_code_fields);

/* What codes are good for, or what a notice is about. */
typedef struct code_use {
    const char *name; /* NULL for a notice */
    mc__mail_kind mail;
    bool is_of_member;    /* who asks is the one that gets it */
    mc__mail_value value; /* of a notice: what says in the template that it is this one */
} code_use;

static const code_use uses[] = {
    [MC_CODE_SIGN_IN] = {.name = "sign-in", .mail = MC_MAIL_SIGN_IN},
    [MC_CODE_PASSWORD] = {.name = "password", .mail = MC_MAIL_PASSWORD},
    [MC_CODE_EMAIL] = {.name = "email", .mail = MC_MAIL_CONFIRM, .is_of_member = true},
    [MC_NOTICE_PASSWORD] = {.mail = MC_MAIL_ACCOUNT, .value = MC_MAIL_NEW_PASSWORD},
    [MC_NOTICE_FACTOR_ON] = {.mail = MC_MAIL_ACCOUNT, .value = MC_MAIL_FACTOR_ON},
    [MC_NOTICE_FACTOR_OFF] = {.mail = MC_MAIL_ACCOUNT, .value = MC_MAIL_FACTOR_OFF},
    [MC_NOTICE_RECOVERY_CODES] = {.mail = MC_MAIL_ACCOUNT, .value = MC_MAIL_RECOVERY_CODES},
    [MC_NOTICE_SERVICE] = {.mail = MC_MAIL_ACCOUNT, .value = MC_MAIL_SERVICE},
};

/* Asking */

static int read_purpose(mc__code_purpose *out, mc_session *session, const char *name)
{
    for (size_t i = MC_CODE_SIGN_IN; i <= MC_CODE_EMAIL; i++) {
        *out = (mc__code_purpose)i;
        if (strcmp(uses[i].name, name) == 0)
            return 0;
    }
    return mc__fault(&session->problem, "purpose", "must be sign-in, password or email");
}

/* Of whom it is: a member's own address, or the one that was given. */
static int read_email(const char **out, mc_session *session, const code_use *of, const char *given)
{
    mc_scratch_text(address);

    if (!of->is_of_member) {
        *out = given;
        return given && mc__mail_put_address(&address, given) == 0
                   ? 0
                   : mc__fault(&session->problem, "email",
                               "must be an e-mail address, such as ada@example.org");
    }
    if (!session->profile_id)
        return mc__refuse(session, MC_EFORBIDDEN);
    *out = session->actor->email;
    return mc__token_check_full(session);
}

static int ask(mc_session *session, mc__code_purpose purpose, const char *email)
{
    const char *canonical = "";
    mc__attempt attempt;
    mc_batch(batch);
    int rc = mc__email_canonical(session, &canonical, email);

    if (rc == 0)
        rc = mc__attempt_count(&attempt, session, MC_ATTEMPT_MAIL, canonical);
    if (rc < 0)
        return rc;
    mc__add_codes_ask(&batch, &(mc__codes_ask_in){.site_id = session->site.id,
                                                  .purpose = purpose,
                                                  .email = email,
                                                  .canonical_email = canonical,
                                                  .minutes = WAIT_MINUTES});
    rc = mc__write_as_platform(session, &batch);
    if (rc == 0)
        mc__queue_look(session->app);
    return rc;
}

static int send_from(mc_session *session, const mc__source *source)
{
    mc_code_request edit = {0};
    mc__code_purpose purpose = MC_CODE_SIGN_IN;
    const char *email = "";
    int rc = mc__call_begin(session, MC_NEEDS_SITE);

    if (rc == 0)
        rc = mc__input_take(&session->problem, &session->scratch, &mc__code_request_type, &edit,
                            MC_TO_CREATE, source);
    if (rc == 0)
        rc = read_purpose(&purpose, session, edit.purpose);
    if (rc == 0)
        rc = read_email(&email, session, &uses[purpose], edit.email);
    if (rc == 0 && !mc__mail_is_on(session->app))
        rc = mc__fail(&session->problem, MC_EUNSUPPORTED,
                      "this forum sends no mail: its operator has not set smtp");
    return rc < 0 ? rc : ask(session, purpose, email);
}

int mc_code_send(mc_session *session, const mc_code_request *edit)
{
    return send_from(session, &(mc__source){.given = edit});
}

int mc_code_send_body(mc_session *session, mc_format format, const char *body, size_t length)
{
    mc__source source = mc__source_of(format, body, length);

    return send_from(session, &source);
}

/* Looking */

static int tell(mc_mail_code **out, mc_session *session, const code_use *use, const mc__code *code)
{
    mc_auto(mc_record_free) void *record = mc__record_new(&mc__mail_code_type);
    mc_mail_code *told = record;

    if (!record)
        return mc__out_of_memory(session);
    told->purpose = mc__arena_strdup(mc__record_arena(record), use->name);
    told->email = mc__arena_strdup(mc__record_arena(record), code->email);
    told->is_new = code->user_id == 0;
    if (mc__record_arena(record)->failed)
        return mc__out_of_memory(session);
    *out = MC_TAKE(record);
    return 0;
}

int mc_mail_code_find(mc_mail_code **out, mc_session *session, const char *purpose,
                      const char *code)
{
    mc__code_purpose found = MC_CODE_SIGN_IN;
    mc__code seen;
    int rc = mc__call_begin_for(out, session, MC_NEEDS_SITE);

    if (rc == 0)
        rc = read_purpose(&found, session, purpose ? purpose : "");
    if (rc == 0)
        rc = mc__code_find(&seen, session, found, NULL, code ? code : "");
    return rc < 0 ? rc : tell(out, session, &uses[found], &seen);
}

/* Making */

/* The texts of a code, which are nowhere but in its mail. */
typedef struct texts {
    char link[MC_CODE_LINK_LENGTH + 1], typed[MC_CODE_TYPED_LENGTH + 1];
} texts;

static void add_make(mc__batch *batch, mc__arena *arena, const texts *made, const mc__mail_row *row,
                     int64_t lease_s)
{
    uint8_t *link = mc__arena_alloc(arena, MC_SHA256_SIZE);
    uint8_t *typed = mc__arena_alloc(arena, MC_SHA256_SIZE);

    if (!link || !typed)
        return;
    mc__sha256(link, made->link, strlen(made->link));
    mc__code_hash_typed(typed, made->typed);
    mc__add_codes_make(batch, &(mc__codes_make_in){.queue_id = row->queue_id,
                                                   .attempts = row->attempts,
                                                   .site_id = row->site_id,
                                                   .code_id = row->code_id,
                                                   .link_hash = {link, MC_SHA256_SIZE},
                                                   .typed_hash = {typed, MC_SHA256_SIZE},
                                                   .minutes = MC_CODE_MINUTES,
                                                   .lease_s = lease_s});
}

/* The address of the site itself, never that of a request: others could have made that. It isn't
 * there if another site has its key now. */
static int enter(bool *is_there, mc_session *session, int64_t site_id, const char *site_key)
{
    mc_visit visit = MC_VISIT_INIT;
    int rc;

    visit.site_key = site_key;
    rc = mc_session_enter(session, &visit);
    *is_there = rc == 0 && session->site.id == site_id;
    return rc == MC_ENOSITE ? 0 : rc;
}

/* What only a code has, or only a notice. */
static int add_values(mc__value *values, mc_session *session, const code_use *of, const char *about,
                      const texts *made)
{
    mc__arena *arena = &session->scratch;
    const char *url = session->site.url;
    mc_scratch_text(plain);

    if (of->name) {
        values[MC_MAIL_CODE].text =
            mc__arena_format(arena, "%.5s-%s", made->typed, made->typed + 5);
        values[MC_MAIL_URL].text =
            mc__arena_format(arena, "%s/api/v1/codes/%s-%s", url, of->name, made->link);
        values[MC_MAIL_MINUTES].text = mc__arena_format(arena, "%d", MC_CODE_MINUTES);
        return 0;
    }
    if (mc_plain_text(&plain, *about ? about : "yes") < 0)
        return mc__out_of_memory(session);
    values[of->value].text = mc__arena_strdup(arena, mc__text_string(&plain));
    values[MC_MAIL_URL].text = mc__arena_format(arena, "%s/authorize", url);
    return 0;
}

static int draft(mc__mail_draft *out, mc_session *session, const code_use *of,
                 const mc__codes_make_row *row, const texts *made)
{
    mc__arena *arena = &session->scratch;
    mc__value *values = mc__arena_alloc(arena, MC_MAIL_VALUES * sizeof(*values));
    const char *url = session->site.url, *host = strstr(url, "://");
    mc_scratch_text(plain);
    char random[21];

    if (!values || mc_plain_text(&plain, row->site_title) < 0)
        return mc__out_of_memory(session);
    mc__random_text(random, sizeof(random) - 1);
    host = host ? host + 3 : url;
    out->site_title = mc__arena_strdup(arena, mc__text_string(&plain));
    out->id = mc__arena_format(arena, "code-%s@%.*s", random, (int)strcspn(host, ":/"), host);
    values[MC_MAIL_SITE].text = out->site_title;
    values[MC_MAIL_SITE_URL].text = url;
    values[MC_MAIL_EMAIL].text = out->to;
    out->values = values;
    if (add_values(values, session, of, row->about, made) < 0)
        return MC_ENOMEM;
    return arena->failed ? mc__out_of_memory(session) : 0;
}

int mc__code_draft_make(mc__mail_draft *out, bool *is_wanted, mc_session *session,
                        const mc__mail_row *row, int64_t lease_s)
{
    mc__db db = {.pool = session->app->pool, .problem = &session->problem, .site_id = 0};
    mc_scratch_arena(scratch);
    mc_scratch_text(address);
    mc__codes_make_row code;
    mc_batch(batch);
    texts made;
    int rc;

    mc__random_text(made.link, MC_CODE_LINK_LENGTH);
    mc__code_random(made.typed, MC_CODE_TYPED_LENGTH);
    add_make(&batch, &scratch, &made, row, lease_s);
    if (scratch.failed)
        return mc__fail(&session->problem, MC_ENOMEM, "out of memory");
    rc = mc__db_run(&db, &batch, MC_WRITE_QUIETLY);
    *is_wanted = rc == 0 && PQntuples(mc__batch_rows(&batch, 0)) == 1;
    if (!*is_wanted)
        return rc;
    code = mc__read_codes_make(mc__batch_rows(&batch, 0), 0);
    rc = enter(is_wanted, session, row->site_id, code.site_key);
    if (rc < 0 || !*is_wanted)
        return rc;
    rc = mc__mail_put_address(&address, code.email);
    if (rc == MC_ENOMEM)
        return mc__out_of_memory(session);
    *is_wanted = rc == 0;
    if (!*is_wanted)
        return 0;
    *out = (mc__mail_draft){.kind = uses[code.purpose].mail,
                            .site_id = row->site_id,
                            .to = mc__arena_strdup(&session->scratch, mc__text_string(&address))};
    return draft(out, session, &uses[code.purpose], &code, &made);
}
