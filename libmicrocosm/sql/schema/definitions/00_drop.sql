-- Drops the triggers, policies, views and functions of the schema, which the following files create again.
--
-- A host's views on these are not dropped with them: the migration fails, and the message names the dependent
-- views.

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
    -- Locking the tables one by one, while other transactions hold some of them, would end in deadlocks, which take
    -- a second each. So this locks all or none, and lets other transactions run between two attempts.
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
        UNION ALL -- one command for all of a kind, since PostgreSQL then orders them by dependency
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
