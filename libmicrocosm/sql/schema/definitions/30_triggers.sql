-- Triggers, by purpose.

-- A huddle's participants have a copy of its last activity.
CREATE TRIGGER huddle_participants_activity BEFORE INSERT ON microcosm.huddle_participants
    FOR EACH ROW EXECUTE FUNCTION microcosm.huddle_participants_activity();
CREATE TRIGGER huddles_activity AFTER UPDATE OF last_activity ON microcosm.huddles
    FOR EACH ROW WHEN (OLD.last_activity IS DISTINCT FROM NEW.last_activity)
    EXECUTE FUNCTION microcosm.huddle_participants_activity();

-- At the commit, whoever commits.
DO $$
DECLARE
    t text;
BEGIN
    FOREACH t IN ARRAY ARRAY['unsettled_items', 'unsettled_huddles', 'unsettled_polls', 'unsettled_events'] LOOP
        EXECUTE format('CREATE CONSTRAINT TRIGGER %I AFTER INSERT ON microcosm.%I
                        DEFERRABLE INITIALLY DEFERRED
                        FOR EACH ROW EXECUTE FUNCTION microcosm.settle_at_commit()', t || '_settled', t);
        EXECUTE format('CREATE TRIGGER %I BEFORE INSERT ON microcosm.%I
                        FOR EACH STATEMENT EXECUTE FUNCTION microcosm.note_unsettled()', t || '_noted', t);
    END LOOP;
END
$$;

-- The facts about a site that the library caches have a version, which these triggers advance.
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

-- Profiles also come from imports and by hand, so triggers count them.
CREATE TRIGGER profiles_inserted AFTER INSERT ON microcosm.profiles
    REFERENCING NEW TABLE AS changed_rows
    FOR EACH STATEMENT EXECUTE FUNCTION microcosm.profiles_counted();
CREATE TRIGGER profiles_deleted AFTER DELETE ON microcosm.profiles
    REFERENCING OLD TABLE AS changed_rows
    FOR EACH STATEMENT EXECUTE FUNCTION microcosm.profiles_counted();

-- Not in the statements that hide and move microcosms, since operators do so in SQL.
CREATE TRIGGER sight_changed AFTER UPDATE OF is_deleted, is_moderated, parent_id ON microcosm.microcosms
    FOR EACH ROW WHEN (OLD.is_visible <> NEW.is_visible OR OLD.parent_id IS DISTINCT FROM NEW.parent_id)
    EXECUTE FUNCTION microcosm.sight_changed();

-- Hidden comments are counted here, since operators hide in SQL too. An insert calls nothing unless the row is hidden.
CREATE TRIGGER hidden_inserted AFTER INSERT ON microcosm.comments
    FOR EACH ROW WHEN (NOT NEW.is_visible) EXECUTE FUNCTION microcosm.comments_hidden();
CREATE TRIGGER hidden_updated AFTER UPDATE ON microcosm.comments
    REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows
    FOR EACH STATEMENT EXECUTE FUNCTION microcosm.comments_hidden();
CREATE TRIGGER hidden_deleted AFTER DELETE ON microcosm.comments
    REFERENCING OLD TABLE AS old_rows
    FOR EACH STATEMENT EXECUTE FUNCTION microcosm.comments_hidden();

-- Changes that are made without the library go to the change feed.
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
        -- For the old and the new row: an update may move a membership from one profile to another.
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

CREATE TRIGGER feed_updated
    AFTER UPDATE OF expires, user_id, token_hash, scope, microcosm_ids, networks ON microcosm.access_tokens
    FOR EACH ROW WHEN ((OLD.expires, OLD.user_id, OLD.token_hash, OLD.scope, OLD.microcosm_ids, OLD.networks)
                       IS DISTINCT FROM
                       (NEW.expires, NEW.user_id, NEW.token_hash, NEW.scope, NEW.microcosm_ids, NEW.networks))
    EXECUTE FUNCTION microcosm.row_changed('token');

CREATE TRIGGER feed_updated
    AFTER UPDATE OF email, canonical_email ON microcosm.users
    FOR EACH ROW WHEN ((OLD.email, OLD.canonical_email) IS DISTINCT FROM (NEW.email, NEW.canonical_email))
    EXECUTE FUNCTION microcosm.row_changed('user');

-- Not for facts_version: facts_changed() advances it for rows that go to the feed themselves.
CREATE TRIGGER feed_updated AFTER UPDATE ON microcosm.sites
    FOR EACH ROW WHEN (OLD.* IS DISTINCT FROM NEW.* AND OLD.facts_version = NEW.facts_version)
    EXECUTE FUNCTION microcosm.row_changed('site');

-- Not for path: it changes with that of an ancestor, which goes to the feed itself.
CREATE TRIGGER feed_updated
    AFTER UPDATE OF title, description, visibility, item_types, logo_url, owned_by, parent_id, is_sticky, is_open,
                    is_deleted, is_moderated, placed_by_moderator ON microcosm.microcosms
    FOR EACH ROW WHEN ((OLD.title, OLD.description, OLD.visibility, OLD.item_types, OLD.logo_url, OLD.owned_by,
                        OLD.parent_id, OLD.is_sticky, OLD.is_open, OLD.is_deleted, OLD.is_moderated,
                        OLD.placed_by_moderator)
                       IS DISTINCT FROM
                       (NEW.title, NEW.description, NEW.visibility, NEW.item_types, NEW.logo_url, NEW.owned_by,
                        NEW.parent_id, NEW.is_sticky, NEW.is_open, NEW.is_deleted, NEW.is_moderated,
                        NEW.placed_by_moderator))
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

-- What calendars need to know of events, whoever writes them.
CREATE TRIGGER events_placed BEFORE INSERT ON microcosm.events
    FOR EACH ROW EXECUTE FUNCTION microcosm.event_placed();
CREATE TRIGGER events_placed AFTER UPDATE OF microcosm_id ON microcosm.items
    FOR EACH ROW WHEN (NEW.item_type = 9 AND OLD.microcosm_id <> NEW.microcosm_id)
    EXECUTE FUNCTION microcosm.event_placed();
CREATE TRIGGER events_rescheduled BEFORE UPDATE OF starts, duration_minutes, place, status ON microcosm.events
    FOR EACH ROW WHEN ((OLD.starts, OLD.duration_minutes, OLD.place, OLD.status)
                       IS DISTINCT FROM (NEW.starts, NEW.duration_minutes, NEW.place, NEW.status))
    EXECUTE FUNCTION microcosm.event_rescheduled();

-- Rules of rows. After updates: with a trigger before updates, PostgreSQL locks each updated row once more.
CREATE TRIGGER rules_inserted BEFORE INSERT ON microcosm.comments
    FOR EACH ROW EXECUTE FUNCTION microcosm.row_checked();
CREATE TRIGGER rules_updated
    AFTER UPDATE OF comment_id, item_id, huddle_id, on_profile_id, item_type, position, in_reply_to, edited, edited_by,
                    revisions, attachment_count ON microcosm.comments
    FOR EACH ROW EXECUTE FUNCTION microcosm.row_checked();

CREATE TRIGGER rules_inserted BEFORE INSERT ON microcosm.items
    FOR EACH ROW EXECUTE FUNCTION microcosm.row_checked();
CREATE TRIGGER rules_updated
    AFTER UPDATE OF item_type, is_listed, title, edited, edited_by, edit_reason ON microcosm.items
    FOR EACH ROW EXECUTE FUNCTION microcosm.row_checked();

CREATE TRIGGER rules_inserted BEFORE INSERT ON microcosm.profiles
    FOR EACH ROW EXECUTE FUNCTION microcosm.row_checked();
CREATE TRIGGER rules_updated AFTER UPDATE OF profile_name, style_id, gender, avatar ON microcosm.profiles
    FOR EACH ROW EXECUTE FUNCTION microcosm.row_checked();

CREATE TRIGGER comments_deleted AFTER DELETE ON microcosm.comments
    REFERENCING OLD TABLE AS old_rows
    FOR EACH STATEMENT EXECUTE FUNCTION microcosm.comments_gone();

-- A file that loses an attachment, however, may be one that nothing refers to.
CREATE TRIGGER attachments_deleted AFTER DELETE ON microcosm.attachments
    REFERENCING OLD TABLE AS changed_rows
    FOR EACH STATEMENT EXECUTE FUNCTION microcosm.files_released();

CREATE TRIGGER search_outdated AFTER UPDATE OF search_language ON microcosm.sites
    FOR EACH ROW WHEN (OLD.search_language IS DISTINCT FROM NEW.search_language)
    EXECUTE FUNCTION microcosm.search_outdated();
