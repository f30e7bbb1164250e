-- Read marks, views and activity, written in bulk. Times are microseconds since 1970. Rows whose
-- profile or item has gone are left out: one of them must not stop the others. Items and profiles that
-- somebody is changing are not waited for: their numbers in the arrays, from 1, are what comes back.

-- name: relax
-- Until the transaction ends: what is written need not be on the disk at its commit, so that nobody who wants one
-- of the rows waits for the disk. A crash of PostgreSQL itself may take the last moment of it along.
SELECT set_config('synchronous_commit', 'off', true);

-- name: write_reads
-- bind: site_ids ints, profile_ids ints, item_types ints, item_ids ints, times ints
-- silent: what is kept of marks is kept for a moment only, and those on their way are added to it
INSERT INTO microcosm.read_marks AS m (site_id, profile_id, item_type, item_id, read_at)
SELECT n.site_id, n.profile_id, n.item_type, n.item_id, to_timestamp(n.us / 1000000.0)
  FROM unnest(:site_ids::bigint[], :profile_ids::bigint[], :item_types::bigint[], :item_ids::bigint[], :times::bigint[])
       AS n (site_id, profile_id, item_type, item_id, us)
  JOIN microcosm.profiles p ON p.site_id = n.site_id AND p.profile_id = n.profile_id
 ORDER BY 1, 2, 3, 4
    ON CONFLICT (site_id, profile_id, item_type, item_id)
    DO UPDATE SET read_at = greatest(m.read_at, excluded.read_at);

-- name: write_views
-- bind: site_ids ints, item_ids ints, counts ints
-- row: n int
-- silent: lists are kept for a minute only because of these
WITH wanted AS MATERIALIZED (
    SELECT u.site_id, u.item_id, u.views, u.n
      FROM unnest(:site_ids::bigint[], :item_ids::bigint[], :counts::bigint[])
           WITH ORDINALITY AS u (site_id, item_id, views, n)
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
-- bind: site_ids ints, profile_ids ints, times ints
-- row: n int
-- silent: nothing that is kept shows it
WITH wanted AS MATERIALIZED (
    SELECT u.site_id, u.profile_id, u.us, u.n
      FROM unnest(:site_ids::bigint[], :profile_ids::bigint[], :times::bigint[])
           WITH ORDINALITY AS u (site_id, profile_id, us, n)
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
-- bind: site_id int, profile_id int, item_type int, item_id int, microcosm_id int
-- row: read_at time
SELECT greatest((SELECT m.read_at FROM microcosm.read_marks m
                  WHERE m.site_id = :site_id AND m.profile_id = :profile_id AND m.item_type = :item_type AND m.item_id = :item_id)
               ,(SELECT m.read_at FROM microcosm.read_marks m
                  WHERE m.site_id = :site_id AND m.profile_id = :profile_id AND m.item_type = 2 AND m.item_id = :microcosm_id)) AS read_at;
