-- Imports: what files may say, and what becomes of their texts. See tables/91_imports.sql and docs/moving.md.

CREATE FUNCTION microcosm.escaped(plain text) RETURNS text
    LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
    RETURN replace(replace(replace(replace(replace(
               plain, '&', '&amp;'), '<', '&lt;'), '>', '&gt;'), '"', '&#34;'), '''', '&#39;');

COMMENT ON FUNCTION microcosm.escaped(text) IS
    'The other way round as unescaped().';

CREATE FUNCTION microcosm.import_line(plain text, is_foreign boolean, most int, otherwise text) RETURNS text
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN microcosm.escaped(coalesce(nullif(left(btrim(regexp_replace(
               CASE WHEN is_foreign THEN microcosm.unescaped(plain) ELSE plain END, '[[:cntrl:][:space:]]+', ' ', 'g')), most), ''),
               otherwise));

COMMENT ON FUNCTION microcosm.import_line(text, boolean, int, text) IS
    'A title as it is stored. Other products have HTML''s references in theirs.';

CREATE FUNCTION microcosm.import_lines(plain text, is_foreign boolean, most int) RETURNS text
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN microcosm.escaped(nullif(left(btrim(regexp_replace(
               CASE WHEN is_foreign THEN microcosm.unescaped(plain) ELSE plain END, '[\x01-\x08\x0b-\x1f\x7f]+', '', 'g'),
               E' \t\n'), most), ''));

COMMENT ON FUNCTION microcosm.import_lines(text, boolean, int) IS
    'A description as it is stored, with its lines; NULL if it is blank.';

-- Markdown reads HTML up to the next empty line as it is: so HTML becomes one line.
CREATE FUNCTION microcosm.import_text(given text, is_foreign boolean) RETURNS text
    LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE
    AS $$
DECLARE
    part text[];
    line text := '';
BEGIN
    IF NOT is_foreign OR given !~* '<(p|div|br|blockquote|ul|ol|table|h[1-6]|pre|hr)(\s[^<>]*)?/?>' THEN
        RETURN given;
    END IF;
    FOR part IN SELECT m FROM regexp_matches(given, '(.*?)(<pre(?:\s[^<>]*)?>.*?</pre>|$)', 'gis') AS m LOOP
        line := line || regexp_replace(part[1], '\s*\n\s*', ' ', 'g') || replace(replace(part[2], E'\r', ''), E'\n', '&#10;');
    END LOOP;
    RETURN '<div>' || btrim(line) || '</div>';
END
$$;

COMMENT ON FUNCTION microcosm.import_text(text, boolean) IS
    'A text that means as a comment what it meant elsewhere: Markdown and BBCode as they are, HTML so that Markdown leaves it alone.';

CREATE FUNCTION microcosm.import_time(given text) RETURNS timestamptz
    LANGUAGE plpgsql STABLE STRICT PARALLEL SAFE
    AS $$
BEGIN
    IF given ~ '^[0-9]{4}-[0-9]{2}-[0-9]{2}[Tt ][0-9]{2}:[0-9]{2}:[0-9]{2}(\.[0-9]+)?([Zz]|[+-][0-9]{2}:[0-9]{2})$'
       AND given !~ '^0000' THEN
        RETURN given::timestamptz;
    END IF;
    RETURN NULL;
EXCEPTION WHEN OTHERS THEN
    RETURN NULL;
END
$$;

COMMENT ON FUNCTION microcosm.import_time(text) IS
    'A time of RFC 3339; NULL if it is none.';

CREATE FUNCTION microcosm.import_address(given text) RETURNS inet
    LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE
    AS $$
BEGIN
    RETURN given::inet;
EXCEPTION WHEN OTHERS THEN
    RETURN NULL;
END
$$;

COMMENT ON FUNCTION microcosm.import_address(text) IS
    'An address of the network; NULL if it is none.';

-- Plain expressions of PL/pgSQL, which cost a microsecond: it is called some times for each file.
CREATE FUNCTION microcosm.import_fits(value jsonb, form text) RETURNS boolean
    LANGUAGE plpgsql STABLE PARALLEL SAFE
    AS $$
DECLARE
    kind CONSTANT text := coalesce(jsonb_typeof(value), '');
    item jsonb;
BEGIN
    IF form LIKE '%[]' THEN
        IF kind <> 'array' THEN
            RETURN false;
        END IF;
        FOR item IN SELECT x FROM jsonb_array_elements(value) AS x LOOP
            IF NOT microcosm.import_fits(item, rtrim(form, '[]')) THEN
                RETURN false;
            END IF;
        END LOOP;
        RETURN form <> 'version[]' OR jsonb_array_length(value) > 0;
    END IF;
    RETURN CASE form
        WHEN 'number' THEN kind = 'number' AND value::text ~ '^[0-9]{1,18}$'
        WHEN 'id' THEN kind = 'number' AND value::text ~ '^[1-9][0-9]{0,17}$'
        WHEN 'text' THEN kind = 'string'
        WHEN 'bool' THEN kind = 'boolean'
        WHEN 'time' THEN kind = 'string' AND microcosm.import_time(value #>> '{}') IS NOT NULL
        WHEN 'list' THEN kind = 'array'
        WHEN 'object' THEN kind = 'object'
        WHEN 'thing' THEN
            kind = 'object' AND microcosm.import_fits(value -> 'id', 'number')
            AND (NOT value ? 'notify' OR microcosm.import_fits(value -> 'notify', 'bool'))
        WHEN 'preference' THEN
            kind = 'object' AND microcosm.import_fits(value -> 'type', 'id')
            AND (NOT value ? 'email' OR microcosm.import_fits(value -> 'email', 'bool'))
        WHEN 'attribute' THEN
            kind = 'object' AND coalesce(value ->> 'key' ~ '^[0-9a-zA-Z_-]{1,50}$', false)
            AND num_nonnulls(value -> 'text', value -> 'number', value -> 'boolean', value -> 'date') = 1
            AND (NOT value ? 'text' OR microcosm.import_fits(value -> 'text', 'text'))
            AND (NOT value ? 'number' OR jsonb_typeof(value -> 'number') = 'number' AND abs((value ->> 'number')::numeric) < 1e300)
            AND (NOT value ? 'boolean' OR microcosm.import_fits(value -> 'boolean', 'bool'))
            AND (NOT value ? 'date'
                 OR microcosm.import_fits(to_jsonb((value ->> 'date') || 'T00:00:00Z'), 'time'))
        WHEN 'version' THEN
            kind = 'object' AND microcosm.import_fits(value -> 'text', 'text') AND octet_length(value ->> 'text') <= 1048576
            AND (NOT value ? 'editor' OR microcosm.import_fits(value -> 'editor', 'number'))
            AND (NOT value ? 'dateModified' OR microcosm.import_fits(value -> 'dateModified', 'time'))
        WHEN 'association' THEN
            kind = 'object' AND microcosm.import_fits(value -> 'onType', 'text') AND microcosm.import_fits(value -> 'onId', 'id')
        WHEN 'criterion' THEN
            kind = 'object'
            AND coalesce((value -> 'orGroup')::text ~ '^[0-9]{1,6}$', false)
            AND coalesce(value ->> 'key' ~ '^[0-9a-zA-Z_-]{1,50}$', false)
            AND coalesce(value ->> 'predicate' IN ('eq', 'ne', 'neq', 'lt', 'le', 'ge', 'gt', 'substr', 'nsubstr'), false)
            AND coalesce(jsonb_typeof(value -> 'value') IN ('string', 'number', 'boolean'), false)
            AND char_length(value ->> 'value') <= 250
        ELSE false END;
END
$$;

COMMENT ON FUNCTION microcosm.import_fits(jsonb, text) IS
    'Whether a member of a file has the form that it must have.';

-- A member with a star is required.
CREATE FUNCTION microcosm.import_read(kind text, given text, OUT body jsonb, OUT old_id bigint, OUT created timestamptz,
                                      OUT problem text)
    LANGUAGE plpgsql STABLE
    AS $$
BEGIN
    BEGIN
        body := jsonb_strip_nulls(given::jsonb);
    EXCEPTION WHEN OTHERS THEN
        problem := 'is no JSON: ' || SQLERRM;
        RETURN;
    END;
    IF jsonb_typeof(body) <> 'object' THEN
        problem := 'is no JSON object';
        RETURN;
    END IF;
    IF kind = 'follows' AND body ? 'author' THEN
        body := body || jsonb_build_object('id', body -> 'author');
    END IF;
    SELECT CASE WHEN body ? r.member THEN r.member || ' is not as it must be' ELSE r.member || ' is missing' END
      INTO problem
      FROM (VALUES
            ('*', 'id', '*id'), ('*', 'author', 'number'), ('*', 'dateCreated', 'time'), ('*', 'ipAddress', 'text'),
            ('*', 'isOpen', 'bool'), ('*', 'isSticky', 'bool'), ('*', 'isModerated', 'bool'), ('*', 'isDeleted', 'bool'),
            ('*', 'attributes', 'attribute[]'), ('*', 'isBanned', 'bool'), ('*', 'isModerator', 'bool'), ('*', 'displayOrder', 'number'), ('*', 'text', 'text'),
            ('profiles', 'name', '*text'), ('profiles', 'email', '*text'), ('profiles', 'lastActive', 'time'),
            ('profiles', 'receiveEmailFromAdmins', 'bool'), ('profiles', 'receiveEmailNotifications', 'bool'),
            ('profiles', 'usergroups', 'list'), ('profiles', 'avatar', 'object'), ('profiles', 'avatarUrl', 'text'),
            ('profiles', 'isHidden', 'bool'), ('profiles', 'gender', 'text'), ('profiles', 'digest', 'text'), ('profiles', 'ban', 'object'),
            ('profiles', 'preferences', 'preference[]'),
            ('roles', 'forumPermissions', 'object'), ('roles', 'includeRegisteredUsers', 'bool'), ('roles', 'includeGuests', 'bool'),
            ('roles', 'users', 'thing[]'), ('roles', 'criteria', 'criterion[]'), ('roles', 'default', 'bool'), ('roles', 'forumId', 'id'),
            ('forums', 'name', '*text'), ('forums', 'usergroups', 'thing[]'), ('forums', 'moderators', 'thing[]'), ('forums', 'parentId', 'id'),
            ('forums', 'dateModified', 'time'), ('forums', 'editor', 'number'), ('forums', 'editReason', 'text'),
            ('forums', 'logoUrl', 'text'), ('forums', 'isPlacedByModerator', 'bool'), ('forums', 'visibility', 'text'), ('forums', 'itemTypes', 'id[]'),
            ('conversations', 'name', '*text'), ('conversations', 'forumId', 'number'), ('conversations', 'viewCount', 'number'),
            ('conversations', 'dateModified', 'time'), ('conversations', 'editor', 'number'), ('conversations', 'editReason', 'text'),
            ('conversations', 'isClosedByModerator', 'bool'), ('conversations', 'isPlacedByModerator', 'bool'),
            ('conversations', 'event', 'object'), ('conversations', 'poll', 'object'),
            ('comments', 'onType', 'text'), ('comments', 'onId', '*id'), ('comments', 'inReplyTo', 'number'),
            ('comments', 'versions', '*version[]'),
            ('huddles', 'name', '*text'), ('huddles', 'participants', 'thing[]'), ('huddles', 'isConfidential', 'bool'),
            ('messages', 'name', 'text'), ('messages', 'to', 'thing[]'), ('messages', 'bcc', 'thing[]'), ('messages', 'inReplyTo', 'number'),
            ('messages', 'isConfidential', 'bool'), ('messages', 'isRemoved', 'bool'),
            ('messages', 'huddle', 'id'), ('messages', 'versions', '*version[]'),
            ('attachments', 'associations', 'association[]'), ('attachments', 'name', 'text'), ('attachments', 'mimetype', '*text'),
            ('follows', 'author', '*id'), ('follows', 'users', 'thing[]'), ('follows', 'forums', 'thing[]'), ('follows', 'conversations', 'thing[]'),
            ('follows', 'huddles', 'thing[]'), ('follows', 'huddlesIgnored', 'id[]'), ('follows', 'commentsIgnored', 'id[]'),
            ('follows', 'messagesIgnored', 'id[]'), ('follows', 'allReadAt', 'time'), ('follows', 'messagesReadAt', 'time'),
            ('follows', 'usersRead', 'thing[]'), ('follows', 'forumsRead', 'thing[]'), ('follows', 'conversationsRead', 'thing[]'),
            ('follows', 'huddlesRead', 'thing[]'),
            ('follows', 'usersIgnored', 'id[]'), ('follows', 'forumsIgnored', 'id[]'), ('follows', 'conversationsIgnored', 'id[]')
           ) AS r (kind, member, form)
     WHERE r.kind IN ('*', import_read.kind)
       AND CASE WHEN body ? r.member THEN NOT microcosm.import_fits(body -> r.member, ltrim(r.form, '*'))
                ELSE starts_with(r.form, '*') END
     ORDER BY r.member
     LIMIT 1;
    IF problem IS NULL THEN
        old_id := (body ->> 'id')::bigint;
        created := coalesce(microcosm.import_time(body ->> 'dateCreated'), 'epoch');
    END IF;
EXCEPTION WHEN OTHERS THEN
    problem := 'cannot be read: ' || SQLERRM;
END
$$;

COMMENT ON FUNCTION microcosm.import_read(text, text) IS
    'Reads a file of a kind, and says what is wrong with it.';

CREATE FUNCTION microcosm.import_attributes(given jsonb)
    RETURNS TABLE (key text, value_text text, value_number double precision, value_boolean boolean, value_date date)
    LANGUAGE sql STABLE PARALLEL SAFE
    AS $$
SELECT a.value ->> 'key', microcosm.escaped(left(a.value ->> 'text', 1000)), (a.value ->> 'number')::double precision
      ,(a.value ->> 'boolean')::boolean, (a.value ->> 'date')::date
  FROM jsonb_array_elements(CASE WHEN jsonb_typeof(given) = 'array' THEN given ELSE '[]' END) AS a (value)
 WHERE microcosm.import_fits(a.value, 'attribute')
$$;

COMMENT ON FUNCTION microcosm.import_attributes(jsonb) IS
    'The attributes that a file has, as they are stored.';

CREATE FUNCTION microcosm.import_people(message jsonb) RETURNS bigint[]
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN ARRAY(SELECT DISTINCT p.old_id
                   FROM (SELECT (message ->> 'author')::bigint AS old_id
                          WHERE NOT coalesce((message ->> 'isDeleted')::boolean, false)
                          UNION ALL
                         SELECT (x ->> 'id')::bigint
                           FROM jsonb_array_elements(coalesce(message -> 'to', '[]') || coalesce(message -> 'bcc', '[]')) AS x
                          WHERE NOT coalesce((x ->> 'isDeleted')::boolean, false)) p
                  WHERE p.old_id IS NOT NULL
                  ORDER BY p.old_id);

COMMENT ON FUNCTION microcosm.import_people(jsonb) IS
    'Who still has a message.';

-- The first message of those that answer each other, as long as the same people have them.
CREATE FUNCTION microcosm.import_first(target text, message jsonb) RETURNS bigint
    LANGUAGE plpgsql STABLE
    AS $$
DECLARE
    first jsonb := message;
    people bigint[] := microcosm.import_people(message);
    before jsonb;
BEGIN
    FOR i IN 1..1000 LOOP
        SELECT f.body INTO before
          FROM microcosm.import_files f
         WHERE f.target = import_first.target AND f.kind = 'messages'
           AND f.old_id = (first ->> 'inReplyTo')::bigint;
        EXIT WHEN NOT FOUND OR before = first OR microcosm.import_people(before) <> people;
        first := before;
    END LOOP;
    RETURN (first ->> 'id')::bigint;
END
$$;

COMMENT ON FUNCTION microcosm.import_first(text, jsonb) IS
    'The message that begins the huddle which a message goes to.';

CREATE FUNCTION microcosm.analyze_imports() RETURNS void
    LANGUAGE plpgsql
    AS $$
BEGIN
    ANALYZE microcosm.import_files, microcosm.imported_items, microcosm.profiles, microcosm.items, microcosm.comments, microcosm.huddles;
END
$$;

COMMENT ON FUNCTION microcosm.analyze_imports() IS
    'Takes statistics of the tables that imports fill, which autovacuum takes a minute later only.';
