-- Scheduled work (domain/work/jobs.c).

-- name: list
-- All jobs with their latest run, and what time it is.
-- row: name text, schedule text, next_due time, is_due bool, now int, last_started time, last_finished time, is_running bool
-- row: last_problem text
SELECT j.name
      ,j.schedule
      ,j.next_due
      ,coalesce(j.next_due <= clock_timestamp(), false) AS is_due
      ,extract(epoch FROM clock_timestamp())::bigint AS now
      ,r.started AS last_started
      ,r.finished AS last_finished
      ,r.started IS NOT NULL AND r.finished IS NULL AS is_running
      ,coalesce(r.problem, '') AS last_problem
  FROM microcosm.jobs j
  LEFT JOIN LATERAL (SELECT l.started, l.finished, l.problem
                       FROM microcosm.job_runs l
                      WHERE l.name = j.name
                      ORDER BY l.job_run_id DESC
                      LIMIT 1) r ON true
 ORDER BY j.name;

-- name: now
-- Seconds since 1970 by the database's clock.
-- row: now int
SELECT extract(epoch FROM clock_timestamp())::bigint AS now;

-- name: offsets
-- How far a time zone is ahead of UTC, in seconds: yesterday, and from when on otherwise in the 400 days to come, to the
-- minute. An unknown zone is an error of PostgreSQL's.
-- bind: zone text
-- row: since int, ahead int
WITH days AS MATERIALIZED (
    SELECT d.at, microcosm.ahead_of_utc(d.at, :zone) AS ahead, microcosm.ahead_of_utc(d.at + interval '24 hours', :zone) AS next
      FROM generate_series(date_trunc('minute', clock_timestamp()) - interval '24 hours',
                           clock_timestamp() + interval '400 days', interval '24 hours') d(at)
), minutes AS (
    SELECT m.at
          ,microcosm.ahead_of_utc(m.at, :zone) AS ahead
          ,microcosm.ahead_of_utc(m.at - interval '1 minute', :zone) AS before
      FROM days d
     CROSS JOIN LATERAL generate_series(d.at + interval '1 minute', d.at + interval '24 hours', interval '1 minute') m(at)
     WHERE d.next <> d.ahead
)
SELECT extract(epoch FROM c.at)::bigint AS since
      ,c.ahead
  FROM ((SELECT d.at, d.ahead FROM days d ORDER BY d.at LIMIT 1)
         UNION ALL
        SELECT m.at, m.ahead FROM minutes m WHERE m.ahead <> m.before) c
 ORDER BY c.at;

-- name: schedule
-- Says when a job is due next (seconds since 1970; 0: never), and by which schedule.
-- bind: name text, schedule text, next_due id
-- silent: no resource
INSERT INTO microcosm.jobs (name, schedule, next_due)
VALUES (:name, :schedule, to_timestamp(:next_due::bigint))
    ON CONFLICT (name) DO UPDATE SET schedule = excluded.schedule, next_due = excluded.next_due;

-- name: lead
-- Whether this transaction is the one whose process may run jobs: until it ends, or its connection does.
-- row: is_mine bool
SELECT pg_try_advisory_xact_lock(hashtextextended('microcosm jobs', 0)) AS is_mine;

-- name: start
-- Begins a run of a job that is due, or that is wanted now. No row: another process has just run it. Runs of processes
-- that have ended in the middle are closed: nobody else can be at it, since the caller leads.
-- bind: name text, is_wanted bool
-- row: job_run_id int, started time
-- silent: no resource
WITH lost AS (
    UPDATE microcosm.job_runs
       SET finished = clock_timestamp(), problem = 'the process ended before it'
     WHERE name = :name AND finished IS NULL
)
INSERT INTO microcosm.job_runs (name, due)
SELECT j.name
      ,CASE WHEN NOT :is_wanted THEN j.next_due END
  FROM microcosm.jobs j
 WHERE j.name = :name AND (:is_wanted OR j.next_due <= clock_timestamp())
RETURNING job_run_id, started;

-- name: finish
-- Ends a run, and forgets old ones.
-- bind: job_run_id int, name text, problem text, keep int
-- silent: no resource
WITH old AS (
    DELETE FROM microcosm.job_runs
     WHERE name = :name
       AND job_run_id < (SELECT r.job_run_id FROM microcosm.job_runs r WHERE r.name = :name
                          ORDER BY r.job_run_id DESC OFFSET :keep LIMIT 1)
)
UPDATE microcosm.job_runs SET finished = clock_timestamp(), problem = :problem WHERE job_run_id = :job_run_id;
