-- Functions; 30_triggers.sql has the triggers that call them.

CREATE FUNCTION microcosm.current_site() RETURNS bigint
    LANGUAGE sql STABLE PARALLEL SAFE
    RETURN nullif(current_setting('microcosm.site_id', true), '')::bigint;

COMMENT ON FUNCTION microcosm.current_site() IS
    'The site the current statement may touch: setting microcosm.site_id, NULL when not set, 0 for the platform '
    'itself.';

-- For statements that find out only under a lock that they can't do what they should.
CREATE FUNCTION microcosm.require(is_met boolean, what text, state text DEFAULT 'check_violation') RETURNS boolean
    LANGUAGE plpgsql
    AS $$
BEGIN
    IF is_met IS NOT TRUE THEN
        RAISE EXCEPTION 'not met: %', what USING ERRCODE = state;
    END IF;
    RETURN true;
END
$$;

COMMENT ON FUNCTION microcosm.require(boolean, text, text) IS
    'Fails with check_violation, or another state, unless the condition is true; with it the whole transaction.';

CREATE FUNCTION microcosm.ahead_of_utc(at timestamptz, zone text) RETURNS bigint
    LANGUAGE sql STABLE PARALLEL SAFE
    RETURN extract(epoch FROM (at AT TIME ZONE zone) - (at AT TIME ZONE 'UTC'))::bigint;

COMMENT ON FUNCTION microcosm.ahead_of_utc(timestamptz, text) IS
    'How many seconds local time is ahead of UTC at an instant.';

CREATE FUNCTION microcosm.huddle_participants_activity() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
BEGIN
    IF TG_TABLE_NAME = 'huddles' THEN
        UPDATE microcosm.huddle_participants
        SET last_activity = NEW.last_activity
        WHERE site_id = NEW.site_id AND huddle_id = NEW.huddle_id;
        RETURN NULL;
    END IF;

    -- The lock makes this wait for a comment that is being written. It is as strong as that of an update, so that two
    -- transactions that add participants and then update the huddle don't deadlock.
    SELECT h.last_activity INTO NEW.last_activity
    FROM microcosm.huddles h
    WHERE h.site_id = NEW.site_id AND h.huddle_id = NEW.huddle_id
    FOR NO KEY UPDATE;
    IF NOT FOUND THEN
        NEW.last_activity := pg_catalog.clock_timestamp();
    END IF;
    RETURN NEW;
END
$$;

COMMENT ON FUNCTION microcosm.huddle_participants_activity() IS
    'Keeps last_activity of participants equal to that of their huddle.';

-- In a loop, so that each item is found by its key: statistics know nothing of a table that is empty at each commit.
CREATE FUNCTION microcosm.settle() RETURNS void
    LANGUAGE plpgsql
    AS $$
DECLARE
    site text := current_setting('microcosm.site_id', true);
    one record;
    item record;
BEGIN
    IF coalesce(current_setting('microcosm.unsettled', true), '') = '' THEN
        RETURN; -- or the deferred trigger of each noted row would search tables of dead rows at the commit
    END IF;
    PERFORM set_config('microcosm.unsettled', '', true);
    PERFORM set_config('microcosm.site_id', '0', true); -- whoever commits may have set none
    FOR one IN
        WITH noted AS (
            DELETE FROM microcosm.unsettled_items RETURNING site_id, item_id, comment_count
        )
        SELECT n.site_id, n.item_id, sum(n.comment_count) AS comment_count FROM noted n GROUP BY n.site_id, n.item_id
    LOOP
        SELECT i.next_position, i.microcosm_id INTO item
          FROM microcosm.items i
         WHERE i.site_id = one.site_id AND i.item_id = one.item_id;

        -- By position: in the index by author they are anywhere.
        INSERT INTO microcosm.profile_deltas (site_id, profile_id, microcosm_id, comment_count)
        SELECT one.site_id, n.created_by, item.microcosm_id, count(n.comment_id)
          FROM (SELECT c.created_by, c.comment_id
                  FROM microcosm.comments c
                 WHERE c.site_id = one.site_id AND c.item_id = one.item_id AND c.position >= item.next_position
                 ORDER BY c.position
                OFFSET 0) n
         GROUP BY n.created_by;

        UPDATE microcosm.items i
           SET next_position = made.position + 1
              ,comment_count = i.comment_count + made.position + 1 - i.next_position + one.comment_count
              ,last_comment_id = newest.comment_id
              ,last_comment_created = newest.created
              ,last_comment_by = newest.created_by
              ,last_activity = CASE WHEN i.last_comment_id IS DISTINCT FROM newest.comment_id
                                    THEN greatest(i.created, newest.created)
                                    ELSE i.last_activity END
          FROM (SELECT coalesce(max(c.position), -1) AS position
                  FROM microcosm.comments c
                 WHERE c.site_id = one.site_id AND c.item_id = one.item_id) made
          LEFT JOIN (SELECT c.comment_id, c.created, c.created_by
                       FROM microcosm.comments c
                      WHERE c.site_id = one.site_id AND c.item_id = one.item_id AND c.is_visible
                      ORDER BY c.position DESC
                      LIMIT 1) newest ON true
         WHERE i.site_id = one.site_id AND i.item_id = one.item_id;
    END LOOP;

    FOR one IN DELETE FROM microcosm.unsettled_huddles RETURNING site_id, huddle_id LOOP
        -- Who writes has read its own comment, unless somebody else has written before that what it hasn't read.
        INSERT INTO microcosm.read_marks AS m (site_id, profile_id, item_type, item_id, read_at)
        SELECT one.site_id, a.profile_id, 5, one.huddle_id, a.created
          FROM (SELECT c.created_by AS profile_id, max(c.position) AS position, max(c.created) AS created
                  FROM microcosm.huddles h
                  JOIN microcosm.comments c
                    ON c.site_id = h.site_id AND c.huddle_id = h.huddle_id AND c.position >= h.next_position
                 WHERE h.site_id = one.site_id AND h.huddle_id = one.huddle_id
                 GROUP BY c.created_by) a
          JOIN microcosm.profiles o ON o.site_id = one.site_id AND o.profile_id = a.profile_id
          LEFT JOIN LATERAL (SELECT c.created
                               FROM microcosm.comments c
                              WHERE c.site_id = one.site_id AND c.huddle_id = one.huddle_id
                                AND c.position < a.position AND c.created_by <> a.profile_id
                              ORDER BY c.position DESC
                              LIMIT 1) other ON true
          LEFT JOIN microcosm.read_marks k
            ON k.site_id = one.site_id AND k.profile_id = a.profile_id AND k.item_type = 5 AND k.item_id = one.huddle_id
         WHERE other.created IS NULL OR other.created <= greatest(o.huddles_read_at, k.read_at)
            ON CONFLICT (site_id, profile_id, item_type, item_id)
            DO UPDATE SET read_at = greatest(m.read_at, excluded.read_at);

        UPDATE microcosm.huddles h
           SET next_position = newest.position + 1
              ,comment_count = h.comment_count + newest.position + 1 - h.next_position
              ,last_comment_id = newest.comment_id
              ,last_comment_created = newest.created
              ,last_comment_by = newest.created_by
              ,last_activity = newest.created
          FROM (SELECT c.position, c.comment_id, c.created, c.created_by
                  FROM microcosm.comments c
                 WHERE c.site_id = one.site_id AND c.huddle_id = one.huddle_id
                 ORDER BY c.position DESC
                 LIMIT 1) newest
         WHERE h.site_id = one.site_id AND h.huddle_id = one.huddle_id
           AND h.next_position <= newest.position;
    END LOOP;

    FOR one IN
        WITH noted AS (
            DELETE FROM microcosm.unsettled_polls RETURNING site_id, item_id, choice_id, votes
        )
        SELECT n.site_id, n.item_id, n.choice_id, sum(n.votes) AS votes FROM noted n GROUP BY n.site_id, n.item_id, n.choice_id
    LOOP
        UPDATE microcosm.poll_choices c
           SET votes = c.votes + one.votes, voter_count = c.voter_count + one.votes
         WHERE c.site_id = one.site_id AND c.choice_id = one.choice_id;
        UPDATE microcosm.polls p
           SET voter_count = p.voter_count + one.votes
         WHERE p.site_id = one.site_id AND p.item_id = one.item_id AND one.choice_id IS NULL;
    END LOOP;

    FOR one IN
        WITH noted AS (
            DELETE FROM microcosm.unsettled_events RETURNING site_id, item_id, attending, attendees
        )
        SELECT n.site_id, n.item_id, sum(n.attending) AS attending, sum(n.attendees) AS attendees
          FROM noted n GROUP BY n.site_id, n.item_id
    LOOP
        UPDATE microcosm.events e
           SET rsvp_attending = e.rsvp_attending + one.attending, attendee_count = e.attendee_count + one.attendees
         WHERE e.site_id = one.site_id AND e.item_id = one.item_id;
    END LOOP;
    PERFORM set_config('microcosm.site_id', coalesce(site, ''), true);
END
$$;

COMMENT ON FUNCTION microcosm.settle() IS
    'Brings the counters up to date of all that the transaction has commented on, voted in or answered.';

CREATE FUNCTION microcosm.settle_at_commit() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
BEGIN
    PERFORM microcosm.settle();
    RETURN NULL;
END
$$;

COMMENT ON FUNCTION microcosm.settle_at_commit() IS
    'Settles everything at the first call; further ones find nothing to do.';

-- Such a setting ends with the transaction, and is what it was before when a savepoint is rolled back to.
CREATE FUNCTION microcosm.note_unsettled() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
BEGIN
    PERFORM set_config('microcosm.unsettled', 'yes', true);
    RETURN NULL;
END
$$;

COMMENT ON FUNCTION microcosm.note_unsettled() IS
    'Before rows are noted: settle() has something to do.';

CREATE FUNCTION microcosm.facts_changed() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
DECLARE
    advanced text := coalesce(current_setting('microcosm.facts_changed', true), '');
    site bigint;
BEGIN
    FOR site IN SELECT DISTINCT r.site_id FROM changed_rows r LOOP
        CONTINUE WHEN strpos(advanced, ' ' || site || ' ') > 0;
        UPDATE microcosm.sites s SET facts_version = s.facts_version + 1 WHERE s.site_id = site;
        advanced := advanced || ' ' || site || ' ';
        PERFORM set_config('microcosm.facts_changed', advanced, true);
    END LOOP;
    RETURN NULL;
END
$$;

COMMENT ON FUNCTION microcosm.facts_changed() IS
    'Once in a transaction: advances facts_version of the sites of the changed rows. Each further version of a site''s row '
    'would make all that refers to it slower.';

-- An operator or another program may change facts about rights in SQL, and all processes must apply such a change
-- at once. So triggers append it to the feed, unless this or an earlier statement of the transaction has done so,
-- and notify. NOTIFY serialises commits, which is why tables that are written often have no such trigger.
--
-- Rows of item_type 14 (user) with a profile as their parent mean that the facts about that profile have changed.
-- Like roles and tokens they are for caches only: no session sees them.

-- Appends rows as the platform, since a token belongs to no site, and an operator who deletes one in SQL may not have
-- set a site.
CREATE FUNCTION microcosm.append_change(site bigint, kind int, id bigint, kind_of_parent int, parent bigint,
                                        what text) RETURNS void
    LANGUAGE plpgsql
    AS $$
DECLARE
    site_before text := current_setting('microcosm.site_id', true);
BEGIN
    PERFORM set_config('microcosm.site_id', '0', true);
    -- Without an origin, so that the writing process reads the row as well.
    INSERT INTO microcosm.changes (site_id, item_type, item_id, parent_type, parent_id, microcosm_id, action, origin)
    SELECT site, kind, id, kind_of_parent, parent, CASE WHEN kind = 2 THEN id END, what, NULL
     WHERE NOT EXISTS (SELECT
                         FROM (SELECT c.item_type, c.item_id, c.parent_type, c.parent_id
                                 FROM microcosm.changes c
                                WHERE c.site_id = site
                                  AND c.transaction = pg_current_xact_id()
                                ORDER BY c.change_id DESC
                                LIMIT 100) latest -- or a bulk change would read all of its rows for each row
                        WHERE latest.item_type = kind
                          AND (latest.item_id = id OR (kind = 17 AND latest.item_id = 0)) -- 0: all roles
                          AND (parent IS NULL OR (latest.parent_type = kind_of_parent AND latest.parent_id = parent)));
    IF FOUND THEN
        PERFORM pg_notify('microcosm', '');
    END IF;
    PERFORM set_config('microcosm.site_id', site_before, true);
END
$$;

COMMENT ON FUNCTION microcosm.append_change(bigint, int, bigint, int, bigint, text) IS
    'Appends a row to the change feed unless the transaction has done so, and notifies the followers.';

-- The argument of each trigger is the kind of change that goes to the feed.
CREATE FUNCTION microcosm.rights_changed() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
BEGIN
    CASE TG_ARGV[0]
    WHEN 'role' THEN
        PERFORM microcosm.append_change(r.site_id, 17, r.role_id, NULL, NULL, 'update')
           FROM (SELECT DISTINCT r.site_id, r.role_id FROM changed_rows r) r;
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
           FROM (SELECT DISTINCT r.site_id, r.user_id FROM changed_rows r WHERE r.user_id IS NOT NULL) r;
        -- Whose the addresses are is known when their users come, so everybody is looked at again.
        PERFORM microcosm.append_change(r.site_id, 17, 0, NULL, NULL, 'update')
           FROM (SELECT DISTINCT r.site_id FROM changed_rows r WHERE r.email_pattern IS NOT NULL) r;
    WHEN 'token' THEN -- not for expired tokens, which are invalid already
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
    'Once per statement: appends changes of rows that determine rights to the change feed.';

-- Rows of these tables often change in columns that no follower needs (counters, facts_version). The triggers name the
-- other columns, so that such updates call nothing.
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
    WHEN 'marks' THEN -- read marks are private
        PERFORM microcosm.append_change(NEW.site_id, 14, 0, 3, NEW.profile_id, 'update');
    END CASE;
    RETURN NULL;
END
$$;

COMMENT ON FUNCTION microcosm.row_changed() IS
    'Once per row: appends a change of one of the columns that followers need to the change feed.';

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
    'Once per statement: appends the number of profiles that it has created or deleted.';

CREATE FUNCTION microcosm.add_hidden(site bigint, item bigint, huddle bigint, profile bigint, of_block bigint,
                                     more bigint) RETURNS void
    LANGUAGE plpgsql
    AS $$
BEGIN
    INSERT INTO microcosm.hidden_comments AS h (site_id, parent, parent_id, block, hidden)
    VALUES (site, CASE WHEN item IS NOT NULL THEN 'item_id' WHEN huddle IS NOT NULL THEN 'huddle_id' ELSE 'on_profile_id' END,
            coalesce(item, huddle, profile), of_block, more)
        ON CONFLICT (site_id, parent, parent_id, block) DO UPDATE SET hidden = h.hidden + excluded.hidden;
END
$$;

COMMENT ON FUNCTION microcosm.add_hidden(bigint, bigint, bigint, bigint, bigint, bigint) IS
    'Adds to the number of hidden comments in a block of positions.';

CREATE FUNCTION microcosm.comments_hidden() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
BEGIN
    CASE TG_OP
    WHEN 'INSERT' THEN
        PERFORM microcosm.add_hidden(NEW.site_id, NEW.item_id, NEW.huddle_id, NEW.on_profile_id, NEW.position / 1024, 1);
    WHEN 'DELETE' THEN
        PERFORM microcosm.add_hidden(c.site_id, c.item_id, c.huddle_id, c.on_profile_id, c.block, -c.hidden)
           FROM (SELECT o.site_id, o.item_id, o.huddle_id, o.on_profile_id, o.position / 1024 AS block, count(*) AS hidden
                   FROM old_rows o
                  WHERE NOT o.is_visible
                  GROUP BY 1, 2, 3, 4, 5
                  ORDER BY 1, 2, 3, 4, 5) c;
    WHEN 'UPDATE' THEN
        PERFORM microcosm.add_hidden(c.site_id, c.item_id, c.huddle_id, c.on_profile_id, c.block, c.hidden)
           FROM (SELECT r.site_id, r.item_id, r.huddle_id, r.on_profile_id, r.position / 1024 AS block, sum(r.sign) AS hidden
                   FROM (SELECT o.site_id, o.item_id, o.huddle_id, o.on_profile_id, o.position, -1 AS sign
                           FROM old_rows o
                          WHERE NOT o.is_visible
                          UNION ALL
                         SELECT n.site_id, n.item_id, n.huddle_id, n.on_profile_id, n.position, 1
                           FROM new_rows n
                          WHERE NOT n.is_visible) r
                  GROUP BY 1, 2, 3, 4, 5
                 HAVING sum(r.sign) <> 0
                  ORDER BY 1, 2, 3, 4, 5) c; -- so that two that hide many don't wait for each other
    END CASE;
    RETURN NULL;
END
$$;

COMMENT ON FUNCTION microcosm.comments_hidden() IS
    'Counts hidden comments by blocks of positions: once per statement, and per hidden row that is inserted.';

CREATE FUNCTION microcosm.sight_changed() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
BEGIN
    INSERT INTO microcosm.profile_deltas (site_id, profile_id, microcosm_id)
    VALUES (NEW.site_id, 0, NEW.microcosm_id);
    RETURN NULL;
END
$$;

COMMENT ON FUNCTION microcosm.sight_changed() IS
    'Notes that what people have written in a microcosm has come into sight, or has left it.';

-- Rules of tables that every post writes to, where CHECKs would cost too much (tables/10_kinds.sql says why). As with
-- CHECKs, a condition that is NULL is allowed: hence IS FALSE. An item copies the capabilities of its kind.
CREATE FUNCTION microcosm.event_placed() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
BEGIN
    IF TG_TABLE_NAME = 'items' THEN
        UPDATE microcosm.events SET microcosm_id = NEW.microcosm_id
         WHERE site_id = NEW.site_id AND item_id = NEW.item_id;
        RETURN NULL;
    END IF;
    -- 0 where there is none: the foreign key says so
    NEW.microcosm_id := coalesce((SELECT i.microcosm_id FROM microcosm.items i
                                   WHERE i.site_id = NEW.site_id AND i.item_id = NEW.item_id), 0);
    RETURN NEW;
END
$$;

COMMENT ON FUNCTION microcosm.event_placed() IS
    'Gives an event the microcosm of its item, when it is made and when the item moves.';

CREATE FUNCTION microcosm.event_rescheduled() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
BEGIN
    NEW.sequence := OLD.sequence + 1;
    NEW.rescheduled := pg_catalog.clock_timestamp();
    RETURN NEW;
END
$$;

COMMENT ON FUNCTION microcosm.event_rescheduled() IS
    'Counts changes of what calendars must tell anew: time, place and status.';

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
                                             ELSE NEW.item_id IS NOT NULL END -- of that kind, by its foreign key
                      AND NEW.in_reply_to <> NEW.comment_id
                      AND (NEW.edited IS NULL) = (NEW.edited_by IS NULL)) IS FALSE;
    WHEN 'items' THEN
        IF TG_OP = 'INSERT' THEN
            NEW.is_listed := (SELECT t.is_listed FROM microcosm.item_types t
                               WHERE t.item_type = NEW.item_type AND t.lives_in_microcosm);
        END IF;
        is_broken := (NEW.is_listed IS NOT NULL
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
    'Refuses rows as CHECKs do, on tables where those cost too much; called for changes of the columns in the rules.';

CREATE FUNCTION microcosm.email_patterns(address text) RETURNS text[]
    LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
    AS $$
SELECT ARRAY[address, '*@' || array_to_string(d.labels, '.')]
       || ARRAY(SELECT '*@*.' || array_to_string(d.labels[n:], '.') FROM generate_series(2, cardinality(d.labels)) n)
  FROM (SELECT string_to_array(substring(address FROM '[^@]*$'), '.') AS labels) d
$$;

COMMENT ON FUNCTION microcosm.email_patterns(text) IS
    'All that site_bans.email_pattern can be for a canonical address to match.';
CREATE FUNCTION microcosm.comments_gone() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
BEGIN
    DELETE FROM microcosm.attachments a
     USING old_rows o
     WHERE a.site_id = o.site_id AND a.item_type = 4 AND a.item_id = o.comment_id;
    DELETE FROM microcosm.attributes a
     USING old_rows o
     WHERE a.site_id = o.site_id AND a.item_type = 4 AND a.item_id = o.comment_id;
    RETURN NULL;
END
$$;

COMMENT ON FUNCTION microcosm.comments_gone() IS
    'Once per statement: takes along what no foreign key ties to comments, such as those of a huddle that its last participant leaves.';

CREATE FUNCTION microcosm.files_released() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
BEGIN
    UPDATE microcosm.files f
       SET unused_since = pg_catalog.clock_timestamp()
     WHERE f.file_id IN (SELECT r.file_id FROM changed_rows r);
    RETURN NULL;
END
$$;

COMMENT ON FUNCTION microcosm.files_released() IS
    'Once per statement: notes when files were detached, from when on they may be unused.';
