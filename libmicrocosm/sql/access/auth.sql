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
-- row: change change
WITH made AS (
    INSERT INTO microcosm.access_tokens (token_hash, user_id, expires)
    VALUES (:token_hash, :user_id, clock_timestamp() + make_interval(days => :days::int))
    RETURNING token_id
), @change(:site_id, 20, made.token_id, NULL, NULL, NULL, 'create', :profile_id, NULL, made)
, @audit('C', change)
SELECT c.change FROM change c;

-- name: revoke_token
-- A token is good on every site, and its end is in the feed of the platform's own, where the trigger on access_tokens
-- looks for it. Who ends one without having entered any site acts there too.
-- site_id, actor_id: NULL if no site was entered.
-- bind: token_hash bytes, site_id id, actor_id id, address text
-- row: change change
WITH gone AS (
    DELETE FROM microcosm.access_tokens
     WHERE token_hash = :token_hash
    RETURNING token_id
), @change(1, 20, gone.token_id, NULL, NULL, NULL, 'delete', :actor_id::bigint, NULL, gone)
, @audit('D', (SELECT coalesce(:site_id::bigint, 1) AS site_id, c.item_type, c.item_id, c.profile_id FROM change c))
SELECT c.change FROM change c;
