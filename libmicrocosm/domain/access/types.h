/* Field tables of users and tokens, in accounts.c. */
#ifndef MC_ACCESS_TYPES_H
#define MC_ACCESS_TYPES_H

#include "record/record.h"

extern const mc_type mc__user_type, mc__user_list_type, mc__token_type, mc__token_list_type;

#endif
