/**
 * Jobs: work that is done by a schedule, such as counting what sites show about themselves.
 *
 * Each process that calls mc_app_run() or mc_app_step() takes part. One of those that share a
 * database does it, and when that ends, another goes on within seconds. What was missed while none
 * ran is done once, late. When they are due is decided by the clock of the database.
 * mc_app_options.jobs changes their schedules.
 */
#ifndef MICROCOSM_JOBS_H
#define MICROCOSM_JOBS_H

#include <microcosm/record.h>
#include <microcosm/session.h>

#ifdef __cplusplus
extern "C" {
#endif

/** A job and its latest run. */
typedef struct mc_job {
    const mc_type *type;
    const char *name;         /**< Such as "site-stats". */
    const char *summary;      /**< What it does. */
    const char *schedule;     /**< As mc_app_options.jobs gives it, or the default; "off": never. */
    mc_time next_due;         /**< MC_TIME_NONE if it is off, or no process has planned it yet. */
    bool is_running;          /**< Begun and not ended, unless its process has ended. */
    mc_time last_started;     /**< MC_TIME_NONE: it has never run. */
    mc_time last_finished;    /**< MC_TIME_NONE: likewise, or it is running. */
    const char *last_problem; /**< Why the latest run has failed; "": it hasn't. */
} mc_job;

/** All jobs. */
typedef struct mc_job_list {
    const mc_type *type;
    mc_list jobs; /**< mc_job, by name. */
} mc_job_list;

/**
 * The jobs, with the schedules of this process. For operators: checks no permission and needs no
 * site entered.
 *
 * @param[out] out  set on success only; free with mc_record_free()
 * @return 0, MC_EINVAL, MC_EUNAVAILABLE, ...
 */
MC_API int mc_jobs_list(mc_job_list **out, mc_session *session);

/**
 * Do a job now, from its beginning to its end, also if it is turned off. For operators: checks no
 * permission and needs no site entered. It doesn't change when the job is due next.
 *
 * @param name  of the job
 * @return 0, MC_EINVAL (name is NULL), MC_ENOTFOUND (no such job), MC_EBUSY (a job is being done;
 * try again), MC_EUNAVAILABLE, ...
 */
MC_API int mc_job_run(mc_session *session, const char *name);

#ifdef __cplusplus
}
#endif

#endif
