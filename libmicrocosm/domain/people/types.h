/* Field tables of what people have besides their profile, which is in base/types.h. */
#ifndef MC_PEOPLE_TYPES_H
#define MC_PEOPLE_TYPES_H

#include "record/record.h"

extern const mc_type mc__profile_options_type;

#endif
