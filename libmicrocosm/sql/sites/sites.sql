-- Sites.

-- name: find
-- By key or by the site's own domain, which takes precedence.
-- bind: subdomain_key text, domain text
-- row: site_id int, subdomain_key text, domain text, force_ssl bool, owned_by int, created_by int
-- row: only_admins_create_microcosms bool, markdown_max int, facts_version int
SELECT s.site_id
      ,s.subdomain_key
      ,s.domain
      ,s.force_ssl
      ,s.owned_by
      ,s.created_by
      ,s.only_admins_create_microcosms
      ,s.markdown_max
      ,s.facts_version
  FROM microcosm.sites s
 WHERE s.site_id = (SELECT found.site_id
                      FROM (SELECT d.site_id, 1 AS place
                              FROM microcosm.sites d
                             WHERE d.domain = :domain AND d.domain <> '' AND NOT d.is_deleted
                             UNION ALL
                            SELECT k.site_id, 2
                              FROM microcosm.sites k
                             WHERE k.subdomain_key = :subdomain_key AND NOT k.is_deleted) found
                     ORDER BY found.place
                     LIMIT 1);

-- name: list
-- bind: after int, limit int
-- row: site_summary
SELECT s.site_id AS "id"
      ,s.subdomain_key
      ,s.domain
      ,s.title
      ,s.created
      ,s.is_deleted AS deleted
  FROM microcosm.sites s
 WHERE s.site_id > greatest(:after::bigint, 1)
 ORDER BY s.site_id
 LIMIT :limit;

-- name: facts
-- unsettled: no counters
-- The facts about a site that decisions depend on and that may have changed since it was entered.
-- bind: site_id int
-- row: facts_version int, owned_by int, created_by int, only_admins_create_microcosms bool, markdown_max int
SELECT s.facts_version
      ,s.owned_by
      ,s.created_by
      ,s.only_admins_create_microcosms
      ,s.markdown_max
  FROM microcosm.sites s
 WHERE s.site_id = :site_id;

-- fragment: site(description)
-- What a site shows of itself. What it hasn't chosen comes from its theme. An empty icon or background is a choice; other
-- empty texts count as not chosen.
s.site_id AS "id"
      ,s.title
      ,{description} AS description
      ,s.subdomain_key
      ,s.domain
      ,s.force_ssl
      ,o.profile_id AS "owned_by.id"
      ,o.site_id AS "owned_by.site_id"
      ,o.user_id AS "owned_by.user_id"
      ,o.profile_name AS "owned_by.profile_name"
      ,o.is_visible AS "owned_by.visible"
      ,o.avatar AS "owned_by.avatar"
      ,s.theme_id
      ,coalesce(nullif(s.logo_url, ''), t.logo_url) AS "logo_url"
      ,coalesce(s.favicon_url, t.favicon_url) AS "favicon_url"
      ,coalesce(nullif(s.background_color, ''), t.background_color) AS "background_color"
      ,coalesce(s.background_url, t.background_url) AS "background_url"
      ,CASE WHEN coalesce(s.background_url, t.background_url) <> ''
            THEN coalesce(nullif(s.background_position, ''), t.background_position) END
           AS "background_position"
      ,coalesce(nullif(s.link_color, ''), t.link_color) AS "link_color"
      ,s.ga_web_property_id
      ,s.auth0_domain
      ,s.auth0_client_id
      ,s.search_language
      ,s.created AS "meta.created"
      ,c.profile_id AS "meta.created_by.id"
      ,c.site_id AS "meta.created_by.site_id"
      ,c.user_id AS "meta.created_by.user_id"
      ,c.profile_name AS "meta.created_by.profile_name"
      ,c.is_visible AS "meta.created_by.visible"
      ,c.avatar AS "meta.created_by.avatar"
      ,s.is_deleted AS "meta.flags.deleted"
  FROM microcosm.sites s
  JOIN microcosm.themes t ON t.theme_id = s.theme_id
  LEFT JOIN microcosm.profiles o ON o.site_id = s.site_id AND o.profile_id = s.owned_by
  LEFT JOIN microcosm.profiles c ON c.site_id = s.site_id AND c.profile_id = s.created_by

-- name: get
-- bind: site_id int
-- row: site
SELECT @site(s.description)
 WHERE s.site_id = :site_id;

-- fragment: figures()
-- In the order of the list, then whose they are; as last counted (counters.refresh_site), but the current number of profiles.
s.active_profiles
      ,s.online_profiles
      ,s.total_profiles
       + coalesce((SELECT sum(d.total_profiles) FROM microcosm.site_deltas d WHERE d.site_id = s.site_id), 0)::bigint
       AS total_profiles
      ,s.total_conversations
      ,s.total_events
      ,s.total_comments
      ,s.site_id
  FROM microcosm.site_stats s

-- name: title
-- bind: site_id int
-- row: title text
SELECT s.title FROM microcosm.sites s WHERE s.site_id = :site_id;

-- name: menu
-- bind: site_id int
-- row: href text, title text, text text
SELECT m.href
      ,m.title
      ,m.text
  FROM microcosm.menu_links m
 WHERE m.site_id = :site_id
 ORDER BY m.position;

-- name: stats
-- bind: site_id int
SELECT @figures()
 WHERE s.site_id = :site_id;

-- Lists of sites are for the platform: whose rows they show, row-level security doesn't limit.

-- fragment: of_user()
-- Sites whose owner is a profile of this user.
SELECT o.site_id
  FROM microcosm.profiles o
  JOIN microcosm.sites x ON x.site_id = o.site_id AND x.owned_by = o.profile_id
 WHERE o.user_id = :owner_user_id

-- fragment: shown()
-- The sites of the list; of one user only, if that is given.
FROM microcosm.sites s
 WHERE s.site_id > 1
   AND NOT s.is_deleted
   AND (:owner_user_id = 0 OR s.site_id IN (@of_user()))

-- fragment: shown_here()
SELECT s.site_id @shown() ORDER BY s.site_id LIMIT :limit OFFSET :offset

-- name: public_total
-- bind: owner_user_id int
-- row: total int
SELECT count(*) AS total @shown();

-- name: public
-- bind: owner_user_id int, limit int, offset int
-- row: site
SELECT @site(@listed_description(s.description, s.site_id))
 WHERE s.site_id IN (@shown_here())
 ORDER BY s.site_id;

-- name: public_menus
-- Up to 4 MiB of them, as of descriptions.
-- bind: owner_user_id int, limit int, offset int
-- row: site_id int, href text, title text, text text
SELECT m.site_id, m.href, m.title, m.text
  FROM (SELECT l.*
              ,sum(octet_length(l.href) + octet_length(l.title) + octet_length(l.text))
               OVER (ORDER BY l.site_id, l.position ROWS UNBOUNDED PRECEDING) AS bytes
          FROM microcosm.menu_links l
         WHERE l.site_id IN (@shown_here())) m
 WHERE m.bytes <= 4194304
 ORDER BY m.site_id, m.position;

-- name: public_stats
-- bind: owner_user_id int, limit int, offset int
SELECT @figures()
 WHERE s.site_id IN (@shown_here())
 ORDER BY s.site_id;

-- name: host
-- bind: domain text
-- row: subdomain_key text
SELECT s.subdomain_key
  FROM microcosm.sites s
 WHERE s.domain = :domain
   AND s.domain <> ''
   AND NOT s.is_deleted;

-- fragment: has_key(s)
-- Of the sites that have been given one key, the one whose it is now.
(NOT {s}.is_deleted OR {s}.is_being_imported)

-- name: key
-- bind: subdomain_key text
-- row: is_used bool, is_kept_back bool
SELECT EXISTS (SELECT FROM microcosm.sites s WHERE s.subdomain_key = :subdomain_key AND @has_key(s)) AS is_used
      ,EXISTS (SELECT FROM microcosm.reserved_keys r WHERE r.subdomain_key = :subdomain_key) AS is_kept_back;

-- name: theme_exists
-- bind: theme_id int
-- row: theme_id int
SELECT t.theme_id
  FROM microcosm.themes t
 WHERE t.theme_id = :theme_id;

-- name: languages
-- Whether PostgreSQL searches in a language, and all of those.
-- bind: name text
-- row: is_known bool, names text
SELECT coalesce(bool_or(c.cfgname = :name), false) AS is_known
      ,string_agg(c.cfgname, ', ' ORDER BY c.cfgname) AS names
  FROM pg_catalog.pg_ts_config c
 WHERE c.cfgnamespace = 'pg_catalog'::regnamespace;

-- name: owner
-- Whether a user owns a site: as which profile, or 0; and whether its key or its domain is another's since it was deleted.
-- No row if there is no such site.
-- bind: site_id int, user_id int
-- row: owner_id int, is_deleted bool, is_key_taken bool, is_domain_taken bool
SELECT coalesce(o.profile_id, 0) AS owner_id
      ,s.is_deleted
      ,s.is_deleted AND EXISTS (SELECT FROM microcosm.sites t
                                 WHERE t.subdomain_key = s.subdomain_key AND @has_key(t) AND t.site_id <> s.site_id) AS is_key_taken
      ,s.is_deleted AND EXISTS (SELECT FROM microcosm.sites t
                                 WHERE t.domain = s.domain AND t.domain <> '' AND NOT t.is_deleted) AS is_domain_taken
  FROM microcosm.sites s
  LEFT JOIN microcosm.profiles o
    ON o.site_id = s.site_id AND o.profile_id = s.owned_by AND o.user_id = :user_id
 WHERE s.site_id = :site_id;

-- fragment: goes_on_importing(s)
-- Who deletes a site that is being imported gives its import up, and who brings it back shows what is there so far.
is_being_imported = {s}.is_being_imported AND :deleted::boolean IS NULL

-- name: edit
-- What is NULL stays. An empty logo or colour: back to the theme's.
-- bind: site_id int, actor_id int, title text, description text, theme_id maybe_int, logo_url text
-- bind: favicon_url text, background_url text, background_color text, background_position text, link_color text
-- bind: ga_web_property_id text, deleted choice, search_language text, address text
-- row: change change
WITH edited AS (
    UPDATE microcosm.sites s
       SET title = coalesce(:title::text, s.title)
          ,description = coalesce(:description::text, s.description)
          ,theme_id = coalesce(:theme_id::bigint, s.theme_id)
          ,logo_url = nullif(coalesce(:logo_url::text, s.logo_url), '')
          ,favicon_url = coalesce(:favicon_url::text, s.favicon_url)
          ,background_url = coalesce(:background_url::text, s.background_url)
          ,background_color = nullif(coalesce(:background_color::text, s.background_color), '')
          ,background_position = coalesce(:background_position::text, s.background_position)
          ,link_color = nullif(coalesce(:link_color::text, s.link_color), '')
          ,ga_web_property_id = coalesce(:ga_web_property_id::text, s.ga_web_property_id)
          ,is_deleted = coalesce(:deleted::boolean, s.is_deleted)
          ,@goes_on_importing(s)
          ,search_language = coalesce(:search_language::text, s.search_language)
     WHERE s.site_id = :site_id
    RETURNING s.site_id
), @change(edited.site_id, 1, edited.site_id, NULL, NULL, NULL, 'replace', :actor_id, NULL, edited)
, @audit('R', change)
SELECT c.change FROM change c;

-- name: set_settings
-- What is NULL stays. By the operator, in the name of the site's owner. If nobody has the key now, it is the newest site that had it;
-- so it is for a site that comes back, which is a conflict if another has the key.
-- bind: subdomain_key text, domain text, force_ssl choice, deleted choice, auth0_domain text, auth0_client_id text
-- bind: markdown_max maybe_int, address text
-- row: change change
WITH edited AS (
    UPDATE microcosm.sites s
       SET domain = coalesce(:domain::text, s.domain)
          ,force_ssl = coalesce(:force_ssl::boolean, s.force_ssl)
          ,is_deleted = coalesce(:deleted::boolean, s.is_deleted)
          ,auth0_domain = coalesce(:auth0_domain::text, s.auth0_domain)
          ,auth0_client_id = coalesce(:auth0_client_id::text, s.auth0_client_id)
          ,markdown_max = coalesce(:markdown_max::integer, s.markdown_max)
          ,@goes_on_importing(s)
     WHERE s.site_id = (SELECT k.site_id
                          FROM microcosm.sites k
                         WHERE k.subdomain_key = :subdomain_key
                         ORDER BY (k.is_deleted AND :deleted::boolean IS FALSE) DESC, @has_key(k) DESC, k.site_id DESC
                         LIMIT 1)
    RETURNING s.site_id, s.owned_by
), @change(edited.site_id, 1, edited.site_id, NULL, NULL, NULL, 'replace', edited.owned_by, NULL, edited)
, @audit('R', change)
SELECT c.change FROM change c;

-- name: lock
-- bind: site_id int
SELECT
  FROM microcosm.sites s
 WHERE s.site_id = :site_id
   FOR NO KEY UPDATE;

-- name: set_menu
-- Must follow lock: what others have saved since this statement began would be mixed with it.
-- bind: site_id int, actor_id int, hrefs texts, titles texts, texts texts, address text
-- row: change change
WITH site AS (
    SELECT s.site_id FROM microcosm.sites s WHERE s.site_id = :site_id
), gone AS (
    DELETE FROM microcosm.menu_links m
     USING site
     WHERE m.site_id = :site_id
       AND m.position >= cardinality(:hrefs::text[])
), saved AS (
    INSERT INTO microcosm.menu_links (site_id, position, href, title, text)
    SELECT site.site_id, (l.n - 1)::smallint, l.href, l.title, l.text
      FROM site, unnest(:hrefs::text[], :titles::text[], :texts::text[]) WITH ORDINALITY AS l (href, title, text, n)
        ON CONFLICT (site_id, position)
        DO UPDATE SET href = excluded.href, title = excluded.title, text = excluded.text
), @change(site.site_id, 1, site.site_id, NULL, NULL, NULL, 'update', :actor_id, NULL, site)
, @audit('U', change)
SELECT c.change FROM change c;

-- name: create
-- A site with the records that it needs from the start. They refer to each other, so their ids are generated first.
-- No row, and nothing is created, if the key is in use; else one row per change.
-- bind: subdomain_key text, title text, description text, owner_id int, owner_name text, owner_key text, owner_look text
-- bind: owner_order text, address text
-- bind: theme_id maybe_int, logo_url text, favicon_url text, background_url text, background_color text
-- bind: background_position text, link_color text, ga_web_property_id text, search_language text
-- row: change change
WITH ids AS MATERIALIZED (
    SELECT nextval(pg_get_serial_sequence('microcosm.sites', 'site_id')) AS site_id
          ,nextval(pg_get_serial_sequence('microcosm.profiles', 'profile_id')) AS profile_id
          ,nextval(pg_get_serial_sequence('microcosm.microcosms', 'microcosm_id')) AS microcosm_id
), site AS (
    INSERT INTO microcosm.sites
           (site_id, subdomain_key, title, description, owned_by, created_by, theme_id, logo_url, favicon_url,
            background_url, background_color, background_position, link_color, ga_web_property_id, search_language)
    SELECT ids.site_id, :subdomain_key, :title, :description::text, ids.profile_id, ids.profile_id,
           coalesce(:theme_id::bigint, 1), nullif(:logo_url::text, ''), :favicon_url::text, :background_url::text,
           nullif(:background_color::text, ''), :background_position::text, nullif(:link_color::text, ''),
           :ga_web_property_id::text, coalesce(:search_language::text, 'english')
      FROM ids
        ON CONFLICT (subdomain_key) WHERE NOT is_deleted OR is_being_imported DO NOTHING
    RETURNING site_id, default_send_email, default_send_sms
), made AS (
    SELECT site.site_id, ids.profile_id, ids.microcosm_id, site.default_send_email, site.default_send_sms
      FROM site
      JOIN ids ON ids.site_id = site.site_id
), owner AS (
    INSERT INTO microcosm.profiles (site_id, profile_id, user_id, profile_name, name_key, name_look, name_order)
    SELECT made.site_id, made.profile_id, :owner_id, :owner_name, :owner_key, :owner_look, :owner_order FROM made
), options AS (
    INSERT INTO microcosm.profile_options (site_id, profile_id, send_email, send_sms)
    SELECT made.site_id, made.profile_id, made.default_send_email, made.default_send_sms FROM made
), root AS (
    INSERT INTO microcosm.microcosms
           (site_id, microcosm_id, path, title, description, item_types, owned_by, created_by)
    SELECT made.site_id, made.microcosm_id, ARRAY[made.microcosm_id], 'Forums', :description::text, '{2,6,9}',
           made.profile_id, made.profile_id
      FROM made
), root_stats AS (
    INSERT INTO microcosm.microcosm_counters (site_id, microcosm_id)
    SELECT made.site_id, made.microcosm_id FROM made
), roles AS (
    INSERT INTO microcosm.roles
           (site_id, microcosm_id, title, is_banned, include_guests, include_users,
            can_create, can_read, can_close_own, can_read_others, created_by)
    SELECT made.site_id, made.microcosm_id, r.title, r.is_banned, r.include_guests, r.include_users,
           r.can_create, r.can_read, r.can_close_own, r.can_read_others, made.profile_id
      FROM made
     CROSS JOIN (VALUES ('Guests',  false, true,  false, false, true,  false, false),
                        ('Members', false, false, true,  true,  true,  true,  true),
                        ('Banned',  true,  false, false, false, false, false, false))
           AS r (title, is_banned, include_guests, include_users,
                 can_create, can_read, can_close_own, can_read_others)
), site_stats AS ( -- to be counted at once
    INSERT INTO microcosm.site_stats (site_id, refreshed)
    SELECT made.site_id, '-infinity' FROM made
), new AS (
    SELECT made.site_id, made.profile_id, n.item_type, n.item_id, n.microcosm_id, n.action
      FROM made
     CROSS JOIN LATERAL (VALUES (1, made.site_id, NULL::bigint, 'create'),
                                (3, made.profile_id, NULL, 'create'),
                                (2, made.microcosm_id, made.microcosm_id, 'create'),
                                (17, 0, NULL, 'update')) -- roles, which are told of as a whole
           AS n (item_type, item_id, microcosm_id, action)
), @change(n.site_id, n.item_type, n.item_id, NULL, NULL, n.microcosm_id, n.action, n.profile_id, NULL, new n)
, @audit('C', (SELECT * FROM change WHERE item_type = 1))
SELECT c.change FROM change c;
