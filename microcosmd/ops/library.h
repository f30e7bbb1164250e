/* The library, opened as the settings ask for. */
#ifndef MICROCOSMD_LIBRARY_H
#define MICROCOSMD_LIBRARY_H

#include "config.h"

/* An app for these settings. Both outlive it. Returns 0 or an error code; *error as mc_app_new().
 */
int library_open(mc_app **out, const config *c, const logger *log, mc_error **error);

#endif
