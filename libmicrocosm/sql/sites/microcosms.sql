-- Microcosms: the tree, one with a page of what is in it, and changes.
--
-- Lists hold items whose kind is listed: conversations and events, not polls. The conditions on is_visible and
-- is_listed are those of the indexes items_microcosm and items_newest, word for word.

-- name: map
-- The whole tree of a site, hidden ones too, depth first and siblings by id.
-- $1 site_id
SELECT m.microcosm_id
      ,m.parent_id
      ,m.title
      ,m.logo_url
      ,m.owned_by
      ,m.created_by
      ,m.is_sticky
      ,m.is_open
      ,m.is_deleted
      ,m.is_moderated
  FROM microcosm.microcosms m
 WHERE m.site_id = $1
 ORDER BY m.path;

-- name: page
-- The microcosm itself, then those of its children that are on the page, with their place in the list:
-- sticky microcosms, sticky items, other microcosms, other items.
-- row: microcosm
-- $1 site_id, $2 microcosm_id, $3 its children, sticky ones first, $4 number of sticky ones, $5 offset, $6 limit,
-- $7 ignored items
WITH sticky AS MATERIALIZED (
    SELECT count(*) AS items
      FROM microcosm.items i
     WHERE i.site_id = $1 AND i.microcosm_id = $2 AND i.is_sticky AND i.is_visible AND i.is_listed
       AND i.item_id <> ALL ($7::bigint[])
), placed AS (
    SELECT c.id
          ,c.n
          ,row_number() OVER (ORDER BY c.n > $4, s.size_rank NULLS LAST, s.last_activity DESC, c.id DESC) - 1
           + CASE WHEN c.n > $4 THEN sticky.items ELSE 0 END AS place
      FROM unnest($3::bigint[]) WITH ORDINALITY AS c (id, n)
     CROSS JOIN LATERAL (SELECT * FROM microcosm.microcosm_stats s
                          WHERE s.site_id = $1 AND s.microcosm_id = c.id OFFSET 0) s -- a probe for each
     CROSS JOIN sticky
), wanted AS (
    SELECT $2::bigint AS id, NULL::bigint AS n, NULL::bigint AS place
     UNION ALL
    SELECT p.id, p.n, p.place
      FROM placed p
     WHERE p.place >= $5::bigint AND p.place < $5 + $6::bigint
)
SELECT m.microcosm_id AS "id"
      ,m.parent_id AS "parent_id"
      ,m.site_id AS "site_id"
      ,m.visibility AS "visibility"
      ,m.title AS "title"
      ,m.description AS "description"
      ,m.logo_url AS "logo_url"
      ,m.created AS "meta.created"
      ,a.profile_id AS "meta.created_by.id"
      ,a.site_id AS "meta.created_by.site_id"
      ,a.user_id AS "meta.created_by.user_id"
      ,a.profile_name AS "meta.created_by.profile_name"
      ,a.is_visible AS "meta.created_by.visible"
      ,a.avatar AS "meta.created_by.avatar"
      ,m.edited AS "meta.edited"
      ,e.profile_id AS "meta.edited_by.id"
      ,e.site_id AS "meta.edited_by.site_id"
      ,e.user_id AS "meta.edited_by.user_id"
      ,e.profile_name AS "meta.edited_by.profile_name"
      ,e.is_visible AS "meta.edited_by.visible"
      ,e.avatar AS "meta.edited_by.avatar"
      ,m.edit_reason AS "meta.edit_reason"
      ,m.is_sticky AS "meta.flags.sticky"
      ,m.is_open AS "meta.flags.open"
      ,m.is_deleted AS "meta.flags.deleted"
      ,m.is_moderated AS "meta.flags.moderated"
      ,m.is_visible AS "meta.flags.visible"
      ,m.item_types AS kinds
      ,w.n AS child
      ,w.place AS place
      ,CASE WHEN w.place IS NULL THEN
           (SELECT s.conversation_count + s.event_count
              FROM microcosm.microcosm_stats s
             WHERE s.site_id = $1 AND s.microcosm_id = $2)
         - (SELECT count(*)
              FROM microcosm.items i
             WHERE i.site_id = $1 AND i.item_id = ANY ($7::bigint[]) AND i.microcosm_id = $2
               AND i.is_visible AND i.is_listed)
       END AS own_items
  FROM wanted w
 CROSS JOIN LATERAL (SELECT * FROM microcosm.microcosms m
                      WHERE m.site_id = $1 AND m.microcosm_id = w.id OFFSET 0) m -- a probe for each
  LEFT JOIN microcosm.profiles a ON a.site_id = m.site_id AND a.profile_id = m.created_by
  LEFT JOIN microcosm.profiles e ON e.site_id = m.site_id AND e.profile_id = m.edited_by
 ORDER BY w.place NULLS FIRST;

-- name: items
-- The page's conversations and events in order, then the most recent one of each child that is on the page,
-- with the child's number. In the order of the index the items on a page are one run, since microcosms only
-- stand before them or between the sticky ones and the others.
-- row: event
-- $1 site_id, $2 to $7 as above, $8 profile_id of the actor, $9 the microcosm and all below it that may be listed, in
-- the order of the tree,
-- $10 and $11 where in these each child's own begin and end
WITH sticky AS MATERIALIZED (
    SELECT count(*) AS items
      FROM microcosm.items i
     WHERE i.site_id = $1 AND i.microcosm_id = $2 AND i.is_sticky AND i.is_visible AND i.is_listed
       AND i.item_id <> ALL ($7::bigint[])
), placed AS (
    SELECT c.n::int AS n
          ,row_number() OVER (ORDER BY c.n > $4, s.size_rank NULLS LAST, s.last_activity DESC, c.id DESC) - 1
           + CASE WHEN c.n > $4 THEN sticky.items ELSE 0 END AS place
      FROM unnest($3::bigint[]) WITH ORDINALITY AS c (id, n)
     CROSS JOIN LATERAL (SELECT * FROM microcosm.microcosm_stats s
                          WHERE s.site_id = $1 AND s.microcosm_id = c.id OFFSET 0) s -- a probe for each
     CROSS JOIN sticky
), run AS (
    SELECT least(greatest($5::bigint - $4::bigint, 0), sticky.items)
           + greatest($5 - sticky.items - cardinality($3), 0) AS first
          ,least(greatest($5 + $6::bigint - $4, 0), sticky.items)
           + greatest($5 + $6 - sticky.items - cardinality($3), 0) AS past
      FROM sticky
), own AS (
    -- An array, since the length of a page isn't known when the plan is made: of an array's, PostgreSQL expects
    -- few rows, and keeps to looking up each of them below, in one plan for all microcosms.
    SELECT unnest(ARRAY(
               SELECT i.item_id
                 FROM microcosm.items i
                WHERE i.site_id = $1 AND i.microcosm_id = $2 AND i.is_visible AND i.is_listed
                  AND i.item_id <> ALL ($7::bigint[])
                ORDER BY i.is_sticky DESC, i.last_activity DESC, i.item_id DESC
               OFFSET (SELECT run.first FROM run)
                LIMIT (SELECT run.past - run.first FROM run))) AS item_id
), newest AS (
    SELECT p.n, found.item_id
      FROM placed p
     CROSS JOIN LATERAL (
               SELECT i.item_id
                 FROM unnest(($9::bigint[])[($10::int[])[p.n] : ($11::int[])[p.n]]) AS d (id)
                CROSS JOIN LATERAL (
                          SELECT i.item_id, i.last_activity
                            FROM microcosm.items i
                           WHERE i.site_id = $1 AND i.microcosm_id = d.id AND i.is_visible AND i.is_listed
                             AND i.item_id <> ALL ($7::bigint[])
                           ORDER BY i.last_activity DESC
                           LIMIT 1) i
                ORDER BY i.last_activity DESC, i.item_id DESC
                LIMIT 1) found
     WHERE p.place >= $5 AND p.place < $5 + $6
), wanted AS (
    SELECT NULL::int AS child, own.item_id FROM own
     UNION ALL
    SELECT newest.n, newest.item_id FROM newest
)
SELECT r.*
      ,w.item_id AS listed_id
      ,CASE WHEN r.item_type = 9 THEN
           EXISTS (SELECT FROM microcosm.attendees t
                    WHERE t.site_id = $1 AND t.item_id = r.id AND t.profile_id = $8 AND t.rsvp = 'yes')
       END AS "meta.flags.attending"
      ,greatest((SELECT k.read_at FROM microcosm.read_marks k
                  WHERE k.site_id = $1 AND k.profile_id = $8 AND k.item_type = r.item_type AND k.item_id = r.id)
               ,(SELECT k.read_at FROM microcosm.read_marks k
                  WHERE k.site_id = $1 AND k.profile_id = $8 AND k.item_type = 2 AND k.item_id = r.microcosm_id)) AS read_at
      ,w.child
  FROM wanted w
 CROSS JOIN LATERAL (SELECT * FROM microcosm.item_records r WHERE r.site_id = $1 AND r.id = w.item_id LIMIT 1) r
 ORDER BY w.child NULLS FIRST, r.is_sticky DESC, r.last_activity DESC, r.id DESC;

-- name: items_anew
-- The page's conversations and events in order, of a microcosm that lists no other microcosms. Of those that the
-- caller has at hand only what is the actor's own.
-- row: event
-- $1 site_id, $2 microcosm_id, $3 offset, $4 limit, $5 items at hand, $6 profile_id of the actor; guests, 0,
-- have nothing of their own
SELECT r.*
      ,a.item_id AS listed_id
      ,CASE WHEN $6::bigint > 0 THEN
           EXISTS (SELECT FROM microcosm.attendees t
                    WHERE t.site_id = $1 AND t.item_id = a.item_id AND t.profile_id = $6 AND t.rsvp = 'yes')
       END AS "meta.flags.attending"
      ,CASE WHEN $6 > 0 THEN
           greatest((SELECT k.read_at FROM microcosm.read_marks k
                      WHERE k.site_id = $1 AND k.profile_id = $6 AND k.item_id = a.item_id
                        AND k.item_type = ANY (ARRAY(SELECT t.item_type FROM microcosm.item_types t WHERE t.is_listed)))
                   ,(SELECT k.read_at FROM microcosm.read_marks k
                      WHERE k.site_id = $1 AND k.profile_id = $6 AND k.item_type = 2 AND k.item_id = $2))
       END AS read_at
  FROM unnest(ARRAY(
           SELECT i.item_id
             FROM microcosm.items i
            WHERE i.site_id = $1 AND i.microcosm_id = $2 AND i.is_visible AND i.is_listed
            ORDER BY i.is_sticky DESC, i.last_activity DESC, i.item_id DESC
           OFFSET $3
            LIMIT $4)) WITH ORDINALITY AS a (item_id, n)
  LEFT JOIN LATERAL (SELECT *
                       FROM microcosm.item_records r
                      WHERE r.site_id = $1 AND r.id = a.item_id AND a.item_id <> ALL ($5::bigint[])
                      LIMIT 1) r ON true
 ORDER BY a.n;

-- name: stats
-- What the microcosms themselves hold.
-- $1 site_id, $2 microcosms
SELECT d.n
      ,s.conversation_count + s.event_count + s.poll_count AS items
      ,s.comment_count AS comments
  FROM unnest($2::bigint[]) WITH ORDINALITY AS d (id, n)
 CROSS JOIN LATERAL (SELECT * FROM microcosm.microcosm_stats s
                      WHERE s.site_id = $1 AND s.microcosm_id = d.id OFFSET 0) s -- a probe for each
 ORDER BY d.n;

-- name: own
-- What a member has of their own in a microcosm and its list. Kind 0: they watch it. 1: marks of some of its items,
-- and whether they go there. 2: for each run of microcosms a few items that are unread by the marks in the database;
-- marks on their way may still cover them. What comes after the hundred newest of a microcosm is not looked at: whoever
-- reads item by item has that many marks.
-- $1 site_id, $2 profile_id, $3 microcosm_id, $4 items, $5 microcosms, $6 and $7 where in these each run begins and
-- ends, $8 time up to which all is read, $9 ignored items
SELECT 0 AS kind
      ,0::bigint AS n
      ,2::smallint AS item_type
      ,w.item_id
      ,0::bigint AS microcosm_id
      ,NULL::timestamptz AS last_activity
      ,NULL::timestamptz AS read_at
      ,w.send_email AS yes
      ,w.send_sms AS sms
  FROM microcosm.watchers w
 WHERE w.site_id = $1 AND w.profile_id = $2 AND w.item_type = 2 AND w.item_id = $3
UNION ALL
SELECT 1
      ,a.n
      ,i.item_type
      ,i.item_id
      ,i.microcosm_id
      ,i.last_activity
      ,greatest((SELECT k.read_at FROM microcosm.read_marks k
                  WHERE k.site_id = $1 AND k.profile_id = $2 AND k.item_type = i.item_type AND k.item_id = i.item_id)
               ,(SELECT k.read_at FROM microcosm.read_marks k
                  WHERE k.site_id = $1 AND k.profile_id = $2 AND k.item_type = 2 AND k.item_id = i.microcosm_id))
      ,EXISTS (SELECT FROM microcosm.attendees t
                WHERE t.site_id = $1 AND t.item_id = i.item_id AND t.profile_id = $2 AND t.rsvp = 'yes')
      ,false
  FROM unnest($4::bigint[]) WITH ORDINALITY AS a (id, n)
  JOIN microcosm.items i ON i.site_id = $1 AND i.item_id = a.id
UNION ALL
SELECT 2
      ,t.n
      ,u.item_type
      ,u.item_id
      ,u.microcosm_id
      ,u.last_activity
      ,u.read_at
      ,false
      ,false
  FROM unnest($6::int[], $7::int[]) WITH ORDINALITY AS t (first, last, n)
 CROSS JOIN LATERAL (
           SELECT i.item_type, i.item_id, d.id AS microcosm_id, i.last_activity, i.read_at
             FROM unnest(($5::bigint[])[t.first : t.last]) AS d (id)
            CROSS JOIN LATERAL (
                      SELECT i.item_type
                            ,i.item_id
                            ,i.last_activity
                            ,(SELECT k.read_at FROM microcosm.read_marks k
                               WHERE k.site_id = $1 AND k.profile_id = $2
                                 AND k.item_type = i.item_type AND k.item_id = i.item_id) AS read_at
                        FROM microcosm.items i
                       WHERE i.site_id = $1 AND i.microcosm_id = d.id AND i.is_visible AND i.is_listed
                         AND i.item_id <> ALL ($9::bigint[])
                         AND i.last_activity > greatest($8::timestamptz
                                 ,(SELECT k.read_at FROM microcosm.read_marks k
                                    WHERE k.site_id = $1 AND k.profile_id = $2
                                      AND k.item_type = 2 AND k.item_id = d.id))
                       ORDER BY i.last_activity DESC
                       LIMIT 100) i
            WHERE i.read_at IS NULL OR i.read_at < i.last_activity
            LIMIT 10) u;

-- name: lock
-- Keeps the shape of the tree as it is until the transaction ends. A statement behind it in the same batch
-- sees all that others have done to the tree before.
-- $1 site_id
SELECT m.microcosm_id
  FROM microcosm.microcosms m
 WHERE m.site_id = $1
   AND m.parent_id IS NULL
   FOR NO KEY UPDATE;

-- name: create
-- After lock. No row if there is no such parent.
-- $1 site_id, $2 parent_id, $3 title, $4 description, $5 visibility, $6 item_types, $7 logo_url, $8 profile_id, $9 address
WITH place AS (
    SELECT nextval('microcosm.microcosms_microcosm_id_seq') AS id, p.path
      FROM microcosm.microcosms p
     WHERE p.site_id = $1 AND p.microcosm_id = $2
), made AS (
    INSERT INTO microcosm.microcosms (site_id, microcosm_id, parent_id, path, title, description, visibility,
                                      item_types, logo_url, owned_by, created_by)
    SELECT $1, place.id, $2, place.path || place.id, $3, $4, $5, $6::smallint[], $7, $8, $8
      FROM place
    RETURNING microcosm_id, created
), stats AS (
    INSERT INTO microcosm.microcosm_counters (site_id, microcosm_id, last_activity)
    SELECT $1, made.microcosm_id, made.created FROM made
), parent AS (
    INSERT INTO microcosm.microcosm_deltas (site_id, microcosm_id, last_activity)
    SELECT $1, $2, made.created FROM made
), change AS (
    INSERT INTO microcosm.changes (site_id, item_type, item_id, parent_type, parent_id, microcosm_id, action, profile_id)
    SELECT $1, 2, made.microcosm_id, 2, $2, made.microcosm_id, 'create', $8 FROM made
), audit AS (
    INSERT INTO microcosm.audit (site_id, item_type, item_id, profile_id, action, address)
    SELECT $1, 2, made.microcosm_id, $8, 'C', $9::inet FROM made WHERE $9 IS NOT NULL
)
SELECT microcosm_id FROM made;

-- name: edit
-- NULL stays. No row if it isn't there, or may not be put below $11: that is no microcosm of the site, or is
-- the moved one or below it, or the moved one is the root. With $11, after lock.
-- $1 site_id, $2 microcosm_id, $3 title, $4 description, $5 visibility, $6 item_types, $7 logo_url, $8 profile_id,
-- $9 edit_reason, $10 address, $11 new parent_id or NULL
WITH place AS (
    SELECT p.path
      FROM microcosm.microcosms p
     WHERE p.site_id = $1 AND p.microcosm_id = $11 AND $2 <> ALL (p.path)
), old AS (
    SELECT m.microcosm_id, cardinality(m.path) AS level
      FROM microcosm.microcosms m
     WHERE m.site_id = $1 AND m.microcosm_id = $2
       AND ($11::bigint IS NULL OR (m.parent_id IS NOT NULL AND EXISTS (SELECT FROM place)))
), below AS (
    UPDATE microcosm.microcosms m
       SET path = place.path || m.path[old.level :]
      FROM old
     CROSS JOIN place
     WHERE m.site_id = $1 AND $2 = ANY (m.path) AND m.microcosm_id <> $2
), changed AS (
    UPDATE microcosm.microcosms m
       SET title = coalesce($3, m.title)
          ,description = coalesce($4, m.description)
          ,visibility = coalesce($5, m.visibility)
          ,item_types = coalesce($6::smallint[], m.item_types)
          ,logo_url = coalesce($7, m.logo_url)
          ,parent_id = coalesce($11, m.parent_id)
          ,path = CASE WHEN $11 IS NULL THEN m.path ELSE place.path || m.microcosm_id END
          ,edited = clock_timestamp()
          ,edited_by = $8
          ,edit_reason = $9
      FROM old
      LEFT JOIN place ON true
     WHERE m.site_id = $1 AND m.microcosm_id = old.microcosm_id
    RETURNING m.microcosm_id, m.parent_id
), parent AS (
    INSERT INTO microcosm.microcosm_deltas (site_id, microcosm_id, last_activity)
    SELECT $1, c.parent_id, clock_timestamp() FROM changed c WHERE c.parent_id IS NOT NULL
), change AS (
    INSERT INTO microcosm.changes (site_id, item_type, item_id, parent_type, parent_id, microcosm_id, action, profile_id)
    SELECT $1, 2, c.microcosm_id, CASE WHEN c.parent_id IS NOT NULL THEN 2 END, c.parent_id, c.microcosm_id, 'replace', $8
      FROM changed c
), audit AS (
    INSERT INTO microcosm.audit (site_id, item_type, item_id, profile_id, action, address)
    SELECT $1, 2, c.microcosm_id, $8, 'R', $10::inet FROM changed c WHERE $10 IS NOT NULL
)
SELECT microcosm_id FROM changed;

-- name: set_flags
-- NULL stays. No row if it isn't there; to delete, also if it is deleted already.
-- $1 site_id, $2 microcosm_id, $3 sticky, $4 open, $5 deleted, $6 moderated, $7 profile_id, $8 edit_reason or NULL
-- (then nobody has edited), $9 action, $10 audit action, $11 address
WITH changed AS (
    UPDATE microcosm.microcosms m
       SET is_sticky = coalesce($3::boolean, m.is_sticky)
          ,is_open = coalesce($4::boolean, m.is_open)
          ,is_deleted = coalesce($5::boolean, m.is_deleted)
          ,is_moderated = coalesce($6::boolean, m.is_moderated)
          ,edited = CASE WHEN $8::text IS NULL THEN m.edited ELSE clock_timestamp() END
          ,edited_by = CASE WHEN $8::text IS NULL THEN m.edited_by ELSE $7 END
          ,edit_reason = coalesce($8, m.edit_reason)
     WHERE m.site_id = $1 AND m.microcosm_id = $2 AND ($9 <> 'delete' OR NOT m.is_deleted)
    RETURNING m.microcosm_id, m.parent_id
), parent AS (
    INSERT INTO microcosm.microcosm_deltas (site_id, microcosm_id, last_activity)
    SELECT $1, c.parent_id, clock_timestamp() FROM changed c WHERE c.parent_id IS NOT NULL
), change AS (
    INSERT INTO microcosm.changes (site_id, item_type, item_id, parent_type, parent_id, microcosm_id, action, profile_id)
    SELECT $1, 2, c.microcosm_id, CASE WHEN c.parent_id IS NOT NULL THEN 2 END, c.parent_id, c.microcosm_id, $9, $7
      FROM changed c
), audit AS (
    INSERT INTO microcosm.audit (site_id, item_type, item_id, profile_id, action, address)
    SELECT $1, 2, c.microcosm_id, $7, $10, $11::inet FROM changed c WHERE $11 IS NOT NULL
)
SELECT microcosm_id FROM changed;
