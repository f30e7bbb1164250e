/* Which jobs there are, and when each is to be done. */
#ifndef MC_WORK_SCHEDULES_H
#define MC_WORK_SCHEDULES_H

#include "../base/handles.h"
#include "../base/job_part.h"
#include "core/cron.h"

enum { MC_JOBS = 12 };

typedef struct mc__job {
    const char *name, *summary, *schedule;
    mc__job_work *work;
} mc__job;

extern const mc__job mc__jobs[MC_JOBS];

typedef struct mc__schedule {
    const char *text;
    bool is_set; /* in the setting */
    bool is_off;
    mc__cron cron;
} mc__schedule;

/* The schedules of all jobs, from "NAME: SCHEDULE; ..." and, for those not in it, the defaults.
 * texts are in the arena. 0, MC_EINVAL or MC_ENOMEM. */
int mc__schedules_read(mc__schedule out[MC_JOBS], mc__arena *arena, mc__problem *problem,
                       const char *text);

/* The number of a job; MC_JOBS if there is none of that name. */
size_t mc__job_find(const char *name, size_t length);

/* Whether PostgreSQL knows the time zones of all. 0, MC_EINVAL, MC_EUNAVAILABLE, ... */
int mc__schedules_check(const mc__schedule schedules[MC_JOBS], mc__db *db);

/* When a schedule is due next after an instant (seconds since 1970); 0: never. Asks PostgreSQL
 * about the time zone. MC_EINVAL if it knows none of that name. */
int mc__schedule_next(int64_t *out, mc__db *db, const mc__schedule *schedule, int64_t after);

#endif
