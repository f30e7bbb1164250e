/* Field tables of clients and providers, each in the file that reads it. */
#ifndef MC_FEDERATION_TYPES_H
#define MC_FEDERATION_TYPES_H

#include "record/record.h"

extern const mc_type mc__client_type, mc__client_list_type, mc__sign_in_code_type,
    mc__code_exchange_type;
extern const mc_type mc__sign_in_provider_type, mc__sign_in_provider_list_type,
    mc__sign_in_provider_edit_type, mc__sign_in_choice_type, mc__sign_in_choice_list_type,
    mc__sign_in_start_type;

#endif
