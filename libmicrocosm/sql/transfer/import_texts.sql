-- Imports of what people have written, with its files; as imports.sql. Comments and messages come in the order in which they were written, so
-- that their positions have it.

-- fragment: written(kind, item_type)
SELECT f.old_id, f.created, f.body
  FROM microcosm.import_files f
 WHERE f.target = :target AND f.kind = {kind}
   AND (f.created, f.old_id) > (:after_time::timestamptz, :after::bigint)
   AND (f.created, f.old_id) <= (:last_time::timestamptz, :last::bigint)
   AND @new({item_type}, f.old_id::text) IS NULL
 ORDER BY f.created, f.old_id

-- fragment: texts(f)
-- The newest text, who has written it and when, and how many there are.
LATERAL (SELECT x.value ->> 'text' AS text, x.value ->> 'editor' AS editor, microcosm.import_time(x.value ->> 'dateModified') AS at
               ,jsonb_array_length({f}.body -> 'versions') AS count
           FROM jsonb_array_elements({f}.body -> 'versions') WITH ORDINALITY AS x (value, n)
          ORDER BY microcosm.import_time(x.value ->> 'dateModified') DESC NULLS LAST, x.n DESC
          LIMIT 1)

-- fragment: older_texts(source)
revisions AS (
    INSERT INTO microcosm.comment_revisions (site_id, comment_id, revision, markdown, html, created, created_by)
    SELECT :site_id, v.comment_id, v.revision, microcosm.import_text(v.value ->> 'text', :is_foreign), ''
          ,coalesce(microcosm.import_time(v.value ->> 'dateModified'), v.created), @person(v.editor)
      FROM (SELECT s.comment_id, s.created, x.value, coalesce(x.value ->> 'editor', s.body ->> 'author') AS editor
                  ,row_number() OVER (PARTITION BY s.comment_id
                                      ORDER BY microcosm.import_time(x.value ->> 'dateModified') NULLS FIRST, x.n) AS revision
              FROM {source} s
             CROSS JOIN LATERAL jsonb_array_elements(s.body -> 'versions') WITH ORDINALITY AS x (value, n)
             WHERE s.versions > 1) v
     WHERE v.revision < (SELECT s.versions FROM {source} s WHERE s.comment_id = v.comment_id)
)

-- name: lock_items
-- Who posts to them meanwhile waits.
-- bind: site_id int, origin_id int, target text, after_time time, after int, last_time time, last int
-- row: count int
SELECT count(*) AS count
  FROM (SELECT i.item_id
          FROM microcosm.items i
         WHERE i.site_id = :site_id
           AND i.item_id = ANY (ARRAY(SELECT @new(6, f.body ->> 'onId') FROM (@written('comments', 4)) f))
         ORDER BY i.item_id
           FOR NO KEY UPDATE) l;

-- name: comments
-- Whatever its thing isn't here is left out.
-- bind: site_id int, origin_id int, target text, after_time time, after int, last_time time, last int, deleted_id int
-- bind: is_foreign bool
-- row: change change
WITH f AS MATERIALIZED (
    SELECT o.old_id, o.created, o.body
          ,CASE WHEN coalesce(o.body ->> 'onType', 'conversation') = 'conversation' THEN @new(6, o.body ->> 'onId') END AS item_id
          ,CASE WHEN o.body ->> 'onType' = 'profile' THEN @new(3, o.body ->> 'onId') END AS on_profile_id
      FROM (@written('comments', 4)) o
), placed AS MATERIALIZED (
    SELECT f.*, nextval('microcosm.comments_comment_id_seq') AS comment_id
          ,row_number() OVER (PARTITION BY f.item_id, f.on_profile_id ORDER BY f.created, f.old_id) - 1 AS n
          ,coalesce(i.item_type, 3) AS item_type, i.microcosm_id, i.is_visible AS is_item_visible
      FROM f
      LEFT JOIN microcosm.items i ON i.site_id = :site_id AND i.item_id = f.item_id
     WHERE num_nonnulls(f.item_id, f.on_profile_id) = 1
     ORDER BY f.created, f.old_id
), parents AS MATERIALIZED (
    SELECT p.item_id, p.on_profile_id
          ,coalesce(CASE WHEN p.item_id IS NOT NULL
                         THEN (SELECT max(c.position) FROM microcosm.comments c
                                WHERE c.site_id = :site_id AND c.item_id = p.item_id)
                         ELSE (SELECT max(c.position) FROM microcosm.comments c
                                WHERE c.site_id = :site_id AND c.on_profile_id = p.on_profile_id) END + 1, 0) AS position
      FROM (SELECT DISTINCT p.item_id, p.on_profile_id FROM placed p) p
), made AS MATERIALIZED (
    SELECT p.*, s.position + p.n AS position, @person(p.body ->> 'author') AS author_id, t.text, t.at, t.editor, t.count AS versions
          ,@flag(p, 'isDeleted') AS is_deleted, @flag(p, 'isModerated') AS is_moderated
          ,coalesce(@new(4, p.body ->> 'inReplyTo')
                   ,(SELECT r.comment_id FROM placed r WHERE r.old_id = (p.body ->> 'inReplyTo')::bigint
                        AND r.old_id <> p.old_id)) AS in_reply_to
      FROM placed p
      JOIN parents s ON s.item_id IS NOT DISTINCT FROM p.item_id AND s.on_profile_id IS NOT DISTINCT FROM p.on_profile_id
     CROSS JOIN @texts(p) t
), saved AS (
    INSERT INTO microcosm.comments (site_id, comment_id, item_id, on_profile_id, item_type, position, in_reply_to, created, created_by,
                                    edited, edited_by, revisions, is_deleted, is_moderated, markdown, html)
    SELECT :site_id, m.comment_id, m.item_id, m.on_profile_id, m.item_type, m.position, m.in_reply_to, m.created, m.author_id
          ,CASE WHEN m.versions > 1 OR m.at > m.created THEN coalesce(m.at, m.created) END
          ,CASE WHEN m.versions > 1 OR m.at > m.created THEN @person(coalesce(m.editor, m.body ->> 'author')) END
          ,m.versions, m.is_deleted, m.is_moderated, microcosm.import_text(m.text, :is_foreign), ''
      FROM made m
     ORDER BY m.created, m.old_id
), @older_texts(made)
, unsettled AS (
    INSERT INTO microcosm.unsettled_items (site_id, item_id, comment_count)
    SELECT :site_id, m.item_id, -count(*) FILTER (WHERE m.is_deleted OR m.is_moderated)
      FROM made m WHERE m.item_id IS NOT NULL GROUP BY m.item_id
), stats AS (
    INSERT INTO microcosm.microcosm_deltas (site_id, microcosm_id, comment_count, last_activity)
    SELECT :site_id, m.microcosm_id, count(*), max(m.created)
      FROM made m
     WHERE m.is_item_visible AND NOT (m.is_deleted OR m.is_moderated)
     GROUP BY m.microcosm_id
), authors AS ( -- settling counts all of them
    INSERT INTO microcosm.profile_deltas (site_id, profile_id, microcosm_id, comment_count)
    SELECT :site_id, m.author_id, m.microcosm_id, -count(*)
      FROM made m
     WHERE m.item_id IS NOT NULL AND (NOT m.is_item_visible OR m.is_deleted OR m.is_moderated)
     GROUP BY m.author_id, m.microcosm_id
), audit AS (
    INSERT INTO microcosm.audit (site_id, item_type, item_id, profile_id, created, action, address)
    SELECT :site_id, 4, m.comment_id, m.author_id, m.created, 'C', microcosm.import_address(m.body ->> 'ipAddress')
      FROM made m
     WHERE microcosm.import_address(m.body ->> 'ipAddress') IS NOT NULL
), @noted(4, made m, m.old_id, m.comment_id)
, things AS (
    SELECT DISTINCT m.item_type, coalesce(m.item_id, m.on_profile_id) AS thing_id, m.microcosm_id FROM made m
), @change(:site_id, t.item_type, t.thing_id, NULL, NULL, t.microcosm_id, 'update', NULL, NULL, things t)
SELECT c.change FROM change c;

-- name: replies
-- Answers to comments that were imported after them.
-- bind: site_id int, origin_id int, target text, after int, last int
-- silent: nobody has been shown these as answers
UPDATE microcosm.comments c
   SET in_reply_to = r.comment_id
  FROM microcosm.import_files f
 CROSS JOIN LATERAL (SELECT @new(4, f.body ->> 'inReplyTo') AS comment_id, @new(4, f.old_id::text) AS own_id) r
 WHERE f.target = :target AND f.kind = 'comments' AND f.old_id > :after AND f.old_id <= :last
   AND f.body ? 'inReplyTo'
   AND c.site_id = :site_id AND c.comment_id = r.own_id AND c.in_reply_to IS NULL AND r.comment_id <> r.own_id;

-- name: huddles
-- For messages that begin one. Who is unknown isn't in it.
-- bind: site_id int, origin_id int, target text, after int, last int, deleted_id int, is_foreign bool
-- row: change change
WITH f AS MATERIALIZED (
    SELECT o.old_id, o.created, o.body, nextval('microcosm.huddles_huddle_id_seq') AS new_id
          ,@person(o.body ->> 'author') AS author_id
      FROM (@files('messages', 5)) o
     WHERE NOT o.body ? 'huddle' AND microcosm.import_first(:target, o.body) = o.old_id
), made AS (
    INSERT INTO microcosm.huddles (site_id, huddle_id, title, is_confidential, created, created_by, last_activity)
    SELECT :site_id, f.new_id
          ,microcosm.import_line(coalesce(nullif(f.body #>> '{versions,0,headline}', ''), f.body ->> 'name'), :is_foreign, 150,
                                 'Message')
          ,:is_foreign OR @flag(f, 'isConfidential'), f.created, f.author_id, f.created
      FROM f
), people AS (
    INSERT INTO microcosm.huddle_participants (site_id, huddle_id, profile_id, joined)
    SELECT DISTINCT :site_id::bigint, f.new_id, p.profile_id, f.created
      FROM f
     CROSS JOIN LATERAL unnest(microcosm.import_people(f.body)) AS o (old_id)
     CROSS JOIN LATERAL (SELECT @new(3, o.old_id::text) AS profile_id) p
     WHERE p.profile_id IS NOT NULL
), @noted(5, f, f.old_id, f.new_id)
, @change(:site_id, 5, f.new_id, NULL, NULL, NULL, 'update', f.author_id, NULL, f)
SELECT c.change FROM change c;

-- name: messages
-- As comments in huddles.
-- bind: site_id int, origin_id int, target text, after_time time, after int, last_time time, last int, deleted_id int
-- bind: is_foreign bool
-- row: change change
WITH f AS MATERIALIZED (
    SELECT o.old_id, o.created, o.body
          ,@new(5, coalesce(o.body ->> 'huddle', microcosm.import_first(:target, o.body)::text)) AS huddle_id
      FROM (@written('messages', 0)) o
), placed AS MATERIALIZED (
    SELECT f.*, nextval('microcosm.comments_comment_id_seq') AS comment_id
          ,row_number() OVER (PARTITION BY f.huddle_id ORDER BY f.created, f.old_id) - 1 AS n
      FROM f
     WHERE f.huddle_id IS NOT NULL
     ORDER BY f.created, f.old_id
), made AS MATERIALIZED (
    SELECT p.*, p.n + coalesce((SELECT max(c.position) + 1 FROM microcosm.comments c
                                 WHERE c.site_id = :site_id AND c.huddle_id = p.huddle_id), 0) AS position
          ,@person(p.body ->> 'author') AS author_id, t.text, t.at, t.editor, t.count AS versions
          ,CASE WHEN p.body ? 'huddle'
                THEN coalesce(@new(0, p.body ->> 'inReplyTo')
                             ,(SELECT r.comment_id FROM placed r WHERE r.old_id = (p.body ->> 'inReplyTo')::bigint
                                  AND r.old_id <> p.old_id)) END AS in_reply_to
      FROM placed p
     CROSS JOIN @texts(p) t
), saved AS (
    INSERT INTO microcosm.comments (site_id, comment_id, huddle_id, item_type, position, in_reply_to, created, created_by,
                                    edited, edited_by, revisions, is_deleted, is_moderated, markdown, html)
    SELECT :site_id, m.comment_id, m.huddle_id, 5, m.position, m.in_reply_to, m.created, m.author_id
          ,CASE WHEN m.versions > 1 OR m.at > m.created THEN coalesce(m.at, m.created) END
          ,CASE WHEN m.versions > 1 OR m.at > m.created THEN @person(coalesce(m.editor, m.body ->> 'author')) END
          ,m.versions, @flag(m, 'isRemoved'), @flag(m, 'isModerated'), microcosm.import_text(m.text, :is_foreign), ''
      FROM made m
     ORDER BY m.created, m.old_id
), @older_texts(made)
, unsettled AS (
    INSERT INTO microcosm.unsettled_huddles (site_id, huddle_id)
    SELECT DISTINCT :site_id::bigint, m.huddle_id FROM made m
        ON CONFLICT DO NOTHING
), @noted(0, made m, m.old_id, m.comment_id)
, also AS ( -- a message that answers one leads to the same huddle
    INSERT INTO microcosm.imported_items (site_id, origin_id, item_type, old_id, new_id)
    SELECT :site_id, :origin_id, 5, m.old_id::text, m.huddle_id FROM made m WHERE NOT m.body ? 'huddle'
        ON CONFLICT DO NOTHING
), things AS (
    SELECT DISTINCT m.huddle_id FROM made m
), @change(:site_id, 5, t.huddle_id, NULL, NULL, NULL, 'update', NULL, NULL, things t)
SELECT c.change FROM change c;

-- name: is_here
-- What a thing has become: 0 if it isn't here.
-- bind: site_id int, origin_id int, item_type int, old_id text
-- row: new_id int
SELECT coalesce(@new(:item_type, :old_id), 0) AS new_id;

-- name: attach
-- A file to all that it belongs to and that is here.
-- An avatar is attached to its profile.
-- bind: site_id int, origin_id int, target text, old_id int, file_id int, deleted_id int, is_avatar bool
-- row: change change
WITH f AS MATERIALIZED (
    SELECT f.old_id, f.created
          ,CASE WHEN :is_avatar
                THEN jsonb_build_object('author', f.old_id, 'name', coalesce(f.body #>> '{avatar,name}', 'avatar'), 'associations',
                                        jsonb_build_array(jsonb_build_object('onType', 'profile', 'onId', f.old_id)))
                ELSE f.body END AS body
      FROM microcosm.import_files f
     WHERE f.target = :target AND f.kind = CASE WHEN :is_avatar THEN 'profiles' ELSE 'attachments' END AND f.old_id = :old_id
), things AS MATERIALIZED (
    SELECT DISTINCT ON (t.item_type, t.item_id) t.item_type, t.item_id
          ,@person(coalesce(x.value ->> 'author', f.body ->> 'author')) AS profile_id
          ,left(regexp_replace(coalesce(x.value ->> 'name', f.body ->> 'name', 'file'), '[[:cntrl:]/\\]+', '_', 'g'), 255) AS file_name
          ,coalesce(microcosm.import_time(x.value ->> 'dateCreated'), f.created) AS created
      FROM f
     CROSS JOIN LATERAL jsonb_array_elements(f.body -> 'associations') WITH ORDINALITY AS x (value, n)
     CROSS JOIN LATERAL (
           SELECT 4 AS item_type, @new(4, x.value ->> 'onId') AS item_id WHERE x.value ->> 'onType' = 'comment'
           UNION ALL
           SELECT 4, @new(0, x.value ->> 'onId') WHERE x.value ->> 'onType' = 'message'
           UNION ALL
           SELECT 3, @new(3, x.value ->> 'onId') WHERE x.value ->> 'onType' = 'profile') t
     WHERE t.item_id IS NOT NULL
     ORDER BY t.item_type, t.item_id, x.n
), file AS (
    UPDATE microcosm.files SET unused_since = NULL
     WHERE file_id = :file_id AND is_stored AND EXISTS (SELECT FROM things)
    RETURNING file_id, sha1
), made AS (
    INSERT INTO microcosm.attachments (site_id, item_type, item_id, file_id, profile_id, file_name, file_ext, created)
    SELECT :site_id, t.item_type, t.item_id, file.file_id, t.profile_id, t.file_name
          ,coalesce(substring(t.file_name FROM '\.([^.]{1,16})$'), ''), t.created
      FROM things t
     CROSS JOIN file
        ON CONFLICT (site_id, item_type, item_id, file_id) DO NOTHING
    RETURNING item_type, item_id, profile_id, file_ext
), comments AS (
    UPDATE microcosm.comments c
       SET attachment_count = c.attachment_count + 1
      FROM made m
     WHERE m.item_type = 4 AND c.site_id = :site_id AND c.comment_id = m.item_id
    RETURNING c.comment_id, c.item_type, coalesce(c.item_id, c.huddle_id, c.on_profile_id) AS parent_id
), uploads AS (
    INSERT INTO microcosm.file_uploads (site_id, profile_id, file_id, file_name, file_ext, byte_count)
    SELECT DISTINCT ON (t.profile_id) :site_id, t.profile_id, f.file_id, t.file_name
          ,coalesce(substring(t.file_name FROM '\.([^.]{1,16})$'), ''), f.byte_count
      FROM things t
      JOIN microcosm.files f ON f.file_id = :file_id
     ORDER BY t.profile_id
        ON CONFLICT DO NOTHING
), avatars AS ( -- the newest of each
    UPDATE microcosm.profiles p
       SET avatar = '/api/v1/files/' || file.sha1
                    || CASE WHEN m.file_ext ~ '^[0-9A-Za-z]{1,16}$' THEN '.' || m.file_ext ELSE '' END
      FROM made m
     CROSS JOIN file
     WHERE m.item_type = 3 AND p.site_id = :site_id AND p.profile_id = m.item_id
       AND NOT EXISTS (SELECT FROM microcosm.attachments a
                        WHERE a.site_id = :site_id AND a.item_type = 3 AND a.item_id = m.item_id
                          AND a.created > (SELECT max(t.created) FROM things t WHERE t.item_type = 3 AND t.item_id = m.item_id))
), @noted(21, file, (CASE WHEN :is_avatar THEN 'a' ELSE '' END || :old_id::bigint), file.file_id)
, changed AS (
    SELECT 4 AS item_type, c.comment_id AS item_id, c.item_type AS parent_type, c.parent_id FROM comments c
     UNION ALL
    SELECT 3, m.item_id, NULL, NULL FROM made m WHERE m.item_type = 3
), @change(:site_id, c.item_type, c.item_id, c.parent_type, c.parent_id, NULL, 'update', NULL, NULL, changed c)
SELECT c.change FROM change c;
