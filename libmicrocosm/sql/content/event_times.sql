-- The instants of events, which follow from the clock at their place by rules that change.

-- name: follow_zones
-- Looks at so many events behind one, in the order of their keys, and gives each the instant that its clock and zone say by
-- the rules that the server has now. No row if there are none; else the last of them, in a row for each change, or one
-- without. Leaves events whose zone the server no longer knows.
-- bind: after_site int, after_item int, limit int
-- row: last_site int, last_item int, change change
WITH zones AS MATERIALIZED (
    SELECT z.name FROM pg_catalog.pg_timezone_names z
), looked AS MATERIALIZED (
    SELECT e.site_id, e.item_id
          ,CASE WHEN z.name IS NULL THEN e.starts ELSE e.starts_local AT TIME ZONE e.tz END AS starts
      FROM (SELECT v.site_id, v.item_id, v.starts_local, v.starts, v.tz
              FROM microcosm.events v
             WHERE (v.site_id, v.item_id) > (:after_site::bigint, :after_item::bigint)
             ORDER BY v.site_id, v.item_id
             LIMIT :limit) e
      LEFT JOIN zones z ON z.name = e.tz
), moved AS (
    UPDATE microcosm.events e
       SET starts = l.starts
      FROM looked l
     WHERE e.site_id = l.site_id
       AND e.item_id = l.item_id
       AND e.starts <> l.starts
       AND e.starts_local AT TIME ZONE e.tz = l.starts -- not edited meanwhile
       AND l.starts BETWEEN '0001-01-01 00:00:00+00' AND '9999-12-31 23:59:59.999999+00'
    RETURNING e.site_id, e.item_id
), @change(i.site_id, 9, i.item_id, 2, i.microcosm_id, i.microcosm_id, 'update', NULL::bigint, NULL,
           moved m JOIN microcosm.items i ON i.site_id = m.site_id AND i.item_id = m.item_id)
SELECT n.site_id AS last_site, n.item_id AS last_item, c.change
  FROM (SELECT l.site_id, l.item_id FROM looked l ORDER BY l.site_id DESC, l.item_id DESC LIMIT 1) n
  LEFT JOIN change c ON true;
