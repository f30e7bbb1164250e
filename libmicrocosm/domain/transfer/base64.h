/* Base64 with its usual letters and padding (RFC 4648), for "data:" URLs. */
#ifndef MC_TRANSFER_BASE64_H
#define MC_TRANSFER_BASE64_H

#include "core/core.h"

/* Length of what size bytes become. */
int64_t mc__base64_length(int64_t size);
/* Appends; size must be a multiple of 3 but for the last piece. */
void mc__base64_put(mc__text *out, const void *bytes, size_t size);
/* Decodes in place and sets the number of bytes. Backslashes are skipped, since JSON may have them
 * before slashes. False: it is none. */
bool mc__base64_read(char *text, size_t length, size_t *size);

#endif
