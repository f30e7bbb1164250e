/* From the Markdown of a comment to HTML with links to the profiles that it names. */
#ifndef MC_CONTENT_COMMENT_TEXT_H
#define MC_CONTENT_COMMENT_TEXT_H

#include "db/db.h"
#include "markup/markup.h"

#include <microcosm.h>

/* Names found in the text, in the session's scratch, escaped as profile names are stored. */
int mc__comment_names(mc_session *session, const char *markdown, const char ***out, size_t *count);
/* Asks which of them are profiles, with the last statement of the batch; nothing if there are none.
 */
void mc__comment_ask_names(mc__batch *batch, mc_session *session, const char **names, size_t count);
/* HTML in the session's scratch. mentioned: rows of that question; NULL: there were no names. */
int mc__comment_render(mc_session *session, const char *markdown, const PGresult *mentioned,
                       const char **html, mc__rendered *rendered);

#endif
