-- Read marks, views and activity, written in bulk. Times are microseconds since 1970. Rows whose
-- profile or item has gone are left out: one of them must not stop the others.

-- name: write_reads
-- $1 site_ids, $2 profile_ids, $3 item_types, $4 item_ids, $5 times
INSERT INTO microcosm.read_marks AS m (site_id, profile_id, item_type, item_id, read_at)
SELECT n.site_id, n.profile_id, n.item_type, n.item_id, to_timestamp(n.us / 1000000.0)
  FROM unnest($1::bigint[], $2::bigint[], $3::bigint[], $4::bigint[], $5::bigint[])
       AS n (site_id, profile_id, item_type, item_id, us)
  JOIN microcosm.profiles p ON p.site_id = n.site_id AND p.profile_id = n.profile_id
 ORDER BY 1, 2, 3, 4
    ON CONFLICT (site_id, profile_id, item_type, item_id)
    DO UPDATE SET read_at = greatest(m.read_at, excluded.read_at);

-- name: write_views
-- $1 site_ids, $2 and $3 not used, $4 item_ids, $5 numbers of views
UPDATE microcosm.items i
   SET view_count = i.view_count + n.views
  FROM (SELECT i2.site_id, i2.item_id, u.views
          FROM unnest($1::bigint[], $2::bigint[], $3::bigint[], $4::bigint[], $5::bigint[])
               AS u (site_id, profile_id, item_type, item_id, views)
          JOIN microcosm.items i2 ON i2.site_id = u.site_id AND i2.item_id = u.item_id
         ORDER BY i2.site_id, i2.item_id
           FOR NO KEY UPDATE OF i2) n
 WHERE i.site_id = n.site_id
   AND i.item_id = n.item_id;

-- name: write_active
-- $1 site_ids, $2 profile_ids, $3 and $4 not used, $5 times
UPDATE microcosm.profiles p
   SET last_active = greatest(p.last_active, to_timestamp(n.us / 1000000.0))
  FROM (SELECT p2.site_id, p2.profile_id, u.us
          FROM unnest($1::bigint[], $2::bigint[], $3::bigint[], $4::bigint[], $5::bigint[])
               AS u (site_id, profile_id, item_type, item_id, us)
          JOIN microcosm.profiles p2 ON p2.site_id = u.site_id AND p2.profile_id = u.profile_id
         ORDER BY p2.site_id, p2.profile_id
           FOR NO KEY UPDATE OF p2) n
 WHERE p.site_id = n.site_id
   AND p.profile_id = n.profile_id;

-- name: read_at
-- Newest mark of an item or of its microcosm; NULL if there is none.
-- $1 site_id, $2 profile_id, $3 item_type, $4 item_id, $5 microcosm_id
SELECT greatest((SELECT m.read_at FROM microcosm.read_marks m
                  WHERE m.site_id = $1 AND m.profile_id = $2 AND m.item_type = $3 AND m.item_id = $4)
               ,(SELECT m.read_at FROM microcosm.read_marks m
                  WHERE m.site_id = $1 AND m.profile_id = $2 AND m.item_type = 2 AND m.item_id = $5)) AS read_at;
