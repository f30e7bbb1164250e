/* Pictures, by libvips. */
#ifndef MC_IMAGE_CONVERT_H
#define MC_IMAGE_CONVERT_H

#include "files/image_protocol.h"

#include <stdbool.h>
#include <stddef.h>

/* Readies libvips for one type of pictures (NULL: for all of them), so that nothing has to be
 * loaded later. Returns what is wrong, NULL if nothing is. */
const char *convert_start(const char *mime_type);

typedef struct converted {
    void *bytes; /* NULL: none */
    size_t length;
} converted;

/* Decodes all of the picture that a descriptor has. */
mc__image_status convert_look(int fd, const char *mime_type);
/* Makes another of it, of the same type: upright, in sRGB, without metadata, and scaled down to the
 * limits (0: none) where it is larger. GIF and WebP go on moving. */
mc__image_status convert_make(converted *out, int fd, const char *mime_type, int max_width,
                              int max_height);

#endif
