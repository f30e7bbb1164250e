/* Field tables of moving sites, each in the file that fills it. */
#ifndef MC_TRANSFER_TYPES_H
#define MC_TRANSFER_TYPES_H

#include "record/record.h"

extern const mc_type mc__move_count_type, mc__move_report_type;

#endif
