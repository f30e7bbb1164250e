/**
 * Roles of microcosms, the profiles that they list, and their criteria (docs/http/roles.md).
 *
 * Each call names the microcosm that the role is on, whose moderators it is for; or 0 for the role
 * wherever it is, which is for the site's owner. Unless told otherwise, each returns 0, MC_EINVAL
 * (an id that isn't positive, or bad input), MC_EFORBIDDEN, MC_ENOTFOUND (there is no such role on
 * that microcosm), ...
 */
#ifndef MICROCOSM_ROLES_H
#define MICROCOSM_ROLES_H

#include <microcosm/common.h>

#ifdef __cplusplus
extern "C" {
#endif

/** A role (docs/http/permissions.md#roles). */
typedef struct mc_role {
    const mc_type *type;
    int64_t id;           /**< Of the role. */
    const char *title;    /**< HTML-escaped. */
    int64_t site_id;      /**< The site that it is on. */
    int64_t microcosm_id; /**< The microcosm that it is on: maybe one above that asked for. */
    bool is_moderator;    /**< Its members moderate. */
    bool is_banned;       /**< Its members are shut out. */
    bool include_guests;  /**< Guests are members. */
    bool include_users;   /**< All profiles of the site are members. */
    bool can_create, can_read, can_update, can_delete; /**< As in mc_permissions. */
    bool can_close_own, can_open_own, can_read_others; /**< The same. */
    const mc_meta *meta;                               /**< Who made it and when. */
    const mc_page *members; /**< In a list, for members of the site: the first five mc_profile. */
} mc_role;

/** A condition that puts profiles into a role. */
typedef struct mc_criterion {
    const mc_type *type;
    int64_t id;                   /**< Of the criterion. */
    int64_t or_group;             /**< All of one group must hold; one group is enough. */
    const char *profile_column;   /**< What of a profile is compared, or "". */
    const char *attr_key;         /**< The attribute that is compared if there is no column. */
    const char *predicate;        /**< How. */
    const char *value_text;       /**< The value, if it is a text; else "". */
    mc_maybe_double value_number; /**< The same if it is a number. */
    mc_choice value_boolean;      /**< The same if it is true or false. */
} mc_criterion;

/** One of the profiles that a role lists; as JSON, the profile itself. */
typedef struct mc_role_profile {
    const mc_type *type;
    const mc_profile *profile; /**< As in lists. */
} mc_role_profile;

/**
 * Input for a role. Begin with MC_ROLE_EDIT_INIT. It can't both moderate and ban. What is unset is
 * no in a new role, and stays as it is in an edit.
 */
typedef struct mc_role_edit {
    size_t size;               /**< Set by the initialiser. */
    const char *title;         /**< Required to create, at most 50 characters. */
    mc_choice is_moderator;    /**< As in mc_role. */
    mc_choice is_banned;       /**< The same. */
    mc_choice include_guests;  /**< The same. */
    mc_choice include_users;   /**< The same. */
    mc_choice can_create;      /**< The same. */
    mc_choice can_read;        /**< The same. */
    mc_choice can_update;      /**< The same. */
    mc_choice can_delete;      /**< The same. */
    mc_choice can_close_own;   /**< The same. */
    mc_choice can_open_own;    /**< The same. */
    mc_choice can_read_others; /**< The same. */
    const char *edit_reason;   /**< Only in an edit, at most 150 characters. */
} mc_role_edit;

#define MC_ROLE_EDIT_INIT                                                                          \
    {                                                                                              \
        sizeof(mc_role_edit), NULL, MC_UNSET, MC_UNSET, MC_UNSET, MC_UNSET, MC_UNSET, MC_UNSET,    \
            MC_UNSET, MC_UNSET, MC_UNSET, MC_UNSET, MC_UNSET, NULL                                 \
    }

/**
 * Input for a criterion. Begin with MC_CRITERION_EDIT_INIT. One of the three values is required to
 * create. In an edit, what is NULL, unset or not given stays as it is, and "" takes the column or
 * the key away.
 */
typedef struct mc_criterion_edit {
    size_t size;                  /**< Set by the initialiser. */
    mc_maybe_int64 or_group;      /**< Fits 32 bits; 0 unless given. */
    const char *profile_column;   /**< id, itemCount, commentCount, created, profileName, email,
                                     gender or isBanned. */
    const char *attr_key;         /**< Required without a column; at most 50 characters. */
    const char *predicate;        /**< Required: one that fits the column, or the value's type. */
    const char *value_text;       /**< At most 250 characters. */
    mc_maybe_double value_number; /**< A number. */
    mc_choice value_boolean;      /**< Yes or no. */
} mc_criterion_edit;

#define MC_CRITERION_EDIT_INIT                                                                     \
    {                                                                                              \
        sizeof(mc_criterion_edit), {false, 0}, NULL, NULL, NULL, NULL, {false, 0}, MC_UNSET        \
    }

/** One id, as input. Begin with MC_ID_EDIT_INIT. */
typedef struct mc_id_edit {
    size_t size; /**< Set by the initialiser. */
    int64_t id;  /**< Required. */
} mc_id_edit;

#define MC_ID_EDIT_INIT                                                                            \
    {                                                                                              \
        sizeof(mc_id_edit), 0                                                                      \
    }

/** Some ids, as input. Begin with MC_IDS_EDIT_INIT. */
typedef struct mc_ids_edit {
    size_t size; /**< Set by the initialiser. */
    mc_list ids; /**< mc_id_edit, at most 1000. */
} mc_ids_edit;

#define MC_IDS_EDIT_INIT                                                                           \
    {                                                                                              \
        sizeof(mc_ids_edit),                                                                       \
        {                                                                                          \
            NULL, 0                                                                                \
        }                                                                                          \
    }

/**
 * The roles that apply to a microcosm, with those that it inherits: moderator roles first, banned
 * roles last, then by title. For all who may read it; those who don't moderate it see no roles of
 * microcosms that they may not read. 0: all roles of the site, for its owner.
 * @return 0, MC_EINVAL, MC_EFORBIDDEN, MC_ENOTFOUND, ...
 */
MC_API int mc_roles_list(mc_collection **out, mc_session *session, int64_t microcosm_id,
                         const mc_page_options *page);
/** One role. @return 0, MC_EINVAL, MC_EFORBIDDEN, MC_ENOTFOUND, ... */
MC_API int mc_role_find(mc_role **out, mc_session *session, int64_t microcosm_id, int64_t role_id);
/**
 * Make a role on a microcosm.
 * @param[out] role_id the new role
 * @return 0, MC_EINVAL, MC_EFORBIDDEN, MC_ENOTFOUND, ...
 */
MC_API int mc_role_create(int64_t *role_id, mc_session *session, int64_t microcosm_id,
                          const mc_role_edit *edit);
/** The same from a request's body. @return as mc_role_create() */
MC_API int mc_role_create_body(int64_t *role_id, mc_session *session, int64_t microcosm_id,
                               mc_format format, const char *body, size_t length);
/** Change a role. @return as mc_role_find() */
MC_API int mc_role_edit_save(mc_session *session, int64_t microcosm_id, int64_t role_id,
                             const mc_role_edit *edit);
/** The same from a request's body. @return as mc_role_edit_save() */
MC_API int mc_role_edit_body(mc_session *session, int64_t microcosm_id, int64_t role_id,
                             mc_format format, const char *body, size_t length);
/**
 * PATCH of "/moderator", "/banned", "/read", "/create", "/update", "/delete", "/closeOwn",
 * "/openOwn" and "/readOthers". @return also MC_EUNSUPPORTED for other operations
 */
MC_API int mc_role_patch(mc_session *session, int64_t microcosm_id, int64_t role_id,
                         const mc_patch_op *ops, size_t count);
/** The same from a request's body. @return as mc_role_patch() */
MC_API int mc_role_patch_body(mc_session *session, int64_t microcosm_id, int64_t role_id,
                              const char *body, size_t length);
/** Delete a role with its criteria and its list of profiles. @return as mc_role_find() */
MC_API int mc_role_delete(mc_session *session, int64_t microcosm_id, int64_t role_id);

/**
 * A page of the profiles that a role lists, by id.
 * @return 0, MC_EINVAL, MC_EFORBIDDEN, MC_ENOTFOUND, ...
 */
MC_API int mc_role_profiles_list(mc_collection **out, mc_session *session, int64_t microcosm_id,
                                 int64_t role_id, const mc_page_options *page);
/** One of them; MC_ENOTFOUND if the role doesn't list it. @return as mc_role_find() */
MC_API int mc_role_profile_find(mc_role_profile **out, mc_session *session, int64_t microcosm_id,
                                int64_t role_id, int64_t profile_id);
/**
 * List more profiles; all, or none if one of them is unknown (MC_ENOTFOUND).
 * @return as mc_role_find()
 */
MC_API int mc_role_profiles_add(mc_session *session, int64_t microcosm_id, int64_t role_id,
                                const mc_ids_edit *edit);
/** The same from a request's body, a list. @return as mc_role_profiles_add() */
MC_API int mc_role_profiles_add_body(mc_session *session, int64_t microcosm_id, int64_t role_id,
                                     mc_format format, const char *body, size_t length);
/** List one more profile; nothing happens if the role lists it. @return as mc_role_find() */
MC_API int mc_role_profile_put(mc_session *session, int64_t microcosm_id, int64_t role_id,
                               int64_t profile_id);
/** Take profiles off the list; an empty list of ids means all of them. @return as mc_role_find() */
MC_API int mc_role_profiles_remove(mc_session *session, int64_t microcosm_id, int64_t role_id,
                                   const mc_ids_edit *edit);
/** The same from a request's body, a list. @return as mc_role_profiles_remove() */
MC_API int mc_role_profiles_remove_body(mc_session *session, int64_t microcosm_id, int64_t role_id,
                                        mc_format format, const char *body, size_t length);
/** Take one profile off the list; nothing happens if it isn't there. @return as mc_role_find() */
MC_API int mc_role_profile_delete(mc_session *session, int64_t microcosm_id, int64_t role_id,
                                  int64_t profile_id);
/**
 * A page of all members of a role, by id: listed ones, those that match its criteria, or all
 * profiles of the site. Criteria are tried on the 10,000 oldest profiles of the site. Criteria on
 * email find members for the site's owner only: others would learn addresses by them.
 * @return as mc_role_find()
 */
MC_API int mc_role_members(mc_collection **out, mc_session *session, int64_t microcosm_id,
                           int64_t role_id, const mc_page_options *page);

/** A page of the criteria of a role, by group, column and key. @return as mc_role_find() */
MC_API int mc_role_criteria(mc_collection **out, mc_session *session, int64_t microcosm_id,
                            int64_t role_id, const mc_page_options *page);
/** One criterion. @return as mc_role_find() */
MC_API int mc_role_criterion_find(mc_criterion **out, mc_session *session, int64_t microcosm_id,
                                  int64_t role_id, int64_t criterion_id);
/**
 * Add a criterion; a role has at most 250.
 * @param[out] criterion_id the new criterion
 * @return as mc_role_find()
 */
MC_API int mc_role_criterion_create(int64_t *criterion_id, mc_session *session,
                                    int64_t microcosm_id, int64_t role_id,
                                    const mc_criterion_edit *edit);
/** The same from a request's body. @return as mc_role_criterion_create() */
MC_API int mc_role_criterion_create_body(int64_t *criterion_id, mc_session *session,
                                         int64_t microcosm_id, int64_t role_id, mc_format format,
                                         const char *body, size_t length);
/** Change a criterion. @return as mc_role_find() */
MC_API int mc_role_criterion_edit_save(mc_session *session, int64_t microcosm_id, int64_t role_id,
                                       int64_t criterion_id, const mc_criterion_edit *edit);
/** The same from a request's body. @return as mc_role_criterion_edit_save() */
MC_API int mc_role_criterion_edit_body(mc_session *session, int64_t microcosm_id, int64_t role_id,
                                       int64_t criterion_id, mc_format format, const char *body,
                                       size_t length);
/** Remove one criterion. @return as mc_role_find() */
MC_API int mc_role_criterion_delete(mc_session *session, int64_t microcosm_id, int64_t role_id,
                                    int64_t criterion_id);
/** Remove criteria; an empty list of ids means all of them. @return as mc_role_find() */
MC_API int mc_role_criteria_remove(mc_session *session, int64_t microcosm_id, int64_t role_id,
                                   const mc_ids_edit *edit);
/** The same from a request's body, a list. @return as mc_role_criteria_remove() */
MC_API int mc_role_criteria_remove_body(mc_session *session, int64_t microcosm_id, int64_t role_id,
                                        mc_format format, const char *body, size_t length);

#ifdef __cplusplus
}
#endif
#endif
