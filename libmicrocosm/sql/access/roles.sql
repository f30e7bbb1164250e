-- Roles and their criteria, for the map of a site.

-- name: map
-- $1 site_id
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
 WHERE r.site_id = $1
   AND r.microcosm_id IS NOT NULL
 ORDER BY r.microcosm_id, r.role_id;

-- name: criteria
-- In the order of the roles above, so that both lists can be walked together.
-- $1 site_id
SELECT c.role_id
      ,c.or_group
      ,c.profile_column
      ,c.attr_key
      ,c.predicate
      ,c.value_text
      ,c.value_number
      ,c.value_boolean
  FROM microcosm.role_criteria c
  JOIN microcosm.roles r ON r.site_id = c.site_id AND r.role_id = c.role_id
 WHERE c.site_id = $1
   AND r.microcosm_id IS NOT NULL
 ORDER BY r.microcosm_id, r.role_id, c.or_group, c.criterion_id;
