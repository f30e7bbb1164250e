/*
 * Many files under relative names, in a folder or in an archive (tar, which zstd or gzip may have
 * compressed). Reads and writes one file after the other. Uses libarchive for archives; folders are
 * read and written without it, since it would change the working directory and the umask of the
 * host.
 */
#ifndef MC_ARCHIVE_H
#define MC_ARCHIVE_H

#include "core/core.h"

/* Reading */
typedef struct mc__archive mc__archive;

typedef struct mc__archive_entry {
    const char *path; /* relative, without "./" in front; good until the next call */
    int64_t size;
    const char *fault; /* why it isn't read: "is a link" and the like; NULL: nothing */
} mc__archive_entry;

/* MC_ENOTFOUND, MC_EINVAL (neither a folder nor an archive), MC_ESYSTEM, MC_ENOMEM. */
int mc__archive_open(mc__archive **out, mc__problem *problem, const char *path);
void mc__archive_close(mc__archive *archive); /* NULL is allowed */
MC_DEFINE_AUTO(mc__archive *, mc__archive_close)
/* Goes to the next file, in no order that means anything. 1, 0 at the end, or an error. */
int mc__archive_next(mc__archive *archive, mc__problem *problem, mc__archive_entry *out);
/* Appends all of the file to a text, whose maximum it must not go beyond (MC_ETOOLARGE). */
int mc__archive_read(mc__archive *archive, mc__problem *problem, mc__text *out);
/* How much of it has been read, in bytes, and how much there is; 0: unknown. */
int64_t mc__archive_position(const mc__archive *archive);
int64_t mc__archive_size(const mc__archive *archive);

/* Writing: the same files in the same order give the same bytes. */
typedef struct mc__archive_writer mc__archive_writer;

/* A name that ends with .tar.zst is that of an archive, which takes its place when it is finished.
 * Any other is that of a folder, which must be empty or not be there, but for those that other
 * archives have: MC_EINVAL. Only the owner of the process can read what is written. */
int mc__archive_create(mc__archive_writer **out, mc__problem *problem, const char *path);
/* The next file, of so many bytes. Its name is trusted. */
int mc__archive_begin(mc__archive_writer *writer, mc__problem *problem, const char *path,
                      int64_t size);
int mc__archive_write(mc__archive_writer *writer, mc__problem *problem, const void *bytes,
                      size_t length);
int mc__archive_end(mc__archive_writer *writer, mc__problem *problem); /* of the file */
int mc__archive_finish(mc__archive_writer *writer, mc__problem *problem);
/* Removes an archive that wasn't finished. NULL is allowed. */
void mc__archive_free(mc__archive_writer *writer);
MC_DEFINE_AUTO(mc__archive_writer *, mc__archive_free)

#endif
