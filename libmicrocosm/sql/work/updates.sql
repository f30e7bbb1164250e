-- Telling people of what has happened, in the background (domain/work/update_making.c): updates, and mail. Whether somebody
-- may read what they are told of is judged when they look, or when the mail is sent, so nothing here depends on rights. Each
-- statement can be run again.

-- Where somebody may follow what x is about, the nearest first: the thing itself, and if it is in a microcosm, that or the site.
-- fragment: places(x, has_own)
(VALUES (1, CASE WHEN {has_own} THEN {x}.about_type::int END, {x}.about_id)
       ,(2, 2, {x}.microcosm_id)
       ,(3, CASE WHEN {x}.microcosm_id IS NOT NULL THEN 1 END, {x}.site_id)) AS o (rank, item_type, item_id)

-- Whether somebody wants mail of a type that isn't about what they follow.
-- fragment: wants_type(site_id, profile_id, update_type_id)
EXISTS (SELECT FROM microcosm.update_preferences d
         WHERE d.site_id = {site_id} AND d.profile_id = {profile_id} AND d.update_type_id = {update_type_id} AND d.send_email)

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
-- for that. About what somebody follows they get one, and the next when they have been there.
-- fragment: mailed()
wanted AS MATERIALIZED (
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
), numbered AS MATERIALIZED (
    SELECT w.*
          ,row_number() OVER (PARTITION BY w.site_id, w.profile_id, w.about_type, w.about_id, w.update_type_id IN (1, 4, 5, 6)
                                  ORDER BY w.created DESC, w.item_id DESC) AS number
      FROM wanted w
), picked AS MATERIALIZED (
    SELECT n.* FROM numbered n WHERE n.number = 1 OR n.update_type_id NOT IN (1, 4, 5, 6)
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

-- What somebody is told of x by a type of update.
-- fragment: shown_by(x, update_type_id)
{x}.site_id, {update_type_id} AS update_type_id, {x}.item_type, {x}.item_id, {x}.about_type, {x}.about_id, {x}.microcosm_id
          ,{x}.created, {x}.created_by, {x}.actor_id
          ,CASE WHEN {update_type_id} IN (2, 3) THEN {x}.item_type ELSE {x}.about_type END AS told_type
          ,CASE WHEN {update_type_id} IN (2, 3) THEN {x}.item_id ELSE {x}.about_id END AS told_id

-- What has happened, by the changes that rows of the queue say: by whom (actor), what is shown (item_type, item_id), and where
-- (about_type, about_id, microcosm_id). Followers are told of it by the type of update that it has; none has what was only
-- changed. Who was mentioned by a change is told even so. Who votes is told to nobody: it shows as by who made the poll.
-- fragment: caused()
cause AS MATERIALIZED (
    -- comments, new or changed
    SELECT q.queue_id
          ,q.site_id
          ,CASE WHEN q.action = 'create' THEN CASE WHEN c.item_type = 5 THEN 4 ELSE 1 END END AS update_type_id
          ,4 AS item_type
          ,c.comment_id AS item_id
          ,c.item_type::int AS about_type
          ,coalesce(c.item_id, c.huddle_id, c.on_profile_id) AS about_id
          ,i.microcosm_id
          ,c.created
          ,c.created_by
          ,c.created_by AS actor_id
          ,CASE WHEN q.action = 'create'
                THEN (SELECT r.created_by FROM microcosm.comments r
                       WHERE r.site_id = c.site_id AND r.comment_id = c.in_reply_to) END AS replied_to
          ,coalesce(q.details -> 'mentioned', '[]') AS mentioned
      FROM changed q
      JOIN microcosm.comments c ON c.site_id = q.site_id AND c.comment_id = q.item_id AND c.is_visible
      LEFT JOIN microcosm.items i ON i.site_id = c.site_id AND i.item_id = c.item_id
     WHERE q.item_type = 4
       AND (c.item_id IS NULL OR i.is_visible)
     UNION ALL
    -- new items
    SELECT q.queue_id, q.site_id, 8, i.item_type::int, i.item_id, i.item_type::int, i.item_id, i.microcosm_id, i.created
          ,i.created_by, i.created_by, NULL, '[]'
      FROM changed q
      JOIN microcosm.items i ON i.site_id = q.site_id AND i.item_id = q.item_id AND i.item_type = q.item_type AND i.is_visible
     WHERE q.action = 'create'
     UNION ALL
    -- votes of polls
    SELECT q.queue_id, q.site_id, 6, 7, i.item_id, 7, i.item_id, NULL, q.created, i.created_by, q.profile_id, NULL, '[]'
      FROM changed q
      JOIN microcosm.items i ON i.site_id = q.site_id AND i.item_id = q.item_id AND i.is_visible
     WHERE q.item_type = 7 AND q.action <> 'create' AND q.details ? 'vote'
     UNION ALL
    -- who comes to events
    SELECT q.queue_id, q.site_id, 5, 9, i.item_id, 9, i.item_id, NULL, a.rsvpd_on, a.profile_id, a.profile_id, NULL, '[]'
      FROM changed q
      JOIN microcosm.attendees a
        ON a.site_id = q.site_id AND a.item_id = q.parent_id AND a.profile_id = q.item_id AND a.rsvp = 'yes'
      JOIN microcosm.items i ON i.site_id = a.site_id AND i.item_id = a.item_id AND i.is_visible
     WHERE q.item_type = 13
     UNION ALL
    -- newcomers
    SELECT q.queue_id, q.site_id, 9, 3, p.profile_id, 3, 0, NULL, p.created, p.profile_id, p.profile_id, NULL, '[]'
      FROM changed q
      JOIN microcosm.profiles p ON p.site_id = q.site_id AND p.profile_id = q.item_id
     WHERE q.item_type = 3 AND q.action = 'create' AND :sends_mail
)

-- What of it is told now. One thing is all of which a follower is told by one update; newcomers are one each. `weighed`: each
-- thing with its newest cause, how many followers are next, up to which (until; NULL: to the last), and whether it is its turn.
-- `current`: all causes of those; `many`: has a row if they are too many for the plan for few.
-- fragment: due_things()
grouped AS MATERIALIZED (
    SELECT x.*
          ,q.progress
          ,min(x.queue_id) OVER (PARTITION BY x.site_id, x.update_type_id, x.about_type, x.about_id, q.progress
                                             ,CASE WHEN x.update_type_id = 9 THEN x.item_id END) AS thing
      FROM cause x
      JOIN changed q ON q.queue_id = x.queue_id
), newest AS MATERIALIZED (
    SELECT DISTINCT ON (x.thing) x.* FROM grouped x ORDER BY x.thing, x.created DESC, x.item_id DESC
), counted AS MATERIALIZED (
    SELECT x.*, n.followers, CASE WHEN n.followers = :part::bigint THEN n.last END AS until
      FROM newest x
     CROSS JOIN LATERAL (
           SELECT count(*) AS followers, max(f.profile_id) AS last
             FROM (SELECT DISTINCT w.profile_id
                     FROM @places(x, x.update_type_id <> 8)
                    CROSS JOIN LATERAL (
                          SELECT w.profile_id
                            FROM microcosm.watchers w
                           WHERE w.site_id = x.site_id AND w.item_type = o.item_type AND w.item_id = o.item_id
                             AND w.profile_id > x.progress
                           ORDER BY w.profile_id
                           LIMIT :part) w
                    WHERE x.update_type_id IS NOT NULL
                    ORDER BY w.profile_id
                    LIMIT :part) f) n
), weighed AS MATERIALIZED (
    SELECT x.*, sum(x.followers) OVER (ORDER BY x.thing) - x.followers < :followers::bigint AS is_now FROM counted x
), many AS MATERIALIZED (
    SELECT FROM weighed x WHERE x.is_now HAVING :is_for_few::boolean AND sum(x.followers) > 200
), current AS MATERIALIZED (
    SELECT x.* FROM grouped x JOIN weighed w ON w.thing = x.thing AND w.is_now WHERE NOT EXISTS (SELECT FROM many)
)

-- Those who have followed since before the thing itself or, if it is in a microcosm, that or the site. They want mail if they do
-- by all that they follow it by. is_apart: the newest is their own, or answers them, or they ignore it.
-- fragment: watching()
watching AS MATERIALIZED (
    SELECT x.*
          ,w.profile_id
          ,w.send_email
          ,w.profile_id = x.actor_id OR w.profile_id IS NOT DISTINCT FROM x.replied_to OR @ignores_cause(x, w.profile_id)
           AS is_apart
      FROM weighed x
     CROSS JOIN LATERAL (
           SELECT w.profile_id, bool_and(w.send_email) AS send_email
             FROM @places(x, x.update_type_id <> 8)
             JOIN microcosm.watchers w ON w.site_id = x.site_id AND w.item_type = o.item_type AND w.item_id = o.item_id
            WHERE w.created <= x.created
              AND w.profile_id > x.progress
              AND w.profile_id <= coalesce(x.until, 9223372036854775807)
            GROUP BY w.profile_id) w
     WHERE x.is_now
       AND x.update_type_id IS NOT NULL
       AND NOT EXISTS (SELECT FROM many)
       AND (x.update_type_id <> 4
            OR EXISTS (SELECT FROM microcosm.huddle_participants p
                        WHERE p.site_id = x.site_id AND p.huddle_id = x.about_id AND p.profile_id = w.profile_id))
)

-- Who is told, and of what.
-- fragment: found()
found AS MATERIALIZED (
    -- followers, of the newest
    SELECT @shown_by(w, w.update_type_id), w.profile_id, w.send_email FROM watching w WHERE NOT w.is_apart
     UNION ALL
    -- followers for whom another is the newest
    SELECT @shown_by(x, x.update_type_id), w.profile_id, f.send_email
      FROM watching w
     CROSS JOIN LATERAL (
           -- The newest for them. Of an answer they get mail by another type, so also the newest that is none.
           SELECT DISTINCT ON (x.replied_to IS NOT DISTINCT FROM w.profile_id) x.*
             FROM current x
            WHERE x.thing = w.thing AND x.actor_id <> w.profile_id AND NOT @ignores_cause(x, w.profile_id)
            ORDER BY x.replied_to IS NOT DISTINCT FROM w.profile_id, x.created DESC, x.item_id DESC) x
     CROSS JOIN LATERAL (
           SELECT bool_and(f.send_email) AND x.replied_to IS DISTINCT FROM w.profile_id AS send_email
             FROM @places(x, x.update_type_id <> 8)
             JOIN microcosm.watchers f ON f.site_id = x.site_id AND f.profile_id = w.profile_id AND f.item_type = o.item_type
                                      AND f.item_id = o.item_id
            WHERE f.created <= x.created
           HAVING bool_and(f.send_email) IS NOT NULL) f
     WHERE w.is_apart
     UNION ALL
    -- who is answered
    SELECT @shown_by(x, 2), x.replied_to, @wants_type(x.site_id, x.replied_to, 2)
      FROM current x
     WHERE x.progress = 0 AND x.replied_to <> x.actor_id AND NOT @ignores_cause(x, x.replied_to)
     UNION ALL
    -- who is mentioned
    SELECT @shown_by(x, 3), p.profile_id, @wants_type(x.site_id, p.profile_id, 3)
      FROM current x
     CROSS JOIN LATERAL (SELECT DISTINCT m::bigint AS profile_id FROM jsonb_array_elements_text(x.mentioned) m) m
      JOIN microcosm.profiles p ON p.site_id = x.site_id AND p.profile_id = m.profile_id
     WHERE x.progress = 0 AND p.profile_id <> x.actor_id AND NOT @ignores_cause(x, p.profile_id)
)

-- Takes from the queue what is told. What wasn't its turn is left as if it hadn't been taken; of what has more followers it is said
-- up to whom it is told, and it is due behind all others.
-- fragment: settled()
later AS MATERIALIZED (
    SELECT x.queue_id, x.progress, CASE WHEN w.is_now THEN w.until END AS until
      FROM grouped x
      JOIN weighed w ON w.thing = x.thing AND (NOT w.is_now OR w.until IS NOT NULL OR EXISTS (SELECT FROM many))
), given_back AS (
    UPDATE microcosm.queue q
       SET due = CASE WHEN l.until IS NULL THEN q.created ELSE clock_timestamp() END
          ,attempts = CASE WHEN l.until IS NULL THEN q.attempts - 1 ELSE 0 END
          ,problem = CASE WHEN l.until IS NULL THEN q.problem END
          ,progress = coalesce(l.until, q.progress)
      FROM later l
     WHERE q.queue_id = ANY (ARRAY(SELECT l.queue_id FROM later l))
       AND l.queue_id = q.queue_id
       AND l.progress = q.progress
       AND NOT EXISTS (SELECT FROM many)
), done AS (
    DELETE FROM microcosm.queue q
     WHERE q.queue_id = ANY (ARRAY(SELECT i FROM unnest(:queue_ids) i EXCEPT SELECT l.queue_id FROM later l))
)

-- name: make
-- Tells people of the changes that rows of the queue say, all of them at once, and takes these from the queue. Where that would
-- be more followers than given, only of the first things, but at least of one; the others are left as if they hadn't been taken.
-- Of one thing no more are told than part, in the order of their ids: its rows stay, say up to whom (progress), and are due
-- behind all others. Nobody is told of what they have done themselves, nor of what they ignore.
--
-- The plan that fits any values is good for few. is_for_few: does nothing and says is_for_many if those are more than 200.
-- bind: queue_ids ints, sends_mail bool, followers int, part int, is_for_few bool
-- row: rows int, is_for_many bool
-- silent: what somebody is told of is in no cache
WITH changed AS MATERIALIZED (
    SELECT q.* FROM microcosm.queue q WHERE q.queue_id = ANY (:queue_ids)
), @caused()
, @due_things()
, @watching()
, @found()
, updated AS (
    INSERT INTO microcosm.updates AS u (site_id, profile_id, update_type_id, about_type, about_id, item_type, item_id, created,
                                        created_by)
    SELECT DISTINCT ON (f.site_id, f.profile_id, f.update_type_id, f.told_type, f.told_id)
           f.site_id, f.profile_id, f.update_type_id, f.told_type, f.told_id, f.item_type, f.item_id, f.created, f.created_by
      FROM found f
     WHERE f.update_type_id <> 9 -- of newcomers there is mail only
     ORDER BY f.site_id, f.profile_id, f.update_type_id, f.told_type, f.told_id, f.created DESC, f.item_id DESC
        ON CONFLICT (site_id, profile_id, update_type_id, about_type, about_id)
        DO UPDATE SET item_type = excluded.item_type, item_id = excluded.item_id, created = excluded.created,
                      created_by = excluded.created_by
         WHERE u.created < excluded.created
    RETURNING u.site_id, u.profile_id, u.update_type_id, u.about_type, u.about_id
), told AS MATERIALIZED (
    SELECT f.*
      FROM found f
     WHERE :sends_mail::boolean
       AND (f.update_type_id = 9
            OR (f.site_id, f.profile_id, f.update_type_id, f.told_type, f.told_id)
               IN (SELECT u.site_id, u.profile_id, u.update_type_id, u.about_type, u.about_id FROM updated u))
)
, @mailed()
, @settled()
SELECT count(*) AS rows, EXISTS (SELECT FROM many) AS is_for_many FROM updated;

-- name: remind
-- Tells those who will come to an event of the next 24 hours; some at a time. What they were told before that counts no more:
-- then it has been moved. Mail of it is wanted by who follows the event with mail.
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
                          AND u.about_type = 9 AND u.about_id = a.item_id AND u.created > e.starts - interval '24 hours')
     LIMIT :limit
), updated AS (
    INSERT INTO microcosm.updates AS u (site_id, profile_id, update_type_id, about_type, about_id, item_type, item_id, created,
                                        created_by)
    SELECT n.site_id, n.profile_id, 7, 9, n.item_id, 9, n.item_id, clock_timestamp(), n.created_by FROM near n
        ON CONFLICT (site_id, profile_id, update_type_id, about_type, about_id) DO UPDATE SET created = excluded.created
         WHERE u.created <= (SELECT e.starts - interval '24 hours' FROM microcosm.events e
                              WHERE e.site_id = u.site_id AND e.item_id = u.about_id)
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
