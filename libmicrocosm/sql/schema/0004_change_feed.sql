-- What the change feed needs to keep processes together: who wrote a row, what was changed past the
-- library, and how far old rows have been trimmed away.

-- A process tells its own memory of its own writes before it answers, so it need not hear of them again.
ALTER TABLE microcosm.changes
    ADD COLUMN origin bigint DEFAULT nullif(current_setting('microcosm.origin', true), '')::bigint;

COMMENT ON COLUMN microcosm.changes.origin IS
    'Number of the process that wrote the row, from setting microcosm.origin; NULL where nobody has set it.';

CREATE TABLE microcosm.changes_trimmed (
    -- 0 is the feed of all sites together.
    site_id bigint PRIMARY KEY,
    transaction xid8 NOT NULL,
    change_id bigint NOT NULL
) WITH (fillfactor = 50);

COMMENT ON TABLE microcosm.changes_trimmed IS
    'The newest row of each site''s feed that was trimmed away: a cursor before it has missed something.';

ALTER TABLE microcosm.changes_trimmed ENABLE ROW LEVEL SECURITY;
ALTER TABLE microcosm.changes_trimmed FORCE ROW LEVEL SECURITY;
CREATE POLICY site_only ON microcosm.changes_trimmed FOR ALL
    USING (site_id = (SELECT microcosm.current_site()) OR (SELECT microcosm.current_site()) = 0)
    WITH CHECK (site_id = (SELECT microcosm.current_site()) OR (SELECT microcosm.current_site()) = 0);


-- Changes made past the library ---------------------------------------------------------------------------------

-- What decides about rights may be changed by an operator in SQL or by another program, and has to be in
-- force everywhere at once. So triggers append it to the feed, unless the statement itself or one before it
-- in the transaction has, and send the wake-up too. NOTIFY makes commits wait for each other, which is why
-- nothing that people write all day has such a trigger.
--
-- Rows of item_type 14 (user) with a profile as their parent say that what decides about that profile has
-- changed. Like roles and tokens they are for caches only: no session is ever shown them.

-- Rows are appended as the platform: a token, say, belongs to no site, and whoever ends one in SQL need not have
-- set any.
CREATE FUNCTION microcosm.append_change(site bigint, kind int, id bigint, kind_of_parent int, parent bigint,
                                        what text) RETURNS void
    LANGUAGE plpgsql
    AS $$
DECLARE
    site_before text := current_setting('microcosm.site_id', true);
BEGIN
    PERFORM set_config('microcosm.site_id', '0', true);
    -- No origin: the library's own process is told as well, whether or not its code thought of it.
    INSERT INTO microcosm.changes (site_id, item_type, item_id, parent_type, parent_id, microcosm_id, action, origin)
    SELECT site, kind, id, kind_of_parent, parent, CASE WHEN kind = 2 THEN id END, what, NULL
     WHERE NOT EXISTS (SELECT
                         FROM (SELECT c.item_type, c.item_id, c.parent_type, c.parent_id
                                 FROM microcosm.changes c
                                WHERE c.site_id = site
                                  AND c.transaction = pg_current_xact_id()
                                ORDER BY c.change_id DESC
                                LIMIT 100) latest -- a bulk change must not look at all of its rows for each
                        WHERE latest.item_type = kind
                          AND latest.item_id = id
                          AND (parent IS NULL OR (latest.parent_type = kind_of_parent AND latest.parent_id = parent)));
    IF FOUND THEN
        PERFORM pg_notify('microcosm', '');
    END IF;
    PERFORM set_config('microcosm.site_id', site_before, true);
END
$$;

COMMENT ON FUNCTION microcosm.append_change(bigint, int, bigint, int, bigint, text) IS
    'Appends to the change feed what the transaction has not appended yet, and wakes those who follow it.';

-- The argument of each trigger says what kind of thing the feed is told of.
CREATE FUNCTION microcosm.rights_changed() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
BEGIN
    CASE TG_ARGV[0]
    WHEN 'role' THEN
        PERFORM microcosm.append_change(r.site_id, 17, 0, NULL, NULL, 'update')
           FROM (SELECT DISTINCT r.site_id FROM changed_rows r) r;
    WHEN 'menu' THEN
        PERFORM microcosm.append_change(r.site_id, 1, r.site_id, NULL, NULL, 'update')
           FROM (SELECT DISTINCT r.site_id FROM changed_rows r) r;
    WHEN 'profile' THEN
        PERFORM microcosm.append_change(r.site_id, 14, 0, 3, r.profile_id, 'update')
           FROM (SELECT DISTINCT r.site_id, r.profile_id FROM changed_rows r) r;
    WHEN 'attribute' THEN
        PERFORM microcosm.append_change(r.site_id, 14, 0, 3, r.item_id, 'update')
           FROM (SELECT DISTINCT r.site_id, r.item_id FROM changed_rows r WHERE r.item_type = 3) r;
    WHEN 'ban' THEN
        PERFORM microcosm.append_change(r.site_id, 14, r.user_id, NULL, NULL, 'update')
           FROM (SELECT DISTINCT r.site_id, r.user_id FROM changed_rows r) r;
    WHEN 'token' THEN -- those that have run out are no good already
        PERFORM microcosm.append_change(1, 20, r.token_id, NULL, NULL, 'delete')
           FROM changed_rows r
          WHERE r.expires > statement_timestamp();
    WHEN 'microcosm' THEN
        PERFORM microcosm.append_change(r.site_id, 2, r.microcosm_id, NULL, NULL,
                                        CASE TG_OP WHEN 'INSERT' THEN 'create' ELSE 'delete' END)
           FROM changed_rows r;
    END CASE;
    RETURN NULL;
END
$$;

COMMENT ON FUNCTION microcosm.rights_changed() IS
    'Once per statement: tells the change feed of rows that decide about rights.';

DO $$
DECLARE
    t text;
    what text;
BEGIN
    FOR t, what IN VALUES ('roles', 'role'), ('role_criteria', 'role'), ('menu_links', 'menu'),
                          ('role_profiles', 'profile'), ('ignores', 'profile'), ('attributes', 'attribute'),
                          ('site_bans', 'ban') LOOP
        EXECUTE format('CREATE TRIGGER feed_inserted AFTER INSERT ON microcosm.%I
                        REFERENCING NEW TABLE AS changed_rows
                        FOR EACH STATEMENT EXECUTE FUNCTION microcosm.rights_changed(%L)', t, what);
        -- Both sides of an update: a membership may be moved from one profile to another.
        EXECUTE format('CREATE TRIGGER feed_updated AFTER UPDATE ON microcosm.%I
                        REFERENCING NEW TABLE AS changed_rows
                        FOR EACH STATEMENT EXECUTE FUNCTION microcosm.rights_changed(%L)', t, what);
        EXECUTE format('CREATE TRIGGER feed_updated_from AFTER UPDATE ON microcosm.%I
                        REFERENCING OLD TABLE AS changed_rows
                        FOR EACH STATEMENT EXECUTE FUNCTION microcosm.rights_changed(%L)', t, what);
        EXECUTE format('CREATE TRIGGER feed_deleted AFTER DELETE ON microcosm.%I
                        REFERENCING OLD TABLE AS changed_rows
                        FOR EACH STATEMENT EXECUTE FUNCTION microcosm.rights_changed(%L)', t, what);
    END LOOP;
END
$$;

CREATE TRIGGER feed_deleted AFTER DELETE ON microcosm.access_tokens
    REFERENCING OLD TABLE AS changed_rows
    FOR EACH STATEMENT EXECUTE FUNCTION microcosm.rights_changed('token');
CREATE TRIGGER feed_inserted AFTER INSERT ON microcosm.microcosms
    REFERENCING NEW TABLE AS changed_rows
    FOR EACH STATEMENT EXECUTE FUNCTION microcosm.rights_changed('microcosm');
CREATE TRIGGER feed_deleted AFTER DELETE ON microcosm.microcosms
    REFERENCING OLD TABLE AS changed_rows
    FOR EACH STATEMENT EXECUTE FUNCTION microcosm.rights_changed('microcosm');

-- Rows of these change all the time in columns that are nobody's news (counters, last_used, facts_version).
-- Naming the others keeps such updates from calling anything at all.
CREATE FUNCTION microcosm.row_changed() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
BEGIN
    CASE TG_ARGV[0]
    WHEN 'token' THEN
        PERFORM microcosm.append_change(1, 20, NEW.token_id, NULL, NULL, 'update');
    WHEN 'user' THEN
        PERFORM microcosm.append_change(1, 14, NEW.user_id, NULL, NULL, 'update');
    WHEN 'site' THEN
        PERFORM microcosm.append_change(NEW.site_id, 1, NEW.site_id, NULL, NULL, 'update');
    WHEN 'microcosm' THEN
        PERFORM microcosm.append_change(NEW.site_id, 2, NEW.microcosm_id, NULL, NULL, 'update');
    WHEN 'profile' THEN
        PERFORM microcosm.append_change(NEW.site_id, 3, NEW.profile_id, NULL, NULL, 'update');
    WHEN 'marks' THEN -- what somebody has read is private
        PERFORM microcosm.append_change(NEW.site_id, 14, 0, 3, NEW.profile_id, 'update');
    END CASE;
    RETURN NULL;
END
$$;

COMMENT ON FUNCTION microcosm.row_changed() IS
    'Once per row: tells the change feed of rows that also change where nobody has to know.';

CREATE TRIGGER feed_updated
    AFTER UPDATE OF expires, scopes, user_id, token_hash ON microcosm.access_tokens
    FOR EACH ROW WHEN ((OLD.expires, OLD.scopes, OLD.user_id, OLD.token_hash)
                       IS DISTINCT FROM (NEW.expires, NEW.scopes, NEW.user_id, NEW.token_hash))
    EXECUTE FUNCTION microcosm.row_changed('token');

CREATE TRIGGER feed_updated
    AFTER UPDATE OF email, canonical_email, gender, is_banned ON microcosm.users
    FOR EACH ROW WHEN ((OLD.email, OLD.canonical_email, OLD.gender, OLD.is_banned)
                       IS DISTINCT FROM (NEW.email, NEW.canonical_email, NEW.gender, NEW.is_banned))
    EXECUTE FUNCTION microcosm.row_changed('user');

-- facts_version is moved by the triggers of 0003, for rows that are in the feed themselves.
CREATE TRIGGER feed_updated AFTER UPDATE ON microcosm.sites
    FOR EACH ROW WHEN (OLD.* IS DISTINCT FROM NEW.* AND OLD.facts_version = NEW.facts_version)
    EXECUTE FUNCTION microcosm.row_changed('site');

-- A path changes with that of a microcosm further up, which is in the feed itself.
CREATE TRIGGER feed_updated
    AFTER UPDATE OF title, description, visibility, item_types, logo_url, owned_by, parent_id, is_sticky, is_open,
                    is_deleted, is_moderated ON microcosm.microcosms
    FOR EACH ROW WHEN ((OLD.title, OLD.description, OLD.visibility, OLD.item_types, OLD.logo_url, OLD.owned_by,
                        OLD.parent_id, OLD.is_sticky, OLD.is_open, OLD.is_deleted, OLD.is_moderated)
                       IS DISTINCT FROM
                       (NEW.title, NEW.description, NEW.visibility, NEW.item_types, NEW.logo_url, NEW.owned_by,
                        NEW.parent_id, NEW.is_sticky, NEW.is_open, NEW.is_deleted, NEW.is_moderated))
    EXECUTE FUNCTION microcosm.row_changed('microcosm');

CREATE TRIGGER feed_updated
    AFTER UPDATE OF profile_name, is_visible, style_id, gender, avatar, user_id ON microcosm.profiles
    FOR EACH ROW WHEN ((OLD.profile_name, OLD.is_visible, OLD.style_id, OLD.gender, OLD.avatar, OLD.user_id)
                       IS DISTINCT FROM
                       (NEW.profile_name, NEW.is_visible, NEW.style_id, NEW.gender, NEW.avatar, NEW.user_id))
    EXECUTE FUNCTION microcosm.row_changed('profile');

CREATE TRIGGER feed_marked
    AFTER UPDATE OF all_read_at, huddles_read_at, created ON microcosm.profiles
    FOR EACH ROW WHEN ((OLD.all_read_at, OLD.huddles_read_at, OLD.created)
                       IS DISTINCT FROM (NEW.all_read_at, NEW.huddles_read_at, NEW.created))
    EXECUTE FUNCTION microcosm.row_changed('marks');
