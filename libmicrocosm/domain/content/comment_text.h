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
/* HTML in the session's scratch. comment_id: 0 if it isn't known yet; then U+FDEF stands for it.
 * mentioned: the rows of that statement; NULL: there were no names. */
int mc__comment_render(mc_session *session, int64_t comment_id, const char *markdown,
                       const PGresult *mentioned, const char **html, mc__rendered *rendered);

/* What another version of the renderer has made. */
typedef struct mc__outdated_comment {
    int64_t comment_id;
    const char *markdown, *html;
    const char *site_url, *site_host;
} mc__outdated_comment;

/* Makes the HTML anew, in the arena. Names mean whom they meant, by the links in the old HTML, so
 * this needs no database. A text that shows nothing now, or can't be rendered, keeps its HTML.
 * NULL: out of memory. */
const char *mc__comment_render_again(mc__arena *arena, const mc__outdated_comment *comment);

#endif
