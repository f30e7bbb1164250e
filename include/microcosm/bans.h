/**
 * Bans: who is shut out of a site (docs/http/bans.md).
 *
 * For the site's owner, and for those who moderate its root microcosm, by a role or as its owner.
 * Bans of e-mail addresses are seen and changed by the site's owner only, since only they see
 * addresses. A ban counts from the next request on, and no longer once it has ended, by the
 * database's clock. It shuts nobody out who owns or made the site.
 */
#ifndef MICROCOSM_BANS_H
#define MICROCOSM_BANS_H

#include <microcosm/common.h>

#ifdef __cplusplus
extern "C" {
#endif

/** A ban: of a user, or of e-mail addresses. */
typedef struct mc_ban {
    const mc_type *type;
    int64_t id;                 /**< Of the ban. */
    int64_t user_id;            /**< Who is banned; 0 for addresses. */
    const mc_profile *profile;  /**< Their profile on the site; NULL for addresses. */
    const char *email_pattern;  /**< Which addresses are banned, or "": see mc_ban_edit. */
    const char *display_reason; /**< What they are told; HTML-escaped. */
    const char *admin_reason;   /**< What only those see who may ban; HTML-escaped. */
    mc_time expires;            /**< When it ends; none: never. */
    const mc_meta *meta;        /**< Since when, and by whom. */
} mc_ban;

/** Input for a ban. Begin with MC_BAN_EDIT_INIT. */
typedef struct mc_ban_edit {
    size_t size;        /**< Set by the initialiser. */
    int64_t user_id;    /**< Whom: a user with a profile on the site; 0: not by that. */
    int64_t profile_id; /**< The same by the profile's id. */
    /**
     * Instead of a user: an address (with all that lead to the same account), the domain of
     * addresses ("spam.example", also with "@" or "*@" before it), or what the subdomains of a
     * domain end with ("*.spam.example").
     */
    const char *email;
    const char *display_reason; /**< What they are told: at most 250 characters. */
    const char *admin_reason;   /**< For those who may ban: at most 1,000 characters. */
    const char *expires;        /**< RFC 3339, in the future. NULL or "": never. */
} mc_ban_edit;

#define MC_BAN_EDIT_INIT                                                                           \
    {                                                                                              \
        sizeof(mc_ban_edit), 0, 0, NULL, NULL, NULL, NULL                                          \
    }

/**
 * A page of the bans that count now, newest first. Of more than 10,000, ended ones included, the
 * newest 10,000 are looked at.
 * @return 0, MC_EINVAL (page), MC_EFORBIDDEN
 */
MC_API int mc_bans_list(mc_collection **out, mc_session *session, const mc_page_options *page);
/** One of them. @return 0, MC_EINVAL (id not positive), MC_EFORBIDDEN, MC_ENOTFOUND */
MC_API int mc_ban_find(mc_ban **out, mc_session *session, int64_t ban_id);
/**
 * Ban a user or addresses. Who is banned already, is so with the new reasons and the new end.
 * Only the site's owner can ban somebody who moderates the root microcosm.
 * @param[out] ban_id the ban
 * @return 0, MC_EINVAL (also the site's owner, or oneself), MC_EFORBIDDEN, MC_ENOTFOUND (no such
 *         person on the site)
 */
MC_API int mc_ban_create(int64_t *ban_id, mc_session *session, const mc_ban_edit *edit);
/** The same from a request's body. @return as mc_ban_create() */
MC_API int mc_ban_create_body(int64_t *ban_id, mc_session *session, mc_format format,
                              const char *body, size_t length);
/** Let them in again. @return as mc_ban_find() */
MC_API int mc_ban_delete(mc_session *session, int64_t ban_id);
/**
 * The same for whom the ban names: only user_id, profile_id and email of edit are looked at.
 * @return 0, MC_EINVAL, MC_EFORBIDDEN, MC_ENOTFOUND (no such ban)
 */
MC_API int mc_ban_lift(mc_session *session, const mc_ban_edit *edit);
/** The same from a request's body. @return as mc_ban_lift() */
MC_API int mc_ban_lift_body(mc_session *session, mc_format format, const char *body, size_t length);

#ifdef __cplusplus
}
#endif
#endif
