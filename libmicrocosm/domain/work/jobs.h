/*
 * Scheduled work. A job is a row of the table in jobs.c: a name, a schedule, and a function that
 * does a part of it. The process whose transaction holds an advisory lock does what is due, a part
 * in each step, so that readers and other background work get their turn.
 */
#ifndef MC_WORK_JOBS_H
#define MC_WORK_JOBS_H

#include "../base/handles.h"
#include "record/record.h"

/* Reads the schedules of mc_app_options.jobs. 0, MC_EINVAL or MC_ENOMEM. */
int mc__jobs_new(struct mc__jobs **out, mc__problem *problem, const char *schedules);
void mc__jobs_free(struct mc__jobs *jobs);

/* Whether PostgreSQL knows the time zones that the schedules name. 0, MC_EINVAL, ... */
int mc__jobs_check(mc_app *app, mc__problem *problem);

/* For mc_app_step(). */
int64_t mc__jobs_step(mc_app *app);
/* The jobs as this process knew them when it last looked: mc_job. 0 or MC_ENOMEM. */
int mc__jobs_fill(mc_list *out, mc__arena *arena, mc_app *app);
/* Looks at once for what is due, for tests. */
void mc__jobs_set_due(mc_app *app);

#endif
