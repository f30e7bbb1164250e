/* Tells people of what has changed, in the background: makes updates, and chooses who gets mail. */
#ifndef MC_WORK_UPDATE_MAKING_H
#define MC_WORK_UPDATE_MAKING_H

#include "../base/job_part.h"
#include "../base/queue_part.h"

/* The queue's function: rows are changes. */
int mc__updates_make(mc__queue_part *part);
/* The same, with how many are told at once, and of one thing. For tests. */
int mc__updates_make_some(mc__queue_part *part, int64_t followers, int64_t of_one);

/* Jobs: reminders of events, and the end of old updates. */
int mc__updates_remind(mc__job_part *part);
int mc__updates_trim(mc__job_part *part);

#endif
