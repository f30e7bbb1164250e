/**
 * The queue: work that follows writes, such as telling people who follow what was written.
 *
 * A write only appends to the change feed. Whoever calls mc_app_run() or mc_app_step() makes rows
 * of the queue from it, and does them, with all other processes that share the database. Each is
 * done at least once, and again after a failure, later each time; what has failed too often is
 * dead, and stays until the operator has it tried again.
 */
#ifndef MICROCOSM_QUEUE_H
#define MICROCOSM_QUEUE_H

#include <microcosm/record.h>
#include <microcosm/session.h>

#ifdef __cplusplus
extern "C" {
#endif

/** What waits of a kind of work. At most 100,000 rows of each kind are counted. */
typedef struct mc_queue_kind {
    const mc_type *type;
    const char *name;         /**< Such as "updates". */
    int64_t waiting;          /**< To be done, now or later, or being done. */
    int64_t retried;          /**< Of these, those that have failed before. */
    int64_t dead;             /**< Failed too often; not tried again. */
    mc_time oldest;           /**< When the oldest of those waiting was put; MC_TIME_NONE: none. */
    const char *last_problem; /**< Why one has failed; "": none that is there has. */
} mc_queue_kind;

/** All kinds of work. */
typedef struct mc_queue_list {
    const mc_type *type;
    mc_list kinds; /**< mc_queue_kind, by name. */
} mc_queue_list;

/**
 * What is in the queue. For operators: checks no permission and needs no site entered.
 *
 * @param[out] out  set on success only; free with mc_record_free()
 * @return 0, MC_EINVAL, MC_EUNAVAILABLE, ...
 */
MC_API int mc_queue_list_get(mc_queue_list **out, mc_session *session);

/**
 * Have what is dead of a kind tried again. For operators: checks no permission and needs no site
 * entered.
 *
 * @param[out] rows  how many rows that are
 * @param kind       its name
 * @return 0, MC_EINVAL (kind or rows is NULL), MC_ENOTFOUND (no such kind), MC_EUNAVAILABLE, ...
 */
MC_API int mc_queue_retry(int64_t *rows, mc_session *session, const char *kind);

#ifdef __cplusplus
}
#endif

#endif
