/**
 * Attributes: free keys and values on microcosms, conversations, events, polls, comments, profiles
 * and the site. Rights are those of the thing: who may read it may read them, who may change it may
 * change them. Roles can ask for those of profiles (docs/http/permissions.md).
 */
#ifndef MICROCOSM_ATTRIBUTES_H
#define MICROCOSM_ATTRIBUTES_H

#include <microcosm/common.h>

#ifdef __cplusplus
extern "C" {
#endif

/** An attribute. It has one of the three values. */
typedef struct mc_attribute {
    const mc_type *type;
    const char *key;              /**< Digits, letters, "_" and "-". */
    const char *value_text;       /**< HTML-escaped; a date as YYYY-MM-DD. "" for another value. */
    mc_maybe_double value_number; /**< Given if it is a number. */
    mc_choice value_boolean;      /**< MC_UNSET unless it is true or false. */
} mc_attribute;

/**
 * The attributes of a thing by key, bytewise; a thing that doesn't exist, but that the actor would
 * have rights on, has none. The page is mc_collection's attributes.
 * @return 0, MC_EFORBIDDEN, MC_EBANNED, MC_ENOTFOUND (hidden, or a kind that has none),
 * MC_EINVAL (page, id not positive)
 */
MC_API int mc_attributes_list(mc_collection **out, mc_session *session, mc_item_type item_type,
                              int64_t item_id, const mc_page_options *page);
/** One of them. @return as mc_attributes_list(); MC_ENOTFOUND also for an unknown key */
MC_API int mc_attribute_get(mc_attribute **out, mc_session *session, mc_item_type item_type,
                            int64_t item_id, const char *key);

/** An attribute to set. Begin with MC_ATTRIBUTE_EDIT_INIT. Just one of the values is given. */
typedef struct mc_attribute_edit {
    size_t size;            /**< Set by the initialiser. */
    const char *key;        /**< 1 to 50 digits, letters, "_" and "-". */
    const char *value_text; /**< At most 1,000 characters and at least 1, cleaned as a title; a
                               date as YYYY-MM-DD. */
    mc_maybe_double value_number; /**< Finite. */
    mc_choice value_boolean;      /**< MC_YES or MC_NO. */
} mc_attribute_edit;

#define MC_ATTRIBUTE_EDIT_INIT                                                                     \
    {                                                                                              \
        sizeof(mc_attribute_edit), NULL, NULL, {false, 0}, MC_UNSET                                \
    }

/** Several. Begin with MC_ATTRIBUTES_EDIT_INIT. */
typedef struct mc_attributes_edit {
    size_t size;        /**< Set by the initialiser. */
    mc_list attributes; /**< mc_attribute_edit, at most 250, each key once. */
} mc_attributes_edit;

#define MC_ATTRIBUTES_EDIT_INIT                                                                    \
    {                                                                                              \
        sizeof(mc_attributes_edit),                                                                \
        {                                                                                          \
            NULL, 0                                                                                \
        }                                                                                          \
    }

/**
 * Make or replace one attribute; its value may be of another kind than before. A thing can have
 * 250. is_member of a profile is the site owner's to set.
 * @return 0, MC_EFORBIDDEN, MC_EBANNED, MC_ENOTFOUND, MC_EINVAL, MC_ECLOSED (reason 17: the thing
 *         is closed)
 */
MC_API int mc_attribute_set(mc_session *session, mc_item_type item_type, int64_t item_id,
                            const mc_attribute_edit *edit);
/** The same with the value from a request's body; a key in it is not looked at. @return as
 * mc_attribute_set() */
MC_API int mc_attribute_body(mc_session *session, mc_item_type item_type, int64_t item_id,
                             const char *key, mc_format format, const char *body, size_t length);
/** Several at once, all or none. @return as mc_attribute_set() */
MC_API int mc_attributes_set_many(mc_session *session, mc_item_type item_type, int64_t item_id,
                                  const mc_attributes_edit *edit);
/** The same from a request's body, a JSON array. @return as mc_attribute_set() */
MC_API int mc_attributes_set_many_body(mc_session *session, mc_item_type item_type, int64_t item_id,
                                       mc_format format, const char *body, size_t length);

/** Delete one attribute. @return as mc_attribute_set(); MC_ENOTFOUND also for an unknown key */
MC_API int mc_attribute_delete(mc_session *session, mc_item_type item_type, int64_t item_id,
                               const char *key);
/** Several at once, all or none; values are not looked at. @return as mc_attribute_delete() */
MC_API int mc_attributes_delete_many(mc_session *session, mc_item_type item_type, int64_t item_id,
                                     const mc_attributes_edit *edit);
/** The same from a request's body, a JSON array. @return as mc_attribute_delete() */
MC_API int mc_attributes_delete_many_body(mc_session *session, mc_item_type item_type,
                                          int64_t item_id, mc_format format, const char *body,
                                          size_t length);

#ifdef __cplusplus
}
#endif
#endif
