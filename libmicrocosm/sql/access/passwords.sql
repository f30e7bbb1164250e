-- Signing in with a password. Users and what belongs to them are of no site.

-- name: of_email
-- bind: canonical_email text
-- row: user_id int, hash text
SELECT u.user_id
      ,p.hash
  FROM microcosm.users u
  JOIN microcosm.passwords p ON p.user_id = u.user_id
 WHERE u.canonical_email = :canonical_email;

-- name: of_user
-- bind: user_id int
-- row: hash text
SELECT p.hash FROM microcosm.passwords p WHERE p.user_id = :user_id;

-- name: set
-- site_id: NULL for the platform's own. actor_id: NULL for the user itself.
-- bind: user_id int, hash text, site_id id, actor_id id, address text
-- silent: nothing that is kept shows it
WITH made AS (
    INSERT INTO microcosm.passwords AS p (user_id, hash)
    VALUES (:user_id, :hash)
        ON CONFLICT (user_id) DO UPDATE SET hash = EXCLUDED.hash
    RETURNING p.user_id
), @audit('U', (
    SELECT coalesce(:site_id::bigint, 1) AS site_id
          ,14 AS item_type
          ,made.user_id AS item_id
          ,coalesce(:actor_id::bigint, p.profile_id) AS profile_id
          ,false AS is_private
      FROM made
      LEFT JOIN microcosm.profiles p ON p.site_id = :site_id::bigint AND p.user_id = made.user_id))
SELECT;

-- name: rehash
-- The same password at today's costs, unless it was changed meanwhile.
-- bind: user_id int, old text, new text
-- silent: the same
UPDATE microcosm.passwords
   SET hash = :new
 WHERE user_id = :user_id
   AND hash = :old;

-- name: count_attempt
-- For how many seconds the attempt is refused; 0: it is not. One transaction counts a subject at a time, so no
-- attempt is missed. An account from where it has signed in before counts by itself, whatever others do.
-- known: the subject that says where it has. of_*: how many there may be. Subjects that don't count are empty.
-- bind: known bytes, account bytes, pair bytes, address bytes, network bytes
-- bind: of_account int, of_pair int, of_address int, of_network int
-- row: wait_s int
-- silent: nothing that is kept shows it
WITH wanted AS MATERIALIZED (
    SELECT w.subject, w.most
      FROM (VALUES (:pair::bytea, :of_pair::bigint, true), (:address::bytea, :of_address::bigint, false)
                  ,(:network::bytea, :of_network::bigint, false), (:account::bytea, :of_account::bigint, false))
           AS w (subject, most, is_pair)
     WHERE octet_length(w.subject) > 0
       AND (w.is_pair OR NOT EXISTS (SELECT FROM microcosm.sign_in_attempts k
                                      WHERE k.subject = :known AND k.known_until > clock_timestamp()))
), counted AS (
    INSERT INTO microcosm.sign_in_attempts AS a (subject, count, resets, ends)
    SELECT w.subject, 1, clock_timestamp() + interval '15 minutes', clock_timestamp() + interval '15 minutes'
      FROM wanted w
     ORDER BY w.subject
        ON CONFLICT (subject) DO UPDATE
       SET count = CASE WHEN a.resets <= clock_timestamp() THEN 1 ELSE least(a.count, 1000000) + 1 END
          ,resets = CASE WHEN a.resets <= clock_timestamp() THEN EXCLUDED.resets ELSE a.resets END
          ,ends = greatest(a.ends, EXCLUDED.ends)
    RETURNING a.subject, a.count, a.resets
)
SELECT greatest(0, ceil(extract(epoch FROM coalesce(max(c.resets), clock_timestamp()) - clock_timestamp())))::bigint AS wait_s
  FROM counted c
  JOIN wanted w ON w.subject = c.subject
 WHERE c.count > w.most;

-- name: succeed
-- bind: pair bytes
-- silent: the same
UPDATE microcosm.sign_in_attempts
   SET count = 0
      ,known_until = clock_timestamp() + interval '90 days'
      ,ends = clock_timestamp() + interval '90 days'
 WHERE subject = :pair;

-- name: forget
-- bind: account bytes, pair bytes
-- silent: the same
UPDATE microcosm.sign_in_attempts SET count = 0 WHERE subject IN (:account, :pair);

-- name: fail
-- A wrong attempt; item_id 0 if there is no such user.
-- bind: canonical_email text, site_id int, address text
-- silent: only the audit has it
WITH @audit('F', (SELECT :site_id::bigint AS site_id, 14 AS item_type, u.user_id AS item_id, p.profile_id, false AS is_private
                    FROM (SELECT coalesce(max(x.user_id), 0) AS user_id
                            FROM microcosm.users x
                           WHERE x.canonical_email = :canonical_email) u
                    LEFT JOIN microcosm.profiles p ON p.site_id = :site_id AND p.user_id = u.user_id))
SELECT;
