-- Access tokens, by their SHA-256.

-- name: token_user
-- $1 SHA-256 of the token
SELECT t.user_id
      ,t.token_id
      ,floor(least(extract(epoch FROM t.expires - clock_timestamp()), 86400) * 1000)::bigint AS ms_left
  FROM microcosm.access_tokens t
 WHERE t.token_hash = $1
   AND t.expires > clock_timestamp();

-- name: create_token
-- $1 SHA-256 of the token, $2 user_id, $3 lifetime in days, $4 site_id, $5 profile_id, $6 address
WITH made AS (
    INSERT INTO microcosm.access_tokens (token_hash, user_id, expires)
    VALUES ($1, $2, clock_timestamp() + make_interval(days => $3::int))
    RETURNING token_id
), change AS (
    INSERT INTO microcosm.changes (site_id, item_type, item_id, action, profile_id)
    SELECT $4, 20, made.token_id, 'create', $5 FROM made
)
INSERT INTO microcosm.audit (site_id, item_type, item_id, profile_id, action, address)
SELECT $4, 20, made.token_id, $5, 'C', $6::inet
  FROM made
 WHERE $6 IS NOT NULL;

-- name: revoke_token
-- A token is good on every site. Who ends one without having entered any acts on the platform's own.
-- $1 SHA-256 of the token, $2 site_id or NULL, $3 profile_id of the actor or NULL, $4 address
WITH gone AS (
    DELETE FROM microcosm.access_tokens
     WHERE token_hash = $1
    RETURNING token_id
), change AS (
    INSERT INTO microcosm.changes (site_id, item_type, item_id, action, profile_id)
    SELECT coalesce($2::bigint, 1), 20, gone.token_id, 'delete', $3::bigint FROM gone
), audit AS (
    INSERT INTO microcosm.audit (site_id, item_type, item_id, profile_id, action, address)
    SELECT coalesce($2::bigint, 1), 20, gone.token_id, $3::bigint, 'D', $4::inet FROM gone WHERE $4 IS NOT NULL
)
SELECT token_id FROM gone;
