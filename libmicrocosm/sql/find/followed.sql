-- The list of what a member follows.

-- name: page
-- Which of the actor's watchers are on the page, of those whose things exist, aren't hidden and may be read by the actor;
-- one row without one if that is nothing. The first `most` are looked at.
-- bind: site_id int, actor_id int, readable ints, own_only ints, sees_profiles bool, most int, limit int, offset int
-- row: total int, watcher_id int, item_type int, item_id int, last_notified time, send_email bool, send_sms bool
WITH first AS MATERIALIZED (
    SELECT w.watcher_id, w.item_type, w.item_id, w.last_notified, w.send_email, w.send_sms
      FROM microcosm.watchers w
     WHERE w.site_id = :site_id
       AND w.profile_id = :actor_id
     ORDER BY w.last_notified DESC NULLS FIRST, w.item_type, w.item_id DESC
     LIMIT :most
), listed AS MATERIALIZED (
    SELECT f.*, row_number() OVER (ORDER BY f.last_notified DESC NULLS FIRST, f.item_type, f.item_id DESC) AS n
      FROM first f
      LEFT JOIN microcosm.items i
             ON i.site_id = :site_id AND i.item_id = f.item_id AND i.item_type = f.item_type AND i.is_visible
      LEFT JOIN microcosm.comments c
             ON c.site_id = :site_id AND c.comment_id = CASE WHEN f.item_type = 4 THEN f.item_id END AND c.is_visible
      LEFT JOIN microcosm.items p ON p.site_id = :site_id AND p.item_id = c.item_id AND p.is_visible
     WHERE CASE f.item_type
           WHEN 1 THEN f.item_id = :site_id
           WHEN 2 THEN f.item_id = ANY (:readable::bigint[])
           WHEN 3 THEN f.item_id = 0
                       OR ((:sees_profiles::boolean OR f.item_id = :actor_id)
                           AND EXISTS (SELECT FROM microcosm.profiles o
                                        WHERE o.site_id = :site_id AND o.profile_id = f.item_id))
           WHEN 4 THEN CASE WHEN c.item_id IS NOT NULL THEN @may_read_in(p, c.created_by) OR @may_read_in(p, p.created_by)
                            ELSE @may_read_beside_microcosms() END
           WHEN 5 THEN @takes_part(f.item_id)
           ELSE @may_read_in(i, i.created_by)
           END
)
SELECT t.total
      ,coalesce(l.watcher_id, 0) AS watcher_id
      ,coalesce(l.item_type, 0) AS item_type
      ,coalesce(l.item_id, 0) AS item_id
      ,coalesce(l.last_notified, '0001-01-01 00:00:00+00') AS last_notified
      ,coalesce(l.send_email, false) AS send_email
      ,coalesce(l.send_sms, false) AS send_sms
  FROM (SELECT count(*) AS total FROM listed) t
  LEFT JOIN listed l ON l.n > :offset::bigint AND l.n <= :offset + :limit::bigint
 ORDER BY l.n;
