/* See mail_queue.h. */
#include "mail_queue.h"

#include "../base/call.h"
#include "../base/names.h"
#include "../feed/follow.h"
#include "code_mail.h"
#include "mail_about.h"

#include <microcosm/mail.h>
#include <pthread.h>

#define WAITING_FOR_EACH 4 /* mails in the outbox for each thread */
#define TRIM_ROWS 1000
#define DIGESTS 200     /* people whose digests are put into the queue at once */
#define LEASE_MORE_S 10 /* beyond the time that a mail may take */

/* What is taken from the queue and waits for a thread. */
typedef struct waiting {
    struct waiting *next;
    mc__mail_row row;
} waiting;

struct mc__outbox {
    pthread_mutex_t lock;
    pthread_cond_t changed;
    waiting *first, **last;
    size_t count, threads;
    uint64_t stops; /* how often threads were told to return */
};

int mc__outbox_new(struct mc__outbox **out)
{
    struct mc__outbox *outbox = mc__calloc(1, sizeof(*outbox));

    if (!outbox)
        return MC_ENOMEM;
    pthread_mutex_init(&outbox->lock, NULL);
    pthread_cond_init(&outbox->changed, NULL);
    outbox->last = &outbox->first;
    *out = outbox;
    return 0;
}

static void drop_all(struct mc__outbox *outbox)
{
    while (outbox->first) {
        waiting *w = outbox->first;

        outbox->first = w->next;
        mc__free(w);
    }
    outbox->last = &outbox->first;
    outbox->count = 0;
}

void mc__outbox_free(struct mc__outbox *outbox)
{
    if (!outbox)
        return;
    drop_all(outbox);
    pthread_cond_destroy(&outbox->changed);
    pthread_mutex_destroy(&outbox->lock);
    mc__free(outbox);
}

/* Jobs */

static int put_digests(mc__job_part *part, bool is_weekly)
{
    mc__db db = {.pool = part->app->pool, .problem = part->problem, .site_id = 0};
    mc_batch(batch);
    int rc;

    part->is_done = !mc__mail_is_on(part->app);
    if (part->is_done)
        return 0;
    mc__add_mail_digest(
        &batch,
        &(mc__mail_digest_in){.is_weekly = is_weekly, .limit = DIGESTS, .things = MC_DIGEST_MAX});
    rc = mc__db_run(&db, &batch, MC_WRITE_QUIETLY);
    part->is_done = rc == 0 && mc__read_mail_digest(mc__batch_rows(&batch, 0), 0).rows < DIGESTS;
    return rc;
}

int mc__mail_digest_daily(mc__job_part *part)
{
    return put_digests(part, false);
}

int mc__mail_digest_weekly(mc__job_part *part)
{
    return put_digests(part, true);
}

int mc__mail_trim(mc__job_part *part)
{
    mc__db db = {.pool = part->app->pool, .problem = part->problem, .site_id = 0};
    mc_batch(batch);
    int rc;

    mc__add_mail_trim(&batch, &(mc__mail_trim_in){.limit = TRIM_ROWS});
    rc = mc__db_run(&db, &batch, MC_WRITE_QUIETLY);
    part->is_done = rc == 0 && mc__read_mail_trim(mc__batch_rows(&batch, 0), 0).rows < TRIM_ROWS;
    return rc;
}

/* The outbox */

int64_t mc__mail_room(mc_app *app)
{
    struct mc__outbox *outbox = app->outbox;
    int64_t room;

    pthread_mutex_lock(&outbox->lock);
    room = (int64_t)(outbox->threads * WAITING_FOR_EACH) - (int64_t)outbox->count;
    pthread_mutex_unlock(&outbox->lock);
    return room;
}

static bool append(struct mc__outbox *outbox, const mc__queue_take_row *row, bool is_code)
{
    waiting *w = mc__calloc(1, sizeof(*w));

    if (!w)
        return false;
    w->row = (mc__mail_row){.queue_id = row->queue_id,
                            .site_id = row->site_id,
                            .profile_id = row->profile_id,
                            .code_id = is_code ? row->item_id : 0,
                            .kind = is_code ? MC_MAIL_TEST : (mc__mail_kind)row->item_id,
                            .attempts = row->attempts};
    *outbox->last = w;
    outbox->last = &w->next;
    outbox->count++;
    return true;
}

/* What doesn't fit is taken again when its time is over. So is what has waited so long; then only
 * the latest is sent. */
static int take(mc__queue_part *part, bool is_code)
{
    struct mc__outbox *outbox = part->app->outbox;

    part->is_kept = true;
    pthread_mutex_lock(&outbox->lock);
    for (size_t i = 0; i < part->count && append(outbox, &part->rows[i], is_code); i++)
        ;
    pthread_cond_broadcast(&outbox->changed);
    pthread_mutex_unlock(&outbox->lock);
    return 0;
}

int mc__mail_take(mc__queue_part *part)
{
    return take(part, false);
}

int mc__mail_take_codes(mc__queue_part *part)
{
    return take(part, true);
}

/* Sending */

/* One mail on its way. */
typedef struct sending {
    mc_app *app;
    mc__mail_row row;
    mc__problem problem;
    bool is_ending; /* its row says that the server may have it */
} sending;

static mc__db platform(sending *s)
{
    return (mc__db){.pool = s->app->pool, .problem = &s->problem, .site_id = 0};
}

static int end_row(sending *s)
{
    mc__db db = platform(s);
    mc_batch(batch);

    mc__add_mail_dropped(
        &batch, &(mc__mail_dropped_in){.queue_id = s->row.queue_id, .attempts = s->row.attempts});
    return mc__db_run(&db, &batch, MC_WRITE_QUIETLY);
}

/* What is written down here is known afterwards, whenever this process is killed. */
static int note_ending(void *data)
{
    sending *s = data;
    mc__db db = platform(s);
    mc_batch(batch);
    int rc;

    s->is_ending = true; /* also where the database hasn't answered any more */
    mc__add_mail_ending(&batch, &(mc__mail_ending_in){.queue_id = s->row.queue_id});
    rc = mc__db_run(&db, &batch, MC_WRITE_QUIETLY);
    if (rc == 0 && PQntuples(mc__batch_rows(&batch, 0)) == 0)
        rc = mc__fail(&s->problem, MC_ENOTFOUND, "it isn't in the queue any more");
    return rc;
}

static void note_not_ending(void *data)
{
    sending *s = data;
    mc__db db = platform(s);
    mc_batch(batch);

    if (!s->is_ending)
        return;
    mc__add_mail_not_ending(&batch, &(mc__mail_not_ending_in){.queue_id = s->row.queue_id});
    s->is_ending = mc__db_run(&db, &batch, MC_WRITE_QUIETLY) < 0;
}

/* Most servers have taken such a mail: it is not sent again unless the operator says so. */
static int give_up_unsure(sending *s)
{
    static const char why[] = "microcosmd or the host program ended before the mail server had "
                              "said whether it takes this mail";
    mc__db db = platform(s);
    mc_batch(batch);
    int rc;

    mc__add_mail_unsure(&batch, &(mc__mail_unsure_in){.queue_id = s->row.queue_id, .problem = why});
    rc = mc__db_run(&db, &batch, MC_WRITE_QUIETLY);
    if (rc == 0)
        mc__log_write(&s->app->log, MC_LOG_ERROR, "queue: mail is given up: %s", why);
    return rc;
}

static int64_t lease_s(const mc_app *app)
{
    return mc__mail_wait_ms(app) / 1000 + LEASE_MORE_S;
}

static void note_bounce(sending *s, const char *email)
{
    mc_scratch_text(canonical);
    const char *address;
    mc__db db = platform(s);
    mc_batch(batch);

    if (mc__email_put_canonical(&canonical, email) < 0)
        return;
    address = mc__text_string(&canonical);
    mc__add_mail_bounce(&batch, &(mc__mail_bounce_in){.canonical_emails = {&address, 1}});
    mc__db_run(&db, &batch, MC_WRITE_QUIETLY);
}

/* Codes have no mails: nobody follows them. */
static void end_sent(sending *s, mc_int64s mail_ids)
{
    mc__db db = platform(s);
    mc_batch(batch);

    mc__add_mail_sent(&batch, &(mc__mail_sent_in){.site_id = s->row.site_id,
                                                  .profile_id = s->row.profile_id,
                                                  .queue_id = s->row.queue_id,
                                                  .mail_ids = mail_ids});
    mc__db_run(&db, &batch, MC_WRITE_QUIETLY);
}

/* Writes down what has become of a mail. */
static void conclude(sending *s, mc__smtp_outcome outcome, const mc__mail_letter *letter,
                     const char *why)
{
    switch (outcome) {
    case MC_SMTP_TAKEN:
        end_sent(s, letter->wanted);
        break;
    case MC_SMTP_LATER:
        note_not_ending(s);
        mc__queue_failed(s->app, &s->problem,
                         mc__queue_kind_find(s->app, s->row.code_id ? "code" : "mail"),
                         (mc_int64s){&s->row.queue_id, 1}, why);
        break;
    case MC_SMTP_GIVEN_UP:
        note_not_ending(s);
        break;
    case MC_SMTP_NO_MAILBOX:
    case MC_SMTP_REFUSED:
        if (outcome == MC_SMTP_NO_MAILBOX)
            note_bounce(s, letter->draft.to);
        mc__log_write(&s->app->log, MC_LOG_WARNING, "a mail is given up: %s", why);
        end_row(s);
        break;
    }
}

/* Drops what of it isn't wanted, and the rest of it is sent. */
static int send_letter(sending *s, const mc__mail_letter *letter)
{
    const mc__mail_hooks hooks = {note_ending, note_not_ending, s};
    mc_scratch_arena(why);
    mc__problem problem = {0};
    mc__db db = platform(s);
    mc__smtp_outcome outcome;
    mc_batch(batch);
    int rc = 0;

    if (letter->unwanted.count > 0) {
        mc__add_mail_not_wanted(&batch, &(mc__mail_not_wanted_in){.site_id = s->row.site_id,
                                                                  .mail_ids = letter->unwanted});
        rc = mc__db_run(&db, &batch, MC_WRITE_QUIETLY);
    }
    if (rc == 0 && letter->wanted.count == 0)
        return end_row(s);
    if (rc < 0)
        return rc;
    outcome = mc__mail_send(s->app, &problem, &letter->draft, &hooks);
    conclude(s, outcome, letter, mc__arena_strdup(&why, problem.shown.message));
    mc__problem_release(&problem);
    return 0;
}

/* Its row stays until it is sent: of two such mails the second counts, and one must come. */
static int send_code(sending *s, mc_session *session)
{
    const mc__mail_hooks hooks = {NULL, NULL, s};
    mc_scratch_arena(why);
    mc__problem problem = {0};
    mc__mail_letter letter = {.wanted = {NULL, 0}};
    bool is_wanted = false;
    mc__smtp_outcome outcome;
    int rc = mc__code_draft_make(&letter.draft, &is_wanted, session, &s->row, lease_s(s->app));

    if (rc < 0)
        return mc__fail(&s->problem, rc, "%s", session->problem.shown.message);
    if (!is_wanted)
        return end_row(s);
    outcome = mc__mail_send(s->app, &problem, &letter.draft, &hooks);
    conclude(s, outcome, &letter, mc__arena_strdup(&why, problem.shown.message));
    mc__problem_release(&problem);
    return 0;
}

static int send_one(sending *s, mc_session *session)
{
    mc__db db = platform(s);
    mc__mail_letter letter;
    mc_batch(batch);
    int rc;

    if (s->row.code_id)
        return send_code(s, session);
    mc__add_mail_recipient(&batch,
                           &(mc__mail_recipient_in){.queue_id = s->row.queue_id,
                                                    .attempts = s->row.attempts,
                                                    .site_id = s->row.site_id,
                                                    .profile_id = s->row.profile_id,
                                                    .is_digest = s->row.kind == MC_MAIL_DIGEST,
                                                    .lease_s = lease_s(s->app),
                                                    .limit = MC_DIGEST_MAX});
    rc = mc__db_run(&db, &batch, MC_WRITE_QUIETLY);
    if (rc < 0)
        return rc;
    if (PQntuples(mc__batch_rows(&batch, 0)) == 0)
        return end_row(s);
    if (mc__read_mail_recipient(mc__batch_rows(&batch, 0), 0).is_unsure)
        return give_up_unsure(s);
    rc = mc__mail_write(&letter, session, &s->row, mc__batch_rows(&batch, 0));
    return rc < 0 ? rc : send_letter(s, &letter);
}

/* Takes a mail out of the outbox. False: this thread was told to return. */
static bool next(mc__mail_row *out, struct mc__outbox *outbox, uint64_t stops, bool *is_low)
{
    waiting *w;

    pthread_mutex_lock(&outbox->lock);
    while (!outbox->first && outbox->stops == stops)
        pthread_cond_wait(&outbox->changed, &outbox->lock);
    w = outbox->stops == stops ? outbox->first : NULL;
    if (w) {
        outbox->first = w->next;
        outbox->last = outbox->first ? outbox->last : &outbox->first;
        outbox->count--;
        *out = w->row;
    }
    *is_low = outbox->count < outbox->threads;
    pthread_mutex_unlock(&outbox->lock);
    mc__free(w);
    return w != NULL;
}

static void work(mc_app *app, mc_session *session, uint64_t stops)
{
    sending s = {.app = app};
    bool is_low;

    while (next(&s.row, app->outbox, stops, &is_low)) {
        if (is_low)
            mc__queue_look(app);
        s.is_ending = false;
        if (send_one(&s, session) < 0)
            mc__log_write(&app->log, MC_LOG_WARNING, "a mail waits: %s", s.problem.shown.message);
        mc__problem_clear(&s.problem);
        mc_session_reset(session);
    }
    mc__problem_release(&s.problem);
}

void mc_app_stop_mail(mc_app *app)
{
    if (!app)
        return;
    pthread_mutex_lock(&app->outbox->lock);
    app->outbox->stops++;
    pthread_cond_broadcast(&app->outbox->changed);
    pthread_mutex_unlock(&app->outbox->lock);
    mc__mail_stop(app);
}

static uint64_t join(struct mc__outbox *outbox, int by)
{
    uint64_t stops;

    pthread_mutex_lock(&outbox->lock);
    outbox->threads = by > 0 ? outbox->threads + 1 : outbox->threads - 1;
    stops = outbox->stops;
    pthread_mutex_unlock(&outbox->lock);
    return stops;
}

int mc_app_run_mail(mc_app *app)
{
    mc_session *session = NULL;
    int rc;

    if (!app || !mc__pool_is_ours(app->pool))
        return MC_ESTATE;
    rc = mc_session_new(&session, app);
    if (rc < 0)
        return rc;
    work(app, session, join(app->outbox, 1));
    join(app->outbox, -1);
    mc_session_free(session);
    return 0;
}
