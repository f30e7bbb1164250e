-- Files of comments and profiles.

-- fragment: file_href(hash, extension)
-- An extension is part of the address if it consists of some letters and digits.
'/api/v1/files/' || {hash} || CASE WHEN {extension} ~ '^[0-9A-Za-z]{1,16}$' THEN '.' || {extension} ELSE '' END

-- fragment: of_thing(a)
{a}.site_id = :site_id AND {a}.item_type = :item_type AND {a}.item_id = :item_id

-- name: list
-- unsettled: no counters
-- bind: site_id int, item_type int, item_id int, limit int, offset int
-- row: profile_id int, file_hash text, file_name text, file_ext text, created time, href text
SELECT a.profile_id
      ,f.sha1 AS file_hash
      ,a.file_name
      ,a.file_ext
      ,a.created
      ,@file_href(f.sha1, a.file_ext) AS href
  FROM (SELECT t.*
          FROM microcosm.attachments t
         WHERE @of_thing(t)
         ORDER BY t.created, t.attachment_id
         LIMIT :limit
        OFFSET :offset) a
  JOIN microcosm.files f ON f.file_id = a.file_id
 ORDER BY a.created, a.attachment_id;

-- name: total
-- unsettled: no counters
-- bind: site_id int, item_type int, item_id int
-- row: total int
SELECT count(*) AS total
  FROM microcosm.attachments a
 WHERE @of_thing(a);

-- name: is_attached
-- unsettled: no counters
-- bind: site_id int, item_type int, item_id int, sha1 text
-- row: is_attached bool
SELECT EXISTS (SELECT
                 FROM microcosm.attachments a
                WHERE @of_thing(a)
                  AND a.file_id = (SELECT f.file_id FROM microcosm.files f WHERE f.sha1 = :sha1)) AS is_attached;

-- The comment or profile has changed. source: rows of which there is one if anything has.
-- fragment: changed_attachments(action, source)
@change(:site_id, :item_type, :item_id, :parent_type, :parent_id, :microcosm_id, 'update', :actor_id, NULL, {source})
, @audit({action}, (SELECT d.site_id, 21 AS item_type, d.item_id, d.profile_id, d.is_private FROM change d))
SELECT c.change FROM change c

-- name: put
-- unsettled: no counters
-- No row if the file isn't stored any more, or the thing would have more than it may (most).
-- bind: site_id int, item_type int, item_id int, sha1 text, file_name text, file_ext text, most int
-- bind: parent_type id, parent_id id, microcosm_id id, actor_id id, address text
-- row: change change
WITH room AS (
    SELECT WHERE (SELECT count(*) FROM microcosm.attachments a WHERE @of_thing(a)) < :most
              OR EXISTS (SELECT
                           FROM microcosm.attachments a
                          WHERE @of_thing(a)
                            AND a.file_id = (SELECT f.file_id FROM microcosm.files f WHERE f.sha1 = :sha1))
), file AS (
    UPDATE microcosm.files f
       SET unused_since = NULL
      FROM room
     WHERE f.sha1 = :sha1
       AND f.is_stored
    RETURNING f.file_id
), saved AS (
    INSERT INTO microcosm.attachments AS a (site_id, item_type, item_id, file_id, profile_id, file_name, file_ext)
    SELECT :site_id, :item_type, :item_id, file.file_id, :actor_id, :file_name, :file_ext
      FROM file
        ON CONFLICT (site_id, item_type, item_id, file_id)
        DO UPDATE SET created = CASE WHEN :item_type = 3 THEN clock_timestamp() ELSE a.created END
    RETURNING a.file_ext, a.xmax = 0 AS is_new
), comment AS (
    UPDATE microcosm.comments c
       SET attachment_count = c.attachment_count + 1
      FROM saved
     WHERE :item_type = 4 AND saved.is_new AND c.site_id = :site_id AND c.comment_id = :item_id
), profile AS (
    UPDATE microcosm.profiles p
       SET avatar = @file_href(:sha1, saved.file_ext)
      FROM saved
     WHERE :item_type = 3 AND p.site_id = :site_id AND p.profile_id = :item_id
), @changed_attachments('C', saved)
;

-- name: delete
-- unsettled: no counters
-- No row, and nothing is deleted, if it isn't attached or is the only one of a profile.
-- bind: site_id int, item_type int, item_id int, sha1 text
-- bind: parent_type id, parent_id id, microcosm_id id, actor_id id, address text
-- row: change change
WITH there AS MATERIALIZED (
    SELECT a.attachment_id
      FROM microcosm.attachments a
     WHERE @of_thing(a)
       AND a.file_id = (SELECT f.file_id FROM microcosm.files f WHERE f.sha1 = :sha1)
       FOR UPDATE
), before AS MATERIALIZED (
    SELECT @file_href(f.sha1, a.file_ext) AS href
      FROM microcosm.attachments a
      JOIN microcosm.files f ON f.file_id = a.file_id
     WHERE :item_type = 3
       AND @of_thing(a)
       AND a.attachment_id <> (SELECT t.attachment_id FROM there t)
     ORDER BY a.created DESC, a.attachment_id DESC
     LIMIT 1
), gone AS (
    DELETE FROM microcosm.attachments a
     USING there
     WHERE a.site_id = :site_id AND a.attachment_id = there.attachment_id
       AND (:item_type <> 3 OR EXISTS (SELECT FROM before))
    RETURNING a.attachment_id
), comment AS (
    UPDATE microcosm.comments c
       SET attachment_count = c.attachment_count - 1
      FROM gone
     WHERE :item_type = 4 AND c.site_id = :site_id AND c.comment_id = :item_id
), profile AS (
    UPDATE microcosm.profiles p
       SET avatar = before.href
      FROM gone
     CROSS JOIN before
     WHERE p.site_id = :site_id AND p.profile_id = :item_id
), @changed_attachments('D', gone)
;
