/* Field tables of members' data other than the profile, which is in base/types.h, and of many users
 * at once. */
#ifndef MC_PEOPLE_TYPES_H
#define MC_PEOPLE_TYPES_H

#include "record/record.h"

extern const mc_type mc__profile_options_type;
extern const mc_type mc__watcher_edit_type, mc__watcher_switches_type;
extern const mc_type mc__update_preference_type, mc__update_preference_list_type,
    mc__update_preference_edit_type;
extern const mc_type mc__profile_list_type, mc__user_edit_type, mc__users_edit_type,
    mc__membership_edit_type, mc__memberships_edit_type;

#endif
