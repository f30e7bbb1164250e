/* Pictures among the files: what is kept of them, and smaller ones of them. */
#ifndef MC_CONTENT_FILE_PICTURES_H
#define MC_CONTENT_FILE_PICTURES_H

#include "files/picture.h"

#include <microcosm.h>

/* Looks at a picture that has come, and puts what is to be kept of it into its spool: the same
 * bytes if there is nothing in them but a picture that fits, else a new picture. The spool has
 * ended before and after that. max_width and max_height: 0 for any. */
int mc__picture_settle(mc__picture *out, mc_session *session, mc__spool *spool,
                       const char *mime_type, int64_t max_width, int64_t max_height);

#endif
