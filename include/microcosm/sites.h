/** Sites: one forum each, found by host. */
#ifndef MICROCOSM_SITES_H
#define MICROCOSM_SITES_H

#include <microcosm/common.h>

#ifdef __cplusplus
extern "C" {
#endif

/** A site (docs/http/sites.md#the-site). */
typedef struct mc_site {
    const mc_type *type;
    int64_t id;                         /**< 1 is the root site. */
    const char *site_url;               /**< Such as "https://key.example.org". */
    const char *title;                  /**< HTML-escaped, like all titles and descriptions. */
    const char *description;            /**< What it is about. */
    const char *subdomain_key;          /**< The site's host is this key and the base domain. */
    const char *domain;                 /**< A domain of its own, or "". */
    bool force_ssl;                     /**< Its own domain is served by HTTPS only. */
    const mc_profile *owned_by;         /**< Its owner, who may do everything but read huddles. */
    int64_t theme_id;                   /**< Theme, for clients. */
    const char *logo_url, *favicon_url; /**< Pictures of it, or of its theme; the icon may be "". */
    const char *background_color, *background_url, *background_position; /**< CSS values, or "". */
    const char *link_color;                                              /**< A CSS value, or "". */
    const char *ga_web_property_id;             /**< For clients that count visits, or "". */
    mc_list menu;                               /**< mc_link */
    const char *auth0_domain, *auth0_client_id; /**< Where clients sign in by Auth0, or "". */
    const mc_meta *meta;         /**< Who made it and when, and what the actor may do. */
    const char *search_language; /**< Whose forms of words searches know, such as "english";
                                    "simple": none. */
} mc_site;

/** The session's site, with what the actor may do. @return 0, MC_ESTATE (no site entered), ... */
MC_API int mc_site_get(mc_site **out, mc_session *session);

/** The logo of a theme that has none, as SVG. @return as mc_profile_picture() */
MC_API int mc_site_picture(mc_buffer *out, mc_session *session, int64_t theme_id);

/** A site in the list of all sites. */
typedef struct mc_site_summary {
    const mc_type *type;
    int64_t id;                /**< As mc_site.id. */
    const char *subdomain_key; /**< The site's host is this key and the base domain. */
    const char *domain;        /**< A domain of its own, or "". */
    const char *title;         /**< HTML-escaped. */
    mc_time created;           /**< When it was made. */
    bool deleted;              /**< It isn't there for visitors, and can be brought back. */
} mc_site_summary;

/** Some sites. */
typedef struct mc_site_list {
    const mc_type *type;
    mc_list sites; /**< mc_site_summary, by id. */
    bool more;     /**< Whether there are more: go on after the last id. */
} mc_site_list;

/**
 * All sites of the database but the root site, with those that were deleted. For operators: checks
 * no permission and needs no site entered.
 *
 * @param after  id of the last site that is known; 0: from the beginning
 * @param limit  most sites to return, 1 to 1000; 0: 100
 * @return 0, MC_EINVAL, MC_EUNAVAILABLE, ...
 */
MC_API int mc_sites_list(mc_site_list **out, mc_session *session, int64_t after, int64_t limit);

/**
 * Any site by its id. A deleted site is shown to its owner only.
 * @return 0, MC_EINVAL (id not positive), MC_ENOTFOUND, ...
 */
MC_API int mc_site_find(mc_site **out, mc_session *session, int64_t site_id);

/** Whether a setting of a site works. */
typedef struct mc_site_health {
    const mc_type *type;
    bool set;          /**< It is set, */
    bool valid;        /**< and works. */
    const char *error; /**< Why it doesn't, or "". */
    const char *value; /**< What is set; of the domain its CNAME; or "". */
} mc_site_health;

/** What became of the settings of a site when they were tried. */
typedef struct mc_site_status {
    const mc_type *type;
    const mc_site *site;                  /**< Without permissions. */
    const mc_site_health *domain;         /**< Its CNAME must be the site's host here. */
    const mc_site_health *background_url; /**< Can be fetched, with a status below 400. */
    const mc_site_health *logo_url;       /**< The same. */
    const mc_site_health *analytics_id;   /**< Begins with "UA-". */
} mc_site_status;

/**
 * Tries a site's settings, for its owner: asks a name server about its domain and fetches its
 * pictures, so it may take some ten seconds. Only servers on the public internet are asked, and
 * those that mc_app_options.outgoing_allow names.
 * @return 0, MC_EINVAL (id not positive, or the root site's), MC_ENOTFOUND, MC_EFORBIDDEN (not the
 * owner), MC_EBUSY (too many are being tried), ...
 */
MC_API int mc_site_status_get(mc_site_status **out, mc_session *session, int64_t site_id);

/** Which sites to list. Begin with MC_SITE_FILTER_INIT. */
typedef struct mc_site_filter {
    size_t size; /**< Set by the initialiser. */
    bool owned;  /**< Only those that the actor's user owns; MC_EFORBIDDEN for guests. */
} mc_site_filter;

#define MC_SITE_FILTER_INIT                                                                        \
    {                                                                                              \
        sizeof(mc_site_filter), false                                                              \
    }

/**
 * A page of the sites, oldest first, without the root site and deleted ones. filter may be NULL.
 * @return 0, MC_EINVAL (page), MC_EFORBIDDEN, ...
 */
MC_API int mc_sites_list_public(mc_collection **out, mc_session *session,
                                const mc_site_filter *filter, const mc_page_options *page);

/**
 * Input for a site. Begin with MC_SITE_EDIT_INIT. In an edit, what is NULL, unset or not given
 * stays as it is. Addresses are http, https or begin with "/", and have at most 2,000 characters.
 */
typedef struct mc_site_edit {
    size_t size;               /**< Set by the initialiser. */
    const char *title;         /**< Required, at most 50 characters. */
    const char *description;   /**< NULL: the title. */
    const char *subdomain_key; /**< Required, at most 50 characters: letters a to z and digits, not
                                  in use. Never changes. */
    mc_maybe_int64 theme_id;   /**< A theme that exists; 1 unless given. */
    const char *logo_url;      /**< At most 2,000 characters; "": the theme's. */
    const char *favicon_url, *background_url;  /**< At most 2,000 characters; "": none, not even the
  theme's. */
    const char *background_color, *link_color; /**< "#RGB", "#RRGGBB" or a colour of CSS, at most 50
                                                  characters; "": the theme's. */
    /** tile, tiled, cover, tall, wide, left, center or right, at most 50 characters; anything else
     * is tile. */
    const char *background_position;
    const char *
        ga_web_property_id; /**< "UA-", then digits and hyphens; at most 50 characters; "": none. */
    mc_choice deleted;      /**< Only in an edit: delete the site, or bring it back. */
    const char *search_language; /**< A text search configuration of PostgreSQL, such as "german",
                                    or "simple"; at most 63 characters. */
} mc_site_edit;

#define MC_SITE_EDIT_INIT                                                                          \
    {                                                                                              \
        sizeof(mc_site_edit), NULL, NULL, NULL, {false, 0}, NULL, NULL, NULL, NULL, NULL, NULL,    \
            NULL, MC_UNSET, NULL                                                                   \
    }

/**
 * Make a site with its root microcosm, default roles and an owner; one transaction. For
 * operators: checks no permission and needs no site entered.
 *
 * @param[out] site_id  the new site
 * @param owner_email   user who will own it; made if there is none
 * @return 0, MC_EINVAL, MC_ECONFLICT (the key is in use), MC_EUNAVAILABLE, ...
 */
MC_API int mc_site_create(int64_t *site_id, mc_session *session, const mc_site_edit *edit,
                          const char *owner_email);

/**
 * Make a site that the actor's user owns; one transaction. The key must not be reserved
 * (mc_site_key_find()).
 * @return 0, MC_EFORBIDDEN (guest), MC_EINVAL, MC_ECONFLICT (the key is in use), ...
 */
MC_API int mc_site_create_own(int64_t *site_id, mc_session *session, const mc_site_edit *edit);
/** The same from a request's body. @return as mc_site_create_own() */
MC_API int mc_site_create_own_body(int64_t *site_id, mc_session *session, mc_format format,
                                   const char *body, size_t length);

/**
 * Change a site whose owner is a profile of the actor's user. A deleted site's host leads nowhere,
 * and it is in no list, until its owner sets deleted to MC_NO. Meanwhile others can take its key
 * and its domain. Deleting it needs a second factor anew, of who has one (second_factors.h).
 * @return 0, MC_EFORBIDDEN, MC_EINVAL, MC_ENOTFOUND, MC_ECONFLICT (another site has the key or the
 *         domain of one that is to come back), ...
 */
MC_API int mc_site_edit_save(mc_session *session, int64_t site_id, const mc_site_edit *edit);
/** The same from a request's body. @return as mc_site_edit_save() */
MC_API int mc_site_edit_body(mc_session *session, int64_t site_id, mc_format format,
                             const char *body, size_t length);

/**
 * What only the operator decides about a site. Begin with MC_SITE_SETTINGS_INIT. What is NULL or
 * unset stays as it is.
 */
typedef struct mc_site_settings {
    size_t size; /**< Set by the initialiser. */
    /**
     * A domain of the site's own, such as "talk.example.org": in ASCII (xn--... for others), with a
     * dot, no IP address, and neither the base domain nor below it; at most 253 characters. "":
     * none.
     */
    const char *domain;
    mc_choice force_ssl; /**< Whether that domain is served by HTTPS only. */
    mc_choice deleted;   /**< Delete the site, or bring it back, as its owner may. */
    /** Where clients sign in by Auth0, a host name, at most 253 characters; "": nowhere. */
    const char *auth0_domain;
    const char *auth0_client_id; /**< Their id there, at most 250 characters; "": none. */
    mc_maybe_int64 markdown_max; /**< Bytes of Markdown in a comment, 1 to MC_RENDER_MAX. */
} mc_site_settings;

#define MC_SITE_SETTINGS_INIT                                                                      \
    {                                                                                              \
        sizeof(mc_site_settings), NULL, MC_UNSET, MC_UNSET, NULL, NULL,                            \
        {                                                                                          \
            false, 0                                                                               \
        }                                                                                          \
    }

/**
 * Change what only the operator decides. For operators: checks no permission and needs no site
 * entered. Works on deleted sites too. A domain is one site's; the root site has none and can't be
 * deleted.
 * @param key the site's subdomain_key. If nobody has it now, or deleted is MC_NO, the newest
 * deleted site that had it is meant, if there is one.
 * @return 0, MC_EINVAL, MC_ENOTFOUND, MC_ECONFLICT (another site has the domain, or the key of one
 *         that is to come back), ...
 */
MC_API int mc_site_settings_set(mc_session *session, const char *key,
                                const mc_site_settings *settings);

/** One link of a menu, as input. Begin with MC_MENU_LINK_EDIT_INIT. */
typedef struct mc_menu_link_edit {
    size_t size;       /**< Set by the initialiser. */
    const char *href;  /**< Required: http, https, mailto or relative; at most 2,000 characters. */
    const char *title; /**< A longer description, at most 512 characters. */
    const char *text;  /**< Required: what is shown, at most 50 characters. */
} mc_menu_link_edit;

#define MC_MENU_LINK_EDIT_INIT                                                                     \
    {                                                                                              \
        sizeof(mc_menu_link_edit), NULL, NULL, NULL                                                \
    }

/** A menu, as input. Begin with MC_MENU_EDIT_INIT. */
typedef struct mc_menu_edit {
    size_t size;   /**< Set by the initialiser. */
    mc_list links; /**< mc_menu_link_edit; 1 to 10, in the order of the menu. */
} mc_menu_edit;

#define MC_MENU_EDIT_INIT                                                                          \
    {                                                                                              \
        sizeof(mc_menu_edit),                                                                      \
        {                                                                                          \
            NULL, 0                                                                                \
        }                                                                                          \
    }

/** The menu of a site, in its order. @return 0, MC_EINVAL (id not positive), MC_ENOTFOUND, ... */
MC_API int mc_site_menu_get(mc_link_list **out, mc_session *session, int64_t site_id);
/** Replace the menu of a site as a whole. @return as mc_site_edit_save() */
MC_API int mc_site_menu_set(mc_session *session, int64_t site_id, const mc_menu_edit *edit);
/** The same from a request's body, a list. @return as mc_site_edit_save() */
MC_API int mc_site_menu_set_body(mc_session *session, int64_t site_id, mc_format format,
                                 const char *body, size_t length);
/** Remove all links of a menu. @return as mc_site_edit_save() */
MC_API int mc_site_menu_clear(mc_session *session, int64_t site_id);

/** The host of a site, for front ends that serve custom domains. */
typedef struct mc_site_host {
    const mc_type *type;
    const char *host; /**< Such as "key.example.org". */
} mc_site_host;

/** The host of the site that has a custom domain, in any case. @return 0, MC_ENOTFOUND, ... */
MC_API int mc_site_host_find(mc_site_host **out, mc_session *session, const char *domain);

/** Whether somebody can have a key for a new site. */
typedef struct mc_site_key {
    const mc_type *type;
    /** In use, not a key at all (1 to 50 letters a to z and digits), or kept back: operators can
     * make a site with a kept back key. */
    bool reserved;
} mc_site_key;

/** Whether a key is in use or kept back (table reserved_keys), or can't be one. Capitals are read
 * as small letters. @return 0, MC_EINVAL, ... */
MC_API int mc_site_key_find(mc_site_key **out, mc_session *session, const char *key);

/** Figures of the platform at one time. */
typedef struct mc_platform_day {
    const mc_type *type;
    mc_time taken;           /**< When they were taken. */
    int64_t sites;           /**< Sites but the root site. */
    int64_t engaged_sites;   /**< Of these, sites with comments on conversations; or with more than
                                one profile, a logo of their own, and comments on events. */
    int64_t conversations;   /**< Made in the 24 hours before, and visible. */
    int64_t comments;        /**< The same, on conversations, events and polls. */
    int64_t profiles;        /**< Profiles on all sites but the root site. */
    int64_t edited_profiles; /**< Of these, with a chosen name and an avatar of their own. */
    int64_t new_profiles;    /**< Made in the 24 hours before. */
    int64_t sign_ins;        /**< Profiles that were here in the 24 hours before. */
    int64_t people;          /**< Users who were here in the 24 hours before. */
} mc_platform_day;

/** Figures of the last days. */
typedef struct mc_platform_days {
    const mc_type *type;
    mc_list days; /**< mc_platform_day: the last figures of each day (UTC), oldest first; 400 at
                     most */
} mc_platform_days;

/**
 * The platform's figures. For the owner of the root site, on it.
 * @return 0, MC_EFORBIDDEN (anybody else, or another site), MC_ESTATE (no site entered), ...
 */
MC_API int mc_platform_days_list(mc_platform_days **out, mc_session *session);
/** Take the figures now; this counts all profiles, and what is new. @return as
 * mc_platform_days_list() */
MC_API int mc_platform_day_take(mc_session *session);

#ifdef __cplusplus
}
#endif
#endif
