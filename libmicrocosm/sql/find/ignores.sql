-- The list of what a member ignores. Of each kind only what exists, isn't hidden and may be read by the member.

-- All of it with the place in the list: by kind, then by title. The names of profiles sort by their key.
-- fragment: ignored()
listed AS (
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

-- fragment: ignored_on_page()
WITH @ignored()
, wanted AS MATERIALIZED (
    SELECT l.n, l.item_type, l.item_id FROM listed l WHERE l.n > :offset::bigint AND l.n <= :offset + :limit::bigint
)

-- name: page
-- How many there are, and what is on the page; one row without a thing if that is nothing.
-- bind: site_id int, actor_id int, readable ints, own_only ints, sees_profiles bool, limit int, offset int
-- row: total int, item_type int, item_id int
@ignored_on_page()
SELECT t.total
      ,coalesce(w.item_type, 0::smallint) AS item_type
      ,coalesce(w.item_id, 0::bigint) AS item_id
  FROM (SELECT count(*) AS total FROM listed) t
  LEFT JOIN wanted w ON true
 ORDER BY w.n;

-- name: microcosms
-- bind: site_id int, actor_id int, readable ints, own_only ints, sees_profiles bool, limit int, offset int
-- bind: last_below ints
-- row: microcosm
@ignored_on_page()
@things_microcosms();

-- name: profiles
-- bind: site_id int, actor_id int, readable ints, own_only ints, sees_profiles bool, limit int, offset int
-- row: profile
@ignored_on_page()
@things_profiles();

-- name: comments
-- bind: site_id int, actor_id int, readable ints, own_only ints, sees_profiles bool, limit int, offset int
-- row: comment
@ignored_on_page()
@things_comments();

-- name: items
-- bind: site_id int, actor_id int, readable ints, own_only ints, sees_profiles bool, limit int, offset int
-- row: event
@ignored_on_page()
@things_items();

-- name: shown_comments
-- bind: site_id int, actor_id int, readable ints, own_only ints, sees_profiles bool, limit int, offset int
-- bind: ignored_profiles ints
-- row: last_comment
@ignored_on_page()
@things_shown_comments();

-- name: huddles
-- bind: site_id int, actor_id int, readable ints, own_only ints, sees_profiles bool, limit int, offset int
-- row: huddle
@ignored_on_page()
@things_huddles();

-- name: huddle_participants
-- bind: site_id int, actor_id int, readable ints, own_only ints, sees_profiles bool, limit int, offset int
-- row: profile
@ignored_on_page()
@things_huddle_participants();
