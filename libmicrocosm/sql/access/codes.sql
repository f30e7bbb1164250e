-- Codes by mail. Users are of no site; a code is of the one that it was asked for on.

-- name: ask
-- Notes that a mail with a code is to be sent, whether anybody has the address or not.
-- bind: site_id int, purpose int, email text, canonical_email text, minutes int
-- silent: nothing that is kept shows it
WITH made AS (
    INSERT INTO microcosm.mail_codes (purpose, site_id, email, canonical_email, expires)
    VALUES (:purpose::bigint::smallint, :site_id, :email, :canonical_email
           ,clock_timestamp() + make_interval(mins => :minutes::int))
    RETURNING code_id
)
INSERT INTO microcosm.queue (site_id, kind, item_type, item_id)
SELECT :site_id, 'code', 20, made.code_id FROM made;

-- name: notify
-- Notes that a user is to be told of a change by mail, if they have shown that the address is theirs. site_id: NULL for the
-- operator's changes; then it comes from a site on which the user has been. Of a second factor that goes (6) before it has gone.
-- bind: user_id int, site_id id, purpose int, about text, minutes int
-- silent: the same
WITH made AS (
    INSERT INTO microcosm.mail_codes (purpose, about, site_id, email, canonical_email, expires)
    SELECT :purpose::bigint::smallint, :about, s.site_id, u.email, u.canonical_email
          ,clock_timestamp() + make_interval(mins => :minutes::int)
      FROM microcosm.users u
     CROSS JOIN LATERAL (SELECT coalesce(:site_id::bigint, (SELECT max(p.site_id) FROM microcosm.profiles p WHERE p.user_id = u.user_id))
                                AS site_id) s
     WHERE u.user_id = :user_id
       AND u.confirmed IS NOT NULL
       AND s.site_id IS NOT NULL
       AND (:purpose::bigint <> 6
            OR EXISTS (SELECT FROM microcosm.totp_secrets t WHERE t.user_id = u.user_id AND t.confirmed IS NOT NULL))
    RETURNING code_id, site_id
)
INSERT INTO microcosm.queue (site_id, kind, item_type, item_id)
SELECT made.site_id, 'code', 20, made.code_id FROM made;

-- name: make
-- Gives a code its digests, for the mail that is being made; notices have none. It goes to the user's own address, as others may have
-- another one with the same canonical form. Nobody else takes the mail for lease_s seconds. No row: there is nothing to be
-- sent, as the code has ended, or there is nobody whom it would be for; or the mail was taken again meanwhile, so attempts differ.
-- bind: queue_id int, attempts int, site_id int, code_id int, link_hash bytes, typed_hash bytes, minutes int, lease_s int
-- row: purpose int, about text, email text, site_key text, site_title text
-- silent: nothing that is kept shows it
WITH held AS (
    UPDATE microcosm.queue q
       SET due = clock_timestamp() + make_interval(secs => :lease_s::bigint::double precision)
     WHERE q.queue_id = :queue_id AND q.attempts = :attempts
    RETURNING q.queue_id
), made AS (
    UPDATE microcosm.mail_codes c
       SET link_hash = CASE WHEN o.purpose <= 3 THEN :link_hash::bytea END
          ,typed_hash = CASE WHEN o.purpose <= 3 THEN :typed_hash::bytea END
          ,expires = CASE WHEN o.purpose <= 3 THEN clock_timestamp() + make_interval(mins => :minutes::int) ELSE o.expires END
          ,email = coalesce(u.email, c.email)
      FROM microcosm.mail_codes o
      LEFT JOIN microcosm.users u ON u.canonical_email = o.canonical_email
     WHERE o.site_id = :site_id
       AND o.code_id = :code_id
       AND o.expires > clock_timestamp()
       AND EXISTS (SELECT FROM held)
       AND (o.purpose = 1 OR u.user_id IS NOT NULL)
       AND c.code_id = o.code_id
    RETURNING c.purpose, c.about, c.email
)
SELECT m.purpose::bigint AS purpose
      ,m.about
      ,m.email
      ,s.subdomain_key AS site_key
      ,s.title AS site_title
  FROM made m
  JOIN microcosm.sites s ON s.site_id = :site_id AND NOT s.is_deleted;

-- name: find
-- canonical_email: of whoever has typed the code; empty for that of a link. user_id: 0 if there is no user yet.
-- bind: site_id int, purpose int, hash bytes, canonical_email text
-- row: code_id int, email text, canonical_email text, user_id int
SELECT c.code_id
      ,c.email
      ,c.canonical_email
      ,coalesce(u.user_id, 0) AS user_id
  FROM (SELECT l.* FROM microcosm.mail_codes l WHERE :canonical_email = '' AND l.link_hash = :hash
         UNION ALL
        SELECT t.* FROM microcosm.mail_codes t WHERE t.canonical_email = :canonical_email AND t.typed_hash = :hash) c
  LEFT JOIN microcosm.users u ON u.canonical_email = c.canonical_email
 WHERE c.site_id = :site_id
   AND c.purpose = :purpose::bigint
   AND c.expires > clock_timestamp()
   AND (u.user_id IS NULL OR lower(u.email) = lower(c.email))
 LIMIT 1;

-- name: use
-- Fails with all else of the transaction if somebody has been faster. The others of the address for the same end, too, and
-- its user has shown that the address is theirs.
-- bind: site_id int, code_id int, canonical_email text
-- row: is_used bool
-- silent: nothing that is kept shows it
WITH gone AS (
    DELETE FROM microcosm.mail_codes c
     WHERE c.site_id = :site_id
       AND c.code_id = :code_id
       AND c.expires > clock_timestamp()
    RETURNING c.purpose
), others AS (
    DELETE FROM microcosm.mail_codes c
     USING gone
     WHERE c.site_id = :site_id
       AND c.canonical_email = :canonical_email
       AND c.code_id <> :code_id
       AND c.purpose = gone.purpose
), confirmed AS (
    UPDATE microcosm.users u
       SET confirmed = clock_timestamp()
      FROM gone
     WHERE u.canonical_email = :canonical_email
       AND u.confirmed IS NULL
)
SELECT @as_judged(EXISTS (SELECT FROM gone)) AS is_used;

-- name: end_all
-- Those with which somebody could get a new password, as there is one now.
-- bind: user_id int
-- silent: the same
DELETE FROM microcosm.mail_codes c
 USING microcosm.users u
 WHERE u.user_id = :user_id
   AND c.canonical_email = u.canonical_email
   AND c.purpose = 2;

-- name: end_sign_ins
-- Those that a client could still exchange for a token. Before tokens are ended: it waits for an exchange that goes on, whose
-- token the next statement then sees.
-- bind: user_id int
-- silent: the same
DELETE FROM microcosm.sign_in_codes c
 WHERE c.user_id = :user_id;

-- name: confirmed
-- For the audit.
-- bind: user_id int, site_id int, address text
-- silent: only the audit has it
WITH @audit('U', (SELECT :site_id::bigint AS site_id, 14 AS item_type, u.user_id AS item_id, p.profile_id, false AS is_private
                    FROM microcosm.users u
                    LEFT JOIN microcosm.profiles p ON p.site_id = :site_id AND p.user_id = u.user_id
                   WHERE u.user_id = :user_id))
SELECT;
