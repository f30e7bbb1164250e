/* Deletes files that nothing refers to, in the background. */
#ifndef MC_CONTENT_FILE_COLLECT_H
#define MC_CONTENT_FILE_COLLECT_H

#include <microcosm.h>

/* A part of mc_app_step(): milliseconds until it is due again. */
int64_t mc__file_collect_step(mc_app *app);

#endif
