/* Field tables of jobs and of the queue. */
#ifndef MC_WORK_TYPES_H
#define MC_WORK_TYPES_H

#include "record/record.h"

extern const mc_type mc__job_type, mc__job_list_type;
extern const mc_type mc__queue_kind_type, mc__queue_list_type;

#endif
