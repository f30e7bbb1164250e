-- Summaries of things of several kinds, for lists of them. A list's statements begin with a table expression
-- wanted (n, item_type, item_id): the place and identity of each thing on the page. One of these fragments then makes of it
-- the records of one kind, in order. find/things.c reads them.

-- What the actor may see, as find/things.c asks the rules for it: the microcosms that it may read (readable), and those of
-- which it may read what it has written itself (own_only). v: a row with microcosm_id; author: who wrote the thing.
-- fragment: may_read_in(v, author)
({v}.microcosm_id = ANY (:readable::bigint[]) OR ({author} = :actor_id AND {v}.microcosm_id = ANY (:own_only::bigint[])))

-- The same of a comment (c) on a profile or in a huddle.
-- fragment: may_read_beside_microcosms()
CASE WHEN c.on_profile_id IS NOT NULL THEN :sees_profiles::boolean OR :actor_id IN (c.created_by, c.on_profile_id)
             ELSE c.created_by = :actor_id OR @takes_part(c.huddle_id)
        END

-- Without children and newest item, which depend on what else is listed. readable stands in the order of the tree;
-- last_below: for each of them the number of the last that is below it, or its own.
-- fragment: things_microcosms()
SELECT @microcosm_columns(@listed_description(m.description, w.n))
      ,t.items AS total_items
      ,t.comments AS total_comments
  FROM wanted w
 CROSS JOIN LATERAL (SELECT * FROM microcosm.microcosms m
                      WHERE m.site_id = :site_id AND m.microcosm_id = w.item_id OFFSET 0) m -- a probe for each
 CROSS JOIN LATERAL (SELECT array_position(:readable::bigint[], m.microcosm_id) AS first) p
 CROSS JOIN LATERAL (SELECT coalesce(sum(s.conversation_count + s.event_count + s.poll_count), 0)::bigint AS items
                           ,coalesce(sum(s.comment_count), 0)::bigint AS comments
                       FROM unnest((:readable::bigint[])[p.first : (:last_below::int[])[p.first]]) AS d (id)
                      CROSS JOIN LATERAL (SELECT * FROM microcosm.microcosm_stats s
                                           WHERE s.site_id = :site_id AND s.microcosm_id = d.id OFFSET 0) s) t
  LEFT JOIN microcosm.profiles a ON a.site_id = m.site_id AND a.profile_id = m.created_by
  LEFT JOIN microcosm.profiles e ON e.site_id = m.site_id AND e.profile_id = m.edited_by
 WHERE w.item_type = 2
 ORDER BY w.n

-- fragment: things_profiles()
SELECT p.profile_id AS "id"
      ,p.site_id
      ,p.user_id
      ,p.profile_name
      ,p.is_visible AS "visible"
      ,p.avatar
  FROM wanted w
  JOIN microcosm.profiles p ON p.site_id = :site_id AND p.profile_id = w.item_id
 WHERE w.item_type = 3
 ORDER BY w.n

-- After 4 MiB of texts, as many as fit on a page of comments, comments come without theirs.
-- fragment: things_comments()
SELECT CASE WHEN r.before < 4194304 THEN r.markdown ELSE '' END AS markdown
      ,CASE WHEN r.before < 4194304 THEN r.html ELSE '' END AS html
      ,@comment_columns(r)
      ,r.parent_type, r.created_by, r.is_visible
      ,@comment_parent_columns()
  FROM (SELECT f.*
              ,w.n
              ,sum(octet_length(f.markdown) + octet_length(f.html)) OVER (ORDER BY w.n ROWS UNBOUNDED PRECEDING)
               - octet_length(f.markdown) - octet_length(f.html) AS before
          FROM wanted w
          JOIN microcosm.comment_records f ON f.site_id = :site_id AND f.id = w.item_id
         WHERE w.item_type = 4) r
  @comment_parent_joins()
 ORDER BY r.n

-- fragment: things_items()
SELECT r.*
      ,@attending(r) AS "meta.flags.attending"
  FROM wanted w
 CROSS JOIN LATERAL (SELECT * FROM microcosm.item_records r
                      WHERE r.site_id = :site_id AND r.id = w.item_id AND r.item_type = w.item_type LIMIT 1) r
 ORDER BY w.n

-- What an actor that ignores people sees of the comments of these items.
-- fragment: things_shown_comments()
SELECT i.item_id AS listed_id
      ,@shown_comment_columns()
  FROM wanted a
  JOIN microcosm.items i ON i.site_id = :site_id AND i.item_id = a.item_id AND i.item_type = a.item_type
  @shown_comment_joins()
 ORDER BY a.n

-- Of huddles that the actor takes part in or has begun.
-- fragment: things_huddles()
SELECT @huddle_summary()
  FROM wanted w
  JOIN microcosm.huddles h ON h.site_id = :site_id AND h.huddle_id = w.item_id
  @huddle_summary_joins()
 WHERE w.item_type = 5
 ORDER BY w.n

-- fragment: things_huddle_participants()
@participant_of((SELECT w.item_id AS huddle_id FROM wanted w WHERE w.item_type = 5))
