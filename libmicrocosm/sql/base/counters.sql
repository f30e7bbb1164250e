-- Folds the counter changes that writers append, in the background. See schema/tables/50_microcosms.sql.

-- A profile counts what it has written that can be seen: neither that nor anything above it is hidden. It is counted for
-- each microcosm as if that could be seen, so that whoever hides or moves a microcosm counts nothing. Which of them can be
-- seen is looked at when the sums are made: by a fold, or by who reads a profile before that.

-- fragment: hides(m)
-- Whether a microcosm, or one above it, is hidden.
EXISTS (SELECT FROM microcosm.microcosms h
         WHERE h.site_id = {m}.site_id AND h.microcosm_id = ANY ({m}.path) AND NOT h.is_visible)

-- fragment: counted(p, counter)
-- A counter of a profile p: the sum that the last fold has made, unless there is something that it lacks.
CASE WHEN EXISTS (SELECT FROM microcosm.profile_deltas d
                   WHERE d.site_id = :site_id AND d.profile_id IN (0, {p}.profile_id))
     THEN (SELECT coalesce(sum(n.{counter}), 0)::bigint
             FROM (SELECT b.microcosm_id, sum(b.{counter}) AS {counter}
                     FROM (SELECT c.microcosm_id, c.{counter}
                             FROM microcosm.profile_counters c
                            WHERE c.site_id = :site_id AND c.profile_id = {p}.profile_id
                            UNION ALL
                           SELECT d.microcosm_id, d.{counter}
                             FROM microcosm.profile_deltas d
                            WHERE d.site_id = :site_id AND d.profile_id = {p}.profile_id) b
                    GROUP BY b.microcosm_id) n
             JOIN microcosm.microcosms m ON m.site_id = :site_id AND m.microcosm_id = n.microcosm_id
            WHERE NOT @hides(m))
     ELSE {p}.{counter}
END

-- fragment: counted_people(item, moves)
-- Counts an item (created_by, is_listed) and the comments on it for their authors, in the microcosms where it has come
-- from and gone to (moves: microcosm_id, and sign, which is 1 or -1).
people AS (
    INSERT INTO microcosm.profile_deltas (site_id, profile_id, microcosm_id, item_count, comment_count)
    SELECT :site_id, n.profile_id, m.microcosm_id, m.sign * sum(n.items), m.sign * sum(n.comments)
      FROM (SELECT i.created_by AS profile_id, 1 AS items, 0 AS comments
              FROM {item} i
             WHERE i.is_listed
             UNION ALL
            SELECT c.created_by, 0, count(*)
              FROM microcosm.comments c
             WHERE c.site_id = :site_id AND c.item_id = :item_id AND c.is_visible AND EXISTS (SELECT FROM {moves} m)
             GROUP BY c.created_by) n
     CROSS JOIN {moves} m
     GROUP BY n.profile_id, m.microcosm_id, m.sign
)

-- name: turn
-- Whether the transaction may fold: only one at a time does. It is noted for the statements that follow, each of which
-- then sees all that the transaction before has done.
-- row: is_mine bool
SELECT set_config('microcosm.is_folding', pg_try_advisory_xact_lock(hashtextextended('microcosm counters', 0))::text, true)
       = 'true' AS is_mine;

-- fragment: is_folding()
(SELECT current_setting('microcosm.is_folding') = 'true')

-- name: fold_microcosms
-- Moves a limited number of deltas into the counters, for all sites, and returns that number; does nothing while
-- another process folds, which turn, before it, finds out. This never waits: uncommitted deltas aren't visible, and a
-- reader's snapshot is from before or after. Deltas of deleted microcosms are deleted.
-- bind: limit int
-- row: deltas int
-- silent: readers add up counters and deltas, so nobody sees a difference
WITH gone AS (
    DELETE FROM microcosm.microcosm_deltas d
     WHERE d.ctid = ANY (ARRAY(SELECT m.ctid FROM microcosm.microcosm_deltas m WHERE @is_folding() LIMIT :limit))
    RETURNING d.*
), sums AS (
    SELECT g.site_id
          ,g.microcosm_id
          ,sum(g.conversation_count) AS conversation_count
          ,sum(g.event_count) AS event_count
          ,sum(g.poll_count) AS poll_count
          ,sum(g.comment_count) AS comment_count
          ,max(g.last_activity) AS last_activity
      FROM gone g
     GROUP BY g.site_id, g.microcosm_id
), folded AS (
    UPDATE microcosm.microcosm_counters c
       SET conversation_count = c.conversation_count + s.conversation_count
          ,event_count = c.event_count + s.event_count
          ,poll_count = c.poll_count + s.poll_count
          ,comment_count = c.comment_count + s.comment_count
          ,last_activity = greatest(c.last_activity, s.last_activity)
      FROM sums s
     WHERE c.site_id = s.site_id AND c.microcosm_id = s.microcosm_id
)
SELECT count(*) AS deltas FROM gone;

-- name: fold_sites
-- The same for the numbers of profiles.
-- bind: limit int
-- row: deltas int
-- silent: the same
WITH gone AS (
    DELETE FROM microcosm.site_deltas d
     WHERE d.ctid = ANY (ARRAY(SELECT m.ctid FROM microcosm.site_deltas m WHERE @is_folding() LIMIT :limit))
    RETURNING d.*
), folded AS (
    UPDATE microcosm.site_stats t
       SET total_profiles = t.total_profiles + s.total_profiles
      FROM (SELECT g.site_id, sum(g.total_profiles) AS total_profiles FROM gone g GROUP BY g.site_id) s
     WHERE t.site_id = s.site_id
)
SELECT count(*) AS deltas FROM gone;

-- name: fold_profiles
-- The same for what people have written, of which it makes the sums. Deltas of profiles and microcosms that somebody has
-- locked wait. due: how many sums are to be made anew by the next fold, since something was hidden, shown or moved.
-- bind: limit int
-- row: deltas int, due int
-- silent: whoever reads a profile looks for deltas
WITH wanted AS MATERIALIZED (
    SELECT d.ctid AS at, d.site_id, d.profile_id, d.microcosm_id
      FROM microcosm.profile_deltas d
     WHERE @is_folding()
     LIMIT :limit
), free AS MATERIALIZED (
    SELECT p.site_id, p.profile_id
      FROM microcosm.profiles p
     WHERE (p.site_id, p.profile_id) IN (SELECT w.site_id, w.profile_id FROM wanted w)
       FOR NO KEY UPDATE SKIP LOCKED
), resting AS MATERIALIZED (
    SELECT m.site_id, m.microcosm_id
      FROM microcosm.microcosms m
     WHERE (m.site_id, m.microcosm_id) IN (SELECT w.site_id, w.microcosm_id FROM wanted w)
       FOR KEY SHARE SKIP LOCKED
), gone AS (
    DELETE FROM microcosm.profile_deltas d
     WHERE d.ctid = ANY (ARRAY(
               SELECT w.at
                 FROM wanted w
                WHERE (w.profile_id = 0
                       OR (w.site_id, w.profile_id) IN (SELECT f.site_id, f.profile_id FROM free f)
                       OR NOT EXISTS (SELECT FROM microcosm.profiles p
                                       WHERE p.site_id = w.site_id AND p.profile_id = w.profile_id))
                  AND (w.microcosm_id = 0
                       OR (w.site_id, w.microcosm_id) IN (SELECT r.site_id, r.microcosm_id FROM resting r)
                       OR NOT EXISTS (SELECT FROM microcosm.microcosms m
                                       WHERE m.site_id = w.site_id AND m.microcosm_id = w.microcosm_id))))
    RETURNING d.*
), sums AS MATERIALIZED (
    SELECT g.site_id, g.profile_id, g.microcosm_id, sum(g.item_count) AS item_count, sum(g.comment_count) AS comment_count
      FROM gone g
      JOIN resting r ON r.site_id = g.site_id AND r.microcosm_id = g.microcosm_id
     WHERE (g.site_id, g.profile_id) IN (SELECT f.site_id, f.profile_id FROM free f)
     GROUP BY g.site_id, g.profile_id, g.microcosm_id
    HAVING sum(g.item_count) <> 0 OR sum(g.comment_count) <> 0
), counted AS (
    INSERT INTO microcosm.profile_counters AS c (site_id, profile_id, microcosm_id, item_count, comment_count)
    SELECT s.site_id, s.profile_id, s.microcosm_id, s.item_count, s.comment_count
      FROM sums s
        ON CONFLICT (site_id, profile_id, microcosm_id)
        DO UPDATE SET item_count = c.item_count + excluded.item_count, comment_count = c.comment_count + excluded.comment_count
), due AS (
    INSERT INTO microcosm.profile_deltas (site_id, profile_id, microcosm_id)
    SELECT DISTINCT c.site_id, c.profile_id, 0
      FROM gone g
      JOIN microcosm.microcosms m ON m.site_id = g.site_id AND g.microcosm_id = ANY (m.path)
      JOIN microcosm.profile_counters c ON c.site_id = m.site_id AND c.microcosm_id = m.microcosm_id
     WHERE g.profile_id = 0
    RETURNING site_id
), counts AS MATERIALIZED ( -- of each profile at least one row
    SELECT c.site_id, c.profile_id, c.microcosm_id, c.item_count, c.comment_count
      FROM free f
      JOIN microcosm.profile_counters c ON c.site_id = f.site_id AND c.profile_id = f.profile_id
     UNION ALL
    SELECT s.site_id, s.profile_id, s.microcosm_id, s.item_count, s.comment_count FROM sums s
     UNION ALL
    SELECT f.site_id, f.profile_id, 0, 0, 0 FROM free f
), shown AS MATERIALIZED (
    SELECT m.site_id, m.microcosm_id
      FROM microcosm.microcosms m
     WHERE (m.site_id, m.microcosm_id) IN (SELECT n.site_id, n.microcosm_id FROM counts n) AND NOT @hides(m)
), totals AS MATERIALIZED (
    SELECT n.site_id, n.profile_id
          ,coalesce(sum(n.item_count) FILTER (WHERE h.site_id IS NOT NULL), 0) AS item_count
          ,coalesce(sum(n.comment_count) FILTER (WHERE h.site_id IS NOT NULL), 0) AS comment_count
      FROM counts n
      LEFT JOIN shown h ON h.site_id = n.site_id AND h.microcosm_id = n.microcosm_id
     GROUP BY n.site_id, n.profile_id
), summed AS (
    UPDATE microcosm.profiles p
       SET item_count = t.item_count
          ,comment_count = t.comment_count
      FROM totals t
     WHERE p.site_id = t.site_id AND p.profile_id = t.profile_id
       AND (p.item_count, p.comment_count) <> (t.item_count, t.comment_count)
)
SELECT (SELECT count(*) FROM gone) AS deltas
      ,(SELECT count(*) FROM due) AS due;

-- name: refresh_site
-- Recounts the statistics of the site whose count is oldest, if that is older than a time. No row if there is none, or
-- another process is counting. Counts only the content of visible microcosms.
-- bind: before time
-- row: site_id int
-- silent: what a site shows about itself is not kept by anybody
WITH turn AS MATERIALIZED (
    SELECT pg_try_advisory_xact_lock(hashtextextended('microcosm site stats', 0)) AS is_mine
), due AS MATERIALIZED (
    SELECT s.site_id
      FROM microcosm.site_stats s
     WHERE s.refreshed < :before::timestamptz AND (SELECT is_mine FROM turn)
     ORDER BY s.refreshed
     LIMIT 1
), content AS (
    SELECT coalesce(sum(n.conversation_count), 0)::bigint AS conversations
          ,coalesce(sum(n.event_count), 0)::bigint AS events
          ,coalesce(sum(n.comment_count), 0)::bigint AS comments
      FROM microcosm.microcosm_stats n
      JOIN microcosm.microcosms m ON m.site_id = n.site_id AND m.microcosm_id = n.microcosm_id
     WHERE n.site_id = (SELECT site_id FROM due)
       AND NOT EXISTS (SELECT FROM microcosm.microcosms above
                        WHERE above.site_id = m.site_id
                          AND above.microcosm_id = ANY (m.path)
                          AND NOT above.is_visible)
)
UPDATE microcosm.site_stats s
   SET active_profiles = (SELECT count(*)
                            FROM microcosm.profiles p
                           WHERE p.site_id = (SELECT site_id FROM due)
                             AND p.last_active >= date_trunc('day', statement_timestamp()) - interval '90 days')
      ,online_profiles = (SELECT count(*)
                            FROM microcosm.profiles p
                           WHERE p.site_id = (SELECT site_id FROM due)
                             AND p.last_active > statement_timestamp() - interval '90 minutes')
      ,total_conversations = c.conversations
      ,total_events = c.events
      ,total_comments = c.comments
                      + (SELECT count(*)
                           FROM microcosm.comments o
                          WHERE o.site_id = (SELECT site_id FROM due)
                            AND o.on_profile_id IS NOT NULL
                            AND o.is_visible)
      ,refreshed = statement_timestamp()
  FROM due, content c
 WHERE s.site_id = due.site_id
RETURNING s.site_id;

-- name: recount_people
-- Recounts what the people of a site have written: of the site whose last such count is oldest, if that is older than a
-- time. No row if there is none, or another process is counting. Appends the differences, which imports in SQL leave. They
-- are right whatever is written meanwhile: all is of one moment.
-- bind: before time
-- row: site_id int
-- silent: it makes counters what they should have been
WITH turn AS MATERIALIZED (
    SELECT pg_try_advisory_xact_lock(hashtextextended('microcosm site stats', 0)) AS is_mine
), due AS MATERIALIZED (
    SELECT s.site_id
      FROM microcosm.site_stats s
     WHERE s.people_recounted < :before::timestamptz AND (SELECT is_mine FROM turn)
     ORDER BY s.people_recounted
     LIMIT 1
), differences AS (
    INSERT INTO microcosm.profile_deltas (site_id, profile_id, microcosm_id, item_count, comment_count)
    SELECT due.site_id, n.profile_id, n.microcosm_id, sum(n.items), sum(n.comments)
      FROM due
     CROSS JOIN (SELECT i.created_by AS profile_id, i.microcosm_id, 1 AS items, 0 AS comments
                   FROM microcosm.items i
                  WHERE i.site_id = (SELECT site_id FROM due) AND i.is_visible AND i.is_listed
                  UNION ALL
                 SELECT c.created_by, i.microcosm_id, 0, 1
                   FROM microcosm.items i
                   JOIN microcosm.comments c ON c.item_id = i.item_id
                  WHERE i.site_id = (SELECT site_id FROM due) AND i.is_visible
                    AND c.site_id = (SELECT site_id FROM due) AND c.is_visible
                  UNION ALL
                 SELECT c.profile_id, c.microcosm_id, -c.item_count, -c.comment_count
                   FROM microcosm.profile_counters c
                  WHERE c.site_id = (SELECT site_id FROM due)
                  UNION ALL
                 SELECT d.profile_id, d.microcosm_id, -d.item_count, -d.comment_count
                   FROM microcosm.profile_deltas d
                  WHERE d.site_id = (SELECT site_id FROM due)) n
     GROUP BY due.site_id, n.profile_id, n.microcosm_id
    HAVING sum(n.items) <> 0 OR sum(n.comments) <> 0
), sums AS (
    INSERT INTO microcosm.profile_deltas (site_id, profile_id, microcosm_id)
    SELECT p.site_id, p.profile_id, 0
      FROM due
      JOIN microcosm.profiles p ON p.site_id = due.site_id
      LEFT JOIN (SELECT c.profile_id, sum(c.item_count) AS item_count, sum(c.comment_count) AS comment_count
                   FROM microcosm.profile_counters c
                   JOIN microcosm.microcosms m ON m.site_id = c.site_id AND m.microcosm_id = c.microcosm_id
                  WHERE c.site_id = (SELECT site_id FROM due)
                    AND NOT @hides(m)
                  GROUP BY c.profile_id) t ON t.profile_id = p.profile_id
     WHERE (p.item_count, p.comment_count) <> (coalesce(t.item_count, 0), coalesce(t.comment_count, 0))
)
UPDATE microcosm.site_stats s
   SET people_recounted = statement_timestamp()
  FROM due
 WHERE s.site_id = due.site_id
RETURNING s.site_id;
