-- name: resource
-- The facts about a resource that mc__decide() needs; no row if the resource doesn't exist.
-- bind: site_id int, item_type int, item_id int, actor_id int
-- row: in_microcosm int, owner int, other_owner int, comment_on int, comment_parent int, parent_author int, is_participant bool
SELECT i.microcosm_id AS in_microcosm
      ,i.created_by AS owner
      ,0::bigint AS other_owner
      ,0::smallint AS comment_on
      ,0::bigint AS comment_parent
      ,0::bigint AS parent_author
      ,false AS is_participant
  FROM microcosm.items i
 WHERE i.site_id = :site_id AND i.item_id = :item_id AND i.item_type = :item_type
UNION ALL
SELECT coalesce(i.microcosm_id, 0)
      ,c.created_by
      ,0
      ,c.item_type
      ,coalesce(c.on_profile_id, 0)
      ,coalesce(i.created_by, 0)
      ,EXISTS (SELECT FROM microcosm.huddle_participants p
                WHERE p.site_id = :site_id AND p.huddle_id = c.huddle_id AND p.profile_id = :actor_id)
  FROM microcosm.comments c
  LEFT JOIN microcosm.items i ON i.site_id = c.site_id AND i.item_id = c.item_id
 WHERE :item_type = 4 AND c.site_id = :site_id AND c.comment_id = :item_id
UNION ALL
SELECT 0
      ,h.created_by
      ,0
      ,0
      ,0
      ,0
      ,EXISTS (SELECT FROM microcosm.huddle_participants p
                WHERE p.site_id = :site_id AND p.huddle_id = h.huddle_id AND p.profile_id = :actor_id)
  FROM microcosm.huddles h
 WHERE :item_type = 5 AND h.site_id = :site_id AND h.huddle_id = :item_id
UNION ALL
SELECT 0, p.profile_id, 0, 0, 0, 0, false
  FROM microcosm.profiles p
 WHERE :item_type = 3 AND p.site_id = :site_id AND p.profile_id = :item_id
UNION ALL
SELECT 0, p.profile_id, 0, 0, 0, 0, false
  FROM microcosm.profiles p
 WHERE :item_type = 14 AND p.site_id = :site_id AND p.user_id = :item_id
UNION ALL
SELECT 0, w.profile_id, 0, 0, 0, 0, false
  FROM microcosm.watchers w
 WHERE :item_type = 19 AND w.site_id = :site_id AND w.watcher_id = :item_id;
