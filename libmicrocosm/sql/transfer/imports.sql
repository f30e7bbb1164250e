-- Imports. What is to be imported has been read into import_files, for a target: the key of a site. Each statement imports the
-- files of one kind from one number to another, but not those that are here already, and notes what they have become.

-- fragment: files(kind, item_type)
-- What the files of a step have become is looked up for each: with NOT EXISTS, or a join, the planner, which doesn't know how
-- few they are, reads all that has been imported.
SELECT f.old_id, f.created, f.body
  FROM microcosm.import_files f
 WHERE f.target = :target AND f.kind = {kind} AND f.old_id > :after AND f.old_id <= :last
   AND @new({item_type}, f.old_id::text) IS NULL
 ORDER BY f.old_id

-- fragment: new(item_type, old)
(SELECT i.new_id FROM microcosm.imported_items i
  WHERE i.site_id = :site_id AND i.origin_id = :origin_id AND i.item_type = {item_type} AND i.old_id = ({old}))

-- fragment: person(old)
coalesce(@new(3, {old}), :deleted_id)

-- fragment: edited(f)
microcosm.import_time({f}.body ->> 'dateModified')
          ,CASE WHEN {f}.body ? 'dateModified' THEN @person({f}.body ->> 'editor') END
          ,microcosm.import_line({f}.body ->> 'editReason', :is_foreign, 150, NULL)

-- fragment: link(url, otherwise)
CASE WHEN {url} ~ '^(https?://|/)[!-~]+$' AND char_length({url}) <= 2000 THEN {url} ELSE {otherwise} END

-- fragment: banned(ban)
-- Since when, until when, and why.
coalesce(microcosm.import_time({ban} ->> 'dateCreated'), clock_timestamp()), microcosm.import_time({ban} ->> 'expires')
          ,coalesce(microcosm.import_lines({ban} ->> 'reason', false, 1000), '')
          ,coalesce(microcosm.import_lines({ban} ->> 'adminReason', false, 1000), '')

-- fragment: flag(f, name)
coalesce(({f}.body ->> {name})::boolean, false)

-- fragment: digest(f)
CASE WHEN {f}.body ->> 'digest' IN ('daily', 'weekly') THEN {f}.body ->> 'digest' ELSE 'none' END

-- fragment: noted(item_type, source, old, id)
noted AS (
    INSERT INTO microcosm.imported_items (site_id, origin_id, item_type, old_id, new_id)
    SELECT :site_id, :origin_id, {item_type}, ({old})::text, {id} FROM {source}
)

-- name: origin
-- made_site: for a site that was made just now; it is deleted until all is there, so that nobody sees half of it.
-- former_product: whose old addresses the numbers have too.
-- bind: site_id int, product text, title text, made_site bool, former_product text
-- row: origin_id int, made_site bool, is_finished bool
-- silent: triggers tell of the site; nothing else that is kept shows it
WITH made AS (
    INSERT INTO microcosm.import_origins (site_id, product, title, made_site, former_product)
    SELECT :site_id, :product, left(:title, 250), :made_site, left(nullif(:former_product, ''), 50)
        ON CONFLICT DO NOTHING
    RETURNING origin_id, made_site
), hidden AS (
    UPDATE microcosm.sites SET is_deleted = true, is_being_imported = true
     WHERE site_id = :site_id AND (SELECT m.made_site FROM made m)
)
SELECT m.origin_id, m.made_site, false AS is_finished FROM made m
 UNION ALL
SELECT o.origin_id, o.made_site AND o.finished IS NULL, o.finished IS NOT NULL FROM microcosm.import_origins o
 WHERE o.site_id = :site_id AND o.product = :product AND o.title = left(:title, 250);

-- name: owner
-- The owner's profile, which came with the site, is that of the forum's owner.
-- bind: site_id int, origin_id int, target text, old_id int, name text, name_key text, name_look text, name_order text
-- row: change change
WITH f AS (
    SELECT f.old_id, f.created, f.body, s.owned_by
      FROM microcosm.import_files f
      JOIN microcosm.sites s ON s.site_id = :site_id
     WHERE f.target = :target AND f.kind = 'profiles' AND f.old_id = :old_id
       AND NOT EXISTS (SELECT FROM microcosm.imported_items i
                        WHERE i.site_id = :site_id AND i.origin_id = :origin_id AND i.item_type = 3
                          AND (i.old_id = f.old_id::text OR i.new_id = s.owned_by))
), changed AS (
    UPDATE microcosm.profiles p
       SET profile_name = :name, name_key = :name_key, name_look = :name_look, name_order = :name_order
          ,created = f.created
          ,last_active = greatest(f.created, coalesce(microcosm.import_time(f.body ->> 'lastActive'), f.created))
          ,is_visible = NOT @flag(f, 'isHidden')
          ,gender = microcosm.import_line(f.body ->> 'gender', false, 50, NULL)
          ,avatar = CASE WHEN f.body ->> 'avatarUrl' ~ '^https://[!-~]+$' AND char_length(f.body ->> 'avatarUrl') <= 2000 THEN f.body ->> 'avatarUrl' ELSE p.avatar END
      FROM f
     WHERE p.site_id = :site_id AND p.profile_id = f.owned_by
    RETURNING p.profile_id, f.old_id, f.body
), options AS (
    UPDATE microcosm.profile_options o
       SET send_email = @flag(c, 'receiveEmailNotifications'), digest = @digest(c)
      FROM changed c
     WHERE o.site_id = :site_id AND o.profile_id = c.profile_id
), @noted(3, changed c, c.old_id, c.profile_id)
, @change(:site_id, 3, c.profile_id, NULL, NULL, NULL, 'update', c.profile_id, NULL, changed c)
SELECT c.change FROM change c;

-- name: people
-- The profiles of a step that aren't here yet.
-- bind: site_id int, origin_id int, target text, after int, last int
-- row: old_id int, name text, email text
SELECT f.old_id, f.body ->> 'name' AS name, f.body ->> 'email' AS email
  FROM (@files('profiles', 3)) f
 ORDER BY f.old_id;

-- name: make_profiles
-- For those of whom none is here, unless the name is taken.
-- bind: site_id int, target text, old_ids ints, user_ids ints, names texts, keys texts, looks texts, orders texts
-- row: change change
WITH made AS (
    INSERT INTO microcosm.profiles (site_id, user_id, profile_name, name_key, name_look, name_order, created, last_active, is_visible,
                                    gender, avatar)
    SELECT :site_id, g.user_id, g.name, g.key, g.look, g.sorts, f.created
          ,greatest(f.created, coalesce(microcosm.import_time(f.body ->> 'lastActive'), f.created))
          ,NOT @flag(f, 'isHidden')
          ,microcosm.import_line(f.body ->> 'gender', false, 50, NULL)
          ,CASE WHEN f.body ->> 'avatarUrl' ~ '^https://[!-~]+$' AND char_length(f.body ->> 'avatarUrl') <= 2000 THEN f.body ->> 'avatarUrl' ELSE '' END
      FROM unnest(:old_ids::bigint[], :user_ids::bigint[], :names::text[], :keys::text[], :looks::text[], :orders::text[])
           WITH ORDINALITY AS g (old_id, user_id, name, key, look, sorts, n)
      JOIN microcosm.import_files f ON f.target = :target AND f.kind = 'profiles' AND f.old_id = g.old_id
     WHERE NOT EXISTS (SELECT FROM microcosm.profiles p WHERE p.site_id = :site_id AND p.user_id = g.user_id)
       AND NOT EXISTS (SELECT FROM microcosm.reserved_names r
                         JOIN microcosm.users u ON u.user_id = g.user_id
                        WHERE (r.name_key IN (g.key, g.look) OR r.name = g.sorts) AND r.email <> u.canonical_email)
     ORDER BY g.n
        ON CONFLICT DO NOTHING
    RETURNING profile_id
), @change(:site_id, 3, made.profile_id, NULL, NULL, NULL, 'update', made.profile_id, NULL, made)
SELECT c.change FROM change c;

-- name: note_profiles
-- bind: site_id int, origin_id int, target text, old_ids ints, user_ids ints
-- row: count int
-- silent: make_profiles, which comes before it, has the changes; nobody has asked for these before
WITH given AS MATERIALIZED (
    SELECT g.old_id, p.profile_id, p.user_id, f.created, f.body
      FROM unnest(:old_ids::bigint[], :user_ids::bigint[]) AS g (old_id, user_id)
      JOIN microcosm.profiles p ON p.site_id = :site_id AND p.user_id = g.user_id
      JOIN microcosm.import_files f ON f.target = :target AND f.kind = 'profiles' AND f.old_id = g.old_id
), options AS (
    INSERT INTO microcosm.profile_options (site_id, profile_id, send_email, send_sms, digest)
    SELECT DISTINCT ON (g.profile_id) :site_id, g.profile_id, @flag(g, 'receiveEmailNotifications'), false, @digest(g)
      FROM given g
     ORDER BY g.profile_id, g.old_id
        ON CONFLICT DO NOTHING
), bans AS (
    INSERT INTO microcosm.site_bans (site_id, user_id, created, expires, display_reason, admin_reason)
    SELECT DISTINCT ON (g.user_id) :site_id, g.user_id, @banned(g.body -> 'ban')
      FROM given g
      JOIN microcosm.sites s ON s.site_id = :site_id AND s.owned_by <> g.profile_id
     WHERE @flag(g, 'isBanned')
     ORDER BY g.user_id, g.old_id
        ON CONFLICT DO NOTHING
), audit AS (
    INSERT INTO microcosm.audit (site_id, item_type, item_id, profile_id, created, action, address)
    SELECT :site_id, 3, g.profile_id, g.profile_id, g.created, 'C', microcosm.import_address(g.body ->> 'ipAddress')
      FROM given g
     WHERE microcosm.import_address(g.body ->> 'ipAddress') IS NOT NULL
), @noted(3, given g, g.old_id, g.profile_id)
SELECT count(*) AS count FROM given;

-- name: make_nobody
-- Who stands for those who are unknown.
-- bind: site_id int, user_id int, name text, name_key text, name_look text, name_order text
-- row: change change
WITH made AS (
    INSERT INTO microcosm.profiles (site_id, user_id, profile_name, name_key, name_look, name_order)
    SELECT :site_id, :user_id, :name, :name_key, :name_look, :name_order
        ON CONFLICT DO NOTHING
    RETURNING profile_id
), options AS (
    INSERT INTO microcosm.profile_options (site_id, profile_id, send_email, send_sms)
    SELECT :site_id, made.profile_id, false, false FROM made
), @change(:site_id, 3, made.profile_id, NULL, NULL, NULL, 'update', made.profile_id, NULL, made)
SELECT c.change FROM change c;

-- name: nobody
-- bind: site_id int, user_id int
-- row: profile_id int
SELECT p.profile_id FROM microcosm.profiles p WHERE p.site_id = :site_id AND p.user_id = :user_id;

-- name: forums
-- All below the root for now; nest_forums follows.
-- bind: site_id int, origin_id int, target text, after int, last int, deleted_id int, root_id int, is_foreign bool
-- row: change change
WITH ordered AS MATERIALIZED (
    SELECT f.old_id, f.created, f.body
      FROM (@files('forums', 2)) f
     ORDER BY coalesce((f.body ->> 'displayOrder')::bigint, 0), f.old_id
), f AS MATERIALIZED (
    SELECT o.*, nextval('microcosm.microcosms_microcosm_id_seq') AS new_id, @person(o.body ->> 'author') AS author_id
          ,microcosm.import_line(o.body ->> 'name', :is_foreign, 50, 'Forum') AS title
      FROM ordered o
), made AS (
    INSERT INTO microcosm.microcosms (site_id, microcosm_id, parent_id, path, title, description, visibility, item_types, owned_by,
                                      created, created_by, is_sticky, is_open, is_deleted, is_moderated, logo_url, edited, edited_by,
                                      edit_reason, placed_by_moderator)
    SELECT :site_id, f.new_id, :root_id, ARRAY[:root_id, f.new_id], f.title
          ,coalesce(microcosm.import_lines(f.body ->> 'text', :is_foreign, 100000), f.title)
          ,CASE WHEN f.body ->> 'visibility' IN ('protected', 'private') THEN f.body ->> 'visibility' ELSE 'public' END
          ,coalesce((SELECT array_agg(x.kind::smallint ORDER BY x.n)
                       FROM jsonb_array_elements_text(f.body -> 'itemTypes') WITH ORDINALITY AS x (kind, n)
                      WHERE x.kind IN ('2', '6', '7', '9')), '{2,6,9}')
          ,f.author_id, CASE WHEN f.body ? 'dateCreated' THEN f.created ELSE clock_timestamp() END, f.author_id
          ,@flag(f, 'isSticky'), coalesce((f.body ->> 'isOpen')::boolean, true), @flag(f, 'isDeleted'), @flag(f, 'isModerated')
          ,@link(f.body ->> 'logoUrl', ''), @edited(f)
          ,@flag(f, 'isPlacedByModerator')
      FROM f
), counters AS (
    INSERT INTO microcosm.microcosm_counters (site_id, microcosm_id, last_activity)
    SELECT :site_id, f.new_id, f.created FROM f
), @noted(2, f, f.old_id, f.new_id)
, @change(:site_id, 2, f.new_id, 2, :root_id, f.new_id, 'update', f.author_id, NULL, f)
SELECT c.change FROM change c;

-- name: nest_forums
-- Those in a circle stay below the root.
-- bind: site_id int, origin_id int, target text, root_id int
-- row: change change
WITH RECURSIVE given AS MATERIALIZED (
    SELECT i.new_id, @new(2, f.body ->> 'parentId') AS parent_id
      FROM microcosm.import_files f
      JOIN microcosm.imported_items i
        ON i.site_id = :site_id AND i.origin_id = :origin_id AND i.item_type = 2 AND i.old_id = f.old_id::text
     WHERE f.target = :target AND f.kind = 'forums'
), tree AS (
    SELECT g.new_id, :root_id::bigint AS parent_id, ARRAY[:root_id::bigint, g.new_id] AS path FROM given g WHERE g.parent_id IS NULL
     UNION ALL
    SELECT g.new_id, g.parent_id, t.path || g.new_id
      FROM tree t
      JOIN given g ON g.parent_id = t.new_id
     WHERE cardinality(t.path) < 32
), moved AS (
    UPDATE microcosm.microcosms m
       SET parent_id = t.parent_id, path = t.path
      FROM tree t
     WHERE m.site_id = :site_id AND m.microcosm_id = t.new_id AND m.path <> t.path
    RETURNING m.microcosm_id, m.parent_id
), @change(:site_id, 2, m.microcosm_id, 2, m.parent_id, m.microcosm_id, 'update', NULL, NULL, moved m)
SELECT c.change FROM change c;

-- name: conversations
-- Events and polls get what is their own by the statements behind it.
-- bind: site_id int, origin_id int, target text, after int, last int, deleted_id int, root_id int, is_foreign bool
-- row: change change
WITH f AS MATERIALIZED (
    SELECT o.old_id, o.created, o.body, nextval('microcosm.items_item_id_seq') AS new_id
          ,CASE WHEN o.body ? 'event' THEN 9 WHEN o.body ? 'poll' THEN 7 ELSE 6 END AS item_type
          ,@person(o.body ->> 'author') AS author_id
          ,CASE WHEN coalesce(o.body ->> 'forumId', '0') = '0' THEN :root_id::bigint
                ELSE @new(2, o.body ->> 'forumId') END AS microcosm_id
          ,@flag(o, 'isDeleted') OR @flag(o, 'isModerated') AS is_hidden
      FROM (@files('conversations', 6)) o
), made AS (
    INSERT INTO microcosm.items (site_id, item_id, item_type, microcosm_id, title, created, created_by, edited, edited_by, edit_reason,
                                 is_sticky, is_open, is_deleted, is_moderated, view_count, last_activity, closed_by_moderator,
                                 placed_by_moderator)
    SELECT :site_id, f.new_id, f.item_type, f.microcosm_id, microcosm.import_line(f.body ->> 'name', :is_foreign, 150, 'Untitled')
          ,f.created, f.author_id, @edited(f)
          ,@flag(f, 'isSticky'), coalesce((f.body ->> 'isOpen')::boolean, true), @flag(f, 'isDeleted'), @flag(f, 'isModerated')
          ,coalesce((f.body ->> 'viewCount')::bigint, 0), f.created
          ,@flag(f, 'isClosedByModerator'), @flag(f, 'isPlacedByModerator')
      FROM f
), stats AS (
    INSERT INTO microcosm.microcosm_deltas (site_id, microcosm_id, conversation_count, event_count, poll_count, last_activity)
    SELECT :site_id, f.microcosm_id, count(*) FILTER (WHERE f.item_type = 6), count(*) FILTER (WHERE f.item_type = 9)
          ,count(*) FILTER (WHERE f.item_type = 7), max(f.created)
      FROM f
     WHERE NOT f.is_hidden
     GROUP BY f.microcosm_id
), authors AS (
    INSERT INTO microcosm.profile_deltas (site_id, profile_id, microcosm_id, item_count)
    SELECT :site_id, f.author_id, f.microcosm_id, count(*)
      FROM f
      JOIN microcosm.item_types t ON t.item_type = f.item_type AND t.is_listed
     WHERE NOT f.is_hidden
     GROUP BY f.author_id, f.microcosm_id
), @noted(6, f, f.old_id, f.new_id)
, places AS (
    SELECT DISTINCT f.microcosm_id FROM f
), @change(:site_id, 2, p.microcosm_id, NULL, NULL, p.microcosm_id, 'update', NULL, NULL, places p)
SELECT c.change FROM change c;

-- fragment: imported(kind, item_type, member)
-- Items of a step that are here, with what their files say of them.
SELECT n.*
  FROM (SELECT @new({item_type}, f.old_id::text) AS new_id, f.created, f.body -> {member} AS body, f.body ->> 'author' AS author
          FROM microcosm.import_files f
         WHERE f.target = :target AND f.kind = {kind} AND f.old_id > :after AND f.old_id <= :last AND f.body ? {member}
        OFFSET 0) n
 WHERE n.new_id IS NOT NULL

-- name: events
-- bind: site_id int, origin_id int, target text, after int, last int, is_foreign bool
-- silent: conversations, which comes before it, has the change; nobody has asked for these before
INSERT INTO microcosm.events (site_id, item_id, starts_local, tz, starts, duration_minutes, place, lat, lon, north, east, south, west,
                              status, rsvp_limit)
SELECT :site_id, f.new_id, t.starts_local, t.tz, t.starts_local AT TIME ZONE t.tz
      ,coalesce(least((f.body ->> 'duration')::numeric, 2147483647)::int, CASE WHEN t.starts_local IS NULL THEN 0 ELSE 60 END)
      ,coalesce(microcosm.import_line(f.body ->> 'where', :is_foreign, 150, NULL), '')
      ,coalesce((f.body ->> 'lat')::float8, 0), coalesce((f.body ->> 'lon')::float8, 0), coalesce((f.body ->> 'north')::float8, 0)
      ,coalesce((f.body ->> 'east')::float8, 0), coalesce((f.body ->> 'south')::float8, 0), coalesce((f.body ->> 'west')::float8, 0)
      ,CASE WHEN f.body ->> 'status' IN ('upcoming', 'postponed', 'cancelled', 'past') THEN f.body ->> 'status' ELSE 'proposed' END
      ,coalesce((f.body ->> 'rsvpLimit')::int, 0)
  FROM (@imported('conversations', 6, 'event')) f
 CROSS JOIN LATERAL (SELECT (f.body ->> 'when')::timestamp AS starts_local
                           ,coalesce((SELECT z.name FROM pg_catalog.pg_timezone_names z WHERE z.name = f.body ->> 'tz'),
                                     'Europe/Belfast') AS tz) t
    ON CONFLICT DO NOTHING;

-- name: attendees
-- bind: site_id int, origin_id int, target text, after int, last int
-- silent: as above
WITH made AS (
    INSERT INTO microcosm.attendees (site_id, item_id, profile_id, rsvp, rsvpd_on, waiting_since, created, created_by)
    SELECT :site_id, f.new_id, p.profile_id, a.value ->> 'rsvp', microcosm.import_time(a.value ->> 'rsvpdOn')
          ,CASE WHEN a.value ->> 'rsvp' = 'maybe' THEN microcosm.import_time(a.value ->> 'waitingSince') END
          ,coalesce(microcosm.import_time(a.value ->> 'dateCreated'), f.created), p.profile_id
      FROM (@imported('conversations', 6, 'event')) f
     CROSS JOIN LATERAL jsonb_array_elements(f.body -> 'attendees') a
     CROSS JOIN LATERAL (SELECT @new(3, a.value ->> 'id') AS profile_id) p
     WHERE p.profile_id IS NOT NULL AND a.value ->> 'rsvp' IN ('yes', 'maybe', 'invited', 'no')
        ON CONFLICT DO NOTHING
    RETURNING item_id, rsvp
)
INSERT INTO microcosm.unsettled_events (site_id, item_id, attending, attendees)
SELECT :site_id, m.item_id, count(*) FILTER (WHERE m.rsvp = 'yes'), count(*) FROM made m GROUP BY m.item_id;

-- name: polls
-- bind: site_id int, origin_id int, target text, after int, last int, is_foreign bool
-- silent: as above
WITH made AS (
    INSERT INTO microcosm.polls (site_id, item_id, question, multi, poll_open, poll_closes, hide_results, closed_by_moderator)
    SELECT :site_id, f.new_id, microcosm.import_line(f.body ->> 'question', :is_foreign, 500, 'Which?'), @flag(f, 'multi')
          ,coalesce((f.body ->> 'pollOpen')::boolean, true), microcosm.import_time(f.body ->> 'pollCloses'), @flag(f, 'hideResults')
          ,@flag(f, 'isClosedByModerator')
      FROM (@imported('conversations', 6, 'poll')) f
        ON CONFLICT DO NOTHING
    RETURNING item_id
)
INSERT INTO microcosm.poll_choices (site_id, item_id, choice, position)
SELECT :site_id, f.new_id, microcosm.import_line(c.value ->> 'choice', :is_foreign, 150, '-'), c.n
  FROM (@imported('conversations', 6, 'poll')) f
  JOIN made m ON m.item_id = f.new_id
 CROSS JOIN LATERAL jsonb_array_elements(f.body -> 'choices') WITH ORDINALITY AS c (value, n)
 WHERE c.n <= 100;

-- name: votes
-- bind: site_id int, origin_id int, target text, after int, last int
-- silent: as above
WITH made AS (
    INSERT INTO microcosm.poll_votes (site_id, item_id, profile_id, choice_id)
    SELECT DISTINCT :site_id, f.new_id, p.profile_id, k.choice_id
      FROM (@imported('conversations', 6, 'poll')) f
     CROSS JOIN LATERAL jsonb_array_elements(f.body -> 'choices') WITH ORDINALITY AS c (value, n)
      JOIN microcosm.poll_choices k ON k.site_id = :site_id AND k.item_id = f.new_id AND k.position = c.n
     CROSS JOIN LATERAL jsonb_array_elements_text(c.value -> 'votes') AS v (old_id)
     CROSS JOIN LATERAL (SELECT @new(3, v.old_id) AS profile_id) p
     WHERE p.profile_id IS NOT NULL
        ON CONFLICT DO NOTHING
    RETURNING item_id, profile_id, choice_id
)
INSERT INTO microcosm.unsettled_polls (site_id, item_id, choice_id, votes)
SELECT :site_id, m.item_id, m.choice_id, count(*) FROM made m GROUP BY m.item_id, m.choice_id
 UNION ALL
SELECT :site_id, m.item_id, NULL, count(DISTINCT m.profile_id) FROM made m GROUP BY m.item_id;

-- fragment: right(p, name)
coalesce(({p} ->> {name})::boolean, false)

-- name: roles
-- Default roles are those of the root, and take the place of those that a new site has. Where a forum names roles, it has a copy of
-- each, with its own rights; where it names moderators, a role for them.
-- bind: site_id int, origin_id int, target text, root_id int, is_foreign bool, is_new bool
-- row: change change
WITH given AS MATERIALIZED (
    SELECT f.old_id::text AS old_id, f.body, :root_id::bigint AS microcosm_id, f.body -> 'forumPermissions' AS rights, 1 AS turn
      FROM microcosm.import_files f
     WHERE f.target = :target AND f.kind = 'roles' AND @flag(f, 'default')
     UNION ALL
    SELECT f.old_id::text, f.body, @new(2, f.body ->> 'forumId'), f.body -> 'forumPermissions', 2
      FROM microcosm.import_files f
     WHERE f.target = :target AND f.kind = 'roles' AND NOT @flag(f, 'default') AND f.body ? 'forumId'
     UNION ALL
    SELECT 'f' || m.old_id || 'r' || f.old_id, f.body, @new(2, m.old_id::text)
          ,coalesce(u.value -> 'forumPermissions', u.value - 'id', f.body -> 'forumPermissions'), 3
      FROM microcosm.import_files m
      JOIN microcosm.import_files f ON f.target = :target AND f.kind = 'roles' AND NOT f.body ? 'forumId'
      LEFT JOIN LATERAL jsonb_array_elements(m.body -> 'usergroups') AS u (value) ON u.value ->> 'id' = f.old_id::text
     WHERE m.target = :target AND m.kind = 'forums' AND jsonb_array_length(coalesce(m.body -> 'usergroups', '[]')) > 0
     UNION ALL
    SELECT 'f' || m.old_id || 'm'
          ,jsonb_build_object('name', 'Moderators', 'isModerator', true, 'users', m.body -> 'moderators')
          ,@new(2, m.old_id::text)
          ,'{"canView":true,"canPostNew":true,"canEditOthers":true,"canDeleteOthers":true,"canCloseOwn":true,"canOpenOwn":true}', 4
      FROM microcosm.import_files m
     WHERE m.target = :target AND m.kind = 'forums' AND jsonb_array_length(coalesce(m.body -> 'moderators', '[]')) > 0
), f AS MATERIALIZED (
    SELECT g.*, nextval('microcosm.roles_role_id_seq') AS new_id
      FROM (SELECT g.* FROM given g
             WHERE g.microcosm_id IS NOT NULL
               AND NOT EXISTS (SELECT FROM microcosm.imported_items i
                                WHERE i.site_id = :site_id AND i.origin_id = :origin_id AND i.item_type = 17 AND i.old_id = g.old_id)
               AND (g.turn <> 3 OR @flag(g, 'isBanned') OR @flag(g, 'isModerator')
                    OR EXISTS (SELECT FROM jsonb_each(g.rights) AS r WHERE r.value = 'true'))
             ORDER BY g.turn, char_length(g.old_id), g.old_id) g
), gone AS (
    DELETE FROM microcosm.roles r
     WHERE :is_new AND EXISTS (SELECT FROM f WHERE f.turn = 1) AND r.site_id = :site_id AND r.microcosm_id = :root_id
       AND NOT EXISTS (SELECT FROM microcosm.imported_items i
                        WHERE i.site_id = :site_id AND i.origin_id = :origin_id AND i.item_type = 17 AND i.new_id = r.role_id)
), made AS (
    INSERT INTO microcosm.roles (site_id, role_id, microcosm_id, title, is_moderator, is_banned, include_guests, include_users,
                                 can_create, can_read, can_update, can_delete, can_close_own, can_open_own, can_read_others)
    SELECT :site_id, f.new_id, f.microcosm_id, microcosm.import_line(f.body ->> 'name', :is_foreign, 50, 'Role')
          ,@flag(f, 'isModerator') AND NOT @flag(f, 'isBanned'), @flag(f, 'isBanned')
          ,@flag(f, 'includeGuests'), @flag(f, 'includeRegisteredUsers')
          ,r.counts AND @right(f.rights, 'canPostNew'), r.counts AND @right(f.rights, 'canView')
          ,r.counts AND @right(f.rights, 'canEditOthers'), r.counts AND @right(f.rights, 'canDeleteOthers')
          ,r.counts AND @right(f.rights, 'canCloseOwn'), r.counts AND @right(f.rights, 'canOpenOwn')
          ,r.counts AND coalesce((f.rights ->> 'canReadOthers')::boolean, @right(f.rights, 'canView'))
      FROM f
     CROSS JOIN LATERAL (SELECT NOT @flag(f, 'isBanned') OR NOT :is_foreign AS counts) r
), people AS (
    INSERT INTO microcosm.role_profiles (site_id, role_id, profile_id)
    SELECT DISTINCT :site_id::bigint, f.new_id, p.profile_id
      FROM f
     CROSS JOIN LATERAL jsonb_array_elements(f.body -> 'users') AS u (value)
     CROSS JOIN LATERAL (SELECT @new(3, u.value ->> 'id') AS profile_id) p
     WHERE p.profile_id IS NOT NULL
), criteria AS (
    INSERT INTO microcosm.role_criteria (site_id, role_id, or_group, profile_column, attr_key, predicate, value_text, value_number,
                                         value_boolean)
    SELECT :site_id, f.new_id, (c.value ->> 'orGroup')::int
          ,CASE WHEN k.is_column THEN c.value ->> 'key' END, CASE WHEN NOT k.is_column THEN c.value ->> 'key' END
          ,c.value ->> 'predicate'
          ,CASE WHEN jsonb_typeof(c.value -> 'value') = 'string' THEN c.value ->> 'value' END
          ,CASE WHEN jsonb_typeof(c.value -> 'value') = 'number' THEN (c.value ->> 'value')::numeric END
          ,CASE WHEN jsonb_typeof(c.value -> 'value') = 'boolean' THEN (c.value ->> 'value')::boolean END
      FROM f
     CROSS JOIN LATERAL jsonb_array_elements(f.body -> 'criteria') WITH ORDINALITY AS c (value, n)
     CROSS JOIN LATERAL (SELECT c.value ->> 'key' IN ('id', 'itemCount', 'commentCount', 'created', 'profileName', 'email', 'gender',
                                                      'isBanned') AS is_column) k
     ORDER BY f.new_id, c.n
), @noted(17, f, f.old_id, f.new_id)
, @change(:site_id, 17, 0, NULL, NULL, NULL, 'update', NULL, NULL, (SELECT FROM f LIMIT 1) one)
SELECT c.change FROM change c;

-- name: finish
-- Searches are built anew, and so is HTML, in the background; caches forget the site.
-- bind: site_id int, origin_id int
-- row: change change
WITH before AS MATERIALIZED (
    SELECT o.made_site AND o.finished IS NULL AS is_hidden FROM microcosm.import_origins o
     WHERE o.site_id = :site_id AND o.origin_id = :origin_id
), origin AS (
    UPDATE microcosm.import_origins o SET finished = clock_timestamp()
     WHERE o.site_id = :site_id AND o.origin_id = :origin_id
    RETURNING o.site_id
), shown AS (
    UPDATE microcosm.sites s SET is_deleted = false, is_being_imported = false
     WHERE s.site_id = :site_id AND s.is_being_imported AND (SELECT b.is_hidden FROM before b)
), searches AS (
    INSERT INTO microcosm.search_pending (site_id, item_type, item_id) SELECT o.site_id, 1, o.site_id FROM origin o
), renderings AS (
    UPDATE microcosm.renderings r
       SET is_done = false, last_site_id = :site_id - 1, last_comment_id = 9223372036854775807
     WHERE r.is_done OR r.last_site_id >= :site_id
), @change(:site_id, 1, o.site_id, NULL, NULL, NULL, 'update', NULL, NULL, origin o)
SELECT c.change FROM change c;
