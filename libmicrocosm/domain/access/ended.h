/* A job: deletes tokens, codes and counts of attempts that have ended. */
#ifndef MC_ACCESS_ENDED_H
#define MC_ACCESS_ENDED_H

#include "../base/job_part.h"

mc__job_work mc__ended_trim;

#endif
