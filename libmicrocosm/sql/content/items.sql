-- Conversations, events and polls: what they share. item_type: conversation 6, poll 7, event 9.
--
-- Statements are planned once, without knowing their parameters. So what must go by a certain index
-- says so: a page's ids are found first, in an ARRAY, and then looked up; lists of ignored people
-- are walked with LATERAL, one probe each.

-- name: get
-- One conversation, hidden or not. Only the view's columns that it needs, so that events and polls are not
-- looked for: a quarter of the time.
-- row: conversation
-- $1 site_id, $2 item_id, $3 item_type
SELECT r.id, r.title, r.microcosm_id, r.total_comments, r.total_views
      ,r."last_comment.id", r."last_comment.created"
      ,r."last_comment.created_by.id", r."last_comment.created_by.site_id", r."last_comment.created_by.user_id"
      ,r."last_comment.created_by.profile_name", r."last_comment.created_by.visible", r."last_comment.created_by.avatar"
      ,r."meta.created"
      ,r."meta.created_by.id", r."meta.created_by.site_id", r."meta.created_by.user_id"
      ,r."meta.created_by.profile_name", r."meta.created_by.visible", r."meta.created_by.avatar"
      ,r."meta.edited"
      ,r."meta.edited_by.id", r."meta.edited_by.site_id", r."meta.edited_by.user_id"
      ,r."meta.edited_by.profile_name", r."meta.edited_by.visible", r."meta.edited_by.avatar"
      ,r."meta.edit_reason"
      ,r."meta.flags.sticky", r."meta.flags.open", r."meta.flags.deleted", r."meta.flags.moderated", r."meta.flags.visible"
      ,r.item_type, r.created_by
  FROM microcosm.item_records r
 WHERE r.site_id = $1
   AND r.id = $2
   AND r.item_type = $3;

-- name: get_event_or_poll
-- The same with what only these have.
-- row: event
-- $1 site_id, $2 item_id, $3 item_type
SELECT r.*
  FROM microcosm.item_records r
 WHERE r.site_id = $1
   AND r.id = $2
   AND r.item_type = $3;

-- name: own
-- What a member has of their own at an item.
-- $1 site_id, $2 item_id, $3 item_type, $4 profile_id of the actor
SELECT w.send_email AS watch_email
      ,w.send_sms AS watch_sms
      ,EXISTS (SELECT FROM microcosm.attendees t
                WHERE t.site_id = $1 AND t.item_id = i.item_id AND t.profile_id = $4 AND t.rsvp = 'yes') AS attending
      ,greatest((SELECT m.read_at FROM microcosm.read_marks m
                  WHERE m.site_id = $1 AND m.profile_id = $4 AND m.item_type = i.item_type AND m.item_id = i.item_id)
               ,(SELECT m.read_at FROM microcosm.read_marks m
                  WHERE m.site_id = $1 AND m.profile_id = $4 AND m.item_type = 2 AND m.item_id = i.microcosm_id)) AS read_at
  FROM microcosm.items i
  LEFT JOIN microcosm.watchers w
         ON w.site_id = i.site_id AND w.profile_id = $4 AND w.item_type = i.item_type AND w.item_id = i.item_id
 WHERE i.site_id = $1
   AND i.item_id = $2
   AND i.item_type = $3;

-- name: choices
-- row: poll_choice
-- $1 site_id, $2 item_id
SELECT c.choice_id AS id
      ,c.choice
      ,c.position AS "order"
      ,c.votes
      ,c.voter_count
  FROM microcosm.poll_choices c
 WHERE c.site_id = $1
   AND c.item_id = $2
 ORDER BY c.position;

-- name: facts
-- What decisions and writes need to know of one item, hidden or not.
-- $1 site_id, $2 item_id, $3 item_type
SELECT i.microcosm_id
      ,i.created_by
      ,i.is_deleted
      ,i.is_moderated
      ,i.is_open
      ,i.title
      ,i.comment_count
  FROM microcosm.items i
 WHERE i.site_id = $1
   AND i.item_id = $2
   AND i.item_type = $3;

-- name: collection
-- All items of a kind on a site, in microcosms that the actor may see.
-- row: conversation
-- $1 site_id, $2 item_type, $3 microcosms, $4 ignored items, $5 profile_id of the actor, $6 limit, $7 offset
SELECT r.*
      ,greatest((SELECT m.read_at FROM microcosm.read_marks m
                  WHERE m.site_id = $1 AND m.profile_id = $5 AND m.item_type = r.item_type AND m.item_id = r.id)
               ,(SELECT m.read_at FROM microcosm.read_marks m
                  WHERE m.site_id = $1 AND m.profile_id = $5 AND m.item_type = 2 AND m.item_id = r.microcosm_id)) AS read_at
  FROM microcosm.item_records r
 WHERE r.site_id = $1
   AND r.id = ANY (ARRAY(SELECT i.item_id
                           FROM microcosm.items i
                          WHERE i.site_id = $1
                            AND i.item_type = $2
                            AND i.is_visible
                            AND i.microcosm_id + 0 = ANY ($3::bigint[]) -- + 0: by the index that has the order
                            AND i.item_id <> ALL ($4::bigint[])
                          ORDER BY i.is_sticky DESC, i.last_activity DESC, i.item_id DESC
                          LIMIT $6
                         OFFSET $7))
 ORDER BY r.is_sticky DESC, r.last_activity DESC, r.id DESC;

-- name: collection_total
-- From the counters of the microcosms, less the ignored items in them.
-- $1 site_id, $2 item_type, $3 microcosms, $4 ignored items
SELECT (SELECT coalesce(sum(CASE $2::smallint WHEN 6 THEN s.conversation_count WHEN 7 THEN s.poll_count ELSE s.event_count END), 0)
          FROM microcosm.microcosm_stats s
         WHERE s.site_id = $1 AND s.microcosm_id = ANY ($3::bigint[]))
     - (SELECT count(*)
          FROM microcosm.items i
         WHERE i.site_id = $1 AND i.item_id = ANY ($4::bigint[]) AND i.item_type = $2 AND i.is_visible
           AND i.microcosm_id = ANY ($3::bigint[])) AS total;

-- name: lock
-- $1 site_id, $2 item_id
SELECT i.item_id
  FROM microcosm.items i
 WHERE i.site_id = $1
   AND i.item_id = $2
   FOR NO KEY UPDATE;

-- name: lock_post
-- Makes two equal posts wait for each other, so that the second one finds the first.
-- $1 text that says what is posted by whom
SELECT pg_advisory_xact_lock(hashtextextended($1, 0));

-- name: create_conversation
-- Gives the one of the last five minutes again if there is an equal one.
-- $1 site_id, $2 microcosm_id, $3 title, $4 profile_id, $5 address
WITH recent AS (
    SELECT i.item_id
      FROM microcosm.items i
     WHERE i.site_id = $1 AND i.created_by = $4 AND i.created > clock_timestamp() - interval '5 minutes'
       AND i.item_type = 6 AND i.microcosm_id = $2 AND i.title = $3 AND i.is_visible
     ORDER BY i.created DESC
     LIMIT 1
), made AS (
    INSERT INTO microcosm.items (site_id, item_type, microcosm_id, title, created_by)
    SELECT $1, 6, $2, $3, $4
     WHERE NOT EXISTS (SELECT FROM recent)
    RETURNING item_id, last_activity
), stats AS (
    INSERT INTO microcosm.microcosm_deltas (site_id, microcosm_id, conversation_count, last_activity)
    SELECT $1, $2, 1, made.last_activity FROM made
), author AS (
    UPDATE microcosm.profiles p
       SET item_count = p.item_count + 1
      FROM made
     WHERE p.site_id = $1 AND p.profile_id = $4
), watch AS (
    INSERT INTO microcosm.watchers (site_id, profile_id, item_type, item_id, send_email, send_sms)
    SELECT $1, $4, 6, made.item_id, coalesce(u.send_email, false), coalesce(u.send_sms, false)
      FROM made
      LEFT JOIN microcosm.update_preferences u ON u.site_id = $1 AND u.profile_id = $4 AND u.update_type_id = 1
        ON CONFLICT DO NOTHING
), change AS (
    INSERT INTO microcosm.changes (site_id, item_type, item_id, parent_type, parent_id, microcosm_id, action, profile_id)
    SELECT $1, 6, made.item_id, 2, $2, $2, 'create', $4 FROM made
), audit AS (
    INSERT INTO microcosm.audit (site_id, item_type, item_id, profile_id, action, address)
    SELECT $1, 6, made.item_id, $4, 'C', $5::inet FROM made WHERE $5 IS NOT NULL
)
SELECT item_id FROM recent
UNION ALL
SELECT item_id FROM made;

-- name: create_event
-- $1 site_id, $2 microcosm_id, $3 title, $4 profile_id, $5 address, $6 local start or NULL, $7 time zone,
-- $8 minutes, $9 place, $10 lat, $11 lon, $12 north, $13 east, $14 south, $15 west, $16 rsvp limit
WITH recent AS (
    SELECT i.item_id
      FROM microcosm.items i
      JOIN microcosm.events e ON e.site_id = i.site_id AND e.item_id = i.item_id
     WHERE i.site_id = $1 AND i.created_by = $4 AND i.created > clock_timestamp() - interval '5 minutes'
       AND i.item_type = 9 AND i.microcosm_id = $2 AND i.title = $3 AND i.is_visible
       AND e.starts_local IS NOT DISTINCT FROM $6::timestamp AND e.place = $9
       AND (e.lat, e.lon, e.north, e.east, e.south, e.west)
         = ($10::float8, $11::float8, $12::float8, $13::float8, $14::float8, $15::float8)
       AND e.rsvp_limit = $16::int
     ORDER BY i.created DESC
     LIMIT 1
), made AS (
    INSERT INTO microcosm.items (site_id, item_type, microcosm_id, title, created_by)
    SELECT $1, 9, $2, $3, $4
     WHERE NOT EXISTS (SELECT FROM recent)
    RETURNING item_id, last_activity
), event AS (
    INSERT INTO microcosm.events (site_id, item_id, starts_local, tz, starts, duration_minutes, place,
                                  lat, lon, north, east, south, west, status, rsvp_limit)
    SELECT $1, made.item_id, $6::timestamp, $7, $6::timestamp AT TIME ZONE $7, $8::int, $9,
           $10::float8, $11::float8, $12::float8, $13::float8, $14::float8, $15::float8,
           CASE WHEN $6::timestamp IS NULL THEN 'proposed' ELSE 'upcoming' END, $16::int
      FROM made
), stats AS (
    INSERT INTO microcosm.microcosm_deltas (site_id, microcosm_id, event_count, last_activity)
    SELECT $1, $2, 1, made.last_activity FROM made
), author AS (
    UPDATE microcosm.profiles p
       SET item_count = p.item_count + 1
      FROM made
     WHERE p.site_id = $1 AND p.profile_id = $4
), watch AS (
    INSERT INTO microcosm.watchers (site_id, profile_id, item_type, item_id, send_email, send_sms)
    SELECT $1, $4, 9, made.item_id, coalesce(u.send_email, false), coalesce(u.send_sms, false)
      FROM made
      LEFT JOIN microcosm.update_preferences u ON u.site_id = $1 AND u.profile_id = $4 AND u.update_type_id = 1
        ON CONFLICT DO NOTHING
), change AS (
    INSERT INTO microcosm.changes (site_id, item_type, item_id, parent_type, parent_id, microcosm_id, action, profile_id)
    SELECT $1, 9, made.item_id, 2, $2, $2, 'create', $4 FROM made
), audit AS (
    INSERT INTO microcosm.audit (site_id, item_type, item_id, profile_id, action, address)
    SELECT $1, 9, made.item_id, $4, 'C', $5::inet FROM made WHERE $5 IS NOT NULL
)
SELECT item_id FROM recent
UNION ALL
SELECT item_id FROM made;

-- name: create_poll
-- $1 site_id, $2 microcosm_id, $3 title, $4 profile_id, $5 address, $6 question, $7 choices, $8 multi,
-- $9 poll_open, $10 poll_closes or NULL
WITH made AS (
    INSERT INTO microcosm.items (site_id, item_type, microcosm_id, title, created_by)
    VALUES ($1, 7, $2, $3, $4)
    RETURNING item_id, last_activity
), poll AS (
    INSERT INTO microcosm.polls (site_id, item_id, question, multi, poll_open, poll_closes)
    SELECT $1, made.item_id, $6, $8::boolean, $9::boolean, $10::timestamptz FROM made
), choices AS (
    INSERT INTO microcosm.poll_choices (site_id, item_id, choice, position)
    SELECT $1, made.item_id, c.choice, c.position
      FROM made, unnest($7::text[]) WITH ORDINALITY AS c (choice, position)
), stats AS (
    INSERT INTO microcosm.microcosm_deltas (site_id, microcosm_id, poll_count, last_activity)
    SELECT $1, $2, 1, made.last_activity FROM made
), watch AS (
    INSERT INTO microcosm.watchers (site_id, profile_id, item_type, item_id, send_email, send_sms)
    SELECT $1, $4, 7, made.item_id, coalesce(u.send_email, false), coalesce(u.send_sms, false)
      FROM made
      LEFT JOIN microcosm.update_preferences u ON u.site_id = $1 AND u.profile_id = $4 AND u.update_type_id = 1
        ON CONFLICT DO NOTHING
), change AS (
    INSERT INTO microcosm.changes (site_id, item_type, item_id, parent_type, parent_id, microcosm_id, action, profile_id)
    SELECT $1, 7, made.item_id, 2, $2, $2, 'create', $4 FROM made
), audit AS (
    INSERT INTO microcosm.audit (site_id, item_type, item_id, profile_id, action, address)
    SELECT $1, 7, made.item_id, $4, 'C', $5::inet FROM made WHERE $5 IS NOT NULL
)
SELECT item_id FROM made;

-- name: edit
-- Title and place; NULL stays. A move takes the counts along. No row if it isn't there any more.
-- $1 site_id, $2 item_id, $3 item_type, $4 title, $5 microcosm_id, $6 profile_id, $7 edit_reason, $8 address
WITH old AS (
    SELECT i.item_id, i.microcosm_id, i.comment_count, i.is_visible, i.last_activity
      FROM microcosm.items i
     WHERE i.site_id = $1 AND i.item_id = $2 AND i.item_type = $3
       FOR NO KEY UPDATE
), changed AS (
    UPDATE microcosm.items i
       SET title = coalesce($4, i.title)
          ,microcosm_id = coalesce($5, i.microcosm_id)
          ,edited = clock_timestamp()
          ,edited_by = $6
          ,edit_reason = $7
      FROM old
     WHERE i.site_id = $1 AND i.item_id = old.item_id
    RETURNING i.item_id, i.microcosm_id
), moves AS (
    SELECT old.microcosm_id, -1 AS sign, old.comment_count, old.last_activity
      FROM old WHERE old.is_visible AND $5 <> old.microcosm_id
    UNION ALL
    SELECT $5, 1, old.comment_count, old.last_activity
      FROM old WHERE old.is_visible AND $5 <> old.microcosm_id
), stats AS (
    INSERT INTO microcosm.microcosm_deltas (site_id, microcosm_id, conversation_count, event_count, poll_count,
                                            comment_count, last_activity)
    SELECT $1, m.microcosm_id,
           CASE WHEN $3 = 6 THEN m.sign ELSE 0 END,
           CASE WHEN $3 = 9 THEN m.sign ELSE 0 END,
           CASE WHEN $3 = 7 THEN m.sign ELSE 0 END,
           m.sign * m.comment_count,
           CASE WHEN m.sign = 1 THEN m.last_activity END
      FROM moves m
), change AS (
    INSERT INTO microcosm.changes (site_id, item_type, item_id, parent_type, parent_id, microcosm_id, action, profile_id,
                                   details)
    SELECT $1, $3, c.item_id, 2, c.microcosm_id, c.microcosm_id, 'replace', $6,
           CASE WHEN c.microcosm_id <> old.microcosm_id THEN jsonb_build_object('from', old.microcosm_id) END
      FROM changed c
      JOIN old ON old.item_id = c.item_id
), audit AS (
    INSERT INTO microcosm.audit (site_id, item_type, item_id, profile_id, action, address)
    SELECT $1, $3, c.item_id, $6, 'R', $8::inet FROM changed c WHERE $8 IS NOT NULL
)
SELECT item_id FROM changed;

-- name: set_flags
-- NULL stays. Counters follow what becomes visible or hidden.
-- $1 site_id, $2 item_id, $3 item_type, $4 sticky, $5 open, $6 deleted, $7 moderated, $8 profile_id,
-- $9 edit_reason or NULL (then nobody has edited), $10 action, $11 audit action, $12 address
WITH old AS (
    SELECT i.item_id, i.is_visible
      FROM microcosm.items i
     WHERE i.site_id = $1 AND i.item_id = $2 AND i.item_type = $3
       FOR NO KEY UPDATE
), changed AS (
    UPDATE microcosm.items i
       SET is_sticky = coalesce($4::boolean, i.is_sticky)
          ,is_open = coalesce($5::boolean, i.is_open)
          ,is_deleted = coalesce($6::boolean, i.is_deleted)
          ,is_moderated = coalesce($7::boolean, i.is_moderated)
          ,edited = CASE WHEN $9::text IS NULL THEN i.edited ELSE clock_timestamp() END
          ,edited_by = CASE WHEN $9::text IS NULL THEN i.edited_by ELSE $8 END
          ,edit_reason = coalesce($9, i.edit_reason)
      FROM old
     WHERE i.site_id = $1 AND i.item_id = old.item_id
    RETURNING i.item_id, i.microcosm_id, i.created_by, i.comment_count, i.is_listed
             ,i.is_visible::int - old.is_visible::int AS sign
), stats AS (
    INSERT INTO microcosm.microcosm_deltas (site_id, microcosm_id, conversation_count, event_count, poll_count,
                                            comment_count)
    SELECT $1, c.microcosm_id,
           CASE WHEN $3 = 6 THEN c.sign ELSE 0 END,
           CASE WHEN $3 = 9 THEN c.sign ELSE 0 END,
           CASE WHEN $3 = 7 THEN c.sign ELSE 0 END,
           c.sign * c.comment_count
      FROM changed c
     WHERE c.sign <> 0
), author AS (
    UPDATE microcosm.profiles p
       SET item_count = p.item_count + c.sign
      FROM changed c
     WHERE c.sign <> 0 AND c.is_listed AND p.site_id = $1 AND p.profile_id = c.created_by
), change AS (
    INSERT INTO microcosm.changes (site_id, item_type, item_id, parent_type, parent_id, microcosm_id, action, profile_id)
    SELECT $1, $3, c.item_id, 2, c.microcosm_id, c.microcosm_id, $10, $8 FROM changed c
), audit AS (
    INSERT INTO microcosm.audit (site_id, item_type, item_id, profile_id, action, address)
    SELECT $1, $3, c.item_id, $8, $11, $12::inet FROM changed c WHERE $12 IS NOT NULL
)
SELECT item_id FROM changed;
