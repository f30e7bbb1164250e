-- Second factors. Users and what belongs to them are of no site; site_id is for the audit.

-- fragment: factor_audit(source)
@audit('U', (SELECT :site_id::bigint AS site_id, 14 AS item_type, s.user_id AS item_id, p.profile_id, false AS is_private
               FROM {source} s
               LEFT JOIN microcosm.profiles p ON p.site_id = :site_id::bigint AND p.user_id = s.user_id))

-- name: begin
-- No row if there is one that counts.
-- bind: user_id int, secret bytes, site_id int, address text
-- row: user_id int
-- silent: nothing that is kept shows it
WITH made AS (
    INSERT INTO microcosm.totp_secrets AS t (user_id, secret)
    VALUES (:user_id, :secret)
        ON CONFLICT (user_id) DO UPDATE SET secret = EXCLUDED.secret, last_step = 0 WHERE t.confirmed IS NULL
    RETURNING t.user_id
), @factor_audit(made)
SELECT m.user_id FROM made m;

-- name: of_user
-- secret: in hexadecimal digits. is_proved: the token has shown it within so many minutes. confirmed: NULL, it doesn't count.
-- bind: user_id int, token_id int, minutes int
-- row: canonical_email text, secret text, confirmed time, last_step int, recovery_codes int, is_proved bool
SELECT u.canonical_email
      ,encode(t.secret, 'hex') AS secret
      ,t.confirmed
      ,t.last_step
      ,(SELECT count(*) FROM microcosm.recovery_codes r WHERE r.user_id = t.user_id) AS recovery_codes
      ,EXISTS (SELECT FROM microcosm.access_tokens a
                WHERE a.token_id = :token_id
                  AND a.proved > clock_timestamp() - make_interval(mins => :minutes::int)) AS is_proved
  FROM microcosm.totp_secrets t
  JOIN microcosm.users u ON u.user_id = t.user_id
 WHERE t.user_id = :user_id;

-- name: use_step
-- Fails if a code of the step, or of a later one, was used.
-- bind: user_id int, step int
-- row: is_used bool
-- silent: the same
WITH used AS (
    UPDATE microcosm.totp_secrets t
       SET last_step = :step
     WHERE t.user_id = :user_id
       AND t.last_step < :step
    RETURNING t.user_id
)
SELECT @as_judged(EXISTS (SELECT FROM used)) AS is_used;

-- name: use_recovery_code
-- Fails if it was used.
-- bind: user_id int, hash bytes
-- row: is_used bool
-- silent: the same
WITH used AS (
    DELETE FROM microcosm.recovery_codes r
     WHERE r.user_id = :user_id
       AND r.code_hash = :hash
    RETURNING r.user_id
)
SELECT @as_judged(EXISTS (SELECT FROM used)) AS is_used;

-- name: has_recovery_code
-- bind: user_id int, hash bytes
-- row: is_there bool
SELECT EXISTS (SELECT FROM microcosm.recovery_codes r WHERE r.user_id = :user_id AND r.code_hash = :hash) AS is_there;

-- name: confirm
-- Fails if it isn't the secret any more whose code was shown.
-- bind: user_id int, secret bytes, site_id int, address text
-- row: is_confirmed bool
-- silent: the same
WITH made AS (
    UPDATE microcosm.totp_secrets t
       SET confirmed = clock_timestamp()
     WHERE t.user_id = :user_id
       AND t.secret = :secret
       AND t.confirmed IS NULL
    RETURNING t.user_id
), @factor_audit(made)
SELECT @as_judged(EXISTS (SELECT FROM made)) AS is_confirmed;

-- name: set_recovery_codes
-- hashes: in hexadecimal digits, instead of those that there are.
-- bind: user_id int, hashes texts, site_id int, address text
-- silent: the same
WITH gone AS (
    DELETE FROM microcosm.recovery_codes r WHERE r.user_id = :user_id
), made AS (
    INSERT INTO microcosm.recovery_codes (user_id, code_hash)
    SELECT :user_id, decode(h.hash, 'hex') FROM unnest(:hashes::text[]) h (hash)
), @factor_audit((SELECT :user_id::bigint AS user_id))
SELECT;

-- name: remove
-- site_id: NULL for the platform's own.
-- bind: user_id int, site_id id, actor_id id, address text
-- row: is_gone bool
-- silent: the same
WITH gone AS (
    DELETE FROM microcosm.totp_secrets t WHERE t.user_id = :user_id RETURNING t.user_id
), codes AS (
    DELETE FROM microcosm.recovery_codes r WHERE r.user_id = :user_id
), @audit('U', (SELECT coalesce(:site_id::bigint, 1) AS site_id, 14 AS item_type, gone.user_id AS item_id, :actor_id::bigint AS profile_id, false AS is_private FROM gone))
SELECT EXISTS (SELECT FROM gone) AS is_gone;

-- name: prove
-- A token has shown it just now.
-- bind: token_id int, user_id int, site_id int, address text
-- silent: the same
WITH made AS (
    UPDATE microcosm.access_tokens a
       SET proved = clock_timestamp()
     WHERE a.token_id = :token_id
       AND a.user_id = :user_id
    RETURNING a.user_id
), @factor_audit(made)
SELECT;
