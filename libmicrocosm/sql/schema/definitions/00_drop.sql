-- Clears away what the files below make anew: triggers, policies, views and functions of the schema.
--
-- A host's own views on ours are in the way of this, and are not dropped with them: the migration fails and says
-- what depends on what.

DO $$
DECLARE
    tables text := (SELECT string_agg(c.oid::regclass::text, ', ' ORDER BY c.relname)
                      FROM pg_catalog.pg_class c
                     WHERE c.relnamespace = 'microcosm'::regnamespace
                       AND c.relkind IN ('r', 'p')
                       AND (c.relhastriggers OR c.relrowsecurity));
    patience text := current_setting('lock_timeout');
    command text;
BEGIN
    -- Taking the tables one by one, while others hold some and wait for the rest, would end in deadlocks, a second
    -- each. So all or none, and a pause between two attempts, in which others get on.
    PERFORM set_config('lock_timeout', '20ms', true);
    FOR attempt IN 1..100 LOOP
        BEGIN
            EXECUTE 'LOCK TABLE ' || tables || ' IN ACCESS EXCLUSIVE MODE';
            EXIT;
        EXCEPTION WHEN lock_not_available OR deadlock_detected THEN
            PERFORM pg_sleep(0.05);
        END;
    END LOOP;
    PERFORM set_config('lock_timeout', patience, true);

    FOR command IN
        SELECT format('DROP TRIGGER %I ON %s', t.tgname, t.tgrelid::regclass)
          FROM pg_catalog.pg_trigger t
          JOIN pg_catalog.pg_class c ON c.oid = t.tgrelid
         WHERE c.relnamespace = 'microcosm'::regnamespace AND NOT t.tgisinternal
        UNION ALL
        SELECT format('DROP POLICY %I ON %s', p.polname, p.polrelid::regclass)
          FROM pg_catalog.pg_policy p
          JOIN pg_catalog.pg_class c ON c.oid = p.polrelid
         WHERE c.relnamespace = 'microcosm'::regnamespace
        UNION ALL -- each kind in one command, which sees to their order
        SELECT 'DROP VIEW ' || string_agg(c.oid::regclass::text, ', ')
          FROM pg_catalog.pg_class c
         WHERE c.relnamespace = 'microcosm'::regnamespace AND c.relkind = 'v'
        HAVING count(*) > 0
        UNION ALL
        SELECT 'DROP FUNCTION ' || string_agg(f.oid::regprocedure::text, ', ')
          FROM pg_catalog.pg_proc f
         WHERE f.pronamespace = 'microcosm'::regnamespace
        HAVING count(*) > 0
    LOOP
        EXECUTE command;
    END LOOP;
END
$$;
