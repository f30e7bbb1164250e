/* Field tables of clients and of what they exchange, each in the file that reads it. */
#ifndef MC_FEDERATION_TYPES_H
#define MC_FEDERATION_TYPES_H

#include "record/record.h"

extern const mc_type mc__client_type, mc__client_list_type, mc__sign_in_code_type,
    mc__code_exchange_type;

#endif
