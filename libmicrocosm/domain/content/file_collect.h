/* Deletes files that nothing refers to. */
#ifndef MC_CONTENT_FILE_COLLECT_H
#define MC_CONTENT_FILE_COLLECT_H

#include "../base/job_part.h"

mc__job_work mc__files_collect; /* a job (domain/work/schedules.h) */

#endif
