/* Conditional and partial requests (RFC 9110, sections 13 and 14), as far as files need them. */
#ifndef MICROCOSMD_RANGE_H
#define MICROCOSMD_RANGE_H

#include <stdbool.h>
#include <stdint.h>

typedef enum range_kind {
    RANGE_WHOLE,  /* no range, or none that is understood: the whole file */
    RANGE_PART,   /* *length bytes from *offset */
    RANGE_OUTSIDE /* it begins behind the end of the file */
} range_kind;

/* Reads a Range header (NULL: none) about a file of that size: one range of bytes, since several
 * may be answered with the whole. */
range_kind range_read(const char *header, int64_t size, int64_t *offset, int64_t *length);

/* Whether an If-None-Match header (NULL: none) names the tag, which has its quotes. */
bool etag_matches(const char *header, const char *tag);

#endif
