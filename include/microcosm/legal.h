/**
 * Legal documents: terms of service, privacy notice, notice on cookies of each site; terms for
 * owners of sites on the root site. The texts are the library's own, or the operator's
 * (mc_app_options.legal).
 */
#ifndef MICROCOSM_LEGAL_H
#define MICROCOSM_LEGAL_H

#include <microcosm/common.h>

#ifdef __cplusplus
extern "C" {
#endif

/** One document. */
typedef struct mc_legal {
    const mc_type *type;
    const char *html;      /**< Safe to show as it is. */
    mc_time last_modified; /**< Day on which the text was last changed. */
} mc_legal;

/** What documents there are. */
typedef struct mc_legal_index {
    const mc_type *type;
    mc_list links; /**< mc_link; rel is the document's name, on the root site "api". */
} mc_legal_index;

/** The documents of the session's site. @return 0, MC_ESTATE (no site entered), ... */
MC_API int mc_legal_list(mc_legal_index **out, mc_session *session);

/**
 * One document, with the site's and the operator's names in it.
 * @param name "cookies", "privacy" or "terms"; on the root site "service"
 * @return 0, MC_ENOTFOUND (not on this site), MC_ESTATE (no site entered), ...
 */
MC_API int mc_legal_get(mc_legal **out, mc_session *session, const char *name);

#ifdef __cplusplus
}
#endif
#endif
