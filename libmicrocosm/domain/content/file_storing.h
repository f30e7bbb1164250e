/* Puts bytes into the store, and tells the database of them. */
#ifndef MC_CONTENT_FILE_STORING_H
#define MC_CONTENT_FILE_STORING_H

#include "db/db.h"
#include "files/store.h"
#include "files/type.h"

#include <microcosm.h>

typedef struct mc__stored_file {
    int64_t file_id;
    char mime_type[MC_MIME_SIZE];
    int64_t width, height; /* of a picture; else 0 */
} mc__stored_file;

/* Of a spool that has ended. file: given what it is, set to what the database knows of the same
 * bytes. Nothing is kept by a transaction of the session's: nobody has a claim on the file yet.
 * Unless somebody gets one within a day, it is deleted. */
int mc__file_store_bytes(mc__stored_file *file, mc_session *session, mc__spool *spool);
/* For statements on what all sites share. */
mc__db mc__files_db(mc_session *session);

#endif
