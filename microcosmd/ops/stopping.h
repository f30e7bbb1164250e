/*
 * Signals before the daemon waits for them itself. SIGTERM, SIGINT and SIGHUP don't end the process
 * while it starts or runs a command, since that would leave the private PostgreSQL running: they
 * are noted, and the start is given up. A second signal of the same kind does end it.
 */
#ifndef MICROCOSMD_STOPPING_H
#define MICROCOSMD_STOPPING_H

#include <stdbool.h>

/* From now on note the first signal of each kind. */
void stopping_watch(void);
/* Whether one has arrived. */
bool stopping_is_wanted(void);

#endif
