/* The commands that call the library and end. Each returns an exit status. */
#ifndef MICROCOSMD_COMMANDS_H
#define MICROCOSMD_COMMANDS_H

#include "config.h"

enum { STOPPED = 0, FAILED = 1, MISUSED = 2 };

/* What a command line says besides the settings. */
typedef struct arguments {
    const char *key; /* of a new site */
    const char *title, *owner, *site, *email, *expires;
} arguments;

typedef int command_function(const config *c, const logger *log, const arguments *args);

command_function command_migrate, command_check, command_site_create, command_token_create,
    command_version;

/* Say on standard error what is wrong with the command line. Returns MISUSED. */
int misuse(const char *message);

#endif
