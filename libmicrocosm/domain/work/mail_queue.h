/*
 * Mail about what people follow. Who is told of something, and wants mail of it, has a row in the
 * table of mails (update_making.h); each mail to be sent, about one of these or, a digest, about
 * several, is a row of the queue (kind "mail"). Threads that call mc_app_run_mail() send them.
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
int mc__mail_take(mc__queue_part *part);
int mc__mail_take_codes(mc__queue_part *part);
int64_t mc__mail_room(mc_app *app);

/* Jobs: put digests into the queue; delete what was noted of mails so long ago that nothing asks
 * for it. */
mc__job_work mc__mail_digest_daily, mc__mail_digest_weekly, mc__mail_trim;

struct mc__outbox;
int mc__outbox_new(struct mc__outbox **out);
void mc__outbox_free(struct mc__outbox *outbox); /* NULL is allowed */

#endif
