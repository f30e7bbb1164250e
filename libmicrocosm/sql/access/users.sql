-- Users, and the profiles that they get on their first visit to a site.

-- name: find
-- unsettled: no counters
-- bind: canonical_email text
-- row: user_id int
SELECT u.user_id
  FROM microcosm.users u
 WHERE u.canonical_email = :canonical_email;

-- name: make
-- unsettled: no counters
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
-- unsettled: no counters
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
-- unsettled: no counters
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

-- name: account
-- unsettled: no counters
-- For the user itself and the owner of the site, on which the profile is: 0 if there is none.
-- bind: site_id int, user_id int
-- row: profile_id int, email text, canonical_email text, created time, gender maybe_text
SELECT coalesce(p.profile_id, 0) AS profile_id
      ,u.email
      ,u.canonical_email
      ,u.created
      ,p.gender
  FROM microcosm.users u
  LEFT JOIN microcosm.profiles p ON p.site_id = :site_id AND p.user_id = u.user_id
 WHERE u.user_id = :user_id;

-- Many users at once: each statement takes the canonical addresses of all.

-- fragment: user_by_email(g)
LATERAL (SELECT x.user_id, x.canonical_email FROM microcosm.users x WHERE x.canonical_email = {g}.canonical_email OFFSET 0)

-- name: resolve
-- unsettled: no counters
-- In the order of the addresses, with a new id for whom there isn't yet.
-- replanned: for thousands of users, who must be looked up by their keys
-- bind: site_id int, canonical_emails texts
-- row: user_id int, profile_id int, is_banned bool
SELECT coalesce(u.user_id, nextval('microcosm.users_user_id_seq')) AS user_id
      ,coalesce(p.profile_id, 0) AS profile_id
      ,EXISTS (SELECT FROM @ban_of(:site_id, x) b) AS is_banned
  FROM unnest(:canonical_emails::text[]) WITH ORDINALITY AS g (canonical_email, n)
  LEFT JOIN @user_by_email(g) u ON true
  LEFT JOIN microcosm.profiles p ON p.site_id = :site_id AND p.user_id = u.user_id
 CROSS JOIN LATERAL (SELECT u.user_id, g.canonical_email) x
 ORDER BY g.n;

-- name: make_many
-- unsettled: no counters
-- Those that there are stay as they are, also if they have come since their ids were taken.
-- replanned: for thousands of users, who must be looked up by their keys
-- bind: user_ids ints, emails texts, canonical_emails texts, site_id id, actor_id id, address text
-- silent: nobody can know anything yet of a user who has not been there
WITH made AS (
    INSERT INTO microcosm.users (user_id, email, canonical_email)
    SELECT g.user_id, g.email, g.canonical_email
      FROM unnest(:user_ids::bigint[], :emails::text[], :canonical_emails::text[]) AS g (user_id, email, canonical_email)
     WHERE NOT EXISTS (SELECT FROM microcosm.users u WHERE u.canonical_email = g.canonical_email)
     ORDER BY g.canonical_email
        ON CONFLICT DO NOTHING
    RETURNING user_id
), @audit('C', (SELECT :site_id::bigint AS site_id, 14 AS item_type, made.user_id AS item_id, :actor_id::bigint AS profile_id, false AS is_private FROM made))
SELECT;

-- name: make_profiles
-- unsettled: no counters
-- For those who have none. None for whom the name is taken or reserved, or who is banned.
-- settled: as for make_profile.
-- replanned: for thousands of users, who must be looked up by their keys
-- bind: site_id int, canonical_emails texts, names texts, keys texts, looks texts, orders texts, address text, settled time
-- row: change change
WITH made AS (
    INSERT INTO microcosm.profiles (site_id, user_id, profile_name, name_key, name_look, name_order, all_read_at, huddles_read_at)
    SELECT :site_id, u.user_id, g.name, g.key, g.look, g.sorts, s.at, s.at
      FROM unnest(:canonical_emails::text[], :names::text[], :keys::text[], :looks::text[], :orders::text[])
           AS g (canonical_email, name, key, look, sorts)
      JOIN @user_by_email(g) u ON true
     CROSS JOIN (SELECT coalesce(:settled::timestamptz, statement_timestamp()) AS at) s
     WHERE NOT EXISTS (SELECT FROM microcosm.profiles p WHERE p.site_id = :site_id AND p.user_id = u.user_id)
       AND NOT EXISTS (SELECT FROM microcosm.reserved_names r
                        WHERE (r.name_key IN (g.key, g.look) OR r.name = g.sorts) AND r.email <> u.canonical_email)
       AND NOT EXISTS (SELECT FROM @ban_of(:site_id, u) b)
     ORDER BY u.user_id
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

-- name: require_profiles
-- unsettled: no counters
-- Fails if one of them has no profile: somebody was banned just now, or took a name.
-- replanned: for thousands of users, who must be looked up by their keys
-- bind: site_id int, canonical_emails texts
-- row: are_there bool
SELECT @as_judged(NOT EXISTS (SELECT FROM unnest(:canonical_emails::text[]) AS g (canonical_email)
                                 LEFT JOIN @user_by_email(g) u ON true
                                 LEFT JOIN microcosm.profiles p ON p.site_id = :site_id AND p.user_id = u.user_id
                                WHERE p.profile_id IS NULL)) AS are_there;

-- name: set_members
-- unsettled: no counters
-- flags: t or f for each address; of several for one user the last counts. Two changes for each, as of one.
-- replanned: for thousands of users, who must be looked up by their keys
-- bind: site_id int, canonical_emails texts, flags texts, actor_id id, address text
-- row: change change
WITH target AS (
    SELECT DISTINCT ON (p.profile_id) p.profile_id, g.flag::boolean AS is_member
      FROM unnest(:canonical_emails::text[], :flags::text[]) WITH ORDINALITY AS g (canonical_email, flag, n)
      JOIN @user_by_email(g) u ON true
      JOIN microcosm.profiles p ON p.site_id = :site_id AND p.user_id = u.user_id
     ORDER BY p.profile_id, g.n DESC
), granted AS (
    INSERT INTO microcosm.attributes (site_id, item_type, item_id, key, value_boolean)
    SELECT :site_id, 3, target.profile_id, 'is_member', true FROM target WHERE target.is_member ORDER BY target.profile_id
        ON CONFLICT (site_id, item_type, item_id, key)
        DO UPDATE SET value_boolean = true, value_text = NULL, value_number = NULL, value_date = NULL
), revoked AS (
    DELETE FROM microcosm.attributes a
     WHERE a.site_id = :site_id
       AND a.item_type = 3
       AND a.item_id = ANY (ARRAY(SELECT target.profile_id FROM target WHERE NOT target.is_member))
       AND a.key = 'is_member'
), changed AS (
    SELECT 3 AS item_type, t.profile_id AS item_id, NULL::int AS parent_type, NULL::bigint AS parent_id FROM target t
    UNION ALL
    SELECT 14, 0, 3, t.profile_id FROM target t
), @change(:site_id, c.item_type, c.item_id, c.parent_type, c.parent_id, NULL, 'update', :actor_id, NULL, changed c)
, @audit('U', (SELECT * FROM change WHERE item_type = 3))
SELECT c.change FROM change c;

-- name: list
-- bind: after int, limit int
-- row: user
SELECT u.user_id AS "id"
      ,u.email
      ,u.created
      ,u.confirmed
  FROM microcosm.users u
 WHERE u.user_id > :after
 ORDER BY u.user_id
 LIMIT :limit;
