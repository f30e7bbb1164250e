-- Whether the actor takes part in a huddle, as who began it does even after leaving.
-- fragment: takes_part(huddle_id)
(EXISTS (SELECT FROM microcosm.huddle_participants p
                 WHERE p.site_id = :site_id AND p.huddle_id = {huddle_id} AND p.profile_id = :actor_id)
        OR EXISTS (SELECT FROM microcosm.huddles b
                    WHERE b.site_id = :site_id AND b.huddle_id = {huddle_id} AND b.created_by = :actor_id))

-- name: resource
-- The facts about a resource that mc__decide() needs; no row if the resource doesn't exist.
-- unsettled: no counters
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
      ,@takes_part(c.huddle_id)
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
      ,@takes_part(h.huddle_id)
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

-- Rights are judged before a write takes its locks. These fail if what was judged has been closed or hidden since, with
-- states of their own (db/fail.c): MC404 is not found, MC017 is closed. by_moderator: closed is no matter.

-- fragment: still_writable(i)
-- An item: hidden refuses everybody. judged_in: the microcosm in which the rights were judged.
({i}.microcosm_id = :judged_in OR @as_judged(false))
       AND @still_writable_in({i}.microcosm_id, {i}.is_visible AND bool_and(a.is_visible), {i}.is_open, :by_moderator)

-- fragment: still_writable_in(microcosm_id, is_shown, is_open, by_moderator)
(SELECT microcosm.require({is_shown}, 'shown', 'MC404')
        AND microcosm.require({by_moderator}::boolean OR ({is_open} AND bool_and(a.is_open)), 'open', 'MC017')
   FROM microcosm.microcosms w
   JOIN microcosm.microcosms a ON a.site_id = :site_id AND a.microcosm_id = ANY (w.path)
  WHERE w.site_id = :site_id AND w.microcosm_id = {microcosm_id})

-- fragment: as_judged(condition)
-- What makes it necessary to judge again (mc__judge_again()).
microcosm.require({condition}, 'as when the rights were judged', 'MC409')

-- name: check_item
-- unsettled: no counters
-- Must follow the lock of the item, as what is written about it must follow this.
-- bind: site_id int, item_id int, judged_in int, by_moderator bool, may_be_hidden bool
-- row: is_writable bool
SELECT (i.microcosm_id = :judged_in OR @as_judged(false))
       AND @still_writable_in(i.microcosm_id, :may_be_hidden::boolean OR (i.is_visible AND bool_and(a.is_visible)), i.is_open,
                              :by_moderator) AS is_writable
  FROM microcosm.items i
 WHERE i.site_id = :site_id AND i.item_id = :item_id;

-- name: check_comment
-- unsettled: no counters
-- The same of a comment. judged_in: 0 where it isn't on an item.
-- bind: site_id int, comment_id int, actor_id int, judged_in int, by_moderator bool, may_be_hidden bool
-- row: is_writable bool
SELECT microcosm.require(:may_be_hidden::boolean OR c.is_visible, 'shown', 'MC404')
       AND (c.item_id IS NULL
            OR (SELECT (i.microcosm_id = :judged_in OR @as_judged(false))
                       AND @still_writable_in(i.microcosm_id, :may_be_hidden OR (i.is_visible AND bool_and(a.is_visible)),
                                              i.is_open, :by_moderator)
                  FROM microcosm.items i
                 WHERE i.site_id = :site_id AND i.item_id = c.item_id))
       AND (c.huddle_id IS NULL
            OR microcosm.require(EXISTS (SELECT FROM microcosm.huddles h
                                          WHERE h.site_id = :site_id AND h.huddle_id = c.huddle_id AND h.created_by = :actor_id)
                                 OR EXISTS (SELECT FROM microcosm.huddle_participants p
                                             WHERE p.site_id = :site_id AND p.huddle_id = c.huddle_id
                                               AND p.profile_id = :actor_id),
                                 'taking part', 'MC404')) AS is_writable
  FROM microcosm.comments c
 WHERE c.site_id = :site_id AND c.comment_id = :comment_id;

-- name: check_microcosm
-- unsettled: no counters
-- The same of a microcosm, under the lock of the tree. judged_in: its parent, or 0.
-- bind: site_id int, microcosm_id int, judged_in int, may_be_closed bool, may_be_hidden bool, may_be_deleted bool
-- row: is_writable bool
SELECT @as_judged(coalesce(m.parent_id, 0) = :judged_in)
       AND @still_writable_in(m.microcosm_id,
                              (:may_be_deleted::boolean OR bool_and(NOT a.is_deleted))
                              AND (:may_be_hidden::boolean OR bool_and(a.is_visible)),
                              true, :may_be_closed) AS is_writable
  FROM microcosm.microcosms m
 WHERE m.site_id = :site_id AND m.microcosm_id = :microcosm_id;
