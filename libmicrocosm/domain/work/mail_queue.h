/*
 * Mail about what people follow. A new thing is a row of the queue (kind "mail-choice"), which
 * becomes one for each person who is to be written to (kind "mail"); threads that call
 * mc_app_run_mail() send these.
 *
 * Each mail once: its row is deleted before the end of the message is sent, as the server can't
 * have taken it before. If the process ends in the moment until the server answers, the server has
 * taken it, as a rule. When it doesn't answer soon, or refuses, the row is put back.
 */
#ifndef MC_WORK_MAIL_QUEUE_H
#define MC_WORK_MAIL_QUEUE_H

#include "../base/job_part.h"
#include "queue.h"

/* Work of the queue. */
int mc__mail_choose(mc__queue_part *part);
int mc__mail_take(mc__queue_part *part);
int64_t mc__mail_room(mc_app *app);

/* A job: deletes what was noted of mails so long ago that nothing asks for it. */
mc__job_work mc__mail_trim;

struct mc__outbox;
int mc__outbox_new(struct mc__outbox **out);
void mc__outbox_free(struct mc__outbox *outbox); /* NULL is allowed */
/* Makes all threads return that are in mc_app_run_mail(). */
void mc__outbox_stop(struct mc__outbox *outbox);

#endif
