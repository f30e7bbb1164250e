/*
 * A multipart/form-data body (RFC 7578), read as it comes, in memory of fixed size. Lenient only
 * where clients are: file names may have quotes that aren't escaped, and bytes of any encoding.
 */
#ifndef MICROCOSMD_MULTIPART_H
#define MICROCOSMD_MULTIPART_H

#include <stdbool.h>
#include <stddef.h>

#define MULTIPART_BOUNDARY_MAX 70
/* Bytes of a part's headers, which have the file's name twice. */
#define MULTIPART_HEAD_MAX 32768
#define MULTIPART_BUFFER (2 * MULTIPART_HEAD_MAX)

/* Reads some bytes of the body; 0 at its end, -1 on failure. */
typedef int multipart_source(void *data, void *out, size_t size);

typedef struct multipart {
    multipart_source *source;
    void *data;
    char delimiter[MULTIPART_BOUNDARY_MAX + 5]; /* CR LF -- boundary */
    size_t delimiter_length;
    size_t begin, end;   /* what of the buffer is still to be read */
    bool is_over;        /* the source has given all */
    bool in_part;        /* before the delimiter that ends a part */
    const char *problem; /* why it failed, for people; NULL: the source did */

    /* of the current part; point into head */
    char *file_name;          /* NULL: it is a field */
    const char *content_type; /* NULL: none was sent */
    char head[MULTIPART_HEAD_MAX];
    char buffer[MULTIPART_BUFFER];
} multipart;

/* False if the Content-Type isn't multipart/form-data with a boundary. */
bool multipart_begin(multipart *m, const char *content_type, multipart_source *source, void *data);
/* Goes on to the next part. 1: there is one; 0: there is none, and the whole body has been read;
 * -1: it failed. */
int multipart_next(multipart *m);
/* Reads some bytes of the current part; 0 at its end, -1 on failure. */
int multipart_read(multipart *m, void *out, size_t size);

#endif
