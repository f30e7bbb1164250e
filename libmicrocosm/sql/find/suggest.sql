-- Suggestions while somebody types.

-- name: titles
-- Titles with words that begin as these, of which the 2,000 newest are looked at; those that begin as the text itself come
-- first, then the shorter ones. Without any, titles that are spelled similarly. The parameters are those of search.hits.
-- bind: site_id int, actor_id int, microcosms ints, own_only ints, sees_profiles bool, sees_huddles bool
-- bind: ignored_profiles ints, ignored_items ints, types ints, kinds texts, author_id int, ids ints
-- bind: following bool, attached bool, since time, until time, event_after time, event_before time, attending bool
-- bind: text text, query text, limit int
-- row: item_type int, item_id int, title text
WITH beginning AS MATERIALIZED (
    SELECT d.item_type, d.item_id, 0 AS tier, CASE WHEN starts_with(d.title, lower(:text)) THEN 0 ELSE 1 END AS place
          ,char_length(d.title) AS size
      FROM (SELECT d.*
              FROM (SELECT t.*
                      FROM microcosm.search_documents t
                     WHERE t.words @@ (:query::tsquery && microcosm.search_kinds(:kinds))
                    OFFSET 0) d -- by the index of words, whatever they are
             WHERE @asked_for(d)
             ORDER BY d.created DESC
             LIMIT 2000) d
     CROSS JOIN LATERAL @sought_thing(d) s
), alike AS (
    SELECT d.item_type, d.item_id, 1 AS tier, row_number() OVER (ORDER BY l.likeness DESC) AS place, 0 AS size
      FROM microcosm.similar_titles(:site_id, lower(:text), 100) l
     CROSS JOIN LATERAL @document_of(l) d
     CROSS JOIN LATERAL @sought_thing(d) s
     WHERE @asked_for(d) AND NOT EXISTS (SELECT FROM beginning)
), best AS (
    SELECT b.* FROM beginning b
     UNION ALL
    SELECT a.* FROM alike a
     ORDER BY tier, place, size, item_type, item_id DESC
     LIMIT :limit
)
SELECT b.item_type
      ,b.item_id
      ,coalesce((SELECT i.title FROM microcosm.items i
                  WHERE i.site_id = :site_id AND i.item_id = b.item_id AND i.item_type = b.item_type)
               ,CASE b.item_type WHEN 2 THEN (SELECT m.title FROM microcosm.microcosms m
                                               WHERE m.site_id = :site_id AND m.microcosm_id = b.item_id)
                                 WHEN 3 THEN (SELECT p.profile_name FROM microcosm.profiles p
                                               WHERE p.site_id = :site_id AND p.profile_id = b.item_id)
                                 WHEN 5 THEN (SELECT h.title FROM microcosm.huddles h
                                               WHERE h.site_id = :site_id AND h.huddle_id = b.item_id) END) AS title
  FROM best b
 ORDER BY b.tier, b.place, b.size, b.item_type, b.item_id DESC;

-- name: query
-- The words of a text as beginnings of words of titles, as PostgreSQL's query.
-- bind: text text
-- row: query text
SELECT regexp_replace(plainto_tsquery('pg_catalog.simple', microcosm.spread(:text))::text, $re$('(?:[^']|'')*')$re$, '\1:*A', 'g') AS query;
