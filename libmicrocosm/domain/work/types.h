/* Field tables of jobs, of the queue and of mail. */
#ifndef MC_WORK_TYPES_H
#define MC_WORK_TYPES_H

#include "record/record.h"

extern const mc_type mc__job_type, mc__job_list_type;
extern const mc_type mc__code_request_type, mc__mail_code_type;
extern const mc_type mc__queue_kind_type, mc__queue_list_type;
extern const mc_type mc__bounce_edit_type, mc__bounces_edit_type;

#endif
