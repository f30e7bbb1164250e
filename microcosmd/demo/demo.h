/* The demo site that --demo makes. */
#ifndef MICROCOSMD_DEMO_H
#define MICROCOSMD_DEMO_H

#include "ops/log.h"

#define DEMO_SITE_KEY "demo"

/*
 * Makes the site "demo" with people, microcosms, conversations, an event and a poll, unless it
 * exists. Returns 0 or an error code of the library; details go to the log.
 */
int demo_make(mc_app *app, const logger *log);

#endif
