-- Summaries of things that are given by their types and ids, in the order of a page (find/things.c).

-- fragment: things_given()
WITH wanted AS MATERIALIZED (
    SELECT g.n, g.item_type, g.item_id
      FROM unnest(:types::smallint[], :ids::bigint[]) WITH ORDINALITY AS g (item_type, item_id, n)
)

-- name: microcosms
-- bind: site_id int, types ints, ids ints, readable ints, last_below ints
-- row: microcosm
@things_given()
@things_microcosms();

-- name: profiles
-- bind: site_id int, types ints, ids ints
-- row: profile
@things_given()
@things_profiles();

-- name: comments
-- bind: site_id int, types ints, ids ints, actor_id int
-- row: comment
@things_given()
@things_comments();

-- name: items
-- bind: site_id int, types ints, ids ints, actor_id int
-- row: event
@things_given()
@things_items();

-- name: shown_comments
-- bind: site_id int, types ints, ids ints, ignored_profiles ints
-- row: last_comment
@things_given()
@things_shown_comments();

-- name: huddles
-- bind: site_id int, types ints, ids ints, ignored_profiles ints
-- row: huddle
@things_given()
@things_huddles();

-- name: huddle_participants
-- bind: site_id int, types ints, ids ints
-- row: profile
@things_given()
@things_huddle_participants();
