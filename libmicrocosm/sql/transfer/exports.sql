-- Exports: all that is on a site, as the files of docs/moving.md. Things have the numbers that they came with, or else their ids here,
-- moved up behind those (shift). So what is exported, imported and exported again has the same numbers.

-- fragment: time(t)
to_char({t} AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"')

-- fragment: old(kind, id)
coalesce((SELECT min(o.old_number)
            FROM microcosm.imported_items o
           WHERE o.site_id = :site_id AND o.origin_id = :origin_id AND o.item_type = {kind} AND o.new_id = {id})
        ,{id} + :shift)

-- fragment: attributes_of(kind, id)
(SELECT json_agg(json_strip_nulls(json_build_object(
                     'key', a.key, 'text', microcosm.unescaped(a.value_text), 'number', a.value_number, 'boolean', a.value_boolean
                    ,'date', a.value_date)) ORDER BY a.key)
   FROM microcosm.attributes a
  WHERE a.site_id = :site_id AND a.item_type = {kind} AND a.item_id = {id})

-- fragment: exported_ban(b)
json_build_object('dateCreated', @time(b.created), 'expires', @time(b.expires)
                 ,'reason', nullif(microcosm.unescaped(b.display_reason), '')
                 ,'adminReason', nullif(microcosm.unescaped(b.admin_reason), '')
                 ,'author', CASE WHEN b.created_by IS NOT NULL THEN @old(3, b.created_by) END
                 ,'email', b.email_pattern)

-- fragment: numbered(kind, table, id, condition)
-- The next things, in the order of their numbers: first those that came from elsewhere, from shift on all others.
(SELECT o.new_id AS id, o.old_number AS number
   FROM microcosm.imported_items o
  WHERE o.site_id = :site_id AND o.origin_id = :origin_id AND o.item_type = {kind} AND o.old_number > :after
    AND NOT EXISTS (SELECT FROM microcosm.imported_items p
                     WHERE p.site_id = :site_id AND p.origin_id = :origin_id AND p.item_type = {kind} AND p.new_id = o.new_id
                       AND p.old_number < o.old_number)
  ORDER BY o.old_number
  LIMIT :limit)
 UNION ALL
(SELECT t.{id}, t.{id} + :shift
   FROM {table} t
  WHERE t.site_id = :site_id AND :after >= :shift AND t.{id} > :after - :shift AND {condition}
    AND NOT EXISTS (SELECT FROM microcosm.imported_items p
                     WHERE p.site_id = :site_id AND p.origin_id = :origin_id AND p.item_type = {kind} AND p.new_id = t.{id})
  ORDER BY t.{id}
  LIMIT :limit)
  ORDER BY number
  LIMIT :limit

-- name: origin
-- Whose numbers things have: those of the only forum that the site has content of. most: files that there will be, about.
-- bind: site_id int
-- row: origin_id int, shift int, most int
SELECT coalesce(o.origin_id, 0) AS origin_id
      ,coalesce((SELECT max(i.old_number) FROM microcosm.imported_items i
                  WHERE i.site_id = :site_id AND i.origin_id = o.origin_id), 0) AS shift
      ,2 * (SELECT count(*) FROM microcosm.profiles x WHERE x.site_id = :site_id) -- and what they follow
       + (SELECT count(*) FROM microcosm.microcosms x WHERE x.site_id = :site_id)
       + (SELECT count(*) FROM microcosm.items x WHERE x.site_id = :site_id)
       + (SELECT count(*) FROM microcosm.comments x WHERE x.site_id = :site_id)
       + (SELECT count(*) FROM microcosm.huddles x WHERE x.site_id = :site_id)
       + (SELECT count(*) FROM microcosm.attachments x WHERE x.site_id = :site_id)
       + (SELECT count(*) FROM microcosm.roles x WHERE x.site_id = :site_id) AS most
  FROM (SELECT CASE WHEN count(*) = 1 THEN min(n.origin_id) END AS origin_id
          FROM microcosm.import_origins n WHERE n.site_id = :site_id) o;

-- name: site
-- bind: site_id int, origin_id int, shift int
-- row: body text
SELECT json_strip_nulls(json_build_object(
           'product', 'microcosm'
          ,'formerProduct', (SELECT coalesce(o.former_product, nullif(o.product, 'microcosm'))
                               FROM microcosm.import_origins o
                              WHERE o.site_id = :site_id AND o.origin_id = :origin_id)
          ,'title', microcosm.unescaped(s.title)
          ,'description', microcosm.unescaped(s.description)
          ,'owner', @old(3, s.owned_by)
          ,'searchLanguage', s.search_language
          ,'dateCreated', @time(s.created)
          ,'logoUrl', s.logo_url
          ,'faviconUrl', s.favicon_url
          ,'backgroundUrl', s.background_url
          ,'backgroundColor', s.background_color
          ,'backgroundPosition', s.background_position
          ,'linkColor', s.link_color
          ,'gaWebPropertyId', s.ga_web_property_id
          ,'onlyAdminsCreateMicrocosms', s.only_admins_create_microcosms
          ,'defaultSendEmail', s.default_send_email
          ,'markdownMax', s.markdown_max
          ,'attributes', @attributes_of(1, :site_id)
          ,'root', (SELECT json_build_object(
                               'name', microcosm.unescaped(m.title), 'text', microcosm.unescaped(m.description)
                              ,'logoUrl', nullif(m.logo_url, ''), 'visibility', nullif(m.visibility, 'public')
                              ,'itemTypes', m.item_types, 'isOpen', m.is_open, 'attributes', @attributes_of(2, m.microcosm_id)
                              ,'dateCreated', @time(m.created), 'dateModified', @time(m.edited)
                              ,'editor', CASE WHEN m.edited_by IS NOT NULL THEN @old(3, m.edited_by) END
                              ,'editReason', microcosm.unescaped(nullif(m.edit_reason, '')))
                      FROM microcosm.microcosms m
                     WHERE m.site_id = :site_id AND m.parent_id IS NULL)
          ,'bans', (SELECT json_agg(@exported_ban(b) ORDER BY b.email_pattern)
                      FROM microcosm.site_bans b
                     WHERE b.site_id = :site_id AND b.email_pattern IS NOT NULL)
          ,'menu', (SELECT json_agg(json_build_object('href', l.href, 'title', microcosm.unescaped(l.title),
                                                      'text', microcosm.unescaped(l.text)) ORDER BY l.position)
                      FROM microcosm.menu_links l WHERE l.site_id = :site_id)))::text AS body
  FROM microcosm.sites s
 WHERE s.site_id = :site_id;

-- name: profiles
-- bind: site_id int, origin_id int, shift int, after int, limit int
-- row: number int, body text
WITH wanted AS (
    @numbered(3, microcosm.profiles, profile_id, true)
)
SELECT w.number
      ,json_strip_nulls(json_build_object(
           'id', w.number
          ,'name', microcosm.unescaped(p.profile_name)
          ,'email', u.email
          ,'dateCreated', @time(p.created)
          ,'lastActive', @time(p.last_active)
          ,'receiveEmailNotifications', coalesce(o.send_email, false)
          ,'digest', nullif(o.digest, 'none')
          ,'preferences', (SELECT json_agg(json_build_object('type', x.update_type_id, 'email', x.send_email) ORDER BY x.update_type_id)
                             FROM microcosm.update_preferences x
                            WHERE x.site_id = :site_id AND x.profile_id = w.id)
          ,'isBanned', CASE WHEN b.ban_id IS NOT NULL THEN true END
          ,'ban', CASE WHEN b.ban_id IS NOT NULL THEN @exported_ban(b) END
          ,'isHidden', CASE WHEN NOT p.is_visible THEN true END
          ,'gender', microcosm.unescaped(p.gender)
          ,'avatarUrl', CASE WHEN starts_with(p.avatar, 'https://') THEN p.avatar END
          ,'attributes', @attributes_of(3, w.id)))::text AS body
  FROM wanted w
  JOIN microcosm.profiles p ON p.site_id = :site_id AND p.profile_id = w.id
  JOIN microcosm.users u ON u.user_id = p.user_id
  LEFT JOIN microcosm.profile_options o ON o.site_id = :site_id AND o.profile_id = w.id
  LEFT JOIN microcosm.site_bans b ON b.site_id = :site_id AND b.user_id = p.user_id
 ORDER BY w.number;

-- name: forums
-- bind: site_id int, origin_id int, shift int, after int, limit int
-- row: number int, body text
WITH wanted AS (
    @numbered(2, microcosm.microcosms, microcosm_id, t.parent_id IS NOT NULL)
)
SELECT w.number
      ,json_strip_nulls(json_build_object(
           'id', w.number
          ,'name', microcosm.unescaped(m.title)
          ,'author', @old(3, m.owned_by)
          ,'text', microcosm.unescaped(m.description)
          ,'isOpen', m.is_open
          ,'isSticky', nullif(m.is_sticky, false)
          ,'isModerated', nullif(m.is_moderated, false)
          ,'isDeleted', nullif(m.is_deleted, false)
          ,'dateCreated', @time(m.created)
          ,'parentId', CASE WHEN cardinality(m.path) > 2 THEN @old(2, m.parent_id) END
          ,'visibility', nullif(m.visibility, 'public')
          ,'itemTypes', m.item_types
          ,'logoUrl', nullif(m.logo_url, '')
          ,'dateModified', @time(m.edited)
          ,'editor', CASE WHEN m.edited_by IS NOT NULL THEN @old(3, m.edited_by) END
          ,'editReason', microcosm.unescaped(nullif(m.edit_reason, ''))
          ,'isPlacedByModerator', nullif(m.placed_by_moderator, false)
          ,'attributes', @attributes_of(2, w.id)))::text AS body
  FROM wanted w
  JOIN microcosm.microcosms m ON m.site_id = :site_id AND m.microcosm_id = w.id
 ORDER BY w.number;

-- fragment: event_of(i)
(SELECT json_strip_nulls(json_build_object(
            'when', to_char(e.starts_local, 'YYYY-MM-DD"T"HH24:MI:SS')
           ,'tz', e.tz
           ,'duration', e.duration_minutes
           ,'where', microcosm.unescaped(e.place)
           ,'lat', nullif(e.lat, 0), 'lon', nullif(e.lon, 0), 'north', nullif(e.north, 0), 'east', nullif(e.east, 0)
           ,'south', nullif(e.south, 0), 'west', nullif(e.west, 0)
           ,'status', e.status
           ,'rsvpLimit', nullif(e.rsvp_limit, 0)
           ,'attendees', (SELECT json_agg(json_strip_nulls(json_build_object(
                                      'id', a.number, 'rsvp', a.rsvp, 'rsvpdOn', @time(a.rsvpd_on)
                                     ,'waitingSince', @time(a.waiting_since), 'dateCreated', @time(a.created))) ORDER BY a.number)
                            FROM (SELECT x.*, @old(3, x.profile_id) AS number
                                    FROM microcosm.attendees x
                                   WHERE x.site_id = :site_id AND x.item_id = {i}.item_id) a)))
   FROM microcosm.events e
  WHERE e.site_id = :site_id AND e.item_id = {i}.item_id)

-- fragment: poll_of(i)
(SELECT json_strip_nulls(json_build_object(
            'question', microcosm.unescaped(p.question)
           ,'multi', nullif(p.multi, false)
           ,'pollOpen', p.poll_open
           ,'pollCloses', @time(p.poll_closes)
           ,'isClosedByModerator', nullif(p.closed_by_moderator, false)
           ,'hideResults', nullif(p.hide_results, false)
           ,'choices', (SELECT json_agg(json_strip_nulls(json_build_object(
                                    'choice', microcosm.unescaped(c.choice)
                                   ,'votes', (SELECT json_agg(v.number ORDER BY v.number)
                                                FROM (SELECT @old(3, x.profile_id) AS number
                                                        FROM microcosm.poll_votes x
                                                       WHERE x.site_id = :site_id AND x.item_id = {i}.item_id
                                                         AND x.choice_id = c.choice_id) v))) ORDER BY c.position)
                          FROM microcosm.poll_choices c
                         WHERE c.site_id = :site_id AND c.item_id = {i}.item_id)))
   FROM microcosm.polls p
  WHERE p.site_id = :site_id AND p.item_id = {i}.item_id)

-- name: conversations
-- Events and polls, too.
-- bind: site_id int, origin_id int, shift int, after int, limit int
-- row: number int, body text
WITH wanted AS (
    @numbered(6, microcosm.items, item_id, true)
)
SELECT w.number
      ,json_strip_nulls(json_build_object(
           'id', w.number
          ,'name', microcosm.unescaped(i.title)
          ,'forumId', CASE WHEN m.parent_id IS NOT NULL THEN @old(2, i.microcosm_id) END
          ,'author', @old(3, i.created_by)
          ,'dateCreated', @time(i.created)
          ,'viewCount', nullif(i.view_count, 0)
          ,'isOpen', i.is_open
          ,'isSticky', nullif(i.is_sticky, false)
          ,'isModerated', nullif(i.is_moderated, false)
          ,'isDeleted', nullif(i.is_deleted, false)
          ,'dateModified', @time(i.edited)
          ,'editor', CASE WHEN i.edited_by IS NOT NULL THEN @old(3, i.edited_by) END
          ,'editReason', microcosm.unescaped(nullif(i.edit_reason, ''))
          ,'isClosedByModerator', nullif(i.closed_by_moderator, false)
          ,'isPlacedByModerator', nullif(i.placed_by_moderator, false)
          ,'attributes', @attributes_of(i.item_type, w.id)
          ,'event', @event_of(i)
          ,'poll', @poll_of(i)))::text AS body
  FROM wanted w
  JOIN microcosm.items i ON i.site_id = :site_id AND i.item_id = w.id
  JOIN microcosm.microcosms m ON m.site_id = :site_id AND m.microcosm_id = i.microcosm_id
 ORDER BY w.number;

-- fragment: versions_of(c)
(SELECT json_agg(json_build_object('editor', @old(3, v.by), 'dateModified', @time(v.at), 'text', v.text) ORDER BY v.n)
   FROM (SELECT r.revision AS n, r.markdown AS text, r.created AS at, r.created_by AS by
           FROM microcosm.comment_revisions r
          WHERE r.site_id = :site_id AND r.comment_id = {c}.comment_id
          UNION ALL
         SELECT 2147483647, {c}.markdown, coalesce({c}.edited, {c}.created), coalesce({c}.edited_by, {c}.created_by)) v)

-- name: comments
-- On items and profiles.
-- bind: site_id int, origin_id int, shift int, after int, limit int
-- row: number int, body text
WITH wanted AS (
    @numbered(4, microcosm.comments, comment_id, t.huddle_id IS NULL)
)
SELECT w.number
      ,json_strip_nulls(json_build_object(
           'id', w.number
          ,'onType', CASE WHEN c.item_id IS NOT NULL THEN 'conversation' ELSE 'profile' END
          ,'onId', CASE WHEN c.item_id IS NOT NULL THEN @old(6, c.item_id) ELSE @old(3, c.on_profile_id) END
          ,'inReplyTo', CASE WHEN c.in_reply_to IS NOT NULL THEN @old(4, c.in_reply_to) END
          ,'author', @old(3, c.created_by)
          ,'dateCreated', @time(c.created)
          ,'isModerated', nullif(c.is_moderated, false)
          ,'isDeleted', nullif(c.is_deleted, false)
          ,'attributes', @attributes_of(4, w.id)
          ,'versions', @versions_of(c)))::text AS body
  FROM wanted w
  JOIN microcosm.comments c ON c.site_id = :site_id AND c.comment_id = w.id
 ORDER BY w.number;

-- name: huddles
-- bind: site_id int, origin_id int, shift int, after int, limit int
-- row: number int, body text
WITH wanted AS (
    @numbered(5, microcosm.huddles, huddle_id, true)
)
SELECT w.number
      ,json_strip_nulls(json_build_object(
           'id', w.number
          ,'name', microcosm.unescaped(h.title)
          ,'author', @old(3, h.created_by)
          ,'dateCreated', @time(h.created)
          ,'isConfidential', nullif(h.is_confidential, false)
          ,'participants', (SELECT json_agg(json_build_object('id', p.number, 'dateJoined', @time(p.joined)) ORDER BY p.number)
                              FROM (SELECT x.joined, @old(3, x.profile_id) AS number
                                      FROM microcosm.huddle_participants x
                                     WHERE x.site_id = :site_id AND x.huddle_id = w.id) p)))::text AS body
  FROM wanted w
  JOIN microcosm.huddles h ON h.site_id = :site_id AND h.huddle_id = w.id
 ORDER BY w.number;

-- name: messages
-- The comments of huddles.
-- bind: site_id int, origin_id int, shift int, after int, limit int
-- row: number int, body text
WITH wanted AS (
    @numbered(0, microcosm.comments, comment_id, t.huddle_id IS NOT NULL)
)
SELECT w.number
      ,json_strip_nulls(json_build_object(
           'id', w.number
          ,'huddle', @old(5, c.huddle_id)
          ,'inReplyTo', CASE WHEN c.in_reply_to IS NOT NULL THEN @old(0, c.in_reply_to) END
          ,'author', @old(3, c.created_by)
          ,'dateCreated', @time(c.created)
          ,'isModerated', nullif(c.is_moderated, false)
          ,'isRemoved', nullif(c.is_deleted, false)
          ,'attributes', @attributes_of(4, w.id)
          ,'versions', @versions_of(c)))::text AS body
  FROM wanted w
  JOIN microcosm.comments c ON c.site_id = :site_id AND c.comment_id = w.id
 ORDER BY w.number;

-- name: attachments
-- Each file once, with all that it is attached to. Its bytes are read from the store.
-- bind: site_id int, origin_id int, shift int, after int, limit int
-- row: number int, body text, sha256 text, mime_type text, byte_count int
WITH wanted AS (
    @numbered(21, (SELECT DISTINCT x.site_id, x.file_id FROM microcosm.attachments x WHERE x.site_id = :site_id), file_id, true)
)
SELECT w.number
      ,json_strip_nulls(json_build_object(
           'id', w.number
          ,'author', a.author
          ,'dateCreated', @time(a.created)
          ,'associations', (SELECT json_agg(json_build_object('onType', n.on_type, 'onId', n.on_id, 'author', n.author,
                                                              'name', n.file_name, 'dateCreated', @time(n.created))
                                            ORDER BY n.on_type, n.on_id)
                              FROM (SELECT CASE WHEN x.item_type = 3 THEN 'profile' WHEN c.huddle_id IS NULL THEN 'comment'
                                                ELSE 'message' END AS on_type
                                          ,CASE WHEN x.item_type = 3 THEN @old(3, x.item_id)
                                                WHEN c.huddle_id IS NULL THEN @old(4, x.item_id)
                                                ELSE @old(0, x.item_id) END AS on_id
                                          ,@old(3, x.profile_id) AS author
                                          ,x.file_name
                                          ,x.created
                                      FROM microcosm.attachments x
                                      LEFT JOIN microcosm.comments c
                                        ON c.site_id = :site_id AND x.item_type = 4 AND c.comment_id = x.item_id
                                     WHERE x.site_id = :site_id AND x.file_id = w.id
                                       AND (x.item_type = 3 OR c.comment_id IS NOT NULL)) n)
          ,'name', a.file_name
          ,'contentSize', f.byte_count
          ,'mimetype', f.mime_type
          ,'width', nullif(f.width, 0)
          ,'height', nullif(f.height, 0)))::text AS body
      ,f.sha256
      ,f.mime_type
      ,f.byte_count
  FROM wanted w
  JOIN microcosm.files f ON f.file_id = w.id
 CROSS JOIN LATERAL (SELECT @old(3, x.profile_id) AS author, x.created, x.file_name
                       FROM microcosm.attachments x
                      WHERE x.site_id = :site_id AND x.file_id = w.id
                      ORDER BY x.created, x.attachment_id
                      LIMIT 1) a
 ORDER BY w.number;

-- fragment: there(kind, table, condition)
-- The number of a thing that one follows, ignores or has read; NULL if it is gone.
CASE WHEN EXISTS (SELECT FROM microcosm.{table} t WHERE t.site_id = :site_id AND {condition}) THEN @old({kind}, s.item_id) END

-- fragment: forum_there()
CASE WHEN s.item_id = (SELECT r.microcosm_id FROM microcosm.microcosms r WHERE r.site_id = :site_id AND r.parent_id IS NULL) THEN 0
     ELSE @there(2, microcosms, t.microcosm_id = s.item_id) END

-- fragment: followed_of(kinds, number)
(SELECT json_agg(json_build_object('id', x.number, 'notify', x.send_email) ORDER BY x.number)
   FROM (SELECT s.send_email, {number} AS number
           FROM microcosm.watchers s
          WHERE s.site_id = :site_id AND s.profile_id = w.id AND s.item_type IN {kinds}) x
  WHERE x.number IS NOT NULL)

-- fragment: ignored_of(kinds, number)
(SELECT json_agg(x.number ORDER BY x.number)
   FROM (SELECT {number} AS number
           FROM microcosm.ignores s
          WHERE s.site_id = :site_id AND s.profile_id = w.id AND s.item_type IN {kinds}) x
  WHERE x.number IS NOT NULL)

-- fragment: read_of(kinds, number)
(SELECT json_agg(json_build_object('id', x.number, 'at', @time(x.read_at)) ORDER BY x.number)
   FROM (SELECT s.read_at, {number} AS number
           FROM microcosm.read_marks s
          WHERE s.site_id = :site_id AND s.profile_id = w.id AND s.item_type IN {kinds}) x
  WHERE x.number IS NOT NULL)

-- name: follows
-- What each profile follows, ignores and has read. Who follows profile 0 follows all newcomers.
-- bind: site_id int, origin_id int, shift int, after int, limit int
-- row: number int, body text
WITH wanted AS (
    @numbered(3, microcosm.profiles, profile_id, true)
)
SELECT w.number
      ,json_strip_nulls(json_build_object(
           'author', w.number
          ,'users', @followed_of((3), CASE WHEN s.item_id = 0 THEN 0 ELSE @there(3, profiles, t.profile_id = s.item_id) END)
          ,'forums', @followed_of((2), @forum_there())
          ,'conversations', @followed_of((6, 7, 9), @there(6, items, t.item_id = s.item_id))
          ,'huddles', @followed_of((5), @there(5, huddles, t.huddle_id = s.item_id))
          ,'usersIgnored', @ignored_of((3), @there(3, profiles, t.profile_id = s.item_id))
          ,'forumsIgnored', @ignored_of((2), @there(2, microcosms, t.microcosm_id = s.item_id AND t.parent_id IS NOT NULL))
          ,'conversationsIgnored', @ignored_of((6, 7, 9), @there(6, items, t.item_id = s.item_id))
          ,'huddlesIgnored', @ignored_of((5), @there(5, huddles, t.huddle_id = s.item_id))
          ,'commentsIgnored', @ignored_of((4), @there(4, comments, t.comment_id = s.item_id AND t.huddle_id IS NULL))
          ,'messagesIgnored', @ignored_of((4), @there(0, comments, t.comment_id = s.item_id AND t.huddle_id IS NOT NULL))
          ,'allReadAt', @time(p.all_read_at)
          ,'messagesReadAt', @time(p.huddles_read_at)
          ,'usersRead', @read_of((3), @there(3, profiles, t.profile_id = s.item_id))
          ,'forumsRead', @read_of((2), @forum_there())
          ,'conversationsRead', @read_of((6, 7, 9), @there(6, items, t.item_id = s.item_id))
          ,'huddlesRead', @read_of((5), @there(5, huddles, t.huddle_id = s.item_id))))::text AS body
  FROM wanted w
  JOIN microcosm.profiles p ON p.site_id = :site_id AND p.profile_id = w.id
 ORDER BY w.number;

-- name: roles
-- bind: site_id int, origin_id int, shift int, after int, limit int
-- row: number int, body text
WITH wanted AS (
    @numbered(17, microcosm.roles, role_id, t.microcosm_id IS NOT NULL)
)
SELECT w.number
      ,json_strip_nulls(json_build_object(
           'id', w.number
          ,'name', microcosm.unescaped(r.title)
          ,'isBanned', nullif(r.is_banned, false)
          ,'isModerator', nullif(r.is_moderator, false)
          ,'forumPermissions', json_build_object(
               'canView', r.can_read, 'canReadOthers', r.can_read_others, 'canPostNew', r.can_create, 'canEditOthers', r.can_update,
               'canDeleteOthers', r.can_delete, 'canCloseOwn', r.can_close_own, 'canOpenOwn', r.can_open_own)
          ,'includeRegisteredUsers', nullif(r.include_users, false)
          ,'includeGuests', nullif(r.include_guests, false)
          ,'users', (SELECT json_agg(json_build_object('id', u.number) ORDER BY u.number)
                       FROM (SELECT @old(3, x.profile_id) AS number
                               FROM microcosm.role_profiles x
                              WHERE x.site_id = :site_id AND x.role_id = w.id) u)
          ,'criteria', (SELECT json_agg(json_build_object(
                                    'orGroup', c.or_group, 'key', coalesce(c.profile_column, c.attr_key), 'predicate', c.predicate
                                   ,'value', coalesce(to_jsonb(c.value_text), to_jsonb(c.value_number), to_jsonb(c.value_boolean)))
                                ORDER BY c.criterion_id)
                          FROM microcosm.role_criteria c
                         WHERE c.site_id = :site_id AND c.role_id = w.id)
          ,'default', CASE WHEN m.parent_id IS NULL THEN true END
          ,'forumId', CASE WHEN m.parent_id IS NOT NULL THEN @old(2, r.microcosm_id) END))::text AS body
  FROM wanted w
  JOIN microcosm.roles r ON r.site_id = :site_id AND r.role_id = w.id
  JOIN microcosm.microcosms m ON m.site_id = :site_id AND m.microcosm_id = r.microcosm_id
 ORDER BY w.number;
