#include "library.h"
#include "stopping.h"

#include <stdint.h>

static bool give_up(void *data)
{
    (void)data;
    return stopping_is_wanted();
}

int library_open(mc_app **out, const config *c, const logger *log, bool create, mc_failure **error)
{
    mc_app_options options;

    mc_app_options_init(&options, sizeof(options));
    options.database = c->database;
    options.data = c->data;
    if (c->base_domain)
        options.base_domain = c->base_domain;
    options.default_site = c->default_site;
    options.connections = c->connections;
    options.cache_size = c->cache_size;
    options.changes_keep_s = c->changes_keep * 3600;
    options.files = c->files;
    options.file_size = c->file_size;
    options.profile_files = c->profile_files;
    options.image_program = c->image_program;
    options.prepare = c->prepare ? MC_YES : MC_NO;
    options.log = log_from_library;
    options.log_data = (void *)(uintptr_t)log; /* the callback only reads it */
    options.log_level = log->level;
    options.create = create ? MC_YES : MC_NO;
    options.give_up = give_up;
    options.legal = c->legal;
    options.gravatar = c->gravatar ? MC_YES : MC_NO;
    options.operator_name = c->operator_name;
    options.operator_address = c->operator_address;
    options.operator_email = c->operator_email;
    options.jobs = c->jobs;
    options.geocoder = c->geocoder;
    options.outgoing_allow = c->outgoing_allow;
    options.spam_check = c->spam_check;
    options.spam_check_closed = c->spam_check_closed ? MC_YES : MC_NO;
    options.smtp = c->smtp;
    options.smtp_ca = c->smtp_ca;
    options.smtp_wait_ms = c->smtp_timeout * 1000;
    options.password_memory = c->password_memory;
    options.password_passes = c->password_passes;
    options.mail_from = c->mail_from;
    options.mail_reply_to = c->mail_reply_to;
    options.mail_templates = c->mail_templates;
    options.s3_endpoint = c->s3_endpoint;
    options.s3_region = c->s3_region;
    options.s3_access_key = c->s3_access_key;
    options.s3_secret_key = c->s3_secret_key;
    options.s3_spool = c->s3_spool;
    options.s3_path_style = c->s3_path_style ? MC_YES : MC_NO;
    options.s3_timeout_ms = c->s3_timeout * 1000;
    return mc_app_new(out, &options, error);
}
