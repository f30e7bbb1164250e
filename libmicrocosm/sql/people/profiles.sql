-- Profiles: a user on one site, its preferences, what it has read and what it ignores.

-- name: get
-- The address and the membership are for the profile itself and the site's owner.
-- $1 site_id, $2 profile_id, $3 profile_id of the actor or NULL, $4 whether the actor may see private fields
-- row: profile
SELECT p.profile_id AS "id"
      ,p.site_id
      ,p.user_id
      ,CASE WHEN $4::boolean THEN u.email END AS "email"
      ,p.profile_name
      ,CASE WHEN $4::boolean THEN a.value_boolean END AS "member"
      ,p.gender
      ,p.is_visible AS "visible"
      ,p.style_id
      ,p.item_count
      ,p.comment_count
      ,p.created
      ,p.last_active
      ,p.avatar
      ,CASE WHEN w.watcher_id IS NOT NULL THEN true END AS "meta.flags.watched"
      ,w.send_email AS "meta.flags.send_email"
      ,w.send_sms AS "meta.flags.send_sms"
      ,p.unread_huddles
  FROM microcosm.profiles p
  JOIN microcosm.users u ON u.user_id = p.user_id
  LEFT JOIN microcosm.attributes a
    ON a.site_id = p.site_id AND a.item_type = 3 AND a.item_id = p.profile_id AND a.key = 'is_member'
  LEFT JOIN microcosm.watchers w
    ON w.site_id = p.site_id AND w.profile_id = $3 AND w.item_type = 3 AND w.item_id = p.profile_id
 WHERE p.site_id = $1
   AND p.profile_id = $2;

-- name: comment
-- The newest comment on a profile.
-- $1 site_id, $2 profile_id
-- row: comment
SELECT c.*
  FROM microcosm.comment_records c
 WHERE c.site_id = $1
   AND c.on_profile_id = $2
   AND c.is_visible
 ORDER BY c.position DESC
 LIMIT 1;

-- name: exists
-- $1 site_id, $2 profile_id
SELECT p.profile_id
  FROM microcosm.profiles p
 WHERE p.site_id = $1
   AND p.profile_id = $2;

-- Lists. A beginning of names is a range of name_key, as the schema says; '' is the range of all. Left
-- out are profiles that the actor ignores and the one that owns orphans of imports.

-- name: list
-- By name; an exact name is the first of its range.
-- $1 site_id, $2 beginning of names, $3 ignored profile_ids, $4 limit, $5 offset
-- row: profile
SELECT p.profile_id AS "id"
      ,p.site_id
      ,p.user_id
      ,p.profile_name
      ,p.is_visible AS "visible"
      ,p.style_id
      ,p.item_count
      ,p.comment_count
      ,p.created
      ,p.last_active
      ,p.avatar
  FROM microcosm.profiles p
 WHERE p.site_id = $1
   AND p.name_key >= lower($2::text)
   AND p.name_key < lower($2::text) || chr(1114111)
   AND p.profile_name <> 'deleted'
   AND p.profile_id <> ALL ($3::bigint[])
 ORDER BY p.name_key
 LIMIT $4 OFFSET $5;

-- name: list_top
-- Most comments first. All of them, since with a beginning of names the index could not serve the order.
-- $1 site_id, $2 ignored profile_ids, $3 limit, $4 offset
-- row: profile
SELECT p.profile_id AS "id"
      ,p.site_id
      ,p.user_id
      ,p.profile_name
      ,p.is_visible AS "visible"
      ,p.style_id
      ,p.item_count
      ,p.comment_count
      ,p.created
      ,p.last_active
      ,p.avatar
  FROM microcosm.profiles p
 WHERE p.site_id = $1
   AND p.profile_name <> 'deleted'
   AND p.profile_id <> ALL ($2::bigint[])
 ORDER BY p.comment_count DESC, p.name_key
 LIMIT $3 OFFSET $4;

-- name: total
-- Of all: from the counter. Not counted by looking are all but those that are left out.
-- $1 site_id, $2 ignored profile_ids
SELECT coalesce((SELECT s.total_profiles FROM microcosm.site_stats s WHERE s.site_id = $1), 0)
       + coalesce((SELECT sum(d.total_profiles) FROM microcosm.site_deltas d WHERE d.site_id = $1), 0)::bigint
       - (SELECT count(*)
            FROM microcosm.profiles o
           WHERE o.site_id = $1
             AND o.name_key = 'deleted'
             AND o.profile_name = 'deleted')
       - (SELECT count(*)
            FROM microcosm.profiles i
           WHERE i.site_id = $1
             AND i.profile_id = ANY ($2::bigint[])
             AND i.profile_name <> 'deleted') AS total;

-- name: total_named
-- Of those with a beginning of names, but not more than are looked at.
-- $1 site_id, $2 beginning of names, $3 ignored profile_ids, $4 most that are looked at
SELECT count(*) AS total
  FROM (SELECT FROM microcosm.profiles p
         WHERE p.site_id = $1
           AND p.name_key >= lower($2::text)
           AND p.name_key < lower($2::text) || chr(1114111)
           AND p.profile_name <> 'deleted'
           AND p.profile_id <> ALL ($3::bigint[])
         LIMIT $4) p;

-- name: list_found
-- Those that the actor follows, those who were here just now, or a beginning of names in another order
-- than by name: gathered by the index that fits, then sorted. However many there are, no more than $10 are
-- gathered. Of the three branches the parameters let one run.
-- $1 site_id, $2 beginning of names, $3 ignored profile_ids, $4 limit, $5 offset
-- $6 profile_id of the actor, $7 only followed ones, $8 only those online, $9 most comments first
-- $10 most that are looked at
-- row: profile
WITH found AS (
   (SELECT p.*
      FROM microcosm.watchers w
      JOIN microcosm.profiles p ON p.site_id = w.site_id AND p.profile_id = w.item_id
     WHERE $7::boolean
       AND w.site_id = $1
       AND w.profile_id = $6
       AND w.item_type = 3
       AND (NOT $8::boolean OR p.last_active > statement_timestamp() - interval '90 minutes')
     LIMIT $10)
     UNION ALL
   (SELECT p.*
      FROM microcosm.profiles p
     WHERE $8::boolean AND NOT $7::boolean
       AND p.site_id = $1
       AND p.last_active > statement_timestamp() - interval '90 minutes'
     ORDER BY p.last_active DESC
     LIMIT $10)
     UNION ALL
   (SELECT p.*
      FROM microcosm.profiles p
     WHERE NOT $8::boolean AND NOT $7::boolean
       AND p.site_id = $1
       AND p.name_key >= lower($2::text)
       AND p.name_key < lower($2::text) || chr(1114111)
     ORDER BY p.name_key
     LIMIT $10)
)
SELECT f.profile_id AS "id"
      ,f.site_id
      ,f.user_id
      ,f.profile_name
      ,f.is_visible AS "visible"
      ,f.style_id
      ,f.item_count
      ,f.comment_count
      ,f.created
      ,f.last_active
      ,f.avatar
      ,count(*) OVER () AS total
  FROM found f
 WHERE f.name_key >= lower($2::text)
   AND f.name_key < lower($2::text) || chr(1114111)
   AND f.profile_name <> 'deleted'
   AND f.profile_id <> ALL ($3::bigint[])
 ORDER BY (f.name_key = lower($2::text)) DESC
         ,CASE WHEN $9::boolean THEN f.comment_count END DESC
         ,f.name_key
 LIMIT $4 OFFSET $5;

-- name: followed
-- How the actor follows everybody who joins; no row if it doesn't.
-- $1 site_id, $2 profile_id
-- row: flags
SELECT true AS "watched"
      ,w.send_email
      ,w.send_sms
  FROM microcosm.watchers w
 WHERE w.site_id = $1
   AND w.profile_id = $2
   AND w.item_type = 3
   AND w.item_id = 0;

-- name: edit
-- Nothing is changed if the name is taken: by somebody else of the site, or reserved for an address
-- that isn't this user's. No row if there is no such profile.
-- $1 site_id, $2 profile_id, $3 profile_name or NULL, $4 visible or NULL, $5 style_id or NULL
-- $6 profile_id of the actor, $7 address
WITH target AS (
    SELECT p.profile_id
          ,p.user_id
          ,u.email
          ,EXISTS (SELECT FROM microcosm.profiles o
                    WHERE o.site_id = $1
                      AND o.name_key = lower($3::text)
                      AND o.profile_id <> p.profile_id)
           OR EXISTS (SELECT FROM microcosm.reserved_names r
                       WHERE r.name = lower($3::text)
                         AND r.name <> p.name_key
                         AND r.email <> u.canonical_email) AS is_taken
      FROM microcosm.profiles p
      JOIN microcosm.users u ON u.user_id = p.user_id
     WHERE p.site_id = $1
       AND p.profile_id = $2
), edited AS (
    UPDATE microcosm.profiles p
       SET profile_name = coalesce($3::text, p.profile_name)
          ,is_visible = coalesce($4::boolean, p.is_visible)
          ,style_id = coalesce($5::int, p.style_id)
      FROM target
     WHERE p.site_id = $1
       AND p.profile_id = target.profile_id
       AND NOT target.is_taken
    RETURNING p.profile_id
), change AS (
    INSERT INTO microcosm.changes (site_id, item_type, item_id, action, profile_id)
    SELECT $1, 3, edited.profile_id, 'replace', $6 FROM edited
), audit AS (
    INSERT INTO microcosm.audit (site_id, item_type, item_id, profile_id, action, address)
    SELECT $1, 3, edited.profile_id, $6, 'R', $7::inet FROM edited WHERE $7 IS NOT NULL
)
SELECT user_id, email, is_taken FROM target;

-- name: set_member
-- No row if there is no such profile.
-- $1 site_id, $2 profile_id, $3 whether it is a member, $4 profile_id of the actor, $5 address
WITH target AS (
    SELECT p.profile_id
      FROM microcosm.profiles p
     WHERE p.site_id = $1
       AND p.profile_id = $2
), granted AS (
    INSERT INTO microcosm.attributes (site_id, item_type, item_id, key, value_boolean)
    SELECT $1, 3, target.profile_id, 'is_member', true FROM target WHERE $3::boolean
        ON CONFLICT (site_id, item_type, item_id, key)
        DO UPDATE SET value_boolean = true, value_text = NULL, value_number = NULL, value_date = NULL
), revoked AS (
    DELETE FROM microcosm.attributes a
     USING target
     WHERE NOT $3::boolean
       AND a.site_id = $1
       AND a.item_type = 3
       AND a.item_id = target.profile_id
       AND a.key = 'is_member'
), change AS (
    INSERT INTO microcosm.changes (site_id, item_type, item_id, action, profile_id)
    SELECT $1, 3, target.profile_id, 'update', $4 FROM target
), audit AS (
    INSERT INTO microcosm.audit (site_id, item_type, item_id, profile_id, action, address)
    SELECT $1, 3, target.profile_id, $4, 'U', $5::inet FROM target WHERE $5 IS NOT NULL
)
SELECT profile_id FROM target;

-- name: options
-- $1 site_id, $2 profile_id
-- row: profile_options
SELECT p.profile_id
      ,coalesce(o.show_dob, false) AS show_dob
      ,coalesce(o.show_dob_year, false) AS show_dob_year
      ,coalesce(o.send_email, s.default_send_email) AS send_email
      ,coalesce(o.send_sms, s.default_send_sms) AS send_sms
      ,coalesce(o.is_discouraged, false) AS is_discouraged
  FROM microcosm.profiles p
  JOIN microcosm.sites s ON s.site_id = p.site_id
  LEFT JOIN microcosm.profile_options o ON o.site_id = p.site_id AND o.profile_id = p.profile_id
 WHERE p.site_id = $1
   AND p.profile_id = $2;

-- name: set_options
-- $1 site_id, $2 profile_id, $3 show_dob, $4 show_dob_year, $5 send_email, $6 send_sms, $7 is_discouraged, $8 address
WITH saved AS (
    INSERT INTO microcosm.profile_options
           (site_id, profile_id, show_dob, show_dob_year, send_email, send_sms, is_discouraged)
    VALUES ($1, $2, $3, $4, $5, $6, $7)
        ON CONFLICT (site_id, profile_id)
        DO UPDATE SET show_dob = excluded.show_dob, show_dob_year = excluded.show_dob_year,
                      send_email = excluded.send_email, send_sms = excluded.send_sms,
                      is_discouraged = excluded.is_discouraged
    RETURNING profile_id
), change AS (
    INSERT INTO microcosm.changes (site_id, item_type, item_id, action, profile_id)
    SELECT $1, 3, saved.profile_id, 'update', saved.profile_id FROM saved
)
INSERT INTO microcosm.audit (site_id, item_type, item_id, profile_id, action, address)
SELECT $1, 3, saved.profile_id, saved.profile_id, 'U', $8::inet FROM saved WHERE $8 IS NOT NULL;

-- Read marks. They are nobody else's business: no change, no audit. A mark of a whole microcosm, of all
-- huddles or of the site makes those of single things superfluous, except for newer ones: the clock of
-- whoever made them may be ahead.

-- name: mark_thing
-- $1 site_id, $2 profile_id, $3 item_type, $4 item_id
INSERT INTO microcosm.read_marks AS m (site_id, profile_id, item_type, item_id, read_at)
VALUES ($1, $2, $3, $4, clock_timestamp())
    ON CONFLICT (site_id, profile_id, item_type, item_id)
    DO UPDATE SET read_at = greatest(m.read_at, excluded.read_at);

-- name: mark_huddle
-- As that, and counts anew how many huddles are left unread.
-- $1 site_id, $2 profile_id, $3 huddle_id
WITH marked AS (
    INSERT INTO microcosm.read_marks AS m (site_id, profile_id, item_type, item_id, read_at)
    VALUES ($1, $2, 5, $3, clock_timestamp())
        ON CONFLICT (site_id, profile_id, item_type, item_id)
        DO UPDATE SET read_at = greatest(m.read_at, excluded.read_at)
)
UPDATE microcosm.profiles p
   SET unread_huddles = (SELECT count(*)
                           FROM microcosm.huddle_participants h
                           LEFT JOIN microcosm.read_marks m
                             ON m.site_id = h.site_id AND m.profile_id = h.profile_id
                            AND m.item_type = 5 AND m.item_id = h.huddle_id
                          WHERE h.site_id = p.site_id
                            AND h.profile_id = p.profile_id
                            AND h.huddle_id <> $3
                            AND h.last_activity > p.huddles_read_at
                            AND (m.read_at IS NULL OR h.last_activity > m.read_at))
 WHERE p.site_id = $1
   AND p.profile_id = $2;

-- name: mark_huddles
-- $1 site_id, $2 profile_id
WITH moment AS MATERIALIZED (
    SELECT clock_timestamp() AS now
), dropped AS (
    DELETE FROM microcosm.read_marks m
     USING moment
     WHERE m.site_id = $1
       AND m.profile_id = $2
       AND m.item_type = 5
       AND m.read_at <= moment.now
)
UPDATE microcosm.profiles p
   SET huddles_read_at = greatest(p.huddles_read_at, moment.now)
      ,unread_huddles = 0
  FROM moment
 WHERE p.site_id = $1
   AND p.profile_id = $2;

-- name: mark_microcosms
-- $1 site_id, $2 profile_id, $3 microcosm_ids, ascending
WITH moment AS MATERIALIZED (
    SELECT clock_timestamp() AS now
), dropped AS (
    DELETE FROM microcosm.read_marks m
     USING microcosm.items i, moment
     WHERE m.site_id = $1
       AND m.profile_id = $2
       AND m.item_type = ANY (ARRAY(SELECT t.item_type FROM microcosm.item_types t WHERE t.lives_in_microcosm))
       AND m.read_at <= moment.now
       AND i.site_id = m.site_id
       AND i.item_id = m.item_id
       AND i.microcosm_id = ANY ($3::bigint[])
)
INSERT INTO microcosm.read_marks AS m (site_id, profile_id, item_type, item_id, read_at)
SELECT $1, $2, 2, n.microcosm_id, moment.now
  FROM unnest($3::bigint[]) AS n (microcosm_id)
 CROSS JOIN moment
 ORDER BY n.microcosm_id
    ON CONFLICT (site_id, profile_id, item_type, item_id)
    DO UPDATE SET read_at = greatest(m.read_at, excluded.read_at);

-- name: mark_site
-- $1 site_id, $2 profile_id
WITH moment AS MATERIALIZED (
    SELECT clock_timestamp() AS now
), dropped AS (
    DELETE FROM microcosm.read_marks m
     USING moment
     WHERE m.site_id = $1
       AND m.profile_id = $2
       AND m.item_type <> 5
       AND m.read_at <= moment.now
)
UPDATE microcosm.profiles p
   SET all_read_at = greatest(p.all_read_at, moment.now)
  FROM moment
 WHERE p.site_id = $1
   AND p.profile_id = $2;

-- What somebody ignores is private as well. That it decides about what they get to see is told by a trigger,
-- to caches only.

-- name: ignore
-- $1 site_id, $2 profile_id, $3 item_type, $4 item_id
INSERT INTO microcosm.ignores (site_id, profile_id, item_type, item_id)
VALUES ($1, $2, $3, $4)
    ON CONFLICT DO NOTHING;

-- name: stop_ignoring
-- $1 site_id, $2 profile_id, $3 item_type, $4 item_id
DELETE FROM microcosm.ignores i
 WHERE i.site_id = $1
   AND i.profile_id = $2
   AND i.item_type = $3
   AND i.item_id = $4;
