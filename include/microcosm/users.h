/**
 * Users as owners of sites see them: accounts with their addresses, and members that are made or
 * marked many at a time (docs/http/users.md). auth.h has what operators do with users.
 */
#ifndef MICROCOSM_USERS_H
#define MICROCOSM_USERS_H

#include <microcosm/common.h>

#ifdef __cplusplus
extern "C" {
#endif

/** A text that may be unknown, in the form that clients know. */
typedef struct mc_known_text {
    const mc_type *type;
    const char *text; /**< The text, or "". */
    bool is_known;    /**< Whether there is one. */
} mc_known_text;

/** A number of the same kind. */
typedef struct mc_known_number {
    const mc_type *type;
    int64_t number; /**< The number, or 0. */
    bool is_known;  /**< Whether there is one. */
} mc_known_number;

/** A user: an account for all sites. */
typedef struct mc_account {
    const mc_type *type;
    int64_t id;                       /**< The same on all sites. */
    const char *email;                /**< As it was first given. */
    const mc_known_text *gender;      /**< That of the profile on this site. */
    mc_time created;                  /**< When it was made. */
    const mc_known_text *state;       /**< Never known; clients want it. */
    const mc_known_number *dob_day;   /**< The same. */
    const mc_known_number *dob_month; /**< The same. */
    const mc_known_number *dob_year;  /**< The same. */
    const char
        *canonical_email; /**< By which the user is found: one form of all that are the same. */
    const mc_meta *meta;  /**< A link to itself. */
} mc_account;

/**
 * An account, for the user itself and the site's owner.
 * @return 0, MC_EINVAL (id not positive), MC_EFORBIDDEN (also a user without a profile here),
 *         MC_ENOTFOUND (for the owner: no such user)
 */
MC_API int mc_user_find(mc_account **out, mc_session *session, int64_t user_id);

/** A user who is to be made, as input. Begin with MC_USER_EDIT_INIT. */
typedef struct mc_user_edit {
    size_t size;            /**< Set by the initialiser. */
    const char *email;      /**< Required. */
    mc_maybe_int64 user_id; /**< Refused: users get their ids. */
    const char *created;    /**< The same. */
} mc_user_edit;

#define MC_USER_EDIT_INIT                                                                          \
    {                                                                                              \
        sizeof(mc_user_edit), NULL, {false, 0}, NULL                                               \
    }

/** Some users who are to be made. Begin with MC_USERS_EDIT_INIT. */
typedef struct mc_users_edit {
    size_t size;   /**< Set by the initialiser. */
    mc_list users; /**< mc_user_edit, at most 1000. */
} mc_users_edit;

#define MC_USERS_EDIT_INIT                                                                         \
    {                                                                                              \
        sizeof(mc_users_edit),                                                                     \
        {                                                                                          \
            NULL, 0                                                                                \
        }                                                                                          \
    }

/** Some profiles; as JSON, the list alone. */
typedef struct mc_profile_list {
    const mc_type *type;
    mc_list profiles; /**< mc_profile */
} mc_profile_list;

/**
 * Find users by their addresses, or make them, with a profile on the site for each; for the site's
 * owner. All, or none if one of them is at fault.
 * @param[out] out  their profiles as they are shown alone, but without addresses and permissions,
 *                  in the order of the addresses
 * @return 0, MC_EINVAL (a fault for each address that isn't one, or is banned; the first hundred),
 *         MC_EFORBIDDEN
 */
MC_API int mc_users_create(mc_profile_list **out, mc_session *session, const mc_users_edit *edit);
/** The same from a request's body, a list. @return as mc_users_create() */
MC_API int mc_users_create_body(mc_profile_list **out, mc_session *session, mc_format format,
                                const char *body, size_t length);

/** Whether somebody is a member, as input. Begin with MC_MEMBERSHIP_EDIT_INIT. */
typedef struct mc_membership_edit {
    size_t size;         /**< Set by the initialiser. */
    const char *email;   /**< Required. */
    mc_choice is_member; /**< Required. */
} mc_membership_edit;

#define MC_MEMBERSHIP_EDIT_INIT                                                                    \
    {                                                                                              \
        sizeof(mc_membership_edit), NULL, MC_UNSET                                                 \
    }

/** Some of these. Begin with MC_MEMBERSHIPS_EDIT_INIT. */
typedef struct mc_memberships_edit {
    size_t size;         /**< Set by the initialiser. */
    mc_list memberships; /**< mc_membership_edit: one or more, at most 10,000. */
} mc_memberships_edit;

#define MC_MEMBERSHIPS_EDIT_INIT                                                                   \
    {                                                                                              \
        sizeof(mc_memberships_edit),                                                               \
        {                                                                                          \
            NULL, 0                                                                                \
        }                                                                                          \
    }

/**
 * Set or remove the attribute is_member of many, who are found or made as mc_users_create() does;
 * for the site's owner. Of several for one user the last counts.
 * @return as mc_users_create()
 */
MC_API int mc_users_batch(mc_session *session, const mc_memberships_edit *edit);
/**
 * The same from a request's body: a list, or with MC_FORMAT_CSV lines of address and flag.
 * @return as mc_users_batch()
 */
MC_API int mc_users_batch_body(mc_session *session, mc_format format, const char *body,
                               size_t length);

#ifdef __cplusplus
}
#endif
#endif
