/**
 * What every other header needs: export marks, versions, times, error codes.
 *
 * All text that crosses this interface is UTF-8. All numbers of bytes and items are size_t or
 * int64_t; ids are positive int64_t. Functions that can fail return int: 0, or one of the
 * negative codes below; their out parameters come first and are written on success only. An out
 * parameter that is NULL is refused with MC_EINVAL.
 *
 * Structs that the caller fills in begin with their size. Begin with the initialiser of their name
 * (MC_PAGE_OPTIONS_INIT, MC_CONVERSATION_EDIT_INIT): a struct of zeros, whose size is 0, is refused
 * with MC_EINVAL, and so are members that only a newer library knows.
 *
 * Functions ending in _json append to a buffer. If they fail, the buffer is as it was.
 */
#ifndef MICROCOSM_BASE_H
#define MICROCOSM_BASE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/** Marks what the library exports; everything else is hidden. */
#if defined(__GNUC__)
#define MC_API __attribute__((visibility("default")))
#else
#define MC_API
#endif

/** Version of these headers; compare with mc_version() for that of the library loaded. */
#define MC_VERSION_MAJOR 0
#define MC_VERSION_MINOR 1
#define MC_VERSION_PATCH 0

/** Version of the library, as "major.minor.patch". Static text. */
MC_API const char *mc_version(void);

/** Day the library was built, as "YYYY-MM-DD". Static text. */
MC_API const char *mc_build_date(void);

/** An instant: microseconds since 1970-01-01T00:00:00 UTC. */
typedef struct mc_time {
    int64_t us; /**< MC_TIME_NONE where there is no time. */
} mc_time;

/** Value of mc_time.us that stands for "no time". */
#define MC_TIME_NONE INT64_MIN

/** A boolean that may also be unset. MC_UNSET is 0, so zeroed memory leaves all choices unset. */
typedef enum mc_choice {
    MC_UNSET = 0, /**< Not given: the default, or unchanged. */
    MC_NO = 1,    /**< False. */
    MC_YES = 2    /**< True. */
} mc_choice;

/**
 * Every error code with its number, slug and meaning. mc_error_at() reads the same list at run
 * time, so that bindings can make their exception classes from it.
 */
#define MC_ERROR_MAP(XX)                                                                           \
    XX(EINVAL, -1, "invalid_input", "the input is not valid")                                      \
    XX(ENOTFOUND, -2, "not_found", "there is no such thing on this site")                          \
    XX(EFORBIDDEN, -3, "forbidden", "the actor may not do this")                                   \
    XX(EUNAUTHENTICATED, -4, "unauthenticated", "the credentials are unknown or have expired")     \
    XX(EBANNED, -5, "banned", "you are banned from this site")                                     \
    XX(ENOSITE, -6, "no_site", "there is no such site")                                            \
    XX(ECLOSED, -7, "closed", "the thing is closed")                                               \
    XX(ECONFLICT, -8, "conflict", "something of that name or kind exists already")                 \
    XX(EUNSUPPORTED, -9, "unsupported", "this operation is not offered")                           \
    XX(ETOOLARGE, -10, "too_large", "the input is larger than its limit")                          \
    XX(EDATABASE, -20, "database", "the database refused or failed")                               \
    XX(EUNAVAILABLE, -21, "unavailable", "the database cannot be reached")                         \
    XX(EBUSY, -22, "busy", "all connections are in use or the work took too long")                 \
    XX(ESCHEMA, -23, "schema", "the database's schema does not fit this library")                  \
    XX(ENOMEM, -24, "no_memory", "out of memory")                                                  \
    XX(ESTATE, -25, "bad_state", "the handle cannot be used this way now")                         \
    XX(ESYSTEM, -26, "system", "the operating system refused or failed")                           \
    XX(EGONE, -27, "gone", "what this points to is not kept any more")                             \
    XX(EREMOTE, -29, "remote", "a service that this needs does not work")                          \
    XX(ELIMIT, -30, "too_many", "this was tried too often")                                        \
    XX(ERESOURCES, -28, "out_of_resources",                                                        \
       "the database is short of disk or memory, or its disk fails")

/** Error codes: MC_EINVAL, MC_ENOTFOUND, ... */
enum mc_error_code {
#define XX(name, value, slug, text) MC_##name = (value),
    MC_ERROR_MAP(XX)
#undef XX
};

/** One entry of the list of errors. */
typedef struct mc_error_info {
    int code;         /**< Negative number. */
    const char *name; /**< Name of the constant, such as "MC_EINVAL". */
    const char *slug; /**< Short stable name, such as "invalid_input". */
    const char *text; /**< What it means, in English. */
} mc_error_info;

/** Number of errors in the list. */
MC_API size_t mc_error_count(void);

/** Entry i of the list, or NULL past its end. Static. */
MC_API const mc_error_info *mc_error_at(size_t i);

/** Entry of a code, or NULL for a number that is no error code. Static. */
MC_API const mc_error_info *mc_error_find(int code);

/** One field of the input that was at fault. */
typedef struct mc_fault {
    const char *field;   /**< Name as in JSON, such as "title" or "meta.editReason". */
    const char *message; /**< What is wrong with it, in English. */
} mc_fault;

/** What went wrong. Owned by the handle that it was asked from; valid until its next call. */
typedef struct mc_failure {
    int code;               /**< One of the codes above, or 0. */
    const char *slug;       /**< Slug of the code, or "". */
    const char *message;    /**< For people, in English; names no row and no other person's data. */
    const char *sqlstate;   /**< Five characters for a failure of the database, else "". */
    int reason;             /**< errorCode of docs/http/conventions.md#statuses-and-errors, or 0. */
    const mc_fault *faults; /**< All fields at fault for MC_EINVAL, in order of the fields. */
    size_t fault_count;     /**< Number of faults. */
    int64_t retry_s;        /**< For MC_ELIMIT: seconds after which it may be tried again. */
} mc_failure;

/** Severity of a log line. */
typedef enum mc_log_level {
    MC_LOG_ERROR = 0, /**< Something failed. */
    MC_LOG_WARNING,   /**< Something is wrong, but work goes on. */
    MC_LOG_INFO,      /**< Normal events that matter to an operator. */
    MC_LOG_DEBUG      /**< Details for programmers. */
} mc_log_level;

/** Receives log lines. Called on any thread that calls the library; must not call back into it. */
typedef void (*mc_log_fn)(void *data, mc_log_level level, const char *message);

/** A growing array of bytes that functions ending in _json append to. One thread at a time. */
typedef struct mc_buffer mc_buffer;

/** Make a buffer that may grow to max bytes (0: 64 MiB). @return 0, MC_ENOMEM, MC_EINVAL (out is
 *  NULL) */
MC_API int mc_buffer_new(mc_buffer **out, size_t max);

/** Memory that several buffers share, on any threads: together they have no more. */
typedef struct mc_budget mc_budget;
/** Make a budget. @return 0, MC_ENOMEM, MC_EINVAL (out is NULL) */
MC_API int mc_budget_new(mc_budget **out, size_t bytes);
/** Free a budget, after the buffers that were made with it. NULL is allowed. */
MC_API void mc_budget_free(mc_budget *budget);
/** Bytes that no buffer has at the moment; 0 for NULL. */
MC_API size_t mc_budget_left(const mc_budget *budget);
/** Make a buffer whose memory is taken from a budget (NULL: as mc_buffer_new()). While that is used
 *  up, functions that append fail with MC_EBUSY. @return as mc_buffer_new() */
MC_API int mc_buffer_new_within(mc_buffer **out, size_t max, mc_budget *budget);
/** Free a buffer. NULL is allowed. */
MC_API void mc_buffer_free(mc_buffer *buffer);
/** Empty it; its memory is kept for reuse. */
MC_API void mc_buffer_clear(mc_buffer *buffer);
/** Empty it, and free its memory if that is more than so many bytes. @return whether it was */
MC_API bool mc_buffer_shrink(mc_buffer *buffer, size_t keep);
/** Add bytes. On failure the buffer is as it was.
 *  @return 0, MC_ENOMEM, MC_ETOOLARGE beyond the maximum, MC_EBUSY beyond the budget, MC_EINVAL
 *  (NULL) */
MC_API int mc_buffer_append(mc_buffer *buffer, const void *bytes, size_t length);
/** Its bytes, followed by a NUL that does not count; valid until the buffer changes. Never NULL. */
MC_API char *mc_buffer_bytes(mc_buffer *buffer);
/** Number of bytes in it. */
MC_API size_t mc_buffer_length(const mc_buffer *buffer);

#ifdef __cplusplus
}
#endif
#endif
