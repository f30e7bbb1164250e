/* Opens the library according to the settings. */
#ifndef MICROCOSMD_LIBRARY_H
#define MICROCOSMD_LIBRARY_H

#include "config.h"

/* Makes an app, which settings and logger must outlive; without create it makes no database. A
 * signal (stopping.h) ends the wait for one. Returns 0 or an error code; *error as for
 * mc_app_new().
 */
int library_open(mc_app **out, const config *c, const logger *log, bool create, mc_failure **error);

#endif
