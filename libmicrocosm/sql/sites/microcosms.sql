-- Microcosms: the tree, one microcosm with a page of its content, and changes.
--
-- Lists contain items whose kind is listed: conversations and events, and polls for who asks for them. The conditions
-- on is_visible and is_listed must equal those of the indexes items_microcosm and items_newest; polls come from items_collection.

-- How many sticky items the list has.
-- fragment: sticky_items()
SELECT (SELECT count(*)
          FROM microcosm.items i
         WHERE i.site_id = :site_id AND i.microcosm_id = :microcosm_id AND i.is_sticky AND i.is_visible AND i.is_listed
           AND i.item_id <> ALL (:ignored_items::bigint[]))
       + CASE WHEN :polls THEN
             (SELECT count(*)
                FROM microcosm.items i
               WHERE i.site_id = :site_id AND i.microcosm_id = :microcosm_id AND i.is_sticky AND i.is_visible
                 AND i.item_type = 7 AND i.item_id <> ALL (:ignored_items::bigint[]))
         ELSE 0 END AS items

-- The first items of one kind of run, in the list's order.
-- fragment: run_of_items(kinds, ignored, past)
(SELECT i.is_sticky, i.last_activity, i.item_id
   FROM microcosm.items i
  WHERE i.site_id = :site_id AND i.microcosm_id = :microcosm_id AND i.is_visible AND {kinds}
    AND {ignored}
  ORDER BY i.is_sticky DESC, i.last_activity DESC, i.item_id DESC
  LIMIT {past})

-- An array of the list's items from one place to another; ignored: a condition on the ids of i. Behind row-level security
-- PostgreSQL doesn't merge two indexes, so of each as much is read as the page may need.
-- fragment: listed_items(ignored, first, past)
CASE WHEN :polls THEN
    ARRAY(SELECT i.item_id
            FROM (@run_of_items(i.is_listed, {ignored}, {past})
                   UNION ALL
                  @run_of_items(i.item_type = 7, {ignored}, {past})) i
           ORDER BY i.is_sticky DESC, i.last_activity DESC, i.item_id DESC
          OFFSET {first}
           LIMIT {past} - {first})
ELSE
    ARRAY(SELECT i.item_id
            FROM microcosm.items i
           WHERE i.site_id = :site_id AND i.microcosm_id = :microcosm_id AND i.is_visible AND i.is_listed
             AND {ignored}
           ORDER BY i.is_sticky DESC, i.last_activity DESC, i.item_id DESC
          OFFSET {first}
           LIMIT {past} - {first})
END

-- name: tree
-- unsettled: no counters
-- The whole tree of a site, with hidden microcosms, depth first and siblings by id.
-- bind: site_id int
-- row: microcosm_id int, parent_id int, title text, logo_url text, owned_by int, created_by int
-- row: is_sticky bool, is_open bool, is_deleted bool, is_moderated bool
-- row: placed_by_moderator bool
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
      ,m.placed_by_moderator
  FROM microcosm.microcosms m
 WHERE m.site_id = :site_id
 ORDER BY m.path;

-- In a list that has this order descriptions come up to 4 MiB of them, as much text as a page of comments has. After that
-- they are empty.
-- fragment: listed_description(description, order)
CASE WHEN sum(octet_length({description})) OVER (ORDER BY {order} ROWS UNBOUNDED PRECEDING) <= 4194304
           THEN {description} ELSE '' END

-- The columns of a microcosm as a record: m, with its author a and its editor e.
-- fragment: microcosm_columns(description)
m.microcosm_id AS "id"
      ,m.parent_id AS "parent_id"
      ,m.site_id AS "site_id"
      ,m.visibility AS "visibility"
      ,m.title AS "title"
      ,{description} AS "description"
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

-- name: page
-- The microcosm itself, then its children on the page with their positions in the list: sticky microcosms,
-- sticky items, other microcosms, other items.
-- children: its children, sticky ones first; sticky_count: how many of them are sticky.
-- bind: site_id int, microcosm_id int, children ints, sticky_count int, offset int, limit int
-- bind: polls bool, ignored_items ints
-- row: microcosm
WITH sticky AS MATERIALIZED (
    @sticky_items()
), placed AS (
    SELECT c.id
          ,c.n
          ,row_number() OVER (ORDER BY c.n > :sticky_count, s.size_rank NULLS LAST, s.last_activity DESC, c.id DESC) - 1
           + CASE WHEN c.n > :sticky_count THEN sticky.items ELSE 0 END AS position
      FROM unnest(:children::bigint[]) WITH ORDINALITY AS c (id, n)
     CROSS JOIN LATERAL (SELECT * FROM microcosm.microcosm_stats s
                          WHERE s.site_id = :site_id AND s.microcosm_id = c.id OFFSET 0) s -- a probe for each
     CROSS JOIN sticky
), wanted AS (
    SELECT :microcosm_id::bigint AS id, NULL::bigint AS n, NULL::bigint AS position
     UNION ALL
    SELECT p.id, p.n, p.position
      FROM placed p
     WHERE p.position >= :offset::bigint AND p.position < :offset + :limit::bigint
)
SELECT @microcosm_columns(CASE WHEN w.n IS NULL THEN m.description ELSE @listed_description(m.description, w.position NULLS FIRST) END)
      ,w.n AS child
      ,w.position AS position
      ,CASE WHEN w.position IS NULL THEN
           (SELECT s.conversation_count + s.event_count + CASE WHEN :polls THEN s.poll_count ELSE 0 END
              FROM microcosm.microcosm_stats s
             WHERE s.site_id = :site_id AND s.microcosm_id = :microcosm_id)
         - (SELECT count(*)
              FROM microcosm.items i
             WHERE i.site_id = :site_id AND i.item_id = ANY (:ignored_items::bigint[]) AND i.microcosm_id = :microcosm_id
               AND i.is_visible AND (:polls OR i.is_listed))
       END AS own_items
  FROM wanted w
 CROSS JOIN LATERAL (SELECT * FROM microcosm.microcosms m
                      WHERE m.site_id = :site_id AND m.microcosm_id = w.id OFFSET 0) m -- a probe for each
  LEFT JOIN microcosm.profiles a ON a.site_id = m.site_id AND a.profile_id = m.created_by
  LEFT JOIN microcosm.profiles e ON e.site_id = m.site_id AND e.profile_id = m.edited_by
 ORDER BY w.position NULLS FIRST;

-- name: items
-- The page's items in order, then the most recent one of each child on the page, with the
-- child's number. The items on a page are one run of the index, since microcosms come only before the items, or
-- between the sticky ones and the others.
-- below: the listed microcosms from this one down, in the order of the tree; first_below, last_below: the bounds of
-- each child's subtree in that array, from 1.
-- bind: site_id int, microcosm_id int, children ints, sticky_count int, offset int, limit int
-- bind: polls bool, ignored_items ints, actor_id int, below ints, first_below ints, last_below ints
-- row: event
WITH sticky AS MATERIALIZED (
    @sticky_items()
), placed AS (
    SELECT c.n::int AS n
          ,row_number() OVER (ORDER BY c.n > :sticky_count, s.size_rank NULLS LAST, s.last_activity DESC, c.id DESC) - 1
           + CASE WHEN c.n > :sticky_count THEN sticky.items ELSE 0 END AS position
      FROM unnest(:children::bigint[]) WITH ORDINALITY AS c (id, n)
     CROSS JOIN LATERAL (SELECT * FROM microcosm.microcosm_stats s
                          WHERE s.site_id = :site_id AND s.microcosm_id = c.id OFFSET 0) s -- a probe for each
     CROSS JOIN sticky
), run AS (
    SELECT least(greatest(:offset::bigint - :sticky_count::bigint, 0), sticky.items)
           + greatest(:offset - sticky.items - cardinality(:children), 0) AS first
          ,least(greatest(:offset + :limit::bigint - :sticky_count, 0), sticky.items)
           + greatest(:offset + :limit - sticky.items - cardinality(:children), 0) AS past
      FROM sticky
), own AS (
    -- An array, because the planner doesn't know the length of a page: for an array it expects few rows, and so
    -- plans a lookup of each row below.
    SELECT unnest(@listed_items(i.item_id <> ALL (:ignored_items::bigint[]), (SELECT run.first FROM run),
                                (SELECT run.past FROM run))) AS item_id
), newest AS (
    SELECT p.n, found.item_id
      FROM placed p
     CROSS JOIN LATERAL (
               SELECT i.item_id
                 FROM unnest((:below::bigint[])[(:first_below::int[])[p.n] : (:last_below::int[])[p.n]]) AS d (id)
                CROSS JOIN LATERAL (
                          SELECT i.item_id, i.last_activity
                            FROM microcosm.items i
                           WHERE i.site_id = :site_id AND i.microcosm_id = d.id AND i.is_visible AND i.is_listed
                             AND i.item_id <> ALL (:ignored_items::bigint[])
                           ORDER BY i.last_activity DESC
                           LIMIT 1) i
                ORDER BY i.last_activity DESC, i.item_id DESC
                LIMIT 1) found
     WHERE p.position >= :offset AND p.position < :offset + :limit
), wanted AS (
    SELECT NULL::int AS child, own.item_id FROM own
     UNION ALL
    SELECT newest.n, newest.item_id FROM newest
)
SELECT r.*
      ,w.item_id AS listed_id
      ,@attending(r) AS "meta.flags.attending"
      ,greatest((SELECT k.read_at FROM microcosm.read_marks k
                  WHERE k.site_id = :site_id AND k.profile_id = :actor_id AND k.item_type = r.item_type AND k.item_id = r.id)
               ,(SELECT k.read_at FROM microcosm.read_marks k
                  WHERE k.site_id = :site_id AND k.profile_id = :actor_id AND k.item_type = 2 AND k.item_id = r.microcosm_id)) AS read_at
      ,w.child
  FROM wanted w
 CROSS JOIN LATERAL (SELECT * FROM microcosm.item_records r WHERE r.site_id = :site_id AND r.id = w.item_id LIMIT 1) r
 ORDER BY w.child NULLS FIRST, r.is_sticky DESC, r.last_activity DESC, r.id DESC;

-- name: items_refresh
-- The page's items in order, of a microcosm that lists no other microcosms. For items that the
-- caller has cached, only the actor's own data.
-- cached: ids of these items; actor_id: 0 for guests.
-- bind: site_id int, microcosm_id int, offset int, limit int, cached ints, actor_id int, polls bool
-- row: event
SELECT r.*
      ,a.item_id AS listed_id
      ,CASE WHEN :actor_id::bigint > 0 THEN
           EXISTS (SELECT FROM microcosm.attendees t
                    WHERE t.site_id = :site_id AND t.item_id = a.item_id AND t.profile_id = :actor_id AND t.rsvp = 'yes')
       END AS "meta.flags.attending"
      ,CASE WHEN :actor_id > 0 THEN
           greatest((SELECT k.read_at FROM microcosm.read_marks k
                      WHERE k.site_id = :site_id AND k.profile_id = :actor_id AND k.item_id = a.item_id
                        AND k.item_type = ANY (ARRAY(SELECT t.item_type FROM microcosm.item_types t WHERE t.lives_in_microcosm)))
                   ,(SELECT k.read_at FROM microcosm.read_marks k
                      WHERE k.site_id = :site_id AND k.profile_id = :actor_id AND k.item_type = 2 AND k.item_id = :microcosm_id))
       END AS read_at
  FROM unnest(@listed_items(true, :offset::bigint, (:offset + :limit::bigint))) WITH ORDINALITY AS a (item_id, n)
  LEFT JOIN LATERAL (SELECT *
                       FROM microcosm.item_records r
                      WHERE r.site_id = :site_id AND r.id = a.item_id AND a.item_id <> ALL (:cached::bigint[])
                      LIMIT 1) r ON true
 ORDER BY a.n;

-- name: stats
-- The counters of microcosms, without those below them.
-- bind: site_id int, microcosms ints
-- row: n int, items int, comments int
SELECT d.n
      ,s.conversation_count + s.event_count + s.poll_count AS items
      ,s.comment_count AS comments
  FROM unnest(:microcosms::bigint[]) WITH ORDINALITY AS d (id, n)
 CROSS JOIN LATERAL (SELECT * FROM microcosm.microcosm_stats s
                      WHERE s.site_id = :site_id AND s.microcosm_id = d.id OFFSET 0) s -- a probe for each
 ORDER BY d.n;

-- name: own
-- A member's own data on a microcosm and its list. Kind 0: it watches the microcosm. 1: read mark and attendance of
-- some items. 2: for each run of microcosms a few items that are unread according to the marks in the database; the
-- caller checks marks that come later. Looks at as many items as the member has read one by one since it marked the
-- microcosm. buffered, buffered_at: items with marks that aren't written yet, and these, in microseconds since 1970.
-- first_below, last_below: the bounds of each run in microcosms, from 1.
-- bind: site_id int, actor_id int, microcosm_id int, items ints, microcosms ints, first_below ints,
-- bind: last_below ints, all_read_at time, ignored_items ints, buffered ints, buffered_at ints
-- row: kind int, n int, item_type int, item_id int, microcosm_id int, last_activity time, read_at time
-- row: yes bool, sms bool
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
 WHERE w.site_id = :site_id AND w.profile_id = :actor_id AND w.item_type = 2 AND w.item_id = :microcosm_id
UNION ALL
SELECT 1
      ,a.n
      ,i.item_type
      ,i.item_id
      ,i.microcosm_id
      ,i.last_activity
      ,greatest((SELECT k.read_at FROM microcosm.read_marks k
                  WHERE k.site_id = :site_id AND k.profile_id = :actor_id AND k.item_type = i.item_type AND k.item_id = i.item_id)
               ,(SELECT k.read_at FROM microcosm.read_marks k
                  WHERE k.site_id = :site_id AND k.profile_id = :actor_id AND k.item_type = 2 AND k.item_id = i.microcosm_id))
      ,EXISTS (SELECT FROM microcosm.attendees t
                WHERE t.site_id = :site_id AND t.item_id = i.item_id AND t.profile_id = :actor_id AND t.rsvp = 'yes')
      ,false
  FROM unnest(:items::bigint[]) WITH ORDINALITY AS a (id, n)
  JOIN microcosm.items i ON i.site_id = :site_id AND i.item_id = a.id
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
  FROM unnest(:first_below::int[], :last_below::int[]) WITH ORDINALITY AS t (first, last, n)
 CROSS JOIN LATERAL (
           SELECT i.item_type, i.item_id, d.id AS microcosm_id, i.last_activity, i.read_at
             FROM unnest((:microcosms::bigint[])[t.first : t.last]) AS d (id)
            CROSS JOIN LATERAL (
                      SELECT i.item_type
                            ,i.item_id
                            ,i.last_activity
                            ,greatest((SELECT k.read_at FROM microcosm.read_marks k
                                        WHERE k.site_id = :site_id AND k.profile_id = :actor_id
                                          AND k.item_type = i.item_type AND k.item_id = i.item_id)
                                     ,(SELECT to_timestamp(max(b.us) / 1000000.0)
                                         FROM unnest(:buffered::bigint[], :buffered_at::bigint[]) AS b (id, us)
                                        WHERE b.id = i.item_id)) AS read_at
                        FROM microcosm.items i
                       WHERE i.site_id = :site_id AND i.microcosm_id = d.id AND i.is_visible AND i.is_listed
                         AND i.item_id <> ALL (:ignored_items::bigint[])
                         AND i.last_activity > greatest(:all_read_at::timestamptz
                                 ,(SELECT k.read_at FROM microcosm.read_marks k
                                    WHERE k.site_id = :site_id AND k.profile_id = :actor_id
                                      AND k.item_type = 2 AND k.item_id = d.id))
                       ORDER BY i.last_activity DESC
                      OFFSET 0) i -- OFFSET 0: newest first, and no further than to the tenth unread one
            WHERE i.read_at IS NULL OR i.read_at < i.last_activity
            LIMIT 10) u;

-- name: lock
-- Locks the tree of a site until the transaction ends. The following statement of the same batch sees all earlier
-- changes of the tree.
-- bind: site_id int
SELECT
  FROM microcosm.microcosms m
 WHERE m.site_id = :site_id
   AND m.parent_id IS NULL
   FOR NO KEY UPDATE;

-- name: create
-- Must follow lock. No row if there is no such parent, or it is on the deepest level of 32.
-- bind: site_id int, parent_id int, title text, description text, visibility text, item_types ints
-- bind: logo_url text, actor_id int, address text, by_moderator bool
-- row: change change
WITH place AS (
    SELECT nextval('microcosm.microcosms_microcosm_id_seq') AS id, p.path
      FROM microcosm.microcosms p
     WHERE p.site_id = :site_id AND p.microcosm_id = :parent_id AND cardinality(p.path) < 32
       AND @still_writable_in(p.microcosm_id, bool_and(a.is_visible), true, :by_moderator)
), made AS (
    INSERT INTO microcosm.microcosms (site_id, microcosm_id, parent_id, path, title, description, visibility,
                                      item_types, logo_url, owned_by, created_by)
    SELECT :site_id, place.id, :parent_id, place.path || place.id, :title, :description, :visibility, :item_types::smallint[], :logo_url, :actor_id, :actor_id
      FROM place
    RETURNING microcosm_id, created
), stats AS (
    INSERT INTO microcosm.microcosm_counters (site_id, microcosm_id, last_activity)
    SELECT :site_id, made.microcosm_id, made.created FROM made
), parent AS (
    INSERT INTO microcosm.microcosm_deltas (site_id, microcosm_id, last_activity)
    SELECT :site_id, :parent_id, made.created FROM made
), @change(:site_id, 2, made.microcosm_id, 2, :parent_id, made.microcosm_id, 'create', :actor_id, NULL, made)
, @audit('C', change)
SELECT c.change FROM change c;

-- name: edit
-- NULL doesn't change. No row if the microcosm doesn't exist or can't be moved to the parent: that isn't a microcosm
-- of the site, or is the moved one or below it, or there would be more than 32 levels, or the moved one is the root.
-- Must follow lock and permissions.check_microcosm. creates_as_moderator: of the parent to which it goes.
-- parent_id: the new parent, or NULL. Where a moderator has put a microcosm, only moderators move it.
-- bind: site_id int, microcosm_id int, title text, description text, visibility text, item_types maybe_ints
-- bind: logo_url text, actor_id int, edit_reason text, address text, parent_id id
-- bind: by_moderator bool, creates_as_moderator bool
-- row: change change
WITH place AS (
    SELECT p.path
      FROM microcosm.microcosms p
     WHERE p.site_id = :site_id AND p.microcosm_id = :parent_id AND :microcosm_id <> ALL (p.path)
       AND @still_writable_in(p.microcosm_id, bool_and(a.is_visible), true, :creates_as_moderator)
       AND cardinality(p.path) < 33 - (SELECT max(cardinality(b.path) - array_position(b.path, :microcosm_id::bigint) + 1)
                                         FROM microcosm.microcosms b
                                        WHERE b.site_id = :site_id AND :microcosm_id = ANY (b.path))
), old AS (
    SELECT m.microcosm_id, m.path, cardinality(m.path) AS level
      FROM microcosm.microcosms m
     WHERE m.site_id = :site_id AND m.microcosm_id = :microcosm_id
       AND (:parent_id::bigint IS NULL OR (m.parent_id IS NOT NULL AND EXISTS (SELECT FROM place)))
       AND @as_judged(:by_moderator::boolean OR NOT m.placed_by_moderator OR :parent_id IS NULL)
), below AS (
    UPDATE microcosm.microcosms m
       SET path = place.path || m.path[old.level :]
      FROM old
     CROSS JOIN place
     WHERE m.site_id = :site_id AND :microcosm_id = ANY (m.path) AND m.microcosm_id <> :microcosm_id
), changed AS (
    UPDATE microcosm.microcosms m
       SET title = coalesce(:title, m.title)
          ,description = coalesce(:description, m.description)
          ,visibility = coalesce(:visibility, m.visibility)
          ,item_types = coalesce(:item_types::smallint[], m.item_types)
          ,logo_url = coalesce(:logo_url, m.logo_url)
          ,parent_id = coalesce(:parent_id, m.parent_id)
          ,placed_by_moderator = m.placed_by_moderator OR (:by_moderator AND m.created_by <> :actor_id AND :parent_id IS NOT NULL)
          ,path = CASE WHEN :parent_id IS NULL THEN m.path ELSE place.path || m.microcosm_id END
          ,edited = clock_timestamp()
          ,edited_by = :actor_id
          ,edit_reason = :edit_reason
      FROM old
      LEFT JOIN place ON true
     WHERE m.site_id = :site_id AND m.microcosm_id = old.microcosm_id
    RETURNING m.microcosm_id, m.parent_id
), parent AS (
    INSERT INTO microcosm.microcosm_deltas (site_id, microcosm_id, last_activity)
    SELECT :site_id, c.parent_id, clock_timestamp() FROM changed c WHERE c.parent_id IS NOT NULL
), @change(:site_id, 2, c.microcosm_id, CASE WHEN c.parent_id IS NOT NULL THEN 2 END, c.parent_id, c.microcosm_id,
          'replace', :actor_id, NULL, changed c)
, @audit('R', change)
SELECT c.change FROM change c;

-- name: set_flags
-- A NULL flag doesn't change. No row if the microcosm doesn't exist, or is to be deleted and is deleted already. Must
-- follow lock and permissions.check_microcosm.
-- edit_reason: NULL unless the change counts as an edit.
-- bind: site_id int, microcosm_id int, sticky choice, open choice, deleted choice, moderated choice
-- bind: actor_id int, edit_reason text, action text, audit_action text, address text
-- row: change change
WITH changed AS (
    UPDATE microcosm.microcosms m
       SET is_sticky = coalesce(:sticky::boolean, m.is_sticky)
          ,is_open = coalesce(:open::boolean, m.is_open)
          ,is_deleted = coalesce(:deleted::boolean, m.is_deleted)
          ,is_moderated = coalesce(:moderated::boolean, m.is_moderated)
          ,edited = CASE WHEN :edit_reason::text IS NULL THEN m.edited ELSE clock_timestamp() END
          ,edited_by = CASE WHEN :edit_reason::text IS NULL THEN m.edited_by ELSE :actor_id END
          ,edit_reason = coalesce(:edit_reason, m.edit_reason)
     WHERE m.site_id = :site_id AND m.microcosm_id = :microcosm_id AND (:action <> 'delete' OR NOT m.is_deleted)
    RETURNING m.microcosm_id, m.parent_id
), parent AS (
    INSERT INTO microcosm.microcosm_deltas (site_id, microcosm_id, last_activity)
    SELECT :site_id, c.parent_id, clock_timestamp() FROM changed c WHERE c.parent_id IS NOT NULL
), @change(:site_id, 2, c.microcosm_id, CASE WHEN c.parent_id IS NOT NULL THEN 2 END, c.parent_id, c.microcosm_id,
          :action, :actor_id, NULL, changed c)
, @audit(:audit_action, change)
SELECT c.change FROM change c;
