-- What is talked about.

-- fragment: talked_about(microcosm_id, run)
-- Whether the item i is of a run and may be talked about.
i.site_id = :site_id AND i.microcosm_id = {microcosm_id} AND i.item_type = {run}.item_type AND i.is_sticky = {run}.is_sticky
  AND i.is_visible
  AND i.item_id <> ALL (:ignored_items::bigint[])
  AND i.created_by <> ALL (:ignored_profiles::bigint[])
  AND i.last_activity > statement_timestamp() - interval '1 month'

-- name: page
-- Of the 250 items with the newest activity of the last month those with comments of the last two weeks, of which the newest
-- 1,000 are counted. Their score is that number, a quarter of it e-th for each half-day without activity, by the age in days; at
-- least an hour.
-- Items of one kind in one microcosm, sticky or not, are a run in an index. The first of each run tells which of them may have
-- any of the 250; of each of those at most 250 are read, and nothing of what the actor may not see.
-- bind: site_id int, microcosms ints, ignored_items ints, ignored_profiles ints, actor_id int, limit int, offset int
-- row: total int, item_type int, item_id int, microcosm_id int, last_activity time, read_at time
WITH runs AS MATERIALIZED (
    SELECT m.id, k.item_type, k.is_sticky
      FROM unnest(:microcosms::bigint[]) AS m (id)
     CROSS JOIN (VALUES (6::smallint, true), (6, false), (7, true), (7, false), (9, true), (9, false)) AS k (item_type, is_sticky)
     CROSS JOIN LATERAL (SELECT i.last_activity
                           FROM microcosm.items i
                          WHERE @talked_about(m.id, k)
                          ORDER BY i.last_activity DESC
                          LIMIT 1) h
     ORDER BY h.last_activity DESC
     LIMIT 250
), newest AS MATERIALIZED (
    SELECT n.*
      FROM runs r
     CROSS JOIN LATERAL (SELECT i.item_type, i.item_id, i.microcosm_id, i.created, i.last_activity
                           FROM microcosm.items i
                          WHERE @talked_about(r.id, r)
                          ORDER BY i.last_activity DESC
                          LIMIT 250) n
     ORDER BY n.last_activity DESC
     LIMIT 250
), scored AS MATERIALIZED (
    SELECT n.*
          ,c.comments * exp(-extract(epoch FROM statement_timestamp() - n.last_activity) / 43200 / 4)
           / (greatest(extract(epoch FROM statement_timestamp() - n.created), 3600) / 86400 / 12) AS score
      FROM newest n
     CROSS JOIN LATERAL (
               SELECT count(*) FILTER (WHERE l.created > statement_timestamp() - interval '2 weeks'
                                         AND l.created_by <> ALL (:ignored_profiles)) AS comments
                 FROM (SELECT c.created, c.created_by
                         FROM microcosm.comments c
                        WHERE c.site_id = :site_id AND c.item_id = n.item_id AND c.is_visible
                        ORDER BY c.position DESC
                        LIMIT 1000) l) c
     WHERE c.comments > 0
)
SELECT t.total
      ,coalesce(p.item_type, 0) AS item_type
      ,coalesce(p.item_id, 0) AS item_id
      ,coalesce(p.microcosm_id, 0) AS microcosm_id
      ,p.last_activity
      ,greatest((SELECT m.read_at FROM microcosm.read_marks m
                  WHERE m.site_id = :site_id AND m.profile_id = :actor_id AND m.item_type = p.item_type AND m.item_id = p.item_id)
               ,(SELECT m.read_at FROM microcosm.read_marks m
                  WHERE m.site_id = :site_id AND m.profile_id = :actor_id AND m.item_type = 2 AND m.item_id = p.microcosm_id)) AS read_at
  FROM (SELECT count(*) AS total FROM scored) t
  LEFT JOIN (SELECT * FROM scored s ORDER BY s.score DESC, s.item_id DESC LIMIT :limit OFFSET :offset) p ON true
 ORDER BY p.score DESC, p.item_id DESC;
