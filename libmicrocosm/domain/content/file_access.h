/* Who may read a file: who may read something that it is attached to, or has uploaded it. */
#ifndef MC_CONTENT_FILE_ACCESS_H
#define MC_CONTENT_FILE_ACCESS_H

#include "db/db.h"
#include "statements.h"

#include <microcosm.h>

typedef struct mc__file_facts {
    mc__files_get_row row; /* points into the batch */
    bool can_read;         /* the actor may read it; false if there is none */
    bool is_public;        /* guests may read it, too */
} mc__file_facts;

/* Asks for a file by its SHA-1, and for its thumbnail of a width (0: none), and judges it. 0 also
 * if there is none. */
int mc__file_ask(mc__file_facts *out, mc_session *session, mc__batch *batch, const char *sha1,
                 int64_t thumbnail);

#endif
