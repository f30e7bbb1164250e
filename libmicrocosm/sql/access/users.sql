-- Users, and the profiles that they get on their first visit to a site.

-- name: find
-- $1 canonical e-mail
SELECT u.user_id
  FROM microcosm.users u
 WHERE u.canonical_email = $1;

-- name: make
-- No row if somebody else has just made the same one.
-- $1 e-mail, $2 canonical e-mail
INSERT INTO microcosm.users (email, canonical_email)
VALUES ($1, $2)
    ON CONFLICT (canonical_email) DO NOTHING
RETURNING user_id;

-- name: profile
-- $1 site_id, $2 user_id
SELECT u.email
      ,p.profile_id
  FROM microcosm.users u
  LEFT JOIN microcosm.profiles p ON p.site_id = $1 AND p.user_id = u.user_id
 WHERE u.user_id = $2;

-- name: make_profile
-- No row if the name is taken or reserved for somebody else, or the user has a profile by now.
-- $1 site_id, $2 user_id, $3 profile_name, $4 address
WITH made AS (
    INSERT INTO microcosm.profiles (site_id, user_id, profile_name)
    SELECT $1, u.user_id, $3::text
      FROM microcosm.users u
     WHERE u.user_id = $2
       AND NOT EXISTS (SELECT FROM microcosm.reserved_names r
                        WHERE r.name = lower($3::text) AND r.email <> u.canonical_email)
        ON CONFLICT DO NOTHING
    RETURNING profile_id
), options AS (
    INSERT INTO microcosm.profile_options (site_id, profile_id, send_email, send_sms)
    SELECT $1, made.profile_id, s.default_send_email, s.default_send_sms
      FROM made
      JOIN microcosm.sites s ON s.site_id = $1
), change AS (
    INSERT INTO microcosm.changes (site_id, item_type, item_id, action, profile_id)
    SELECT $1, 3, made.profile_id, 'create', made.profile_id FROM made
), audit AS (
    INSERT INTO microcosm.audit (site_id, item_type, item_id, profile_id, action, address)
    SELECT $1, 3, made.profile_id, made.profile_id, 'C', $4::inet FROM made WHERE $4 IS NOT NULL
)
SELECT profile_id FROM made;
