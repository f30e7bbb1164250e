/* See mail.h. */
#include "mail.h"

#include "../base/call.h"
#include "../base/error.h"

#include <microcosm/mail.h>
#include <pthread.h>

struct mc__mail {
    mc__smtp *smtp; /* NULL: none */
    char *from, *reply_to;
    int64_t wait_ms;
    mc__mail_templates templates;
    pthread_mutex_t lock; /* for setting the mailer */
    mc_mailer mailer;
    atomic_bool has_mailer; /* then it doesn't change any more */
};

static const mc__mail_hooks no_hooks = {NULL, NULL, NULL};

static int check_options(mc__problem *problem, const mc_app_options *options)
{
    if (options->smtp && !options->mail_from)
        return mc__fail(problem, MC_EINVAL, "smtp needs mail-from, the address that mail is from");
    if (options->mail_from && !mc__mail_is_address(options->mail_from))
        return mc__fail(problem, MC_EINVAL,
                        "mail-from must be an address, such as forum@example.org");
    if (options->mail_reply_to && !mc__mail_is_address(options->mail_reply_to))
        return mc__fail(problem, MC_EINVAL,
                        "mail-reply-to must be an address, such as forum@example.org");
    return 0;
}

MC_DEFINE_AUTO(struct mc__mail *, mc__mail_free)

int mc__mail_new(struct mc__mail **out, mc__problem *problem, const mc_app_options *options)
{
    mc_auto(mc__mail_free) struct mc__mail *mail = NULL;
    int rc = check_options(problem, options);

    if (rc < 0)
        return rc;
    mail = mc__calloc(1, sizeof(*mail));
    if (!mail)
        return mc__fail(problem, MC_ENOMEM, "out of memory");
    pthread_mutex_init(&mail->lock, NULL);
    mail->wait_ms = options->smtp_wait_ms;
    if (options->mail_from)
        mail->from = mc__strdup(options->mail_from);
    if (options->mail_reply_to)
        mail->reply_to = mc__strdup(options->mail_reply_to);
    if ((options->mail_from && !mail->from) || (options->mail_reply_to && !mail->reply_to))
        return mc__fail(problem, MC_ENOMEM, "out of memory");
    rc = mc__mail_templates_load(&mail->templates, problem, options->mail_templates);
    if (rc == 0 && options->smtp)
        rc = mc__smtp_new(&mail->smtp, problem, options->smtp, options->smtp_ca,
                          options->smtp_wait_ms);
    if (rc == 0)
        *out = MC_TAKE(mail);
    return rc;
}

void mc__mail_free(struct mc__mail *mail)
{
    if (!mail)
        return;
    mc__smtp_free(mail->smtp);
    if (atomic_load(&mail->has_mailer) && mail->mailer.free)
        mail->mailer.free(mail->mailer.data);
    mc__mail_templates_release(&mail->templates);
    mc__free(mail->from);
    mc__free(mail->reply_to);
    pthread_mutex_destroy(&mail->lock);
    mc__free(mail);
}

void mc__mail_stop(mc_app *app)
{
    if (app->mail->smtp)
        mc__smtp_stop(app->mail->smtp);
}

int64_t mc__mail_wait_ms(const mc_app *app)
{
    return app->mail->wait_ms;
}

bool mc__mail_is_on(const mc_app *app)
{
    return atomic_load(&app->sends_mail);
}

/* The host's function */

static int read_mailer(mc_mailer *out, mc__problem *problem, const mc_mailer *given)
{
    int rc;

    *out = (mc_mailer){.size = sizeof(*out)};
    if (!given)
        return mc__fail(problem, MC_EINVAL, "no mailer was given");
    rc = mc__struct_take(problem, out, sizeof(*out), given, "mailer");
    if (rc == 0 && !out->send)
        rc = mc__fail(problem, MC_EINVAL, "a mailer needs send()");
    return rc;
}

static int set_mailer(struct mc__mail *mail, mc__problem *problem, const mc_mailer *mailer)
{
    int rc = 0;

    if (!mail->from)
        return mc__fail(problem, MC_EINVAL,
                        "a mailer needs mail_from, the address that mail is from");
    pthread_mutex_lock(&mail->lock);
    if (atomic_load(&mail->has_mailer)) {
        rc = mc__fail(problem, MC_ESTATE, "there is a mailer already");
    } else {
        mail->mailer = *mailer;
        atomic_store(&mail->has_mailer, true);
    }
    pthread_mutex_unlock(&mail->lock);
    return rc;
}

int mc_app_set_mailer(mc_app *app, const mc_mailer *given, mc_failure **error)
{
    mc_mailer mailer;
    mc__problem problem = {0};
    int rc = read_mailer(&mailer, &problem, given);

    if (rc == 0 && (!app || !mc__pool_is_ours(app->pool)))
        rc = mc__fail(&problem, MC_ESTATE, MC_NO_APP);
    if (rc == 0)
        rc = set_mailer(app->mail, &problem, &mailer);
    if (rc == 0)
        atomic_store(&app->sends_mail, true);
    else if (mailer.free)
        mailer.free(mailer.data);
    return mc__hand_out(error, &problem, rc);
}

/* A mail */

/* The texts of a mail. */
typedef struct rendered {
    mc__text parts[MC_PARTS], message;
} rendered;

static void release_rendered(rendered *r)
{
    for (int i = 0; i < MC_PARTS; i++)
        mc__text_release(&r->parts[i]);
    mc__text_release(&r->message);
}

static int compose(rendered *out, mc__problem *problem, const struct mc__mail *mail,
                   const mc__mail_draft *draft)
{
    const mc__template *template = &mail->templates.kinds[draft->kind];
    mc__message m = {.from = {draft->site_title, mail->from},
                     .to = {draft->to_name, draft->to},
                     .reply_to = {draft->site_title, mail->reply_to},
                     .date = mc__now(),
                     .id = draft->id,
                     .thread = draft->thread,
                     .thread_count = draft->thread_count,
                     .list_id = draft->list_id,
                     .list_name = draft->site_title,
                     .unsubscribe = draft->unsubscribe};
    int rc;

    for (int i = 0; i < MC_PARTS; i++) {
        mc__template_render(&out->parts[i], template, (mc__part)i, draft->values);
        if (out->parts[i].error)
            return mc__fail(problem, out->parts[i].error, "the mail can't be made");
    }
    m.subject = mc__text_string(&out->parts[MC_PART_SUBJECT]);
    m.text = mc__text_string(&out->parts[MC_PART_TEXT]);
    m.html = template->has[MC_PART_HTML] ? mc__text_string(&out->parts[MC_PART_HTML]) : NULL;
    rc = mc__message_compose(&out->message, &m);
    return rc < 0 ? mc__fail(problem, rc, "the mail can't be made") : 0;
}

static mc__smtp_outcome outcome_of(int rc)
{
    switch (rc) {
    case 0:
        return MC_SMTP_TAKEN;
    case MC_EINVAL:
        return MC_SMTP_REFUSED;
    case MC_ENOTFOUND:
        return MC_SMTP_NO_MAILBOX;
    default:
        return MC_SMTP_LATER;
    }
}

static mc__smtp_outcome send_by_host(const struct mc__mail *mail, mc__problem *problem,
                                     const mc__mail_draft *draft, rendered *r)
{
    mc_mail shown = {.size = sizeof(shown),
                     .site_id = draft->site_id,
                     .from = mail->from,
                     .from_name = draft->site_title,
                     .reply_to = mail->reply_to ? mail->reply_to : "",
                     .to = draft->to,
                     .to_name = draft->to_name ? draft->to_name : "",
                     .subject = mc__text_string(&r->parts[MC_PART_SUBJECT]),
                     .text = mc__text_string(&r->parts[MC_PART_TEXT]),
                     .html = mc__text_string(&r->parts[MC_PART_HTML]),
                     .message_id = draft->id,
                     .message = mc__text_string(&r->message),
                     .message_length = r->message.length};
    int rc = mail->mailer.send(mail->mailer.data, &shown);

    if (rc < 0)
        mc__fail(problem, MC_EREMOTE, "the host's mailer has returned %d", rc);
    return outcome_of(rc);
}

mc__smtp_outcome mc__mail_send(mc_app *app, mc__problem *problem, const mc__mail_draft *draft,
                               const mc__mail_hooks *hooks)
{
    rendered r __attribute__((cleanup(release_rendered))) = {
        .parts = {MC_TEXT_INIT, MC_TEXT_INIT, MC_TEXT_INIT}, .message = MC_TEXT_INIT};
    mc__smtp_mail mail = {app->mail->from,   draft->to,      NULL,       0,
                          hooks->before_end, hooks->is_slow, hooks->data};
    char reason[256];
    mc__smtp_outcome outcome;
    int rc = compose(&r, problem, app->mail, draft);

    if (rc < 0)
        return rc == MC_EINVAL ? MC_SMTP_REFUSED : MC_SMTP_LATER;
    if (atomic_load(&app->mail->has_mailer))
        return send_by_host(app->mail, problem, draft, &r);
    mail.bytes = mc__text_string(&r.message);
    mail.length = r.message.length;
    outcome = mc__smtp_send(app->mail->smtp, reason, &mail);
    if (outcome != MC_SMTP_TAKEN)
        mc__fail(problem, MC_EREMOTE, "%s", reason);
    return outcome;
}

/* A test */

static mc__smtp_outcome send_test(mc_session *session, const char *address)
{
    const char *domain = session->app->base_domain;
    mc__value values[MC_MAIL_VALUES] = {[MC_MAIL_SITE] = {.text = domain},
                                        [MC_MAIL_SITE_URL] = {.text = ""},
                                        [MC_MAIL_EMAIL] = {.text = address}};
    char random[21], id[320];

    mc__random_text(random, sizeof(random) - 1);
    snprintf(id, sizeof(id), "test-%s@%.*s", random, (int)strcspn(domain, ":"), domain);
    return mc__mail_send(
        session->app, &session->problem,
        &(mc__mail_draft){
            .kind = MC_MAIL_TEST, .site_title = domain, .to = address, .id = id, .values = values},
        &no_hooks);
}

int mc_mail_test(mc_session *session, const char *address)
{
    mc__smtp_outcome outcome;
    int rc = mc__call_start(session);

    if (rc < 0)
        return rc;
    if (!address || !mc__mail_is_address(address))
        return mc__fault(&session->problem, "address",
                         "must be an e-mail address, such as ada@example.org");
    if (!mc__mail_is_on(session->app))
        return mc__fail(&session->problem, MC_EUNSUPPORTED,
                        "there is no server to give mail to: smtp isn't set");
    session->is_asking = true; /* the host's function may run */
    outcome = send_test(session, address);
    session->is_asking = false;
    return outcome == MC_SMTP_TAKEN ? 0 : session->problem.shown.code;
}
