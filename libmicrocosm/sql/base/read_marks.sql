-- Read marks, views and activity, written in bulk. Times are microseconds since 1970; activity is some microseconds ago,
-- since the clocks of this process and of the database may differ. Rows whose
-- profile or item was deleted are skipped, so that they don't fail the others. Locked items and profiles are
-- skipped too: the statements return their positions in the arrays, from 1.

-- name: relax
-- For this transaction: its commit doesn't wait for the disk, and so doesn't hold row locks meanwhile. A crash of
-- PostgreSQL may lose the last of these writes.
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

-- name: write_hits
-- bind: link_ids ints, counts ints
-- row: n int
-- silent: nothing shows them
WITH wanted AS MATERIALIZED (
    SELECT u.link_id, u.hits, u.n
      FROM unnest(:link_ids::bigint[], :counts::bigint[]) WITH ORDINALITY AS u (link_id, hits, n)
      JOIN microcosm.short_links l ON l.link_id = u.link_id
), free AS MATERIALIZED (
    SELECT w.link_id, w.hits, w.n
      FROM wanted w
      JOIN microcosm.short_links l ON l.link_id = w.link_id
       FOR NO KEY UPDATE OF l SKIP LOCKED
), written AS (
    UPDATE microcosm.short_links l
       SET hits = l.hits + f.hits
      FROM free f
     WHERE l.link_id = f.link_id
)
SELECT w.n FROM wanted w WHERE NOT EXISTS (SELECT FROM free f WHERE f.n = w.n);

-- name: write_active
-- bind: site_ids ints, profile_ids ints, ages ints
-- row: n int
-- silent: nothing that is kept shows it
WITH wanted AS MATERIALIZED (
    SELECT u.site_id, u.profile_id, u.us, u.n
      FROM unnest(:site_ids::bigint[], :profile_ids::bigint[], :ages::bigint[])
           WITH ORDINALITY AS u (site_id, profile_id, us, n)
      JOIN microcosm.profiles p ON p.site_id = u.site_id AND p.profile_id = u.profile_id
), free AS MATERIALIZED (
    SELECT w.site_id, w.profile_id, w.us, w.n
      FROM wanted w
      JOIN microcosm.profiles p ON p.site_id = w.site_id AND p.profile_id = w.profile_id
       FOR NO KEY UPDATE OF p SKIP LOCKED
), written AS (
    UPDATE microcosm.profiles p
       SET last_active = greatest(p.last_active, statement_timestamp() - make_interval(secs => f.us / 1000000.0))
      FROM free f
     WHERE p.site_id = f.site_id AND p.profile_id = f.profile_id
)
SELECT w.n FROM wanted w WHERE NOT EXISTS (SELECT FROM free f WHERE f.n = w.n);

-- name: write_used
-- When tokens were used last.
-- bind: token_ids ints, ages ints
-- row: n int
-- silent: nothing that is kept shows it
WITH wanted AS MATERIALIZED (
    SELECT u.token_id, u.us, u.n
      FROM unnest(:token_ids::bigint[], :ages::bigint[]) WITH ORDINALITY AS u (token_id, us, n)
      JOIN microcosm.access_tokens t ON t.token_id = u.token_id
), free AS MATERIALIZED (
    SELECT w.token_id, w.us, w.n
      FROM wanted w
      JOIN microcosm.access_tokens t ON t.token_id = w.token_id
       FOR NO KEY UPDATE OF t SKIP LOCKED
), written AS (
    UPDATE microcosm.access_tokens t
       SET last_used = greatest(t.last_used, statement_timestamp() - make_interval(secs => f.us / 1000000.0))
      FROM free f
     WHERE t.token_id = f.token_id
)
SELECT w.n FROM wanted w WHERE NOT EXISTS (SELECT FROM free f WHERE f.n = w.n);

-- name: read_at
-- The newest mark on an item or on its microcosm; NULL if there is none.
-- bind: site_id int, profile_id int, item_type int, item_id int, microcosm_id int
-- row: read_at time
SELECT greatest((SELECT m.read_at FROM microcosm.read_marks m
                  WHERE m.site_id = :site_id AND m.profile_id = :profile_id AND m.item_type = :item_type AND m.item_id = :item_id)
               ,(SELECT m.read_at FROM microcosm.read_marks m
                  WHERE m.site_id = :site_id AND m.profile_id = :profile_id AND m.item_type = 2 AND m.item_id = :microcosm_id)) AS read_at;

-- name: look_anew
-- unsettled: no counters
-- In a transaction, the server keeps what it has once shown of the others.
SELECT pg_stat_clear_snapshot();

-- name: settled
-- unsettled: no counters
-- A time: all that was written before can be seen by the statements of a later trip, and what can't be seen by those is
-- newer. NULL if that is unknown, since others run transactions whose times this user may not see.
-- Whoever writes takes the transaction's number before the time of what is written.
-- row: settled time
SELECT CASE WHEN coalesce(bool_and(a.xact_start IS NOT NULL), true)
             AND NOT EXISTS (SELECT FROM pg_catalog.pg_prepared_xacts p WHERE p.database = current_database())
            THEN least(statement_timestamp(), min(a.xact_start)) END AS settled
  FROM pg_catalog.pg_stat_activity a
 WHERE a.datname = current_database()
   AND a.backend_xid IS NOT NULL
   AND a.pid <> pg_backend_pid();
