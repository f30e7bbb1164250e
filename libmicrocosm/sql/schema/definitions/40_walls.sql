-- Row-level security: rows of a site are visible and writable for that site, and for the platform as site 0.
--
-- FORCE, because the library usually owns the tables, and owners are exempt otherwise. Steps that change rows must
-- set microcosm.site_id to 0 first. Checks of foreign keys are exempt.
--
-- The sub-select is evaluated once per statement instead of once per row. There is only one, since each is a plan of
-- its own that is set up for each table of each statement, even if it isn't run.
--
-- Not search_documents: behind the wall no index of words or similar texts is used, since their operators aren't
-- leakproof. Statements name the site there as everywhere, and look up what they find in tables behind the wall.

DO $$
DECLARE
    t regclass;
BEGIN
    FOR t IN
        SELECT c.oid::regclass
          FROM pg_catalog.pg_class c
          JOIN pg_catalog.pg_attribute a ON a.attrelid = c.oid AND a.attname = 'site_id' AND NOT a.attisdropped
         WHERE c.relnamespace = 'microcosm'::regnamespace AND c.relkind IN ('r', 'p')
           AND c.relname <> 'search_documents'
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

-- A request looks up its site before a site is set.
CREATE POLICY anyone_reads ON microcosm.sites FOR SELECT USING (true);
