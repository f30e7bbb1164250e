/*
 * The size of a picture, and whether its file is whole: read from the structure of the file, piece
 * by piece, without decoding anything.
 */
#ifndef MC_FILES_PICTURE_H
#define MC_FILES_PICTURE_H

#include "image_protocol.h"
#include "spool.h"

typedef struct mc__picture {
    int64_t width, height;
    bool is_plain; /* there is nothing in the file but what is needed to show it */
} mc__picture;

/* For the types that mc__file_type_known() calls pictures. MC_EINVAL, with errorCode 21: it is cut
 * short, malformed, or has more than MC_PIXELS_MAX pixels. */
int mc__picture_measure(const mc__spool *spool, mc__problem *problem, const char *mime_type,
                        mc__picture *out);

#endif
