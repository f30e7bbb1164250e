-- The change feed.

-- fragment: change_value(site_id, item_type, item_id, parent_type, parent_id, microcosm_id, moved_from, profile_id, is_new)
-- What was written, as the caches of this process and of others are told of it: the members of mc__change (db/db.h).
-- In one column, since each more of them would cost a post as much as all of this.
ARRAY[{site_id}, {item_type}, {item_id}, {parent_type}, {parent_id}, {microcosm_id}, {moved_from}, {profile_id},
          ({is_new})::int]::bigint[]

-- fragment: change_of_row(c)
@change_value({c}.site_id, {c}.item_type, {c}.item_id, {c}.parent_type, {c}.parent_id, {c}.microcosm_id,
          ({c}.details ->> 'from')::bigint, {c}.profile_id, {c}.action = 'create')

-- fragment: change(site_id, item_type, item_id, parent_type, parent_id, microcosm_id, action, actor_id, details, source)
-- Puts a row into the feed for each of the source. It says where things are by what is locked or was just written, not
-- by what was read before.
change AS (
    INSERT INTO microcosm.changes (site_id, item_type, item_id, parent_type, parent_id, microcosm_id, action, profile_id,
                                   details)
    SELECT {site_id}, {item_type}, {item_id}, {parent_type}, {parent_id}, {microcosm_id}, {action}, {actor_id}, {details}
      FROM {source}
    RETURNING site_id, item_type, item_id, profile_id
              ,item_type = 5 OR coalesce(parent_type = 5, false) OR coalesce(details ? 'vote', false) AS is_private
              ,@change_of_row(changes) AS change
)

-- fragment: change_of_profile(source)
-- What decides about a profile has changed, or what it has read: of no concern to anybody but caches.
@change(:site_id, 14, 0, 3, :profile_id, NULL, 'update', :profile_id, NULL, {source})

-- fragment: change_found(item_type, item_id, parent_type, parent_id, microcosm_id, actor_id)
-- A change that another process may just have put into the feed, where all was found done that was to be
-- done: such as an equal post. This process may not have heard of it yet, and whoever is told that it is done must find
-- it done.
@change_value(:site_id, {item_type}, {item_id}, {parent_type}, {parent_id}, {microcosm_id}, NULL, {actor_id}, true)

-- fragment: audit(action, source)
-- Who wrote what from which address, where that is known. source: the changes that are of interest.
audit AS (
    INSERT INTO microcosm.audit (site_id, item_type, item_id, profile_id, action, address, is_private)
    SELECT c.site_id, c.item_type, c.item_id, c.profile_id, {action}, :address::inet, c.is_private
      FROM {source} c WHERE :address IS NOT NULL
)

-- name: next
-- Only rows of transactions that have ended, and so have all older ones: ids are given out before commit,
-- hence the order of ids isn't the order of commits. A thing is hidden if it or what it is on is; its
-- microcosm is judged by the caller, and so is who takes part in a huddle.
-- transaction and change_id are the cursor. since: a snapshot, what it shows is left out; or NULL.
-- bind: site_id int, transaction text, change_id int, since text, limit int, actor_id int
-- row: change_id int, transaction text, item_type int, item_id int, parent_type int, parent_id int
-- row: microcosm_id int, action text, profile_id int, created time, is_hidden bool, is_participant bool
-- row: moved_from int, is_shown_again bool, has_joined bool, has_left bool, item_author int, comment_author int, is_secret bool
-- Who has voted is told to nobody else, and that somebody has to those only who see the results.
SELECT c.change_id
      ,c.transaction
      ,c.item_type
      ,c.item_id
      ,c.parent_type
      ,c.parent_id
      ,coalesce(i.microcosm_id, c.microcosm_id) AS microcosm_id
      ,c.action
      ,CASE WHEN coalesce(c.details ? 'vote', false) AND c.profile_id <> :actor_id THEN NULL ELSE c.profile_id END AS profile_id
      ,c.created
      ,coalesce(NOT i.is_visible OR NOT m.is_visible, false) AS is_hidden
      ,@takes_part(CASE WHEN c.item_type = 5 THEN c.item_id ELSE c.parent_id END) AS is_participant
      ,(c.details ->> 'from')::bigint AS moved_from
      ,coalesce((c.details ->> 'shown')::boolean, false) AS is_shown_again
      ,coalesce(c.details -> 'joined' @> to_jsonb(:actor_id::bigint), false) AS has_joined
      ,coalesce(c.details -> 'left' @> to_jsonb(:actor_id::bigint), false) AS has_left
      ,coalesce(i.created_by, 0) AS item_author
      ,coalesce(m.created_by, 0) AS comment_author
      ,coalesce(@hides_results(v, i) AND NOT @has_voted(v.item_id), false) AS is_secret
  FROM microcosm.changes c
 CROSS JOIN (SELECT ARRAY(SELECT t.item_type FROM microcosm.item_types t WHERE t.lives_in_microcosm) AS of_items) kinds
  LEFT JOIN microcosm.items i
         ON i.site_id = c.site_id
        AND i.item_id = CASE WHEN c.item_type = ANY (kinds.of_items) THEN c.item_id
                             WHEN c.parent_type = ANY (kinds.of_items) THEN c.parent_id END
  LEFT JOIN microcosm.comments m
         ON m.site_id = c.site_id AND m.comment_id = CASE WHEN c.item_type = 4 THEN c.item_id END
  LEFT JOIN microcosm.polls v
         ON v.site_id = c.site_id AND v.item_id = CASE WHEN c.details ? 'vote' THEN c.item_id END
 WHERE c.site_id = :site_id
   AND (c.transaction, c.change_id) > (:transaction::xid8, :change_id::bigint)
   AND c.transaction < pg_snapshot_xmin(pg_current_snapshot())
   AND (:since::pg_snapshot IS NULL OR NOT pg_visible_in_snapshot(c.transaction, :since::pg_snapshot))
 ORDER BY c.transaction, c.change_id
 LIMIT :limit;

-- name: content
-- What is in a microcosm, or just one item (microcosm_id 0), as far as it can be seen: items in the order of their ids,
-- each with its comments behind it, from a comment of an item on. Position -1 is the item itself.
-- bind: site_id int, microcosm_id int, item_id int, position int, limit int
-- row: item_type int, item_id int, microcosm_id int, comment_id int, position int, created time, profile_id int
-- row: item_author int
SELECT i.item_type
      ,i.item_id
      ,i.microcosm_id
      ,x.comment_id
      ,x.position
      ,x.created
      ,x.created_by AS profile_id
      ,i.created_by AS item_author
  FROM (SELECT m.item_id, m.item_type, m.microcosm_id, m.created, m.created_by
              ,CASE WHEN m.item_id = :item_id THEN :position ELSE -1 END AS first
          FROM microcosm.items m
         WHERE m.site_id = :site_id
           AND m.item_id >= :item_id::bigint
           AND m.item_id <= CASE WHEN :microcosm_id::bigint > 0 THEN 9223372036854775807 ELSE :item_id END
           AND (:microcosm_id = 0 OR m.microcosm_id = :microcosm_id)
           AND m.is_visible
         ORDER BY m.item_id
         LIMIT :limit) i
 CROSS JOIN LATERAL (
          (SELECT 0::bigint AS comment_id, (-1)::bigint AS position, i.created, i.created_by WHERE i.first < 0)
          UNION ALL
          (SELECT c.comment_id, c.position, c.created, c.created_by
             FROM microcosm.comments c
            WHERE c.site_id = :site_id AND c.item_id = i.item_id AND c.position >= i.first AND c.is_visible
            ORDER BY c.position
            LIMIT :limit)) x
 ORDER BY i.item_id, x.position
 LIMIT :limit;

-- name: huddle_content
-- The comments in a huddle that the actor takes part in, from a position on.
-- bind: site_id int, huddle_id int, actor_id int, position int, limit int
-- row: comment_id int, position int, created time, profile_id int
SELECT c.comment_id
      ,c.position
      ,c.created
      ,c.created_by AS profile_id
  FROM microcosm.comments c
 WHERE c.site_id = :site_id
   AND c.huddle_id = :huddle_id
   AND c.position >= :position::bigint
   AND c.is_visible
   AND @takes_part(:huddle_id)
 ORDER BY c.position
 LIMIT :limit;

-- name: now
-- The cursor for what comes next: behind everything that next would give by now, or would have given before it
-- was trimmed away; 0 if there is nothing. The snapshot tells which later ones are known already.
-- bind: site_id int
-- row: transaction text, change_id int, snapshot text
SELECT coalesce(n.transaction, '0'::xid8) AS transaction
      ,coalesce(n.change_id, 0) AS change_id
      ,pg_current_snapshot() AS snapshot
  FROM (SELECT) one
  LEFT JOIN ((SELECT c.transaction
                    ,c.change_id
                FROM microcosm.changes c
               WHERE c.site_id = :site_id
                 AND c.transaction < pg_snapshot_xmin(pg_current_snapshot())
               ORDER BY c.transaction DESC, c.change_id DESC
               LIMIT 1)
              UNION ALL
             SELECT t.transaction
                   ,t.change_id
               FROM microcosm.changes_trimmed t
              WHERE t.site_id = :site_id
              ORDER BY transaction DESC, change_id DESC
              LIMIT 1) n ON true;

-- name: is_trimmed
-- Whether rows after a cursor were trimmed away.
-- transaction and change_id are the cursor.
-- bind: site_id int, transaction text, change_id int
-- row: is_trimmed bool
SELECT EXISTS (SELECT FROM microcosm.changes_trimmed t
                WHERE t.site_id = :site_id
                  AND (t.transaction, t.change_id) > (:transaction::xid8, :change_id::bigint)) AS is_trimmed;

-- name: trim
-- Deletes the oldest rows, as many as one statement should. Nothing while another process is at it. Looks at the
-- beginning of the feed only: rows are old in about the order of the feed, and what is missed today comes
-- tomorrow. Rows that a follower may not have passed yet stay.
-- bind: keep_s int, limit int
-- row: rows int
-- silent: it shortens the feed itself; what is there is as it was
WITH turn AS MATERIALIZED (
    SELECT pg_try_advisory_xact_lock(7883941965834973044) AS is_mine
), oldest AS MATERIALIZED (
    SELECT c.change_id, c.transaction, c.created
      FROM microcosm.changes c
     WHERE (SELECT turn.is_mine FROM turn)
       AND c.transaction < pg_snapshot_xmin(pg_current_snapshot())
     ORDER BY c.transaction, c.change_id
     LIMIT :limit
), gone AS (
    DELETE FROM microcosm.changes c
     USING oldest
     WHERE c.change_id = oldest.change_id
       AND oldest.created < clock_timestamp() - make_interval(secs => :keep_s::bigint::double precision)
    RETURNING c.site_id, c.transaction, c.change_id
), newest AS (
    SELECT DISTINCT ON (every.site_id) every.site_id, every.transaction, every.change_id
      FROM (SELECT g.site_id, g.transaction, g.change_id FROM gone g
             UNION ALL
            SELECT 0, g.transaction, g.change_id FROM gone g) every
     ORDER BY every.site_id, every.transaction DESC, every.change_id DESC
), noted AS (
    INSERT INTO microcosm.changes_trimmed AS t (site_id, transaction, change_id)
    SELECT n.site_id, n.transaction, n.change_id FROM newest n
        ON CONFLICT (site_id)
        DO UPDATE SET transaction = excluded.transaction, change_id = excluded.change_id
         WHERE (t.transaction, t.change_id) < (excluded.transaction, excluded.change_id)
)
SELECT count(*) AS rows FROM gone;

-- name: snapshot
-- Where somebody begins who follows all sites: what can be seen now. Asks for the table too, since without the
-- schema there is nothing to follow.
-- row: snapshot text, trimmed_to int
SELECT pg_current_snapshot() AS snapshot
      ,(SELECT t.change_id FROM microcosm.changes_trimmed t WHERE t.site_id = 0) AS trimmed_to;

-- name: wake
-- Tells all who follow that there is something new. No wake-up is worth waiting for the disk.
SELECT set_config('synchronous_commit', 'off', true)
      ,pg_notify('microcosm', '');

-- name: join
-- Says that this connection follows, to those who are there and, by a lock that lasts as long as it does, to those who
-- come later.
SELECT pg_advisory_lock_shared(1296253521, 1)
      ,pg_notify('microcosm', 'here');

-- name: peers
-- Whether anybody else follows. If not, there is nobody to be woken.
-- row: has_peers bool
SELECT EXISTS (SELECT FROM pg_catalog.pg_locks l
                WHERE l.locktype = 'advisory' AND l.classid = 1296253521 AND l.objid = 1 AND l.objsubid = 2
                  AND l.database = (SELECT d.oid FROM pg_catalog.pg_database d WHERE d.datname = current_database())
                  AND l.pid <> pg_backend_pid()) AS has_peers;

-- name: since
-- What has become visible since a snapshot, on all sites, whatever the order of commits: rows of transactions
-- that were running then, and of all later ones. There is always a row, with the snapshot to go on from; where there is
-- no change that is NULL. is_missing: some may have been trimmed away before they were told.
-- The limits are for the planner, who can't know that there are few: with them it reads the index from the right
-- place. One row more than the caller wants, that it may know when there are too many.
-- origin: number of the process, whose own rows it knows; 0, which is nobody's: its own rows too. Rows that bear none are
-- always among them.
-- bind: snapshot text, origin int
-- row: snapshot text, is_missing bool, change change
SELECT pg_current_snapshot() AS snapshot
      ,EXISTS (SELECT FROM microcosm.changes_trimmed t
                WHERE t.site_id = 0 AND t.transaction >= pg_snapshot_xmin(:snapshot::pg_snapshot)) AS is_missing
      ,new.change
  FROM (VALUES (1)) AS always (one)
  LEFT JOIN LATERAL (
       SELECT @change_of_row(c) AS change
         FROM ((SELECT later.*
                  FROM microcosm.changes later
                 WHERE later.transaction >= pg_snapshot_xmax(:snapshot::pg_snapshot)
                   AND later.origin IS DISTINCT FROM :origin::bigint
                 ORDER BY later.transaction, later.change_id
                 LIMIT 2001)
                UNION ALL
               (SELECT running.*
                  FROM microcosm.changes running
                 WHERE running.transaction = ANY (ARRAY(SELECT pg_snapshot_xip(:snapshot::pg_snapshot)))
                   AND running.origin IS DISTINCT FROM :origin::bigint
                 LIMIT 2001)) c
        LIMIT 2001
       ) AS new ON true;
