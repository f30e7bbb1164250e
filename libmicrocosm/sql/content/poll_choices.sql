-- The choices of polls, and whose votes for them are told.

-- Whether the actor has voted in a poll.
-- fragment: has_voted(item_id)
EXISTS (SELECT FROM microcosm.poll_votes v
         WHERE v.site_id = :site_id AND v.item_id = {item_id} AND v.profile_id = :actor_id)

-- What a poll (p), an item (i), tells about its votes only to those who have voted: until it is closed, which time or
-- hand do. item_records says the same.
-- fragment: hides_results(p, i)
({p}.hide_results AND {p}.poll_open AND {i}.is_open AND ({p}.poll_closes IS NULL OR {p}.poll_closes > statement_timestamp()))

-- name: list
-- bind: site_id int, item_id int
-- row: poll_choice
SELECT c.choice_id AS id
      ,c.choice
      ,c.position AS "order"
      ,c.votes
      ,c.voter_count
  FROM microcosm.poll_choices c
 WHERE c.site_id = :site_id
   AND c.item_id = :item_id
 ORDER BY c.position;

-- name: ids
-- bind: site_id int, item_id int
-- row: choice_id int
SELECT c.choice_id
  FROM microcosm.poll_choices c
 WHERE c.site_id = :site_id
   AND c.item_id = :item_id;

-- name: check
-- Fails with 23514 unless each id but 0 is a choice of the poll and there once. After votes.lock.
-- bind: site_id int, item_id int, ids ints
-- row: known bool
SELECT microcosm.require(NOT EXISTS (SELECT
                                       FROM unnest(:ids::bigint[]) WITH ORDINALITY AS w (id, n)
                                       LEFT JOIN microcosm.poll_choices c
                                              ON c.site_id = :site_id AND c.item_id = :item_id AND c.choice_id = w.id
                                      WHERE w.id <> 0
                                        AND (c.choice_id IS NULL
                                             OR EXISTS (SELECT
                                                          FROM unnest(:ids::bigint[]) WITH ORDINALITY AS o (id, n)
                                                         WHERE o.id = w.id AND o.n < w.n))),
                         'choices of the poll, each once') AS known;

-- name: check_removal
-- Fails with 55006 unless every choice that is not among the ids may go: nobody has voted for it, as far as the actor
-- may know that, or it is forced. After votes.lock.
-- bind: site_id int, item_id int, ids ints, actor_id int, force bool
-- row: may_go bool
SELECT microcosm.require(:force::boolean
                         OR NOT EXISTS (SELECT
                                          FROM microcosm.poll_choices c
                                          JOIN microcosm.polls p ON p.site_id = c.site_id AND p.item_id = c.item_id
                                          JOIN microcosm.items i ON i.site_id = c.site_id AND i.item_id = c.item_id
                                         WHERE c.site_id = :site_id
                                           AND c.item_id = :item_id
                                           AND c.choice_id <> ALL (:ids::bigint[])
                                           AND (c.votes > 0 OR (@hides_results(p, i) AND NOT @has_voted(i.item_id)))),
                         'that no choice with votes goes', 'object_in_use') AS may_go;

-- name: check_single
-- Fails with 55000 unless the poll may become one in which everybody has one vote: nobody has voted for several choices, as
-- far as the actor may know that. After votes.lock.
-- bind: site_id int, item_id int, actor_id int
-- row: fits bool
SELECT microcosm.require(NOT EXISTS (SELECT
                                       FROM microcosm.polls p
                                       JOIN microcosm.items i ON i.site_id = p.site_id AND i.item_id = p.item_id
                                      WHERE p.site_id = :site_id
                                        AND p.item_id = :item_id
                                        AND p.multi
                                        AND ((@hides_results(p, i) AND NOT @has_voted(i.item_id))
                                             OR EXISTS (SELECT
                                                          FROM microcosm.poll_votes v
                                                         WHERE v.site_id = :site_id
                                                           AND v.item_id = :item_id
                                                         GROUP BY v.profile_id
                                                        HAVING min(v.choice_id) <> max(v.choice_id)))),
                         'that everybody has one vote', 'object_not_in_prerequisite_state') AS fits;

-- name: edit
-- Choices in their new order; those with an id other than 0 are renamed, the others are new. replaces: deletes
-- all other choices; else new choices follow the existing ones, which fails with 23514 if there would be too many.
-- bind: site_id int, item_id int, ids ints, choices texts, replaces bool
-- silent: items.edit, which comes before it, tells of the item
WITH wanted AS MATERIALIZED (
    SELECT w.id, w.choice
          ,w.n + CASE WHEN :replaces::boolean THEN 0
                      ELSE (SELECT coalesce(max(c.position), 0) FROM microcosm.poll_choices c
                             WHERE c.site_id = :site_id AND c.item_id = :item_id) END AS position
      FROM unnest(:ids::bigint[], :choices::text[]) WITH ORDINALITY AS w (id, choice, n)
), lost AS (
    UPDATE microcosm.polls p
       SET voter_count = greatest(p.voter_count - l.voters, 0)
      FROM (SELECT coalesce(sum(1), 0) AS voters
              FROM (SELECT FROM microcosm.poll_votes v
                     WHERE :replaces::boolean AND v.site_id = :site_id AND v.item_id = :item_id
                     GROUP BY v.profile_id
                    HAVING bool_and(v.choice_id <> ALL (:ids::bigint[]))) o) l
     WHERE p.site_id = :site_id
       AND p.item_id = :item_id
       AND l.voters > 0
), gone AS (
    DELETE FROM microcosm.poll_choices c
     WHERE :replaces::boolean
       AND c.site_id = :site_id
       AND c.item_id = :item_id
       AND c.choice_id <> ALL (:ids::bigint[])
), renamed AS (
    UPDATE microcosm.poll_choices c
       SET choice = w.choice, position = w.position
      FROM wanted w
     WHERE c.site_id = :site_id
       AND c.item_id = :item_id
       AND c.choice_id = w.id
)
INSERT INTO microcosm.poll_choices (site_id, item_id, choice, position)
SELECT :site_id, :item_id, w.choice, w.position FROM wanted w WHERE w.id = 0;
