/* Field tables of jobs. */
#ifndef MC_WORK_TYPES_H
#define MC_WORK_TYPES_H

#include "record/record.h"

extern const mc_type mc__job_type, mc__job_list_type;

#endif
