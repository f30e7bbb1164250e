/**
 * Records that every resource is made of: links, flags, permissions, meta, pages.
 * Their JSON is described in contract/conventions.md section 10.
 */
#ifndef MICROCOSM_COMMON_H
#define MICROCOSM_COMMON_H

#include <microcosm/session.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct mc_profile mc_profile;
typedef struct mc_comment mc_comment;

/** Kinds of things, with the numbers that clients know (contract/updates-watchers.md). */
typedef enum mc_item_type {
    MC_ITEM_NONE = 0,
    MC_ITEM_SITE = 1,
    MC_ITEM_MICROCOSM = 2,
    MC_ITEM_PROFILE = 3,
    MC_ITEM_COMMENT = 4,
    MC_ITEM_HUDDLE = 5,
    MC_ITEM_CONVERSATION = 6,
    MC_ITEM_POLL = 7,
    MC_ITEM_ARTICLE = 8,
    MC_ITEM_EVENT = 9,
    MC_ITEM_QUESTION = 10,
    MC_ITEM_CLASSIFIED = 11,
    MC_ITEM_ALBUM = 12,
    MC_ITEM_ATTENDEE = 13,
    MC_ITEM_USER = 14,
    MC_ITEM_ATTRIBUTE = 15,
    MC_ITEM_UPDATE = 16,
    MC_ITEM_ROLE = 17,
    MC_ITEM_UPDATE_TYPE = 18,
    MC_ITEM_WATCHER = 19,
    MC_ITEM_AUTH = 20,
    MC_ITEM_ATTACHMENT = 21
} mc_item_type;

/** Name of a kind, such as "conversation"; NULL for no kind. Static. */
MC_API const char *mc_item_type_name(mc_item_type item_type);
/** Kind of that name in any case, or MC_ITEM_NONE. */
MC_API mc_item_type mc_item_type_find(const char *name);

/** A link; also an entry of a breadcrumb, of a microcosm's children, of the tree and of a menu. */
typedef struct mc_link {
    const mc_type *type;
    const char *rel;
    const char *href; /**< Path such as "/api/v1/profiles/12". */
    const char *title;
    const char *logo_url;
    int64_t id;
    int64_t level;     /**< Depth in the tree; the root microcosm is 1. */
    int64_t parent_id;
    const char *text;  /**< What a menu shows of it. */
} mc_link;

/** State of a thing; those that don't apply are MC_UNSET. */
typedef struct mc_flags {
    const mc_type *type;
    mc_choice sticky, open, deleted, moderated, visible, unread, watched, ignored;
    mc_choice send_email, send_sms, attending;
} mc_flags;

/** What the actor may do with a thing (contract/permissions-roles.md). */
typedef struct mc_permissions {
    const mc_type *type;
    bool can_create; /**< Create something inside it. */
    bool can_read, can_update, can_delete, can_close_own, can_open_own, can_read_others;
    bool is_guest, is_banned, is_owner, is_moderator, is_site_owner;
} mc_permissions;

/** A number that is counted, such as "totalComments". */
typedef struct mc_stat {
    const mc_type *type;
    const char *metric;
    int64_t value;
} mc_stat;

/** What is known about a thing besides its content. */
typedef struct mc_meta {
    const mc_type *type;
    const mc_comment *in_reply_to; /**< Comments: the comment that this one answers. */
    mc_list replies;               /**< Comments: mc_comment that answer this one. */
    mc_time created;
    const mc_profile *created_by;
    mc_time edited;
    const mc_profile *edited_by;
    const char *edit_reason;
    const mc_flags *flags;
    mc_list stats; /**< mc_stat */
    mc_list links; /**< mc_link */
    const mc_permissions *permissions;
} mc_meta;

/** A page of a list (contract/conventions.md 11). */
typedef struct mc_page {
    const mc_type *type;
    int64_t total, limit, offset, max_offset, total_pages, page;
    mc_list links;         /**< mc_link: first, prev, self, next, last. */
    const char *list_type; /**< Key "type", such as "/api/v1/comments". */
    mc_list items;
} mc_page;

/** A thing in a list of things of several kinds. */
typedef struct mc_entry {
    const mc_type *type;
    const char *item_type;
    const void *item; /**< Record of that kind. */
} mc_entry;

/** A list as an answer of its own: the page and what goes with it. */
typedef struct mc_collection {
    const mc_type *type;
    const mc_page *microcosms, *conversations, *events, *polls, *profiles; /**< One of them. */
    const mc_meta *meta;
} mc_collection;

/** A plain list of links as an answer of its own, such as the tree of microcosms. */
typedef struct mc_link_list {
    const mc_type *type;
    mc_list links; /**< mc_link */
} mc_link_list;

#ifdef __cplusplus
}
#endif
#endif
