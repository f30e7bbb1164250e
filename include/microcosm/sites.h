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
