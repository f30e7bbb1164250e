/* Names of files, for people. */
#ifndef MC_CONTENT_FILE_NAMES_H
#define MC_CONTENT_FILE_NAMES_H

#include "core/core.h"

#define MC_FILE_NAME_MAX 255 /* characters */

/* The last part of a name as it was sent, in UTF-8 or Latin-1, without what can't be seen; at most
 * MC_FILE_NAME_MAX characters, of which those at the end are kept. "file" if nothing is left. */
const char *mc__file_name(mc__arena *arena, const char *sent);
/* What is behind its last dot; all of it if there is none. */
const char *mc__file_extension(const char *name);
/* Whether an extension may stand in an address: some letters and digits. */
bool mc__is_plain_extension(const char *extension);

#endif
