/*
 * Makes the HTML of comments anew that other versions of the renderer have made (MC__RENDERER in
 * markup/markup.h), so that what was mended there reaches old comments.
 */
#ifndef MC_CONTENT_RENDER_AGAIN_H
#define MC_CONTENT_RENDER_AGAIN_H

#include <microcosm.h>

/* Goes through all comments once for each version, some in each step. Returns the milliseconds
 * until it is due again. */
int64_t mc__render_again_step(mc_app *app);

#endif
