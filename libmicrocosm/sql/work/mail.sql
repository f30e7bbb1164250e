-- Mail about what people follow (domain/work/mail_queue.c). All of it is work of the platform, for the site that is named.

-- What both ways of choosing share: whom of `wanted` (profile_id, kind, rank) a mail about the thing is put into the queue
-- for, once. thing: item_type, item_id, parent_type, parent_id, microcosm_id, created_by.
-- fragment: chosen()
able AS (
    SELECT DISTINCT ON (w.profile_id) w.profile_id, w.kind
      FROM wanted w
     CROSS JOIN thing t
      JOIN microcosm.profiles p ON p.site_id = :site_id AND p.profile_id = w.profile_id
      JOIN microcosm.users u ON u.user_id = p.user_id
      LEFT JOIN microcosm.profile_options o ON o.site_id = :site_id AND o.profile_id = w.profile_id
     WHERE w.profile_id <> t.created_by
       AND coalesce(o.send_email, true)
       AND NOT EXISTS (SELECT FROM microcosm.mail_bounces b WHERE b.canonical_email = u.canonical_email)
       AND NOT EXISTS (SELECT FROM microcosm.ignores g
                        WHERE g.site_id = :site_id AND g.profile_id = w.profile_id
                          AND ((g.item_type = 3 AND g.item_id = t.created_by)
                            OR (g.item_type = 2 AND g.item_id = t.microcosm_id)
                            OR (g.item_type = t.parent_type AND g.item_id = t.parent_id)))
     ORDER BY w.profile_id, w.rank
), new AS (
    INSERT INTO microcosm.mails (site_id, profile_id, item_type, item_id, parent_type, parent_id, microcosm_id, kind)
    SELECT :site_id, a.profile_id, t.item_type, t.item_id, t.parent_type, t.parent_id, t.microcosm_id, a.kind
      FROM able a
     CROSS JOIN thing t
        ON CONFLICT DO NOTHING
    RETURNING profile_id, item_type, item_id
)
INSERT INTO microcosm.queue (site_id, kind, item_type, item_id, profile_id)
SELECT :site_id, 'mail', n.item_type, n.item_id, n.profile_id FROM new n

-- name: choose_comment
-- Whom to write to about a new comment: who has written what it answers, who is mentioned, and who follows what it is on
-- and wants mail by everything they follow it by. The last get one mail, and none until they have been there again.
-- bind: site_id int, comment_id int, mentioned ints
-- silent: work to be done, not a resource
WITH thing AS MATERIALIZED (
    SELECT 4::smallint AS item_type
          ,c.comment_id AS item_id
          ,CASE WHEN c.item_id IS NOT NULL THEN c.item_type WHEN c.huddle_id IS NOT NULL THEN 5 ELSE 3 END AS parent_type
          ,coalesce(c.item_id, c.huddle_id, c.on_profile_id) AS parent_id
          ,i.microcosm_id
          ,c.created_by
          ,c.created
          ,r.created_by AS answered
      FROM microcosm.comments c
      LEFT JOIN microcosm.items i ON i.site_id = :site_id AND i.item_id = c.item_id
      LEFT JOIN microcosm.comments r ON r.site_id = :site_id AND r.comment_id = c.in_reply_to
     WHERE c.site_id = :site_id AND c.comment_id = :comment_id AND c.is_visible
), direct AS (
    SELECT t.answered AS profile_id, 2 AS kind, 1 AS rank FROM thing t WHERE t.answered IS NOT NULL
    UNION ALL
    SELECT m.profile_id, 3, 2 FROM unnest(:mentioned::bigint[]) m (profile_id)
), followers AS (
    SELECT w.profile_id, bool_and(w.send_email) AS send_email
      FROM thing t
      JOIN microcosm.watchers w
        ON w.site_id = :site_id
       AND ((w.item_type = t.parent_type AND w.item_id = t.parent_id)
         OR (w.item_type = 2 AND w.item_id = t.microcosm_id)
         OR (w.item_type = 1 AND w.item_id = :site_id AND t.microcosm_id IS NOT NULL))
     GROUP BY w.profile_id
), wanted AS (
    SELECT d.profile_id, d.kind, d.rank
      FROM direct d
      JOIN microcosm.update_preferences u
        ON u.site_id = :site_id AND u.profile_id = d.profile_id AND u.update_type_id = d.kind AND u.send_email
    UNION ALL
    SELECT f.profile_id, CASE t.parent_type WHEN 5 THEN 4 ELSE 1 END, 3
      FROM followers f
     CROSS JOIN thing t
      JOIN microcosm.profiles p ON p.site_id = :site_id AND p.profile_id = f.profile_id
     WHERE f.send_email
       AND f.profile_id IS DISTINCT FROM t.answered
       AND NOT EXISTS (SELECT FROM microcosm.mails m
                        WHERE m.site_id = :site_id AND m.profile_id = f.profile_id
                          AND m.parent_type = t.parent_type AND m.parent_id = t.parent_id AND m.kind IN (1, 4)
                          AND m.created > greatest(p.all_read_at
                                                  ,CASE WHEN t.parent_type = 5 THEN p.huddles_read_at END
                                                  ,(SELECT max(r.read_at)
                                                      FROM microcosm.read_marks r
                                                     WHERE r.site_id = :site_id AND r.profile_id = f.profile_id
                                                       AND ((r.item_type = t.parent_type AND r.item_id = t.parent_id)
                                                         OR (r.item_type = 2 AND r.item_id = t.microcosm_id)))))
), @chosen();

-- name: choose_item
-- Whom to write to about a new conversation, event or poll: who follows its microcosm or the site.
-- bind: site_id int, item_id int
-- silent: work to be done, not a resource
WITH thing AS MATERIALIZED (
    SELECT i.item_type, i.item_id, i.item_type AS parent_type, i.item_id AS parent_id, i.microcosm_id, i.created_by
      FROM microcosm.items i
     WHERE i.site_id = :site_id AND i.item_id = :item_id
), wanted AS (
    SELECT w.profile_id, 8 AS kind, 1 AS rank
      FROM thing t
      JOIN microcosm.watchers w
        ON w.site_id = :site_id
       AND ((w.item_type = 2 AND w.item_id = t.microcosm_id) OR (w.item_type = 1 AND w.item_id = :site_id))
     GROUP BY w.profile_id
    HAVING bool_and(w.send_email)
), @chosen();

-- name: recipient
-- Who is to get a mail that was taken from the queue, and whether they still want it. Nobody else takes it for lease_s
-- seconds more. No row: it isn't in the queue any more.
-- bind: queue_id int, site_id int, profile_id int, item_type int, item_id int, lease_s int
-- row: kind int, site_key text, site_title text, email text, profile_name text, parent_type int, parent_id int, is_wanted bool
-- row: secret text
-- silent: work to be done, not a resource
WITH held AS (
    UPDATE microcosm.queue q
       SET due = clock_timestamp() + make_interval(secs => :lease_s::bigint::double precision)
     WHERE q.queue_id = :queue_id
    RETURNING q.queue_id
)
SELECT m.kind
      ,s.subdomain_key AS site_key
      ,s.title AS site_title
      ,u.email
      ,p.profile_name
      ,m.parent_type
      ,m.parent_id
      ,NOT s.is_deleted
       AND coalesce(o.send_email, true)
       AND NOT EXISTS (SELECT FROM microcosm.mail_bounces b WHERE b.canonical_email = u.canonical_email)
       AND CASE WHEN m.kind IN (2, 3)
                THEN EXISTS (SELECT FROM microcosm.update_preferences f
                              WHERE f.site_id = :site_id AND f.profile_id = :profile_id AND f.update_type_id = m.kind
                                AND f.send_email)
                ELSE coalesce((SELECT bool_and(w.send_email)
                                 FROM microcosm.watchers w
                                WHERE w.site_id = :site_id AND w.profile_id = :profile_id
                                  AND ((w.item_type = m.parent_type AND w.item_id = m.parent_id)
                                    OR (w.item_type = 2 AND w.item_id = m.microcosm_id)
                                    OR (w.item_type = 1 AND w.item_id = :site_id))), false)
           END AS is_wanted
      ,encode(k.secret, 'hex') AS secret
  FROM held
 CROSS JOIN microcosm.mail_key k
  JOIN microcosm.mails m
    ON m.site_id = :site_id AND m.profile_id = :profile_id AND m.item_type = :item_type AND m.item_id = :item_id
  JOIN microcosm.sites s ON s.site_id = :site_id
  JOIN microcosm.profiles p ON p.site_id = :site_id AND p.profile_id = :profile_id
  JOIN microcosm.users u ON u.user_id = p.user_id
  LEFT JOIN microcosm.profile_options o ON o.site_id = :site_id AND o.profile_id = :profile_id;

-- name: comment
-- What a mail shows of a comment. above: ids of the comments that it answers, the first of them first, 20 at most.
-- bind: site_id int, comment_id int
-- row: title text, author text, html text, markdown text, above text
WITH RECURSIVE above AS (
    SELECT c.in_reply_to AS comment_id, 1 AS depth
      FROM microcosm.comments c
     WHERE c.site_id = :site_id AND c.comment_id = :comment_id
    UNION ALL
    SELECT c.in_reply_to, a.depth + 1
      FROM above a
      JOIN microcosm.comments c ON c.site_id = :site_id AND c.comment_id = a.comment_id
     WHERE a.depth < 20
)
SELECT coalesce(i.title, h.title, o.profile_name) AS title
      ,p.profile_name AS author
      ,c.html
      ,c.markdown
      ,coalesce((SELECT string_agg(a.comment_id::text, ' ' ORDER BY a.depth DESC) FROM above a WHERE a.comment_id IS NOT NULL)
               ,'') AS above
  FROM microcosm.comments c
  JOIN microcosm.profiles p ON p.site_id = :site_id AND p.profile_id = c.created_by
  LEFT JOIN microcosm.items i ON i.site_id = :site_id AND i.item_id = c.item_id
  LEFT JOIN microcosm.huddles h ON h.site_id = :site_id AND h.huddle_id = c.huddle_id
  LEFT JOIN microcosm.profiles o ON o.site_id = :site_id AND o.profile_id = c.on_profile_id
 WHERE c.site_id = :site_id AND c.comment_id = :comment_id;

-- name: item
-- bind: site_id int, item_id int
-- row: title text, author text
SELECT i.title, p.profile_name AS author
  FROM microcosm.items i
  JOIN microcosm.profiles p ON p.site_id = :site_id AND p.profile_id = i.created_by
 WHERE i.site_id = :site_id AND i.item_id = :item_id;

-- name: put_back
-- A mail that may have been sent and then wasn't: it is in the queue again, to be tried after lease_s seconds.
-- bind: queue_id int, site_id int, profile_id int, item_type int, item_id int, attempts int, lease_s int
-- silent: work to be done, not a resource
INSERT INTO microcosm.queue (queue_id, site_id, kind, item_type, item_id, profile_id, attempts, due)
VALUES (:queue_id, :site_id, 'mail', :item_type, :item_id, :profile_id, :attempts,
        clock_timestamp() + make_interval(secs => :lease_s::bigint::double precision))
    ON CONFLICT DO NOTHING;

-- name: trim
-- What was chosen so long ago that nobody asks whether it was.
-- bind: limit int
-- row: rows int
-- silent: what was done, not a resource
WITH gone AS (
    DELETE FROM microcosm.mails m
     USING (SELECT o.site_id, o.profile_id, o.item_type, o.item_id
              FROM microcosm.mails o
             WHERE o.created < statement_timestamp() - interval '90 days'
             ORDER BY o.created
             LIMIT :limit
               FOR UPDATE SKIP LOCKED) old
     WHERE m.site_id = old.site_id AND m.profile_id = old.profile_id AND m.item_type = old.item_type
       AND m.item_id = old.item_id
    RETURNING m.item_id
)
SELECT count(*) AS rows FROM gone;

-- name: bounce
-- bind: canonical_email text
-- silent: of no site
INSERT INTO microcosm.mail_bounces (canonical_email) VALUES (:canonical_email) ON CONFLICT DO NOTHING;

-- name: allow
-- bind: canonical_email text
-- row: rows int
-- silent: of no site
WITH gone AS (
    DELETE FROM microcosm.mail_bounces b WHERE b.canonical_email = :canonical_email RETURNING b.canonical_email
)
SELECT count(*) AS rows FROM gone;

-- name: key
-- row: secret text
SELECT encode(k.secret, 'hex') AS secret FROM microcosm.mail_key k;

-- name: stop_watching
-- Mail about a thing that somebody follows ends. No row: they don't follow it.
-- bind: site_id int, profile_id int, item_type int, item_id int
-- row: change change
WITH made AS (
    UPDATE microcosm.watchers w
       SET send_email = false
     WHERE w.site_id = :site_id AND w.profile_id = :profile_id AND w.item_type = :item_type AND w.item_id = :item_id
    RETURNING w.profile_id
), @change(:site_id, 14, 0, 3, m.profile_id, NULL, 'update', :profile_id, NULL, made m)
SELECT c.change FROM change c;

-- name: stop_type
-- Mail of a type ends. No row: there is no such profile.
-- bind: site_id int, profile_id int, update_type_id int
-- row: change change
WITH made AS (
    INSERT INTO microcosm.update_preferences (site_id, profile_id, update_type_id, send_email, send_sms)
    SELECT :site_id, p.profile_id, :update_type_id::int, false, false
      FROM microcosm.profiles p
     WHERE p.site_id = :site_id AND p.profile_id = :profile_id
        ON CONFLICT (site_id, profile_id, update_type_id) DO UPDATE SET send_email = false
    RETURNING profile_id
), @change(:site_id, 14, 0, 3, m.profile_id, NULL, 'update', :profile_id, NULL, made m)
SELECT c.change FROM change c;
