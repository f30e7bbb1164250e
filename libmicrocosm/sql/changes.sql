-- The change feed.

-- name: next
-- Only rows of transactions that have ended, and so have all older ones: ids are given out before commit,
-- hence the order of ids isn't the order of commits. A thing is hidden if it or what it is on is; its
-- microcosm is judged by the caller, and so is who takes part in a huddle.
-- $1 site_id, $2 transaction and $3 change_id of the cursor, $4 limit, $5 profile_id of the actor
SELECT c.change_id
      ,c.transaction
      ,c.item_type
      ,c.item_id
      ,c.parent_type
      ,c.parent_id
      ,coalesce(i.microcosm_id, c.microcosm_id) AS microcosm_id
      ,c.action
      ,c.profile_id
      ,c.created
      ,coalesce(NOT i.is_visible OR NOT m.is_visible, false) AS is_hidden
      ,EXISTS (SELECT FROM microcosm.huddle_participants p
                WHERE p.site_id = $1 AND p.profile_id = $5
                  AND p.huddle_id = CASE WHEN c.item_type = 5 THEN c.item_id ELSE c.parent_id END) AS is_participant
  FROM microcosm.changes c
  LEFT JOIN microcosm.items i
         ON i.site_id = c.site_id
        AND i.item_id = CASE WHEN c.item_type IN (6, 7, 9) THEN c.item_id
                             WHEN c.parent_type IN (6, 7, 9) THEN c.parent_id END
  LEFT JOIN microcosm.comments m
         ON m.site_id = c.site_id AND m.comment_id = CASE WHEN c.item_type = 4 THEN c.item_id END
 WHERE c.site_id = $1
   AND (c.transaction, c.change_id) > ($2::xid8, $3::bigint)
   AND c.transaction < pg_snapshot_xmin(pg_current_snapshot())
 ORDER BY c.transaction, c.change_id
 LIMIT $4;

-- name: now
-- The cursor for what comes next: behind everything that next would give by now.
-- $1 site_id
SELECT c.transaction
      ,c.change_id
  FROM microcosm.changes c
 WHERE c.site_id = $1
   AND c.transaction < pg_snapshot_xmin(pg_current_snapshot())
 ORDER BY c.transaction DESC, c.change_id DESC
 LIMIT 1;
