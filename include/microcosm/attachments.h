/**
 * Attachments: files (files.h) of comments and profiles. Rights are those of the comment or
 * profile: who may read it may read its files, who may change it may attach and remove them. The
 * newest one of a profile is its avatar.
 */
#ifndef MICROCOSM_ATTACHMENTS_H
#define MICROCOSM_ATTACHMENTS_H

#include <microcosm/common.h>

#ifdef __cplusplus
extern "C" {
#endif

/** A file that is attached to something. */
typedef struct mc_attachment {
    const mc_type *type;
    int64_t profile_id;    /**< Who has attached it. */
    const char *file_hash; /**< SHA-1 of the file in 40 digits. */
    const char *file_name; /**< As who attached it has named it. */
    const char *file_ext;  /**< What is behind the last dot of the name; all of it without one. */
    mc_time created;       /**< When it was attached; to a profile, when that was done last. */
    const mc_meta *meta;   /**< Link "related": the file's address. */
} mc_attachment;

/**
 * The attachments of a comment or profile, oldest first. The page is mc_collection's attachments;
 * its meta has the rights on the comment or profile.
 * @return 0, MC_EFORBIDDEN, MC_EBANNED, MC_ENOTFOUND (hidden, no such profile, or a kind that has
 *         none), MC_EINVAL (page, id not positive)
 */
MC_API int mc_attachments_list(mc_collection **out, mc_session *session, mc_item_type item_type,
                               int64_t item_id, const mc_page_options *page);

/** A file to attach. Begin with MC_ATTACHMENT_EDIT_INIT. */
typedef struct mc_attachment_edit {
    size_t size;           /**< Set by the initialiser. */
    const char *file_hash; /**< SHA-1 of a file that the actor has uploaded or may read. */
    const char *file_name; /**< Cleaned as mc_file_upload's. NULL: as the actor has uploaded it. */
} mc_attachment_edit;

#define MC_ATTACHMENT_EDIT_INIT                                                                    \
    {                                                                                              \
        sizeof(mc_attachment_edit), NULL, NULL                                                     \
    }

/**
 * Attach a file. The same file again changes nothing, but makes it the newest one of a profile. A
 * comment or profile can have 250.
 * @return 0, MC_EFORBIDDEN, MC_EBANNED, MC_ECLOSED, MC_ENOTFOUND, MC_EINVAL (no such file; too
 *         many)
 */
MC_API int mc_attachment_set(mc_session *session, mc_item_type item_type, int64_t item_id,
                             const mc_attachment_edit *edit);
/** The same from a request's body. @return as mc_attachment_set() */
MC_API int mc_attachment_body(mc_session *session, mc_item_type item_type, int64_t item_id,
                              mc_format format, const char *body, size_t length);

/**
 * Remove an attachment; the file stays for whatever else it is attached to. Of a profile the one
 * before becomes the avatar; the only one stays.
 * @return as mc_attachment_set(); MC_ENOTFOUND also if it isn't attached, MC_ECONFLICT (the only
 * one of a profile)
 */
MC_API int mc_attachment_delete(mc_session *session, mc_item_type item_type, int64_t item_id,
                                const char *file_hash);

#ifdef __cplusplus
}
#endif
#endif
