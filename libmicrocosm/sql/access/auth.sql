-- Access tokens, by their SHA-256.

-- name: token_user
-- bind: token_hash bytes
-- row: user_id int, token_id int, ms_left int, scope int, microcosm_ids text, networks text
SELECT t.user_id
      ,t.token_id
      ,floor(least(extract(epoch FROM t.expires - clock_timestamp()), 86400) * 1000)::bigint AS ms_left
      ,t.scope::bigint AS scope
      ,t.microcosm_ids::text AS microcosm_ids
      ,array_to_string(t.networks, ' ') AS networks
  FROM microcosm.access_tokens t
 WHERE t.token_hash = :token_hash
   AND t.expires > clock_timestamp();

-- name: create_token
-- bind: token_hash bytes, user_id int, days int, site_id int, profile_id int, address text
-- row: change change
WITH made AS (
    INSERT INTO microcosm.access_tokens (token_hash, user_id, expires)
    VALUES (:token_hash, :user_id, clock_timestamp() + make_interval(days => :days::int))
    RETURNING token_id
), @change(:site_id, 20, made.token_id, NULL, NULL, NULL, 'create', :profile_id, NULL, made)
, @audit('C', change)
SELECT c.change FROM change c;

-- name: revoke_token
-- A token is valid on all sites. Its deletion is in the feed of the platform's own site, where the trigger on
-- access_tokens looks for it, and so is the actor if no site was entered.
-- site_id, actor_id: NULL if no site was entered.
-- bind: token_hash bytes, site_id id, actor_id id, address text
-- row: change change
WITH gone AS (
    DELETE FROM microcosm.access_tokens
     WHERE token_hash = :token_hash
    RETURNING token_id
), @change(1, 20, gone.token_id, NULL, NULL, NULL, 'delete', :actor_id::bigint, NULL, gone)
, @audit('D', (SELECT coalesce(:site_id::bigint, 1) AS site_id, c.item_type, c.item_id, c.profile_id, c.is_private FROM change c))
SELECT c.change FROM change c;

-- name: revoke_token_id
-- The same by the token's id.
-- bind: token_id int, site_id id, actor_id id, address text
-- row: change change
WITH gone AS (
    DELETE FROM microcosm.access_tokens
     WHERE token_id = :token_id
    RETURNING token_id
), @change(1, 20, gone.token_id, NULL, NULL, NULL, 'delete', :actor_id::bigint, NULL, gone)
, @audit('D', (SELECT coalesce(:site_id::bigint, 1) AS site_id, c.item_type, c.item_id, c.profile_id, c.is_private FROM change c))
SELECT c.change FROM change c;

-- fragment: tokens(t)
{t}.token_id AS "id"
      ,{t}.user_id
      ,{t}.created
      ,{t}.expires
      ,{t}.name
      ,@scope_name({t}) AS "scope"
      ,{t}.microcosm_ids AS "microcosms"
      ,{t}.networks::text[] AS "networks"
      ,{t}.last_used

-- fragment: scope_name(t)
(ARRAY['full', 'read', 'write', 'moderate', 'admin'])[{t}.scope + 1]

-- name: list_tokens
-- canonical_email: NULL for the tokens of all users.
-- bind: canonical_email text, after int, limit int
-- row: token
SELECT @tokens(t)
      ,u.email
  FROM microcosm.access_tokens t
  JOIN microcosm.users u ON u.user_id = t.user_id
 WHERE t.token_id > :after
   AND (:canonical_email::text IS NULL OR u.canonical_email = :canonical_email)
 ORDER BY t.token_id
 LIMIT :limit;

-- name: visit_token
-- bind: token_id int
-- row: created time, expires time, scope text
SELECT t.created
      ,t.expires
      ,@scope_name(t) AS scope
  FROM microcosm.access_tokens t
 WHERE t.token_id = :token_id;

-- A person's own tokens: those that count.

-- fragment: own(t)
{t}.user_id = :user_id AND {t}.expires > clock_timestamp()

-- name: own_total
-- Of the newest, as many as are looked at most.
-- bind: user_id int, most int
-- row: total int
SELECT count(*) AS total
  FROM (SELECT FROM microcosm.access_tokens t WHERE @own(t) ORDER BY t.token_id DESC LIMIT :most) t;

-- name: own_page
-- bind: user_id int, limit int, offset int
-- row: token
SELECT @tokens(t)
  FROM microcosm.access_tokens t
 WHERE @own(t)
 ORDER BY t.token_id DESC
 LIMIT :limit OFFSET :offset;

-- name: own_token
-- bind: user_id int, token_id int
-- row: token
SELECT @tokens(t)
  FROM microcosm.access_tokens t
 WHERE @own(t)
   AND t.token_id = :token_id;

-- name: create_own
-- No row if the person has made too many.
-- bind: token_hash bytes, user_id int, days int, name text, scope int, microcosm_ids ints, networks texts, most int
-- bind: site_id int, profile_id int, address text
-- row: change change
WITH made AS (
    INSERT INTO microcosm.access_tokens (token_hash, user_id, expires, name, scope, microcosm_ids, networks)
    SELECT :token_hash, :user_id, clock_timestamp() + make_interval(days => :days::int), :name, :scope::bigint::smallint
          ,:microcosm_ids::bigint[], :networks::text[]::cidr[]
     WHERE (SELECT count(*) FROM (SELECT FROM microcosm.access_tokens t WHERE @own(t) AND t.scope > 0 LIMIT :most) t) < :most
    RETURNING token_id
), @change(:site_id, 20, made.token_id, NULL, NULL, NULL, 'create', :profile_id, NULL, made)
, @audit('C', change)
SELECT c.change FROM change c;

-- name: revoke_own
-- One of them, or with token_id NULL all but one, or with both NULL all. actor_id: NULL for the user itself.
-- bind: user_id int, token_id id, but id, site_id id, actor_id id, address text
-- row: change change
WITH gone AS (
    DELETE FROM microcosm.access_tokens t
     WHERE t.user_id = :user_id
       AND (:token_id::bigint IS NULL OR t.token_id = :token_id)
       AND t.token_id IS DISTINCT FROM :but::bigint
    RETURNING t.token_id
), @change(1, 20, gone.token_id, NULL, NULL, NULL, 'delete', :actor_id::bigint, NULL, gone)
, @audit('D', (
    SELECT coalesce(:site_id::bigint, 1) AS site_id, c.item_type, c.item_id, coalesce(c.profile_id, p.profile_id) AS profile_id, c.is_private
      FROM change c
      LEFT JOIN microcosm.profiles p ON p.site_id = :site_id::bigint AND p.user_id = :user_id))
SELECT c.change FROM change c;

-- name: trim
-- Some of the tokens, codes and counts of attempts that have ended.
-- bind: limit int
-- row: rows int
-- silent: what has ended is known to nobody
WITH tokens AS (
    DELETE FROM microcosm.access_tokens
     WHERE token_id = ANY (ARRAY(SELECT t.token_id FROM microcosm.access_tokens t
                                  WHERE t.expires < statement_timestamp()
                                  ORDER BY t.expires
                                  LIMIT :limit
                                    FOR UPDATE SKIP LOCKED))
    RETURNING token_id
), codes AS (
    DELETE FROM microcosm.mail_codes
     WHERE code_id = ANY (ARRAY(SELECT c.code_id FROM microcosm.mail_codes c
                                 WHERE c.expires < statement_timestamp()
                                 ORDER BY c.expires
                                 LIMIT :limit
                                   FOR UPDATE SKIP LOCKED))
    RETURNING code_id
), attempts AS (
    DELETE FROM microcosm.sign_in_attempts
     WHERE subject = ANY (ARRAY(SELECT a.subject FROM microcosm.sign_in_attempts a
                                 WHERE a.ends < statement_timestamp()
                                 ORDER BY a.ends
                                 LIMIT :limit
                                   FOR UPDATE SKIP LOCKED))
    RETURNING subject
)
SELECT greatest((SELECT count(*) FROM tokens), (SELECT count(*) FROM codes), (SELECT count(*) FROM attempts)) AS rows;
