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
    const char *logo_url, *favicon_url; /**< Pictures of it, or "". */
    const char *background_color, *background_url, *background_position; /**< CSS values, or "". */
    const char *link_color;                                              /**< A CSS value, or "". */
    const char *ga_web_property_id;             /**< For clients that count visits, or "". */
    mc_list menu;                               /**< mc_link */
    const char *auth0_domain, *auth0_client_id; /**< Where clients sign in by Auth0, or "". */
    const mc_meta *meta; /**< Who made it and when, and what the actor may do. */
} mc_site;

/** The session's site, with what the actor may do. @return 0, MC_ESTATE (no site entered), ... */
MC_API int mc_site_get(mc_site **out, mc_session *session);

/** A site in the list of all sites. */
typedef struct mc_site_summary {
    const mc_type *type;
    int64_t id;                /**< As mc_site.id. */
    const char *subdomain_key; /**< The site's host is this key and the base domain. */
    const char *domain;        /**< A domain of its own, or "". */
    const char *title;         /**< HTML-escaped. */
    mc_time created;           /**< When it was made. */
} mc_site_summary;

/** Some sites. */
typedef struct mc_site_list {
    const mc_type *type;
    mc_list sites; /**< mc_site_summary, by id. */
    bool more;     /**< Whether there are more: go on after the last id. */
} mc_site_list;

/**
 * All sites of the database but the root site. For operators: checks no permission and needs no
 * site entered.
 *
 * @param after  id of the last site that is known; 0: from the beginning
 * @param limit  most sites to return, 1 to 1000; 0: 100
 * @return 0, MC_EINVAL, MC_EUNAVAILABLE, ...
 */
MC_API int mc_sites_list(mc_site_list **out, mc_session *session, int64_t after, int64_t limit);

/** Input for a site. Begin with MC_SITE_EDIT_INIT. */
typedef struct mc_site_edit {
    size_t size;               /**< Set by the initialiser. */
    const char *title;         /**< Required, at most 50 characters. */
    const char *description;   /**< NULL: the title. */
    const char *subdomain_key; /**< Required: 1 to 50 of [a-z0-9], not reserved, not in use. */
} mc_site_edit;

#define MC_SITE_EDIT_INIT                                                                          \
    {                                                                                              \
        sizeof(mc_site_edit), NULL, NULL, NULL                                                     \
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

#ifdef __cplusplus
}
#endif
#endif
