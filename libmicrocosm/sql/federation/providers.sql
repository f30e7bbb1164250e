-- Services that people sign in through.

-- fragment: provider(p)
{p}.name
      ,{p}.kind
      ,{p}.title
      ,{p}.issuer
      ,{p}.client_id
      ,{p}.client_secret <> '' AS "has_secret"
      ,{p}.scopes
      ,{p}.authorize_url
      ,{p}.token_url
      ,{p}.user_url
      ,{p}.emails_url
      ,{p}.subject_key
      ,{p}.email_key
      ,{p}.verified_key
      ,{p}.name_key
      ,{p}.links
      ,{p}.registers

-- name: list
-- bind: site_id int
-- row: sign_in_provider
SELECT @provider(p)
  FROM microcosm.sign_in_providers p
 WHERE p.site_id = :site_id
 ORDER BY p.name;

-- name: choices
-- bind: site_id int
-- row: name text, title text
SELECT p.name
      ,p.title
  FROM microcosm.sign_in_providers p
 WHERE p.site_id = :site_id
 ORDER BY p.name;

-- name: find
-- With its secret, for the requests to it.
-- bind: site_id int, name text
-- row: kind text, title text, issuer text, client_id text, client_secret text, scopes text, authorize_url text, token_url text, user_url text, emails_url text, subject_key text, email_key text, verified_key text, name_key text, links bool, registers bool
SELECT p.kind
      ,p.title
      ,p.issuer
      ,p.client_id
      ,p.client_secret
      ,p.scopes
      ,p.authorize_url
      ,p.token_url
      ,p.user_url
      ,p.emails_url
      ,p.subject_key
      ,p.email_key
      ,p.verified_key
      ,p.name_key
      ,p.links
      ,p.registers
  FROM microcosm.sign_in_providers p
 WHERE p.site_id = :site_id
   AND p.name = :name;

-- name: save
-- audit_site: that which the actor's profile is on.
-- client_secret: NULL leaves it as it is, unless it would go to another service than before.
-- bind: site_id int, name text, kind text, title text, issuer text, client_id text, client_secret text, scopes text
-- bind: authorize_url text, token_url text, user_url text, emails_url text, subject_key text, email_key text
-- bind: verified_key text, name_key text, links bool, registers bool, most int, audit_site int, actor_id id, address text
-- row: change change
WITH made AS (
    INSERT INTO microcosm.sign_in_providers AS p (site_id, name, kind, title, issuer, client_id, client_secret, scopes, authorize_url
                                                 ,token_url, user_url, emails_url, subject_key, email_key, verified_key, name_key
                                                 ,links, registers)
    SELECT s.site_id, :name, :kind, :title, :issuer, :client_id, coalesce(:client_secret::text, ''), :scopes, :authorize_url, :token_url
          ,:user_url, :emails_url, :subject_key, :email_key, :verified_key, :name_key, :links, :registers
      FROM microcosm.sites s
     WHERE s.site_id = :site_id
       AND (SELECT count(*) FROM microcosm.sign_in_providers o WHERE o.site_id = :site_id AND o.name <> :name) < :most
        ON CONFLICT (site_id, name) DO UPDATE
       SET kind = EXCLUDED.kind
          ,title = EXCLUDED.title
          ,issuer = EXCLUDED.issuer
          ,client_id = EXCLUDED.client_id
          ,client_secret = CASE WHEN :client_secret::text IS NULL AND p.issuer = EXCLUDED.issuer AND p.token_url = EXCLUDED.token_url
                                THEN p.client_secret ELSE EXCLUDED.client_secret END
          ,scopes = EXCLUDED.scopes
          ,authorize_url = EXCLUDED.authorize_url
          ,token_url = EXCLUDED.token_url
          ,user_url = EXCLUDED.user_url
          ,emails_url = EXCLUDED.emails_url
          ,subject_key = EXCLUDED.subject_key
          ,email_key = EXCLUDED.email_key
          ,verified_key = EXCLUDED.verified_key
          ,name_key = EXCLUDED.name_key
          ,links = EXCLUDED.links
          ,registers = EXCLUDED.registers
    RETURNING p.site_id
), @change(made.site_id, 1, made.site_id, NULL, NULL, NULL, 'update', NULL, NULL, made)
, @audit('U', (SELECT :audit_site::bigint AS site_id, c.item_type, c.item_id, :actor_id::bigint AS profile_id, c.is_private FROM change c))
SELECT c.change FROM change c;

-- name: delete
-- bind: site_id int, name text, audit_site int, actor_id id, address text
-- row: change change
WITH gone AS (
    DELETE FROM microcosm.sign_in_providers p
     WHERE p.site_id = :site_id
       AND p.name = :name
    RETURNING p.site_id
), @change(gone.site_id, 1, gone.site_id, NULL, NULL, NULL, 'update', NULL, NULL, gone)
, @audit('U', (SELECT :audit_site::bigint AS site_id, c.item_type, c.item_id, :actor_id::bigint AS profile_id, c.is_private FROM change c))
SELECT c.change FROM change c;

-- name: identity
-- bind: issuer text, subject text
-- row: user_id int
SELECT i.user_id
  FROM microcosm.identities i
 WHERE i.issuer = :issuer
   AND i.subject = :subject;

-- name: user_with
-- bind: canonical_email text
-- row: user_id int, email text
SELECT u.user_id
      ,u.email
  FROM microcosm.users u
 WHERE u.canonical_email = :canonical_email;

-- name: link
-- Whoever comes first has the identity.
-- bind: issuer text, subject text, user_id int, site_id int, profile_id int, address text
-- silent: only the audit has it
WITH made AS (
    INSERT INTO microcosm.identities (issuer, subject, user_id)
    VALUES (:issuer, :subject, :user_id)
        ON CONFLICT (issuer, subject) DO NOTHING
    RETURNING user_id
), @audit('U', (SELECT :site_id::bigint AS site_id, 14 AS item_type, made.user_id AS item_id, :profile_id::bigint AS profile_id, false AS is_private FROM made))
SELECT;

-- name: put_code
-- It needs a second factor of who has one, and counts for longer then.
-- silent: the same
-- bind: code_hash bytes, site_id int, user_id int, seconds int, pending_seconds int
-- row: needs_factor bool
INSERT INTO microcosm.sign_in_codes (code_hash, site_id, user_id, ends, needs_factor)
SELECT :code_hash, :site_id, :user_id
      ,clock_timestamp() + make_interval(secs => CASE WHEN f.is_on THEN :pending_seconds::int ELSE :seconds::int END), f.is_on
  FROM (SELECT EXISTS (SELECT FROM microcosm.totp_secrets t WHERE t.user_id = :user_id AND t.confirmed IS NOT NULL) AS is_on) f
RETURNING needs_factor;
