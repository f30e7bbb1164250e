/* The commands that call the library and exit. Each returns an exit status. */
#ifndef MICROCOSMD_COMMANDS_H
#define MICROCOSMD_COMMANDS_H

#include "config.h"

#include <microcosm.h>

enum { STOPPED = 0, FAILED = 1, MISUSED = 2 };

/* The arguments of commands that aren't settings. NULL: not given. */
typedef struct arguments {
    const char *word; /* the one without a flag: a site's key, a token, a job, ... */
    const char *title, *owner, *site, *email, *expires;
    const char *scope, *name, *microcosm, *network; /* of tokens */
    const char *product, *dry_run;                  /* of imports */
    const char *domain, *https, *deleted, *auth0_domain, *auth0_client_id, *markdown_max;
} arguments;

typedef int command_function(const config *c, const logger *log, const arguments *args);

command_function command_migrate, command_check, command_version;
command_function command_site_create, command_site_list, command_site_set;
command_function command_token_create, command_token_list, command_token_revoke;
command_function command_provider_set, command_provider_list, command_provider_remove;
command_function command_client_create, command_client_list, command_client_delete;
command_function command_user_list, command_user_password, command_user_factor;
command_function command_jobs, command_job_run, command_queue, command_queue_retry;
command_function command_mail_test, command_mail_bounce, command_mail_allow;
command_function command_export, command_import; /* moving.c */

/* Prints a fault of the command line on standard error. Returns MISUSED. */
int misuse(const char *format, ...) __attribute__((format(printf, 1, 2)));

#endif
