/* Addresses that no mail is sent to, since it comes back. */
#include "../base/call.h"
#include "../base/names.h"
#include "statements.h"
#include "types.h"

#include <microcosm/mail.h>

static const mc__field bounce_edit_fields[] = {
    MC_FIELD(mc_bounce_edit, email, "email", .flags = MC_FIELD_REQUIRED),
    MC_FIELD(mc_bounce_edit, event, "event"),
};
const mc_type mc__bounce_edit_type =
    MC_TYPE(mc_bounce_edit, "bounce_edit", bounce_edit_fields, .flags = MC_TYPE_INPUT);

static const mc__field bounces_edit_fields[] = {
    MC_FIELD(mc_bounces_edit, bounces, "", .type = &mc__bounce_edit_type,
             .flags = MC_FIELD_REQUIRED),
};
const mc_type mc__bounces_edit_type = MC_TYPE(mc_bounces_edit, "bounces_edit", bounces_edit_fields,
                                              .flags = MC_TYPE_INPUT | MC_TYPE_BARE);

static int bounce(mc_session *session, mc_strings canonical_emails)
{
    mc_batch(batch);

    mc__add_mail_bounce(&batch, &(mc__mail_bounce_in){.canonical_emails = canonical_emails});
    return mc__write_as_platform(session, &batch);
}

static int read_address(mc_session *session, const char **out, const char *address)
{
    int rc = mc__call_start(session);

    return rc < 0 ? rc : mc__email_canonical(session, out, address);
}

int mc_mail_bounce(mc_session *session, const char *address)
{
    const char *canonical;
    int rc = read_address(session, &canonical, address);

    return rc < 0 ? rc : bounce(session, (mc_strings){&canonical, 1});
}

int mc_mail_allow(mc_session *session, const char *address)
{
    const char *canonical;
    mc_batch(batch);
    int rc = read_address(session, &canonical, address);

    if (rc < 0)
        return rc;
    mc__add_mail_allow(&batch, &(mc__mail_allow_in){.canonical_email = canonical});
    rc = mc__write_as_platform(session, &batch);
    if (rc == 0 && mc__read_mail_allow(mc__batch_rows(&batch, 0), 0).rows == 0)
        rc = mc__fail(&session->problem, MC_ENOTFOUND, "mail to that address isn't turned off");
    return rc;
}

/* Many at once */

static bool is_bounce(const mc_bounce_edit *edit)
{
    return !edit->event || strcmp(edit->event, "bounce") == 0;
}

/* Appends the canonical form of an address. place: of the field, for a fault. */
static int add(const char **emails, size_t *count, mc_session *session, const mc_bounce_edit *edit,
               const char *place)
{
    mc_scratch_text(canonical);
    int rc = is_bounce(edit) ? mc__email_put_canonical(&canonical, edit->email) : 0;

    if (rc == MC_ENOMEM)
        return mc__out_of_memory(session);
    if (rc < 0)
        return mc__fault(&session->problem, place, "must be an e-mail address");
    if (is_bounce(edit))
        emails[(*count)++] = mc__arena_strdup(&session->scratch, mc__text_string(&canonical));
    return 0;
}

static int bounce_all(mc_session *session, const mc_bounces_edit *edit)
{
    size_t most = edit->bounces.count, count = 0;
    const char **emails = mc__arena_alloc(&session->scratch, (most + 1) * sizeof(*emails));
    int rc = 0;

    for (size_t i = 0; emails && i < most && rc != MC_ENOMEM; i++) {
        int added = add(emails, &count, session, edit->bounces.items[i],
                        mc__arena_format(&session->scratch, "[%zu].email", i));

        rc = added < 0 ? added : rc;
    }
    if (session->scratch.failed)
        return mc__out_of_memory(session);
    return rc < 0 || count == 0 ? rc : bounce(session, (mc_strings){emails, count});
}

static int take(mc_session *session, const mc__source *source)
{
    mc_bounces_edit edit;
    int rc = mc__input_take(&session->problem, &session->scratch, &mc__bounces_edit_type, &edit,
                            MC_TO_CREATE, source);

    return rc < 0 ? rc : bounce_all(session, &edit);
}

static int take_one(mc_session *session, const mc__source *source)
{
    const char *emails[1];
    size_t count = 0;
    mc_bounce_edit edit;
    int rc = mc__input_take(&session->problem, &session->scratch, &mc__bounce_edit_type, &edit,
                            MC_TO_CREATE, source);

    if (rc == 0)
        rc = add(emails, &count, session, &edit, "email");
    if (rc == 0 && session->scratch.failed)
        rc = mc__out_of_memory(session);
    return rc < 0 || count == 0 ? rc : bounce(session, (mc_strings){emails, count});
}

int mc_mail_bounces(mc_session *session, const mc_bounces_edit *edit)
{
    mc__source source = {.given = edit};
    int rc = mc__call_start(session);

    return rc < 0 ? rc : take(session, &source);
}

static bool is_list(mc_format format, const char *body, size_t length)
{
    size_t space = 0;

    while (space < length && strchr(" \t\r\n", body[space]))
        space++;
    return format == MC_FORMAT_JSON && space < length && body[space] == '[';
}

int mc_mail_bounces_body(mc_session *session, mc_format format, const char *body, size_t length)
{
    mc__source source = mc__source_of(format, body, length);
    int rc = mc__call_start(session);

    if (rc < 0)
        return rc;
    return is_list(format, body, body ? length : 0) ? take(session, &source)
                                                    : take_one(session, &source);
}
