-- The same rules at less cost for whoever writes.
--
-- Part of what a table says about its rows is read anew by PostgreSQL for each statement that writes to it: the
-- CHECKs of the whole table are parsed and planned again, whichever columns change. Of what a comment costs
-- PostgreSQL they were a fifth. The rules below are the same, in a form that is kept ready: domains, which belong
-- to a statement's plan, and triggers, which aren't even called by an update of other columns. Tables that are
-- written to now and then keep their CHECKs.


-- Nearly all tables are altered. Taking them one by one, while others hold some and wait for the rest, would end in
-- deadlocks, a second each. So all or none, and a pause between two attempts, in which others get on.
DO $$
DECLARE
    tables text := (SELECT string_agg(p.polrelid::regclass::text, ', ')
                      FROM pg_catalog.pg_policy p
                      JOIN pg_catalog.pg_class c ON c.oid = p.polrelid
                     WHERE c.relnamespace = 'microcosm'::regnamespace AND p.polname = 'site_only');
    patience text := current_setting('lock_timeout');
BEGIN
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
END
$$;


-- Domains -------------------------------------------------------------------------------------------------------

CREATE DOMAIN microcosm.item_type AS smallint;
CREATE DOMAIN microcosm.change_action AS text;
CREATE DOMAIN microcosm.audit_action AS char(1);

COMMENT ON DOMAIN microcosm.item_type IS 'A number of microcosm.item_types.';
COMMENT ON DOMAIN microcosm.change_action IS 'What was done to a thing, as the change feed says it.';
COMMENT ON DOMAIN microcosm.audit_action IS 'What was done to a thing: created, replaced, updated, deleted.';

-- No table is rewritten, since the domains have no rules yet, and none is read: until here the CHECKs have seen to
-- it that all rows follow them.
ALTER TABLE microcosm.changes
    DROP CONSTRAINT changes_item_type_check,
    DROP CONSTRAINT changes_parent_type_check,
    DROP CONSTRAINT changes_action_check,
    ALTER COLUMN item_type TYPE microcosm.item_type,
    ALTER COLUMN parent_type TYPE microcosm.item_type,
    ALTER COLUMN action TYPE microcosm.change_action;
ALTER TABLE microcosm.audit
    DROP CONSTRAINT audit_item_type_check,
    DROP CONSTRAINT audit_action_check,
    ALTER COLUMN item_type TYPE microcosm.item_type,
    ALTER COLUMN action TYPE microcosm.audit_action;
ALTER TABLE microcosm.watchers
    DROP CONSTRAINT watchers_item_type_check,
    ALTER COLUMN item_type TYPE microcosm.item_type;

ALTER DOMAIN microcosm.item_type
    ADD CONSTRAINT item_type_is_known CHECK (VALUE BETWEEN 1 AND 21) NOT VALID;
ALTER DOMAIN microcosm.change_action
    ADD CONSTRAINT change_action_is_known CHECK (VALUE IN ('create', 'replace', 'update', 'delete')) NOT VALID;
ALTER DOMAIN microcosm.audit_action
    ADD CONSTRAINT audit_action_is_known CHECK (VALUE IN ('C', 'R', 'U', 'D')) NOT VALID;


-- Triggers ------------------------------------------------------------------------------------------------------

-- For columns that views show, whose type can't be changed under them, and for rules on several columns. As with
-- CHECKs, what is unknown for want of a value is allowed: hence IS FALSE.
CREATE FUNCTION microcosm.row_checked() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
DECLARE
    is_broken boolean;
BEGIN
    CASE TG_TABLE_NAME
    WHEN 'comments' THEN
        is_broken := (NEW.position >= 0
                      AND NEW.revisions >= 1
                      AND NEW.attachment_count >= 0
                      AND num_nonnulls(NEW.item_id, NEW.huddle_id, NEW.on_profile_id) = 1
                      AND CASE NEW.item_type WHEN 5 THEN NEW.huddle_id IS NOT NULL
                                             WHEN 3 THEN NEW.on_profile_id IS NOT NULL
                                             ELSE NEW.item_type IN (6, 7, 9) AND NEW.item_id IS NOT NULL END
                      AND NEW.in_reply_to <> NEW.comment_id
                      AND (NEW.edited IS NULL) = (NEW.edited_by IS NULL)) IS FALSE;
    WHEN 'items' THEN
        is_broken := (NEW.item_type IN (6, 7, 9)
                      AND char_length(NEW.title) BETWEEN 1 AND 750
                      AND char_length(NEW.edit_reason) <= 750
                      AND (NEW.edited IS NULL) = (NEW.edited_by IS NULL)) IS FALSE;
    WHEN 'profiles' THEN
        is_broken := (char_length(NEW.profile_name) BETWEEN 1 AND 150
                      AND NEW.style_id >= 0
                      AND char_length(NEW.gender) <= 250
                      AND char_length(NEW.avatar) <= 2000) IS FALSE;
    END CASE;
    IF is_broken THEN
        RAISE EXCEPTION 'a row of % breaks a rule of microcosm.row_checked()', TG_TABLE_NAME
              USING ERRCODE = 'check_violation', SCHEMA = TG_TABLE_SCHEMA, TABLE = TG_TABLE_NAME;
    END IF;
    RETURN NEW;
END
$$;

COMMENT ON FUNCTION microcosm.row_checked() IS
    'Refuses rows, as CHECKs do, of tables where those cost too much; called for the columns that the rules are about.';

-- After updates, not before: a trigger before an update has the row locked once more for each, called or not.
CREATE TRIGGER rules_inserted BEFORE INSERT ON microcosm.comments
    FOR EACH ROW EXECUTE FUNCTION microcosm.row_checked();
CREATE TRIGGER rules_updated
    AFTER UPDATE OF comment_id, item_id, huddle_id, on_profile_id, item_type, position, in_reply_to, edited, edited_by,
                    revisions, attachment_count ON microcosm.comments
    FOR EACH ROW EXECUTE FUNCTION microcosm.row_checked();
ALTER TABLE microcosm.comments
    DROP CONSTRAINT comments_position_check,
    DROP CONSTRAINT comments_revisions_check,
    DROP CONSTRAINT comments_attachment_count_check,
    DROP CONSTRAINT comments_check,
    DROP CONSTRAINT comments_check1,
    DROP CONSTRAINT comments_check2,
    DROP CONSTRAINT comments_check3;

-- items_check1 stays: it is about the newest comment, which is what comments change.
CREATE TRIGGER rules_inserted BEFORE INSERT ON microcosm.items
    FOR EACH ROW EXECUTE FUNCTION microcosm.row_checked();
CREATE TRIGGER rules_updated AFTER UPDATE OF item_type, title, edited, edited_by, edit_reason ON microcosm.items
    FOR EACH ROW EXECUTE FUNCTION microcosm.row_checked();
ALTER TABLE microcosm.items
    DROP CONSTRAINT items_item_type_check,
    DROP CONSTRAINT items_title_check,
    DROP CONSTRAINT items_edit_reason_check,
    DROP CONSTRAINT items_check;

CREATE TRIGGER rules_inserted BEFORE INSERT ON microcosm.profiles
    FOR EACH ROW EXECUTE FUNCTION microcosm.row_checked();
CREATE TRIGGER rules_updated AFTER UPDATE OF profile_name, style_id, gender, avatar ON microcosm.profiles
    FOR EACH ROW EXECUTE FUNCTION microcosm.row_checked();
ALTER TABLE microcosm.profiles
    DROP CONSTRAINT profiles_profile_name_check,
    DROP CONSTRAINT profiles_style_id_check,
    DROP CONSTRAINT profiles_gender_check,
    DROP CONSTRAINT profiles_avatar_check;


-- The second wall -----------------------------------------------------------------------------------------------

-- One sub-select where there were two: each is a plan of its own, to be set up for each table of each statement,
-- whether or not it is ever run.
DO $$
DECLARE
    t regclass;
BEGIN
    FOR t IN
        SELECT p.polrelid::regclass
        FROM pg_catalog.pg_policy p
        JOIN pg_catalog.pg_class c ON c.oid = p.polrelid
        WHERE c.relnamespace = 'microcosm'::regnamespace AND p.polname = 'site_only'
        ORDER BY c.relname
    LOOP
        EXECUTE format(
            'ALTER POLICY site_only ON %s
             USING (CASE (SELECT microcosm.current_site()) WHEN site_id THEN true WHEN 0 THEN true ELSE false END)
             WITH CHECK (CASE (SELECT microcosm.current_site()) WHEN site_id THEN true WHEN 0 THEN true ELSE false END)', t);
    END LOOP;
END
$$;


-- Indexes and statistics ------------------------------------------------------------------------------------------

-- Nobody looks for changes by their time: they are trimmed from the beginning of the feed.
DROP INDEX microcosm.changes_created;

-- A profile is on one site only. Unless told so the planner takes both for independent and believes that
-- nobody follows more than a thing or two, so that watchers_list, which has to be read through for one thing, looked
-- as good to it as an index that names the thing.
CREATE STATISTICS microcosm.watchers_profile (dependencies) ON site_id, profile_id FROM microcosm.watchers;
ANALYZE microcosm.watchers;
