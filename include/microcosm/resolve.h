/**
 * Old addresses: where the things that a site has brought from elsewhere are now. The forms of
 * addresses that are understood are described in docs/http/resolve.md.
 */
#ifndef MICROCOSM_RESOLVE_H
#define MICROCOSM_RESOLVE_H

#include <microcosm/common.h>

#ifdef __cplusplus
extern "C" {
#endif

/** What an old address means. */
typedef struct mc_resolved {
    const mc_type *type;
    const char *url;         /**< As it was given. */
    int64_t status;          /**< 301, or 404: it means nothing here. */
    const mc_link *redirect; /**< Where to go; href "": nowhere. */
    const char *item_type;   /**< Kind of thing or collection, such as "conversation"; or "". */
    int64_t item_id;         /**< The thing; 0: a collection, or none. */
    int64_t offset;          /**< Of the page; 0: the first. */
    const char *action;      /**< "incontext", "search", "online" or "". */
    const char *search;      /**< With "search": what to search for; else "". */
} mc_resolved;

/**
 * What an address of a forum whose content was imported into the site means here. Whether the
 * caller may read the thing isn't asked, but where its unread comments begin is only told to who
 * may.
 * @param url absolute, or path and query
 * @return 0 (also if it means nothing), MC_EINVAL (url is NULL, empty or no valid text), ...
 */
MC_API int mc_url_resolve(mc_resolved **out, mc_session *session, const char *url);

#ifdef __cplusplus
}
#endif
#endif
