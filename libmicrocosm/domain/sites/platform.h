/* Figures of the platform. */
#ifndef MC_SITES_PLATFORM_H
#define MC_SITES_PLATFORM_H

#include "../base/job_part.h"

/* A job: takes them. */
mc__job_work mc__platform_take;

#endif
