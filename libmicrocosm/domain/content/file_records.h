/* Makes mc_file records. */
#ifndef MC_CONTENT_FILE_RECORDS_H
#define MC_CONTENT_FILE_RECORDS_H

#include "record/record.h"

#include <microcosm.h>

/* What of a file comes from its bytes; the caller adds the names. False when out of memory. */
typedef struct mc__file_content {
    const char *sha1, *sha256, *mime_type;
    int64_t size, width, height;
} mc__file_content;
void mc__file_fill(mc_file *file, mc__arena *arena, const mc__file_content *content,
                   const char *name, const char *extension);

#endif
