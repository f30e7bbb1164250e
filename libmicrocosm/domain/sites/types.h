/* Field tables of sites and microcosms, each in the file that reads it. */
#ifndef MC_SITES_TYPES_H
#define MC_SITES_TYPES_H

#include "record/record.h"

extern const mc_type mc__site_type, mc__site_summary_type, mc__site_list_type, mc__site_edit_type;
extern const mc_type mc__site_settings_type;
extern const mc_type mc__site_host_type, mc__site_key_type;
extern const mc_type mc__site_health_type, mc__site_status_type;
extern const mc_type mc__platform_day_type, mc__platform_days_type;
extern const mc_type mc__legal_type, mc__legal_index_type;
extern const mc_type mc__menu_edit_type, mc__menu_link_edit_type;
extern const mc_type mc__microcosm_type, mc__microcosm_edit_type;

#endif
