-- Files, which all sites share, and who has uploaded them. attachments.sql has what they are attached to.

-- name: announce
-- Bytes are about to be stored. No row if a file with other bytes has the same SHA-1.
-- bind: sha256 text, sha1 text, byte_count int, mime_type text, width int, height int
-- row: file_id int, is_stored bool, mime_type text, width int, height int
-- silent: nobody sees a file that nobody has claimed
INSERT INTO microcosm.files AS f (sha256, sha1, byte_count, mime_type, width, height)
SELECT :sha256, :sha1, :byte_count, :mime_type, :width, :height
 WHERE NOT EXISTS (SELECT FROM microcosm.files o WHERE o.sha1 = :sha1 AND o.sha256 <> :sha256)
    ON CONFLICT (sha256)
    DO UPDATE SET unused_since = clock_timestamp()
RETURNING f.file_id, f.is_stored, f.mime_type, f.width, f.height;

-- name: stored
-- The store has its bytes now.
-- bind: file_id int
-- silent: as announce
UPDATE microcosm.files f
   SET is_stored = true
 WHERE f.file_id = :file_id
   AND NOT f.is_stored;

-- name: has_room
-- Whether the actor may have these files as well: before they are stored, since what is stored stays for a day. claim judges
-- again, as others may come meanwhile.
-- bind: site_id int, profile_id int, sha256s texts, byte_counts ints, most int
-- row: has_room bool
WITH given AS MATERIALIZED (
    SELECT DISTINCT ON (g.sha256) g.sha256, g.byte_count
      FROM unnest(:sha256s::text[], :byte_counts::bigint[]) AS g (sha256, byte_count)
)
SELECT (SELECT coalesce(sum(u.byte_count), 0)
          FROM microcosm.file_uploads u
         WHERE u.site_id = :site_id AND u.profile_id = :profile_id)
       + (SELECT coalesce(sum(g.byte_count), 0)
            FROM given g
           WHERE NOT EXISTS (SELECT
                               FROM microcosm.files f
                               JOIN microcosm.file_uploads u ON u.file_id = f.file_id
                              WHERE f.sha256 = g.sha256 AND u.site_id = :site_id AND u.profile_id = :profile_id))
       <= :most::bigint AS has_room;

-- name: claim
-- The actor has uploaded these, and keeps the names that it gave the first time. No row if it would have more than it may
-- (most bytes; 0: no limit). The caller holds the lock of comments.lock_profile.
-- bind: site_id int, profile_id int, file_ids ints, file_names texts, file_exts texts, most int, address text
-- row: file_id int, file_name text, file_ext text, created time
-- silent: nobody but the actor sees them until they are attached
WITH given AS MATERIALIZED (
    SELECT DISTINCT ON (g.file_id) g.file_id, g.file_name, g.file_ext, f.byte_count
      FROM unnest(:file_ids::bigint[], :file_names::text[], :file_exts::text[])
           WITH ORDINALITY AS g (file_id, file_name, file_ext, n)
      JOIN microcosm.files f ON f.file_id = g.file_id
     ORDER BY g.file_id, g.n
), room AS (
    SELECT WHERE :most = 0
              OR (SELECT sum(g.byte_count) FROM given g)
                 + (SELECT coalesce(sum(u.byte_count), 0)
                      FROM microcosm.file_uploads u
                     WHERE u.site_id = :site_id AND u.profile_id = :profile_id
                       AND u.file_id NOT IN (SELECT g.file_id FROM given g)) <= :most
), claimed AS (
    INSERT INTO microcosm.file_uploads AS u (site_id, profile_id, file_id, file_name, file_ext, byte_count)
    SELECT :site_id, :profile_id, g.file_id, g.file_name, g.file_ext, g.byte_count
      FROM given g
     CROSS JOIN room
        ON CONFLICT (site_id, profile_id, file_id)
        DO UPDATE SET created = clock_timestamp()
    RETURNING u.site_id, 21 AS item_type, u.file_id AS item_id, u.profile_id, true AS is_private, u.file_name, u.file_ext, u.created
), @audit('C', claimed)
SELECT c.item_id AS file_id, c.file_name, c.file_ext, c.created FROM claimed c;

-- name: get
-- The file, whoever may read it. shows_site: it is a picture of the site itself; on the root site of any. logos:
-- microcosms whose logos name the file; shows_logos: those of them where it may be one. A hash is no key: a picture shows a file
-- only if the owner of the site, or who owns or made the microcosm, has uploaded it. name_given: the actor has uploaded it,
-- under that name. thumbnail_…: the one of that width; none: NULL or 0.
-- bind: site_id int, sha1 text, actor_id int, logos ints, thumbnail int
-- row: file_id int, sha256 text, sha1 text, byte_count int, mime_type text, width int, height int
-- row: is_uploader bool, file_name text, file_ext text, created time, shows_site bool, shows_logos text
-- row: thumbnail_sha256 text, thumbnail_sha1 text, thumbnail_bytes int, thumbnail_width int, thumbnail_height int
SELECT f.file_id
      ,f.sha256
      ,f.sha1
      ,f.byte_count
      ,f.mime_type
      ,f.width
      ,f.height
      ,u.file_id IS NOT NULL AS is_uploader
      ,coalesce(u.file_name, '') AS file_name
      ,coalesce(u.file_ext, '') AS file_ext
      ,u.created
      ,EXISTS (SELECT
                 FROM microcosm.file_uploads l
                 JOIN microcosm.profiles a ON a.site_id = l.site_id AND a.profile_id = l.profile_id
                 JOIN microcosm.profiles o ON o.user_id = a.user_id
                 JOIN microcosm.sites s ON s.site_id = o.site_id AND s.owned_by = o.profile_id
                WHERE l.file_id = f.file_id
                  AND (s.site_id = :site_id OR :site_id = 1)
                  AND NOT s.is_deleted
                  AND position(f.sha1 IN concat(s.logo_url, ' ', s.favicon_url, ' ', s.background_url)) > 0) AS shows_site
      ,ARRAY(SELECT m.microcosm_id
               FROM microcosm.microcosms m
               JOIN microcosm.sites s ON s.site_id = m.site_id
              WHERE m.site_id = :site_id
                AND m.microcosm_id = ANY (:logos::bigint[])
                AND EXISTS (SELECT
                              FROM microcosm.file_uploads l
                             WHERE l.site_id = :site_id
                               AND l.profile_id IN (m.owned_by, m.created_by, s.owned_by)
                               AND l.file_id = f.file_id))::text AS shows_logos
      ,t.sha256 AS thumbnail_sha256
      ,t.sha1 AS thumbnail_sha1
      ,t.byte_count AS thumbnail_bytes
      ,t.width AS thumbnail_width
      ,t.height AS thumbnail_height
  FROM microcosm.files f
  LEFT JOIN microcosm.file_thumbnails w ON w.file_id = f.file_id AND w.width = :thumbnail
  LEFT JOIN microcosm.files t ON t.file_id = w.thumbnail_id AND t.is_stored
  LEFT JOIN microcosm.file_uploads u ON u.site_id = :site_id AND u.profile_id = :actor_id AND u.file_id = f.file_id
 WHERE f.sha1 = :sha1
   AND f.is_stored;

-- name: add_thumbnail
-- Nothing happens if one of the two files is about to be deleted.
-- bind: file_id int, width int, thumbnail_id int
-- silent: it is another form of the same file
INSERT INTO microcosm.file_thumbnails (file_id, width, thumbnail_id)
SELECT f.file_id, :width, t.file_id
  FROM microcosm.files f
  JOIN microcosm.files t ON t.file_id = :thumbnail_id
 WHERE f.file_id = :file_id
   AND f.is_stored
   AND t.is_stored
   FOR KEY SHARE
    ON CONFLICT (file_id, width)
    DO UPDATE SET thumbnail_id = excluded.thumbnail_id;

-- name: places
-- What a file is attached to, and what has to be known of that to judge whether the actor may read it: some after
-- another, in the order of their ids.
-- bind: site_id int, sha1 text, actor_id int, after int, limit int
-- row: attachment_id int, item_type int, item_id int, is_visible bool, is_deleted bool, is_moderated bool
-- row: parent_type int, parent_id int, microcosm_id int, created_by int, parent_visible bool, parent_open bool
-- row: parent_author int, is_participant bool
SELECT a.attachment_id
      ,a.item_type
      ,a.item_id
      ,coalesce(c.is_visible, false) AS is_visible
      ,coalesce(c.is_deleted, false) AS is_deleted
      ,coalesce(c.is_moderated, false) AS is_moderated
      ,c.item_type AS parent_type
      ,coalesce(c.item_id, c.huddle_id, c.on_profile_id) AS parent_id
      ,i.microcosm_id
      ,c.created_by
      ,coalesce(i.is_visible, true) AS parent_visible
      ,coalesce(i.is_open, true) AS parent_open
      ,coalesce(i.created_by, h.created_by, 0) AS parent_author
      ,@takes_part(c.huddle_id) AS is_participant
  FROM microcosm.attachments a
  LEFT JOIN microcosm.comments c ON c.site_id = :site_id AND c.comment_id = a.item_id AND a.item_type = 4
  LEFT JOIN microcosm.items i ON i.site_id = :site_id AND i.item_id = c.item_id
  LEFT JOIN microcosm.huddles h ON h.site_id = :site_id AND h.huddle_id = c.huddle_id
 WHERE a.site_id = :site_id
   AND a.file_id = (SELECT f.file_id FROM microcosm.files f WHERE f.sha1 = :sha1)
   AND a.attachment_id > :after
 ORDER BY a.attachment_id
 LIMIT :limit;

-- name: retire
-- Looks at files that were not attached a day ago, and marks as not stored those that nothing refers to: nobody can
-- attach them from then on. What is in use as a logo is looked at again a day later. No row: there are none.
-- bind: limit int
-- row: file_id int
-- silent: nobody could see them but who has uploaded them
WITH logos AS MATERIALIZED (
    SELECT substring(l.url FROM '/files/([0-9a-f]{40})') AS sha1
      FROM (SELECT m.logo_url FROM microcosm.microcosms m
             UNION ALL SELECT s.logo_url FROM microcosm.sites s
             UNION ALL SELECT s.favicon_url FROM microcosm.sites s
             UNION ALL SELECT s.background_url FROM microcosm.sites s) l (url)
), old AS MATERIALIZED (
    SELECT f.file_id, f.sha1
      FROM microcosm.files f
     WHERE f.unused_since < clock_timestamp() - interval '1 day'
       AND f.is_stored
     ORDER BY f.unused_since
     LIMIT :limit
       FOR NO KEY UPDATE SKIP LOCKED
), judged AS (
    SELECT o.file_id
          ,EXISTS (SELECT FROM microcosm.attachments a WHERE a.file_id = o.file_id)
           OR EXISTS (SELECT FROM microcosm.file_thumbnails t WHERE t.thumbnail_id = o.file_id) AS is_attached
          ,EXISTS (SELECT FROM logos l WHERE l.sha1 = o.sha1) AS is_logo
      FROM old o
)
UPDATE microcosm.files f
   SET is_stored = j.is_attached OR j.is_logo
      ,unused_since = CASE WHEN j.is_attached THEN NULL WHEN j.is_logo THEN clock_timestamp() ELSE f.unused_since END
  FROM judged j
 WHERE f.file_id = j.file_id
RETURNING f.file_id;

-- name: lock_retired
-- Those whose bytes may be deleted, and whose uploads have failed a day ago. The lock keeps uploads of the same bytes
-- waiting until the row is deleted with them.
-- bind: limit int
-- row: file_id int, sha256 text
SELECT f.file_id
      ,f.sha256
  FROM microcosm.files f
 WHERE f.unused_since < clock_timestamp() - interval '1 day'
   AND NOT f.is_stored
 ORDER BY f.unused_since
 LIMIT :limit
   FOR UPDATE SKIP LOCKED;

-- name: drop
-- With their thumbnails, whose bytes follow a day later.
-- bind: file_ids ints
-- silent: as retire
WITH uploads AS (
    DELETE FROM microcosm.file_uploads u WHERE u.file_id = ANY (:file_ids::bigint[])
), thumbnails AS (
    DELETE FROM microcosm.file_thumbnails t WHERE t.file_id = ANY (:file_ids::bigint[]) RETURNING t.thumbnail_id
), released AS (
    UPDATE microcosm.files f
       SET unused_since = clock_timestamp()
      FROM thumbnails t
     WHERE f.file_id = t.thumbnail_id
       AND f.unused_since IS NULL
)
DELETE FROM microcosm.files f
 WHERE f.file_id = ANY (:file_ids::bigint[]);
