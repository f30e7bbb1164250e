-- Events for calendars, and the secret links by which these are read.

-- fragment: calendar_columns(e, i)
{e}.uid::text AS uid
      ,{e}.item_id
      ,{i}.title
      ,{i}.created
      ,greatest(coalesce({i}.edited, {i}.created), {e}.rescheduled) AS changed
      ,{e}.starts
      ,{e}.duration_minutes::bigint AS duration
      ,{e}.place
      ,{e}.lat
      ,{e}.lon
      ,{e}.status
      ,{e}.sequence::bigint AS sequence

-- What is in a calendar: of the events that are in view and have a time, those that come next, from yesterday on, and the
-- newest of the year before.
-- fragment: calendar_next(e)
{e}.starts >= statement_timestamp() - interval '1 day'
         ORDER BY {e}.starts, {e}.item_id
         LIMIT :next

-- fragment: calendar_past(e)
{e}.starts < statement_timestamp() - interval '1 day'
           AND {e}.starts > statement_timestamp() - interval '366 days'
         ORDER BY {e}.starts DESC, {e}.item_id DESC
         LIMIT :past

-- fragment: calendar_in(e, i)
microcosm.events {e}
          JOIN microcosm.items {i} ON {i}.site_id = {e}.site_id AND {i}.item_id = {e}.item_id AND {i}.is_visible
         WHERE {e}.site_id = :site_id
           AND {e}.microcosm_id = :microcosm_id
           AND {e}.item_id <> ALL (:ignored_items::bigint[])

-- name: of_microcosm
-- bind: site_id int, microcosm_id int, ignored_items ints, next int, past int
-- row: uid text, item_id int, title text, created time, changed time, starts time, duration int, place text
-- row: lat double, lon double, status text, sequence int
WITH shown AS MATERIALIZED (
    (SELECT e.item_id FROM @calendar_in(e, i) AND @calendar_next(e))
     UNION ALL
    (SELECT e.item_id FROM @calendar_in(e, i) AND @calendar_past(e))
)
SELECT @calendar_columns(e, i)
  FROM microcosm.events e
  JOIN microcosm.items i ON i.site_id = e.site_id AND i.item_id = e.item_id
 WHERE e.site_id = :site_id
   AND e.item_id = ANY (ARRAY(SELECT s.item_id FROM shown s))
 ORDER BY e.starts, e.item_id;

-- name: attended
-- Those that the actor attends.
-- bind: site_id int, microcosms ints, ignored_items ints, actor_id int, next int, past int
-- row: uid text, item_id int, title text, created time, changed time, starts time, duration int, place text
-- row: lat double, lon double, status text, sequence int
WITH own AS MATERIALIZED (
    SELECT e.item_id, e.starts
      FROM microcosm.events e
     WHERE e.site_id = :site_id
       AND e.item_id = ANY (ARRAY(SELECT i.item_id FROM @attended()))
       AND e.starts IS NOT NULL
), shown AS MATERIALIZED (
    (SELECT o.item_id FROM own o WHERE @calendar_next(o))
     UNION ALL
    (SELECT o.item_id FROM own o WHERE @calendar_past(o))
)
SELECT @calendar_columns(e, i)
  FROM microcosm.events e
  JOIN microcosm.items i ON i.site_id = e.site_id AND i.item_id = e.item_id
 WHERE e.site_id = :site_id
   AND e.item_id = ANY (ARRAY(SELECT s.item_id FROM shown s))
 ORDER BY e.starts, e.item_id;

-- name: site_title
-- bind: site_id int
-- row: title text
SELECT s.title FROM microcosm.sites s WHERE s.site_id = :site_id;

-- name: link
-- bind: site_id int, profile_id int
-- row: created time
SELECT l.created FROM microcosm.calendar_links l WHERE l.site_id = :site_id AND l.profile_id = :profile_id;

-- name: find_link
-- Whose link it is.
-- bind: site_id int, token_hash bytes
-- row: profile_id int
SELECT l.profile_id FROM microcosm.calendar_links l WHERE l.site_id = :site_id AND l.token_hash = :token_hash;

-- name: make_link
-- In place of any that the profile has.
-- bind: site_id int, profile_id int, token_hash bytes, address text
-- row: created time, change change
WITH made AS (
    INSERT INTO microcosm.calendar_links AS l (site_id, profile_id, token_hash)
    VALUES (:site_id, :profile_id, :token_hash)
        ON CONFLICT (site_id, profile_id)
        DO UPDATE SET token_hash = excluded.token_hash, created = clock_timestamp()
    RETURNING l.created
), @change_of_profile(made)
, @audit('U', (SELECT c.site_id, 3 AS item_type, c.profile_id AS item_id, c.profile_id, c.is_private FROM change c))
SELECT m.created, c.change FROM made m CROSS JOIN change c;

-- name: revoke_link
-- bind: site_id int, profile_id int, address text
-- row: change change
WITH gone AS (
    DELETE FROM microcosm.calendar_links l
     WHERE l.site_id = :site_id AND l.profile_id = :profile_id
    RETURNING l.profile_id
), @change_of_profile(gone)
, @audit('U', (SELECT c.site_id, 3 AS item_type, c.profile_id AS item_id, c.profile_id, c.is_private FROM change c))
SELECT c.change FROM change c;
