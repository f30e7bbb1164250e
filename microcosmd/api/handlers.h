/*
 * Handlers: each reads its parameters, calls one function of the library and writes the result.
 * They have no rules of the forum.
 */
#ifndef MICROCOSMD_HANDLERS_H
#define MICROCOSMD_HANDLERS_H

#include "exchange.h"

/* any.c: the resource of the route */
handler handle_get, handle_list, handle_create, handle_edit, handle_patch, handle_delete;
/* attachments.c: of the resource of the route */
handler handle_attachments, handle_attach, handle_detach;
/* attributes.c: of the resource of the route */
handler handle_attributes, handle_attributes_edit, handle_attributes_delete;
handler handle_attribute, handle_attribute_edit, handle_attribute_delete;
/* audit.c */
handler handle_audit;
/* bans.c */
handler handle_bans, handle_ban_create, handle_ban_lift, handle_ban, handle_ban_delete;
/* calendars.c */
handler handle_events_calendar, handle_microcosm_calendar;
handler handle_calendar_link, handle_calendar_link_create, handle_calendar_link_revoke;
/* comments.c */
handler handle_last_comment, handle_new_comment, handle_comment, handle_comment_in_context;
/* daemon.c: of the daemon itself */
handler handle_healthz, handle_readyz, handle_metrics;
/* front.c: "/", for people and for programs */
handler handle_root;
/* geocode.c */
handler handle_geocode;
/* huddles.c */
handler handle_huddles, handle_participants, handle_participants_add;
handler handle_participant, handle_participant_add, handle_participant_remove;
/* index.c: of the API */
handler handle_api, handle_v1, handle_version;
/* legal.c */
handler handle_legal, handle_legal_document;
/* out.c: short links */
handler handle_out;
/* search.c */
handler handle_search, handle_suggest, handle_trending, handle_resolve;
/* microcosms.c */
handler handle_microcosm, handle_microcosm_root, handle_microcosm_tree;
/* permissions.c */
handler handle_permission;
/* events.c */
handler handle_events, handle_attendees, handle_attendees_edit, handle_attendees_csv;
handler handle_attendee, handle_attendee_edit, handle_attendee_delete;
/* polls.c */
handler handle_votes, handle_votes_edit, handle_votes_delete;
/* files.c */
handler handle_files_put, handle_file, handle_profile_picture, handle_site_picture;
handler handle_microcosm_picture;
/* platform.c: figures for the operator */
handler handle_platform, handle_platform_take;
/* profiles.c */
handler handle_profiles, handle_profile_create, handle_profile, handle_profile_delete;
handler handle_profile_options, handle_profile_options_edit, handle_mark_read, handle_whoami;
handler handle_ignored, handle_ignore, handle_stop_ignoring;
/* roles.c */
handler handle_roles, handle_all_roles, handle_role_create;
handler handle_role, handle_role_edit, handle_role_patch, handle_role_delete;
handler handle_role_profiles, handle_role_profiles_add, handle_role_profiles_remove;
handler handle_role_profile, handle_role_profile_add, handle_role_profile_remove;
handler handle_role_criteria, handle_role_criterion_create, handle_role_criteria_remove;
handler handle_role_criterion, handle_role_criterion_edit, handle_role_criterion_delete;
handler handle_role_members;
/* sites.c */
handler handle_site, handle_site_edit, handle_sites, handle_site_found, handle_host,
    handle_reserved, handle_site_status;
handler handle_menu, handle_menu_edit, handle_menu_delete;
/* sign_in.c */
handler handle_sign_in, handle_password_change, handle_password_reset;
handler handle_code_send, handle_email_confirm;
/* second_factors.c */
handler handle_second_factor, handle_second_factor_begin, handle_second_factor_confirm;
handler handle_second_factor_remove, handle_second_factor_prove, handle_recovery_codes_renew;
/* browser_sessions.c */
handler handle_browser_session, handle_browser_session_begin, handle_browser_session_end;
/* codes.c: without signing in, by the links in mails */
handler handle_code_page, handle_code_use;
/* tokens.c */
handler handle_tokens, handle_token_create, handle_tokens_revoke, handle_token, handle_token_revoke;
handler handle_access_token, handle_access_token_revoke;
/* authorize.c: for clients of Auth0 */
handler handle_authorize_page, handle_authorize, handle_code_exchange, handle_landing_check;

/* bounces.c: by the secret of the provider of mail */
handler handle_bounces;
/* providers.c: signing in through other services */
handler handle_sign_in_choices, handle_sign_in_begin, handle_sign_in_end;
handler handle_providers, handle_provider_set, handle_provider_remove;

/* unsubscribe.c: without signing in, by the links in mails */
handler handle_unsubscribe_page, handle_unsubscribe;
/* users.c */
handler handle_users_create, handle_users_batch, handle_user, handle_user_change;
/* watchers.c */
handler handle_watchers, handle_watch, handle_watcher_set, handle_unwatch, handle_watcher_delete;
handler handle_updates, handle_update_preferences, handle_update_preference,
    handle_update_preference_edit;

#endif
