-- Mail about what people follow (domain/work/mail_queue.c). Who gets which is chosen in work/updates.sql. All of it is work of
-- the platform, for the site that is named.

-- name: recipient
-- Who is to get a mail that was taken from the queue, and what it is about: one thing, or those of a digest, the oldest first;
-- and whether they still want it: of a digest, only what they have not been at since. Nobody else takes it for lease_s seconds more. No row: it isn't in the queue any more.
-- Nor is there one if its time was over before its turn came, and it was taken again meanwhile: then attempts differ.
-- ends: what they follow it by, the nearest. actor: who has done it. is_unsure: see ending.
-- bind: queue_id int, attempts int, site_id int, profile_id int, is_digest bool, lease_s int, limit int
-- row: site_key text, site_title text, email text, profile_name text, secret text
-- row: mail_id int, kind int, item_type int, item_id int, about_type int, about_id int, actor_id int, ends_type int, ends_id int
-- row: is_wanted bool, is_unsure bool
-- silent: work to be done, not a resource
WITH held AS (
    UPDATE microcosm.queue q
       SET due = clock_timestamp() + make_interval(secs => :lease_s::bigint::double precision)
     WHERE q.queue_id = :queue_id AND q.attempts = :attempts
    RETURNING coalesce(q.details ? 'ending', false) AS is_unsure
)
SELECT s.subdomain_key AS site_key
      ,s.title AS site_title
      ,u.email
      ,p.profile_name
      ,encode(k.secret, 'hex') AS secret
      ,m.mail_id
      ,m.kind
      ,m.item_type
      ,m.item_id
      ,m.about_type
      ,m.about_id
      ,m.actor_id
      ,coalesce(f.item_type, 0) AS ends_type
      ,coalesce(f.item_id, 0) AS ends_id
      ,NOT s.is_deleted
       AND coalesce(o.send_email, true)
       AND NOT @bounces(u)
       AND NOT @ignores_cause(m, :profile_id)
       AND CASE WHEN m.kind IN (2, 3) THEN @wants_type(:site_id, :profile_id, m.kind) ELSE coalesce(f.send_email, false) END
       AND NOT (:is_digest::boolean AND m.kind NOT IN (2, 3)
                AND m.caused <= coalesce(@last_there(m, p), '-infinity')) AS is_wanted
      ,held.is_unsure
  FROM held
 CROSS JOIN microcosm.mail_key k
  JOIN microcosm.mails m ON m.site_id = :site_id AND m.queue_id = :queue_id
  JOIN microcosm.sites s ON s.site_id = :site_id
  JOIN microcosm.profiles p ON p.site_id = :site_id AND p.profile_id = :profile_id
  JOIN microcosm.users u ON u.user_id = p.user_id
  LEFT JOIN microcosm.profile_options o ON o.site_id = :site_id AND o.profile_id = :profile_id
  LEFT JOIN LATERAL (SELECT bool_and(w.send_email) AS send_email
                           ,(array_agg(w.item_type::int ORDER BY o.rank))[1] AS item_type
                           ,(array_agg(w.item_id ORDER BY o.rank))[1] AS item_id
                       FROM @places(m, m.kind <> 8)
                       JOIN microcosm.watchers w
                         ON w.site_id = :site_id AND w.profile_id = :profile_id AND w.item_type = o.item_type
                        AND w.item_id = o.item_id) f ON true
 ORDER BY m.mail_id
 LIMIT :limit;

-- name: dropped
-- There is nothing to be sent; but where it was taken again meanwhile, that is said by who has it now.
-- bind: queue_id int, attempts int
-- silent: work that was done, not a resource
DELETE FROM microcosm.queue q WHERE q.queue_id = :queue_id AND q.attempts = :attempts;

-- name: not_wanted
-- They may not see it any more, or don't want it: it is as if it had not been chosen.
-- bind: site_id int, mail_ids ints
-- silent: work to be done, not a resource
DELETE FROM microcosm.mails m WHERE m.site_id = :site_id AND m.mail_id = ANY (:mail_ids::bigint[]);

-- name: sent
-- It is done, and what somebody follows has brought them mail.
-- bind: site_id int, profile_id int, queue_id int, mail_ids ints
-- silent: only its owner sees it, in a list that is in no cache
WITH done AS (
    DELETE FROM microcosm.queue q WHERE q.queue_id = :queue_id
)
UPDATE microcosm.watchers w
   SET last_notified = clock_timestamp()
  FROM microcosm.mails m
 CROSS JOIN LATERAL @places(m, m.kind <> 8)
 WHERE m.site_id = :site_id AND m.mail_id = ANY (:mail_ids::bigint[]) AND m.kind NOT IN (2, 3)
   AND w.site_id = :site_id AND w.profile_id = :profile_id AND w.item_type = o.item_type AND w.item_id = o.item_id;

-- name: digest
-- Puts the digests into the queue of those who have chosen weekly ones, or of all others for whom mail waits; some people at a
-- time. Of more than so many things somebody gets several, the oldest first.
-- bind: is_weekly bool, limit int, things int
-- row: rows int
-- silent: work to be done, not a resource
WITH person AS MATERIALIZED (
    SELECT DISTINCT m.site_id, m.profile_id
      FROM microcosm.mails m
      LEFT JOIN microcosm.profile_options o ON o.site_id = m.site_id AND o.profile_id = m.profile_id
     WHERE m.queue_id IS NULL
       AND :is_weekly::boolean = (coalesce(o.digest, 'none') = 'weekly')
     LIMIT :limit
), waiting AS MATERIALIZED (
    SELECT m.site_id
          ,m.profile_id
          ,m.mail_id
          ,(row_number() OVER (PARTITION BY m.site_id, m.profile_id ORDER BY m.mail_id) - 1) / :things::bigint AS number
      FROM person p
      JOIN microcosm.mails m ON m.site_id = p.site_id AND m.profile_id = p.profile_id AND m.queue_id IS NULL
), due AS MATERIALIZED (
    SELECT w.*, nextval(pg_get_serial_sequence('microcosm.queue', 'queue_id')) AS queue_id
      FROM (SELECT DISTINCT w.site_id, w.profile_id, w.number FROM waiting w ORDER BY w.site_id, w.profile_id, w.number) w
), taken AS (
    UPDATE microcosm.mails m
       SET queue_id = d.queue_id
      FROM waiting w
      JOIN due d ON d.site_id = w.site_id AND d.profile_id = w.profile_id AND d.number = w.number
     WHERE m.site_id = w.site_id AND m.mail_id = w.mail_id AND m.queue_id IS NULL
), posted AS (
    INSERT INTO microcosm.queue (queue_id, site_id, kind, item_type, item_id, profile_id)
    SELECT d.queue_id, d.site_id, 'mail', 18, 10, d.profile_id FROM due d
)
SELECT count(*) AS rows FROM person;

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
-- What a mail shows of an item. kind: of the mail; actor: who gets it; by: who has done what it is about. No row where they may
-- not be told: the answer of an attendee is another now, or what a poll tells is for those who have voted, or an event that they
-- are reminded of is over, off, or they will not come. starts: of an event, as its clocks say.
-- bind: site_id int, actor_id int, item_id int, kind int, by int
-- row: title text, author text, starts text
SELECT i.title
      ,p.profile_name AS author
      ,coalesce(to_char(e.starts_local, 'FMDay FMDD FMMonth YYYY HH24:MI') || ' (' || e.tz || ')', '') AS starts
  FROM microcosm.items i
  JOIN microcosm.profiles p
    ON p.site_id = :site_id AND p.profile_id = CASE WHEN :kind::int = 5 THEN :by::bigint ELSE i.created_by END
  LEFT JOIN microcosm.events e ON e.site_id = :site_id AND e.item_id = i.item_id
  LEFT JOIN microcosm.polls v ON v.site_id = :site_id AND v.item_id = i.item_id
 WHERE i.site_id = :site_id
   AND i.item_id = :item_id
   AND (:kind NOT IN (5, 7)
        OR EXISTS (SELECT FROM microcosm.attendees a
                    WHERE a.site_id = :site_id AND a.item_id = :item_id AND a.profile_id = :by AND a.rsvp = 'yes'))
   AND (:kind <> 7 OR (e.starts > statement_timestamp() AND e.status NOT IN ('postponed', 'cancelled')))
   AND (:kind <> 6 OR NOT @hides_results(v, i) OR @has_voted(i.item_id));

-- name: newcomer
-- No row: there is no such profile, or it is banned.
-- bind: site_id int, profile_id int
-- row: profile_name text, email text
SELECT p.profile_name, u.email
  FROM microcosm.profiles p
  JOIN microcosm.users u ON u.user_id = p.user_id
 WHERE p.site_id = :site_id
   AND p.profile_id = :profile_id
   AND NOT EXISTS (SELECT FROM @ban_of(:site_id, u) b);

-- name: ending
-- The server may have the mail from now on. Who takes the row with this in it knows that whoever was sending ended before it
-- was known whether the server has it. No row: it isn't in the queue any more.
-- bind: queue_id int
-- row: queue_id int
-- silent: work to be done, not a resource
UPDATE microcosm.queue q
   SET details = '{"ending": true}'
 WHERE q.queue_id = :queue_id
RETURNING q.queue_id;

-- name: not_ending
-- The server hasn't taken it, or is so slow that it will rather be sent twice than never.
-- bind: queue_id int
-- silent: work to be done, not a resource
UPDATE microcosm.queue q
   SET details = NULL
 WHERE q.queue_id = :queue_id AND q.details IS NOT NULL;

-- name: unsure
-- It waits until the operator has it tried again.
-- bind: queue_id int, problem text
-- silent: work to be done, not a resource
UPDATE microcosm.queue q
   SET due = NULL, details = NULL, problem = :problem
 WHERE q.queue_id = :queue_id;

-- name: trim
-- What was chosen so long ago that nobody asks whether it was.
-- bind: limit int
-- row: rows int
-- silent: what was done, not a resource
WITH gone AS (
    DELETE FROM microcosm.mails m
     USING (SELECT o.site_id, o.mail_id
              FROM microcosm.mails o
             WHERE o.created < statement_timestamp() - interval '90 days'
             ORDER BY o.created
             LIMIT :limit
               FOR UPDATE SKIP LOCKED) old
     WHERE m.site_id = old.site_id AND m.mail_id = old.mail_id
    RETURNING m.mail_id
)
SELECT count(*) AS rows FROM gone;

-- name: bounce
-- bind: canonical_emails texts
-- silent: of no site
INSERT INTO microcosm.mail_bounces (canonical_email)
SELECT DISTINCT e.email FROM unnest(:canonical_emails::text[]) e (email) ORDER BY e.email -- so that no two wait for each other
    ON CONFLICT DO NOTHING;

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

-- name: stop_all
-- All mail of a site to somebody ends. No row: there is no such profile.
-- bind: site_id int, profile_id int
-- row: change change
WITH made AS (
    INSERT INTO microcosm.profile_options (site_id, profile_id, send_email)
    SELECT :site_id, p.profile_id, false
      FROM microcosm.profiles p
     WHERE p.site_id = :site_id AND p.profile_id = :profile_id
        ON CONFLICT (site_id, profile_id) DO UPDATE SET send_email = false
    RETURNING profile_id
), @change(:site_id, 14, 0, 3, m.profile_id, NULL, 'update', :profile_id, NULL, made m)
SELECT c.change FROM change c;
