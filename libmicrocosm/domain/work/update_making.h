/* Tells people of what has changed, in the background: makes updates, and chooses who gets mail. */
#ifndef MC_WORK_UPDATE_MAKING_H
#define MC_WORK_UPDATE_MAKING_H

#include "../base/job_part.h"
#include "../base/queue_part.h"

/* The queue's function: rows are changes. */
int mc__updates_make(mc__queue_part *part);

/* Jobs: reminders of events, and the end of old updates. */
int mc__updates_remind(mc__job_part *part);
int mc__updates_trim(mc__job_part *part);

#endif
