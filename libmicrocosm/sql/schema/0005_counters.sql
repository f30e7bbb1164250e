-- Counters that many writers move at once.
--
-- A counter in a row of its own makes writers wait: whoever adds to it holds the row's lock until its commit
-- has reached the disk, so one microcosm got one post per fsync. Now a writer appends what it adds
-- (microcosm_deltas), which meets nobody, and a fold moves that into the counters (microcosm_counters) about
-- once a second. microcosm_stats, now a view, is the sum of both: exact at every moment, and the same to
-- whoever reads it as the table of that name was.

SELECT set_config('microcosm.site_id', '0', true);

ALTER TABLE microcosm.microcosm_stats RENAME TO microcosm_counters;
ALTER TABLE microcosm.microcosm_counters RENAME CONSTRAINT microcosm_stats_pkey TO microcosm_counters_pkey;
ALTER TABLE microcosm.microcosm_counters RENAME CONSTRAINT microcosm_stats_site_id_microcosm_id_fkey
    TO microcosm_counters_site_id_microcosm_id_fkey;

COMMENT ON TABLE microcosm.microcosm_counters IS
    'What microcosms hold, without descendants, up to the last fold of microcosm_deltas. Read microcosm_stats.';

CREATE TABLE microcosm.microcosm_deltas (
    site_id bigint NOT NULL,
    microcosm_id bigint NOT NULL,
    conversation_count bigint NOT NULL DEFAULT 0,
    event_count bigint NOT NULL DEFAULT 0,
    poll_count bigint NOT NULL DEFAULT 0,
    comment_count bigint NOT NULL DEFAULT 0,
    -- NULL if it isn't activity.
    last_activity timestamptz
) WITH (
    -- Always nearly empty again, so the share of dead rows says nothing: by their number.
    autovacuum_vacuum_scale_factor = 0,
    autovacuum_vacuum_threshold = 1000,
    autovacuum_vacuum_cost_delay = 0,
    -- Giving space back takes a lock that all readers and writers would meet, for pages needed again soon.
    vacuum_truncate = false,
    -- Statistics would be of one moment, and wrong at the next.
    autovacuum_analyze_scale_factor = 0,
    autovacuum_analyze_threshold = 2147483647
);

COMMENT ON TABLE microcosm.microcosm_deltas IS
    'What writers added to the counters of microcosms since the last fold. No key and no foreign key: each '
    'would be a row or a page that all writers meet at.';

CREATE INDEX microcosm_deltas_microcosm ON microcosm.microcosm_deltas (site_id, microcosm_id);

ALTER TABLE microcosm.microcosm_deltas ENABLE ROW LEVEL SECURITY;
ALTER TABLE microcosm.microcosm_deltas FORCE ROW LEVEL SECURITY;
CREATE POLICY site_only ON microcosm.microcosm_deltas FOR ALL
    USING (site_id = (SELECT microcosm.current_site()) OR (SELECT microcosm.current_site()) = 0)
    WITH CHECK (site_id = (SELECT microcosm.current_site()) OR (SELECT microcosm.current_site()) = 0);

CREATE VIEW microcosm.microcosm_stats WITH (security_invoker = true) AS
SELECT c.site_id
      ,c.microcosm_id
      ,c.conversation_count + coalesce(d.conversation_count, 0) AS conversation_count
      ,c.event_count + coalesce(d.event_count, 0) AS event_count
      ,c.poll_count + coalesce(d.poll_count, 0) AS poll_count
      ,c.comment_count + coalesce(d.comment_count, 0) AS comment_count
      ,greatest(c.last_activity, d.last_activity) AS last_activity
      ,c.size_rank
  FROM microcosm.microcosm_counters c
  LEFT JOIN (SELECT m.site_id -- those of a site at once: they are few, its microcosms may be many
                   ,m.microcosm_id
                   ,sum(m.conversation_count)::bigint AS conversation_count
                   ,sum(m.event_count)::bigint AS event_count
                   ,sum(m.poll_count)::bigint AS poll_count
                   ,sum(m.comment_count)::bigint AS comment_count
                   ,max(m.last_activity) AS last_activity
               FROM microcosm.microcosm_deltas m
              GROUP BY m.site_id, m.microcosm_id) d ON d.site_id = c.site_id AND d.microcosm_id = c.microcosm_id;

COMMENT ON VIEW microcosm.microcosm_stats IS
    'What microcosms hold, without descendants, and when something last happened in them: always right.';

-- Profiles of a site, in the same way. Counted by triggers, since they also come from imports and by hand.

CREATE TABLE microcosm.site_deltas (
    site_id bigint NOT NULL,
    total_profiles bigint NOT NULL
) WITH (
    autovacuum_vacuum_scale_factor = 0,
    autovacuum_vacuum_threshold = 1000,
    vacuum_truncate = false,
    autovacuum_analyze_scale_factor = 0,
    autovacuum_analyze_threshold = 2147483647
);

COMMENT ON TABLE microcosm.site_deltas IS
    'How many profiles sites got or lost since the last fold into site_stats.';

CREATE INDEX site_deltas_site ON microcosm.site_deltas (site_id);

CREATE FUNCTION microcosm.profiles_counted() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
BEGIN
    INSERT INTO microcosm.site_deltas (site_id, total_profiles)
    SELECT r.site_id, CASE TG_OP WHEN 'INSERT' THEN count(*) ELSE -count(*) END
      FROM changed_rows r
     GROUP BY r.site_id;
    RETURN NULL;
END
$$;

COMMENT ON FUNCTION microcosm.profiles_counted() IS
    'Once per statement: appends how many profiles it made or deleted.';

CREATE TRIGGER profiles_inserted AFTER INSERT ON microcosm.profiles
    REFERENCING NEW TABLE AS changed_rows
    FOR EACH STATEMENT EXECUTE FUNCTION microcosm.profiles_counted();
CREATE TRIGGER profiles_deleted AFTER DELETE ON microcosm.profiles
    REFERENCING OLD TABLE AS changed_rows
    FOR EACH STATEMENT EXECUTE FUNCTION microcosm.profiles_counted();

-- The triggers' lock keeps profiles from coming or going while they are counted here.
INSERT INTO microcosm.site_stats (site_id, refreshed)
SELECT s.site_id, '-infinity' FROM microcosm.sites s
    ON CONFLICT (site_id) DO NOTHING;
UPDATE microcosm.site_stats s
   SET total_profiles = (SELECT count(*) FROM microcosm.profiles p WHERE p.site_id = s.site_id);

COMMENT ON TABLE microcosm.site_stats IS
    'Numbers a site shows about itself, as the background work last counted them; total_profiles is a counter, to '
    'which what is in site_deltas is still to be added.';

-- Finds the one that was counted longest ago.
CREATE INDEX site_stats_refreshed ON microcosm.site_stats (refreshed);

ALTER TABLE microcosm.site_deltas ENABLE ROW LEVEL SECURITY;
ALTER TABLE microcosm.site_deltas FORCE ROW LEVEL SECURITY;
CREATE POLICY site_only ON microcosm.site_deltas FOR ALL
    USING (site_id = (SELECT microcosm.current_site()) OR (SELECT microcosm.current_site()) = 0)
    WITH CHECK (site_id = (SELECT microcosm.current_site()) OR (SELECT microcosm.current_site()) = 0);
