-- The list of what a member is told of.

-- name: page
-- Which of the actor's updates are on the page: those that it may read now, about nothing and by nobody that it ignores, and
-- about what it still follows where they are about that. One row without one if that is nothing. The newest `most` are looked at.
-- readable: microcosms that are listed. polls: with those about polls. parent: of a comment.
-- bind: site_id int, actor_id int, readable ints, own_only ints, sees_profiles bool, ignored_profiles ints, polls bool, most int
-- bind: limit int, offset int
-- row: total int, update_id int, update_type_id int, item_type int, item_id int, parent_type int, parent_id int, microcosm_id int
-- row: created time, created_by int, read_at time
WITH first AS MATERIALIZED (
    SELECT u.*
      FROM microcosm.updates u
     WHERE u.site_id = :site_id
       AND u.profile_id = :actor_id
     ORDER BY u.created DESC, u.update_id DESC
     LIMIT :most
), listed AS MATERIALIZED (
    SELECT f.*
          ,t.item_type AS thing_type
          ,t.item_id AS thing_id
          ,i.microcosm_id
          ,row_number() OVER (ORDER BY f.created DESC, f.update_id DESC) AS n
      FROM first f
      LEFT JOIN microcosm.comments c
             ON c.site_id = :site_id AND c.comment_id = CASE WHEN f.item_type = 4 THEN f.item_id END AND c.is_visible
     CROSS JOIN LATERAL (SELECT CASE WHEN c.comment_id IS NOT NULL THEN c.item_type ELSE f.item_type END AS item_type
                               ,coalesce(c.item_id, c.huddle_id, c.on_profile_id, f.item_id) AS item_id) t
      LEFT JOIN microcosm.items i
             ON i.site_id = :site_id AND i.item_id = t.item_id AND i.item_type = t.item_type AND i.is_visible
      LEFT JOIN microcosm.polls v ON v.site_id = :site_id AND v.item_id = CASE WHEN f.update_type_id = 6 THEN i.item_id END
     WHERE f.created_by <> ALL (:ignored_profiles::bigint[])
       AND (f.item_type <> 4 OR c.comment_id IS NOT NULL)
       AND (:polls::boolean OR t.item_type <> 7)
       AND CASE WHEN t.item_type IN (3, 5) THEN @may_read_beside_microcosms()
                ELSE @may_read_in(i, i.created_by) OR @may_read_in(i, c.created_by) END
       AND NOT EXISTS (SELECT FROM microcosm.ignores g
                        WHERE g.site_id = :site_id AND g.profile_id = :actor_id
                          AND (g.item_type, g.item_id) IN ((t.item_type, t.item_id), (f.item_type, f.item_id)))
       AND (f.update_type_id NOT IN (1, 5, 6)
            OR EXISTS (SELECT FROM microcosm.watchers w
                        WHERE w.site_id = :site_id AND w.profile_id = :actor_id
                          AND w.item_type = t.item_type AND w.item_id = t.item_id))
       AND (f.update_type_id <> 8
            OR EXISTS (SELECT FROM microcosm.watchers w
                        WHERE w.site_id = :site_id AND w.profile_id = :actor_id
                          AND (w.item_type, w.item_id) IN ((2, i.microcosm_id), (1, :site_id))))
       AND (f.update_type_id <> 6 OR NOT @hides_results(v, i) OR @has_voted(i.item_id))
)
SELECT t.total
      ,coalesce(l.update_id, 0) AS update_id
      ,coalesce(l.update_type_id, 0) AS update_type_id
      ,coalesce(l.item_type, 0) AS item_type
      ,coalesce(l.item_id, 0) AS item_id
      ,CASE WHEN l.item_type = 4 THEN l.thing_type::int ELSE 0 END AS parent_type
      ,CASE WHEN l.item_type = 4 THEN l.thing_id ELSE 0 END AS parent_id
      ,coalesce(l.microcosm_id, 0) AS microcosm_id
      ,l.created
      ,coalesce(l.created_by, 0) AS created_by
      ,greatest((SELECT m.read_at FROM microcosm.read_marks m
                  WHERE m.site_id = :site_id AND m.profile_id = :actor_id AND m.item_type = l.thing_type AND m.item_id = l.thing_id)
               ,(SELECT m.read_at FROM microcosm.read_marks m
                  WHERE m.site_id = :site_id AND m.profile_id = :actor_id AND m.item_type = 2 AND m.item_id = l.microcosm_id))
       AS read_at
  FROM (SELECT count(*) AS total FROM listed) t
  LEFT JOIN listed l ON l.n > :offset::bigint AND l.n <= :offset + :limit::bigint
 ORDER BY l.n;
