/*
 * What the library and its program microcosm-image say to each other. The program is called as
 *
 *     microcosm-image check
 *     microcosm-image look TYPE 0 0
 *     microcosm-image make TYPE MAX_WIDTH MAX_HEIGHT        0: no limit
 *
 * reads a picture of that MIME type from its standard input and writes one reply to its standard
 * output: this head, and behind it length bytes. Without a whole reply it has failed.
 */
#ifndef MC_FILES_IMAGE_PROTOCOL_H
#define MC_FILES_IMAGE_PROTOCOL_H

#include <stdint.h>

#define MC_IMAGE_MAGIC "MCI1"

/* More pixels than any camera makes, in all frames of a picture together. */
#define MC_PIXELS_MAX ((int64_t)100000000)

/* Limits of each process: bytes of its memory, seconds of processor time, seconds altogether. */
#define MC_IMAGE_MEMORY ((uint64_t)1 << 30)
#define MC_IMAGE_CPU_S 20
#define MC_IMAGE_WALL_S 60

typedef enum mc__image_status {
    MC_IMAGE_DONE,      /* the bytes are the new picture; none after check and look */
    MC_IMAGE_MALFORMED, /* no picture of that type, or one that can't be decoded */
    MC_IMAGE_TOO_LARGE, /* more than MC_PIXELS_MAX */
    MC_IMAGE_UNABLE     /* nothing was done; the bytes say why, in English */
} mc__image_status;

typedef struct mc__image_reply {
    char magic[4];
    uint32_t status;
    uint64_t length;
} mc__image_reply;

#endif
