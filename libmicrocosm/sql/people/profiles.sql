-- Profiles: a user on one site, its preferences, what it has read and what it ignores.

-- fragment: profile_columns()
-- A profile as it is shown alone, without its e-mail address and membership.
p.profile_id AS "id"
      ,p.site_id
      ,p.user_id
      ,p.profile_name
      ,p.gender
      ,p.is_visible AS "visible"
      ,p.style_id
      ,@counted(p, item_count) AS item_count
      ,@counted(p, comment_count) AS comment_count
      ,p.created
      ,p.last_active
      ,p.avatar
      ,CASE WHEN w.watcher_id IS NOT NULL THEN true END AS "meta.flags.watched"
      ,w.send_email AS "meta.flags.send_email"
      ,w.send_sms AS "meta.flags.send_sms"
      ,CASE WHEN p.profile_id = :actor_id THEN @unread_huddles() END AS unread_huddles

-- fragment: profile_joins()
-- Its attribute is_member, and whether the actor follows it.
LEFT JOIN microcosm.attributes a
    ON a.site_id = p.site_id AND a.item_type = 3 AND a.item_id = p.profile_id AND a.key = 'is_member'
  LEFT JOIN microcosm.watchers w
    ON w.site_id = p.site_id AND w.profile_id = :actor_id AND w.item_type = 3 AND w.item_id = p.profile_id

-- name: get
-- The e-mail address and membership are shown only to the profile itself and the site's owner.
-- bind: site_id int, profile_id int, actor_id id, sees_private bool, ignored_profiles ints
-- row: profile
SELECT @profile_columns()
      ,CASE WHEN :sees_private::boolean THEN u.email END AS "email"
      ,CASE WHEN :sees_private::boolean THEN a.value_boolean END AS "member"
  FROM microcosm.profiles p
  JOIN microcosm.users u ON u.user_id = p.user_id
  @profile_joins()
 WHERE p.site_id = :site_id
   AND p.profile_id = :profile_id;

-- fragment: of_users()
-- In the order of the addresses.
unnest(:canonical_emails::text[]) WITH ORDINALITY AS g (canonical_email, n)
  JOIN @user_by_email(g) u ON true
  JOIN microcosm.profiles p ON p.site_id = :site_id AND p.user_id = u.user_id

-- name: of_users
-- For the site's owner.
-- replanned: for many users, who must be looked up by their keys
-- bind: site_id int, canonical_emails texts, actor_id id, ignored_profiles ints
-- row: profile
SELECT @profile_columns()
      ,a.value_boolean AS "member"
  FROM @of_users()
  @profile_joins()
 ORDER BY g.n;

-- name: comments_of_users
-- What comment finds for each of them, until those have 4 MiB of text: the others come without.
-- replanned: for many users, who must be looked up by their keys
-- bind: site_id int, canonical_emails texts, ignored_profiles ints
-- row: comment
SELECT r.*
  FROM (SELECT c.*
              ,g.n
              ,sum(octet_length(c.markdown) + octet_length(c.html)) OVER (ORDER BY g.n ROWS UNBOUNDED PRECEDING) AS bytes
          FROM @of_users() CROSS JOIN LATERAL (@newest_comment(p.profile_id)) c) r
 WHERE r.bytes <= 4194304
 ORDER BY r.n;

-- fragment: newest_comment(profile_id)
-- The newest comment on a profile that the actor sees.
SELECT c.*
  FROM microcosm.comment_records c
 WHERE c.site_id = :site_id
   AND c.on_profile_id = {profile_id}
   AND c.is_visible
   AND c.created_by <> ALL (:ignored_profiles::bigint[])
 ORDER BY c.position DESC
 LIMIT 1

-- name: comment
-- bind: site_id int, profile_id int, ignored_profiles ints
-- row: comment
@newest_comment(:profile_id);

-- name: name
-- bind: site_id int, profile_id int
-- row: profile_name text
SELECT p.profile_name
  FROM microcosm.profiles p
 WHERE p.site_id = :site_id
   AND p.profile_id = :profile_id;

-- Lists. A prefix of names is a range of name_key (see the schema); '' is the range of all. Lists leave out
-- profiles that the actor ignores, and the owner of imported orphans.

-- name: list
-- All, by name.
-- bind: site_id int, ignored_profiles ints, limit int, offset int
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
 WHERE p.site_id = :site_id
   AND p.profile_name <> 'deleted'
   AND p.profile_id <> ALL (:ignored_profiles::bigint[])
 ORDER BY p.name_order
 LIMIT :limit OFFSET :offset;

-- name: list_top
-- Most comments first. Without a prefix of names, for which the index doesn't have this order.
-- bind: site_id int, ignored_profiles ints, limit int, offset int
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
 WHERE p.site_id = :site_id
   AND p.profile_name <> 'deleted'
   AND p.profile_id <> ALL (:ignored_profiles::bigint[])
 ORDER BY p.comment_count DESC, p.name_order
 LIMIT :limit OFFSET :offset;

-- name: total
-- The number of all profiles: the counter, less those that lists leave out, which are counted.
-- bind: site_id int, ignored_profiles ints
-- row: total int
SELECT coalesce((SELECT s.total_profiles FROM microcosm.site_stats s WHERE s.site_id = :site_id), 0)
       + coalesce((SELECT sum(d.total_profiles) FROM microcosm.site_deltas d WHERE d.site_id = :site_id), 0)::bigint
       - (SELECT count(*)
            FROM microcosm.profiles o
           WHERE o.site_id = :site_id
             AND o.name_key = 'deleted'
             AND o.profile_name = 'deleted')
       - (SELECT count(*)
            FROM microcosm.profiles i
           WHERE i.site_id = :site_id
             AND i.profile_id = ANY (:ignored_profiles::bigint[])
             AND i.profile_name <> 'deleted') AS total;

-- Filtered lists: some profiles are collected by an index, most at most, and sorted; the very name comes first. Only what
-- they are sorted by is collected, in one pass: with all columns in a WITH it took twice as long.
-- profiles: profile_id, profile_name, name_key, name_order, and comments, which are NULL unless most comments come first.
-- fragment: found_profiles(profiles, condition)
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
      ,n.total
  FROM (SELECT f.profile_id
              ,f.name_key IS NOT DISTINCT FROM :prefix AS is_named
              ,f.comments
              ,f.name_order
              ,count(*) OVER () AS total
          FROM ({profiles}
                LIMIT :most) f
         WHERE {condition}
           AND f.profile_name <> 'deleted'
           AND f.profile_id <> ALL (:ignored_profiles::bigint[])
         ORDER BY is_named DESC, f.comments DESC, f.name_order
         LIMIT :limit OFFSET :offset) n
  JOIN microcosm.profiles p ON p.site_id = :site_id AND p.profile_id = n.profile_id
 ORDER BY n.is_named DESC, n.comments DESC, n.name_order

-- fragment: named(comments)
SELECT p.profile_id, p.profile_name, p.name_key, p.name_order, {comments} AS comments
      FROM microcosm.profiles p
     WHERE p.site_id = :site_id
       AND p.name_key >= :prefix
       AND p.name_key < :prefix || chr(1114111)
     ORDER BY p.name_key

-- name: list_named
-- Those whose names have a prefix. The index has all columns that are collected.
-- bind: site_id int, prefix text, ignored_profiles ints, limit int, offset int, most int
-- row: profile
@found_profiles(@named(NULL::bigint), true);

-- name: list_named_top
-- bind: site_id int, prefix text, ignored_profiles ints, limit int, offset int, most int
-- row: profile
@found_profiles(@named(p.comment_count), true);

-- fragment: found_named()
(:prefix = '' OR f.name_key >= :prefix AND f.name_key < :prefix || chr(1114111))

-- fragment: found_by()
p.profile_id, p.profile_name, p.name_key, p.name_order, CASE WHEN :top_first::boolean THEN p.comment_count END AS comments

-- name: list_online
-- Those that have been active in the last 90 minutes.
-- bind: site_id int, prefix text, ignored_profiles ints, limit int, offset int, most int, top_first bool
-- row: profile
@found_profiles(SELECT @found_by()
      FROM microcosm.profiles p
     WHERE p.site_id = :site_id
       AND p.last_active > statement_timestamp() - interval '90 minutes'
     ORDER BY p.last_active DESC, @found_named());

-- name: list_followed
-- Those that the actor follows, or of these those that are online.
-- bind: site_id int, prefix text, ignored_profiles ints, limit int, offset int, most int, top_first bool
-- bind: actor_id int, only_online bool
-- row: profile
@found_profiles(SELECT @found_by()
      FROM microcosm.watchers w
      JOIN microcosm.profiles p ON p.site_id = w.site_id AND p.profile_id = w.item_id
     WHERE w.site_id = :site_id
       AND w.profile_id = :actor_id
       AND w.item_type = 3
       AND (NOT :only_online::boolean OR p.last_active > statement_timestamp() - interval '90 minutes'), @found_named());

-- name: followed
-- The actor's settings for following all new profiles; no row if it doesn't.
-- bind: site_id int, profile_id int
-- row: flags
SELECT true AS "watched"
      ,w.send_email
      ,w.send_sms
  FROM microcosm.watchers w
 WHERE w.site_id = :site_id
   AND w.profile_id = :profile_id
   AND w.item_type = 3
   AND w.item_id = 0;

-- name: without_key
-- bind: limit int
-- row: site_id int, profile_id int, profile_name text
SELECT p.site_id
      ,p.profile_id
      ,p.profile_name
  FROM microcosm.profiles p
 WHERE p.name_key IS NULL
 ORDER BY p.profile_id
 LIMIT :limit;

-- name: set_keys
-- Of names that look alike the oldest profile's has the key. The others have keys that no name can have, with a space:
-- nobody is renamed, but they can't be mentioned, and are found by the beginning of their names only.
-- bind: site_ids ints, profile_ids ints, keys texts, looks texts, orders texts
-- row: doubles int
-- silent: neither keys nor orders are shown
WITH given AS (
    SELECT g.site_id, g.profile_id, g.name_order
          ,CASE WHEN row_number() OVER (PARTITION BY g.site_id, g.name_key ORDER BY g.profile_id) > 1
                  OR EXISTS (SELECT FROM microcosm.profiles o WHERE o.site_id = g.site_id AND o.name_key = g.name_key)
                THEN g.name_key || ' ' || g.profile_id ELSE g.name_key END AS unique_key
          ,CASE WHEN row_number() OVER (PARTITION BY g.site_id, g.name_look ORDER BY g.profile_id) > 1
                  OR EXISTS (SELECT FROM microcosm.profiles o
                              WHERE o.site_id = g.site_id AND o.name_look = g.name_look
                                AND o.profile_id <> g.profile_id)
                THEN g.name_look || ' ' || g.profile_id ELSE g.name_look END AS unique_look
          ,g.name_key
      FROM unnest(:site_ids::bigint[], :profile_ids::bigint[], :keys::text[], :looks::text[],
                  :orders::text[]) AS g (site_id, profile_id, name_key, name_look, name_order)
), made AS (
    UPDATE microcosm.profiles p
       SET name_key = g.unique_key
          ,name_look = g.unique_look
          ,name_order = g.name_order
      FROM given g
     WHERE p.site_id = g.site_id
       AND p.profile_id = g.profile_id
       AND p.name_key IS NULL
    RETURNING g.unique_key <> g.name_key AS is_double
)
SELECT count(*) FILTER (WHERE m.is_double) AS doubles FROM made m;

-- name: reserved_without_key
-- bind: limit int
-- row: name text
SELECT r.name FROM microcosm.reserved_names r WHERE r.name_key IS NULL LIMIT :limit;

-- name: set_reserved_keys
-- bind: names texts, keys texts
-- silent: nobody sees which names are reserved
UPDATE microcosm.reserved_names r
   SET name_key = g.name_key
  FROM unnest(:names::text[], :keys::text[]) AS g (name, name_key)
 WHERE r.name = g.name;

-- name: edit
-- Changes nothing if the name is taken by another profile of the site, or reserved for an address that isn't this
-- user's. No row if there is no such profile.
-- bind: site_id int, profile_id int, profile_name text, name_key text, name_look text, name_order text, visible choice
-- bind: style_id maybe_int, actor_id id, address text
-- row: user_id int, email text, is_taken bool, change change
WITH target AS (
    SELECT p.profile_id
          ,p.user_id
          ,u.email
          ,EXISTS (SELECT FROM microcosm.profiles o
                    WHERE o.site_id = :site_id
                      AND (o.name_key = :name_key::text OR o.name_look = :name_look::text)
                      AND o.profile_id <> p.profile_id)
           OR EXISTS (SELECT FROM microcosm.reserved_names r
                       WHERE (r.name_key IN (:name_key, :name_look) OR r.name = :name_order::text)
                         AND (p.name_key, p.name_look) IS DISTINCT FROM (:name_key, :name_look)
                         AND r.email <> u.canonical_email) AS is_taken
      FROM microcosm.profiles p
      JOIN microcosm.users u ON u.user_id = p.user_id
     WHERE p.site_id = :site_id
       AND p.profile_id = :profile_id
), edited AS (
    UPDATE microcosm.profiles p
       SET profile_name = coalesce(:profile_name::text, p.profile_name)
          ,name_key = coalesce(:name_key::text, p.name_key)
          ,name_look = coalesce(:name_look::text, p.name_look)
          ,name_order = coalesce(:name_order::text, p.name_order)
          ,is_visible = coalesce(:visible::boolean, p.is_visible)
          ,style_id = coalesce(:style_id::int, p.style_id)
      FROM target
     WHERE p.site_id = :site_id
       AND p.profile_id = target.profile_id
       AND NOT target.is_taken
    RETURNING p.profile_id
), @change(:site_id, 3, edited.profile_id, NULL, NULL, NULL, 'replace', :actor_id, NULL, edited)
, @audit('R', change)
SELECT target.user_id, target.email, target.is_taken, c.change FROM target LEFT JOIN change c ON true;

-- name: set_member
-- No row if there is no such profile. Two changes: the profile's, and that of what decides about it.
-- bind: site_id int, profile_id int, is_member bool, actor_id id, address text
-- row: change change
WITH target AS (
    SELECT p.profile_id
      FROM microcosm.profiles p
     WHERE p.site_id = :site_id
       AND p.profile_id = :profile_id
), granted AS (
    INSERT INTO microcosm.attributes (site_id, item_type, item_id, key, value_boolean)
    SELECT :site_id, 3, target.profile_id, 'is_member', true FROM target WHERE :is_member::boolean
        ON CONFLICT (site_id, item_type, item_id, key)
        DO UPDATE SET value_boolean = true, value_text = NULL, value_number = NULL, value_date = NULL
), revoked AS (
    DELETE FROM microcosm.attributes a
     USING target
     WHERE NOT :is_member::boolean
       AND a.site_id = :site_id
       AND a.item_type = 3
       AND a.item_id = target.profile_id
       AND a.key = 'is_member'
), changed AS (
    SELECT 3 AS item_type, t.profile_id AS item_id, NULL::int AS parent_type, NULL::bigint AS parent_id FROM target t
    UNION ALL
    SELECT 14, 0, 3, t.profile_id FROM target t
), @change(:site_id, c.item_type, c.item_id, c.parent_type, c.parent_id, NULL, 'update', :actor_id, NULL, changed c)
, @audit('U', (SELECT * FROM change WHERE item_type = 3))
SELECT c.change FROM change c;

-- name: options
-- unsettled: no counters
-- bind: site_id int, profile_id int
-- row: profile_options
SELECT p.profile_id
      ,coalesce(o.show_dob, false) AS show_dob
      ,coalesce(o.show_dob_year, false) AS show_dob_year
      ,coalesce(o.send_email, s.default_send_email) AS send_email
      ,coalesce(o.send_sms, s.default_send_sms) AS send_sms
      ,coalesce(o.is_discouraged, false) AS is_discouraged
      ,coalesce(o.digest, 'none') AS digest
  FROM microcosm.profiles p
  JOIN microcosm.sites s ON s.site_id = p.site_id
  LEFT JOIN microcosm.profile_options o ON o.site_id = p.site_id AND o.profile_id = p.profile_id
 WHERE p.site_id = :site_id
   AND p.profile_id = :profile_id;

-- name: set_options
-- unsettled: no counters
-- bind: site_id int, profile_id int, show_dob bool, show_dob_year bool, send_email bool, send_sms bool
-- bind: is_discouraged bool, digest text, address text
-- row: change change
WITH saved AS (
    INSERT INTO microcosm.profile_options
           AS o (site_id, profile_id, show_dob, show_dob_year, send_email, send_sms, is_discouraged, digest)
    VALUES (:site_id, :profile_id, :show_dob, :show_dob_year, :send_email, :send_sms, :is_discouraged, coalesce(:digest, 'none'))
        ON CONFLICT (site_id, profile_id)
        DO UPDATE SET show_dob = excluded.show_dob, show_dob_year = excluded.show_dob_year,
                      send_email = excluded.send_email, send_sms = excluded.send_sms,
                      is_discouraged = excluded.is_discouraged, digest = coalesce(:digest, o.digest)
    RETURNING profile_id
), @change(:site_id, 3, saved.profile_id, NULL, NULL, NULL, 'update', saved.profile_id, NULL, saved)
, @audit('U', change)
SELECT c.change FROM change c;

-- Read marks. They are private: no audit, and a change that no reader of the feed sees. A mark goes up to what can be
-- seen, and never to what a transaction that is still running may have written. One item can be marked up to its newest
-- comment, since its comments are committed in the order of their times. For all else there is a time before which
-- nothing can appear any more (read_marks.settled). A mark up to that time on a whole microcosm, on all huddles or on the site
-- replaces those on single resources, except newer ones; what can be seen and is newer gets a mark of its own.

-- name: mark_thing
-- Anything but items and profiles, which have comments, is marked up to the time of read_marks.settled.
-- bind: site_id int, profile_id int, item_type int, item_id int, settled time
-- row: change change
WITH newest AS (
    SELECT coalesce((SELECT i.last_activity
                       FROM microcosm.items i
                      WHERE i.site_id = :site_id AND i.item_id = :item_id AND i.item_type = :item_type)
                   ,(SELECT c.created
                       FROM microcosm.comments c
                      WHERE :item_type = 3 AND c.site_id = :site_id AND c.on_profile_id = :item_id
                      ORDER BY c.position DESC
                      LIMIT 1)
                   ,:settled::timestamptz) AS at
), marked AS (
    INSERT INTO microcosm.read_marks AS m (site_id, profile_id, item_type, item_id, read_at)
    SELECT :site_id, :profile_id, :item_type, :item_id, n.at FROM newest n WHERE n.at IS NOT NULL
        ON CONFLICT (site_id, profile_id, item_type, item_id)
        DO UPDATE SET read_at = greatest(m.read_at, excluded.read_at)
), @change_of_profile((SELECT) one)
SELECT c.change FROM change c;

-- name: mark_huddle
-- The same of a huddle.
-- bind: site_id int, profile_id int, huddle_id int, settled time
-- row: change change
WITH newest AS (
    SELECT coalesce((SELECT h.last_activity
                       FROM microcosm.huddles h
                      WHERE h.site_id = :site_id AND h.huddle_id = :huddle_id)
                   ,:settled::timestamptz) AS at
), marked AS (
    INSERT INTO microcosm.read_marks AS m (site_id, profile_id, item_type, item_id, read_at)
    SELECT :site_id, :profile_id, 5, :huddle_id, n.at FROM newest n WHERE n.at IS NOT NULL
        ON CONFLICT (site_id, profile_id, item_type, item_id)
        DO UPDATE SET read_at = greatest(m.read_at, excluded.read_at)
), @change_of_profile((SELECT) one)
SELECT c.change FROM change c;

-- fragment: marked_newer(newer)
-- Gives each thing of a source a mark of its own.
marked_newer AS (
    INSERT INTO microcosm.read_marks AS m (site_id, profile_id, item_type, item_id, read_at)
    SELECT :site_id, :profile_id, n.item_type, n.item_id, n.last_activity
      FROM {newer} n
     ORDER BY n.item_type, n.item_id
        ON CONFLICT (site_id, profile_id, item_type, item_id)
        DO UPDATE SET read_at = greatest(m.read_at, excluded.read_at)
)

-- fragment: newer_items(condition)
-- Visible items that are newer than all that is settled.
newer AS MATERIALIZED (
    SELECT i.item_type, i.item_id, i.last_activity
      FROM microcosm.profiles p
     CROSS JOIN microcosm.item_types t
     CROSS JOIN (VALUES (true), (false)) AS s (is_sticky)
     CROSS JOIN LATERAL (SELECT i.item_type, i.item_id, i.last_activity, i.microcosm_id
                           FROM microcosm.items i
                          WHERE i.site_id = :site_id AND i.item_type = t.item_type AND i.is_visible
                            AND i.is_sticky = s.is_sticky
                            AND i.last_activity > greatest(:settled::timestamptz, p.all_read_at)) i
     WHERE p.site_id = :site_id
       AND p.profile_id = :profile_id
       AND t.lives_in_microcosm
       AND {condition}
)

-- name: mark_huddles
-- bind: site_id int, profile_id int, settled time
-- row: change change
WITH newer AS MATERIALIZED (
    SELECT 5 AS item_type, h.huddle_id AS item_id, h.last_activity
      FROM microcosm.huddle_participants h
      JOIN microcosm.profiles p ON p.site_id = h.site_id AND p.profile_id = h.profile_id
     WHERE h.site_id = :site_id
       AND h.profile_id = :profile_id
       AND h.last_activity > greatest(:settled::timestamptz, p.huddles_read_at)
), @marked_newer(newer)
, dropped AS (
    DELETE FROM microcosm.read_marks m
     WHERE m.site_id = :site_id
       AND m.profile_id = :profile_id
       AND m.item_type = 5
       AND m.read_at <= :settled
       AND m.item_id <> ALL (ARRAY(SELECT n.item_id FROM newer n))
), marked AS (
    UPDATE microcosm.profiles p
       SET huddles_read_at = greatest(p.huddles_read_at, :settled)
     WHERE p.site_id = :site_id
       AND p.profile_id = :profile_id
), @change_of_profile((SELECT) one)
SELECT c.change FROM change c;

-- name: mark_microcosms
-- microcosm_ids: ascending, which avoids deadlocks between such calls.
-- bind: site_id int, profile_id int, microcosm_ids ints, settled time
-- row: change change
WITH @newer_items(i.microcosm_id = ANY (:microcosm_ids::bigint[]))
, @marked_newer(newer)
, dropped AS (
    DELETE FROM microcosm.read_marks m
     USING microcosm.items i
     WHERE m.site_id = :site_id
       AND m.profile_id = :profile_id
       AND m.item_type = ANY (ARRAY(SELECT t.item_type FROM microcosm.item_types t WHERE t.lives_in_microcosm))
       AND m.read_at <= :settled
       AND m.item_id <> ALL (ARRAY(SELECT n.item_id FROM newer n))
       AND i.site_id = m.site_id
       AND i.item_id = m.item_id
       AND i.microcosm_id = ANY (:microcosm_ids::bigint[])
), marked AS (
    INSERT INTO microcosm.read_marks AS m (site_id, profile_id, item_type, item_id, read_at)
    SELECT :site_id, :profile_id, 2, n.microcosm_id, :settled
      FROM unnest(:microcosm_ids::bigint[]) AS n (microcosm_id)
     WHERE :settled IS NOT NULL
     ORDER BY n.microcosm_id
        ON CONFLICT (site_id, profile_id, item_type, item_id)
        DO UPDATE SET read_at = greatest(m.read_at, excluded.read_at)
), @change_of_profile((SELECT) one)
SELECT c.change FROM change c;

-- name: mark_site
-- bind: site_id int, profile_id int, settled time
-- row: change change
WITH @newer_items(true)
, @marked_newer(newer)
, dropped AS (
    DELETE FROM microcosm.read_marks m
     WHERE m.site_id = :site_id
       AND m.profile_id = :profile_id
       AND m.item_type <> 5
       AND m.read_at <= :settled
       AND m.item_id <> ALL (ARRAY(SELECT n.item_id FROM newer n))
), marked AS (
    UPDATE microcosm.profiles p
       SET all_read_at = greatest(p.all_read_at, :settled)
     WHERE p.site_id = :site_id
       AND p.profile_id = :profile_id
), @change_of_profile((SELECT) one)
SELECT c.change FROM change c;

-- What a member ignores is private too. Since it determines what the member sees, there is a change for caches only.

-- name: ignore
-- No row if the profile ignores as many things already as it may (most).
-- unsettled: no counters
-- bind: site_id int, profile_id int, item_type int, item_id int, most int
-- row: change change
WITH room AS (
    SELECT WHERE NOT EXISTS (SELECT FROM microcosm.ignores i
                              WHERE i.site_id = :site_id AND i.profile_id = :profile_id
                             OFFSET :most - 1)
), added AS (
    INSERT INTO microcosm.ignores (site_id, profile_id, item_type, item_id)
    SELECT :site_id, :profile_id, :item_type, :item_id FROM room
        ON CONFLICT DO NOTHING
    RETURNING item_id
), @change_of_profile(added)
SELECT c.change FROM change c
UNION ALL
SELECT @change_found(14, 0, 3, :profile_id, NULL, :profile_id)
 WHERE NOT EXISTS (SELECT FROM added)
   AND (EXISTS (SELECT FROM room)
        OR EXISTS (SELECT FROM microcosm.ignores i
                    WHERE i.site_id = :site_id AND i.profile_id = :profile_id AND i.item_type = :item_type
                      AND i.item_id = :item_id));

-- name: stop_ignoring
-- unsettled: no counters
-- bind: site_id int, profile_id int, item_type int, item_id int
-- row: change change
WITH gone AS (
    DELETE FROM microcosm.ignores i
     WHERE i.site_id = :site_id
       AND i.profile_id = :profile_id
       AND i.item_type = :item_type
       AND i.item_id = :item_id
    RETURNING i.item_id
), @change_of_profile(gone)
SELECT c.change FROM change c
UNION ALL
SELECT @change_found(14, 0, 3, :profile_id, NULL, :profile_id) WHERE NOT EXISTS (SELECT FROM gone);
