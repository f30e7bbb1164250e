/* Pictures among the files: what is kept of them, and smaller ones of them. */
#ifndef MC_CONTENT_FILE_PICTURES_H
#define MC_CONTENT_FILE_PICTURES_H

#include "file_storing.h"
#include "files/picture.h"
#include "statements.h"

#include <microcosm.h>

/* Looks at a picture that has come, and puts what is to be kept of it into its spool: the same
 * bytes if there is nothing in them but a picture that fits, else a new picture. The spool has
 * ended before and after that. max_width and max_height: 0 for any. */
int mc__picture_settle(mc__picture *out, mc_session *session, mc__spool *spool,
                       const char *mime_type, int64_t max_width, int64_t max_height);

/* Another form of a file, in the store. */
typedef struct mc__thumbnail {
    mc__stored_file stored;
    int64_t size; /* bytes */
    char sha256[MC_SHA256_TEXT_SIZE], sha1[MC_SHA1_TEXT_SIZE];
} mc__thumbnail;

/* Whether thumbnails are made of that width. */
bool mc__is_thumbnail_width(int64_t width);
/* The thumbnail of a picture that is wider than that, made unless it is there. */
int mc__picture_thumbnail(mc__thumbnail *out, mc_session *session, const mc__files_get_row *picture,
                          int64_t width);

#endif
