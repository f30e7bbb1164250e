-- Imports: what belongs to things that are here already; as imports.sql.

-- name: attributes
-- Of the things of a step. item_type: of imported_items; items have their own kinds.
-- bind: site_id int, origin_id int, target text, kind text, item_type int, after int, last int
-- silent: the things themselves have changes; nobody has asked for these before
INSERT INTO microcosm.attributes (site_id, item_type, item_id, key, value_text, value_number, value_boolean, value_date)
SELECT :site_id, CASE :item_type::bigint WHEN 0 THEN 4 WHEN 6 THEN i.item_type ELSE :item_type END, f.new_id, v.*
  FROM (@imported(:kind, :item_type, 'attributes')) f
  LEFT JOIN microcosm.items i ON i.site_id = :site_id AND :item_type = 6 AND i.item_id = f.new_id
 CROSS JOIN LATERAL microcosm.import_attributes(f.body) v
    ON CONFLICT DO NOTHING;

-- name: preferences
-- What members want to be told of, and who has banned them.
-- bind: site_id int, origin_id int, target text, after int, last int
-- silent: as above
WITH f AS MATERIALIZED (
    SELECT f.body, @new(3, f.old_id::text) AS new_id
      FROM microcosm.import_files f
     WHERE f.target = :target AND f.kind = 'profiles' AND f.old_id > :after AND f.old_id <= :last
), bans AS (
    UPDATE microcosm.site_bans b
       SET created_by = @new(3, f.body -> 'ban' ->> 'author')
      FROM f
      JOIN microcosm.profiles p ON p.site_id = :site_id AND p.profile_id = f.new_id
     WHERE f.body ? 'ban' AND b.site_id = :site_id AND b.user_id = p.user_id AND b.created_by IS NULL
)
INSERT INTO microcosm.update_preferences (site_id, profile_id, update_type_id, send_email, send_sms)
SELECT :site_id, f.new_id, (x.value ->> 'type')::smallint, coalesce((x.value ->> 'email')::boolean, false), false
  FROM f
 CROSS JOIN LATERAL jsonb_array_elements(f.body -> 'preferences') AS x (value)
 WHERE f.new_id IS NOT NULL AND x.value ->> 'type' ~ '^[1-9]$'
    ON CONFLICT DO NOTHING;

-- name: huddles
-- Huddles with files of their own. (Other products have messages only: import_texts.huddles.)
-- bind: site_id int, origin_id int, target text, after int, last int, deleted_id int, is_foreign bool
-- row: change change
WITH f AS MATERIALIZED (
    SELECT o.old_id, o.created, o.body, nextval('microcosm.huddles_huddle_id_seq') AS new_id
          ,@person(o.body ->> 'author') AS author_id
      FROM (@files('huddles', 5)) o
), made AS (
    INSERT INTO microcosm.huddles (site_id, huddle_id, title, is_confidential, created, created_by, last_activity)
    SELECT :site_id, f.new_id, microcosm.import_line(f.body ->> 'name', :is_foreign, 150, 'Message'), @flag(f, 'isConfidential')
          ,f.created, f.author_id, f.created
      FROM f
), people AS (
    INSERT INTO microcosm.huddle_participants (site_id, huddle_id, profile_id, joined)
    SELECT DISTINCT ON (f.new_id, p.profile_id) :site_id::bigint, f.new_id, p.profile_id
          ,coalesce(microcosm.import_time(x.value ->> 'dateJoined'), f.created)
      FROM f
     CROSS JOIN LATERAL jsonb_array_elements(f.body -> 'participants') AS x (value)
     CROSS JOIN LATERAL (SELECT @new(3, x.value ->> 'id') AS profile_id) p
     WHERE p.profile_id IS NOT NULL
     ORDER BY f.new_id, p.profile_id
), @noted(5, f, f.old_id, f.new_id)
, @change(:site_id, 5, f.new_id, NULL, NULL, NULL, 'update', f.author_id, NULL, f)
SELECT c.change FROM change c;

-- fragment: one_of(kind, member)
-- kind: as in imported_items.
SELECT {kind} AS kind, coalesce(x.value ->> 'id', x.value #>> '{}') AS old, x.value
             FROM jsonb_array_elements(f.body -> {member}) AS x (value)

-- name: follows
-- What people follow, ignore and have read. To a new site their marks come as they were; in one that was there they only move on.
-- bind: site_id int, origin_id int, target text, after int, last int, root_id int, is_foreign bool, is_new bool
-- silent: what one follows is in no cache for longer than a second, and the last statement of an import is told to all
WITH f AS MATERIALIZED (
    SELECT o.old_id, o.body, @new(3, o.old_id::text) AS profile_id
      FROM (@files('follows', 19)) o
), wanted AS (
    SELECT f.profile_id, t.what, t.kind, t.value
          ,CASE WHEN t.kind = 2 AND t.old = '0' AND NOT :is_foreign THEN :root_id
                WHEN t.kind = 3 AND t.old = '0' AND t.what = 'follow' AND NOT :is_foreign THEN 0
                ELSE @new(t.kind, t.old) END AS item_id
      FROM f
     CROSS JOIN LATERAL (
           SELECT 'follow' AS what, u.* FROM (
               @one_of(3, 'users') UNION ALL @one_of(2, 'forums') UNION ALL @one_of(6, 'conversations')
               UNION ALL @one_of(5, 'huddles')) u
           UNION ALL
           SELECT 'ignore', u.* FROM (
               @one_of(3, 'usersIgnored') UNION ALL @one_of(2, 'forumsIgnored') UNION ALL @one_of(6, 'conversationsIgnored')
               UNION ALL @one_of(5, 'huddlesIgnored') UNION ALL @one_of(4, 'commentsIgnored')
               UNION ALL @one_of(0, 'messagesIgnored')) u
           UNION ALL
           SELECT 'read', u.* FROM (
               @one_of(3, 'usersRead') UNION ALL @one_of(2, 'forumsRead') UNION ALL @one_of(6, 'conversationsRead')
               UNION ALL @one_of(5, 'huddlesRead')) u) t
     WHERE f.profile_id IS NOT NULL
), things AS MATERIALIZED (
    SELECT w.profile_id, w.what, w.value, w.item_id, CASE w.kind WHEN 0 THEN 4 WHEN 6 THEN i.item_type ELSE w.kind END AS item_type
      FROM wanted w
      LEFT JOIN microcosm.items i ON i.site_id = :site_id AND w.kind = 6 AND i.item_id = w.item_id
     WHERE w.item_id IS NOT NULL
), watched AS (
    INSERT INTO microcosm.watchers (site_id, profile_id, item_type, item_id, send_email)
    SELECT :site_id, t.profile_id, t.item_type, t.item_id, coalesce((t.value ->> 'notify')::boolean, false)
      FROM things t
     WHERE t.what = 'follow'
        ON CONFLICT DO NOTHING
), ignored AS (
    INSERT INTO microcosm.ignores (site_id, profile_id, item_type, item_id)
    SELECT :site_id, t.profile_id, t.item_type, t.item_id FROM things t WHERE t.what = 'ignore'
        ON CONFLICT DO NOTHING
), marked AS (
    INSERT INTO microcosm.read_marks AS m (site_id, profile_id, item_type, item_id, read_at)
    SELECT :site_id, t.profile_id, t.item_type, t.item_id, max(microcosm.import_time(t.value ->> 'at'))
      FROM things t
     WHERE t.what = 'read' AND microcosm.import_time(t.value ->> 'at') IS NOT NULL
     GROUP BY t.profile_id, t.item_type, t.item_id
        ON CONFLICT (site_id, profile_id, item_type, item_id)
        DO UPDATE SET read_at = CASE WHEN :is_new THEN excluded.read_at ELSE greatest(m.read_at, excluded.read_at) END
), unmarked AS ( -- who has written a message has got a mark for it
    DELETE FROM microcosm.read_marks m
     USING f
     WHERE :is_new AND f.body ? 'messagesReadAt' AND m.site_id = :site_id AND m.profile_id = f.profile_id AND m.item_type = 5
       AND NOT EXISTS (SELECT FROM things t
                        WHERE t.what = 'read' AND t.profile_id = m.profile_id AND t.item_type = 5 AND t.item_id = m.item_id)
), people AS (
    UPDATE microcosm.profiles p
       SET all_read_at = coalesce(microcosm.import_time(f.body ->> 'allReadAt'), p.all_read_at)
          ,huddles_read_at = coalesce(microcosm.import_time(f.body ->> 'messagesReadAt'), p.huddles_read_at)
      FROM f
     WHERE :is_new AND p.site_id = :site_id AND p.profile_id = f.profile_id
)
INSERT INTO microcosm.imported_items (site_id, origin_id, item_type, old_id, new_id)
SELECT :site_id, :origin_id, 19, f.old_id::text, 1 FROM f WHERE f.profile_id IS NOT NULL;

-- fragment: color(name, otherwise)
CASE WHEN g.body ->> {name} ~ '^#?[0-9A-Za-z]{3,30}$' THEN g.body ->> {name} ELSE {otherwise} END

-- name: set_site
-- What a new site takes over.
-- bind: site_id int, origin_id int, root_id int, body text
-- row: change change
WITH given AS (
    SELECT :body::jsonb AS body
), set AS (
    UPDATE microcosm.sites s
       SET description = coalesce(microcosm.import_lines(g.body ->> 'description', false, 100000), s.description)
          ,created = coalesce(microcosm.import_time(g.body ->> 'dateCreated'), s.created)
          ,search_language = CASE WHEN EXISTS (SELECT FROM pg_catalog.pg_ts_config c
                                                WHERE c.cfgname = g.body ->> 'searchLanguage'
                                                  AND c.cfgnamespace = 'pg_catalog'::regnamespace)
                                  THEN g.body ->> 'searchLanguage' ELSE s.search_language END
          ,logo_url = @link(g.body ->> 'logoUrl', s.logo_url)
          ,favicon_url = CASE WHEN g.body ->> 'faviconUrl' = '' THEN '' ELSE @link(g.body ->> 'faviconUrl', s.favicon_url) END
          ,background_url = CASE WHEN g.body ->> 'backgroundUrl' = '' THEN '' ELSE @link(g.body ->> 'backgroundUrl', s.background_url) END
          ,background_color = @color('backgroundColor', s.background_color)
          ,background_position = CASE WHEN g.body ->> 'backgroundPosition' ~ '^[a-z]{1,20}$' THEN g.body ->> 'backgroundPosition'
                                      ELSE s.background_position END
          ,link_color = @color('linkColor', s.link_color)
          ,ga_web_property_id = CASE WHEN g.body ->> 'gaWebPropertyId' ~ '^[0-9A-Za-z-]{1,50}$' THEN g.body ->> 'gaWebPropertyId'
                                     ELSE s.ga_web_property_id END
          ,only_admins_create_microcosms = coalesce((g.body ->> 'onlyAdminsCreateMicrocosms')::boolean,
                                                    s.only_admins_create_microcosms)
          ,default_send_email = coalesce((g.body ->> 'defaultSendEmail')::boolean, s.default_send_email)
          ,markdown_max = CASE WHEN g.body ->> 'markdownMax' ~ '^[1-9][0-9]{0,5}$' THEN (g.body ->> 'markdownMax')::int
                               ELSE s.markdown_max END
      FROM given g
     WHERE s.site_id = :site_id
    RETURNING s.site_id
), root AS (
    UPDATE microcosm.microcosms m
       SET title = microcosm.import_line(g.body ->> 'name', false, 50, m.title)
          ,description = coalesce(microcosm.import_lines(g.body ->> 'text', false, 100000), '')
          ,logo_url = @link(g.body ->> 'logoUrl', m.logo_url)
          ,visibility = CASE WHEN g.body ->> 'visibility' IN ('protected', 'private') THEN g.body ->> 'visibility' ELSE m.visibility END
          ,item_types = coalesce((SELECT array_agg(x.kind::smallint ORDER BY x.n)
                                    FROM jsonb_array_elements_text(g.body -> 'itemTypes') WITH ORDINALITY AS x (kind, n)
                                   WHERE x.kind IN ('2', '6', '7', '9')), m.item_types)
          ,is_open = coalesce((g.body ->> 'isOpen')::boolean, m.is_open)
          ,created = coalesce(microcosm.import_time(g.body ->> 'dateCreated'), m.created)
          ,edited = microcosm.import_time(g.body ->> 'dateModified')
          ,edited_by = CASE WHEN g.body ? 'dateModified' THEN coalesce(@new(3, g.body ->> 'editor'), m.owned_by) END
          ,edit_reason = microcosm.import_line(g.body ->> 'editReason', false, 150, NULL)
      FROM (SELECT jsonb_strip_nulls(g.body -> 'root') AS body FROM given g WHERE g.body ? 'root') g
     WHERE m.site_id = :site_id AND m.microcosm_id = :root_id
), attributes AS (
    INSERT INTO microcosm.attributes (site_id, item_type, item_id, key, value_text, value_number, value_boolean, value_date)
    SELECT :site_id, t.kind, t.id, v.*
      FROM given g
     CROSS JOIN LATERAL (VALUES (1, :site_id::bigint, g.body -> 'attributes'), (2, :root_id, g.body #> '{root,attributes}'))
                        AS t (kind, id, body)
     CROSS JOIN LATERAL microcosm.import_attributes(t.body) v
        ON CONFLICT DO NOTHING
), bans AS (
    INSERT INTO microcosm.site_bans (site_id, email_pattern, created_by, created, expires, display_reason, admin_reason)
    SELECT :site_id, lower(b.value ->> 'email'), @new(3, b.value ->> 'author'), @banned(b.value)
      FROM given g
     CROSS JOIN LATERAL jsonb_array_elements(CASE WHEN jsonb_typeof(g.body -> 'bans') = 'array' THEN g.body -> 'bans' ELSE '[]' END)
                        AS b (value)
     WHERE b.value ->> 'email' ~ '^[^@[:space:]]+@[^@[:space:]]{1,255}$'
        ON CONFLICT DO NOTHING
), menu AS (
    INSERT INTO microcosm.menu_links (site_id, position, href, title, text)
    SELECT :site_id, l.n - 1, left(l.value ->> 'href', 2000), coalesce(microcosm.import_line(l.value ->> 'title', false, 500, NULL), '')
          ,microcosm.import_line(l.value ->> 'text', false, 50, 'Link')
      FROM given g
     CROSS JOIN LATERAL jsonb_array_elements(CASE WHEN jsonb_typeof(g.body -> 'menu') = 'array' THEN g.body -> 'menu' ELSE '[]' END)
                        WITH ORDINALITY AS l (value, n)
     WHERE l.n <= 10 AND l.value ->> 'href' ~ '^(https?://|/)[!-~]*$'
        ON CONFLICT DO NOTHING
), @change(:site_id, 1, s.site_id, NULL, NULL, NULL, 'update', NULL, NULL, set s)
SELECT c.change FROM change c;
