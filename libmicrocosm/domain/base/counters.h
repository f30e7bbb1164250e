/* Folds appended counter changes in the background. */
#ifndef MC_BASE_COUNTERS_H
#define MC_BASE_COUNTERS_H

#include "job_part.h"

typedef struct mc__counters mc__counters;

int mc__counters_new(mc__counters **out);
void mc__counters_free(mc__counters *counters); /* NULL is allowed */
/* Folds if that is due. Returns the milliseconds until it is due again. */
int64_t mc__counters_step(mc_app *app);
/* For tests: makes it due in that many milliseconds; less than 0: it is late by as many. */
void mc__counters_set_due(mc_app *app, int64_t ms);
/* Call after a write that may have appended counter changes. */
void mc__counters_written(mc_session *session);

/* Jobs (domain/work/schedules.h): what each site shows about itself, and what its people have
 * written, where that was counted last before the job began. */
mc__job_work mc__counters_refresh_sites, mc__counters_recount_people;

#endif
