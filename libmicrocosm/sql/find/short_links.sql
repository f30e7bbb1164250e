-- Short links, which belong to no site.

-- name: find
-- bind: code text
-- row: link_id int, url text
SELECT l.link_id
      ,l.url
  FROM microcosm.short_links l
 WHERE l.code = :code;

-- name: save
-- No row if the code leads elsewhere.
-- bind: code text, url text
-- row: link_id int
-- silent: nobody can have asked for what wasn't there, and nothing that is kept shows it
WITH made AS (
    INSERT INTO microcosm.short_links (code, url)
    VALUES (:code, :url)
        ON CONFLICT (code) DO NOTHING
    RETURNING link_id
)
SELECT m.link_id FROM made m
 UNION ALL
SELECT l.link_id FROM microcosm.short_links l WHERE l.code = :code AND l.url = :url;
