/**
 * Files: bytes that members upload, to be attached to comments and profiles (attachments.h). All
 * sites share them: the same bytes are kept once. What nothing refers to for a day is deleted.
 *
 * Who may read a file is decided by what it is attached to, each time it is asked for: who may read
 * a comment may read its files, and who may read a profile its avatars. So may everybody who may
 * read a microcosm or site read its logo. A file that is attached to nothing is read by those who
 * have uploaded it.
 */
#ifndef MICROCOSM_FILES_H
#define MICROCOSM_FILES_H

#include <microcosm/common.h>

#ifdef __cplusplus
extern "C" {
#endif

/** A file. */
typedef struct mc_file {
    const mc_type *type;
    mc_time created;       /**< When the actor uploaded it; none if it didn't. */
    const char *file_name; /**< As the actor has named it first; "" if it hasn't uploaded it. */
    const char *file_ext;  /**< jpg, png, gif, webp, avif and svg by what it is, else by its name:
                                the text behind the last dot, or all of it. */
    int64_t file_size;     /**< Bytes. */
    const char *file_hash; /**< SHA-1 in 40 digits, which is its address. */
    const char *mime_type; /**< What its bytes say that it is. */
    int64_t width;         /**< Of a picture, in pixels; else 0. */
    int64_t height;        /**< Of a picture, in pixels; else 0. */
    const char *sha256;    /**< SHA-256 in 64 digits. Not in JSON. */
    bool is_public;        /**< Guests may read it too. Not in JSON. */
    bool is_inline;        /**< Of a kind that a browser can show without danger: a picture but SVG,
                                sound, film or plain text. All else is to be saved. Not in JSON. */
} mc_file;

/** Files, in order of upload. Its JSON is an array. */
typedef struct mc_file_list {
    const mc_type *type;
    mc_list files; /**< mc_file */
} mc_file_list;

/**
 * Gives bytes of a file, as they come.
 * @return how many it has put into out, 0 at the end, or an error code, which the upload fails with
 */
typedef int64_t (*mc_file_read_fn)(void *data, void *out, size_t size);
/** Takes bytes of a file. @return 0, or an error code, which the download fails with */
typedef int (*mc_file_write_fn)(void *data, const void *bytes, size_t length);
/** Told of how many bytes of a file have come so far. @return false to end the upload: MC_EBUSY */
typedef bool (*mc_file_progress_fn)(void *data, int64_t bytes);

/** A file to upload. Begin with MC_FILE_UPLOAD_INIT, and give one source of its bytes. */
typedef struct mc_file_upload {
    size_t size;           /**< Set by the initialiser. */
    const char *file_name; /**< For people. What is before a slash, what can't be seen and what is
                              beyond 255 characters is left out. NULL: the last part of path. */
    const char *path;      /**< Source: a file of this machine. */
    const char *bytes;     /**< Source: memory. */
    int64_t length;        /**< Bytes in that memory. */
    int64_t descriptor;    /**< Source: an open descriptor, read to its end; -1: none. */
    mc_file_read_fn read;  /**< Source: a function. Called without any lock or connection held. */
    void *read_data;       /**< Handed to read. */
    mc_file_progress_fn progress; /**< Called as bytes come, or NULL. */
    void *progress_data;          /**< Handed to progress. */
    int64_t max_width;  /**< Largest width that a picture is to have, in pixels; a larger one is
                           scaled down, keeping its proportions. 0: no limit. */
    int64_t max_height; /**< The same of its height. */
    const char *content_type; /**< What the sender says that it is, or NULL. Its type is told by its
                                 bytes alone; but what is sent as a picture (JPEG, PNG, GIF, WebP,
                                 AVIF), or as application/octet-stream with such an extension, and
                                 is none is refused: MC_EINVAL, reason 21. */
} mc_file_upload;

#define MC_FILE_UPLOAD_INIT                                                                        \
    {                                                                                              \
        sizeof(mc_file_upload), NULL, NULL, NULL, 0, -1, NULL, NULL, NULL, NULL, 0, 0, NULL        \
    }

/**
 * Upload a file. Memory use doesn't depend on its size.
 *
 * Pictures (JPEG, PNG, GIF, WebP, AVIF) are decoded, by a program of its own without files or
 * network (mc_app_options.image_program), and refused if they can't be. Unless a picture is small
 * enough and has nothing in its file but what is needed to show it, another one is stored in its
 * place: upright, scaled down to max_width and max_height, in sRGB, without EXIF, places, comments
 * and other metadata. GIF and WebP go on moving, PNG shows its first frame then. So hash, size and
 * bytes of a picture may differ from those that were sent.
 * What has come of a file that isn't uploaded
 * to its end is deleted. The same bytes again are the same file, and keep the name that the actor
 * gave first. In a transaction the file is the actor's when that is committed.
 *
 * @param[out] out freed with mc_record_free()
 * @return 0, MC_EFORBIDDEN (guest; or, reason 16, the actor's files have more than profile_files
 *         bytes then), MC_EBANNED, MC_EINVAL (empty; reason 20: larger than file_size; reason 21: a
 * picture that is cut short, malformed, has more than 100 million pixels in all frames together, or
 * takes more than 1 GiB of memory or 20 s to be worked on; no source or several), MC_EBUSY (too
 * many pictures at once), MC_ECONFLICT (other bytes have the same SHA-1), MC_ERESOURCES (disk
 * full), MC_ESYSTEM (the source, the store or the program for pictures cannot be used), or what a
 * function has failed with
 */
MC_API int mc_file_put(mc_file **out, mc_session *session, const mc_file_upload *upload);

/**
 * Gives the next file of several: fills in upload, which is as MC_FILE_UPLOAD_INIT.
 * @return 1, 0 if there is none, or an error code
 */
typedef int (*mc_file_next_fn)(void *data, mc_file_upload *upload);

/** The same for several, all or none: none is the actor's before all have come. next is called
 *  when those before have been read. @return as mc_file_put() */
MC_API int mc_files_put(mc_file_list **out, mc_session *session, mc_file_next_fn next, void *data);

/**
 * A file that the actor may read.
 * @param[out] out  freed with mc_record_free()
 * @param file_hash SHA-1 in 40 lower-case hexadecimal digits
 * @return 0, MC_ENOTFOUND (unknown, or not for the actor)
 */
MC_API int mc_file_get(mc_file **out, mc_session *session, const char *file_hash);

/**
 * A picture (JPEG, PNG, GIF, WebP, AVIF) that the actor may read, no wider than that: scaled down,
 * keeping its proportions, when it is first asked for, and stored from then on as long as the
 * picture. GIF and WebP go on moving. What is no wider, or no such picture, comes as mc_file_get()
 * gives it.
 *
 * @param[out] out  freed with mc_record_free(); file_hash, file_size, width and height are those of
 *                  what is read, which mc_file_get() doesn't find by that hash
 * @param file_hash of the picture, as for mc_file_get()
 * @param width     64, 128, 256, 512, 1024 or 2048 pixels
 * @return 0, MC_ENOTFOUND (unknown, or not for the actor), MC_EINVAL (another width; reason 21: it
 *         takes too much memory or time), MC_EBUSY (too many pictures at once), MC_ESYSTEM (the
 * store or the program for pictures cannot be used), MC_ERESOURCES (disk full)
 */
MC_API int mc_file_thumbnail(mc_file **out, mc_session *session, const char *file_hash,
                             int64_t width);

/**
 * Its bytes.
 * @param file   from mc_file_get() or mc_file_put(), which have judged that the actor may read it
 * @param offset of the first byte, from 0
 * @param length how many; -1: all that follow
 * @param write  called for one piece after another
 * @return 0, MC_EINVAL (not a part of the file), MC_ENOTFOUND (its bytes are gone), MC_ESYSTEM,
 *         MC_EREMOTE (S3 fails, or has other bytes: then the last piece wasn't written), or what
 *         write has failed with
 */
MC_API int mc_file_read(mc_session *session, const mc_file *file, int64_t offset, int64_t length,
                        mc_file_write_fn write, void *data);

/**
 * An address at which everybody can fetch a file's bytes for a while, past the forum: for a host
 * that redirects there instead of reading them. Only where files are in S3. The rights of the
 * session aren't looked at: mc_file_get() has done that.
 * @param out     the address is appended
 * @param file    from mc_file_get()
 * @param seconds until it expires, 1 to 604800; half of that at least are left
 * @return 0, MC_EINVAL (seconds, not a file), MC_EUNSUPPORTED (files are not in S3), MC_ETOOLARGE
 *         (for the buffer), MC_ENOMEM
 */
MC_API int mc_file_link(mc_buffer *out, mc_session *session, const mc_file *file, int64_t seconds);

#ifdef __cplusplus
}
#endif
#endif
