/* Field tables of what is found, each in the file that reads it. */
#ifndef MC_FIND_TYPES_H
#define MC_FIND_TYPES_H

#include "record/record.h"

extern const mc_type mc__search_hit_type;
extern const mc_type mc__search_query_type;
extern const mc_type mc__search_result_type;
extern const mc_type mc__short_link_type, mc__watcher_type, mc__update_type_of;
extern const mc_type mc__resolved_type;
extern const mc_type mc__suggestion_type;
extern const mc_type mc__suggestion_list_type;

#endif
