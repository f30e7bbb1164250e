-- Attributes: free keys and values on things of several kinds.

-- fragment: attribute_columns(a)
{a}.key
      ,coalesce({a}.value_text, {a}.value_date::text) AS value_text
      ,{a}.value_number
      ,{a}.value_boolean

-- name: list
-- unsettled: no counters
-- bind: site_id int, item_type int, item_id int, limit int, offset int
-- row: attribute
SELECT @attribute_columns(a)
  FROM microcosm.attributes a
 WHERE a.site_id = :site_id
   AND a.item_type = :item_type
   AND a.item_id = :item_id
 ORDER BY a.key
 LIMIT :limit
OFFSET :offset;

-- name: total
-- unsettled: no counters
-- bind: site_id int, item_type int, item_id int
-- row: total int
SELECT count(*) AS total
  FROM microcosm.attributes a
 WHERE a.site_id = :site_id
   AND a.item_type = :item_type
   AND a.item_id = :item_id;

-- name: get
-- unsettled: no counters
-- bind: site_id int, item_type int, item_id int, key text
-- row: attribute
SELECT @attribute_columns(a)
  FROM microcosm.attributes a
 WHERE a.site_id = :site_id
   AND a.item_type = :item_type
   AND a.item_id = :item_id
   AND a.key = :key;

-- The thing has changed. Those of a profile also decide about what it may do. parent_type, parent_id, microcosm_id: where it
-- is. source: rows of which there is one if anything has changed.
-- fragment: changed_attributes(action, source)
changed AS (
    SELECT :item_type::smallint AS item_type, :item_id::bigint AS item_id, :parent_type::smallint AS parent_type
          ,:parent_id::bigint AS parent_id, :microcosm_id::bigint AS microcosm_id
      FROM {source}
     UNION ALL
    SELECT 14, 0, 3, :item_id, NULL FROM {source} WHERE :item_type = 3
), @change(:site_id, c.item_type, c.item_id, c.parent_type, c.parent_id, c.microcosm_id, 'update', :actor_id, NULL, changed c)
, @audit({action}, (SELECT d.site_id, 15 AS item_type, d.item_id, d.profile_id, d.is_private FROM change d WHERE d.item_id > 0))
SELECT c.change FROM change c

-- name: put
-- unsettled: no counters
-- No row if the thing would have more than it may (most). kinds: text, date, number or boolean; the value's.
-- bind: site_id int, item_type int, item_id int, keys texts, kinds texts, values texts, most int
-- bind: parent_type id, parent_id id, microcosm_id id, actor_id id, address text
-- row: change change
WITH room AS (
    SELECT WHERE cardinality(:keys::text[])
                 + (SELECT count(*)
                      FROM microcosm.attributes a
                     WHERE a.site_id = :site_id AND a.item_type = :item_type AND a.item_id = :item_id
                       AND a.key <> ALL (:keys)) <= :most
), saved AS (
    INSERT INTO microcosm.attributes (site_id, item_type, item_id, key, value_text, value_date, value_number, value_boolean)
    SELECT :site_id
          ,:item_type
          ,:item_id
          ,g.key
          ,CASE WHEN g.kind = 'text' THEN g.value END
          ,CASE WHEN g.kind = 'date' THEN g.value::date END
          ,CASE WHEN g.kind = 'number' THEN g.value::double precision END
          ,CASE WHEN g.kind = 'boolean' THEN g.value::boolean END
      FROM unnest(:keys, :kinds::text[], :values::text[]) AS g (key, kind, value)
     CROSS JOIN room
     ORDER BY g.key
        ON CONFLICT (site_id, item_type, item_id, key)
        DO UPDATE SET value_text = excluded.value_text
                     ,value_date = excluded.value_date
                     ,value_number = excluded.value_number
                     ,value_boolean = excluded.value_boolean
), @changed_attributes('R', room)
;

-- name: delete
-- unsettled: no counters
-- No row, and nothing is deleted, if one of them isn't there.
-- bind: site_id int, item_type int, item_id int, keys texts
-- bind: parent_type id, parent_id id, microcosm_id id, actor_id id, address text
-- row: change change
WITH there AS MATERIALIZED (
    SELECT a.key
      FROM microcosm.attributes a
     WHERE a.site_id = :site_id AND a.item_type = :item_type AND a.item_id = :item_id AND a.key = ANY (:keys::text[])
     ORDER BY a.key
       FOR UPDATE
), whole AS (
    SELECT WHERE cardinality(:keys) = (SELECT count(*) FROM there)
), gone AS (
    DELETE FROM microcosm.attributes a
     USING there, whole
     WHERE a.site_id = :site_id AND a.item_type = :item_type AND a.item_id = :item_id AND a.key = there.key
), @changed_attributes('D', whole)
;
