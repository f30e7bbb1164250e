/* Sending mail: by the operator's server or the host's function, whichever there is. */
#ifndef MC_WORK_MAIL_H
#define MC_WORK_MAIL_H

#include "../base/handles.h"
#include "mail/message.h"
#include "mail/templates.h"
#include "remote/smtp.h"

struct mc__mail;

/* MC_EINVAL (an option or a template), MC_ENOMEM. */
int mc__mail_new(struct mc__mail **out, mc__problem *problem, const mc_app_options *options);
void mc__mail_free(struct mc__mail *mail); /* NULL is allowed */

/* Has what is being sent end soon. */
void mc__mail_stop(mc_app *app);
/* Longest time for a mail. */
int64_t mc__mail_wait_ms(const mc_app *app);

/* Whether there is a server or a function, so that mail makes sense. */
bool mc__mail_is_on(const mc_app *app);

/* What a mail is made of, beside what all have. */
typedef struct mc__mail_draft {
    mc__mail_kind kind;
    int64_t site_id;
    const char *site_title, *to, *to_name;
    const char *id;
    const char *const *thread;
    size_t thread_count;
    const char *list_id, *unsubscribe; /* NULL: none */
    const mc__value *values;           /* MC_MAIL_VALUES */
} mc__mail_draft;

/* Called while a mail is sent, as those of mc__smtp_mail. The functions may be NULL. */
typedef struct mc__mail_hooks {
    int (*before_end)(void *data);
    void (*is_slow)(void *data);
    void *data;
} mc__mail_hooks;

/* Makes a mail of a draft and sends it. problem: why it isn't taken. Not with MC_SMTP_TAKEN. */
mc__smtp_outcome mc__mail_send(mc_app *app, mc__problem *problem, const mc__mail_draft *draft,
                               const mc__mail_hooks *hooks);

#endif
