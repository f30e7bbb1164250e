-- Access tokens, by their SHA-256.

-- name: token_user
-- bind: token_hash bytes
-- row: user_id int, token_id int, ms_left int
SELECT t.user_id
      ,t.token_id
      ,floor(least(extract(epoch FROM t.expires - clock_timestamp()), 86400) * 1000)::bigint AS ms_left
  FROM microcosm.access_tokens t
 WHERE t.token_hash = :token_hash
   AND t.expires > clock_timestamp();

-- name: create_token
-- bind: token_hash bytes, user_id int, days int, site_id int, profile_id int, address text
WITH made AS (
    INSERT INTO microcosm.access_tokens (token_hash, user_id, expires)
    VALUES (:token_hash, :user_id, clock_timestamp() + make_interval(days => :days::int))
    RETURNING token_id
), change AS (
    INSERT INTO microcosm.changes (site_id, item_type, item_id, action, profile_id)
    SELECT :site_id, 20, made.token_id, 'create', :profile_id FROM made
)
INSERT INTO microcosm.audit (site_id, item_type, item_id, profile_id, action, address)
SELECT :site_id, 20, made.token_id, :profile_id, 'C', :address::inet
  FROM made
 WHERE :address IS NOT NULL;

-- name: revoke_token
-- A token is valid on all sites. Without an entered site, the change is recorded for the platform's own site.
-- site_id, actor_id: NULL if no site was entered.
-- bind: token_hash bytes, site_id id, actor_id id, address text
-- row: token_id int
WITH gone AS (
    DELETE FROM microcosm.access_tokens
     WHERE token_hash = :token_hash
    RETURNING token_id
), change AS (
    INSERT INTO microcosm.changes (site_id, item_type, item_id, action, profile_id)
    SELECT coalesce(:site_id::bigint, 1), 20, gone.token_id, 'delete', :actor_id::bigint FROM gone
), audit AS (
    INSERT INTO microcosm.audit (site_id, item_type, item_id, profile_id, action, address)
    SELECT coalesce(:site_id::bigint, 1), 20, gone.token_id, :actor_id::bigint, 'D', :address::inet FROM gone WHERE :address IS NOT NULL
)
SELECT token_id FROM gone;
