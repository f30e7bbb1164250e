-- Attendees of events. The event's row is locked before its attendees change, so that no place is given twice.

-- Whether the actor comes to an item (r); NULL unless it is an event.
-- fragment: attending(r)
CASE WHEN {r}.item_type = 9 THEN
           EXISTS (SELECT FROM microcosm.attendees t
                    WHERE t.site_id = :site_id AND t.item_id = {r}.id AND t.profile_id = :actor_id AND t.rsvp = 'yes')
       END

-- fragment: attendee_columns(a)
{a}.profile_id
      ,p.profile_id AS "profile.id"
      ,p.site_id AS "profile.site_id"
      ,p.user_id AS "profile.user_id"
      ,p.profile_name AS "profile.profile_name"
      ,p.is_visible AS "profile.visible"
      ,p.avatar AS "profile.avatar"
      ,{a}.rsvp
      ,{a}.waiting_since IS NOT NULL AS waiting
      ,coalesce({a}.rsvpd_on, {a}.created) AS rsvpd_on
      ,{a}.created AS "meta.created"
      ,c.profile_id AS "meta.created_by.id"
      ,c.site_id AS "meta.created_by.site_id"
      ,c.user_id AS "meta.created_by.user_id"
      ,c.profile_name AS "meta.created_by.profile_name"
      ,c.is_visible AS "meta.created_by.visible"
      ,c.avatar AS "meta.created_by.avatar"
      ,{a}.edited AS "meta.edited"
      ,e.profile_id AS "meta.edited_by.id"
      ,e.site_id AS "meta.edited_by.site_id"
      ,e.user_id AS "meta.edited_by.user_id"
      ,e.profile_name AS "meta.edited_by.profile_name"
      ,e.is_visible AS "meta.edited_by.visible"
      ,e.avatar AS "meta.edited_by.avatar"

-- fragment: attendee_tables(a)
microcosm.attendees {a}
  JOIN microcosm.profiles p ON p.site_id = {a}.site_id AND p.profile_id = {a}.profile_id
  JOIN microcosm.profiles c ON c.site_id = {a}.site_id AND c.profile_id = {a}.created_by
  LEFT JOIN microcosm.profiles e ON e.site_id = {a}.site_id AND e.profile_id = {a}.edited_by

-- name: event
-- unsettled: no counters
-- Whether it is over.
-- bind: site_id int, item_id int
-- row: is_past bool
SELECT coalesce(e.starts + make_interval(mins => e.duration_minutes) < statement_timestamp(), false) AS is_past
  FROM microcosm.events e
 WHERE e.site_id = :site_id
   AND e.item_id = :item_id;

-- name: counts
-- How many are on its list.
-- bind: site_id int, item_id int
-- row: attending int, attendees int
SELECT e.rsvp_attending::bigint AS attending
      ,e.attendee_count::bigint AS attendees
  FROM microcosm.events e
 WHERE e.site_id = :site_id
   AND e.item_id = :item_id;

-- name: list
-- bind: site_id int, item_id int, only_attending bool, limit int, offset int
-- row: attendee
SELECT @attendee_columns(a)
  FROM @attendee_tables(a)
 WHERE a.site_id = :site_id
   AND a.item_id = :item_id
   AND a.rsvp_order <= CASE WHEN :only_attending::boolean THEN 0 ELSE 3 END
 ORDER BY a.rsvp_order, a.rsvpd_on, a.profile_id
 LIMIT :limit OFFSET :offset;

-- name: get
-- unsettled: no counters
-- bind: site_id int, item_id int, profile_id int
-- row: attendee
SELECT @attendee_columns(a)
  FROM @attendee_tables(a)
 WHERE a.site_id = :site_id
   AND a.item_id = :item_id
   AND a.profile_id = :profile_id;

-- name: csv
-- Those who come, by name.
-- bind: site_id int, item_id int, sees_email bool
-- row: profile_name text, profile_id int, email text, rsvpd_on time
SELECT p.profile_name
      ,p.profile_id
      ,CASE WHEN :sees_email::boolean THEN u.email ELSE '' END AS email
      ,coalesce(a.rsvpd_on, a.created) AS rsvpd_on
  FROM microcosm.attendees a
  JOIN microcosm.profiles p ON p.site_id = a.site_id AND p.profile_id = a.profile_id
  JOIN microcosm.users u ON u.user_id = p.user_id
 WHERE a.site_id = :site_id
   AND a.item_id = :item_id
   AND a.rsvp_order = 0
 ORDER BY p.name_order, p.profile_id;

-- Those who come, with what is noted but not settled.
-- fragment: taken(e)
{e}.rsvp_attending + (SELECT coalesce(sum(u.attending), 0) FROM microcosm.unsettled_events u
                                  WHERE u.site_id = :site_id AND u.item_id = {e}.item_id)

-- name: lock
-- unsettled: no counters
-- bind: site_id int, item_id int
SELECT
  FROM microcosm.events e
 WHERE e.site_id = :site_id
   AND e.item_id = :item_id
   FOR NO KEY UPDATE;

-- name: put
-- unsettled: notes what is to be counted
-- Sets answers, all or none. 'waiting' is yes if there is a place, else maybe with a turn for the next one. At most one of
-- them is yes or waiting. A row for each change, or one without; is_known: all profiles are of the site; fits: there was
-- a place. The caller holds the lock of lock, and runs promote afterwards.
-- watches: who says yes follows the event from then on.
-- bind: site_id int, item_id int, profiles ints, rsvps texts, actor_id int, watches bool, address text,
-- bind: by_moderator bool, judged_in int
-- row: is_known bool, fits bool, change change
WITH asked AS MATERIALIZED (
    SELECT g.profile_id
          ,g.rsvp
          ,a.rsvp AS rsvp_before
          ,a.waiting_since IS NOT NULL AS waited
          ,p.profile_id IS NOT NULL AS is_known
      FROM unnest(:profiles::bigint[], :rsvps::text[]) AS g (profile_id, rsvp)
      LEFT JOIN microcosm.profiles p ON p.site_id = :site_id AND p.profile_id = g.profile_id
      LEFT JOIN microcosm.attendees a ON a.site_id = :site_id AND a.item_id = :item_id AND a.profile_id = g.profile_id
), event AS MATERIALIZED (
    SELECT i.microcosm_id
          ,e.rsvp_limit = 0
           OR @taken(e) - (SELECT coalesce(sum((k.rsvp_before = 'yes' AND k.rsvp NOT IN ('yes', 'waiting'))::int), 0)
                                    FROM asked k) < e.rsvp_limit AS has_place
      FROM microcosm.events e
      JOIN microcosm.items i ON i.site_id = e.site_id AND i.item_id = e.item_id
     WHERE e.site_id = :site_id
       AND e.item_id = :item_id
       AND @still_writable(i)
), wanted AS MATERIALIZED (
    SELECT k.profile_id
          ,k.rsvp_before
          ,k.waited
          ,CASE WHEN k.rsvp <> 'waiting' THEN k.rsvp
                WHEN e.has_place OR k.rsvp_before = 'yes' THEN 'yes'
                ELSE 'maybe' END AS rsvp
          ,k.rsvp = 'waiting' AND NOT (e.has_place OR coalesce(k.rsvp_before = 'yes', false)) AS waits
      FROM asked k
     CROSS JOIN event e
), verdict AS MATERIALIZED (
    SELECT (SELECT bool_and(k.is_known) FROM asked k) AS is_known
          ,NOT EXISTS (SELECT FROM wanted w, event e
                        WHERE w.rsvp = 'yes' AND w.rsvp_before IS DISTINCT FROM 'yes' AND NOT e.has_place) AS fits
      FROM event
), saved AS (
    INSERT INTO microcosm.attendees AS a (site_id, item_id, profile_id, rsvp, waiting_since, rsvpd_on, created_by)
    SELECT :site_id, :item_id, w.profile_id, w.rsvp, CASE WHEN w.waits THEN clock_timestamp() END,
           CASE WHEN w.rsvp <> 'invited' THEN clock_timestamp() END, :actor_id
      FROM wanted w
      JOIN verdict v ON v.is_known AND v.fits
     WHERE w.rsvp IS DISTINCT FROM w.rsvp_before OR w.waits <> w.waited
        ON CONFLICT (site_id, item_id, profile_id)
        DO UPDATE SET rsvp = excluded.rsvp, waiting_since = excluded.waiting_since,
                      rsvpd_on = coalesce(excluded.rsvpd_on, a.rsvpd_on), edited = clock_timestamp(), edited_by = :actor_id
    RETURNING profile_id, rsvp
), done AS MATERIALIZED (
    SELECT s.profile_id, s.rsvp, w.rsvp_before FROM saved s JOIN wanted w ON w.profile_id = s.profile_id
), counted AS (
    INSERT INTO microcosm.unsettled_events (site_id, item_id, attending, attendees)
    SELECT :site_id, :item_id, d.attending, d.attendees
      FROM (SELECT coalesce(sum((n.rsvp = 'yes')::int - coalesce(n.rsvp_before = 'yes', false)::int), 0) AS attending
                  ,coalesce(sum((n.rsvp_before IS NULL)::int), 0) AS attendees
              FROM done n) d
     WHERE d.attending <> 0 OR d.attendees <> 0
), watch AS (
    INSERT INTO microcosm.watchers (site_id, profile_id, item_type, item_id, send_email, send_sms)
    SELECT :site_id, n.profile_id, 9, :item_id, coalesce(u.send_email, false), coalesce(u.send_sms, false)
      FROM done n
      LEFT JOIN microcosm.update_preferences u
             ON u.site_id = :site_id AND u.profile_id = n.profile_id AND u.update_type_id = 7
     WHERE :watches::boolean AND n.rsvp = 'yes'
        ON CONFLICT DO NOTHING
), @change(:site_id, 13, n.profile_id, 9, :item_id, event.microcosm_id,
           CASE WHEN n.rsvp_before IS NULL THEN 'create' ELSE 'replace' END, :actor_id, NULL, done n CROSS JOIN event)
, @audit('R', change)
SELECT v.is_known, v.fits, c.change FROM verdict v LEFT JOIN change c ON true;

-- name: delete
-- unsettled: notes what is to be counted
-- The caller holds the lock of lock, and runs promote afterwards.
-- bind: site_id int, item_id int, profile_id int, actor_id int, address text, by_moderator bool
-- bind: judged_in int
-- row: change change
WITH gone AS (
    DELETE FROM microcosm.attendees a
     WHERE a.site_id = :site_id
       AND a.item_id = :item_id
       AND a.profile_id = :profile_id
       AND (a.profile_id = :actor_id
            OR (SELECT @still_writable(i) FROM microcosm.items i WHERE i.site_id = :site_id AND i.item_id = :item_id))
    RETURNING a.profile_id, a.rsvp
), counted AS (
    INSERT INTO microcosm.unsettled_events (site_id, item_id, attending, attendees)
    SELECT :site_id, :item_id, -(gone.rsvp = 'yes')::int, -1 FROM gone
), @change(:site_id, 13, gone.profile_id, 9, :item_id, i.microcosm_id, 'delete', :actor_id, NULL,
           gone JOIN microcosm.items i ON i.site_id = :site_id AND i.item_id = :item_id)
, @audit('D', change)
SELECT c.change FROM change c;

-- fragment: waiting_below()
-- The events in a microcosm and below it for which somebody waits.
SELECT DISTINCT i.item_id
  FROM microcosm.attendees a
  JOIN microcosm.items i ON i.site_id = a.site_id AND i.item_id = a.item_id
  JOIN microcosm.microcosms m ON m.site_id = i.site_id AND m.microcosm_id = i.microcosm_id
 WHERE a.site_id = :site_id
   AND a.waiting_since IS NOT NULL
   AND :microcosm_id = ANY (m.path)

-- name: lock_below
-- bind: site_id int, microcosm_id int
SELECT
  FROM microcosm.events e
 WHERE e.site_id = :site_id
   AND e.item_id = ANY (ARRAY(@waiting_below()))
 ORDER BY e.item_id
   FOR NO KEY UPDATE;

-- fragment: in_line(events, limit, freed)
-- Those who have waited longest in each event, as many as there will be places for, and some more in case that some may not
-- come.
SELECT event.item_id
      ,w.profile_id
      ,event.microcosm_id
      ,event.author
      ,coalesce(event.places, 9223372036854775807) AS places
  FROM (SELECT e.item_id
              ,i.microcosm_id
              ,i.created_by AS author
              ,greatest(CASE WHEN coalesce({limit}, e.rsvp_limit::bigint) > 0
                             THEN coalesce({limit}, e.rsvp_limit::bigint) - (@taken(e)) END, 0) + {freed} AS places
          FROM microcosm.events e
          JOIN microcosm.items i ON i.site_id = e.site_id AND i.item_id = e.item_id
         WHERE e.site_id = :site_id
           AND e.item_id = ANY (ARRAY({events}))) event
 CROSS JOIN LATERAL (SELECT w.profile_id, w.waiting_since
                       FROM microcosm.attendees w
                      WHERE w.site_id = :site_id
                        AND w.item_id = event.item_id
                        AND w.waiting_since IS NOT NULL
                      ORDER BY w.waiting_since, w.profile_id
                      LIMIT event.places + CASE WHEN event.places > 0 THEN @more_in_line() ELSE 0 END) w -- NULL: all
 ORDER BY event.item_id, w.waiting_since, w.profile_id

-- fragment: more_in_line()
100

-- name: waiting
-- unsettled: counts what is noted
-- Who would get the places of an event with another limit (NULL: the one it has), or with some places freed.
-- bind: site_id int, item_id int, limit maybe_int, freed int
-- row: item_id int, profile_id int, microcosm_id int, author int, places int
@in_line(SELECT :item_id::bigint, :limit::bigint, :freed::bigint);

-- name: waiting_below
-- bind: site_id int, microcosm_id int
-- row: item_id int, profile_id int, microcosm_id int, author int, places int
@in_line(@waiting_below(), NULL::bigint, 0);

-- fragment: promoted(events)
-- Gives free places to those who have waited longest, unless the event is over, closed or hidden. Who was judged and may not
-- come is passed over. It fails as @as_judged() does if somebody's turn comes who wasn't judged, and who has not just asked to
-- wait.
WITH event AS MATERIALIZED (
    SELECT e.item_id
          ,i.microcosm_id
          ,CASE WHEN e.rsvp_limit > 0 THEN greatest(e.rsvp_limit - (@taken(e)), 0) END AS places
      FROM microcosm.events e
      JOIN microcosm.items i ON i.site_id = e.site_id AND i.item_id = e.item_id
     WHERE e.site_id = :site_id
       AND e.item_id = ANY (ARRAY({events}))
       AND i.is_visible
       AND i.is_open
       AND coalesce(e.starts + make_interval(mins => e.duration_minutes) >= statement_timestamp(), true)
       AND NOT EXISTS (SELECT
                         FROM microcosm.microcosms w
                         JOIN microcosm.microcosms a ON a.site_id = :site_id AND a.microcosm_id = ANY (w.path)
                        WHERE w.site_id = :site_id AND w.microcosm_id = i.microcosm_id
                          AND NOT (a.is_visible AND a.is_open))
), judged AS MATERIALIZED (
    SELECT j.item_id, j.profile_id, j.may_come
      FROM unnest(:judged_events::bigint[], :judged_profiles::bigint[], :may_come::bigint[])
               AS j (item_id, profile_id, may_come)
), moved AS (
    UPDATE microcosm.attendees a
       SET rsvp = 'yes'
          ,waiting_since = NULL
          ,edited = clock_timestamp()
          ,edited_by = :actor_id
      FROM (SELECT event.item_id, w.profile_id
              FROM event
             CROSS JOIN LATERAL (SELECT w.profile_id
                                       ,j.may_come IS NOT NULL
                                        OR w.waiting_since > statement_timestamp() - interval '10 seconds' AS is_judged
                                   FROM (SELECT w.profile_id, w.waiting_since
                                           FROM microcosm.attendees w
                                          WHERE w.site_id = :site_id
                                            AND w.item_id = event.item_id
                                            AND w.waiting_since IS NOT NULL
                                          ORDER BY w.waiting_since, w.profile_id
                                          LIMIT event.places + @more_in_line()) w
                                   LEFT JOIN judged j ON j.item_id = event.item_id AND j.profile_id = w.profile_id
                                  WHERE j.may_come IS DISTINCT FROM 0
                                  ORDER BY w.waiting_since, w.profile_id
                                  LIMIT event.places) w -- NULL: without a limit
             WHERE @as_judged(w.is_judged)) n
     WHERE a.site_id = :site_id
       AND a.item_id = n.item_id
       AND a.profile_id = n.profile_id
    RETURNING a.item_id, a.profile_id
), counted AS (
    INSERT INTO microcosm.unsettled_events (site_id, item_id, attending, attendees)
    SELECT :site_id, m.item_id, sum(1), 0 FROM moved m GROUP BY m.item_id
), @change(:site_id, 13, m.profile_id, 9, m.item_id, event.microcosm_id, 'replace', :actor_id, NULL,
           moved m JOIN event ON event.item_id = m.item_id)
SELECT c.change FROM change c

-- name: promote
-- unsettled: notes what is to be counted
-- After a statement that locks the event's row.
-- bind: site_id int, item_id int, judged_events ints, judged_profiles ints, may_come ints, actor_id int
-- row: change change
@promoted(SELECT :item_id::bigint);

-- name: promote_below
-- All events in a microcosm and below it. After lock_below.
-- bind: site_id int, microcosm_id int, judged_events ints, judged_profiles ints, may_come ints, actor_id int
-- row: change change
@promoted(@waiting_below());

-- What a profile comes to, as far as the actor may see it: few, since it has answered each.
-- fragment: attended()
microcosm.attendees t
  JOIN microcosm.items i ON i.site_id = t.site_id AND i.item_id = t.item_id
 WHERE t.site_id = :site_id
   AND t.profile_id = :actor_id
   AND t.rsvp = 'yes'
   AND i.is_visible
   AND i.microcosm_id = ANY (:microcosms::bigint[])
   AND i.item_id <> ALL (:ignored_items::bigint[])

-- name: attended_total
-- bind: site_id int, microcosms ints, ignored_items ints, actor_id int
-- row: total int
SELECT count(*) AS total
  FROM @attended();

-- name: attended
-- The events that the actor attends, in the order of all (items.collection).
-- bind: site_id int, microcosms ints, ignored_items ints, actor_id int, limit int, offset int
-- row: event
SELECT r.*
      ,@attending(r) AS "meta.flags.attending"
      ,@read_at(r) AS read_at
  FROM microcosm.item_records r
 WHERE r.site_id = :site_id
   AND r.id = ANY (ARRAY(SELECT i.item_id
                           FROM @attended()
                          ORDER BY i.is_sticky DESC, i.last_activity DESC, i.item_id DESC
                          LIMIT :limit
                         OFFSET :offset))
 ORDER BY r.is_sticky DESC, r.last_activity DESC, r.id DESC;
