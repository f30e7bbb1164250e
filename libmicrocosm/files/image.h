/*
 * Work on pictures, done by the program microcosm-image (image_protocol.h): one process for each
 * picture, which may fail, or be made to do what it shouldn't, without harm to this one.
 */
#ifndef MC_FILES_IMAGE_H
#define MC_FILES_IMAGE_H

#include "image_protocol.h"
#include "spool.h"

/* Where the program is. Any number of threads may use it at once. */
typedef struct mc__image_program mc__image_program;

/* path NULL: beside the library, or where it is installed. It need not be there yet. */
int mc__image_program_new(mc__image_program **out, const char *path);
void mc__image_program_free(mc__image_program *program); /* NULL is allowed */

/* MC_ESYSTEM: the program is missing, can't read a type of pictures, or can't be confined here. */
int mc__image_check(const mc__image_program *program, mc__problem *problem);
/* Whether a picture can be decoded to its end. MC_EINVAL, with errorCode 21: it can't, within the
 * limits of the program. */
int mc__image_look(const mc__image_program *program, mc__problem *problem, const mc__spool *from,
                   const char *mime_type);

typedef struct mc__image_wanted {
    const char *mime_type;         /* of the picture, and of the new one */
    int64_t max_width, max_height; /* 0: any */
    int64_t max_bytes;             /* of the new one */
} mc__image_wanted;

/* Puts a new picture into an empty spool: upright, in sRGB, without metadata, and no larger than
 * wanted. As mc__image_look(); errorCode 20: it would have more than max_bytes. */
int mc__image_make(const mc__image_program *program, mc__problem *problem, mc__spool *to,
                   const mc__spool *from, const mc__image_wanted *wanted);

#endif
