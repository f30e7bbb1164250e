/* Links of records, and the common end of all profile summaries. */
#ifndef MC_BASE_LINKS_H
#define MC_BASE_LINKS_H

#include "record/record.h"

#include <microcosm.h>

/* "/api/v1/" collection "/" id */
const char *mc__href(mc__arena *arena, const char *collection, int64_t id);
/* Adds a link to a list that grows in the arena; capacity starts as 0. NULL: out of memory. */
mc_link *mc__link_add(mc__arena *arena, mc_list *links, size_t *capacity, const char *rel,
                      const char *href, const char *title);
/* A meta whose only link is "self", to href, which is kept as it is. NULL: out of memory. */
mc_meta *mc__self_meta(mc__arena *arena, const char *href);
/* The picture that a profile, a microcosm or (MC_ITEM_SITE) a theme has if it has no other:
 * pictures.c. */
const char *mc__picture_href(mc__arena *arena, mc_item_type item_type, int64_t id);
/* Adds empty flags and the links to a profile summary. NULL is allowed. */
void mc__profile_finish(mc__arena *arena, mc_profile *profile);
/* A finished profile for each row; MC_ENOMEM. */
int mc__profiles_read(mc_list *out, mc__arena *arena, const PGresult *rows);

/* The address of a site, without a slash at its end. domain: "" if it has none. */
const char *mc__site_url(const mc_app *app, mc__arena *arena, int64_t site_id, const char *key,
                         const char *domain, bool force_ssl);
/* The host that a site has whether or not it has a domain of its own. */
const char *mc__site_host(const mc_app *app, mc__arena *arena, int64_t site_id, const char *key);

#endif
