/**
 * Short links: codes that stand in comments of old forums for addresses elsewhere. None are made
 * for new comments, but the old ones go on leading where they did.
 */
#ifndef MICROCOSM_SHORT_LINKS_H
#define MICROCOSM_SHORT_LINKS_H

#include <microcosm/common.h>

#ifdef __cplusplus
extern "C" {
#endif

/** Where a code leads. */
typedef struct mc_short_link {
    const mc_type *type;
    const char *code; /**< Digits 2 to 9 and letters, which are told apart by case. */
    const char *url;  /**< http or https, in ASCII, without tracking (docs/http/comments.md). */
} mc_short_link;

/**
 * Where a code leads, and count that somebody goes there. Codes are the same on all sites, so none
 * needs to be entered.
 * @return 0, MC_ENOTFOUND (unknown, or it doesn't lead to a web address), MC_EUNAVAILABLE, ...
 */
MC_API int mc_short_link_follow(mc_short_link **out, mc_session *session, const char *code);

/**
 * Store a code. For operators who move a forum here: checks no permission and needs no site
 * entered.
 * @param code 1 to 50 digits 2 to 9 and letters
 * @param url  http or https, at most 4,096 bytes
 * @return 0 (also if it is stored already), MC_EINVAL, MC_ECONFLICT (the code leads elsewhere),
 *         MC_EUNAVAILABLE, ...
 */
MC_API int mc_short_link_save(mc_session *session, const char *code, const char *url);

#ifdef __cplusplus
}
#endif
#endif
