-- Work that follows writes (domain/work/queue.c).

-- name: feed
-- Makes rows of the queue from the next changes of all sites, in the order of the feed: changes that the position's
-- second snapshot shows and its first doesn't. So none is skipped or taken twice, although ids are given out before
-- commits, and nobody's long transaction holds up the changes of others. One process does it at a time: whoever finds the
-- position locked, or changed since its own snapshot was taken, does nothing. Writes nothing where nothing is new.
-- A snapshot from the future is of another server, from which this database was restored: then it begins anew.
-- For each kind: the types of things (a bit each) and the actions (create 1, replace 2, update 4, delete 8) that it is
-- about. is_missing: changes were trimmed before they were looked at.
-- bind: kinds texts, item_types ints, actions ints, limit int
-- row: rows int, is_missing bool
-- silent: work to be done, not a resource
WITH seen AS MATERIALIZED (
    SELECT p.version
      FROM microcosm.queue_position p
     WHERE p.until IS NOT NULL
        OR pg_snapshot_xmax(p.since) > pg_snapshot_xmax(pg_current_snapshot())
        OR pg_snapshot_xmax(p.since) <= (SELECT c.transaction FROM microcosm.changes c
                                          ORDER BY c.transaction DESC, c.change_id DESC LIMIT 1)
        OR EXISTS (SELECT FROM microcosm.changes c
                    WHERE c.transaction = ANY (ARRAY(SELECT pg_snapshot_xip(p.since))))
), locked AS MATERIALIZED (
    SELECT p.version
          ,p.until
          ,p.transaction
          ,p.change_id
          ,CASE WHEN pg_snapshot_xmax(p.since) > pg_snapshot_xmax(pg_current_snapshot())
                THEN pg_current_snapshot() ELSE p.since END AS since
      FROM microcosm.queue_position p
     WHERE EXISTS (SELECT FROM seen)
       FOR UPDATE SKIP LOCKED
), place AS MATERIALIZED (
    SELECT l.since, coalesce(l.until, pg_current_snapshot()) AS until, l.transaction, l.change_id
      FROM locked l
      JOIN seen USING (version)
), found AS MATERIALIZED (
    SELECT c.*
      FROM place p
     CROSS JOIN LATERAL (
           (SELECT later.*
              FROM microcosm.changes later
             WHERE later.transaction >= pg_snapshot_xmax(p.since)
               AND (later.transaction, later.change_id) > (p.transaction, p.change_id)
               AND pg_visible_in_snapshot(later.transaction, p.until)
             ORDER BY later.transaction, later.change_id
             LIMIT :limit)
            UNION ALL
           (SELECT running.*
              FROM microcosm.changes running
             WHERE running.transaction = ANY (ARRAY(SELECT pg_snapshot_xip(p.since)))
               AND (running.transaction, running.change_id) > (p.transaction, p.change_id)
               AND pg_visible_in_snapshot(running.transaction, p.until)
             ORDER BY running.transaction, running.change_id
             LIMIT :limit)) c
     ORDER BY c.transaction, c.change_id
     LIMIT :limit
), last AS MATERIALIZED (
    SELECT f.transaction, f.change_id, count(*) OVER () AS rows
      FROM found f
     ORDER BY f.transaction DESC, f.change_id DESC
     LIMIT 1
), moved AS (
    UPDATE microcosm.queue_position q
       SET since = CASE WHEN l.rows = :limit THEN p.since ELSE p.until END
          ,until = CASE WHEN l.rows = :limit THEN p.until END
          ,transaction = CASE WHEN l.rows = :limit THEN l.transaction ELSE '0'::xid8 END
          ,change_id = CASE WHEN l.rows = :limit THEN l.change_id ELSE 0 END
          ,version = q.version + 1
      FROM place p
      LEFT JOIN last l ON true
), put AS (
    INSERT INTO microcosm.queue (site_id, kind, item_type, item_id, parent_type, parent_id, microcosm_id, action,
                                 profile_id, details)
    SELECT f.site_id, k.kind, f.item_type, f.item_id, f.parent_type, f.parent_id, f.microcosm_id, f.action, f.profile_id
          ,f.details
      FROM found f
      JOIN unnest(:kinds::text[], :item_types::bigint[], :actions::bigint[]) k (kind, item_types, actions)
        ON k.item_types & (1::bigint << f.item_type::int) <> 0
       AND k.actions & (CASE f.action WHEN 'create' THEN 1 WHEN 'replace' THEN 2 WHEN 'update' THEN 4 ELSE 8 END) <> 0
     ORDER BY f.transaction, f.change_id
)
SELECT coalesce((SELECT l.rows FROM last l), 0) AS rows
      ,EXISTS (SELECT FROM place p
                 JOIN microcosm.changes_trimmed t ON t.site_id = 0
                WHERE NOT pg_visible_in_snapshot(t.transaction, p.since)
                  AND (t.transaction, t.change_id) > (p.transaction, p.change_id)) AS is_missing;

-- name: in_order
-- Has what is planned in this transaction find rows by an index, in its order. Plans are made while the queue is short; in a
-- long one, going through all that waits for each few that are taken would take time by the square of it.
-- row: sorts text, collects text, scans text
SELECT set_config('enable_sort', 'off', true) AS sorts
      ,set_config('enable_bitmapscan', 'off', true) AS collects
      ,set_config('enable_seqscan', 'off', true) AS scans;

-- name: take
-- Takes the rows of a kind that have been due for longest, for so many seconds; who has not said by then what became of
-- them has ended. Rows that were taken before come one at a time, since one may be what makes all of them fail.
-- bind: kind text, limit int, lease_s int
-- row: queue_id int, site_id int, item_id int, profile_id int, attempts int
-- silent: work to be done, not a resource
WITH due AS MATERIALIZED (
    SELECT q.queue_id, q.due, q.attempts
      FROM microcosm.queue q
     WHERE q.kind = :kind AND q.due <= statement_timestamp()
     ORDER BY q.due
     LIMIT :limit
       FOR UPDATE SKIP LOCKED
), chosen AS MATERIALIZED (
    SELECT n.queue_id
      FROM (SELECT d.queue_id
                  ,d.attempts
                  ,row_number() OVER oldest AS number
                  ,first_value(d.attempts) OVER oldest AS first
              FROM due d
            WINDOW oldest AS (ORDER BY d.due, d.queue_id)) n
     WHERE n.number = 1 OR (n.first = 0 AND n.attempts = 0)
), taken AS (
    UPDATE microcosm.queue q
       SET attempts = q.attempts + 1
          ,due = clock_timestamp() + make_interval(secs => :lease_s::bigint::double precision)
     WHERE q.queue_id = ANY (ARRAY(SELECT c.queue_id FROM chosen c))
    RETURNING q.queue_id, q.site_id, q.item_id, q.profile_id, q.attempts
)
SELECT t.queue_id, t.site_id, t.item_id, t.profile_id, t.attempts FROM taken t ORDER BY t.queue_id;

-- name: done
-- bind: queue_ids ints
-- silent: work that was done, not a resource
DELETE FROM microcosm.queue WHERE queue_id = ANY (:queue_ids);

-- name: failed
-- Says why rows have failed, and when they are tried again: after 5 seconds, then twice that each time up to an hour, and
-- after so many attempts never. dead: how many of them that are.
-- bind: queue_ids ints, problem text, tries int
-- row: dead int
-- silent: work to be done, not a resource
WITH failed AS (
    UPDATE microcosm.queue q
       SET problem = left(:problem, 1000)
          ,due = CASE WHEN q.attempts < :tries
                      THEN clock_timestamp() + make_interval(secs => least(3600, 5 * 2 ^ least(q.attempts - 1, 20))) END
     WHERE q.queue_id = ANY (:queue_ids)
    RETURNING q.due
)
SELECT count(*) FILTER (WHERE f.due IS NULL) AS dead FROM failed f;

-- name: list
-- What waits of each kind; more than 100,000 rows of one are not counted. Times: of the oldest one that is due.
-- bind: kinds texts
-- row: kind text, waiting int, retried int, dead int, oldest time, last_problem text
SELECT k.kind
      ,w.waiting
      ,w.retried
      ,w.dead
      ,w.oldest
      ,coalesce(w.last_problem, '') AS last_problem
  FROM unnest(:kinds::text[]) k (kind)
 CROSS JOIN LATERAL (
       SELECT count(*) FILTER (WHERE q.due IS NOT NULL) AS waiting
             ,count(*) FILTER (WHERE q.due IS NOT NULL AND q.problem IS NOT NULL) AS retried
             ,count(*) FILTER (WHERE q.due IS NULL) AS dead
             ,min(q.created) FILTER (WHERE q.due IS NOT NULL) AS oldest
             ,(array_agg(q.problem ORDER BY q.queue_id DESC) FILTER (WHERE q.problem IS NOT NULL))[1] AS last_problem
         FROM (SELECT r.* FROM microcosm.queue r WHERE r.kind = k.kind LIMIT 100000) q) w
 ORDER BY k.kind;

-- name: retry
-- Has what failed too often tried again, from the first attempt on.
-- bind: kind text
-- row: rows int
-- silent: work to be done, not a resource
WITH again AS (
    UPDATE microcosm.queue q
       SET due = clock_timestamp(), attempts = 0
     WHERE q.kind = :kind AND q.due IS NULL
    RETURNING q.queue_id
)
SELECT count(*) AS rows FROM again;
