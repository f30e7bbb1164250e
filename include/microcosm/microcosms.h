/** Microcosms: forums and sub-forums, a tree on each site. */
#ifndef MICROCOSM_MICROCOSMS_H
#define MICROCOSM_MICROCOSMS_H

#include <microcosm/common.h>

#ifdef __cplusplus
extern "C" {
#endif

/** A microcosm (docs/http/microcosms.md#a-microcosm). */
typedef struct mc_microcosm {
    const mc_type *type;
    int64_t id;                      /**< Of the microcosm. */
    int64_t parent_id;               /**< 0 for the root. */
    mc_list breadcrumb;              /**< mc_link: its ancestors without the root. */
    int64_t site_id;                 /**< The site that it is on. */
    const char *visibility;          /**< "public", "protected" or "private". */
    const char *title, *description; /**< HTML-escaped. */
    const char *logo_url;            /**< Its logo; without one mc_microcosm_picture(). */
    mc_strings item_types;           /**< Kinds of things that may be created in it. */
    mc_list children;                /**< mc_link, in a summary. */
    const void *moderators;          /**< Always NULL. */
    const mc_page *items;            /**< mc_entry, in a detail. */
    int64_t total_items;             /**< In a summary: with all descendants. */
    int64_t total_comments;          /**< In a summary: likewise. */
    const mc_entry
        *most_recent_update; /**< In a summary: the thing with the newest activity, or NULL. */
    const mc_meta *meta;     /**< Who made it and when, state, links, what the actor may do. */
} mc_microcosm;

/** What to list of a microcosm. Begin with MC_MICROCOSM_FILTER_INIT. */
typedef struct mc_microcosm_filter {
    size_t size; /**< Set by the initialiser. */
    bool polls;  /**< Its polls, too, among the other items. */
} mc_microcosm_filter;

#define MC_MICROCOSM_FILTER_INIT                                                                   \
    {                                                                                              \
        sizeof(mc_microcosm_filter), false                                                         \
    }

/** A microcosm and a page of what is in it; id 0 is the site's root. filter may be NULL.
 *  @return 0, MC_EFORBIDDEN, MC_ENOTFOUND, MC_EINVAL (page) */
MC_API int mc_microcosm_get(mc_microcosm **out, mc_session *session, int64_t microcosm_id,
                            const mc_microcosm_filter *filter, const mc_page_options *page);
/** The same as JSON, appended to out. @return as mc_microcosm_get(), or MC_ETOOLARGE (for the
 * buffer) */
MC_API int mc_microcosm_json(mc_buffer *out, mc_session *session, int64_t microcosm_id,
                             const mc_microcosm_filter *filter, const mc_page_options *page);
/** The logo of a microcosm that has none, as SVG. @return as mc_profile_picture() */
MC_API int mc_microcosm_picture(mc_buffer *out, mc_session *session, int64_t microcosm_id);
/** All microcosms that the actor may read, depth first. @return 0, MC_ESTATE (no site entered), ...
 */
MC_API int mc_microcosms_tree(mc_link_list **out, mc_session *session);

/** Input for a microcosm; members that are 0 stay as they are, or get their default. */
typedef struct mc_microcosm_edit {
    size_t size;              /**< Set by the initialiser. */
    const char *title;        /**< At most 50 characters; required to create. */
    const char *description;  /**< Required to create. */
    const char *visibility;   /**< "public", "protected" or "private"; anything else is public. */
    mc_maybe_int64 parent_id; /**< 0: the root. Not given: the root, or unchanged. */
    mc_strings item_types;    /**< items NULL: default; unknown names are dropped. */
    const char *logo_url;     /**< http, https or relative, at most 2,000 characters. */
    bool remove_logo;         /**< Edit only. */
    const char *edit_reason;  /**< At most 150 characters; required to edit. */
} mc_microcosm_edit;

#define MC_MICROCOSM_EDIT_INIT                                                                     \
    {                                                                                              \
        sizeof(mc_microcosm_edit), NULL, NULL, NULL, {false, 0}, {NULL, 0}, NULL, false, NULL      \
    }

/** Make one, inside another. @return 0, MC_EINVAL, MC_EFORBIDDEN */
MC_API int mc_microcosm_create(int64_t *microcosm_id, mc_session *session,
                               const mc_microcosm_edit *edit);
/** The same from a request's body. @return as mc_microcosm_create() */
MC_API int mc_microcosm_create_body(int64_t *microcosm_id, mc_session *session, mc_format format,
                                    const char *body, size_t length);
/** Change or move one.
 *  @return 0, MC_EINVAL, MC_EFORBIDDEN, MC_ECLOSED (reason 17), MC_ENOTFOUND */
MC_API int mc_microcosm_edit_save(mc_session *session, int64_t microcosm_id,
                                  const mc_microcosm_edit *edit);
/** The same from a request's body. @return as mc_microcosm_edit_save() */
MC_API int mc_microcosm_edit_body(mc_session *session, int64_t microcosm_id, mc_format format,
                                  const char *body, size_t length);
/** Change flags: sticky, open, deleted, moderated (paths as in mc_patch_op). @return 0, MC_EINVAL,
 * MC_EUNSUPPORTED, MC_EFORBIDDEN, MC_ENOTFOUND */
MC_API int mc_microcosm_patch(mc_session *session, int64_t microcosm_id, const mc_patch_op *ops,
                              size_t count);
/** The same from a request's body. @return as mc_microcosm_patch() */
MC_API int mc_microcosm_patch_body(mc_session *session, int64_t microcosm_id, const char *body,
                                   size_t length);
/** Hide one and all that is in it; records are kept. @return 0, MC_EFORBIDDEN, MC_ENOTFOUND */
MC_API int mc_microcosm_delete(mc_session *session, int64_t microcosm_id);

#ifdef __cplusplus
}
#endif
#endif
