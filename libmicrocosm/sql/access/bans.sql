-- Bans: users and e-mail addresses that are shut out of a site.

-- fragment: ban_of(site_id, u)
-- What shuts a row of users out now: of several bans that which lasts longest, by the database's clock.
(SELECT b.ban_id, b.expires, b.display_reason
   FROM (SELECT n.ban_id, n.expires, n.display_reason
           FROM microcosm.site_bans n
          WHERE n.site_id = {site_id} AND n.user_id = {u}.user_id
          UNION ALL
         SELECT n.ban_id, n.expires, n.display_reason
           FROM microcosm.site_bans n
          WHERE n.site_id = {site_id} AND n.email_pattern = ANY (microcosm.email_patterns({u}.canonical_email))) b
  WHERE b.expires IS NULL OR b.expires > clock_timestamp()
  ORDER BY b.expires DESC NULLS FIRST
  LIMIT 1)

-- fragment: owner_with(canonical_email)
-- A row if the address is that of who owns or made the site.
SELECT
  FROM microcosm.sites s
  JOIN microcosm.profiles p ON p.site_id = s.site_id AND p.profile_id IN (s.owned_by, s.created_by)
  JOIN microcosm.users u ON u.user_id = p.user_id
 WHERE s.site_id = :site_id AND u.canonical_email = {canonical_email}

-- name: owns
-- bind: site_id int, canonical_email text
@owner_with(:canonical_email);

-- name: of_email
-- unsettled: no counters
-- What shuts an address out now; no row for the address of who owns or made the site.
-- bind: site_id int, canonical_email text
-- row: display_reason text
SELECT b.display_reason
  FROM microcosm.site_bans b
 WHERE b.site_id = :site_id
   AND b.email_pattern = ANY (microcosm.email_patterns(:canonical_email))
   AND (b.expires IS NULL OR b.expires > clock_timestamp())
   AND NOT EXISTS (@owner_with(:canonical_email))
 ORDER BY b.expires DESC NULLS FIRST
 LIMIT 1;

-- fragment: counts(b, sees_emails)
-- A ban that has not ended, and that the actor may see.
({b}.expires IS NULL OR {b}.expires > clock_timestamp()) AND ({sees_emails}::boolean OR {b}.email_pattern IS NULL)

-- fragment: bans(source)
SELECT b.ban_id AS "id"
      ,b.user_id
      ,b.email_pattern
      ,b.display_reason
      ,b.admin_reason
      ,b.expires
      ,p.profile_id AS "profile.id"
      ,p.site_id AS "profile.site_id"
      ,p.user_id AS "profile.user_id"
      ,p.profile_name AS "profile.profile_name"
      ,p.is_visible AS "profile.visible"
      ,p.avatar AS "profile.avatar"
      ,b.created AS "meta.created"
      ,a.profile_id AS "meta.created_by.id"
      ,a.site_id AS "meta.created_by.site_id"
      ,a.user_id AS "meta.created_by.user_id"
      ,a.profile_name AS "meta.created_by.profile_name"
      ,a.is_visible AS "meta.created_by.visible"
      ,a.avatar AS "meta.created_by.avatar"
  FROM {source} b
  LEFT JOIN microcosm.profiles p ON p.site_id = :site_id AND p.user_id = b.user_id
  LEFT JOIN microcosm.profiles a ON a.site_id = :site_id AND a.profile_id = b.created_by

-- name: total
-- Of the newest ones, as many as are looked at most.
-- bind: site_id int, sees_emails bool, most int
-- row: total int
SELECT count(*) AS total
  FROM (SELECT * FROM microcosm.site_bans n WHERE n.site_id = :site_id ORDER BY n.ban_id DESC LIMIT :most) b
 WHERE @counts(b, :sees_emails);

-- name: page
-- bind: site_id int, sees_emails bool, most int, limit int, offset int
-- row: ban
@bans((SELECT b.*
          FROM (SELECT * FROM microcosm.site_bans n WHERE n.site_id = :site_id ORDER BY n.ban_id DESC LIMIT :most) b
         WHERE @counts(b, :sees_emails)
         ORDER BY b.ban_id DESC
         LIMIT :limit OFFSET :offset))
 ORDER BY b.ban_id DESC;

-- name: get
-- bind: site_id int, sees_emails bool, ban_id int
-- row: ban
@bans((SELECT b.* FROM microcosm.site_bans b
         WHERE b.site_id = :site_id AND b.ban_id = :ban_id AND @counts(b, :sees_emails)));

-- name: find
-- The profile that a ban is to name, by its own id or that of its user (0: not by that).
-- bind: site_id int, profile_id int, user_id int
-- row: profile_id int, user_id int
SELECT p.profile_id
      ,p.user_id
  FROM microcosm.profiles p
 WHERE p.site_id = :site_id
   AND p.profile_id = CASE WHEN :user_id::bigint = 0 THEN :profile_id
                           ELSE (SELECT o.profile_id FROM microcosm.profiles o
                                  WHERE o.site_id = :site_id AND o.user_id = :user_id) END
   AND (:profile_id::bigint = 0 OR p.profile_id = :profile_id);

-- fragment: ban_change(source)
-- Facts about the user have changed, or about anybody on the site. The audit has the ban itself.
@change(:site_id, CASE WHEN b.user_id IS NULL THEN 17 ELSE 14 END, coalesce(b.user_id, 0), NULL, NULL, NULL, 'update', :actor_id, NULL, {source} b)

-- fragment: ban_audit(action, source)
@audit({action}, (SELECT :site_id::bigint AS site_id, 22 AS item_type, b.ban_id AS item_id, :actor_id::bigint AS profile_id, false AS is_private, b.is_new FROM {source} b))

-- fragment: put(key)
-- Who is banned already, is so with the new reasons and end. No row if that has come.
WITH made AS (
    INSERT INTO microcosm.site_bans AS b (site_id, user_id, email_pattern, expires, display_reason, admin_reason, created_by)
    SELECT :site_id, :user_id::bigint, :email_pattern::text, :expires::timestamptz, :display_reason, :admin_reason, :actor_id
     WHERE coalesce(:expires::timestamptz > clock_timestamp(), true)
        ON CONFLICT (site_id, {key}) DO UPDATE
       SET created = clock_timestamp()
          ,expires = EXCLUDED.expires
          ,display_reason = EXCLUDED.display_reason
          ,admin_reason = EXCLUDED.admin_reason
          ,created_by = EXCLUDED.created_by
    RETURNING b.ban_id, b.user_id, xmax = 0 AS is_new
), @ban_change(made)
, @ban_audit(CASE WHEN c.is_new THEN 'C' ELSE 'R' END, made)
SELECT c.change, made.ban_id FROM change c CROSS JOIN made

-- name: put_user
-- bind: site_id int, user_id id, email_pattern text, expires time, display_reason text, admin_reason text, actor_id int
-- bind: address text
-- row: change change, ban_id int
@put(user_id);

-- name: put_email
-- bind: site_id int, user_id id, email_pattern text, expires time, display_reason text, admin_reason text, actor_id int
-- bind: address text
-- row: change change, ban_id int
@put(email_pattern);

-- name: delete
-- By its id, or whom it names. One that has ended counts as deleted already.
-- bind: site_id int, ban_id id, user_id id, email_pattern text, sees_emails bool, actor_id int, address text
-- row: change change
WITH gone AS (
    DELETE FROM microcosm.site_bans b
     WHERE b.site_id = :site_id
       AND (b.ban_id = :ban_id::bigint OR b.user_id = :user_id::bigint OR b.email_pattern = :email_pattern::text)
       AND @counts(b, :sees_emails)
    RETURNING b.ban_id, b.user_id, false AS is_new
), @ban_change(gone)
, @ban_audit('D', gone)
SELECT c.change FROM change c;
