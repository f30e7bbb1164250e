/**
 * mc_app, made once and shared by all threads, and mc_session: who acts, on which site, in which
 * transaction.
 *
 * Threads: an mc_app may be used by any number of threads at once. An mc_session, and everything
 * obtained from it, is used by one thread at a time; it may move between threads. Neither may be
 * used in a process forked after mc_app_new(): calls there return MC_ESTATE. The library starts no
 * threads; mc_app_run() or mc_app_step() do its background work on a thread of the caller's.
 */
#ifndef MICROCOSM_SESSION_H
#define MICROCOSM_SESSION_H

#include <microcosm/base.h>
#include <microcosm/record.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct mc_app mc_app;         /**< Configuration, connections, cache. */
typedef struct mc_session mc_session; /**< Who acts, on which site. */

/** How to make an mc_app. Start from MC_APP_OPTIONS_INIT, then set what differs. */
typedef struct mc_app_options {
    size_t size;          /**< Set by the initialiser. */
    const char *database; /**< libpq connection string; NULL: a private PostgreSQL in data. */
    const char *data;     /**< Folder of the private PostgreSQL; NULL: ~/.local/share/microcosm, and
                               /var/lib/microcosm for root. */
    const char *base_domain;  /**< Sites are {key}.{base_domain}. Default "localhost". */
    const char *default_site; /**< Key of the site for any other host; NULL: none. */
    int64_t connections;  /**< Most connections to the database, 1 to 1000, a quarter of them for
                               reading. 0: eight per core. */
    int64_t wait_ms;      /**< Longest wait for a connection, in milliseconds, 1 to 2147483647.
                               Default 5000. */
    int64_t statement_ms; /**< Longest a statement may take, likewise. Default 5000. */
    mc_choice prepare;    /**< Keep prepared statements; MC_NO behind pgbouncer. Default MC_YES. */
    mc_log_fn log;        /**< Where log lines go; NULL: nowhere. */
    void *log_data;       /**< Handed to log. */
    mc_log_level log_level; /**< Lowest severity that is logged. Default MC_LOG_INFO. */
    /**
     * Largest size of the cache, in bytes; 0 turns it off. Default 64 MiB. The cache is used only
     * while mc_app_run() or mc_app_step() is called continuously, since these follow the changes by
     * other processes.
     */
    int64_t cache_size;
    /**
     * How long the change feed is kept, in seconds, from 60 to ten years. Default 3 days. An older
     * cursor of mc_changes_next() is refused. Of processes that share a database, the smallest
     * value counts.
     */
    int64_t changes_keep_s;
    /**
     * Make the data folder and the private database in it where they are missing. MC_NO: make
     * nothing, and fail with MC_ENOTFOUND. Default MC_YES.
     */
    mc_choice create;
    /**
     * Asked again and again, on the calling thread, while mc_app_new() waits for the private
     * PostgreSQL, which may take minutes after a crash. True: mc_app_new() fails with
     * MC_EUNAVAILABLE and stops that PostgreSQL again. NULL: never.
     */
    bool (*give_up)(void *data);
    void *give_up_data; /**< Handed to give_up. */
    /**
     * Folder with legal documents in place of the library's: cookies.md, privacy.md, terms.md and,
     * for the root site, service.md (docs/operating.md#legal-documents). Read once, by
     * mc_app_new(). NULL: none.
     */
    const char *legal;
    const char *operator_name;    /**< Who runs the platform. NULL: the base domain. */
    const char *operator_address; /**< Their postal address, for legal documents. NULL: none. */
    const char *operator_email;   /**< Where people reach them, likewise. NULL: nowhere. */
    /** Folder of uploaded files, made with the first, or s3://BUCKET/PREFIX; NULL: the folder files
     * in data, or in its default. mc_app_check_files() tells whether it can be used. */
    const char *files;
    int64_t file_size;     /**< Most bytes of an uploaded file, from 1. Default 30 MiB. */
    int64_t profile_files; /**< Most bytes of the files that a profile has uploaded, without those
                              that were deleted as unused. 0: no limit. Default 1 GiB. */
    /** The program microcosm-image, which works on uploaded pictures. NULL: beside the library, or
     * where it is installed. Without it pictures are refused; mc_app_check_images() tells. */
    const char *image_program;
    /**
     * Schedules of jobs (jobs.h) that differ from the default: "NAME: SCHEDULE; NAME: SCHEDULE". A
     * schedule is "off", or as for cron: minute, hour, day of the month, month and day of the week,
     * with the second before them if there are six; lists, ranges, steps, English names of three
     * letters; or @hourly, @daily, @weekly, @monthly, @yearly. In UTC, unless CRON_TZ=ZONE is in
     * front of it: then what the clock skips in spring runs when it is put forward, and what
     * would come twice in autumn comes the first time, unless the hours or minutes have a *.
     * NULL: the defaults.
     */
    const char *jobs;
    /**
     * Give new profiles the picture that gravatar.com has for their address. MC_NO, the default:
     * nobody is told of them. Their clients then ask gravatar.com for it, by the SHA-256 of the
     * address, which everybody sees.
     */
    mc_choice gravatar;
    /** Address of the search of a service like Nominatim, for mc_place_find(); q, format and limit
     * are added to it. Asked directly, without a proxy. NULL: there is none. */
    const char *geocoder;
    /**
     * Addresses and networks that aren't on the public internet, such as "127.0.0.1, 10.0.0.0/8",
     * to which requests may go all the same whose address a site or a person has given. Those in
     * these options go anywhere. NULL: none.
     */
    const char *outgoing_allow;
    /**
     * The server that mail is given to: smtps://user:password@host:port, or smtp:// with STARTTLS,
     * or without TLS where ?tls=no is at its end. User and password are percent-encoded. NULL:
     * none, and no mail is sent unless mc_app_set_mailer() is called (mail.h).
     */
    const char *smtp;
    const char *smtp_ca;       /**< File with the certificates of authorities that the server's
                                    certificate may be from; NULL: the system's. */
    int64_t smtp_wait_ms;      /**< Longest time for a mail, 100 to 3600000. Default 60000. */
    const char *mail_from;     /**< Address that mail is from. Required for mail. */
    const char *mail_reply_to; /**< Address for answers; NULL: mail_from. */
    /** Folder with templates of mail in place of the library's (docs/operating.md#mail). Read once,
     * by mc_app_new(). NULL: none. */
    const char *mail_templates;
    /** Where files are in S3, or in what speaks the same: its http or https address. NULL: Amazon's
     * of the region. */
    const char *s3_endpoint;
    const char *s3_region;     /**< NULL: us-east-1. */
    const char *s3_access_key; /**< Needed. */
    const char *s3_secret_key; /**< Needed. Never logged or shown. */
    /** Folder of uploads that are on their way to S3. NULL: files/tmp in data, or in its default.
     */
    const char *s3_spool;
    /** MC_YES, the default: ENDPOINT/BUCKET/PREFIX. MC_NO: BUCKET.ENDPOINT/PREFIX. */
    mc_choice s3_path_style;
    /** Milliseconds without an answer after which a request is tried again, 1000 to 600000.
     * Default 10000. */
    int64_t s3_timeout_ms;
    /**
     * Address of a service like stopforumspam.com, such as "https://api.stopforumspam.org/api": who
     * comes for the first time, by a code by mail (sign_in.h), through a service
     * (sign_in_providers.h) or as an auth provider says (auth.h), is refused if it has seen the
     * e-mail address within a year. json and email are added to it. Guarded as outgoing_allow says.
     * NULL, the default: nobody is told of new people.
     */
    const char *spam_check;
    mc_choice spam_check_closed; /**< MC_YES: nobody new comes in while that service doesn't answer.
                                    MC_NO, the default: everybody does. */
    /** Memory for the Argon2id hash of a password in bytes, 7 MiB to 1 GiB. Hashes of other costs
     * are made anew when their owners sign in. Default 19 MiB, which takes some 30 ms. */
    int64_t password_memory;
    int64_t password_passes; /**< Passes over that memory, 1 to 100. Default 2. */
} mc_app_options;

#define MC_APP_OPTIONS_INIT                                                                        \
    {                                                                                              \
        sizeof(mc_app_options), NULL, NULL, "localhost", NULL, 0, 5000, 5000, MC_YES, NULL, NULL,  \
            MC_LOG_INFO, 64 << 20, 259200, MC_YES, NULL, NULL, NULL, NULL, NULL, NULL, NULL,       \
            30 << 20, 1 << 30, NULL, NULL, MC_NO, NULL, NULL, NULL, NULL, 60000, NULL, NULL, NULL, \
            NULL, NULL, NULL, NULL, NULL, MC_YES, 10000, NULL, MC_NO, 19 << 20, 2                  \
    }

/** The same for callers that can't use the macro (bindings). */
MC_API void mc_app_options_init(mc_app_options *options, size_t size);

/**
 * Make an app. Starts the private PostgreSQL if there is no connection string; with one, the
 * database need not be reachable yet.
 *
 * @param[out] out   set on success only; free with mc_app_free()
 * @param options    copied; NULL for the defaults
 * @param error      may be NULL; set to NULL on success; free with mc_failure_free()
 * @return 0, MC_EINVAL (an option, a legal document), MC_ESYSTEM or MC_EUNAVAILABLE (the private
 * PostgreSQL), MC_ENOTFOUND (create is MC_NO, and there is no database), MC_ENOMEM. On failure the
 *         private PostgreSQL doesn't stay running, unless others use it
 */
MC_API int mc_app_new(mc_app **out, const mc_app_options *options, mc_failure **error);

/** Free an error that mc_app_new() or mc_app_migrate() returned. NULL is allowed. */
MC_API void mc_failure_free(mc_failure *error);

/** Free an app, after all of its sessions. Writes read marks and views that are still in memory.
 *  A process that exits without it loses those, but leaves no PostgreSQL of its own running.
 *  NULL is allowed. */
MC_API void mc_app_free(mc_app *app);

/**
 * Bring the database's schema up to date, under a lock, so that several processes may try at
 * once. Does nothing if it is.
 * @param error may be NULL; set to NULL on success; free with mc_failure_free()
 * @return 0, MC_ESCHEMA (newer than this library), MC_EUNAVAILABLE, MC_EDATABASE, MC_EBUSY,
 *         MC_ENOMEM, MC_ESTATE (forked)
 */
MC_API int mc_app_migrate(mc_app *app, mc_failure **error);

/** Whether the database answers and its schema fits.
 *  @param error may be NULL; set to NULL on success; free with mc_failure_free()
 *  @return 0, MC_EUNAVAILABLE, MC_ESCHEMA, MC_ERESOURCES (a write has failed for lack of disk or
 *          memory in the last 30 s, and none has succeeded since), MC_EDATABASE, MC_EBUSY,
 * MC_ENOMEM, MC_ESTATE (forked) */
MC_API int mc_app_check(mc_app *app, mc_failure **error);

/** Whether pictures can be worked on: the program for them is there, knows all types, and can be
 *  confined here, so that it reaches no files and no network. Starts it; for when a host starts.
 *  @param error may be NULL; set to NULL on success; free with mc_failure_free()
 *  @return 0, MC_ESYSTEM, MC_ENOMEM, MC_ESTATE (forked) */
MC_API int mc_app_check_images(mc_app *app, mc_failure **error);

/** Whether uploaded files can be stored: their folder can be written, or made; S3 answers, knows
 *  the bucket and takes the keys. Stores nothing, and makes no folder. For when a host starts.
 *  @param error may be NULL; set to NULL on success; free with mc_failure_free(). Names the folder
 * and why.
 *  @return 0, MC_ESYSTEM (folder), MC_ERESOURCES (disk full), MC_EINVAL (S3 refuses the bucket or
 *          the keys), MC_EREMOTE (S3 can't be reached now), MC_ENOMEM, MC_ESTATE (forked) */
MC_API int mc_app_check_files(mc_app *app, mc_failure **error);

/**
 * The libpq connection string of the app's database: as it was given, or of the private PostgreSQL.
 * For a host that has its own tables in that database, and writes both in one transaction
 * (mc_session_use_connection()). The role in it may create tables and schemas.
 * @return text that lives as long as the app; "" for NULL
 */
MC_API const char *mc_app_database(const mc_app *app);

/**
 * Do the background work that is due: follow the changes by other processes and notify them of this
 * one's, write batched read marks and views, fold counters, do jobs (jobs.h), supervise the
 * private PostgreSQL. A process that also waits on mc_app_poll_fd(), as mc_app_run() does, sees
 * writes of others within milliseconds, others with their next step. The call may wait for the
 * database, for seconds if that is away.
 * @return milliseconds to wait before the next call
 */
MC_API int64_t mc_app_step(mc_app *app);

/**
 * A descriptor for programs with an event loop. It becomes readable when mc_app_step() should be
 * called at once, before the time that it returned has passed. Only poll or select it for reading.
 * It is valid and the same until mc_app_free().
 * @return the descriptor, or -1 for NULL
 */
MC_API int mc_app_poll_fd(const mc_app *app);

/**
 * Call mc_app_step() whenever it is due, until mc_app_stop() is called. Blocks the calling thread.
 * @return 0, MC_ESTATE (forked)
 */
MC_API int mc_app_run(mc_app *app);

/** Make mc_app_run() return soon. May be called from any thread, also before mc_app_run(). */
MC_API void mc_app_stop(mc_app *app);

/** Figures of an app, since it was made. */
typedef struct mc_app_stats {
    const mc_type *type;
    int64_t cache_hits;       /**< Look-ups that found a valid entry. */
    int64_t cache_misses;     /**< Look-ups that found none, or an outdated one. */
    int64_t cache_entries;    /**< Entries now. */
    int64_t cache_bytes;      /**< Their size in bytes. */
    int64_t cache_most_bytes; /**< Largest size in bytes; 0: the cache is off. */
    int64_t cache_evictions;  /**< Entries removed to make room for others. */
    int64_t cache_clears;     /**< Times that the cache was emptied. */
    bool cache_trusted;       /**< Whether it is used: the process follows the changes by others. */
    int64_t pool_size;     /**< Most connections to the database, without the one that listens. */
    int64_t pool_lent;     /**< Connections in use now. */
    int64_t pool_waits;    /**< Times that a thread waited for a connection. */
    int64_t feed_passes;   /**< Queries of the change feed. */
    int64_t feed_changes;  /**< Changes by others that they found. */
    int64_t feed_position; /**< All changes of transactions below this number were seen. */
    int64_t feed_age_ms;   /**< Milliseconds since the last query of the feed; -1: none yet. */
    mc_list jobs;          /**< mc_job (jobs.h), as they were when this process last looked. */
    mc_list queue;         /**< mc_queue_kind (queue.h), likewise; at most 10 seconds old. */
    int64_t feed_wakeups;  /**< How often a write has asked for a look, mostly another process's. */
} mc_app_stats;

/**
 * Get an app's figures. Doesn't use the database. May be called from any thread.
 *
 * @param[out] out freed with mc_record_free()
 * @return 0, MC_ENOMEM, MC_ESTATE (forked)
 */
MC_API int mc_app_stats_get(mc_app_stats **out, mc_app *app);

/** Make a session; cheap enough for one per request. @return 0, MC_ENOMEM, MC_ESTATE (forked) */
MC_API int mc_session_new(mc_session **out, mc_app *app);

/** End a session; rolls back a transaction that is open. NULL is allowed. Does nothing while a
 *  function of the host's (executor, auth provider) is running for this session. */
MC_API void mc_session_free(mc_session *session);

/** Reset a session: no site, guest, no error, back to the app's own connections; rolls back a
 *  transaction that is open. Its memory is kept for reuse. Does nothing where mc_session_free()
 *  does nothing. */
MC_API void mc_session_reset(mc_session *session);

/** The last failure of a call with this session; code 0 if the last call succeeded. Never NULL.
 *  Owned by the session; valid until the next call with it. */
MC_API const mc_failure *mc_session_error(const mc_session *session);

/**
 * Put a session on a connection of the host's (a PGconn *), so that what it writes commits or
 * rolls back with the host's own transaction. Inside a transaction of the host's the library uses
 * savepoints and never commits; outside of one each write is a transaction. The host keeps owning
 * the connection: it must be idle between calls, use UTF-8, and outlive the session's use of it.
 * The library leaves no prepared statement and no setting behind on it.
 *
 * When a host's transaction that the forum has written in commits, other processes are notified (by
 * NOTIFY, so the transaction can't be prepared for two-phase commit). Until it has ended, this app
 * reads from the database instead of the cache.
 *
 * For connections of another driver than libpq: mc_session_use_executor().
 *
 * @param pgconn NULL: back to the app's own connections
 * @return 0, MC_ESTATE (a transaction of the session is open; pipeline mode, not connected, other
 *         encoding)
 */
MC_API int mc_session_use_connection(mc_session *session, void *pgconn);

/** What a statement has answered, to be filled by mc_executor.execute. Owned by the library; valid
 *  during that call only. */
typedef struct mc_result mc_result;

/**
 * Runs SQL for the library on a connection of the host's, through whatever driver that has.
 *
 * execute() runs one text and fills in what it has answered:
 *
 *         mc_result_columns()   once, if the statement returns rows, also if there are none
 *         mc_result_row()       once for each row
 *         mc_result_fail()      instead, if it failed
 *
 * The parameters $1, $2 ... of the text are given as text, or NULL for SQL's NULL; PostgreSQL
 * infers their types, so they must reach it without a type. Without parameters (param_count is 0)
 * the text may be several statements, separated by semicolons, as PostgreSQL's simple query
 * protocol takes them; then the answer is that of the last one.
 *
 * Both functions are called by the thread that calls the library, one at a time. Meanwhile calls
 * with the session that runs the statement return MC_ESTATE; other sessions may be used. They must
 * not raise an exception or jump through the library.
 */
typedef struct mc_executor {
    size_t size; /**< Set by the initialiser. */
    /**
     * Runs a text. Returns 0, what mc_result_fail() has returned, or MC_EUNAVAILABLE, MC_EBUSY,
     * MC_ENOMEM, MC_ESTATE or MC_ESYSTEM. Anything else is an error of the host: MC_ESYSTEM.
     */
    int (*execute)(void *data, const char *sql, const char *const *params, size_t param_count,
                   mc_result *result);
    /**
     * Whether a transaction is open on the connection: 1 or 0, or MC_ESTATE for one in which a
     * statement has failed, MC_EUNAVAILABLE if the connection is lost. NULL: whenever the session
     * is used, the host has a transaction open.
     */
    int (*in_transaction)(void *data);
    void *data; /**< Passed to both; not used by the library. */
} mc_executor;

#define MC_EXECUTOR_INIT                                                                           \
    {                                                                                              \
        sizeof(mc_executor), NULL, NULL, NULL                                                      \
    }

/**
 * Put a session on a connection of the host's that statements are run on by a function of the
 * host's: for drivers that don't show a PGconn, or bring a libpq of their own. The same rules apply
 * as for mc_session_use_connection(): savepoints inside of a transaction, no setting and no
 * prepared statement is left behind, client_encoding must be UTF8. The calls with the session
 * return what the statement failed with; where that is MC_ESTATE the host's transaction has to be
 * rolled back.
 *
 * mc_session_free() and mc_session_reset() roll back a transaction that mc_session_begin() has
 * begun, by a call of execute().
 *
 * @param executor copied; NULL: back to the app's own connections
 * @return 0, MC_ESTATE (a transaction of the session is open), MC_EINVAL (no size, no execute,
 *         members that this library doesn't know)
 */
MC_API int mc_session_use_executor(mc_session *session, const mc_executor *executor);

/**
 * Say which columns a statement has returned.
 *
 * @param names as the statement gives them; copied. May be NULL if count is 0
 * @param count 0 if the statement is a SELECT without columns, whose rows count for nothing
 * @return 0, MC_ENOMEM, MC_ESYSTEM (called twice, a name is missing). A failure is remembered, so
 *         that of a series of calls only the last one needs to be looked at.
 */
MC_API int mc_result_columns(mc_result *result, const char *const *names, size_t count);

/**
 * Add a row. The values are text as PostgreSQL writes it (such as "t", "{1,2}",
 * "2024-05-01 12:00:00+02"), or NULL for SQL's NULL; copied.
 * @return 0, MC_ENOMEM, MC_ESYSTEM (not as many as columns, not UTF-8); remembered
 */
MC_API int mc_result_row(mc_result *result, const char *const *values, size_t count);

/**
 * Say that a statement has failed.
 *
 * @param sqlstate five characters, such as "40001"; NULL: it never reached PostgreSQL, which is
 *                 MC_EUNAVAILABLE
 * @param message  for the session's error, without an SQLSTATE; else unused, because PostgreSQL's
 *                 messages may quote people's data. May be NULL.
 * @return the error code that the session's call fails with, never 0; return it from execute()
 */
MC_API int mc_result_fail(mc_result *result, const char *sqlstate, const char *message);

/**
 * Begin a transaction for the following calls, until mc_session_commit() or mc_session_rollback().
 * A call that fails inside it undoes only itself: the transaction goes on.
 * @return 0, MC_ESTATE (one is open; the host's connection is busy or its transaction has failed;
 *         forked), MC_EUNAVAILABLE, MC_EBUSY, or what the host's executor failed with
 */
MC_API int mc_session_begin(mc_session *session);
/**
 * Commit it. If that fails, the transaction is over too, and nothing of it was kept (except that
 * after MC_EUNAVAILABLE it may have been).
 * @return 0, MC_ESTATE (none is open), MC_EUNAVAILABLE, MC_EDATABASE
 */
MC_API int mc_session_commit(mc_session *session);
/** Roll it back. The transaction is over for the session also if this fails.
 *  @return 0, MC_ESTATE (none is open; in a host's function; forked), MC_EUNAVAILABLE, or what the
 *          host's executor failed with */
MC_API int mc_session_rollback(mc_session *session);

/** Where a request comes from and with which credentials. Start from MC_VISIT_INIT. */
typedef struct mc_visit {
    size_t size;          /**< Set by the initialiser. */
    const char *host;     /**< Host header, port allowed; or NULL when site_key is given. */
    const char *site_key; /**< Key of the site, or NULL. */
    const char *token; /**< An access token, or what the host's providers know; NULL for a guest. */
    const char *address; /**< IP address for the audit, or NULL. */
    /** Kind of token, for the host's providers (auth.h): NULL is "bearer", which access tokens are.
     */
    const char *scheme;
} mc_visit;

#define MC_VISIT_INIT                                                                              \
    {                                                                                              \
        sizeof(mc_visit), NULL, NULL, NULL, NULL, NULL                                             \
    }

/**
 * Enter a site. The site is found by host or key; the actor by the token, for which first the app's
 * providers (auth.h) are asked, then the access tokens. The first visit of a user to a site makes a
 * profile there (docs/http/conventions.md#credentials).
 *
 * @return 0, or
 *         MC_ENOSITE           a host of the base domain, but no such site, or it is deleted
 *         MC_ENOTFOUND         the host belongs to no base domain
 *         MC_EUNAUTHENTICATED  token unknown, expired or malformed
 *         MC_EUNAVAILABLE, MC_EBUSY
 *         MC_ESYSTEM           a provider made a mistake
 */
MC_API int mc_session_enter(mc_session *session, const mc_visit *visit);

/**
 * Act as a profile of the session's site without a token: for hosts with a sign-in of their own.
 * auth.h says when to use which function. 0 is the guest. @return 0, MC_ENOTFOUND, MC_ESTATE (no
 * site entered)
 */
MC_API int mc_session_act_as(mc_session *session, int64_t profile_id);

/**
 * Act as the user with an e-mail address; user and profile are made if there are none.
 * @return 0, MC_EINVAL (not an address), MC_ESTATE (no site entered)
 */
MC_API int mc_session_act_as_email(mc_session *session, const char *email);

/**
 * The same, with a preferred name for the profile that the first visit makes. The name is cleaned;
 * if it is invalid (2 to 25 characters) or taken, the profile gets its default name. NULL: none.
 * @return as mc_session_act_as_email()
 */
MC_API int mc_session_act_as_user(mc_session *session, const char *email, const char *profile_name);

/** Id of the site entered, or 0. */
MC_API int64_t mc_session_site(const mc_session *session);
/** Profile that acts, or 0 for a guest. */
MC_API int64_t mc_session_profile(const mc_session *session);
/** Whether the actor is on the site's ban list. */
MC_API bool mc_session_is_banned(const mc_session *session);
/** What the actor is told who is on that list, HTML-escaped; "" if there is nothing to tell, or the
 * actor isn't. Valid until the session's next call. */
MC_API const char *mc_session_ban_reason(const mc_session *session);
/** Whether the site entered is the root site, which has fewer routes
 * (docs/http/conventions.md#hosts-and-paths). */
MC_API bool mc_session_is_root_site(const mc_session *session);
/** Whether the address of the site entered (mc_site.site_url) is one of HTTPS, so that cookies
 * should be sent by that only. */
MC_API bool mc_session_is_secure(const mc_session *session);

/** In which order a list is. */
typedef enum mc_order {
    MC_ORDER_USUAL = 0, /**< As the list says: comments oldest first. */
    MC_ORDER_NEWEST = 1 /**< Comments: newest first. Other lists have no such order. */
} mc_order;

/** Which part of a list to get, and how its links are written. Start from MC_PAGE_OPTIONS_INIT. */
typedef struct mc_page_options {
    size_t size;    /**< Set by the initialiser. */
    int64_t limit;  /**< Length of a page: 1 to 250, a multiple of 5. Default 25. */
    int64_t offset; /**< Things to skip: a multiple of limit, not past the last page. Default 0. */
    const char *path;  /**< Path for links, such as "/api/v1/microcosms"; NULL: the thing's own. */
    const char *query; /**< The request's query as received, for links; NULL: none. */
    mc_order order;    /**< Default MC_ORDER_USUAL. */
} mc_page_options;

#define MC_PAGE_OPTIONS_INIT                                                                       \
    {                                                                                              \
        sizeof(mc_page_options), 25, 0, NULL, NULL, MC_ORDER_USUAL                                 \
    }

/**
 * One operation of a PATCH (the part of RFC 6902 in docs/http/conventions.md#patch). The paths are
 *
 *     /meta/flags/sticky     microcosms and items; by moderators
 *     /meta/flags/open       microcosms and items; by moderators, and the author
 *     /meta/flags/deleted    these and comments; by moderators
 *     /meta/flags/moderated  these and comments; by moderators
 *     /member                profiles, from a request's body only; by the site's owner
 *
 * and each flag is in mc_flags of the thing.
 */
typedef struct mc_patch_op {
    const char *path; /**< One of those above. */
    bool value;       /**< What it becomes. */
} mc_patch_op;

#ifdef __cplusplus
}
#endif
#endif
