-- A number that moves with everything the library keeps in memory about a site: its microcosms, their
-- roles and the roles' criteria. Whoever holds what belongs to the number read now, holds the truth;
-- no matter who changed it, over the API, another process, or by hand in SQL.

ALTER TABLE microcosm.sites ADD COLUMN facts_version bigint NOT NULL DEFAULT 0;

COMMENT ON COLUMN microcosm.sites.facts_version IS
    'Moves with every change of microcosms, roles and role criteria; kept by triggers.';

CREATE FUNCTION microcosm.facts_changed() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
BEGIN
    UPDATE microcosm.sites s
       SET facts_version = s.facts_version + 1
     WHERE s.site_id IN (SELECT r.site_id FROM changed_rows r);
    RETURN NULL;
END
$$;

COMMENT ON FUNCTION microcosm.facts_changed() IS
    'Once per statement: moves facts_version of the sites of the rows concerned.';

DO $$
DECLARE
    t text;
BEGIN
    FOREACH t IN ARRAY ARRAY['microcosms', 'roles', 'role_criteria'] LOOP
        EXECUTE format('CREATE TRIGGER facts_inserted AFTER INSERT ON microcosm.%I
                        REFERENCING NEW TABLE AS changed_rows
                        FOR EACH STATEMENT EXECUTE FUNCTION microcosm.facts_changed()', t);
        EXECUTE format('CREATE TRIGGER facts_updated AFTER UPDATE ON microcosm.%I
                        REFERENCING NEW TABLE AS changed_rows
                        FOR EACH STATEMENT EXECUTE FUNCTION microcosm.facts_changed()', t);
        EXECUTE format('CREATE TRIGGER facts_deleted AFTER DELETE ON microcosm.%I
                        REFERENCING OLD TABLE AS changed_rows
                        FOR EACH STATEMENT EXECUTE FUNCTION microcosm.facts_changed()', t);
    END LOOP;
END
$$;
