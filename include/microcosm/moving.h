/**
 * Moving a community in and out: all of a site as files (docs/moving.md). For operators: these
 * calls check no permissions, and take as long as they need. They read and write on this machine.
 */
#ifndef MICROCOSM_MOVING_H
#define MICROCOSM_MOVING_H

#include <microcosm/session.h>

#ifdef __cplusplus
extern "C" {
#endif

/**
 * Told how far an export or import is.
 * @param stage what is done, such as "comments"
 * @param done  how much of it is done
 * @param total how much there is, about; 0: unknown
 * @return false ends it: the call fails with MC_EBUSY
 */
typedef bool (*mc_move_progress_fn)(void *data, const char *stage, int64_t done, int64_t total);

/** How many things of a kind were moved. */
typedef struct mc_move_count {
    const mc_type *type;
    const char *kind; /**< "profiles", "comments", ... */
    int64_t count;    /**< Things of this kind in the files. */
    int64_t moved;    /**< Those of them that this call has written; in a dry run none. */
} mc_move_count;

/** What an export or import has done. */
typedef struct mc_move_report {
    const mc_type *type;
    mc_list counts;        /**< mc_move_count, in the order in which they were moved. */
    mc_strings problems;   /**< What couldn't be moved, or not as it was; the first 100. */
    int64_t problem_count; /**< How many there are. */
    int64_t site_id;       /**< The site; 0 in a dry run for a new one. */
} mc_move_report;

/** How to export. Begin with MC_EXPORT_OPTIONS_INIT. */
typedef struct mc_export_options {
    size_t size;                  /**< Set by the initialiser. */
    mc_move_progress_fn progress; /**< NULL: nobody is told. */
    void *progress_data;          /**< Handed to progress. */
} mc_export_options;

#define MC_EXPORT_OPTIONS_INIT                                                                     \
    {                                                                                              \
        sizeof(mc_export_options), NULL, NULL                                                      \
    }

/**
 * Write all that is on the session's site, as of one moment, into files. The same content gives the
 * same bytes. They have what is private too: messages, e-mail addresses.
 *
 * @param path    a name that ends with .tar.zst: an archive, which is there when all of it is. Any
 *                other: a folder, which must be empty or not be there; site.json comes last. Names
 *                that other archives and files have (.tar.gz, .zip, ...) are refused
 * @param options NULL: the defaults
 * @return 0, MC_ESTATE (in a transaction, or on a connection of the host's), MC_EINVAL (path),
 *         MC_ECONFLICT (the folder isn't empty), MC_ESYSTEM, MC_ERESOURCES (the disk is full),
 *         MC_EBUSY (progress has ended it), ...
 */
MC_API int mc_site_export(mc_move_report **out, mc_session *session, const char *path,
                          const mc_export_options *options);

/** What to import, and as what. Begin with MC_IMPORT_OPTIONS_INIT. */
typedef struct mc_import_options {
    size_t size;          /**< Set by the initialiser. */
    const char *site_key; /**< Key of the site, which is made if there is none. Required. */
    const char *title; /**< Of the site and the forum; NULL: as in the files. Required for forums of
                          other products. */
    /** Whose files they are, which decides about old addresses (docs/http/resolve.md): "vbulletin",
     * "phpbb", "discourse", "xenforo". NULL: as in the files, else "vbulletin". */
    const char *product;
    int64_t owner_id;  /**< Id in the files of who owns the site; 0: as in the files. Required for
                          forums  of other products, and not used for a site that is there. */
    mc_choice dry_run; /**< MC_YES: read and check everything, and change nothing. */
    mc_move_progress_fn progress; /**< NULL: nobody is told. */
    void *progress_data;          /**< Handed to progress. */
} mc_import_options;

#define MC_IMPORT_OPTIONS_INIT                                                                     \
    {                                                                                              \
        sizeof(mc_import_options), NULL, NULL, NULL, 0, MC_UNSET, NULL, NULL                       \
    }

/**
 * Import a forum's files into a site. All of them are read and checked before anything is written.
 * An import that was interrupted goes on when it is called again with the same files; one that is
 * complete changes nothing. The session needs no site.
 *
 * @param path a folder, or an archive: tar, also compressed by zstd or gzip
 * @return 0, MC_EINVAL (an option, or the files; the report isn't made, and each fault is one of
 *         mc_session_error()), MC_ENOTFOUND (path), MC_ESTATE (in a transaction, or on a connection
 * of the host's), MC_EBUSY (another import into the site is running, or progress has ended it), ...
 */
MC_API int mc_site_import(mc_move_report **out, mc_session *session, const char *path,
                          const mc_import_options *options);

#ifdef __cplusplus
}
#endif
#endif
