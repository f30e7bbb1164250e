/* Field tables of the records that all topics share. */
#include "types.h"

static const mc__field link_fields[] = {
    MC_FIELD(mc_link, rel, "rel", .flags = MC_FIELD_OPTIONAL),
    MC_FIELD(mc_link, href, "href"),
    MC_FIELD(mc_link, title, "title", .flags = MC_FIELD_OPTIONAL),
    MC_FIELD(mc_link, text, "text", .flags = MC_FIELD_OPTIONAL),
    MC_FIELD(mc_link, logo_url, "logoUrl", .flags = MC_FIELD_OPTIONAL),
    MC_FIELD(mc_link, id, "id", .flags = MC_FIELD_OPTIONAL),
    MC_FIELD(mc_link, level, "level", .flags = MC_FIELD_OPTIONAL),
    MC_FIELD(mc_link, parent_id, "parentId", .flags = MC_FIELD_OPTIONAL),
};
const mc_type mc__link_type = MC_TYPE(mc_link, "link", link_fields);

/* clang-format off */
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
/* clang-format on */
const mc_type mc__flags_type = MC_TYPE(mc_flags, "flags", flags_fields);

static const mc__field permission_reason_fields[] = {
    MC_FIELD(mc_permission_reason, decides, "decides"),
    MC_FIELD(mc_permission_reason, reason, "reason"),
};
const mc_type mc__permission_reason_type =
    MC_TYPE(mc_permission_reason, "permission_reason", permission_reason_fields);

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
    MC_FIELD(mc_permissions, why, "why", .type = &mc__permission_reason_type,
             .flags = MC_FIELD_OPTIONAL),
};
const mc_type mc__permissions_type = MC_TYPE(mc_permissions, "permissions", permissions_fields);

static const mc__field stat_fields[] = {
    MC_FIELD(mc_stat, metric, "metric"),
    MC_FIELD(mc_stat, value, "value"),
};
const mc_type mc__stat_type = MC_TYPE(mc_stat, "stat", stat_fields);

static const mc__field meta_fields[] = {
    MC_FIELD(mc_meta, in_reply_to, "inReplyTo", .type = &mc__comment_type,
             .flags = MC_FIELD_OPTIONAL),
    MC_FIELD(mc_meta, replies, "replies", .type = &mc__comment_type, .flags = MC_FIELD_OPTIONAL),
    MC_FIELD(mc_meta, created, "created", .flags = MC_FIELD_OPTIONAL),
    MC_FIELD(mc_meta, created_by, "createdBy", .type = &mc__profile_type,
             .flags = MC_FIELD_OPTIONAL),
    MC_FIELD(mc_meta, edited, "edited", .flags = MC_FIELD_OPTIONAL),
    MC_FIELD(mc_meta, edited_by, "editedBy", .type = &mc__profile_type, .flags = MC_FIELD_OPTIONAL),
    MC_FIELD(mc_meta, edit_reason, "editReason", .flags = MC_FIELD_OPTIONAL),
    MC_FIELD(mc_meta, flags, "flags", .type = &mc__flags_type, .flags = MC_FIELD_OPTIONAL),
    MC_FIELD(mc_meta, stats, "stats", .type = &mc__stat_type, .flags = MC_FIELD_OPTIONAL),
    MC_FIELD(mc_meta, links, "links", .type = &mc__link_type, .flags = MC_FIELD_OPTIONAL),
    MC_FIELD(mc_meta, permissions, "permissions", .type = &mc__permissions_type,
             .flags = MC_FIELD_OPTIONAL),
};
const mc_type mc__meta_type = MC_TYPE(mc_meta, "meta", meta_fields);

static const mc__field page_fields[] = {
    MC_FIELD(mc_page, total, "total"),
    MC_FIELD(mc_page, limit, "limit"),
    MC_FIELD(mc_page, offset, "offset"),
    MC_FIELD(mc_page, max_offset, "maxOffset"),
    MC_FIELD(mc_page, total_pages, "totalPages"),
    MC_FIELD(mc_page, page, "page"),
    MC_FIELD(mc_page, links, "links", .type = &mc__link_type, .flags = MC_FIELD_OPTIONAL),
    MC_FIELD(mc_page, list_type, "type"),
    MC_FIELD(mc_page, items, "items"),
};
const mc_type mc__page_type = MC_TYPE(mc_page, "page", page_fields);

static const mc__field entry_fields[] = {
    MC_FIELD(mc_entry, item_type, "itemType"),
    MC_FIELD(mc_entry, item_id, "itemId", .flags = MC_FIELD_OPTIONAL),
    MC_FIELD(mc_entry, item, "item"),
};
const mc_type mc__entry_type = MC_TYPE(mc_entry, "entry", entry_fields);

static const mc__field collection_fields[] = {
    MC_FIELD(mc_collection, microcosms, "microcosms", .type = &mc__page_type,
             .flags = MC_FIELD_OPTIONAL),
    MC_FIELD(mc_collection, conversations, "conversations", .type = &mc__page_type,
             .flags = MC_FIELD_OPTIONAL),
    MC_FIELD(mc_collection, events, "events", .type = &mc__page_type, .flags = MC_FIELD_OPTIONAL),
    MC_FIELD(mc_collection, polls, "polls", .type = &mc__page_type, .flags = MC_FIELD_OPTIONAL),
    MC_FIELD(mc_collection, profiles, "profiles", .type = &mc__page_type,
             .flags = MC_FIELD_OPTIONAL),
    MC_FIELD(mc_collection, comments, "comments", .type = &mc__page_type,
             .flags = MC_FIELD_OPTIONAL),
    MC_FIELD(mc_collection, sites, "sites", .type = &mc__page_type, .flags = MC_FIELD_OPTIONAL),
    MC_FIELD(mc_collection, attendees, "attendees", .type = &mc__page_type,
             .flags = MC_FIELD_OPTIONAL),
    MC_FIELD(mc_collection, huddles, "huddles", .type = &mc__page_type, .flags = MC_FIELD_OPTIONAL),
    MC_FIELD(mc_collection, participants, "participants", .type = &mc__page_type,
             .flags = MC_FIELD_OPTIONAL),
    MC_FIELD(mc_collection, ignored, "ignored", .type = &mc__page_type, .flags = MC_FIELD_OPTIONAL),
    MC_FIELD(mc_collection, roles, "roles", .type = &mc__page_type, .flags = MC_FIELD_OPTIONAL),
    MC_FIELD(mc_collection, criteria, "criteria", .type = &mc__page_type,
             .flags = MC_FIELD_OPTIONAL),
    MC_FIELD(mc_collection, attributes, "attributes", .type = &mc__page_type,
             .flags = MC_FIELD_OPTIONAL),
    MC_FIELD(mc_collection, attachments, "attachments", .type = &mc__page_type,
             .flags = MC_FIELD_OPTIONAL),
    MC_FIELD(mc_collection, bans, "bans", .type = &mc__page_type, .flags = MC_FIELD_OPTIONAL),
    MC_FIELD(mc_collection, tokens, "tokens", .type = &mc__page_type, .flags = MC_FIELD_OPTIONAL),
    MC_FIELD(mc_collection, watchers, "watchers", .type = &mc__page_type,
             .flags = MC_FIELD_OPTIONAL),
    MC_FIELD(mc_collection, items, "items", .type = &mc__page_type, .flags = MC_FIELD_OPTIONAL),
    MC_FIELD(mc_collection, updates, "updates", .type = &mc__page_type, .flags = MC_FIELD_OPTIONAL),
    MC_FIELD(mc_collection, meta, "meta", .type = &mc__meta_type, .flags = MC_FIELD_OPTIONAL),
};
const mc_type mc__collection_type = MC_TYPE(mc_collection, "collection", collection_fields);

static const mc__field link_list_fields[] = {
    MC_FIELD(mc_link_list, links, "links", .type = &mc__link_type),
};
const mc_type mc__link_list_type =
    MC_TYPE(mc_link_list, "link_list", link_list_fields, .flags = MC_TYPE_BARE);

static const mc__field profile_fields[] = {
    MC_FIELD(mc_profile, id, "id"),
    MC_FIELD(mc_profile, site_id, "siteId"),
    MC_FIELD(mc_profile, user_id, "userId"),
    MC_FIELD(mc_profile, email, "email", .flags = MC_FIELD_DETAIL_ONLY | MC_FIELD_OPTIONAL),
    MC_FIELD(mc_profile, profile_name, "profileName"),
    MC_FIELD(mc_profile, member, "member", .flags = MC_FIELD_DETAIL_ONLY | MC_FIELD_OPTIONAL),
    MC_FIELD(mc_profile, gender, "gender", .flags = MC_FIELD_DETAIL_ONLY | MC_FIELD_OPTIONAL),
    MC_FIELD(mc_profile, visible, "visible"),
    MC_FIELD(mc_profile, style_id, "styleId", .flags = MC_FIELD_DETAIL_ONLY),
    MC_FIELD(mc_profile, item_count, "itemCount", .flags = MC_FIELD_DETAIL_ONLY),
    MC_FIELD(mc_profile, comment_count, "commentCount", .flags = MC_FIELD_DETAIL_ONLY),
    MC_FIELD(mc_profile, profile_comment, "profileComment", .type = &mc__comment_type,
             .flags = MC_FIELD_DETAIL_ONLY),
    MC_FIELD(mc_profile, created, "created", .flags = MC_FIELD_DETAIL_ONLY),
    MC_FIELD(mc_profile, last_active, "lastActive", .flags = MC_FIELD_DETAIL_ONLY),
    MC_FIELD(mc_profile, avatar, "avatar"),
    MC_FIELD(mc_profile, comments, "comments", .type = &mc__page_type,
             .flags = MC_FIELD_DETAIL_ONLY | MC_FIELD_OPTIONAL),
    MC_FIELD(mc_profile, meta, "meta", .type = &mc__meta_type),
};
const mc_type mc__profile_type = MC_TYPE(mc_profile, "profile", profile_fields);

static const mc__field comment_fields[] = {
    MC_FIELD(mc_comment, id, "id"),
    MC_FIELD(mc_comment, item_type, "itemType"),
    MC_FIELD(mc_comment, item_id, "itemId"),
    MC_FIELD(mc_comment, revisions, "revisions"),
    MC_FIELD(mc_comment, in_reply_to, "inReplyTo", .flags = MC_FIELD_OPTIONAL_IN_SUMMARY),
    MC_FIELD(mc_comment, attachments, "attachments", .flags = MC_FIELD_OPTIONAL_IN_SUMMARY),
    MC_FIELD(mc_comment, first_line, "firstLine", .flags = MC_FIELD_DETAIL_ONLY),
    MC_FIELD(mc_comment, markdown, "markdown"),
    MC_FIELD(mc_comment, html, "html"),
    MC_FIELD(mc_comment, meta, "meta", .type = &mc__meta_type),
};
const mc_type mc__comment_type = MC_TYPE(mc_comment, "comment", comment_fields);
