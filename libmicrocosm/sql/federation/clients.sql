-- Client programs, and the codes that they exchange for access tokens.

-- name: create
-- bind: name text, secret_hash bytes
-- row: client
-- silent: nothing that is kept shows it
INSERT INTO microcosm.clients (name, secret_hash)
VALUES (:name, :secret_hash)
RETURNING client_id AS "id", name, created;

-- name: list
-- bind: after int, limit int
-- row: client
SELECT c.client_id AS "id"
      ,c.name
      ,c.created
  FROM microcosm.clients c
 WHERE c.client_id > :after
 ORDER BY c.client_id
 LIMIT :limit;

-- name: delete
-- bind: client_id int
-- row: client_id int
-- silent: the same
DELETE FROM microcosm.clients
 WHERE client_id = :client_id
RETURNING client_id;

-- name: of_secret
-- bind: secret_hash bytes
-- row: client_id int
SELECT c.client_id FROM microcosm.clients c WHERE c.secret_hash = :secret_hash;

-- name: make_code
-- In exchange for the access token of a sign-in, which ends. No row if that is none.
-- bind: code_hash bytes, token_hash bytes, site_id int, seconds int, address text
-- row: change change
WITH gone AS (
    DELETE FROM microcosm.access_tokens t
     WHERE t.token_hash = :token_hash
       AND t.scope = 0
       AND t.expires > clock_timestamp()
    RETURNING t.token_id, t.user_id
), made AS (
    INSERT INTO microcosm.sign_in_codes (code_hash, site_id, user_id, ends)
    SELECT :code_hash, :site_id, g.user_id, clock_timestamp() + make_interval(secs => :seconds::int)
      FROM gone g
), profile AS (
    SELECT p.profile_id FROM microcosm.profiles p, gone WHERE p.site_id = :site_id AND p.user_id = gone.user_id
), @change(1, 20, gone.token_id, NULL, NULL, NULL, 'delete', (SELECT profile.profile_id FROM profile), NULL, gone)
, @audit('D', (SELECT :site_id::bigint AS site_id, c.item_type, c.item_id, c.profile_id, c.is_private FROM change c))
SELECT c.change FROM change c;

-- name: forget_codes
-- Some of those that have ended.
-- silent: nothing that is kept shows it
DELETE FROM microcosm.sign_in_codes
 WHERE code_hash = ANY (ARRAY(SELECT c.code_hash FROM microcosm.sign_in_codes c
                               WHERE c.ends < clock_timestamp()
                               ORDER BY c.ends
                               LIMIT 20
                                 FOR UPDATE SKIP LOCKED));

-- name: exchange
-- A new access token for a code, which ends. No row if that is none.
-- bind: code_hash bytes, site_id int, token_hash bytes, days int, address text
-- row: change change, user_id int
WITH used AS (
    DELETE FROM microcosm.sign_in_codes c
     WHERE c.code_hash = :code_hash
       AND c.site_id = :site_id
       AND c.ends > clock_timestamp()
       AND NOT c.needs_factor
    RETURNING c.user_id
), made AS (
    INSERT INTO microcosm.access_tokens (token_hash, user_id, expires)
    SELECT :token_hash, u.user_id, clock_timestamp() + make_interval(days => :days::int)
      FROM used u
    RETURNING token_id, user_id
), profile AS (
    SELECT p.profile_id FROM microcosm.profiles p, made WHERE p.site_id = :site_id AND p.user_id = made.user_id
), @change(:site_id, 20, made.token_id, NULL, NULL, NULL, 'create', (SELECT profile.profile_id FROM profile), NULL, made)
, @audit('C', change)
SELECT c.change, made.user_id FROM change c, made;

-- name: pending
-- Whose code it is that needs a second factor.
-- bind: code_hash bytes, site_id int
-- row: user_id int, canonical_email text
SELECT c.user_id
      ,u.canonical_email
  FROM microcosm.sign_in_codes c
  JOIN microcosm.users u ON u.user_id = c.user_id
 WHERE c.code_hash = :code_hash
   AND c.site_id = :site_id
   AND c.needs_factor
   AND c.ends > clock_timestamp();

-- name: prove
-- Another code instead, as the second factor was shown. Fails with all else of the transaction if somebody has been faster.
-- bind: code_hash bytes, site_id int, new_hash bytes, seconds int
-- row: is_used bool
-- silent: nothing that is kept shows it
WITH used AS (
    DELETE FROM microcosm.sign_in_codes c
     WHERE c.code_hash = :code_hash
       AND c.site_id = :site_id
       AND c.needs_factor
       AND c.ends > clock_timestamp()
    RETURNING c.user_id
), made AS (
    INSERT INTO microcosm.sign_in_codes (code_hash, site_id, user_id, ends)
    SELECT :new_hash, :site_id, u.user_id, clock_timestamp() + make_interval(secs => :seconds::int)
      FROM used u
)
SELECT @as_judged(EXISTS (SELECT FROM used)) AS is_used;
