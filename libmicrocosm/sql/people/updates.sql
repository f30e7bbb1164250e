-- Making updates, in the background (domain/people/update_making.c). Whether somebody may read what they are told of is
-- judged when they look, so nothing here depends on rights. Each statement can be run again.

-- The end of these statements. cause: what has happened: by whom (actor), what is shown (item_type, item_id), and where
-- (about_type, about_id, microcosm_id); found: who is told, by which type of update.
-- Nobody is told of what they have done themselves, nor if they ignore who did it, the thing, or its microcosm.
-- fragment: told()
told AS (
    INSERT INTO microcosm.updates AS u (site_id, profile_id, update_type_id, about_type, about_id, item_type, item_id, created,
                                        created_by)
    SELECT :site_id, f.profile_id, f.update_type_id
          ,CASE WHEN f.update_type_id IN (2, 3) THEN x.item_type ELSE x.about_type END
          ,CASE WHEN f.update_type_id IN (2, 3) THEN x.item_id ELSE x.about_id END
          ,x.item_type, x.item_id, x.created, x.created_by
      FROM cause x
     CROSS JOIN found f
     WHERE f.profile_id <> x.actor
       AND NOT EXISTS (SELECT FROM microcosm.ignores g
                        WHERE g.site_id = :site_id AND g.profile_id = f.profile_id
                          AND (g.item_type, g.item_id) IN ((3, x.actor), (x.about_type, x.about_id), (2, x.microcosm_id)))
     ORDER BY f.profile_id, f.update_type_id -- so that no two wait for each other
        ON CONFLICT (site_id, profile_id, update_type_id, about_type, about_id)
        DO UPDATE SET item_type = excluded.item_type, item_id = excluded.item_id, created = excluded.created,
                      created_by = excluded.created_by
         WHERE u.created < excluded.created
    RETURNING u.update_id
)
SELECT count(*) AS rows FROM told

-- Who has followed since before the thing itself or, if it is in a microcosm, that or the site; each once.
-- fragment: followers(update_type_id, has_own)
SELECT DISTINCT w.profile_id, {update_type_id} AS update_type_id
      FROM cause x
     CROSS JOIN LATERAL (VALUES (CASE WHEN {has_own} THEN x.about_type::int END, x.about_id)
                               ,(2, x.microcosm_id)
                               ,(CASE WHEN x.microcosm_id IS NOT NULL THEN 1 END, :site_id::bigint)) o (item_type, item_id)
      JOIN microcosm.watchers w ON w.site_id = :site_id AND w.item_type = o.item_type AND w.item_id = o.item_id
     WHERE w.created <= x.created

-- name: of_comment
-- A comment that was made (is_new), or changed: then only those are told who are mentioned. details: of the change.
-- bind: site_id int, comment_id int, is_new bool, details text
-- row: rows int
-- silent: what somebody is told of is in no cache
WITH cause AS MATERIALIZED (
    SELECT 4 AS item_type
          ,c.comment_id AS item_id
          ,c.item_type::int AS about_type
          ,coalesce(c.item_id, c.huddle_id, c.on_profile_id) AS about_id
          ,i.microcosm_id
          ,c.created
          ,c.created_by
          ,c.created_by AS actor
          ,(SELECT r.created_by FROM microcosm.comments r
             WHERE r.site_id = :site_id AND r.comment_id = c.in_reply_to) AS replied_to
      FROM microcosm.comments c
      LEFT JOIN microcosm.items i ON i.site_id = c.site_id AND i.item_id = c.item_id
     WHERE c.site_id = :site_id
       AND c.comment_id = :comment_id
       AND c.is_visible
       AND (c.item_id IS NULL OR i.is_visible)
), followers AS (
    @followers(1, true)
), found AS MATERIALIZED (
    SELECT f.profile_id, CASE WHEN x.about_type = 5 THEN 4 ELSE 1 END AS update_type_id
      FROM cause x
     CROSS JOIN followers f
     WHERE :is_new::boolean
       AND (x.about_type <> 5
            OR EXISTS (SELECT FROM microcosm.huddle_participants p
                        WHERE p.site_id = :site_id AND p.huddle_id = x.about_id AND p.profile_id = f.profile_id))
     UNION ALL
    SELECT x.replied_to, 2 FROM cause x WHERE :is_new AND x.replied_to IS NOT NULL
     UNION ALL
    SELECT DISTINCT p.profile_id, 3
      FROM cause x
     CROSS JOIN jsonb_array_elements_text(coalesce(:details::jsonb -> 'mentioned', '[]')) m
      JOIN microcosm.profiles p ON p.site_id = :site_id AND p.profile_id = m::bigint
), @told();

-- name: of_item
-- An item that was made.
-- bind: site_id int, item_id int
-- row: rows int
-- silent: what somebody is told of is in no cache
WITH cause AS MATERIALIZED (
    SELECT i.item_type::int AS item_type, i.item_id, i.item_type::int AS about_type, i.item_id AS about_id, i.microcosm_id
          ,i.created, i.created_by, i.created_by AS actor
      FROM microcosm.items i
     WHERE i.site_id = :site_id AND i.item_id = :item_id AND i.is_visible
), found AS MATERIALIZED (
    @followers(8, false)
), @told();

-- name: of_attendee
-- An answer to an event that is yes.
-- bind: site_id int, item_id int, profile_id int
-- row: rows int
-- silent: what somebody is told of is in no cache
WITH cause AS MATERIALIZED (
    SELECT 9 AS item_type, i.item_id, 9 AS about_type, i.item_id AS about_id, NULL::bigint AS microcosm_id
          ,a.rsvpd_on AS created, a.profile_id AS created_by, a.profile_id AS actor
      FROM microcosm.attendees a
      JOIN microcosm.items i ON i.site_id = a.site_id AND i.item_id = a.item_id
     WHERE a.site_id = :site_id AND a.item_id = :item_id AND a.profile_id = :profile_id AND a.rsvp = 'yes' AND i.is_visible
), found AS MATERIALIZED (
    @followers(5, true)
), @told();

-- name: of_vote
-- Somebody has voted. Who is told to nobody: it shows as by who made the poll.
-- bind: site_id int, item_id int, profile_id int, created time
-- row: rows int
-- silent: what somebody is told of is in no cache
WITH cause AS MATERIALIZED (
    SELECT 7 AS item_type, i.item_id, 7 AS about_type, i.item_id AS about_id, NULL::bigint AS microcosm_id
          ,:created::timestamptz AS created, i.created_by, :profile_id::bigint AS actor
      FROM microcosm.items i
     WHERE i.site_id = :site_id AND i.item_id = :item_id AND i.is_visible
), found AS MATERIALIZED (
    @followers(6, true)
), @told();

-- name: remind
-- Tells those who will come to an event of the next 24 hours; some at a time.
-- bind: limit int
-- row: rows int
-- silent: what somebody is told of is in no cache
WITH near AS MATERIALIZED (
    SELECT a.site_id, a.item_id, a.profile_id, i.created_by
      FROM microcosm.events e
      JOIN microcosm.items i ON i.site_id = e.site_id AND i.item_id = e.item_id AND i.is_visible
      JOIN microcosm.attendees a ON a.site_id = e.site_id AND a.item_id = e.item_id AND a.rsvp = 'yes'
     WHERE e.starts > statement_timestamp()
       AND e.starts < statement_timestamp() + interval '24 hours'
       AND NOT EXISTS (SELECT FROM microcosm.updates u
                        WHERE u.site_id = a.site_id AND u.profile_id = a.profile_id AND u.update_type_id = 7
                          AND u.about_type = 9 AND u.about_id = a.item_id)
     LIMIT :limit
), told AS (
    INSERT INTO microcosm.updates AS u (site_id, profile_id, update_type_id, about_type, about_id, item_type, item_id, created,
                                        created_by)
    SELECT n.site_id, n.profile_id, 7, 9, n.item_id, 9, n.item_id, clock_timestamp(), n.created_by FROM near n
        ON CONFLICT DO NOTHING
    RETURNING u.update_id
)
SELECT count(*) AS rows FROM told;

-- name: trim
-- Deletes what is old: new items after a month, all else after a year; some of each type at a time.
-- bind: limit int
-- row: rows int
-- silent: what somebody is told of is in no cache
WITH old AS MATERIALIZED (
    SELECT o.site_id, o.update_id
      FROM generate_series(1, 9) AS t (update_type_id)
     CROSS JOIN LATERAL (SELECT u.site_id, u.update_id
                           FROM microcosm.updates u
                          WHERE u.update_type_id = t.update_type_id
                            AND u.created < statement_timestamp() - CASE t.update_type_id WHEN 8 THEN interval '1 month'
                                                                                          ELSE interval '1 year' END
                          ORDER BY u.created
                          LIMIT :limit) o
), gone AS (
    DELETE FROM microcosm.updates u
     USING old
     WHERE u.site_id = old.site_id AND u.update_id = old.update_id
    RETURNING u.update_id
)
SELECT count(*) AS rows FROM gone;
