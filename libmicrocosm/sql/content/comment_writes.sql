-- The fragments that statements which write a comment are made from; comments.sql has these. Each thing has two: in a
-- transaction counters follow later.

-- What both ways of commenting on an item share. parent: the item's microcosm, and the new comment's position, id, time
-- and the comment that it replies to; before: the time of the item's last activity until then.

-- fragment: recent_on_item()
recent AS (
    SELECT l.comment_id
      FROM (SELECT c.comment_id, c.created, c.is_visible, c.markdown, c.in_reply_to
              FROM microcosm.comments c
             WHERE c.site_id = :site_id AND c.item_id = :item_id AND c.created_by = :actor_id
             ORDER BY c.position DESC
             LIMIT 50) l
     WHERE l.created > clock_timestamp() - interval '5 minutes' AND l.is_visible AND l.markdown = :markdown
       AND l.in_reply_to IS NOT DISTINCT FROM @replied_to(item_id, :item_id)
     LIMIT 1
)

-- fragment: written_on_item()
made AS (
    INSERT INTO microcosm.comments (site_id, comment_id, item_id, item_type, position, in_reply_to, created, created_by,
                                    markdown, html, renderer)
    SELECT :site_id, p.comment_id, :item_id, :item_type, p.position, p.in_reply_to, p.created, :actor_id, :markdown,
           replace(:html, chr(65007), p.comment_id::text), :renderer
      FROM parent p
), stats AS (
    INSERT INTO microcosm.microcosm_deltas (site_id, microcosm_id, comment_count, last_activity)
    SELECT :site_id, p.microcosm_id, 1, p.created FROM parent p
), watch AS (
    INSERT INTO microcosm.watchers (site_id, profile_id, item_type, item_id, send_email, send_sms)
    SELECT :site_id, :actor_id, :item_type, :item_id, coalesce(u.send_email, false), coalesce(u.send_sms, false)
      FROM parent p
      LEFT JOIN microcosm.update_preferences u ON u.site_id = :site_id AND u.profile_id = :actor_id AND u.update_type_id = 1
     WHERE NOT EXISTS (SELECT FROM microcosm.watchers w -- cheaper than an insert with a conflict
                        WHERE w.site_id = :site_id AND w.profile_id = :actor_id AND w.item_type = :item_type AND w.item_id = :item_id)
        ON CONFLICT DO NOTHING
), @change(:site_id, 4, p.comment_id, :item_type, :item_id, p.microcosm_id, 'create', :actor_id,
          jsonb_strip_nulls(jsonb_build_object('inReplyTo', p.in_reply_to,
                                               'mentioned', nullif(to_jsonb(:mentioned::bigint[]), '[]'::jsonb))),
          parent p)
, @audit('C', change)

-- fragment: written_on_item_answer()
SELECT c.change
      ,(SELECT p.created
          FROM parent p
         WHERE p.before <= greatest(:read_at::timestamptz
                   ,(SELECT m.read_at FROM microcosm.read_marks m
                      WHERE m.site_id = :site_id AND m.profile_id = :actor_id AND m.item_type = :item_type AND m.item_id = :item_id)
                   ,(SELECT m.read_at FROM microcosm.read_marks m
                      WHERE m.site_id = :site_id AND m.profile_id = :actor_id AND m.item_type = 2 AND m.item_id = p.microcosm_id)))
       AS read_to
  FROM change c
UNION ALL
SELECT @change_found(4, r.comment_id, :item_type, :item_id, i.microcosm_id, :actor_id), NULL
  FROM recent r
  JOIN microcosm.items i ON i.site_id = :site_id AND i.item_id = :item_id

-- What both ways of commenting on a huddle share; parent as above, without a microcosm.

-- fragment: recent_on_huddle()
recent AS (
    SELECT l.comment_id
      FROM (SELECT c.comment_id, c.created, c.markdown, c.in_reply_to
              FROM microcosm.comments c
             WHERE c.site_id = :site_id AND c.huddle_id = :huddle_id AND c.created_by = :actor_id
             ORDER BY c.position DESC
             LIMIT 50) l
     WHERE l.created > clock_timestamp() - interval '5 minutes' AND l.markdown = :markdown
       AND l.in_reply_to IS NOT DISTINCT FROM @replied_to(huddle_id, :huddle_id)
     LIMIT 1
)

-- fragment: still_in_huddle(h)
NOT EXISTS (SELECT FROM recent)
       AND ({h}.created_by = :actor_id
            OR EXISTS (SELECT FROM microcosm.huddle_participants p
                        WHERE p.site_id = :site_id AND p.huddle_id = :huddle_id AND p.profile_id = :actor_id))

-- fragment: written_on_huddle()
made AS (
    INSERT INTO microcosm.comments (site_id, comment_id, huddle_id, item_type, position, in_reply_to, created, created_by,
                                    markdown, html, renderer)
    SELECT :site_id, p.comment_id, :huddle_id, 5, p.position, @replied_to(huddle_id, :huddle_id),
           p.created, :actor_id, :markdown, replace(:html, chr(65007), p.comment_id::text), :renderer
      FROM parent p
    RETURNING comment_id, in_reply_to
), watch AS (
    INSERT INTO microcosm.watchers (site_id, profile_id, item_type, item_id, send_email, send_sms)
    SELECT :site_id, :actor_id, 5, :huddle_id, coalesce(u.send_email, false), coalesce(u.send_sms, false)
      FROM parent p
      LEFT JOIN microcosm.update_preferences u ON u.site_id = :site_id AND u.profile_id = :actor_id AND u.update_type_id = 4
        ON CONFLICT DO NOTHING
), @change(:site_id, 4, m.comment_id, 5, :huddle_id, NULL, 'create', :actor_id,
          jsonb_strip_nulls(jsonb_build_object('inReplyTo', m.in_reply_to)), made m)
, @audit('C', change)
SELECT c.change FROM change c
UNION ALL
SELECT @change_found(4, r.comment_id, 5, :huddle_id, NULL, :actor_id) FROM recent r

-- What both ways of hiding and showing a comment share. item: the item that it is on, and what the change counts.

-- fragment: flags_set()
old AS (
    SELECT c.comment_id, c.is_visible
      FROM microcosm.comments c
     WHERE c.site_id = :site_id AND c.comment_id = :comment_id
       AND (c.item_id IS NULL
            OR @as_judged((SELECT i.microcosm_id FROM microcosm.items i
                            WHERE i.site_id = :site_id AND i.item_id = c.item_id) = :judged_in))
       FOR NO KEY UPDATE
), changed AS (
    UPDATE microcosm.comments c
       SET is_deleted = coalesce(:deleted::boolean, c.is_deleted)
          ,is_moderated = coalesce(:moderated::boolean, c.is_moderated)
      FROM old
     WHERE c.site_id = :site_id AND c.comment_id = :comment_id
    RETURNING c.comment_id, c.item_id, c.item_type, coalesce(c.item_id, c.huddle_id, c.on_profile_id) AS parent_id
             ,c.created_by, c.is_visible::int - old.is_visible::int AS sign
)

-- fragment: flags_set_answer()
stats AS (
    INSERT INTO microcosm.microcosm_deltas (site_id, microcosm_id, comment_count)
    SELECT :site_id, item.microcosm_id, item.sign FROM item WHERE item.is_visible AND item.sign <> 0
), author AS (
    INSERT INTO microcosm.profile_deltas (site_id, profile_id, microcosm_id, comment_count)
    SELECT :site_id, item.created_by, item.microcosm_id, item.sign FROM item WHERE item.is_visible AND item.sign <> 0
), @change(:site_id, 4, c.comment_id, c.item_type, c.parent_id, (SELECT i.microcosm_id FROM item i), :action, :actor_id,
          CASE WHEN c.sign = 1 THEN jsonb_build_object('shown', true) END, changed c)
, @audit(:audit_action, change)
SELECT c.change FROM change c
