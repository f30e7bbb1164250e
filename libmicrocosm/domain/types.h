/* Field tables of all records and inputs: the contract with JSON clients. */
#ifndef MC_TYPES_H
#define MC_TYPES_H

#include "access/types.h"
#include "base/types.h"
#include "content/types.h"
#include "federation/types.h"
#include "feed/types.h"
#include "find/types.h"
#include "people/types.h"
#include "sites/types.h"
#include "transfer/types.h"
#include "work/types.h"

extern const mc_type mc__app_stats_type;

#endif
