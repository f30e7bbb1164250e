/*
 * The list of all types, for introspection. Decoding rows, writing and reading JSON, and generating
 * bindings depend on the field tables only. Each table is in the file of its topic; the order of a
 * table is the order of the keys in JSON.
 */
#include "types.h"

static const mc_type *const types[] = {
    &mc__link_type,
    &mc__flags_type,
    &mc__permissions_type,
    &mc__permission_reason_type,
    &mc__stat_type,
    &mc__meta_type,
    &mc__page_type,
    &mc__entry_type,
    &mc__collection_type,
    &mc__link_list_type,
    &mc__site_type,
    &mc__site_summary_type,
    &mc__site_list_type,
    &mc__user_type,
    &mc__user_list_type,
    &mc__token_type,
    &mc__token_list_type,
    &mc__access_token_type,
    &mc__client_type,
    &mc__client_list_type,
    &mc__sign_in_code_type,
    &mc__role_type,
    &mc__role_profile_type,
    &mc__criterion_type,
    &mc__known_text_type,
    &mc__known_number_type,
    &mc__account_type,
    &mc__profile_list_type,
    &mc__ban_type,
    &mc__audit_entry_type,
    &mc__audit_page_type,
    &mc__profile_type,
    &mc__profile_options_type,
    &mc__site_host_type,
    &mc__site_key_type,
    &mc__site_health_type,
    &mc__site_status_type,
    &mc__job_type,
    &mc__job_list_type,
    &mc__queue_kind_type,
    &mc__queue_list_type,
    &mc__platform_day_type,
    &mc__platform_days_type,
    &mc__legal_type,
    &mc__legal_index_type,
    &mc__search_result_type,
    &mc__search_query_type,
    &mc__search_hit_type,
    &mc__suggestion_list_type,
    &mc__suggestion_type,
    &mc__resolved_type,
    &mc__short_link_type,
    &mc__watcher_type,
    &mc__update_type_of,
    &mc__update_preference_type,
    &mc__update_preference_list_type,
    &mc__microcosm_type,
    &mc__last_comment_type,
    &mc__conversation_type,
    &mc__position_type,
    &mc__comment_type,
    &mc__event_type,
    &mc__poll_choice_type,
    &mc__poll_type,
    &mc__attendee_type,
    &mc__calendar_link_type,
    &mc__poll_vote_type,
    &mc__attribute_type,
    &mc__file_type,
    &mc__file_list_type,
    &mc__attachment_type,
    &mc__attachment_edit_type,
    &mc__huddle_type,
    &mc__participant_type,
    &mc__change_type,
    &mc__change_list_type,
    &mc__app_stats_type,
    &mc__site_edit_type,
    &mc__site_settings_type,
    &mc__menu_edit_type,
    &mc__menu_link_edit_type,
    &mc__role_edit_type,
    &mc__criterion_edit_type,
    &mc__id_edit_type,
    &mc__ids_edit_type,
    &mc__ban_edit_type,
    &mc__token_edit_type,
    &mc__sign_in_edit_type,
    &mc__password_edit_type,
    &mc__code_exchange_type,
    &mc__user_edit_type,
    &mc__users_edit_type,
    &mc__membership_edit_type,
    &mc__memberships_edit_type,
    &mc__profile_edit_type,
    &mc__microcosm_edit_type,
    &mc__conversation_edit_type,
    &mc__comment_edit_type,
    &mc__event_edit_type,
    &mc__poll_edit_type,
    &mc__poll_choice_edit_type,
    &mc__attendee_edit_type,
    &mc__attendees_edit_type,
    &mc__poll_vote_edit_type,
    &mc__attribute_edit_type,
    &mc__attributes_edit_type,
    &mc__watcher_edit_type,
    &mc__watcher_switches_type,
    &mc__update_preference_edit_type,
    &mc__huddle_edit_type,
    &mc__huddle_participant_edit_type,
    &mc__huddle_participants_edit_type,
};

size_t mc_type_count(void)
{
    return MC_COUNT(types);
}

const mc_type *mc_type_at(size_t i)
{
    return i < MC_COUNT(types) ? types[i] : NULL;
}

const mc_type *mc_type_find(const char *name)
{
    for (size_t i = 0; name && i < MC_COUNT(types); i++)
        if (strcmp(types[i]->name, name) == 0)
            return types[i];
    return NULL;
}
