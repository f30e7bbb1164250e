-- The second wall: rows of a site are seen and written by that site, or by the platform as site 0.
--
-- FORCE, because the library usually is the owner of the tables and owners are let through otherwise. Steps
-- that touch rows must set microcosm.site_id to 0 first. Foreign keys are checked past this wall.
--
-- One sub-select, evaluated once for a statement and not once for a row. Each is a plan of its own, to be set up for
-- each table of each statement, whether or not it is ever run: so not two.

DO $$
DECLARE
    t regclass;
BEGIN
    FOR t IN
        SELECT c.oid::regclass
          FROM pg_catalog.pg_class c
          JOIN pg_catalog.pg_attribute a ON a.attrelid = c.oid AND a.attname = 'site_id' AND NOT a.attisdropped
         WHERE c.relnamespace = 'microcosm'::regnamespace AND c.relkind IN ('r', 'p')
         ORDER BY c.relname
    LOOP
        EXECUTE format('ALTER TABLE %s ENABLE ROW LEVEL SECURITY', t);
        EXECUTE format('ALTER TABLE %s FORCE ROW LEVEL SECURITY', t);
        EXECUTE format(
            'CREATE POLICY site_only ON %s FOR ALL
             USING (CASE (SELECT microcosm.current_site()) WHEN site_id THEN true WHEN 0 THEN true ELSE false END)
             WITH CHECK (CASE (SELECT microcosm.current_site()) WHEN site_id THEN true WHEN 0 THEN true ELSE false END)',
            t);
    END LOOP;
END
$$;

-- Which site a request is for must be found before there is a current one.
CREATE POLICY anyone_reads ON microcosm.sites FOR SELECT USING (true);
