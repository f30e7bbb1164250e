-- name: thing
-- What a decision needs to know of a thing; no row if it doesn't exist.
-- $1 site_id, $2 item_type, $3 item_id, $4 profile_id of the actor
SELECT i.microcosm_id AS in_microcosm
      ,i.created_by AS thing_owner
      ,0::bigint AS thing_owner_too
      ,0::smallint AS comment_on
      ,false AS is_participant
  FROM microcosm.items i
 WHERE i.site_id = $1 AND i.item_id = $3 AND i.item_type = $2
UNION ALL
SELECT coalesce(i.microcosm_id, 0)
      ,c.created_by
      ,0
      ,c.item_type
      ,EXISTS (SELECT FROM microcosm.huddle_participants p
                WHERE p.site_id = $1 AND p.huddle_id = c.huddle_id AND p.profile_id = $4)
  FROM microcosm.comments c
  LEFT JOIN microcosm.items i ON i.site_id = c.site_id AND i.item_id = c.item_id
 WHERE $2 = 4 AND c.site_id = $1 AND c.comment_id = $3
UNION ALL
SELECT 0
      ,h.created_by
      ,0
      ,0
      ,EXISTS (SELECT FROM microcosm.huddle_participants p
                WHERE p.site_id = $1 AND p.huddle_id = h.huddle_id AND p.profile_id = $4)
  FROM microcosm.huddles h
 WHERE $2 = 5 AND h.site_id = $1 AND h.huddle_id = $3
UNION ALL
SELECT 0, p.profile_id, 0, 0, false
  FROM microcosm.profiles p
 WHERE $2 = 3 AND p.site_id = $1 AND p.profile_id = $3
UNION ALL
SELECT 0, p.profile_id, 0, 0, false
  FROM microcosm.profiles p
 WHERE $2 = 14 AND p.site_id = $1 AND p.user_id = $3
UNION ALL
SELECT 0, w.profile_id, 0, 0, false
  FROM microcosm.watchers w
 WHERE $2 = 19 AND w.site_id = $1 AND w.watcher_id = $3;
