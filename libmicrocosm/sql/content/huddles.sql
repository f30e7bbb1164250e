-- Huddles. What is in them is for their participants, and for who began them as long as there are participants. What is
-- asked of a huddle is asked for an actor; nothing of it is cached.

-- fragment: read_up_to(profile_id, huddle_id)
-- Up to when a profile has read a huddle: its own mark, or the one on all huddles.
greatest((SELECT m.read_at FROM microcosm.read_marks m
           WHERE m.site_id = :site_id AND m.profile_id = {profile_id} AND m.item_type = 5 AND m.item_id = {huddle_id})
        ,(SELECT o.huddles_read_at FROM microcosm.profiles o
           WHERE o.site_id = :site_id AND o.profile_id = {profile_id}))

-- fragment: huddle_is_unread(p)
-- Whether the actor, of whom p is a row of participants, hasn't read all that those have written whom it doesn't ignore.
({p}.last_activity > @read_up_to(:actor_id, {p}.huddle_id)
 AND coalesce((SELECT c.created
                 FROM microcosm.comments c
                WHERE c.site_id = :site_id AND c.huddle_id = {p}.huddle_id
                  AND c.created_by <> ALL (:ignored_profiles::bigint[])
                ORDER BY c.position DESC
                LIMIT 1) > @read_up_to(:actor_id, {p}.huddle_id), false))

-- fragment: own_huddles()
-- Those that the actor takes part in, but for those begun by people whom it ignores; or of these only the unread ones.
SELECT p.huddle_id, p.last_activity
  FROM microcosm.huddle_participants p
 WHERE p.site_id = :site_id
   AND p.profile_id = :actor_id
   AND (cardinality(:ignored_profiles::bigint[]) = 0
        OR NOT EXISTS (SELECT FROM microcosm.huddles g
                        WHERE g.site_id = :site_id AND g.huddle_id = p.huddle_id
                          AND g.created_by = ANY (:ignored_profiles::bigint[])))
   AND (NOT :only_unread::boolean OR @huddle_is_unread(p))
 ORDER BY p.last_activity DESC, p.huddle_id DESC

-- name: total
-- Of the newest ones, as many as are counted at most.
-- bind: site_id int, actor_id int, ignored_profiles ints, only_unread bool, most int
-- row: total int
SELECT count(*) AS total FROM (@own_huddles() LIMIT :most) n;

-- fragment: unread_huddles()
-- How many huddles the actor hasn't read to their ends, among the hundred with the newest activity since it read all.
(SELECT count(*)
   FROM (SELECT t.huddle_id, t.last_activity
           FROM microcosm.huddle_participants t
          WHERE t.site_id = :site_id
            AND t.profile_id = :actor_id
            AND t.last_activity > (SELECT o.huddles_read_at FROM microcosm.profiles o
                                    WHERE o.site_id = :site_id AND o.profile_id = :actor_id)
            AND (cardinality(:ignored_profiles::bigint[]) = 0
                 OR NOT EXISTS (SELECT FROM microcosm.huddles g
                                 WHERE g.site_id = :site_id AND g.huddle_id = t.huddle_id
                                   AND g.created_by = ANY (:ignored_profiles::bigint[])))
          ORDER BY t.last_activity DESC
          LIMIT 100) n
  WHERE @huddle_is_unread(n))

-- fragment: huddle_begun(comments)
-- What lists and pages show of a huddle; h: the huddle, a: who began it.
h.huddle_id AS "id"
      ,h.title
      ,h.is_confidential
      ,{comments} AS "total_comments"
      ,h.created AS "meta.created"
      ,a.profile_id AS "meta.created_by.id"
      ,a.site_id AS "meta.created_by.site_id"
      ,a.user_id AS "meta.created_by.user_id"
      ,a.profile_name AS "meta.created_by.profile_name"
      ,a.is_visible AS "meta.created_by.visible"
      ,a.avatar AS "meta.created_by.avatar"

-- fragment: huddle_summary()
@huddle_begun(t.comments)
      ,n.last_comment_id
      ,l.profile_id AS "last_comment_created_by.id"
      ,l.site_id AS "last_comment_created_by.site_id"
      ,l.user_id AS "last_comment_created_by.user_id"
      ,l.profile_name AS "last_comment_created_by.profile_name"
      ,l.is_visible AS "last_comment_created_by.visible"
      ,l.avatar AS "last_comment_created_by.avatar"
      ,n.last_comment_created

-- fragment: huddle_summary_joins()
-- What people have written whom the actor ignores is neither counted (t) nor the newest (n).
JOIN microcosm.profiles a ON a.site_id = h.site_id AND a.profile_id = h.created_by
 CROSS JOIN LATERAL (SELECT h.comment_count - @ignored_before(huddle_id, h.huddle_id, 9223372036854775807) AS comments) t
  LEFT JOIN LATERAL (SELECT h.last_comment_id, h.last_comment_by, h.last_comment_created
                      WHERE h.last_comment_by <> ALL (:ignored_profiles::bigint[])
                      UNION ALL
                    (SELECT c.comment_id, c.created_by, c.created
                       FROM microcosm.comments c
                      WHERE c.site_id = :site_id AND c.huddle_id = h.huddle_id
                        AND h.last_comment_by = ANY (:ignored_profiles::bigint[])
                        AND c.created_by <> ALL (:ignored_profiles::bigint[])
                      ORDER BY c.position DESC
                      LIMIT 1)) n ON true
  LEFT JOIN microcosm.profiles l ON l.site_id = h.site_id AND l.profile_id = n.last_comment_by

-- name: list
-- bind: site_id int, actor_id int, ignored_profiles ints, only_unread bool, limit int, offset int
-- row: huddle
SELECT @huddle_summary()
      ,@huddle_is_unread(o) AS "meta.flags.unread"
  FROM (@own_huddles() LIMIT :limit OFFSET :offset) o
  JOIN microcosm.huddles h ON h.site_id = :site_id AND h.huddle_id = o.huddle_id
  @huddle_summary_joins()
 ORDER BY o.last_activity DESC, o.huddle_id DESC;

-- fragment: participant_of(huddles)
-- Who takes part, in the order of their coming; huddles: rows of huddle_id.
SELECT p.huddle_id
      ,o.profile_id AS "id"
      ,o.site_id
      ,o.user_id
      ,o.profile_name
      ,o.is_visible AS "visible"
      ,o.avatar
  FROM {huddles} n
  JOIN microcosm.huddle_participants p ON p.site_id = :site_id AND p.huddle_id = n.huddle_id
  JOIN microcosm.profiles o ON o.site_id = p.site_id AND o.profile_id = p.profile_id
 ORDER BY p.huddle_id, p.joined, p.profile_id

-- name: list_participants
-- Who takes part in the huddles of a page of the list.
-- bind: site_id int, actor_id int, ignored_profiles ints, only_unread bool, limit int, offset int
-- row: profile
@participant_of((@own_huddles() LIMIT :limit OFFSET :offset));

-- name: facts
-- unsettled: no counters
-- What decides about a huddle, and up to when the actor has read it.
-- bind: site_id int, huddle_id int, actor_id int
-- row: created_by int, is_confidential bool, is_participant bool, read_at time
SELECT h.created_by
      ,h.is_confidential
      ,EXISTS (SELECT FROM microcosm.huddle_participants p
                WHERE p.site_id = :site_id AND p.huddle_id = h.huddle_id AND p.profile_id = :actor_id) AS is_participant
      ,@read_up_to(:actor_id, h.huddle_id) AS read_at
  FROM microcosm.huddles h
 WHERE h.site_id = :site_id
   AND h.huddle_id = :huddle_id;

-- name: get
-- bind: site_id int, huddle_id int, actor_id int
-- row: huddle
SELECT @huddle_begun(h.comment_count)
      ,CASE WHEN w.watcher_id IS NOT NULL THEN true END AS "meta.flags.watched"
      ,w.send_email AS "meta.flags.send_email"
      ,w.send_sms AS "meta.flags.send_sms"
  FROM microcosm.huddles h
  JOIN microcosm.profiles a ON a.site_id = h.site_id AND a.profile_id = h.created_by
  LEFT JOIN microcosm.watchers w
    ON w.site_id = h.site_id AND w.profile_id = :actor_id AND w.item_type = 5 AND w.item_id = h.huddle_id
 WHERE h.site_id = :site_id
   AND h.huddle_id = :huddle_id;

-- name: all_participants
-- bind: site_id int, huddle_id int
-- row: profile
@participant_of((SELECT :huddle_id::bigint AS huddle_id));

-- name: count_participants
-- bind: site_id int, huddle_id int
-- row: total int
SELECT count(*) AS total
  FROM microcosm.huddle_participants p
 WHERE p.site_id = :site_id
   AND p.huddle_id = :huddle_id;

-- name: participants
-- A page of them by id; or, with profile_id, only that one.
-- bind: site_id int, huddle_id int, profile_id id, limit int, offset int
-- row: participant
SELECT p.profile_id AS "id"
      ,o.profile_id AS "participant.id"
      ,o.site_id AS "participant.site_id"
      ,o.user_id AS "participant.user_id"
      ,o.profile_name AS "participant.profile_name"
      ,o.is_visible AS "participant.visible"
      ,o.avatar AS "participant.avatar"
  FROM microcosm.huddle_participants p
  JOIN microcosm.profiles o ON o.site_id = p.site_id AND o.profile_id = p.profile_id
 WHERE p.site_id = :site_id
   AND p.huddle_id = :huddle_id
   AND (:profile_id::bigint IS NULL OR p.profile_id = :profile_id)
 ORDER BY p.profile_id
 LIMIT :limit OFFSET :offset;

-- name: unknown_profiles
-- Those of some ids that are no profiles of the site.
-- bind: site_id int, profile_ids ints
-- row: profile_id int
SELECT g.profile_id
  FROM unnest(:profile_ids::bigint[]) AS g (profile_id)
 WHERE NOT EXISTS (SELECT FROM microcosm.profiles p WHERE p.site_id = :site_id AND p.profile_id = g.profile_id)
 LIMIT 1;

-- fragment: joined_huddle(huddle, profiles)
-- Makes profiles take part in the huddle of a source, and follow it. Who does already is left as they are.
joined AS (
    INSERT INTO microcosm.huddle_participants (site_id, huddle_id, profile_id)
    SELECT :site_id, h.huddle_id, g.profile_id
      FROM {huddle} h
     CROSS JOIN {profiles} g
     ORDER BY g.profile_id <> :actor_id, g.profile_id -- the author comes first; the rest so that no two wait for each other
        ON CONFLICT DO NOTHING
    RETURNING huddle_id, profile_id
), watching AS (
    INSERT INTO microcosm.watchers (site_id, profile_id, item_type, item_id, send_email, send_sms)
    SELECT :site_id, j.profile_id, 5, j.huddle_id, coalesce(u.send_email, false), coalesce(u.send_sms, false)
      FROM joined j
      LEFT JOIN microcosm.update_preferences u
             ON u.site_id = :site_id AND u.profile_id = j.profile_id AND u.update_type_id = 4
        ON CONFLICT DO NOTHING
)

-- name: create
-- The caller holds the lock of items.lock_post. Returns the actor's huddle of the last five seconds that has the same title
-- and all of these participants, if there is one.
-- bind: site_id int, actor_id int, title text, is_confidential bool, profile_ids ints, address text
-- row: change change
WITH recent AS (
    SELECT h.huddle_id
      FROM (SELECT p.huddle_id
              FROM microcosm.huddle_participants p
             WHERE p.site_id = :site_id AND p.profile_id = :actor_id
             ORDER BY p.last_activity DESC, p.huddle_id DESC
             LIMIT 50) l
      JOIN microcosm.huddles h ON h.site_id = :site_id AND h.huddle_id = l.huddle_id
     WHERE h.created_by = :actor_id
       AND h.created > clock_timestamp() - interval '5 seconds'
       AND h.title = :title
       AND h.is_confidential = :is_confidential
       AND NOT EXISTS (SELECT
                         FROM unnest(:profile_ids::bigint[]) AS g (profile_id)
                        WHERE NOT EXISTS (SELECT FROM microcosm.huddle_participants o
                                           WHERE o.site_id = :site_id AND o.huddle_id = h.huddle_id
                                             AND o.profile_id = g.profile_id))
     LIMIT 1
), made AS (
    INSERT INTO microcosm.huddles (site_id, title, is_confidential, created, last_activity, created_by)
    SELECT :site_id, :title, :is_confidential, fresh.created, fresh.created, :actor_id
      FROM (SELECT clock_timestamp() AS created WHERE NOT EXISTS (SELECT FROM recent) OFFSET 0) fresh
    RETURNING huddle_id
), @joined_huddle(made, (SELECT :actor_id::bigint AS profile_id UNION SELECT unnest(:profile_ids::bigint[])))
, @change(:site_id, 5, m.huddle_id, NULL, NULL, NULL, 'create', :actor_id, NULL, made m)
, @audit('C', change)
SELECT c.change FROM change c
UNION ALL
SELECT @change_found(5, r.huddle_id, NULL, NULL, NULL, :actor_id) FROM recent r;

-- name: lock
-- unsettled: no counters
-- Whoever changes who takes part, or posts, waits here, so that the next statement sees what the one before has done.
-- bind: site_id int, huddle_id int
SELECT
  FROM microcosm.huddles h
 WHERE h.site_id = :site_id
   AND h.huddle_id = :huddle_id
   FOR NO KEY UPDATE;

-- name: add
-- The caller holds the lock. No row if the actor may not add any more, or if there would be more than a huddle may have.
-- bind: site_id int, huddle_id int, actor_id int, profile_ids ints, most int, address text
-- row: is_full bool, change change
WITH huddle AS (
    SELECT h.huddle_id
          ,(SELECT count(*) FROM microcosm.huddle_participants p WHERE p.site_id = :site_id AND p.huddle_id = :huddle_id)
           + (SELECT count(DISTINCT g.profile_id)
                FROM unnest(:profile_ids::bigint[]) AS g (profile_id)
               WHERE NOT EXISTS (SELECT FROM microcosm.huddle_participants p
                                  WHERE p.site_id = :site_id AND p.huddle_id = :huddle_id
                                    AND p.profile_id = g.profile_id)) > :most AS is_full
      FROM microcosm.huddles h
     WHERE h.site_id = :site_id
       AND h.huddle_id = :huddle_id
       AND NOT h.is_confidential
       AND @takes_part(h.huddle_id)
), @joined_huddle((SELECT o.huddle_id FROM huddle o WHERE NOT o.is_full), (SELECT DISTINCT unnest(:profile_ids::bigint[]) AS profile_id))
, @change(:site_id, 5, n.huddle_id, NULL, NULL, NULL, 'update', :actor_id, jsonb_build_object('joined', n.profile_ids),
          (SELECT j.huddle_id, jsonb_agg(j.profile_id) AS profile_ids FROM joined j GROUP BY j.huddle_id) n)
, @audit('U', change)
SELECT h.is_full, c.change FROM huddle h LEFT JOIN change c ON true;

-- name: leave
-- The caller holds the lock. Nobody sees a huddle without participants, so it goes with the last one. No row if the profile
-- takes no part. Who began it sees it until it is gone.
-- bind: site_id int, huddle_id int, profile_id int, address text
-- row: change change
WITH gone AS (
    DELETE FROM microcosm.huddle_participants p
     WHERE p.site_id = :site_id AND p.huddle_id = :huddle_id AND p.profile_id = :profile_id
    RETURNING p.huddle_id
           ,NOT EXISTS (SELECT FROM microcosm.huddle_participants o
                         WHERE o.site_id = :site_id AND o.huddle_id = :huddle_id AND o.profile_id <> :profile_id) AS is_last
), unwatched AS (
    DELETE FROM microcosm.watchers w
     USING gone g
     WHERE w.site_id = :site_id AND w.item_type = 5 AND w.item_id = g.huddle_id AND w.profile_id = :profile_id
), unmarked AS (
    DELETE FROM microcosm.read_marks m
     USING gone g
     WHERE m.site_id = :site_id AND m.item_type = 5 AND m.item_id = g.huddle_id AND m.profile_id = :profile_id
), emptied AS (
    DELETE FROM microcosm.huddles h
     USING gone g
     WHERE g.is_last AND h.site_id = :site_id AND h.huddle_id = g.huddle_id
    RETURNING h.created_by
), @change(:site_id, 5, g.huddle_id, NULL, NULL, NULL, CASE WHEN g.is_last THEN 'delete' ELSE 'update' END, :profile_id,
          jsonb_build_object('left', jsonb_build_array(:profile_id::bigint, e.created_by)), gone g LEFT JOIN emptied e ON true)
, @audit('D', change)
SELECT c.change FROM change c;

-- name: mark_read
-- Marks never move backwards.
-- bind: site_id int, profile_id int, huddle_id int, up_to time
-- silent: nothing that is kept shows what is read of huddles
INSERT INTO microcosm.read_marks AS m (site_id, profile_id, item_type, item_id, read_at)
VALUES (:site_id, :profile_id, 5, :huddle_id, :up_to::timestamptz)
    ON CONFLICT (site_id, profile_id, item_type, item_id)
    DO UPDATE SET read_at = greatest(m.read_at, excluded.read_at);
