-- Telling people of what has happened, in the background (domain/work/update_making.c): updates, and mail. Whether somebody
-- may read what they are told of is judged when they look, or when the mail is sent, so nothing here depends on rights. Each
-- statement can be run again.
--
-- Each has a row `cause`, what has happened: by whom (actor), what is shown (item_type, item_id), and where (about_type,
-- about_id, microcosm_id); and rows `found`, who is told, by which type of update, and whether they want mail of it.

-- Where somebody may follow what x is about, the nearest first: the thing itself, and if it is in a microcosm, that or the site.
-- fragment: places(x, has_own)
(VALUES (1, CASE WHEN {has_own} THEN {x}.about_type::int END, {x}.about_id)
       ,(2, 2, {x}.microcosm_id)
       ,(3, CASE WHEN {x}.microcosm_id IS NOT NULL THEN 1 END, :site_id::bigint)) AS o (rank, item_type, item_id)

-- Who has followed since before, each once. They want mail if they do by all that they follow it by.
-- fragment: followers(update_type_id, has_own)
SELECT w.profile_id, {update_type_id} AS update_type_id, bool_and(w.send_email) AS send_email
      FROM cause x
     CROSS JOIN LATERAL @places(x, {has_own})
      JOIN microcosm.watchers w ON w.site_id = :site_id AND w.item_type = o.item_type AND w.item_id = o.item_id
     WHERE w.created <= x.created
     GROUP BY w.profile_id

-- Whether somebody wants mail of a type that isn't about what they follow.
-- fragment: wants_type(profile_id, update_type_id)
EXISTS (SELECT FROM microcosm.update_preferences d
         WHERE d.site_id = :site_id AND d.profile_id = {profile_id} AND d.update_type_id = {update_type_id} AND d.send_email)

-- Whether somebody ignores who did it, the thing, or its microcosm.
-- fragment: ignores_cause(x, profile_id)
EXISTS (SELECT FROM microcosm.ignores g
         WHERE g.site_id = {x}.site_id AND g.profile_id = {profile_id}
           AND (g.item_type, g.item_id) IN ((3, {x}.actor_id), ({x}.about_type, {x}.about_id), (2, {x}.microcosm_id)))

-- When a profile p was last at what x is about.
-- fragment: last_there(x, p)
greatest({p}.all_read_at
        ,CASE WHEN {x}.about_type = 5 THEN {p}.huddles_read_at END
        ,(SELECT max(r.read_at)
            FROM microcosm.read_marks r
           WHERE r.site_id = {p}.site_id AND r.profile_id = {p}.profile_id
             AND (r.item_type, r.item_id) IN (({x}.about_type, {x}.about_id), (2, {x}.microcosm_id))))

-- Whether an address gets no mail.
-- fragment: bounces(u)
EXISTS (SELECT FROM microcosm.mail_bounces b WHERE b.canonical_email = {u}.canonical_email)

-- Mail for those of `told` who want it, one for each thing: at once, or it waits for their digest; reminders are soon too late
-- for that. About what somebody follows they get the next when they have been there.
-- fragment: mailed()
picked AS MATERIALIZED (
    SELECT DISTINCT ON (t.site_id, t.profile_id, t.item_type, t.item_id)
           t.*, t.update_type_id = 7 OR coalesce(o.digest, 'none') = 'none' AS at_once
      FROM told t
      JOIN microcosm.profiles p ON p.site_id = t.site_id AND p.profile_id = t.profile_id
      JOIN microcosm.users u ON u.user_id = p.user_id
      LEFT JOIN microcosm.profile_options o ON o.site_id = t.site_id AND o.profile_id = t.profile_id
     WHERE :sends_mail::boolean
       AND t.send_email
       AND coalesce(o.send_email, true)
       AND NOT @bounces(u)
       AND (t.update_type_id NOT IN (1, 4, 5, 6)
            OR NOT EXISTS (SELECT FROM microcosm.mails m
                            WHERE m.site_id = t.site_id AND m.profile_id = t.profile_id
                              AND m.about_type = t.about_type AND m.about_id = t.about_id AND m.kind IN (1, 4, 5, 6)
                              AND m.caused > @last_there(t, p)))
     ORDER BY t.site_id, t.profile_id, t.item_type, t.item_id, t.update_type_id NOT IN (2, 3), t.update_type_id
), mail AS (
    INSERT INTO microcosm.mails (site_id, profile_id, kind, item_type, item_id, about_type, about_id, microcosm_id, actor_id,
                                 caused, queue_id)
    SELECT k.site_id, k.profile_id, k.update_type_id, k.item_type, k.item_id, k.about_type, k.about_id, k.microcosm_id, k.actor_id
          ,k.created
          ,CASE WHEN k.at_once THEN nextval(pg_get_serial_sequence('microcosm.queue', 'queue_id')) END
      FROM picked k
        ON CONFLICT DO NOTHING
    RETURNING site_id, profile_id, kind, queue_id
), posted AS (
    INSERT INTO microcosm.queue (queue_id, site_id, kind, item_type, item_id, profile_id)
    SELECT m.queue_id, m.site_id, 'mail', 18, m.kind, m.profile_id FROM mail m WHERE m.queue_id IS NOT NULL
)

-- The end of these statements. Nobody is told of what they have done themselves, nor of what they ignore.
-- fragment: told()
updated AS (
    INSERT INTO microcosm.updates AS u (site_id, profile_id, update_type_id, about_type, about_id, item_type, item_id, created,
                                        created_by)
    SELECT :site_id, f.profile_id, f.update_type_id
          ,CASE WHEN f.update_type_id IN (2, 3) THEN x.item_type ELSE x.about_type END
          ,CASE WHEN f.update_type_id IN (2, 3) THEN x.item_id ELSE x.about_id END
          ,x.item_type, x.item_id, x.created, x.created_by
      FROM cause x
     CROSS JOIN found f
     WHERE f.profile_id <> x.actor_id
       AND NOT @ignores_cause(x, f.profile_id)
     ORDER BY f.profile_id, f.update_type_id -- so that no two wait for each other
        ON CONFLICT (site_id, profile_id, update_type_id, about_type, about_id)
        DO UPDATE SET item_type = excluded.item_type, item_id = excluded.item_id, created = excluded.created,
                      created_by = excluded.created_by
         WHERE u.created < excluded.created
    RETURNING u.profile_id, u.update_type_id
), told AS MATERIALIZED (
    SELECT x.*, f.*
      FROM cause x
     CROSS JOIN updated d
      JOIN found f ON f.profile_id = d.profile_id AND f.update_type_id = d.update_type_id
), @mailed()
SELECT count(*) AS rows FROM updated

-- name: of_comment
-- A comment that was made (is_new), or changed: then only those are told who are mentioned. details: of the change.
-- Who gets a reply gets one mail of it.
-- bind: site_id int, comment_id int, is_new bool, details text, sends_mail bool
-- row: rows int
-- silent: what somebody is told of is in no cache
WITH cause AS MATERIALIZED (
    SELECT :site_id::bigint AS site_id
          ,4 AS item_type
          ,c.comment_id AS item_id
          ,c.item_type::int AS about_type
          ,coalesce(c.item_id, c.huddle_id, c.on_profile_id) AS about_id
          ,i.microcosm_id
          ,c.created
          ,c.created_by
          ,c.created_by AS actor_id
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
    SELECT f.profile_id
          ,CASE WHEN x.about_type = 5 THEN 4 ELSE 1 END AS update_type_id
          ,f.send_email AND f.profile_id IS DISTINCT FROM x.replied_to AS send_email
      FROM cause x
     CROSS JOIN followers f
     WHERE :is_new::boolean
       AND (x.about_type <> 5
            OR EXISTS (SELECT FROM microcosm.huddle_participants p
                        WHERE p.site_id = :site_id AND p.huddle_id = x.about_id AND p.profile_id = f.profile_id))
     UNION ALL
    SELECT x.replied_to, 2, @wants_type(x.replied_to, 2) FROM cause x WHERE :is_new AND x.replied_to IS NOT NULL
     UNION ALL
    SELECT DISTINCT p.profile_id, 3, @wants_type(p.profile_id, 3)
      FROM cause x
     CROSS JOIN jsonb_array_elements_text(coalesce(:details::jsonb -> 'mentioned', '[]')) m
      JOIN microcosm.profiles p ON p.site_id = :site_id AND p.profile_id = m::bigint
), @told();

-- name: of_item
-- An item that was made.
-- bind: site_id int, item_id int, sends_mail bool
-- row: rows int
-- silent: what somebody is told of is in no cache
WITH cause AS MATERIALIZED (
    SELECT :site_id::bigint AS site_id, i.item_type::int AS item_type, i.item_id, i.item_type::int AS about_type
          ,i.item_id AS about_id, i.microcosm_id, i.created, i.created_by, i.created_by AS actor_id
      FROM microcosm.items i
     WHERE i.site_id = :site_id AND i.item_id = :item_id AND i.is_visible
), found AS MATERIALIZED (
    @followers(8, false)
), @told();

-- name: of_attendee
-- An answer to an event that is yes.
-- bind: site_id int, item_id int, profile_id int, sends_mail bool
-- row: rows int
-- silent: what somebody is told of is in no cache
WITH cause AS MATERIALIZED (
    SELECT :site_id::bigint AS site_id, 9 AS item_type, i.item_id, 9 AS about_type, i.item_id AS about_id
          ,NULL::bigint AS microcosm_id, a.rsvpd_on AS created, a.profile_id AS created_by, a.profile_id AS actor_id
      FROM microcosm.attendees a
      JOIN microcosm.items i ON i.site_id = a.site_id AND i.item_id = a.item_id
     WHERE a.site_id = :site_id AND a.item_id = :item_id AND a.profile_id = :profile_id AND a.rsvp = 'yes' AND i.is_visible
), found AS MATERIALIZED (
    @followers(5, true)
), @told();

-- name: of_vote
-- Somebody has voted. Who is told to nobody: it shows as by who made the poll.
-- bind: site_id int, item_id int, profile_id int, created time, sends_mail bool
-- row: rows int
-- silent: what somebody is told of is in no cache
WITH cause AS MATERIALIZED (
    SELECT :site_id::bigint AS site_id, 7 AS item_type, i.item_id, 7 AS about_type, i.item_id AS about_id
          ,NULL::bigint AS microcosm_id, :created::timestamptz AS created, i.created_by, :profile_id::bigint AS actor_id
      FROM microcosm.items i
     WHERE i.site_id = :site_id AND i.item_id = :item_id AND i.is_visible
), found AS MATERIALIZED (
    @followers(6, true)
), @told();

-- name: of_profile
-- Somebody who is new on the site. Of that there is mail only.
-- bind: site_id int, profile_id int, sends_mail bool
-- silent: what somebody is told of is in no cache
WITH cause AS MATERIALIZED (
    SELECT :site_id::bigint AS site_id, 3 AS item_type, p.profile_id AS item_id, 3 AS about_type, 0::bigint AS about_id
          ,NULL::bigint AS microcosm_id, p.created, p.profile_id AS actor_id
      FROM microcosm.profiles p
     WHERE p.site_id = :site_id AND p.profile_id = :profile_id
), found AS MATERIALIZED (
    @followers(9, true)
), told AS MATERIALIZED (
    SELECT x.*, f.*
      FROM cause x
     CROSS JOIN found f
     WHERE f.profile_id <> x.actor_id AND NOT @ignores_cause(x, f.profile_id)
), @mailed()
SELECT FROM told;

-- name: remind
-- Tells those who will come to an event of the next 24 hours; some at a time. Mail of it is wanted by who follows the event
-- with mail.
-- bind: limit int, sends_mail bool
-- row: rows int
-- silent: what somebody is told of is in no cache
WITH near AS MATERIALIZED (
    SELECT a.site_id, a.item_id, a.profile_id, i.created_by
      FROM microcosm.events e
      JOIN microcosm.items i ON i.site_id = e.site_id AND i.item_id = e.item_id AND i.is_visible
      JOIN microcosm.attendees a ON a.site_id = e.site_id AND a.item_id = e.item_id AND a.rsvp = 'yes'
     WHERE e.starts > statement_timestamp()
       AND e.starts < statement_timestamp() + interval '24 hours'
       AND e.status NOT IN ('postponed', 'cancelled')
       AND NOT EXISTS (SELECT FROM microcosm.updates u
                        WHERE u.site_id = a.site_id AND u.profile_id = a.profile_id AND u.update_type_id = 7
                          AND u.about_type = 9 AND u.about_id = a.item_id)
     LIMIT :limit
), updated AS (
    INSERT INTO microcosm.updates AS u (site_id, profile_id, update_type_id, about_type, about_id, item_type, item_id, created,
                                        created_by)
    SELECT n.site_id, n.profile_id, 7, 9, n.item_id, 9, n.item_id, clock_timestamp(), n.created_by FROM near n
        ON CONFLICT DO NOTHING
    RETURNING u.site_id, u.profile_id, u.item_id, u.created
), told AS MATERIALIZED (
    SELECT d.site_id, d.profile_id, 7 AS update_type_id, w.send_email, 9 AS item_type, d.item_id, 9 AS about_type
          ,d.item_id AS about_id, NULL::bigint AS microcosm_id, d.profile_id AS actor_id, d.created
      FROM updated d
      JOIN microcosm.watchers w
        ON w.site_id = d.site_id AND w.profile_id = d.profile_id AND w.item_type = 9 AND w.item_id = d.item_id
), @mailed()
SELECT count(*) AS rows FROM updated;

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
