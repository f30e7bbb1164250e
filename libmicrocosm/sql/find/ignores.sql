-- The list of what a member ignores. Of each kind only what exists, isn't hidden and may be read by the member.

-- name: page
-- How many there are, and what is on the page; one row without a thing if that is nothing.
-- In order of kind, then of title; the names of profiles sort by their key.
-- bind: site_id int, actor_id int, readable ints, own_only ints, sees_profiles bool, limit int, offset int
-- row: total int, item_type int, item_id int
WITH listed AS (
    SELECT s.item_type, s.item_id, row_number() OVER (ORDER BY s.item_type, s.title COLLATE "C", s.item_id) AS n
      FROM (SELECT g.item_type, g.item_id, lower(m.title) AS title
              FROM microcosm.ignores g
              JOIN microcosm.microcosms m ON m.site_id = g.site_id AND m.microcosm_id = g.item_id
             WHERE g.site_id = :site_id AND g.profile_id = :actor_id AND g.item_type = 2
               AND m.microcosm_id = ANY (:readable::bigint[])
             UNION ALL
            SELECT g.item_type, g.item_id, coalesce(p.name_order, p.profile_name)
              FROM microcosm.ignores g
              JOIN microcosm.profiles p ON p.site_id = g.site_id AND p.profile_id = g.item_id
             WHERE g.site_id = :site_id AND g.profile_id = :actor_id AND g.item_type = 3 AND :sees_profiles::boolean
             UNION ALL
            SELECT g.item_type, g.item_id, ''
              FROM microcosm.ignores g
              JOIN microcosm.comments c ON c.site_id = g.site_id AND c.comment_id = g.item_id
              LEFT JOIN microcosm.items i ON i.site_id = c.site_id AND i.item_id = c.item_id
             WHERE g.site_id = :site_id AND g.profile_id = :actor_id AND g.item_type = 4 AND c.is_visible
               AND CASE WHEN c.item_id IS NOT NULL THEN i.is_visible AND @may_read_in(i, c.created_by)
                        ELSE @may_read_beside_microcosms() END
             UNION ALL
            SELECT g.item_type, g.item_id, lower(h.title)
              FROM microcosm.ignores g
              JOIN microcosm.huddles h ON h.site_id = g.site_id AND h.huddle_id = g.item_id
             WHERE g.site_id = :site_id AND g.profile_id = :actor_id AND g.item_type = 5
               AND (h.created_by = :actor_id
                    OR EXISTS (SELECT FROM microcosm.huddle_participants t
                                WHERE t.site_id = h.site_id AND t.huddle_id = h.huddle_id AND t.profile_id = :actor_id))
             UNION ALL
            SELECT g.item_type, g.item_id, lower(i.title)
              FROM microcosm.ignores g
              JOIN microcosm.items i ON i.site_id = g.site_id AND i.item_id = g.item_id AND i.item_type = g.item_type
             WHERE g.site_id = :site_id AND g.profile_id = :actor_id AND i.is_visible AND @may_read_in(i, i.created_by)) s
)
SELECT t.total
      ,coalesce(l.item_type, 0::smallint) AS item_type
      ,coalesce(l.item_id, 0::bigint) AS item_id
  FROM (SELECT count(*) AS total FROM listed) t
  LEFT JOIN listed l ON l.n > :offset::bigint AND l.n <= :offset + :limit::bigint
 ORDER BY l.n;
