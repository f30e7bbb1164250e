-- Summaries of things that a list has chosen: kinds and ids, in the order of the list.

-- fragment: listed()
WITH wanted AS MATERIALIZED (
    SELECT g.item_type, g.item_id, g.n
      FROM unnest(:item_types::bigint[], :item_ids::bigint[]) WITH ORDINALITY AS g (item_type, item_id, n)
)

-- name: microcosms
-- bind: site_id int, item_types ints, item_ids ints, readable ints, last_below ints
-- row: microcosm
@listed()
@things_microcosms();

-- name: profiles
-- bind: site_id int, item_types ints, item_ids ints
-- row: profile
@listed()
@things_profiles();

-- name: comments
-- bind: site_id int, item_types ints, item_ids ints
-- row: comment
@listed()
@things_comments();

-- name: items
-- bind: site_id int, item_types ints, item_ids ints, actor_id int
-- row: event
@listed()
@things_items();

-- name: shown_comments
-- bind: site_id int, item_types ints, item_ids ints, ignored_profiles ints
-- row: last_comment
@listed()
@things_shown_comments();

-- name: huddles
-- bind: site_id int, item_types ints, item_ids ints
-- row: huddle
@listed()
@things_huddles();

-- name: huddle_participants
-- bind: site_id int, item_types ints, item_ids ints
-- row: profile
@listed()
@things_huddle_participants();
