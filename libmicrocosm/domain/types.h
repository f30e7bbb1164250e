/* The field tables, one per record and input; types.c has them side by side. */
#ifndef MC_TYPES_H
#define MC_TYPES_H

#include "../record/record.h"

#include <microcosm.h>

extern const mc_type mc__link_type, mc__flags_type, mc__permissions_type, mc__stat_type,
    mc__meta_type, mc__page_type, mc__entry_type, mc__collection_type, mc__link_list_type,
    mc__site_type, mc__profile_type, mc__profile_options_type, mc__microcosm_type,
    mc__last_comment_type, mc__conversation_type, mc__place_type, mc__comment_type, mc__event_type,
    mc__poll_choice_type, mc__poll_type, mc__change_type, mc__change_list_type,
    mc__app_stats_type;

extern const mc_type mc__site_edit_type, mc__profile_edit_type, mc__microcosm_edit_type,
    mc__conversation_edit_type, mc__comment_edit_type, mc__event_edit_type, mc__poll_edit_type;

#endif
