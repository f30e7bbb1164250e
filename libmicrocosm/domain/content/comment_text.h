/* Renders the Markdown of a comment as HTML with links to the profiles that it mentions. */
#ifndef MC_CONTENT_COMMENT_TEXT_H
#define MC_CONTENT_COMMENT_TEXT_H

#include "db/db.h"
#include "markup/markup.h"

#include <microcosm.h>

/* Finds the names in a text; their keys (markup/markup.h) are in the session's scratch. */
int mc__comment_names(mc_session *session, const char *markdown, const char ***out, size_t *count);
/* Adds a statement that finds the profiles of these keys, as the batch's last; none for no keys. */
void mc__comment_ask_names(mc__batch *batch, mc_session *session, const char **keys, size_t count);
/* HTML in the session's scratch. mentioned: the rows of that statement; NULL: there were no names.
 */
int mc__comment_render(mc_session *session, const char *markdown, const PGresult *mentioned,
                       const char **html, mc__rendered *rendered);

#endif
