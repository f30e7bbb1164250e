/* Field tables of the change feed. */
#ifndef MC_FEED_TYPES_H
#define MC_FEED_TYPES_H

#include "record/record.h"

extern const mc_type mc__change_type, mc__change_list_type;

#endif
