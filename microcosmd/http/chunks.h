/*
 * A body in chunks (RFC 9112, section 7.1), read strictly: a size is a hexadecimal number below
 * 256 MiB, and there are neither extensions nor trailers, which no client of ours sends and which
 * proxies and servers read in different ways. No I/O.
 */
#ifndef MICROCOSMD_CHUNKS_H
#define MICROCOSMD_CHUNKS_H

#include <stdbool.h>
#include <stddef.h>

typedef enum chunk_state {
    CHUNK_SIZE, /* digits, then a CR */
    CHUNK_SIZE_LF,
    CHUNK_DATA,
    CHUNK_DATA_CR,
    CHUNK_DATA_LF,
    CHUNK_LAST_CR, /* of the empty line after the last chunk */
    CHUNK_LAST_LF,
    CHUNK_END
} chunk_state;

/* Initialise with zeros. */
typedef struct chunks {
    chunk_state state;
    size_t left;   /* bytes of data that are still to come; meanwhile, the size read so far */
    size_t digits; /* of the size */
} chunks;

/* Bytes that are still to come at least, so that nobody reads into the next request. 0: none. */
size_t chunks_wanted(const chunks *c);

/*
 * Takes bytes off the front of the body, at least one. *data is what of them is data, *data_length
 * its length. Returns how many were taken, or 0 if the body is malformed.
 */
size_t chunks_take(chunks *c, const char *bytes, size_t length, const char **data,
                   size_t *data_length);

#endif
