-- Folds the counter changes that writers append, in the background. See schema/tables/50_microcosms.sql.

-- A profile counts what it has written that can be seen: neither that nor anything above it is hidden. Posts count for
-- their authors at once. What comes into sight otherwise, or leaves it, is appended with these fragments.

-- fragment: hides(path)
-- Whether one of the microcosms of a path is hidden.
EXISTS (SELECT FROM microcosm.microcosms h
         WHERE h.site_id = :site_id AND h.microcosm_id = ANY ({path}) AND NOT h.is_visible)

-- fragment: counted_people(items)
-- Counts items and the comments on them for their authors. items: item_id, created_by, is_listed, and sign, which is 1
-- for those that have come into sight, and -1 for those that have left it.
people AS (
    INSERT INTO microcosm.profile_deltas (site_id, profile_id, item_count, comment_count)
    SELECT :site_id, n.profile_id, sum(n.items), sum(n.comments)
      FROM (SELECT s.created_by AS profile_id, s.sign AS items, 0 AS comments
              FROM {items} s
             WHERE s.is_listed
             UNION ALL
            SELECT c.created_by, 0, s.sign
              FROM {items} s
              JOIN microcosm.comments c ON c.site_id = :site_id AND c.item_id = s.item_id AND c.is_visible) n
     GROUP BY n.profile_id
)

-- name: fold_microcosms
-- Moves a limited number of deltas into the counters, for all sites, and returns that number; does nothing while
-- another process folds. This never waits: uncommitted deltas aren't visible, and a reader's snapshot is from before
-- or after. Deltas of deleted microcosms are deleted.
-- bind: limit int
-- row: is_mine bool, deltas int
-- silent: readers add up counters and deltas, so nobody sees a difference
WITH turn AS MATERIALIZED (
    SELECT pg_try_advisory_xact_lock(hashtextextended('microcosm counters', 0)) AS is_mine
), gone AS (
    DELETE FROM microcosm.microcosm_deltas d
     WHERE d.ctid = ANY (ARRAY(SELECT m.ctid FROM microcosm.microcosm_deltas m WHERE (SELECT is_mine FROM turn) LIMIT :limit))
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
SELECT (SELECT is_mine FROM turn) AS is_mine
      ,(SELECT count(*) FROM gone) AS deltas;

-- name: fold_sites
-- The same for the numbers of profiles, under the same lock.
-- bind: limit int
-- row: is_mine bool, deltas int
-- silent: the same
WITH turn AS MATERIALIZED (
    SELECT pg_try_advisory_xact_lock(hashtextextended('microcosm counters', 0)) AS is_mine
), gone AS (
    DELETE FROM microcosm.site_deltas d
     WHERE d.ctid = ANY (ARRAY(SELECT m.ctid FROM microcosm.site_deltas m WHERE (SELECT is_mine FROM turn) LIMIT :limit))
    RETURNING d.*
), folded AS (
    UPDATE microcosm.site_stats t
       SET total_profiles = t.total_profiles + s.total_profiles
      FROM (SELECT g.site_id, sum(g.total_profiles) AS total_profiles FROM gone g GROUP BY g.site_id) s
     WHERE t.site_id = s.site_id
)
SELECT (SELECT is_mine FROM turn) AS is_mine
      ,(SELECT count(*) FROM gone) AS deltas;

-- name: fold_profiles
-- The same for the counters of profiles, under the same lock. Deltas of profiles that somebody has locked wait.
-- bind: limit int
-- row: is_mine bool, deltas int
-- silent: whoever reads a profile adds up counters and deltas
WITH turn AS MATERIALIZED (
    SELECT pg_try_advisory_xact_lock(hashtextextended('microcosm counters', 0)) AS is_mine
), wanted AS MATERIALIZED (
    SELECT d.ctid AS at, d.site_id, d.profile_id
      FROM microcosm.profile_deltas d
     WHERE (SELECT is_mine FROM turn)
     LIMIT :limit
), free AS MATERIALIZED (
    SELECT p.site_id, p.profile_id
      FROM microcosm.profiles p
     WHERE (p.site_id, p.profile_id) IN (SELECT w.site_id, w.profile_id FROM wanted w)
       FOR NO KEY UPDATE SKIP LOCKED
), gone AS (
    DELETE FROM microcosm.profile_deltas d
     USING wanted w
     WHERE d.ctid = w.at
       AND (EXISTS (SELECT FROM free f WHERE f.site_id = w.site_id AND f.profile_id = w.profile_id)
            OR NOT EXISTS (SELECT FROM microcosm.profiles p WHERE p.site_id = w.site_id AND p.profile_id = w.profile_id))
    RETURNING d.*
), folded AS (
    UPDATE microcosm.profiles p
       SET item_count = p.item_count + s.item_count
          ,comment_count = p.comment_count + s.comment_count
      FROM (SELECT g.site_id, g.profile_id, sum(g.item_count) AS item_count, sum(g.comment_count) AS comment_count
              FROM gone g GROUP BY g.site_id, g.profile_id) s
     WHERE p.site_id = s.site_id AND p.profile_id = s.profile_id
)
SELECT (SELECT is_mine FROM turn) AS is_mine
      ,(SELECT count(*) FROM gone) AS deltas;

-- name: refresh_site
-- Recounts the statistics of the site whose count is oldest, if that is an hour old. No row if there is none, or
-- another process is counting. Counts only the content of visible microcosms.
-- row: site_id int
-- silent: what a site shows about itself is not kept by anybody
WITH turn AS MATERIALIZED (
    SELECT pg_try_advisory_xact_lock(hashtextextended('microcosm site stats', 0)) AS is_mine
), due AS MATERIALIZED (
    SELECT s.site_id
      FROM microcosm.site_stats s
     WHERE s.refreshed < statement_timestamp() - interval '1 hour' AND (SELECT is_mine FROM turn)
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
-- Recounts what the people of a site have written: of the site whose last such count is oldest, if that is a day old. No
-- row if there is none, or another process is counting. Appends the differences, which imports in SQL leave, and posts in
-- a microcosm that is being hidden. They are right whatever is written meanwhile: all is of one moment.
-- row: site_id int
-- silent: it makes counters what they should have been
WITH turn AS MATERIALIZED (
    SELECT pg_try_advisory_xact_lock(hashtextextended('microcosm site stats', 0)) AS is_mine
), due AS MATERIALIZED (
    SELECT s.site_id
      FROM microcosm.site_stats s
     WHERE s.people_recounted < statement_timestamp() - interval '1 day' AND (SELECT is_mine FROM turn)
     ORDER BY s.people_recounted
     LIMIT 1
), shown AS MATERIALIZED (
    SELECT i.item_id, i.created_by, i.is_listed
      FROM microcosm.items i
      JOIN microcosm.microcosms m ON m.site_id = i.site_id AND m.microcosm_id = i.microcosm_id
     WHERE i.site_id = (SELECT site_id FROM due)
       AND i.is_visible
       AND NOT EXISTS (SELECT FROM microcosm.microcosms above
                        WHERE above.site_id = m.site_id
                          AND above.microcosm_id = ANY (m.path)
                          AND NOT above.is_visible)
), differences AS (
    INSERT INTO microcosm.profile_deltas (site_id, profile_id, item_count, comment_count)
    SELECT due.site_id, n.profile_id, sum(n.items), sum(n.comments)
      FROM due
     CROSS JOIN (SELECT s.created_by AS profile_id, 1 AS items, 0 AS comments FROM shown s WHERE s.is_listed
                  UNION ALL
                 SELECT c.created_by, 0, 1
                   FROM microcosm.comments c
                   JOIN shown s ON s.item_id = c.item_id
                  WHERE c.site_id = (SELECT site_id FROM due) AND c.is_visible
                  UNION ALL
                 SELECT p.profile_id, -p.item_count, -p.comment_count
                   FROM microcosm.profiles p
                  WHERE p.site_id = (SELECT site_id FROM due)
                  UNION ALL
                 SELECT d.profile_id, -d.item_count, -d.comment_count
                   FROM microcosm.profile_deltas d
                  WHERE d.site_id = (SELECT site_id FROM due)) n
     GROUP BY due.site_id, n.profile_id
    HAVING sum(n.items) <> 0 OR sum(n.comments) <> 0
)
UPDATE microcosm.site_stats s
   SET people_recounted = statement_timestamp()
  FROM due
 WHERE s.site_id = due.site_id
RETURNING s.site_id;
