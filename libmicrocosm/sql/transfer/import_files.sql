-- Files of imports: how they come into the database, what is wrong with them, and what they say.

-- name: analyze
SELECT microcosm.analyze_imports();

-- name: forget_files
-- Some at a time.
-- bind: target text, limit int
-- row: gone int
-- silent: nothing shows them
WITH gone AS (
    DELETE FROM microcosm.import_files f
     WHERE f.ctid = ANY (ARRAY(SELECT o.ctid FROM microcosm.import_files o WHERE o.target = :target LIMIT :limit::bigint))
    RETURNING 1
)
SELECT count(*) AS gone FROM gone;

-- name: add_files
-- What is wrong with each of them that couldn't be added, in the order that they were given.
-- bind: target text, kinds texts, bodies texts
-- row: number int, problem text
-- silent: nothing shows them
WITH given AS MATERIALIZED (
    SELECT g.number, g.kind, r.body, r.old_id, r.created, r.problem, octet_length(g.body) AS byte_count
          ,row_number() OVER (PARTITION BY g.kind, r.old_id ORDER BY g.number) AS times
      FROM unnest(:kinds::text[], :bodies::text[]) WITH ORDINALITY AS g (kind, body, number)
     CROSS JOIN LATERAL microcosm.import_read(g.kind, g.body) r
), added AS (
    INSERT INTO microcosm.import_files (target, kind, old_id, created, body, byte_count)
    SELECT :target, g.kind, g.old_id, g.created, g.body, g.byte_count FROM given g WHERE g.problem IS NULL AND g.times = 1
        ON CONFLICT DO NOTHING
    RETURNING kind, old_id
)
SELECT g.number, coalesce(g.problem, 'has the id ' || g.old_id || ', as another one') AS problem
  FROM given g
 WHERE g.problem IS NOT NULL OR g.times > 1
    OR NOT EXISTS (SELECT FROM added a WHERE a.kind = g.kind AND a.old_id = g.old_id)
 ORDER BY g.number;

-- name: files_after
-- How far the next step goes, how many files of the kind that is, and how many of them aren't here yet. bytes: after so many it
-- ends.
-- bind: site_id int, origin_id int, item_type int, target text, kind text, after int, limit int, bytes int
-- row: last int, count int, missing int
SELECT coalesce(max(n.old_id), 0) AS last
      ,count(*) AS count
      ,count(*) FILTER (WHERE @new(:item_type, n.old_id::text) IS NULL) AS missing
  FROM (SELECT f.old_id, sum(f.byte_count) OVER (ORDER BY f.old_id) - f.byte_count AS bytes_before
          FROM (SELECT f.old_id, f.byte_count FROM microcosm.import_files f
                 WHERE f.target = :target AND f.kind = :kind AND f.old_id > :after
                 ORDER BY f.old_id
                 LIMIT :limit) f) n
 WHERE n.bytes_before < :bytes;

-- fragment: is_there(kind, item_type, old)
(({old}) IS NULL
 OR EXISTS (SELECT FROM microcosm.import_files x WHERE x.target = :target AND x.kind = {kind} AND x.old_id = ({old})::bigint)
 OR EXISTS (SELECT FROM microcosm.imported_items i
             WHERE i.site_id = :site_id AND i.origin_id = :origin_id AND i.item_type = {item_type} AND i.old_id = ({old})))

-- fragment: people_of(f)
-- Who has written and edited it: old ids.
(ARRAY(SELECT DISTINCT x.value #>> '{}'
         FROM (SELECT {f}.body -> 'author'
                UNION ALL
               SELECT {f}.body -> 'editor'
                UNION ALL
               SELECT v.value -> 'editor' FROM jsonb_array_elements({f}.body -> 'versions') AS v (value)
                UNION ALL
               SELECT a.value -> 'author' FROM jsonb_array_elements({f}.body -> 'associations') AS a (value)) AS x (value)
        WHERE x.value IS NOT NULL))

-- name: check
-- What files refer to that isn't there: in how many, and one of them.
-- bind: site_id int, origin_id int, target text, kind text, after int, last int
-- row: what text, count int, example int
SELECT r.what, count(*) AS count, min(f.old_id) AS example
  FROM microcosm.import_files f
 CROSS JOIN LATERAL (
     SELECT 'author' AS what
      WHERE EXISTS (SELECT FROM unnest(@people_of(f)) AS p (old) WHERE NOT @is_there('profiles', 3, nullif(p.old, '0')))
     UNION ALL
     SELECT 'nobody'
      WHERE '0' = ANY (@people_of(f))
         OR (f.kind IN ('forums', 'conversations', 'comments', 'attachments', 'huddles', 'messages') AND NOT f.body ? 'author')
     UNION ALL
     SELECT 'forum' WHERE f.kind = 'conversations' AND NOT @is_there('forums', 2, nullif(f.body ->> 'forumId', '0'))
     UNION ALL
     SELECT 'parent' WHERE f.kind = 'forums' AND NOT @is_there('forums', 2, f.body ->> 'parentId')
     UNION ALL
     SELECT 'place' WHERE f.kind = 'comments'
                      AND CASE coalesce(f.body ->> 'onType', 'conversation')
                          WHEN 'conversation' THEN NOT @is_there('conversations', 6, f.body ->> 'onId')
                          WHEN 'profile' THEN NOT @is_there('profiles', 3, f.body ->> 'onId')
                          ELSE true END
     UNION ALL
     SELECT 'huddle' WHERE f.kind = 'messages' AND NOT @is_there('huddles', 5, f.body ->> 'huddle')
     UNION ALL
     SELECT 'answered' WHERE f.kind = 'comments' AND NOT @is_there('comments', 4, nullif(f.body ->> 'inReplyTo', '0'))
     UNION ALL
     SELECT 'email' WHERE f.kind = 'profiles' AND NOT (f.body ->> 'email' ~ '^[^@[:space:]]+@[^@[:space:]]+$')) r
 WHERE f.target = :target AND f.kind = :kind AND f.old_id > :after AND f.old_id <= :last
 GROUP BY r.what;

-- name: site
-- bind: subdomain_key text
-- row: site_id int, owned_by int, root_id int
SELECT s.site_id, s.owned_by
      ,(SELECT m.microcosm_id FROM microcosm.microcosms m WHERE m.site_id = s.site_id AND m.parent_id IS NULL) AS root_id
  FROM microcosm.sites s
 WHERE s.subdomain_key = :subdomain_key AND @has_key(s);

-- name: profile
-- bind: target text, old_id int
-- row: name text, email text
SELECT f.body ->> 'name' AS name, f.body ->> 'email' AS email
  FROM microcosm.import_files f
 WHERE f.target = :target AND f.kind = 'profiles' AND f.old_id = :old_id;

-- name: described
-- What site.json says, and what is wrong with it.
-- bind: body text
-- row: product text, former_product text, title text, description text, owner int, problem text
SELECT coalesce(r.body ->> 'product', '') AS product
      ,coalesce(r.body ->> 'formerProduct', '') AS former_product
      ,coalesce(r.body ->> 'title', '') AS title
      ,coalesce(r.body ->> 'description', '') AS description
      ,CASE WHEN r.body ->> 'owner' ~ '^[1-9][0-9]{0,17}$' THEN (r.body ->> 'owner')::bigint ELSE 0 END AS owner
      ,coalesce(r.problem, '') AS problem
  FROM microcosm.import_read('site', :body) r;

-- name: find_origin
-- bind: site_id int, product text, title text
-- row: origin_id int
SELECT o.origin_id FROM microcosm.import_origins o
 WHERE o.site_id = :site_id AND o.product = :product AND o.title = left(:title, 250);

-- name: written_after
-- bind: site_id int, origin_id int, item_type int, target text, kind text, after_time time, after int, limit int, bytes int
-- row: last_time time, last int, count int, missing int
SELECT max(n.created) AS last_time
      ,coalesce((array_agg(n.old_id ORDER BY n.created DESC, n.old_id DESC))[1], 0) AS last
      ,count(*) AS count
      ,count(*) FILTER (WHERE @new(:item_type, n.old_id::text) IS NULL) AS missing
  FROM (SELECT f.created, f.old_id, sum(f.byte_count) OVER (ORDER BY f.created, f.old_id) - f.byte_count AS bytes_before
          FROM (SELECT f.created, f.old_id, f.byte_count FROM microcosm.import_files f
                 WHERE f.target = :target AND f.kind = :kind AND (f.created, f.old_id) > (:after_time::timestamptz, :after::bigint)
                 ORDER BY f.created, f.old_id
                 LIMIT :limit) f) n
 WHERE n.bytes_before < :bytes;

-- name: id_of
-- bind: kind text, body text
-- row: old_id int
SELECT coalesce(r.old_id, 0) AS old_id FROM microcosm.import_read(:kind, :body) r;
