/* What a job (domain/work/schedules.h) is given for each part of its work. */
#ifndef MC_BASE_JOB_PART_H
#define MC_BASE_JOB_PART_H

#include "core/core.h"

#include <microcosm.h>

typedef struct mc__job_part {
    mc_app *app;
    mc__problem *problem;
    mc_time began;    /* when the first part did: what was done since needn't be done again */
    int64_t place[2]; /* for the job, which goes on from there; 0 at first */
    bool is_done;     /* set by it when nothing is left */
} mc__job_part;

/* Does a part, of some hundredths of a second. 0, or an error, which ends the job for this time. */
typedef int mc__job_work(mc__job_part *part);

#endif
