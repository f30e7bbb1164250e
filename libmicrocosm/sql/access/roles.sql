-- Roles and their criteria, for the tree of a site.

-- name: all
-- unsettled: no counters
-- bind: site_id int
-- row: role_id int, microcosm_id int, is_moderator bool, is_banned bool, include_guests bool
-- row: include_users bool, can_create bool, can_read bool, can_update bool, can_delete bool
-- row: can_close_own bool, can_open_own bool, can_read_others bool
SELECT r.role_id
      ,r.microcosm_id
      ,r.is_moderator
      ,r.is_banned
      ,r.include_guests
      ,r.include_users
      ,r.can_create
      ,r.can_read
      ,r.can_update
      ,r.can_delete
      ,r.can_close_own
      ,r.can_open_own
      ,r.can_read_others
  FROM microcosm.roles r
 WHERE r.site_id = :site_id
   AND r.microcosm_id IS NOT NULL
 ORDER BY r.microcosm_id, r.role_id;

-- name: criteria
-- unsettled: no counters
-- In the same order as the roles, so that both results can be read in parallel.
-- bind: site_id int
-- row: role_id int, or_group int, profile_column text, attr_key text, predicate text, value_text maybe_text
-- row: value_number double, is_number bool, value_boolean choice
SELECT c.role_id
      ,c.or_group
      ,c.profile_column
      ,c.attr_key
      ,c.predicate
      ,c.value_text
      ,c.value_number::float8 AS value_number
      ,c.value_number IS NOT NULL AS is_number
      ,c.value_boolean
  FROM microcosm.role_criteria c
  JOIN microcosm.roles r ON r.site_id = c.site_id AND r.role_id = c.role_id
 WHERE c.site_id = :site_id
   AND r.microcosm_id IS NOT NULL
 ORDER BY r.microcosm_id, r.role_id, c.or_group, c.criterion_id;
