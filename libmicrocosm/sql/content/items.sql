-- Conversations, events and polls: what they share. item_type: conversation 6, poll 7, event 9.
--
-- Statements are planned once, without their parameters, so they are written to force the use of the right index: they find
-- a page's ids first, in an ARRAY, and then look these up; LATERAL makes one probe for each ignored profile.

-- The columns of the view that all kinds have. Without the columns of single kinds, the planner omits the joins
-- with their tables, which are a quarter of the time.
-- fragment: item_columns(r)
{r}.id, {r}.title, {r}.microcosm_id, {r}.total_comments, {r}.total_views
      ,{r}."meta.created"
      ,{r}."meta.created_by.id", {r}."meta.created_by.site_id", {r}."meta.created_by.user_id"
      ,{r}."meta.created_by.profile_name", {r}."meta.created_by.visible", {r}."meta.created_by.avatar"
      ,{r}."meta.edited"
      ,{r}."meta.edited_by.id", {r}."meta.edited_by.site_id", {r}."meta.edited_by.user_id"
      ,{r}."meta.edited_by.profile_name", {r}."meta.edited_by.visible", {r}."meta.edited_by.avatar"
      ,{r}."meta.edit_reason"
      ,{r}."meta.flags.sticky", {r}."meta.flags.open", {r}."meta.flags.deleted", {r}."meta.flags.moderated"
      ,{r}."meta.flags.visible"
      ,{r}.item_type, {r}.created_by

-- fragment: last_comment_columns(r)
{r}."last_comment.id", {r}."last_comment.created"
      ,{r}."last_comment.created_by.id", {r}."last_comment.created_by.site_id", {r}."last_comment.created_by.user_id"
      ,{r}."last_comment.created_by.profile_name", {r}."last_comment.created_by.visible"
      ,{r}."last_comment.created_by.avatar"

-- name: get_conversation
-- One conversation, hidden or not.
-- bind: site_id int, item_id int
-- row: conversation
SELECT @item_columns(r)
      ,@last_comment_columns(r)
  FROM microcosm.item_records r
 WHERE r.site_id = :site_id
   AND r.id = :item_id
   AND r.item_type = 6;

-- name: get_event
-- bind: site_id int, item_id int
-- row: event
SELECT @item_columns(r)
      ,@last_comment_columns(r)
      ,r."when", r.tz, r.when_tz, r.duration, r."where", r.lat, r.lon, r.north, r.east, r.south, r.west
      ,r.status, r.rsvp_limit, r.rsvp_attend, r.rsvp_spaces
  FROM microcosm.item_records r
 WHERE r.site_id = :site_id
   AND r.id = :item_id
   AND r.item_type = 9;

-- name: get_poll
-- bind: site_id int, item_id int
-- row: poll
SELECT @item_columns(r)
      ,r.question, r.multi, r.poll_open, r.voter_count, r.poll_closes, r.hide_results, r.results_hidden
  FROM microcosm.item_records r
 WHERE r.site_id = :site_id
   AND r.id = :item_id
   AND r.item_type = 7;

-- name: own
-- A member's own data on an item.
-- bind: site_id int, item_id int, item_type int, actor_id int
-- row: watch_email choice, watch_sms bool, attending bool, has_voted bool, read_at time
SELECT w.send_email AS watch_email
      ,w.send_sms AS watch_sms
      ,EXISTS (SELECT FROM microcosm.attendees t
                WHERE t.site_id = :site_id AND t.item_id = i.item_id AND t.profile_id = :actor_id AND t.rsvp = 'yes') AS attending
      ,@has_voted(i.item_id) AS has_voted
      ,greatest((SELECT m.read_at FROM microcosm.read_marks m
                  WHERE m.site_id = :site_id AND m.profile_id = :actor_id AND m.item_type = i.item_type AND m.item_id = i.item_id)
               ,(SELECT m.read_at FROM microcosm.read_marks m
                  WHERE m.site_id = :site_id AND m.profile_id = :actor_id AND m.item_type = 2 AND m.item_id = i.microcosm_id)) AS read_at
  FROM microcosm.items i
  LEFT JOIN microcosm.watchers w
         ON w.site_id = i.site_id AND w.profile_id = :actor_id AND w.item_type = i.item_type AND w.item_id = i.item_id
 WHERE i.site_id = :site_id
   AND i.item_id = :item_id
   AND i.item_type = :item_type;

-- name: facts
-- unsettled: no counters
-- The facts about one item, hidden or not, that decisions and writes depend on.
-- bind: site_id int, item_id int, item_type int
-- row: microcosm_id int, created_by int, is_deleted bool, is_moderated bool, is_open bool
-- row: closed_by_moderator bool, placed_by_moderator bool
SELECT i.microcosm_id
      ,i.created_by
      ,i.is_deleted
      ,i.is_moderated
      ,i.is_open
      ,i.closed_by_moderator
      ,i.placed_by_moderator
  FROM microcosm.items i
 WHERE i.site_id = :site_id
   AND i.item_id = :item_id
   AND i.item_type = :item_type;

-- fragment: read_at(r)
greatest((SELECT m.read_at FROM microcosm.read_marks m
                  WHERE m.site_id = :site_id AND m.profile_id = :actor_id AND m.item_type = {r}.item_type AND m.item_id = {r}.id)
               ,(SELECT m.read_at FROM microcosm.read_marks m
                  WHERE m.site_id = :site_id AND m.profile_id = :actor_id AND m.item_type = 2 AND m.item_id = {r}.microcosm_id))

-- name: collection
-- All items of a kind on a site, in microcosms that the actor may see. The first of each microcosm tells which of them
-- have anything on the page (heads), so that no more than a page is read of those, and nothing of what the actor may not
-- see.
-- bind: site_id int, item_type int, microcosms ints, ignored_items ints, actor_id int, limit int, offset int
-- row: conversation
SELECT r.*
      ,@attending(r) AS "meta.flags.attending"
      ,@read_at(r) AS read_at
  FROM microcosm.item_records r
 WHERE r.site_id = :site_id
   AND r.id = ANY (ARRAY(WITH heads AS (
                               SELECT m.id
                                 FROM unnest(:microcosms::bigint[]) AS m (id)
                                CROSS JOIN LATERAL (
                                          SELECT i.is_sticky, i.last_activity, i.item_id
                                            FROM microcosm.items i
                                           WHERE i.site_id = :site_id
                                             AND i.microcosm_id = m.id
                                             AND i.item_type = :item_type
                                             AND i.is_visible
                                             AND i.item_id <> ALL (:ignored_items::bigint[])
                                           ORDER BY i.is_sticky DESC, i.last_activity DESC, i.item_id DESC
                                           LIMIT 1) h
                                ORDER BY h.is_sticky DESC, h.last_activity DESC, h.item_id DESC
                                LIMIT :limit::bigint + :offset::bigint)
                         SELECT p.item_id
                           FROM heads
                          CROSS JOIN LATERAL (
                                    SELECT i.is_sticky, i.last_activity, i.item_id
                                      FROM microcosm.items i
                                     WHERE i.site_id = :site_id
                                       AND i.microcosm_id = heads.id
                                       AND i.item_type = :item_type
                                       AND i.is_visible
                                       AND i.item_id <> ALL (:ignored_items::bigint[])
                                     ORDER BY i.is_sticky DESC, i.last_activity DESC, i.item_id DESC
                                     LIMIT :limit::bigint + :offset::bigint) p
                          ORDER BY p.is_sticky DESC, p.last_activity DESC, p.item_id DESC
                          LIMIT :limit
                         OFFSET :offset))
 ORDER BY r.is_sticky DESC, r.last_activity DESC, r.id DESC;

-- name: collection_oldest
-- The same, oldest first.
-- bind: site_id int, item_type int, microcosms ints, ignored_items ints, actor_id int, limit int, offset int
-- row: poll
SELECT r.*
      ,@attending(r) AS "meta.flags.attending"
      ,@read_at(r) AS read_at
  FROM microcosm.item_records r
 WHERE r.site_id = :site_id
   AND r.id = ANY (ARRAY(WITH heads AS (
                               SELECT m.id
                                 FROM unnest(:microcosms::bigint[]) AS m (id)
                                CROSS JOIN LATERAL (
                                          SELECT i.created, i.item_id
                                            FROM microcosm.items i
                                           WHERE i.site_id = :site_id
                                             AND i.microcosm_id = m.id
                                             AND i.item_type = :item_type
                                             AND i.is_visible
                                             AND i.item_id <> ALL (:ignored_items::bigint[])
                                           ORDER BY i.created, i.item_id
                                           LIMIT 1) h
                                ORDER BY h.created, h.item_id
                                LIMIT :limit::bigint + :offset::bigint)
                         SELECT p.item_id
                           FROM heads
                          CROSS JOIN LATERAL (
                                    SELECT i.created, i.item_id
                                      FROM microcosm.items i
                                     WHERE i.site_id = :site_id
                                       AND i.microcosm_id = heads.id
                                       AND i.item_type = :item_type
                                       AND i.is_visible
                                       AND i.item_id <> ALL (:ignored_items::bigint[])
                                     ORDER BY i.created, i.item_id
                                     LIMIT :limit::bigint + :offset::bigint) p
                          ORDER BY p.created, p.item_id
                          LIMIT :limit
                         OFFSET :offset))
 ORDER BY r.created, r.id;

-- name: collection_total
-- From the counters of the microcosms, less the ignored items in them.
-- bind: site_id int, item_type int, microcosms ints, ignored_items ints
-- row: total int
SELECT (SELECT coalesce(sum(CASE :item_type::smallint WHEN 6 THEN s.conversation_count WHEN 7 THEN s.poll_count ELSE s.event_count END), 0)::bigint
          FROM microcosm.microcosm_stats s
         WHERE s.site_id = :site_id AND s.microcosm_id = ANY (:microcosms::bigint[]))
     - (SELECT count(*)
          FROM microcosm.items i
         WHERE i.site_id = :site_id AND i.item_id = ANY (:ignored_items::bigint[]) AND i.item_type = :item_type AND i.is_visible
           AND i.microcosm_id = ANY (:microcosms::bigint[])) AS total;

-- name: shown_comments
-- What an actor that ignores people sees of the comments of items.
-- bind: site_id int, items ints, ignored_profiles ints
-- row: last_comment
SELECT @shown_comment_columns()
  FROM unnest(:items::bigint[]) WITH ORDINALITY AS a (item_id, n)
  @shown_comment_joins()
 ORDER BY a.n;

-- name: lock
-- unsettled: no counters
-- bind: site_id int, item_id int
SELECT
  FROM microcosm.items i
 WHERE i.site_id = :site_id
   AND i.item_id = :item_id
   FOR NO KEY UPDATE;

-- name: lock_post
-- Serialises an author's posts of one kind, so that of two equal ones the second finds the first. Not only equal posts:
-- PostgreSQL has room for some thousand locks, and a transaction may write more than that.
-- post: a text that identifies kind and author. The transaction's number is taken before the time of what is created:
-- marking all as read knows by these numbers what it can't see yet (read_marks.settled).
-- unsettled: no counters
-- bind: post text
SELECT pg_advisory_xact_lock(hashtextextended(:post, 0))
      ,pg_current_xact_id();

-- Effects of creating an item of any kind. made: the new item, or no row if none was created.
-- counter: the column of microcosm_deltas that counts the kind.
-- fragment: made_item(item_type)
made AS (
    INSERT INTO microcosm.items (site_id, item_type, microcosm_id, title, created_by)
    SELECT :site_id, {item_type}, :microcosm_id, :title, :actor_id
     WHERE NOT EXISTS (SELECT FROM recent)
       AND @still_writable_in(:microcosm_id, bool_and(a.is_visible), true, :by_moderator)
    RETURNING item_id, last_activity
)

-- fragment: announced_item(item_type, counter)
stats AS (
    INSERT INTO microcosm.microcosm_deltas (site_id, microcosm_id, {counter}, last_activity)
    SELECT :site_id, :microcosm_id, 1, made.last_activity FROM made
), watch AS (
    INSERT INTO microcosm.watchers (site_id, profile_id, item_type, item_id, send_email, send_sms)
    SELECT :site_id, :actor_id, {item_type}, made.item_id, coalesce(u.send_email, false), coalesce(u.send_sms, false)
      FROM made
      LEFT JOIN microcosm.update_preferences u
             ON u.site_id = :site_id AND u.profile_id = :actor_id AND u.update_type_id = 1
        ON CONFLICT DO NOTHING
), @change(:site_id, {item_type}, made.item_id, 2, :microcosm_id, :microcosm_id, 'create', :actor_id, NULL, made)
, @audit('C', change)

-- fragment: counted_for_author()
author AS (
    INSERT INTO microcosm.profile_deltas (site_id, profile_id, microcosm_id, item_count)
    SELECT :site_id, :actor_id, :microcosm_id, 1 FROM made
)

-- fragment: created_item()
-- What it answers: the item, and the change.
SELECT c.change FROM change c

-- fragment: created_item_or_recent(item_type)
-- The same for kinds of which an equal one of the last five minutes is given again.
@created_item()
UNION ALL
SELECT @change_found({item_type}, r.item_id, 2, :microcosm_id, :microcosm_id, :actor_id) FROM recent r

-- Among which an equal item is looked for: the author's last fifty, of the last five minutes. More would make many at once
-- slow.
-- fragment: newest_items()
(SELECT i.item_id, i.item_type, i.microcosm_id, i.title, i.is_visible
         FROM microcosm.items i
        WHERE i.site_id = :site_id AND i.created_by = :actor_id AND i.created > clock_timestamp() - interval '5 minutes'
        ORDER BY i.created DESC
        LIMIT 50)

-- name: create_conversation
-- Returns an existing one if it is equal.
-- unsettled: no counters
-- bind: site_id int, microcosm_id int, title text, actor_id int, address text, by_moderator bool
-- row: change change
WITH recent AS (
    SELECT i.item_id
      FROM @newest_items() i
     WHERE i.item_type = 6 AND i.microcosm_id = :microcosm_id AND i.title = :title AND i.is_visible
     LIMIT 1
), @made_item(6)
, @announced_item(6, conversation_count)
, @counted_for_author()
@created_item_or_recent(6);

-- name: create_event
-- Returns an existing one if it is equal. starts_local: NULL or '' if unknown.
-- unsettled: no counters
-- bind: site_id int, microcosm_id int, title text, actor_id int, address text, starts_local text, tz text,
-- bind: duration maybe_int, place text, lat maybe_double, lon maybe_double, north maybe_double, east maybe_double,
-- bind: south maybe_double, west maybe_double, rsvp_limit maybe_int, by_moderator bool
-- row: change change
WITH given AS MATERIALIZED (
    SELECT nullif(:starts_local, '')::timestamp AS starts_local
          ,coalesce(:duration::int, CASE WHEN :starts_local <> '' THEN 60 ELSE 0 END) AS duration_minutes
          ,coalesce(:place, '') AS place
          ,coalesce(:lat::float8, 0) AS lat, coalesce(:lon::float8, 0) AS lon
          ,coalesce(:north::float8, 0) AS north, coalesce(:east::float8, 0) AS east
          ,coalesce(:south::float8, 0) AS south, coalesce(:west::float8, 0) AS west
          ,coalesce(:rsvp_limit::int, 0) AS rsvp_limit
), recent AS (
    SELECT i.item_id
      FROM @newest_items() i
      JOIN microcosm.events e ON e.site_id = :site_id AND e.item_id = i.item_id
      JOIN given g ON e.starts_local IS NOT DISTINCT FROM g.starts_local AND e.place = g.place
       AND (e.lat, e.lon, e.north, e.east, e.south, e.west) = (g.lat, g.lon, g.north, g.east, g.south, g.west)
       AND e.rsvp_limit = g.rsvp_limit
     WHERE i.item_type = 9 AND i.microcosm_id = :microcosm_id AND i.title = :title AND i.is_visible
     LIMIT 1
), @made_item(9)
, event AS (
    INSERT INTO microcosm.events (site_id, item_id, starts_local, tz, starts, duration_minutes, place,
                                  lat, lon, north, east, south, west, status, rsvp_limit)
    SELECT :site_id, made.item_id, g.starts_local, :tz, g.starts_local AT TIME ZONE :tz, g.duration_minutes, g.place,
           g.lat, g.lon, g.north, g.east, g.south, g.west,
           CASE WHEN g.starts_local IS NULL THEN 'proposed' ELSE 'upcoming' END, g.rsvp_limit
      FROM made, given g
), @announced_item(9, event_count)
, @counted_for_author()
@created_item_or_recent(9);

-- name: zones
-- The names of time zones, without other trees of the same (posix/, right/), settings of the machine, and four which
-- PostgreSQL takes for abbreviations without summer time. It opens a thousand files: for once in a process.
-- row: name text
SELECT z.name
  FROM pg_catalog.pg_timezone_names z
 WHERE z.name !~ '^(posix|right)/'
   AND z.name <> ALL (ARRAY['localtime', 'posixrules', 'Factory', 'CET', 'EET', 'MET', 'WET']);

-- name: edit_event
-- NULL doesn't change; '' removes the time or the place. A time without any duration sets an hour.
-- bind: site_id int, item_id int, starts_local text, tz text, duration maybe_int, place text, lat maybe_double,
-- bind: lon maybe_double, north maybe_double, east maybe_double, south maybe_double, west maybe_double
-- bind: rsvp_limit maybe_int
-- silent: edit, which comes before it, tells of the item
WITH new AS MATERIALIZED (
    SELECT CASE WHEN :starts_local::text IS NULL THEN e.starts_local ELSE nullif(:starts_local, '')::timestamp END AS starts_local
          ,coalesce(:tz, e.tz) AS tz
      FROM microcosm.events e
     WHERE e.site_id = :site_id
       AND e.item_id = :item_id
       FOR NO KEY UPDATE
)
UPDATE microcosm.events e
   SET starts_local = new.starts_local
      ,tz = new.tz
      ,starts = new.starts_local AT TIME ZONE new.tz
      ,duration_minutes = coalesce(:duration::int, CASE WHEN :starts_local <> '' AND e.duration_minutes = 0 THEN 60
                                                   ELSE e.duration_minutes END)
      ,place = coalesce(:place, e.place)
      ,lat = coalesce(:lat::float8, e.lat)
      ,lon = coalesce(:lon::float8, e.lon)
      ,north = coalesce(:north::float8, e.north)
      ,east = coalesce(:east::float8, e.east)
      ,south = coalesce(:south::float8, e.south)
      ,west = coalesce(:west::float8, e.west)
      ,status = CASE WHEN :starts_local IS NULL THEN e.status
                     WHEN :starts_local = '' THEN 'proposed'
                     ELSE 'upcoming' END
      ,rsvp_limit = coalesce(:rsvp_limit::int, e.rsvp_limit)
  FROM new
 WHERE e.site_id = :site_id
   AND e.item_id = :item_id;

-- name: create_poll
-- poll_closes: NULL or '' for never.
-- unsettled: no counters
-- bind: site_id int, microcosm_id int, title text, actor_id int, address text, question text, choices texts,
-- bind: multi choice, poll_open choice, poll_closes text, hide_results choice, by_moderator bool
-- row: change change
WITH recent AS (
    SELECT NULL::bigint AS item_id WHERE false -- equal polls are allowed
), @made_item(7)
, poll AS (
    INSERT INTO microcosm.polls (site_id, item_id, question, multi, poll_open, poll_closes, hide_results)
    SELECT :site_id, made.item_id, :question, coalesce(:multi::boolean, false), coalesce(:poll_open::boolean, true),
           nullif(:poll_closes, '')::timestamptz, coalesce(:hide_results::boolean, false)
      FROM made
), choices AS (
    INSERT INTO microcosm.poll_choices (site_id, item_id, choice, position)
    SELECT :site_id, made.item_id, c.choice, c.position
      FROM made, unnest(:choices::text[]) WITH ORDINALITY AS c (choice, position)
), @announced_item(7, poll_count)
@created_item();

-- fragment: new_poll_closes()
CASE WHEN :poll_closes::text IS NULL THEN p.poll_closes ELSE nullif(:poll_closes, '')::timestamptz END

-- name: edit_poll
-- NULL doesn't change; poll_closes: '' for never. Fails with 42501 if it changes an end of the votes that a moderator
-- has set, and isn't a moderator's.
-- bind: site_id int, item_id int, question text, multi choice, poll_open choice, poll_closes text, hide_results choice
-- bind: by_moderator bool, by_author bool
-- silent: edit, which comes before it, tells of the item
UPDATE microcosm.polls p
   SET question = coalesce(:question, p.question)
      ,multi = coalesce(:multi::boolean, p.multi)
      ,poll_open = coalesce(:poll_open::boolean, p.poll_open)
      ,poll_closes = @new_poll_closes()
      ,hide_results = coalesce(:hide_results::boolean, p.hide_results)
      ,closed_by_moderator =
           CASE WHEN NOT :by_moderator THEN p.closed_by_moderator
                WHEN NOT :by_author AND (:poll_open IS FALSE OR (@new_poll_closes() IS DISTINCT FROM p.poll_closes
                                                                 AND @new_poll_closes() IS NOT NULL)) THEN true
                WHEN :poll_open OR (@new_poll_closes() IS DISTINCT FROM p.poll_closes AND p.poll_open)
                THEN coalesce(@new_poll_closes() <= clock_timestamp(), false) AND p.closed_by_moderator
                ELSE p.closed_by_moderator END
 WHERE p.site_id = :site_id
   AND p.item_id = :item_id
   AND microcosm.require(:by_moderator::boolean OR NOT p.closed_by_moderator
                         OR (coalesce(:poll_open, p.poll_open) = p.poll_open
                             AND @new_poll_closes() IS NOT DISTINCT FROM p.poll_closes),
                         'that no moderator has set the end of the votes', 'insufficient_privilege');

-- name: edit
-- Title and microcosm; NULL doesn't change. A move updates the counters of both. No row if the item doesn't exist.
-- Must follow lock, so that it sees all of the item's comments.
-- judged_in: the microcosm in which the actor's rights were judged. Where a moderator has put an item, only moderators
-- move it.
-- bind: site_id int, item_id int, item_type int, title text, microcosm_id id, actor_id int, edit_reason text
-- creates_as_moderator: of the microcosm to which it goes.
-- bind: judged_in int, by_moderator bool, creates_as_moderator bool, address text
-- row: change change
WITH old AS (
    SELECT i.item_id, i.microcosm_id, i.comment_count, i.is_visible, i.last_activity
      FROM microcosm.items i
     WHERE i.site_id = :site_id AND i.item_id = :item_id AND i.item_type = :item_type
       AND @as_judged(i.microcosm_id = :judged_in
                      AND (:by_moderator::boolean OR NOT i.placed_by_moderator
                           OR coalesce(:microcosm_id, i.microcosm_id) = i.microcosm_id))
       AND @still_writable_in(i.microcosm_id,
                              NOT i.is_deleted AND bool_and(NOT a.is_deleted)
                              AND (:by_moderator OR (i.is_visible AND bool_and(a.is_visible))),
                              i.is_open, :by_moderator)
       AND (coalesce(:microcosm_id, i.microcosm_id) = i.microcosm_id
            OR @still_writable_in(:microcosm_id, bool_and(a.is_visible), true, :creates_as_moderator))
       FOR NO KEY UPDATE
), changed AS (
    UPDATE microcosm.items i
       SET title = coalesce(:title, i.title)
          ,microcosm_id = coalesce(:microcosm_id, i.microcosm_id)
          ,placed_by_moderator = i.placed_by_moderator
                                 OR (:by_moderator AND i.created_by <> :actor_id
                                     AND coalesce(:microcosm_id, i.microcosm_id) <> i.microcosm_id)
          ,edited = clock_timestamp()
          ,edited_by = :actor_id
          ,edit_reason = :edit_reason
      FROM old
     WHERE i.site_id = :site_id AND i.item_id = old.item_id
    RETURNING i.item_id, i.microcosm_id, i.created_by, i.is_listed
), moves AS (
    SELECT old.microcosm_id, -1 AS sign, old.comment_count, old.last_activity
      FROM old WHERE old.is_visible AND :microcosm_id <> old.microcosm_id
    UNION ALL
    SELECT :microcosm_id, 1, old.comment_count, old.last_activity
      FROM old WHERE old.is_visible AND :microcosm_id <> old.microcosm_id
), stats AS (
    INSERT INTO microcosm.microcosm_deltas (site_id, microcosm_id, conversation_count, event_count, poll_count,
                                            comment_count, last_activity)
    SELECT :site_id, m.microcosm_id,
           CASE WHEN :item_type = 6 THEN m.sign ELSE 0 END,
           CASE WHEN :item_type = 9 THEN m.sign ELSE 0 END,
           CASE WHEN :item_type = 7 THEN m.sign ELSE 0 END,
           m.sign * m.comment_count,
           CASE WHEN m.sign = 1 THEN m.last_activity END
      FROM moves m
), @counted_people(changed, moves)
, @change(:site_id, :item_type, c.item_id, 2, c.microcosm_id, c.microcosm_id, 'replace', :actor_id,
          CASE WHEN c.microcosm_id <> old.microcosm_id THEN jsonb_build_object('from', old.microcosm_id) END,
          changed c JOIN old ON old.item_id = c.item_id)
, @audit('R', change)
SELECT c.change FROM change c;

-- name: set_flags
-- A NULL flag doesn't change. Updates the counters for what becomes visible or hidden. Must follow lock, so that it
-- sees all of the item's comments.
-- edit_reason: NULL unless the change counts as an edit. What a moderator has closed, only moderators open.
-- bind: site_id int, item_id int, item_type int, sticky choice, open choice, deleted choice, moderated choice
-- judged_in: as for edit. Who isn't a moderator changes no flags of what is hidden, but may delete it.
-- bind: by_moderator bool, actor_id int, edit_reason text, action text, audit_action text, address text, judged_in int
-- row: change change
WITH old AS (
    SELECT i.item_id, i.is_visible
      FROM microcosm.items i
     WHERE i.site_id = :site_id AND i.item_id = :item_id AND i.item_type = :item_type
       AND @as_judged(i.microcosm_id = :judged_in
                      AND (:by_moderator::boolean OR NOT i.closed_by_moderator OR :open::boolean IS NOT TRUE))
       AND (:by_moderator OR :action = 'delete'
            OR @still_writable_in(i.microcosm_id, i.is_visible AND bool_and(a.is_visible), true, true))
       FOR NO KEY UPDATE
), changed AS (
    UPDATE microcosm.items i
       SET is_sticky = coalesce(:sticky::boolean, i.is_sticky)
          ,is_open = coalesce(:open::boolean, i.is_open)
          ,is_deleted = coalesce(:deleted::boolean, i.is_deleted)
          ,is_moderated = coalesce(:moderated::boolean, i.is_moderated)
          ,closed_by_moderator = CASE WHEN :by_moderator AND :open IS NOT NULL THEN NOT :open AND i.created_by <> :actor_id
                                      ELSE i.closed_by_moderator END
          ,edited = CASE WHEN :edit_reason::text IS NULL THEN i.edited ELSE clock_timestamp() END
          ,edited_by = CASE WHEN :edit_reason::text IS NULL THEN i.edited_by ELSE :actor_id END
          ,edit_reason = coalesce(:edit_reason, i.edit_reason)
      FROM old
     WHERE i.site_id = :site_id AND i.item_id = old.item_id
    RETURNING i.item_id, i.microcosm_id, i.created_by, i.comment_count, i.is_listed
             ,i.is_visible::int - old.is_visible::int AS sign
), stats AS (
    INSERT INTO microcosm.microcosm_deltas (site_id, microcosm_id, conversation_count, event_count, poll_count,
                                            comment_count)
    SELECT :site_id, c.microcosm_id,
           CASE WHEN :item_type = 6 THEN c.sign ELSE 0 END,
           CASE WHEN :item_type = 9 THEN c.sign ELSE 0 END,
           CASE WHEN :item_type = 7 THEN c.sign ELSE 0 END,
           c.sign * c.comment_count
      FROM changed c
     WHERE c.sign <> 0
), @counted_people(changed, (SELECT * FROM changed WHERE sign <> 0))
, @change(:site_id, :item_type, c.item_id, 2, c.microcosm_id, c.microcosm_id, :action, :actor_id,
          CASE WHEN c.sign = 1 THEN jsonb_build_object('shown', true) END, changed c)
, @audit(:audit_action, change)
SELECT c.change FROM change c;
