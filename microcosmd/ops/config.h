/*
 * Settings: one table defines the flags, the keys of the configuration file, the environment
 * variables, the defaults and the usage text. A flag overrides the environment, which overrides the
 * file.
 */
#ifndef MICROCOSMD_CONFIG_H
#define MICROCOSMD_CONFIG_H

#include "base/address.h"
#include "log.h"

#include <stdio.h>

typedef struct config {
    const char *file;     /* --config */
    const char *data;     /* folder of the private PostgreSQL; NULL: the library's default */
    const char *database; /* connection string; NULL: a private PostgreSQL */
    const char *listen;   /* address:port */
    const char *base_domain, *default_site; /* default_site: NULL for none */
    const char *legal;                      /* folder of documents; NULL: the library's */
    const char *operator_name, *operator_address, *operator_email;
    const char *jobs;     /* NULL: not told */
    const char *geocoder; /* NULL: none */
    const char *outgoing_allow;
    const char *smtp, *smtp_ca, *mail_from, *mail_reply_to, *mail_templates,
        *mail_bounce_secret; /* NULL: not told */
    int64_t smtp_timeout;    /* seconds for a mail */
    const char *spam_check;  /* NULL: none */
    int64_t password_memory, password_passes;
    const char *s3_endpoint, *s3_region, *s3_access_key, *s3_secret_key, *s3_spool;
    bool s3_path_style;
    int64_t s3_timeout, s3_redirect; /* seconds */
    bool demo, prepare, gravatar, spam_check_closed, log_requests;
    int64_t connections;        /* to the database; 0: the library's choice */
    int64_t cache_size;         /* bytes; 0: no cache */
    int64_t changes_keep;       /* hours */
    int64_t threads;            /* connections served at once */
    int64_t request_timeout;    /* seconds for a request to arrive, and for its reply to leave */
    int64_t keep_alive_timeout; /* milliseconds that an idle connection may hold a worker */
    int64_t drain_timeout;      /* seconds that running requests get when stopping */
    int64_t max_body;           /* bytes */
    const char *files;          /* folder of uploaded files; NULL: the library's default */
    int64_t file_size;          /* bytes of a file */
    int64_t profile_files;      /* bytes of all files that a profile has uploaded; 0: no limit */
    const char *image_program;  /* NULL: the library's default */
    int64_t max_upload;         /* bytes of a request that uploads files */
    int64_t transfer_timeout;   /* seconds for a file to arrive, or to leave */
    int64_t max_replies;        /* bytes of all replies that are being made and sent */
    networks trusted_proxies;
    mc_log_level log_level;

    bool wants_help;        /* the command line asks what there is, and nothing else was read */
    const char *unknown[8]; /* variables MICROCOSM_... of the environment that are no settings */
    size_t unknown_count;
    char problem[256];         /* the message after a function here has returned false */
    unsigned char sources[64]; /* the source of each setting's value, by index in the table */
    struct config_text *texts; /* owns the texts above */
} config;

/* A flag of one command only, such as --title; not a setting. */
typedef struct config_flag {
    const char *name; /* without dashes */
    const char **value;
    bool is_switch; /* has no value: "yes" if it is given */
} config_flag;

/* Set all defaults. Always succeeds; end with config_release(). */
void config_init(config *c);
void config_release(config *c);

/*
 * Reads the command line after the command, then the environment, then the file that either may
 * name. Arguments other than flags go to words, at most *word_count of them. A setting that is
 * given twice in one place is refused.
 */
bool config_read(config *c, int argc, const char *const *argv, const config_flag *flags,
                 size_t flag_count, const char **words, size_t *word_count);

/* Reads settings from a file; public for tests. */
bool config_read_file(config *c, FILE *file, const char *name);

/* List the settings with their defaults for the usage text: all, or those of every command. */
void config_describe(FILE *out, bool all);

#endif
