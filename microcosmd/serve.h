/* The command serve: from start to stop. */
#ifndef MICROCOSMD_SERVE_H
#define MICROCOSMD_SERVE_H

#include "config.h"

/* Serve until told to stop. Returns the exit status. */
int serve(const config *c, const logger *log);

/* The library's options that the settings ask for. */
void app_options(mc_app_options *out, const config *c, const logger *log);

#endif
