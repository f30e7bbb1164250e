/*
 * Every record's and every input's field table: the contract with JSON clients. Rows are decoded,
 * JSON is written and read, and bindings are made from these and nothing else. The order of a
 * table is the order of the keys in JSON.
 */
#include "types.h"

/* clang-format off: one field a line */

#define DETAIL MC_FIELD_DETAIL_ONLY
#define SUMMARY MC_FIELD_SUMMARY_ONLY
#define OPTIONAL MC_FIELD_OPTIONAL
#define OPTIONAL_IN_SUMMARY MC_FIELD_OPTIONAL_IN_SUMMARY

/* ---- shared (contract/conventions.md 10) ---------------------------------------------------- */

static const mc__field link_fields[] = {
    MC_FIELD(mc_link, rel, "rel", .flags = OPTIONAL),
    MC_FIELD(mc_link, href, "href"),
    MC_FIELD(mc_link, title, "title", .flags = OPTIONAL),
    MC_FIELD(mc_link, text, "text", .flags = OPTIONAL),
    MC_FIELD(mc_link, logo_url, "logoUrl", .flags = OPTIONAL),
    MC_FIELD(mc_link, id, "id", .flags = OPTIONAL),
    MC_FIELD(mc_link, level, "level", .flags = OPTIONAL),
    MC_FIELD(mc_link, parent_id, "parentId", .flags = OPTIONAL),
};
const mc_type mc__link_type = MC_TYPE(mc_link, "link", link_fields);

static const mc__field flags_fields[] = {
    MC_FIELD(mc_flags, sticky, "sticky"),
    MC_FIELD(mc_flags, open, "open"),
    MC_FIELD(mc_flags, deleted, "deleted"),
    MC_FIELD(mc_flags, moderated, "moderated"),
    MC_FIELD(mc_flags, visible, "visible"),
    MC_FIELD(mc_flags, unread, "unread"),
    MC_FIELD(mc_flags, watched, "watched"),
    MC_FIELD(mc_flags, ignored, "ignored"),
    MC_FIELD(mc_flags, send_email, "sendEmail"),
    MC_FIELD(mc_flags, send_sms, "sendSMS"),
    MC_FIELD(mc_flags, attending, "attending"),
};
const mc_type mc__flags_type = MC_TYPE(mc_flags, "flags", flags_fields);

static const mc__field permissions_fields[] = {
    MC_FIELD(mc_permissions, can_create, "create"),
    MC_FIELD(mc_permissions, can_read, "read"),
    MC_FIELD(mc_permissions, can_update, "update"),
    MC_FIELD(mc_permissions, can_delete, "delete"),
    MC_FIELD(mc_permissions, can_close_own, "closeOwn"),
    MC_FIELD(mc_permissions, can_open_own, "openOwn"),
    MC_FIELD(mc_permissions, can_read_others, "readOthers"),
    MC_FIELD(mc_permissions, is_guest, "guest"),
    MC_FIELD(mc_permissions, is_banned, "banned"),
    MC_FIELD(mc_permissions, is_owner, "owner"),
    MC_FIELD(mc_permissions, is_moderator, "moderator"),
    MC_FIELD(mc_permissions, is_site_owner, "siteOwner"),
};
const mc_type mc__permissions_type = MC_TYPE(mc_permissions, "permissions", permissions_fields);

static const mc__field stat_fields[] = {
    MC_FIELD(mc_stat, metric, "metric"),
    MC_FIELD(mc_stat, value, "value"),
};
const mc_type mc__stat_type = MC_TYPE(mc_stat, "stat", stat_fields);

static const mc__field meta_fields[] = {
    MC_FIELD(mc_meta, in_reply_to, "inReplyTo", .type = &mc__comment_type, .flags = OPTIONAL),
    MC_FIELD(mc_meta, replies, "replies", .type = &mc__comment_type, .flags = OPTIONAL),
    MC_FIELD(mc_meta, created, "created", .flags = OPTIONAL),
    MC_FIELD(mc_meta, created_by, "createdBy", .type = &mc__profile_type, .flags = OPTIONAL),
    MC_FIELD(mc_meta, edited, "edited", .flags = OPTIONAL),
    MC_FIELD(mc_meta, edited_by, "editedBy", .type = &mc__profile_type, .flags = OPTIONAL),
    MC_FIELD(mc_meta, edit_reason, "editReason", .flags = OPTIONAL),
    MC_FIELD(mc_meta, flags, "flags", .type = &mc__flags_type, .flags = OPTIONAL),
    MC_FIELD(mc_meta, stats, "stats", .type = &mc__stat_type, .flags = OPTIONAL),
    MC_FIELD(mc_meta, links, "links", .type = &mc__link_type, .flags = OPTIONAL),
    MC_FIELD(mc_meta, permissions, "permissions", .type = &mc__permissions_type, .flags = OPTIONAL),
};
const mc_type mc__meta_type = MC_TYPE(mc_meta, "meta", meta_fields);

static const mc__field page_fields[] = {
    MC_FIELD(mc_page, total, "total"),
    MC_FIELD(mc_page, limit, "limit"),
    MC_FIELD(mc_page, offset, "offset"),
    MC_FIELD(mc_page, max_offset, "maxOffset"),
    MC_FIELD(mc_page, total_pages, "totalPages"),
    MC_FIELD(mc_page, page, "page"),
    MC_FIELD(mc_page, links, "links", .type = &mc__link_type),
    MC_FIELD(mc_page, list_type, "type"),
    MC_FIELD(mc_page, items, "items"),
};
const mc_type mc__page_type = MC_TYPE(mc_page, "page", page_fields);

static const mc__field entry_fields[] = {
    MC_FIELD(mc_entry, item_type, "itemType"),
    MC_FIELD(mc_entry, item, "item"),
};
const mc_type mc__entry_type = MC_TYPE(mc_entry, "entry", entry_fields);

static const mc__field collection_fields[] = {
    MC_FIELD(mc_collection, microcosms, "microcosms", .type = &mc__page_type, .flags = OPTIONAL),
    MC_FIELD(mc_collection, conversations, "conversations", .type = &mc__page_type, .flags = OPTIONAL),
    MC_FIELD(mc_collection, events, "events", .type = &mc__page_type, .flags = OPTIONAL),
    MC_FIELD(mc_collection, polls, "polls", .type = &mc__page_type, .flags = OPTIONAL),
    MC_FIELD(mc_collection, profiles, "profiles", .type = &mc__page_type, .flags = OPTIONAL),
    MC_FIELD(mc_collection, meta, "meta", .type = &mc__meta_type),
};
const mc_type mc__collection_type = MC_TYPE(mc_collection, "collection", collection_fields);

static const mc__field link_list_fields[] = {
    MC_FIELD(mc_link_list, links, "links", .type = &mc__link_type),
};
const mc_type mc__link_list_type = MC_TYPE(mc_link_list, "link_list", link_list_fields, .flags = MC_TYPE_BARE);

/* ---- sites (contract/sites.md) ------------------------------------------------------------- */

static const mc__field site_fields[] = {
    MC_FIELD(mc_site, id, "siteId"),
    MC_FIELD(mc_site, site_url, "siteURL"),
    MC_FIELD(mc_site, title, "title"),
    MC_FIELD(mc_site, description, "description"),
    MC_FIELD(mc_site, subdomain_key, "subdomainKey"),
    MC_FIELD(mc_site, domain, "domain"),
    MC_FIELD(mc_site, force_ssl, "forceSSL", .flags = OPTIONAL),
    MC_FIELD(mc_site, owned_by, "ownedBy", .type = &mc__profile_type),
    MC_FIELD(mc_site, theme_id, "themeId"),
    MC_FIELD(mc_site, logo_url, "logoUrl"),
    MC_FIELD(mc_site, favicon_url, "faviconUrl", .flags = OPTIONAL),
    MC_FIELD(mc_site, background_color, "backgroundColor"),
    MC_FIELD(mc_site, background_url, "backgroundUrl", .flags = OPTIONAL),
    MC_FIELD(mc_site, background_position, "backgroundPosition", .flags = OPTIONAL),
    MC_FIELD(mc_site, link_color, "linkColor"),
    MC_FIELD(mc_site, ga_web_property_id, "gaWebPropertyId", .flags = OPTIONAL),
    MC_FIELD(mc_site, menu, "menu", .type = &mc__link_type),
    MC_FIELD(mc_site, auth0_domain, "auth0Domain", .flags = OPTIONAL),
    MC_FIELD(mc_site, auth0_client_id, "auth0ClientId", .flags = OPTIONAL),
    MC_FIELD(mc_site, meta, "meta", .type = &mc__meta_type),
};
const mc_type mc__site_type = MC_TYPE(mc_site, "site", site_fields);

static const mc__field site_edit_fields[] = {
    MC_FIELD(mc_site_edit, title, "title", .flags = MC_FIELD_REQUIRED | MC_FIELD_SENTENCE, .max_length = 50),
    MC_FIELD(mc_site_edit, description, "description", .flags = MC_FIELD_BLOCK | MC_FIELD_CALM),
    MC_FIELD(mc_site_edit, subdomain_key, "subdomainKey", .flags = MC_FIELD_REQUIRED, .max_length = 50),
};
const mc_type mc__site_edit_type = MC_TYPE(mc_site_edit, "site_edit", site_edit_fields, .flags = MC_TYPE_INPUT);

/* ---- profiles (contract/profiles.md) --------------------------------------------------------- */

static const mc__field profile_fields[] = {
    MC_FIELD(mc_profile, id, "id"),
    MC_FIELD(mc_profile, site_id, "siteId"),
    MC_FIELD(mc_profile, user_id, "userId"),
    MC_FIELD(mc_profile, email, "email", .flags = DETAIL | OPTIONAL),
    MC_FIELD(mc_profile, profile_name, "profileName"),
    MC_FIELD(mc_profile, member, "member", .flags = DETAIL | OPTIONAL),
    MC_FIELD(mc_profile, gender, "gender", .flags = DETAIL | OPTIONAL),
    MC_FIELD(mc_profile, visible, "visible"),
    MC_FIELD(mc_profile, style_id, "styleId", .flags = DETAIL),
    MC_FIELD(mc_profile, item_count, "itemCount", .flags = DETAIL),
    MC_FIELD(mc_profile, comment_count, "commentCount", .flags = DETAIL),
    MC_FIELD(mc_profile, profile_comment, "profileComment", .type = &mc__comment_type, .flags = DETAIL),
    MC_FIELD(mc_profile, created, "created", .flags = DETAIL),
    MC_FIELD(mc_profile, last_active, "lastActive", .flags = DETAIL),
    MC_FIELD(mc_profile, avatar, "avatar"),
    MC_FIELD(mc_profile, meta, "meta", .type = &mc__meta_type),
};
const mc_type mc__profile_type = MC_TYPE(mc_profile, "profile", profile_fields);

static const mc__field profile_edit_fields[] = {
    MC_FIELD(mc_profile_edit, profile_name, "profileName", .flags = MC_FIELD_WORD | MC_FIELD_CALM, .max_length = 25),
    MC_FIELD(mc_profile_edit, visible, "visible"),
    MC_FIELD(mc_profile_edit, style_id, "styleId"),
};
const mc_type mc__profile_edit_type = MC_TYPE(mc_profile_edit, "profile_edit", profile_edit_fields, .flags = MC_TYPE_INPUT);

static const mc__field profile_options_fields[] = {
    MC_FIELD(mc_profile_options, profile_id, "profileId"),
    MC_FIELD(mc_profile_options, show_dob, "showDOB"),
    MC_FIELD(mc_profile_options, show_dob_year, "showDOBYear"),
    MC_FIELD(mc_profile_options, send_email, "sendEmail"),
    MC_FIELD(mc_profile_options, send_sms, "sendSMS"),
    MC_FIELD(mc_profile_options, is_discouraged, "isDiscouraged"),
};
const mc_type mc__profile_options_type = MC_TYPE(mc_profile_options, "profile_options", profile_options_fields);

/* ---- microcosms (contract/microcosms.md) ------------------------------------------------------ */

static const mc__field microcosm_fields[] = {
    MC_FIELD(mc_microcosm, id, "id"),
    MC_FIELD(mc_microcosm, parent_id, "parentId", .flags = OPTIONAL),
    MC_FIELD(mc_microcosm, breadcrumb, "breadcrumb", .type = &mc__link_type, .flags = OPTIONAL),
    MC_FIELD(mc_microcosm, site_id, "siteId"),
    MC_FIELD(mc_microcosm, visibility, "visibility"),
    MC_FIELD(mc_microcosm, title, "title"),
    MC_FIELD(mc_microcosm, description, "description"),
    MC_FIELD(mc_microcosm, logo_url, "logoUrl"),
    MC_FIELD(mc_microcosm, item_types, "itemTypes"),
    MC_FIELD(mc_microcosm, children, "children", .type = &mc__link_type, .flags = SUMMARY | OPTIONAL),
    MC_FIELD(mc_microcosm, moderators, "moderators"),
    MC_FIELD(mc_microcosm, items, "items", .type = &mc__page_type, .flags = DETAIL),
    MC_FIELD(mc_microcosm, total_items, "totalItems", .flags = SUMMARY),
    MC_FIELD(mc_microcosm, total_comments, "totalComments", .flags = SUMMARY),
    MC_FIELD(mc_microcosm, most_recent_update, "mostRecentUpdate", .type = &mc__entry_type, .flags = SUMMARY | OPTIONAL),
    MC_FIELD(mc_microcosm, meta, "meta", .type = &mc__meta_type),
};
const mc_type mc__microcosm_type = MC_TYPE(mc_microcosm, "microcosm", microcosm_fields);

static const mc__field microcosm_edit_fields[] = {
    MC_FIELD(mc_microcosm_edit, title, "title", .flags = MC_FIELD_REQUIRED | MC_FIELD_SENTENCE, .max_length = 50),
    MC_FIELD(mc_microcosm_edit, description, "description", .flags = MC_FIELD_REQUIRED | MC_FIELD_BLOCK | MC_FIELD_CALM),
    MC_FIELD(mc_microcosm_edit, visibility, "visibility"),
    MC_FIELD(mc_microcosm_edit, parent_id, "parentId", .flags = MC_FIELD_POSITIVE),
    MC_FIELD(mc_microcosm_edit, item_types, "itemTypes"),
    MC_FIELD(mc_microcosm_edit, logo_url, "logoUrl", .max_length = 2000),
    MC_FIELD(mc_microcosm_edit, remove_logo, "removeLogo"),
    MC_FIELD(mc_microcosm_edit, edit_reason, "meta.editReason", .flags = MC_FIELD_REQUIRED_TO_EDIT | MC_FIELD_SENTENCE, .max_length = 150),
};
const mc_type mc__microcosm_edit_type = MC_TYPE(mc_microcosm_edit, "microcosm_edit", microcosm_edit_fields, .flags = MC_TYPE_INPUT);

/* ---- items (contract/conversations.md, events.md, polls.md) ------------------------------------- */

static const mc__field last_comment_fields[] = {
    MC_FIELD(mc_last_comment, id, "id"),
    MC_FIELD(mc_last_comment, created, "created"),
    MC_FIELD(mc_last_comment, created_by, "createdBy", .type = &mc__profile_type),
};
const mc_type mc__last_comment_type = MC_TYPE(mc_last_comment, "last_comment", last_comment_fields);

static const mc__field conversation_fields[] = {
    MC_FIELD(mc_conversation, id, "id"),
    MC_FIELD(mc_conversation, title, "title"),
    MC_FIELD(mc_conversation, microcosm_id, "microcosmId"),
    MC_FIELD(mc_conversation, breadcrumb, "breadcrumb", .type = &mc__link_type),
    MC_FIELD(mc_conversation, comments, "comments", .type = &mc__page_type, .flags = DETAIL),
    MC_FIELD(mc_conversation, total_comments, "totalComments", .flags = SUMMARY),
    MC_FIELD(mc_conversation, total_views, "totalViews", .flags = SUMMARY),
    MC_FIELD(mc_conversation, last_comment, "lastComment", .type = &mc__last_comment_type, .flags = SUMMARY | OPTIONAL),
    MC_FIELD(mc_conversation, meta, "meta", .type = &mc__meta_type),
};
const mc_type mc__conversation_type = MC_TYPE(mc_conversation, "conversation", conversation_fields);

static const mc__field conversation_edit_fields[] = {
    MC_FIELD(mc_conversation_edit, microcosm_id, "microcosmId", .flags = MC_FIELD_POSITIVE),
    MC_FIELD(mc_conversation_edit, title, "title", .flags = MC_FIELD_REQUIRED | MC_FIELD_SENTENCE | MC_FIELD_CALM, .max_length = 150),
    MC_FIELD(mc_conversation_edit, edit_reason, "meta.editReason", .flags = MC_FIELD_REQUIRED_TO_EDIT | MC_FIELD_SENTENCE | MC_FIELD_CALM, .max_length = 150),
};
const mc_type mc__conversation_edit_type = MC_TYPE(mc_conversation_edit, "conversation_edit", conversation_edit_fields, .flags = MC_TYPE_INPUT);

static const mc__field place_fields[] = {
    MC_FIELD(mc_place, item_type, "itemType"),
    MC_FIELD(mc_place, item_id, "itemId"),
    MC_FIELD(mc_place, comment_id, "commentId", .flags = OPTIONAL),
    MC_FIELD(mc_place, offset, "offset"),
};
const mc_type mc__place_type = MC_TYPE(mc_place, "place", place_fields);

static const mc__field event_fields[] = {
    MC_FIELD(mc_event, id, "id"),
    MC_FIELD(mc_event, title, "title"),
    MC_FIELD(mc_event, microcosm_id, "microcosmId"),
    MC_FIELD(mc_event, breadcrumb, "breadcrumb", .type = &mc__link_type),
    MC_FIELD(mc_event, when, "when", .flags = OPTIONAL),
    MC_FIELD(mc_event, tz, "tz"),
    MC_FIELD(mc_event, when_tz, "whentz", .flags = OPTIONAL),
    MC_FIELD(mc_event, duration, "duration", .flags = OPTIONAL),
    MC_FIELD(mc_event, where, "where", .flags = OPTIONAL),
    MC_FIELD(mc_event, lat, "lat", .flags = OPTIONAL),
    MC_FIELD(mc_event, lon, "lon", .flags = OPTIONAL),
    MC_FIELD(mc_event, north, "north", .flags = OPTIONAL),
    MC_FIELD(mc_event, east, "east", .flags = OPTIONAL),
    MC_FIELD(mc_event, south, "south", .flags = OPTIONAL),
    MC_FIELD(mc_event, west, "west", .flags = OPTIONAL),
    MC_FIELD(mc_event, status, "status"),
    MC_FIELD(mc_event, rsvp_limit, "rsvpLimit"),
    MC_FIELD(mc_event, rsvp_attend, "rsvpAttend", .flags = OPTIONAL),
    MC_FIELD(mc_event, rsvp_spaces, "rsvpSpaces", .flags = OPTIONAL),
    MC_FIELD(mc_event, comments, "comments", .type = &mc__page_type, .flags = DETAIL),
    MC_FIELD(mc_event, total_comments, "totalComments", .flags = SUMMARY),
    MC_FIELD(mc_event, total_views, "totalViews", .flags = SUMMARY),
    MC_FIELD(mc_event, last_comment, "lastComment", .type = &mc__last_comment_type, .flags = SUMMARY | OPTIONAL),
    MC_FIELD(mc_event, meta, "meta", .type = &mc__meta_type),
};
const mc_type mc__event_type = MC_TYPE(mc_event, "event", event_fields);

static const mc__field event_edit_fields[] = {
    MC_FIELD(mc_event_edit, microcosm_id, "microcosmId", .flags = MC_FIELD_POSITIVE),
    MC_FIELD(mc_event_edit, title, "title", .flags = MC_FIELD_REQUIRED | MC_FIELD_SENTENCE | MC_FIELD_CALM, .max_length = 150),
    MC_FIELD(mc_event_edit, when, "when"),
    MC_FIELD(mc_event_edit, tz, "tz", .max_length = 60),
    MC_FIELD(mc_event_edit, duration, "duration"),
    MC_FIELD(mc_event_edit, where, "where", .flags = MC_FIELD_BLOCK | MC_FIELD_CALM, .max_length = 150),
    MC_FIELD(mc_event_edit, lat, "lat"),
    MC_FIELD(mc_event_edit, lon, "lon"),
    MC_FIELD(mc_event_edit, north, "north"),
    MC_FIELD(mc_event_edit, east, "east"),
    MC_FIELD(mc_event_edit, south, "south"),
    MC_FIELD(mc_event_edit, west, "west"),
    MC_FIELD(mc_event_edit, rsvp_limit, "rsvpLimit", .flags = MC_FIELD_POSITIVE),
};
const mc_type mc__event_edit_type = MC_TYPE(mc_event_edit, "event_edit", event_edit_fields, .flags = MC_TYPE_INPUT);

static const mc__field poll_choice_fields[] = {
    MC_FIELD(mc_poll_choice, id, "id"),
    MC_FIELD(mc_poll_choice, choice, "choice"),
    MC_FIELD(mc_poll_choice, order, "order"),
    MC_FIELD(mc_poll_choice, votes, "votes"),
    MC_FIELD(mc_poll_choice, voter_count, "voterCount"),
};
const mc_type mc__poll_choice_type = MC_TYPE(mc_poll_choice, "poll_choice", poll_choice_fields);

static const mc__field poll_fields[] = {
    MC_FIELD(mc_poll, id, "id"),
    MC_FIELD(mc_poll, title, "title"),
    MC_FIELD(mc_poll, microcosm_id, "microcosmId"),
    MC_FIELD(mc_poll, breadcrumb, "breadcrumb", .type = &mc__link_type),
    MC_FIELD(mc_poll, question, "question"),
    MC_FIELD(mc_poll, multi, "multi"),
    MC_FIELD(mc_poll, poll_open, "pollOpen"),
    MC_FIELD(mc_poll, choices, "choices", .type = &mc__poll_choice_type, .flags = DETAIL | OPTIONAL),
    MC_FIELD(mc_poll, voter_count, "voterCount", .flags = DETAIL),
    MC_FIELD(mc_poll, poll_closes, "pollCloses", .flags = OPTIONAL),
    MC_FIELD(mc_poll, comments, "comments", .type = &mc__page_type, .flags = DETAIL),
    MC_FIELD(mc_poll, total_comments, "totalComments", .flags = SUMMARY),
    MC_FIELD(mc_poll, total_views, "totalViews", .flags = SUMMARY),
    MC_FIELD(mc_poll, meta, "meta", .type = &mc__meta_type),
};
const mc_type mc__poll_type = MC_TYPE(mc_poll, "poll", poll_fields);

static const mc__field poll_edit_fields[] = {
    MC_FIELD(mc_poll_edit, microcosm_id, "microcosmId", .flags = MC_FIELD_POSITIVE),
    MC_FIELD(mc_poll_edit, title, "title", .flags = MC_FIELD_REQUIRED | MC_FIELD_SENTENCE | MC_FIELD_CALM, .max_length = 150),
    MC_FIELD(mc_poll_edit, question, "question", .flags = MC_FIELD_REQUIRED | MC_FIELD_SENTENCE | MC_FIELD_CALM, .max_length = 512),
    MC_FIELD(mc_poll_edit, choices, "choices", .flags = MC_FIELD_REQUIRED),
    MC_FIELD(mc_poll_edit, multi, "multi"),
    MC_FIELD(mc_poll_edit, poll_open, "pollOpen"),
    MC_FIELD(mc_poll_edit, poll_closes, "pollCloses"),
};
const mc_type mc__poll_edit_type = MC_TYPE(mc_poll_edit, "poll_edit", poll_edit_fields, .flags = MC_TYPE_INPUT);

/* ---- comments (contract/comments.md) ------------------------------------------------------------ */

static const mc__field comment_fields[] = {
    MC_FIELD(mc_comment, id, "id"),
    MC_FIELD(mc_comment, item_type, "itemType"),
    MC_FIELD(mc_comment, item_id, "itemId"),
    MC_FIELD(mc_comment, revisions, "revisions"),
    MC_FIELD(mc_comment, in_reply_to, "inReplyTo", .flags = OPTIONAL_IN_SUMMARY),
    MC_FIELD(mc_comment, attachments, "attachments", .flags = OPTIONAL_IN_SUMMARY),
    MC_FIELD(mc_comment, first_line, "firstLine", .flags = DETAIL),
    MC_FIELD(mc_comment, markdown, "markdown"),
    MC_FIELD(mc_comment, html, "html"),
    MC_FIELD(mc_comment, meta, "meta", .type = &mc__meta_type),
};
const mc_type mc__comment_type = MC_TYPE(mc_comment, "comment", comment_fields);

static const mc__field comment_edit_fields[] = {
    MC_FIELD(mc_comment_edit, item_type, "itemType", .flags = MC_FIELD_REQUIRED),
    MC_FIELD(mc_comment_edit, item_id, "itemId", .flags = MC_FIELD_REQUIRED | MC_FIELD_POSITIVE),
    MC_FIELD(mc_comment_edit, markdown, "markdown", .flags = MC_FIELD_REQUIRED | MC_FIELD_REQUIRED_TO_EDIT),
    MC_FIELD(mc_comment_edit, in_reply_to, "inReplyTo"),
};
const mc_type mc__comment_edit_type = MC_TYPE(mc_comment_edit, "comment_edit", comment_edit_fields, .flags = MC_TYPE_INPUT);

/* ---- the change feed -------------------------------------------------------------------------------- */

static const mc__field change_fields[] = {
    MC_FIELD(mc_change, id, "id"),
    MC_FIELD(mc_change, item_type, "itemType"),
    MC_FIELD(mc_change, item_id, "itemId"),
    MC_FIELD(mc_change, parent_type, "parentType", .flags = OPTIONAL),
    MC_FIELD(mc_change, parent_id, "parentId", .flags = OPTIONAL),
    MC_FIELD(mc_change, microcosm_id, "microcosmId", .flags = OPTIONAL),
    MC_FIELD(mc_change, action, "action"),
    MC_FIELD(mc_change, profile_id, "profileId", .flags = OPTIONAL),
    MC_FIELD(mc_change, created, "created"),
};
const mc_type mc__change_type = MC_TYPE(mc_change, "change", change_fields);

static const mc__field change_list_fields[] = {
    MC_FIELD(mc_change_list, changes, "changes", .type = &mc__change_type),
    MC_FIELD(mc_change_list, cursor, "cursor"),
    MC_FIELD(mc_change_list, more, "more"),
};
const mc_type mc__change_list_type = MC_TYPE(mc_change_list, "change_list", change_list_fields);

/* ---- the app ------------------------------------------------------------------------------------------ */

static const mc__field app_stats_fields[] = {
    MC_FIELD(mc_app_stats, cache_hits, "cacheHits"),
    MC_FIELD(mc_app_stats, cache_misses, "cacheMisses"),
    MC_FIELD(mc_app_stats, cache_entries, "cacheEntries"),
    MC_FIELD(mc_app_stats, cache_bytes, "cacheBytes"),
    MC_FIELD(mc_app_stats, cache_most_bytes, "cacheMostBytes"),
    MC_FIELD(mc_app_stats, cache_evictions, "cacheEvictions"),
    MC_FIELD(mc_app_stats, cache_clears, "cacheClears"),
    MC_FIELD(mc_app_stats, cache_trusted, "cacheTrusted"),
    MC_FIELD(mc_app_stats, pool_size, "poolSize"),
    MC_FIELD(mc_app_stats, pool_lent, "poolLent"),
    MC_FIELD(mc_app_stats, pool_waits, "poolWaits"),
    MC_FIELD(mc_app_stats, feed_passes, "feedPasses"),
    MC_FIELD(mc_app_stats, feed_told, "feedTold"),
    MC_FIELD(mc_app_stats, feed_position, "feedPosition"),
    MC_FIELD(mc_app_stats, feed_age_ms, "feedAgeMs"),
};
const mc_type mc__app_stats_type = MC_TYPE(mc_app_stats, "app_stats", app_stats_fields);

/* ---- all of them ---------------------------------------------------------------------------------- */

const mc_type *const mc__types[] = {
    &mc__link_type,          &mc__flags_type,           &mc__permissions_type,       &mc__stat_type,
    &mc__meta_type,          &mc__page_type,            &mc__entry_type,             &mc__collection_type,
    &mc__link_list_type,     &mc__site_type,            &mc__profile_type,           &mc__profile_options_type,
    &mc__microcosm_type,     &mc__last_comment_type,    &mc__conversation_type,      &mc__place_type,
    &mc__comment_type,       &mc__event_type,           &mc__poll_choice_type,       &mc__poll_type,
    &mc__change_type,        &mc__change_list_type,     &mc__app_stats_type,
    &mc__site_edit_type,     &mc__profile_edit_type,    &mc__microcosm_edit_type,    &mc__conversation_edit_type,
    &mc__comment_edit_type,  &mc__event_edit_type,      &mc__poll_edit_type,
};
const size_t mc__type_count = MC_COUNT(mc__types);
