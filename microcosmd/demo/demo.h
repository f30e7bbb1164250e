/* The site that --demo makes, so that there is something to look at. */
#ifndef MICROCOSMD_DEMO_H
#define MICROCOSMD_DEMO_H

#include "ops/log.h"

/*
 * Make the site demo with people, microcosms, conversations, an event and a poll, unless there is
 * one. Returns 0 or an error code of the library; details go to the log.
 */
int demo_make(mc_app *app, const logger *log);

#endif
