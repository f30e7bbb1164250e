/*
 * The size of a picture, and whether its file is whole: read from the structure of the file, piece
 * by piece, without decoding anything.
 */
#ifndef MC_FILES_PICTURE_H
#define MC_FILES_PICTURE_H

#include "spool.h"

/* More pixels than any camera makes; whoever shows the picture must decode them. */
#define MC_PIXELS_MAX ((int64_t)100000000)

/* For the types that mc__file_type_known() calls pictures. MC_EINVAL, with errorCode 21: it is cut
 * short, malformed, or has more than MC_PIXELS_MAX pixels. */
int mc__picture_measure(const mc__spool *spool, mc__problem *problem, const char *mime_type,
                        int64_t *width, int64_t *height);

#endif
