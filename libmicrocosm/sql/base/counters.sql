-- Counters that are appended to by writers, and folded in the background. See schema/tables/50_microcosms.sql.

-- name: fold_microcosms
-- Moves at most $1 deltas into the counters, for all sites, and gives the number; or does nothing, if somebody
-- else is at it. Nobody waits for anybody here: what a writer hasn't committed isn't seen, and whoever
-- reads has a snapshot of before or after. Deltas of microcosms that are gone go with them.
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
-- The same for the numbers of profiles; under the same lock.
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

-- name: refresh_site
-- Counts anew what a site shows about itself, if that was last done an hour ago: for the one site for which it
-- was done longest ago. No row if there is none, or somebody else is at it. Content is that of microcosms that
-- can be seen.
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
