-- Old addresses of what was brought from elsewhere.

-- fragment: huddle_of(old)
-- Where a message has gone that doesn't begin a huddle.
(SELECT c.huddle_id
   FROM microcosm.imported_items z
   JOIN microcosm.comments c ON c.site_id = :site_id AND c.comment_id = z.new_id
  WHERE z.site_id = :site_id AND z.origin_id = o.origin_id AND z.item_type = 0 AND z.old_id = {old})

-- name: find
-- What the things that were meant are here, in the order that was asked for; no row where nothing came from the product.
-- new_id 0: the thing is unknown, or a collection was asked for.
-- bind: site_id int, products texts, item_types ints, old_ids texts
-- row: number int, item_type int, new_id int, sha1 text
SELECT a.number
      ,coalesce(n.item_type, a.item_type)::int AS item_type
      ,CASE WHEN a.item_type = 21 AND f.sha1 IS NULL THEN 0
            WHEN a.item_type = 5 THEN coalesce(i.new_id, @huddle_of(a.old_id), 0)
            ELSE coalesce(i.new_id, 0) END AS new_id
      ,coalesce(f.sha1, '') AS sha1
  FROM unnest(:products::text[], :item_types::bigint[], :old_ids::text[])
       WITH ORDINALITY AS a (product, item_type, old_id, number)
  JOIN microcosm.import_origins o ON o.site_id = :site_id AND a.product IN (o.product, o.former_product)
  LEFT JOIN microcosm.imported_items i
    ON i.site_id = :site_id AND i.origin_id = o.origin_id AND i.item_type = a.item_type AND i.old_id = a.old_id
  LEFT JOIN microcosm.items n ON n.site_id = :site_id AND a.item_type = 6 AND n.item_id = i.new_id
  LEFT JOIN microcosm.files f ON a.item_type = 21 AND f.file_id = i.new_id
 ORDER BY a.number, o.origin_id;
