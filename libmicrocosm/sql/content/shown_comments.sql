-- What items.shown_comments and lists of things of several kinds have in common.

-- What an actor that ignores people sees of the comments of items (a): how many it doesn't, and the newest that it does.
-- fragment: shown_comment_columns()
l.comment_id AS "id"
      ,l.created AS "created"
      ,p.profile_id AS "created_by.id"
      ,p.site_id AS "created_by.site_id"
      ,p.user_id AS "created_by.user_id"
      ,p.profile_name AS "created_by.profile_name"
      ,p.is_visible AS "created_by.visible"
      ,p.avatar AS "created_by.avatar"
      ,(SELECT coalesce(sum(s.comments), 0)::bigint
          FROM unnest(:ignored_profiles::bigint[]) AS g (profile_id)
         CROSS JOIN LATERAL (SELECT count(*) AS comments
                               FROM microcosm.comments c
                              WHERE c.site_id = :site_id AND c.item_id = a.item_id AND c.created_by = g.profile_id
                                AND c.is_visible) s) AS left_out

-- fragment: shown_comment_joins()
LEFT JOIN LATERAL (SELECT c.comment_id, c.created, c.created_by
                       FROM microcosm.comments c
                      WHERE c.site_id = :site_id AND c.item_id = a.item_id AND c.is_visible
                        AND c.created_by <> ALL (:ignored_profiles::bigint[])
                      ORDER BY c.position DESC
                      LIMIT 1) l ON true
  LEFT JOIN microcosm.profiles p ON p.site_id = :site_id AND p.profile_id = l.created_by
