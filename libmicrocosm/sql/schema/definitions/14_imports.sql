-- Imports: what files may say, and what becomes of their texts. See tables/91_imports.sql and docs/moving.md.

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

-- Inline tags alone are HTML, too, unless there is something that means nothing there: BBCode, or what people write in Markdown
-- between such tags.
CREATE FUNCTION microcosm.is_inline_html(given text) RETURNS boolean
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN given ~* '<(a|b|em|font|i|img|s|span|strike|strong|u)(\s[^<>]*)?>' AND given ~* '</(a|b|em|font|i|s|span|strike|strong|u)>|<img\s'
       AND given !~ '\*\*|__|`|\]\(' AND given !~* '\[(/[a-z]+|\*|[a-z]+=[^]]*)\]';

COMMENT ON FUNCTION microcosm.is_inline_html(text) IS
    'Whether a text has tags of HTML that are neither Markdown''s nor around blocks.';

-- Markdown reads HTML up to the next empty line as it is: so HTML becomes one line. Where there are no blocks, line ends are
-- shown, as they are in Markdown.
CREATE FUNCTION microcosm.import_text(given text, is_foreign boolean) RETURNS text
    LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE
    AS $$
DECLARE
    part text[];
    line text := '';
BEGIN
    IF NOT is_foreign THEN
        RETURN given;
    ELSIF given !~* '<(p|div|br|blockquote|ul|ol|table|h[1-6]|pre|hr)(\s[^<>]*)?/?>' THEN
        RETURN CASE WHEN microcosm.is_inline_html(given)
                    THEN '<div>' || regexp_replace(btrim(given, E' \t\r\n'), '[ \t\r]*\n[ \t]*', '<br>', 'g') || '</div>'
                    ELSE given END;
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
    kind CONSTANT text := jsonb_typeof(value);
BEGIN
    RETURN CASE form
        WHEN 'number' THEN kind = 'number' AND value::text ~ '^[0-9]{1,18}$'
        WHEN 'id' THEN kind = 'number' AND value::text ~ '^[1-9][0-9]{0,17}$'
        WHEN 'small' THEN kind = 'number' AND value::text ~ '^[0-9]{1,9}$'
        WHEN 'real' THEN kind = 'number' AND abs((value #>> '{}')::numeric) < 1e300
        WHEN 'text' THEN kind = 'string'
        WHEN 'bool' THEN kind = 'boolean'
        WHEN 'time' THEN kind = 'string' AND microcosm.import_time(value #>> '{}') IS NOT NULL
        WHEN 'local' THEN
            kind = 'string' AND (value #>> '{}') ~ '^[0-9-]{10}[T ][0-9:]{8}(\.[0-9]+)?$'
            AND microcosm.import_time((value #>> '{}') || 'Z') BETWEEN '0001-01-03' AND '9999-12-29'
        WHEN 'date' THEN kind = 'string' AND microcosm.import_time((value #>> '{}') || 'T00:00:00Z') IS NOT NULL
        WHEN 'key' THEN kind = 'string' AND (value #>> '{}') ~ '^[0-9a-zA-Z_-]{1,50}$'
        WHEN 'body' THEN kind = 'string' AND octet_length(value #>> '{}') <= 1048576
        WHEN 'predicate' THEN kind = 'string' AND value #>> '{}' IN ('eq', 'ne', 'neq', 'lt', 'le', 'ge', 'gt', 'substr', 'nsubstr')
        WHEN 'scalar' THEN kind IN ('string', 'number', 'boolean') AND char_length(value #>> '{}') <= 250
        WHEN 'visibility' THEN kind = 'string' AND value #>> '{}' IN ('public', 'protected', 'private')
        ELSE false END;
END
$$;

COMMENT ON FUNCTION microcosm.import_fits(jsonb, text) IS
    'Whether a plain value has the form that it must have.';

-- What files and the objects in them may have: forms are those of import_fits(), or objects in here. A list ends with [], a
-- member that must be there begins with a star; * has what all files have. Other members mean nothing.
CREATE FUNCTION microcosm.import_shapes() RETURNS jsonb
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN $shapes${
    "*": {"id": "*id", "author": "number", "dateCreated": "time", "ipAddress": "text", "isOpen": "bool", "isSticky": "bool",
          "isModerated": "bool", "isDeleted": "bool", "attributes": "attribute[]", "isBanned": "bool", "isModerator": "bool",
          "displayOrder": "number", "text": "text"},
    "profiles": {"name": "*text", "email": "*text", "lastActive": "time", "receiveEmailFromAdmins": "bool",
                 "receiveEmailNotifications": "bool", "avatar": "avatar", "avatarUrl": "text", "isHidden": "bool",
                 "gender": "text", "digest": "text", "ban": "ban", "preferences": "preference[]"},
    "avatar": {"name": "text"},
    "ban": {"dateCreated": "time", "expires": "time", "reason": "text", "adminReason": "text", "author": "number", "email": "text"},
    "preference": {"type": "*id", "email": "bool"},
    "roles": {"name": "text", "forumPermissions": "rights", "includeRegisteredUsers": "bool", "includeGuests": "bool",
              "users": "thing[]", "criteria": "criterion[]", "default": "bool", "forumId": "id"},
    "rights": {"canView": "bool", "canPostNew": "bool", "canEditOthers": "bool", "canDeleteOthers": "bool", "canCloseOwn": "bool",
               "canOpenOwn": "bool", "canReadOthers": "bool"},
    "group": {"id": "*id", "forumPermissions": "rights", "canView": "bool", "canPostNew": "bool", "canEditOthers": "bool",
              "canDeleteOthers": "bool", "canCloseOwn": "bool", "canOpenOwn": "bool", "canReadOthers": "bool"},
    "criterion": {"orGroup": "*small", "key": "*key", "predicate": "*predicate", "value": "*scalar"},
    "thing": {"id": "*number", "notify": "bool", "isDeleted": "bool", "at": "time", "dateJoined": "time"},
    "attribute": {"key": "*key", "text": "text", "number": "real", "boolean": "bool", "date": "date"},
    "forums": {"name": "*text", "usergroups": "group[]", "moderators": "thing[]", "parentId": "id", "dateModified": "time",
               "editor": "number", "editReason": "text", "logoUrl": "text", "isPlacedByModerator": "bool", "visibility": "visibility",
               "itemTypes": "id[]"},
    "conversations": {"name": "*text", "forumId": "number", "viewCount": "number", "dateModified": "time", "editor": "number",
                      "editReason": "text", "isClosedByModerator": "bool", "isPlacedByModerator": "bool", "event": "event",
                      "poll": "poll"},
    "event": {"when": "local", "tz": "text", "duration": "number", "where": "text", "lat": "real", "lon": "real", "north": "real",
              "east": "real", "south": "real", "west": "real", "status": "text", "rsvpLimit": "small", "attendees": "attendee[]"},
    "attendee": {"id": "*number", "rsvp": "*text", "rsvpdOn": "time", "waitingSince": "time", "dateCreated": "time"},
    "poll": {"question": "text", "multi": "bool", "pollOpen": "bool", "pollCloses": "time", "isClosedByModerator": "bool",
             "hideResults": "bool", "choices": "choice[]"},
    "choice": {"choice": "*text", "votes": "number[]"},
    "comments": {"onType": "text", "onId": "*id", "inReplyTo": "number", "versions": "*version[]"},
    "version": {"text": "*body", "headline": "text", "editor": "number", "dateModified": "time"},
    "huddles": {"name": "*text", "participants": "thing[]", "isConfidential": "bool"},
    "messages": {"name": "text", "to": "thing[]", "bcc": "thing[]", "inReplyTo": "number", "isConfidential": "bool",
                 "isRemoved": "bool", "huddle": "id", "versions": "*version[]"},
    "attachments": {"associations": "association[]", "name": "text", "mimetype": "*text"},
    "association": {"onType": "*text", "onId": "*id", "name": "text", "author": "number", "dateCreated": "time"},
    "follows": {"author": "*id", "users": "thing[]", "forums": "thing[]", "conversations": "thing[]", "huddles": "thing[]",
                "usersIgnored": "id[]", "forumsIgnored": "id[]", "conversationsIgnored": "id[]", "huddlesIgnored": "id[]",
                "commentsIgnored": "id[]", "messagesIgnored": "id[]", "allReadAt": "time", "messagesReadAt": "time",
                "usersRead": "thing[]", "forumsRead": "thing[]", "conversationsRead": "thing[]", "huddlesRead": "thing[]"},
    "site": {"product": "text", "formerProduct": "text", "title": "text", "description": "text", "owner": "number",
             "dateCreated": "time", "onlyAdminsCreateMicrocosms": "bool", "defaultSendEmail": "bool", "markdownMax": "number",
             "attributes": "attribute[]", "bans": "ban[]", "menu": "link[]", "root": "root"},
    "link": {"href": "*text", "title": "text", "text": "text"},
    "root": {"name": "text", "text": "text", "dateCreated": "time", "dateModified": "time", "editor": "number", "editReason": "text", "itemTypes": "id[]", "isOpen": "bool", "visibility": "visibility",
             "attributes": "attribute[]"}
}$shapes$::jsonb;

COMMENT ON FUNCTION microcosm.import_shapes() IS
    'What the objects in files of imports may have, and in which form.';

-- Whatever is an object or a list calls this again for what is in it.
CREATE FUNCTION microcosm.import_fault(given jsonb, form text) RETURNS text
    LANGUAGE plpgsql STABLE PARALLEL SAFE
    AS $$
DECLARE
    wrong CONSTANT text := ' is not as it must be';
    shapes CONSTANT jsonb := microcosm.import_shapes();
    shape CONSTANT jsonb := CASE WHEN form IN ('profiles', 'roles', 'forums', 'conversations', 'comments', 'huddles', 'messages',
                                               'attachments', 'follows')
                                 THEN (shapes -> '*') || (shapes -> form) ELSE shapes -> form END;
    one record;
    fault text;
BEGIN
    IF form LIKE '%[]' THEN
        IF jsonb_typeof(given) <> 'array' OR (form = 'version[]' AND jsonb_array_length(given) = 0) THEN
            RETURN wrong;
        END IF;
        FOR one IN SELECT x.value, x.n FROM jsonb_array_elements(given) WITH ORDINALITY AS x (value, n) LOOP
            fault := microcosm.import_fault(one.value, left(form, -2));
            IF fault IS NOT NULL THEN
                RETURN '[' || one.n - 1 || ']' || fault;
            END IF;
        END LOOP;
        RETURN NULL;
    ELSIF shape IS NULL THEN
        RETURN CASE WHEN microcosm.import_fits(given, form) THEN NULL ELSE wrong END;
    ELSIF jsonb_typeof(given) <> 'object'
          OR (form = 'attribute' AND num_nonnulls(given -> 'text', given -> 'number', given -> 'boolean', given -> 'date') <> 1) THEN
        RETURN wrong;
    END IF;
    FOR one IN SELECT s.key AS member, s.value AS form FROM jsonb_each_text(shape) AS s
                WHERE given ? s.key OR starts_with(s.value, '*') LOOP
        fault := CASE WHEN given ? one.member THEN microcosm.import_fault(given -> one.member, ltrim(one.form, '*'))
                      ELSE ' is missing' END;
        IF fault IS NOT NULL THEN
            RETURN '.' || one.member || fault;
        END IF;
    END LOOP;
    RETURN NULL;
END
$$;

COMMENT ON FUNCTION microcosm.import_fault(jsonb, text) IS
    'Which member of a file is wrong; NULL if none is.';

CREATE FUNCTION microcosm.import_read(kind text, given text, OUT body jsonb, OUT old_id bigint, OUT created timestamptz,
                                      OUT problem text)
    LANGUAGE plpgsql STABLE
    AS $$
DECLARE
    detail text;
    place text;
BEGIN
    BEGIN
        body := jsonb_strip_nulls(given::jsonb);
    EXCEPTION WHEN OTHERS THEN
        GET STACKED DIAGNOSTICS detail = PG_EXCEPTION_DETAIL, place = PG_EXCEPTION_CONTEXT;
        problem := 'is no JSON' || coalesce(' (line ' || substring(place FROM 'JSON data, line ([0-9]+)') || ')', '') || ': '
                   || SQLERRM || coalesce('. ' || left(nullif(detail, ''), 100), '');
        RETURN;
    END;
    IF jsonb_typeof(body) <> 'object' THEN
        problem := 'is no JSON object';
        RETURN;
    END IF;
    IF kind = 'follows' AND body ? 'author' THEN
        body := body || jsonb_build_object('id', body -> 'author');
    END IF;
    problem := ltrim(microcosm.import_fault(body, kind), '.');
    IF problem IS NULL AND kind <> 'site' THEN
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
 WHERE microcosm.import_fault(a.value, 'attribute') IS NULL
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

-- The first message of those that answer each other, as long as the same people have them. None answers a later one, so there are
-- no circles.
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
           AND f.old_id = (first ->> 'inReplyTo')::bigint
           AND (f.created, f.old_id)
               < (coalesce(microcosm.import_time(first ->> 'dateCreated'), 'epoch'), (first ->> 'id')::bigint);
        EXIT WHEN NOT FOUND OR microcosm.import_people(before) <> people;
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
