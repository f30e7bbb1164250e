-- Read marks, views and activity, written in bulk. Times are microseconds since 1970. Rows whose
-- profile or item has gone are left out: one of them must not stop the others. Items and profiles that
-- somebody is changing are not waited for: their numbers in the arrays, from 1, are what comes back.

-- name: relax
-- Until the transaction ends: what is written need not be on the disk at its commit, so that nobody who wants one
-- of the rows waits for the disk. A crash of PostgreSQL itself may take the last moment of it along.
SELECT set_config('synchronous_commit', 'off', true);

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
WITH wanted AS MATERIALIZED (
    SELECT u.site_id, u.item_id, u.views, u.n
      FROM unnest($1::bigint[], $2::bigint[], $3::bigint[], $4::bigint[], $5::bigint[])
           WITH ORDINALITY AS u (site_id, profile_id, item_type, item_id, views, n)
      JOIN microcosm.items i ON i.site_id = u.site_id AND i.item_id = u.item_id
), free AS MATERIALIZED (
    SELECT w.site_id, w.item_id, w.views, w.n
      FROM wanted w
      JOIN microcosm.items i ON i.site_id = w.site_id AND i.item_id = w.item_id
       FOR NO KEY UPDATE OF i SKIP LOCKED
), written AS (
    UPDATE microcosm.items i
       SET view_count = i.view_count + f.views
      FROM free f
     WHERE i.site_id = f.site_id AND i.item_id = f.item_id
)
SELECT w.n FROM wanted w WHERE NOT EXISTS (SELECT FROM free f WHERE f.n = w.n);

-- name: write_active
-- $1 site_ids, $2 profile_ids, $3 and $4 not used, $5 times
WITH wanted AS MATERIALIZED (
    SELECT u.site_id, u.profile_id, u.us, u.n
      FROM unnest($1::bigint[], $2::bigint[], $3::bigint[], $4::bigint[], $5::bigint[])
           WITH ORDINALITY AS u (site_id, profile_id, item_type, item_id, us, n)
      JOIN microcosm.profiles p ON p.site_id = u.site_id AND p.profile_id = u.profile_id
), free AS MATERIALIZED (
    SELECT w.site_id, w.profile_id, w.us, w.n
      FROM wanted w
      JOIN microcosm.profiles p ON p.site_id = w.site_id AND p.profile_id = w.profile_id
       FOR NO KEY UPDATE OF p SKIP LOCKED
), written AS (
    UPDATE microcosm.profiles p
       SET last_active = greatest(p.last_active, to_timestamp(f.us / 1000000.0))
      FROM free f
     WHERE p.site_id = f.site_id AND p.profile_id = f.profile_id
)
SELECT w.n FROM wanted w WHERE NOT EXISTS (SELECT FROM free f WHERE f.n = w.n);

-- name: read_at
-- Newest mark of an item or of its microcosm; NULL if there is none.
-- $1 site_id, $2 profile_id, $3 item_type, $4 item_id, $5 microcosm_id
SELECT greatest((SELECT m.read_at FROM microcosm.read_marks m
                  WHERE m.site_id = $1 AND m.profile_id = $2 AND m.item_type = $3 AND m.item_id = $4)
               ,(SELECT m.read_at FROM microcosm.read_marks m
                  WHERE m.site_id = $1 AND m.profile_id = $2 AND m.item_type = 2 AND m.item_id = $5)) AS read_at;
