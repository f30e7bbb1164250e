/**
 * Records that all resources share: links, flags, permissions, meta, pages.
 * Their JSON is described in docs/http/conventions.md#shared-objects.
 */
#ifndef MICROCOSM_COMMON_H
#define MICROCOSM_COMMON_H

#include <microcosm/session.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct mc_profile mc_profile; /**< See profiles.h. */
typedef struct mc_comment mc_comment; /**< See comments.h. */

/** Kinds of things, with their numbers in the database. */
typedef enum mc_item_type {
    MC_ITEM_NONE = 0,         /**< none, or not given */
    MC_ITEM_SITE = 1,         /**< a site */
    MC_ITEM_MICROCOSM = 2,    /**< a microcosm */
    MC_ITEM_PROFILE = 3,      /**< a profile: a user on one site */
    MC_ITEM_COMMENT = 4,      /**< a comment */
    MC_ITEM_HUDDLE = 5,       /**< a private conversation of some profiles */
    MC_ITEM_CONVERSATION = 6, /**< a conversation */
    MC_ITEM_POLL = 7,         /**< a poll */
    MC_ITEM_ARTICLE = 8,      /**< clients know it; the forum has none */
    MC_ITEM_EVENT = 9,        /**< an event */
    MC_ITEM_QUESTION = 10,    /**< clients know it; the forum has none */
    MC_ITEM_CLASSIFIED = 11,  /**< clients know it; the forum has none */
    MC_ITEM_ALBUM = 12,       /**< clients know it; the forum has none */
    MC_ITEM_ATTENDEE = 13,    /**< a profile's answer to an event */
    MC_ITEM_USER = 14,        /**< an account, for all sites */
    MC_ITEM_ATTRIBUTE = 15,   /**< a key and value of a profile, which roles can ask for */
    MC_ITEM_UPDATE = 16,      /**< a notification */
    MC_ITEM_ROLE = 17,        /**< a role of a microcosm or site */
    MC_ITEM_UPDATE_TYPE = 18, /**< a kind of notification */
    MC_ITEM_WATCHER = 19,     /**< a profile follows a thing */
    MC_ITEM_AUTH = 20,        /**< an access token */
    MC_ITEM_ATTACHMENT = 21,  /**< a file on a thing */
    MC_ITEM_BAN = 22          /**< who is shut out of a site */
} mc_item_type;

/** Name of a kind, such as "conversation"; NULL for no kind. Static. */
MC_API const char *mc_item_type_name(mc_item_type item_type);
/** Kind of that name in any case, or MC_ITEM_NONE. */
MC_API mc_item_type mc_item_type_find(const char *name);

/** A link; also an entry of a breadcrumb, of a microcosm's children, of the tree and of a menu. */
typedef struct mc_link {
    const mc_type *type;
    const char *rel;      /**< What it is to the thing, such as "self" or "next". */
    const char *href;     /**< Path such as "/api/v1/profiles/12". */
    const char *title;    /**< Title of what it leads to, or "". */
    const char *logo_url; /**< Its logo, or "". */
    int64_t id;           /**< Its id, or 0. */
    int64_t level;        /**< Depth in the tree; the root microcosm is 1. */
    int64_t parent_id;    /**< In the tree: of the microcosm that it is in. */
    const char *text;     /**< What a menu shows of it. */
} mc_link;

/** State of a thing; flags that don't apply are MC_UNSET. */
typedef struct mc_flags {
    const mc_type *type;
    mc_choice sticky;     /**< Stays at the top of lists. */
    mc_choice open;       /**< May be commented on. */
    mc_choice deleted;    /**< Deleted: hidden, but kept. */
    mc_choice moderated;  /**< Hidden by a moderator. */
    mc_choice visible;    /**< Neither deleted nor moderated. */
    mc_choice unread;     /**< Has something that the actor hasn't read. */
    mc_choice watched;    /**< The actor follows it. */
    mc_choice ignored;    /**< The actor doesn't want to see it. */
    mc_choice send_email; /**< Watched: notifications go out by mail. */
    mc_choice send_sms;   /**< Watched: notifications go out by text message. */
    mc_choice attending;  /**< An event that the actor attends. */
} mc_flags;

/** What the actor may do with a thing (docs/http/permissions.md#the-twelve-booleans). */
typedef struct mc_permissions {
    const mc_type *type;
    bool can_create;      /**< Create something inside it. */
    bool can_read;        /**< See it. */
    bool can_update;      /**< Change it. */
    bool can_delete;      /**< Hide it. */
    bool can_close_own;   /**< Close one's own; reported only. */
    bool can_open_own;    /**< Open one's own again; reported only. */
    bool can_read_others; /**< See what others have written; reported only. */
    bool is_guest;        /**< The actor has no profile on the site. */
    bool is_banned;       /**< The actor is banned from the site or microcosm. */
    bool is_owner;        /**< The actor is its author. */
    bool is_moderator;    /**< The actor moderates it. */
    bool is_site_owner;   /**< The actor owns the site. */
    mc_list why;          /**< mc_permission_reason, where the explanation was asked for. */
} mc_permissions;

/** Why something in mc_permissions is so. */
typedef struct mc_permission_reason {
    const mc_type *type;
    mc_strings decides; /**< What it decides, by the names in JSON: "create", "banned", ... */
    const char *reason; /**< The role with its criteria, or the state: in English. */
} mc_permission_reason;

/** A number that is counted, such as "totalComments". */
typedef struct mc_stat {
    const mc_type *type;
    const char *metric; /**< What is counted. */
    int64_t value;      /**< How many there are. */
} mc_stat;

/** Data about a thing besides its content. */
typedef struct mc_meta {
    const mc_type *type;
    const mc_comment *in_reply_to;     /**< Comments: the comment that this one answers. */
    mc_list replies;                   /**< Comments: mc_comment that answer this one. */
    mc_time created;                   /**< When it was made. */
    const mc_profile *created_by;      /**< By whom. */
    mc_time edited;                    /**< When it was changed last; none if never. */
    const mc_profile *edited_by;       /**< By whom; NULL if never. */
    const char *edit_reason;           /**< Why, in the editor's words, or "". */
    const mc_flags *flags;             /**< Its state. */
    mc_list stats;                     /**< mc_stat */
    mc_list links;                     /**< mc_link */
    const mc_permissions *permissions; /**< What the actor may do with it; in a detail. */
} mc_meta;

/** A page of a list (docs/http/conventions.md#paging). */
typedef struct mc_page {
    const mc_type *type;
    int64_t total;         /**< Number of things on all pages. */
    int64_t limit;         /**< Length of a page. */
    int64_t offset;        /**< Number of things before this page. */
    int64_t max_offset;    /**< Offset of the last page. */
    int64_t total_pages;   /**< Number of pages. */
    int64_t page;          /**< Number of this one, from 1. */
    mc_list links;         /**< mc_link: first, prev, self, next, last. */
    const char *list_type; /**< Key "type", such as "/api/v1/comments". */
    mc_list items;         /**< What is on this page; the list's owner says of which type. */
} mc_page;

/** A thing in a list of things of several kinds. */
typedef struct mc_entry {
    const mc_type *type;
    const char *item_type; /**< Its kind, such as "conversation". */
    const void *item;      /**< Record of that kind. */
    int64_t item_id;       /**< Its id, in lists other than those of microcosms; there 0. */
} mc_entry;

/** A list as the result of a call: a page and its meta. */
typedef struct mc_collection {
    const mc_type *type;
    const mc_page *microcosms, *conversations, *events, *polls, *profiles,
        *comments;                    /**< One of them; the others are NULL. */
    const mc_meta *meta;              /**< Link to the list itself, and what the actor may do. */
    const mc_page *sites, *attendees; /**< As the other pages. */
    const mc_page *huddles, *participants; /**< The same. */
    const mc_page *ignored;                /**< mc_entry */
    const mc_page *roles;                  /**< The same. */
    const mc_page *criteria;               /**< The same, of mc_criterion. */
    const mc_page *attributes;             /**< mc_attribute; without meta */
    const mc_page *bans;                   /**< mc_ban */
    const mc_page *attachments;            /**< mc_attachment */
    const mc_page *tokens;                 /**< mc_token */
    const mc_page *watchers;               /**< mc_watcher */
    const mc_page *items;                  /**< mc_entry */
    const mc_page *updates;                /**< mc_update */
} mc_collection;

/** Which items to list. Begin with MC_ITEM_FILTER_INIT; NULL: all of the site. */
typedef struct mc_item_filter {
    size_t size;          /**< Set by the initialiser. */
    int64_t microcosm_id; /**< Only those right in this microcosm; 0: in all that are listed. */
    bool is_attending;    /**< Only events to which the actor has said yes: of guests none. */
} mc_item_filter;

#define MC_ITEM_FILTER_INIT                                                                        \
    {                                                                                              \
        sizeof(mc_item_filter), 0, false                                                           \
    }

/** A plain list of links as the result of a call, such as the tree of microcosms. */
typedef struct mc_link_list {
    const mc_type *type;
    mc_list links; /**< mc_link */
} mc_link_list;

#ifdef __cplusplus
}
#endif
#endif
