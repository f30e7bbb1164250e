-- Users, and the profiles that they get on their first visit to a site.

-- name: find
-- bind: canonical_email text
-- row: user_id int
SELECT u.user_id
  FROM microcosm.users u
 WHERE u.canonical_email = :canonical_email;

-- name: make
-- No row if another transaction has just made the same user. site_id: for which the user is made, or NULL.
-- bind: email text, canonical_email text, site_id id, actor_id id, address text
-- row: user_id int
-- silent: nobody can know anything yet of a user who has not been there
WITH made AS (
    INSERT INTO microcosm.users (email, canonical_email)
    VALUES (:email, :canonical_email)
        ON CONFLICT (canonical_email) DO NOTHING
    RETURNING user_id
), @audit('C', (SELECT coalesce(:site_id::bigint, 1) AS site_id, 14 AS item_type, made.user_id AS item_id, :actor_id::bigint AS profile_id, false AS is_private FROM made))
SELECT made.user_id FROM made;

-- name: profile
-- bind: site_id int, user_id int
-- row: email text, profile_id int, is_banned bool, ban_reason maybe_text
SELECT u.email
      ,p.profile_id
      ,ban.ban_id IS NOT NULL AS is_banned
      ,ban.display_reason AS ban_reason
  FROM microcosm.users u
  LEFT JOIN LATERAL @ban_of(:site_id, u) ban ON true
  LEFT JOIN microcosm.profiles p ON p.site_id = :site_id AND p.user_id = u.user_id
 WHERE u.user_id = :user_id;

-- name: make_profile
-- No row if the name is taken or reserved for another address, or the user has a profile already or is banned.
-- settled: up to when all counts as read for the new member; NULL: up to now.
-- gravatar: the avatar is the address's picture there; else it is none.
-- bind: site_id int, user_id int, profile_name text, name_key text, name_look text, name_order text, address text, settled time
-- bind: gravatar bool
-- row: change change
WITH made AS (
    INSERT INTO microcosm.profiles (site_id, user_id, profile_name, name_key, name_look, name_order, all_read_at, huddles_read_at,
                                    avatar)
    SELECT :site_id, u.user_id, :profile_name, :name_key, :name_look, :name_order, s.at, s.at
          ,CASE WHEN :gravatar::boolean
                THEN 'https://www.gravatar.com/avatar/'
                     || encode(sha256(convert_to(lower(btrim(u.email)), 'UTF8')), 'hex') || '?d=identicon'
                ELSE '' END
      FROM microcosm.users u
     CROSS JOIN (SELECT coalesce(:settled::timestamptz, statement_timestamp()) AS at) s
     WHERE u.user_id = :user_id
       AND NOT EXISTS (SELECT FROM microcosm.reserved_names r
                        WHERE (r.name_key IN (:name_key, :name_look) OR r.name = :name_order) AND r.email <> u.canonical_email)
       AND NOT EXISTS (SELECT FROM @ban_of(:site_id, u) b)
        ON CONFLICT DO NOTHING
    RETURNING profile_id
), options AS (
    INSERT INTO microcosm.profile_options (site_id, profile_id, send_email, send_sms)
    SELECT :site_id, made.profile_id, s.default_send_email, s.default_send_sms
      FROM made
      JOIN microcosm.sites s ON s.site_id = :site_id
), @change(:site_id, 3, made.profile_id, NULL, NULL, NULL, 'create', made.profile_id, NULL, made)
, @audit('C', change)
SELECT c.change FROM change c;

-- name: list
-- bind: after int, limit int
-- row: user
SELECT u.user_id AS "id"
      ,u.email
      ,u.created
  FROM microcosm.users u
 WHERE u.user_id > :after
 ORDER BY u.user_id
 LIMIT :limit;
