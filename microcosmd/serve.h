/* The command serve: from start to stop. */
#ifndef MICROCOSMD_SERVE_H
#define MICROCOSMD_SERVE_H

#include "ops/config.h"

/* Serve until told to stop. Returns the exit status. */
int serve(const config *c, const logger *log);

#endif
