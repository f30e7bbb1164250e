-- Votes in polls. The poll's row is locked before they change, so that everybody is counted once.

-- name: own
-- What the actor has voted for.
-- unsettled: no counters
-- bind: site_id int, item_id int, actor_id int
-- row: poll_vote
SELECT ARRAY(SELECT v.choice_id FROM microcosm.poll_votes v
              WHERE v.site_id = :site_id AND v.item_id = :item_id AND v.profile_id = :actor_id
              ORDER BY v.choice_id) AS choices;

-- name: lock
-- unsettled: no counters
-- bind: site_id int, item_id int
SELECT
  FROM microcosm.polls p
 WHERE p.site_id = :site_id
   AND p.item_id = :item_id
   FOR NO KEY UPDATE;

-- name: put
-- unsettled: notes what is to be counted
-- Replaces the actor's votes by those for some choices; none takes them back. No row if the poll doesn't exist, one
-- without a change if nothing has changed or may. is_taking: the poll is open and not over; is_known: all are choices of
-- the poll; fits: it takes as many. The caller holds the lock of lock.
-- bind: site_id int, item_id int, choices ints, actor_id int, address text, by_moderator bool
-- bind: judged_in int
-- row: is_taking bool, is_known bool, fits bool, change change
WITH asked AS MATERIALIZED (
    SELECT DISTINCT g.choice_id FROM unnest(:choices::bigint[]) AS g (choice_id)
), verdict AS MATERIALIZED (
    SELECT i.microcosm_id
          ,p.poll_open AND coalesce(p.poll_closes > clock_timestamp(), true) AS is_taking
          ,NOT EXISTS (SELECT FROM asked a
                         LEFT JOIN microcosm.poll_choices c
                                ON c.site_id = :site_id AND c.item_id = :item_id AND c.choice_id = a.choice_id
                        WHERE c.choice_id IS NULL) AS is_known
          ,p.multi OR (SELECT coalesce(sum(1), 0) FROM asked) <= 1 AS fits
      FROM microcosm.polls p
      JOIN microcosm.items i ON i.site_id = p.site_id AND i.item_id = p.item_id
     WHERE p.site_id = :site_id
       AND p.item_id = :item_id
       AND @still_writable(i)
), before AS MATERIALIZED (
    SELECT v.choice_id
      FROM microcosm.poll_votes v
     WHERE v.site_id = :site_id AND v.item_id = :item_id AND v.profile_id = :actor_id
), gone AS (
    DELETE FROM microcosm.poll_votes v
     USING verdict d
     WHERE d.is_taking AND d.is_known AND d.fits
       AND v.site_id = :site_id AND v.item_id = :item_id AND v.profile_id = :actor_id
       AND v.choice_id <> ALL (ARRAY(SELECT a.choice_id FROM asked a))
    RETURNING v.choice_id
), come AS (
    INSERT INTO microcosm.poll_votes (site_id, item_id, profile_id, choice_id)
    SELECT :site_id, :item_id, :actor_id, a.choice_id
      FROM asked a
      JOIN verdict d ON d.is_taking AND d.is_known AND d.fits
     WHERE a.choice_id NOT IN (SELECT b.choice_id FROM before b)
    RETURNING choice_id
), moved AS MATERIALIZED (
    SELECT g.choice_id, -1 AS sign FROM gone g UNION ALL SELECT n.choice_id, 1 FROM come n
), counted AS (
    INSERT INTO microcosm.unsettled_polls (site_id, item_id, choice_id, votes)
    SELECT :site_id, :item_id, m.choice_id, m.sign
      FROM moved m
     UNION ALL
    SELECT :site_id, :item_id, NULL, n.sign
      FROM (SELECT EXISTS (SELECT FROM asked)::int - EXISTS (SELECT FROM before)::int AS sign) n
     WHERE n.sign <> 0 AND EXISTS (SELECT FROM moved)
), @change(:site_id, 7, :item_id, 2, d.microcosm_id, d.microcosm_id, 'update', :actor_id,
           '{"vote": true}'::jsonb, verdict d WHERE EXISTS (SELECT FROM moved))
, @audit('U', change)
SELECT d.is_taking, d.is_known, d.fits, c.change FROM verdict d LEFT JOIN change c ON true;
