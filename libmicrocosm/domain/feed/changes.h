/* The change feed of all sites. */
#ifndef MC_FEED_CHANGES_H
#define MC_FEED_CHANGES_H

#include "../base/job_part.h"

/* A job (domain/work/schedules.h): deletes rows of the feed that are old enough. */
mc__job_work mc__changes_trim;

#endif
