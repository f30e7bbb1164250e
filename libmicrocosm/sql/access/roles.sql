-- Roles, their criteria and the profiles listed in them: for the tree of a site, and as resources.

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
-- row: role_id int, criterion_id int, or_group int, profile_column text, attr_key text, predicate text, value_text maybe_text
-- row: value_number double, is_number bool, value_boolean choice
SELECT c.role_id
      ,c.criterion_id
      ,c.or_group
      ,c.profile_column
      ,c.attr_key
      ,CASE c.predicate WHEN 'neq' THEN 'ne' ELSE c.predicate END AS predicate
      ,c.value_text
      ,c.value_number::float8 AS value_number
      ,c.value_number IS NOT NULL AS is_number
      ,c.value_boolean
  FROM microcosm.role_criteria c
  JOIN microcosm.roles r ON r.site_id = c.site_id AND r.role_id = c.role_id
 WHERE c.site_id = :site_id
   AND r.microcosm_id IS NOT NULL
 ORDER BY r.microcosm_id, r.role_id, c.or_group, c.criterion_id;

-- name: get
-- The given roles: moderator roles first, banned roles last, then by title.
-- unsettled: no counters
-- bind: site_id int, role_ids ints, limit int, offset int
-- row: role
SELECT r.role_id AS "id"
      ,r.title AS "title"
      ,r.site_id AS "site_id"
      ,r.microcosm_id AS "microcosm_id"
      ,r.is_moderator AS "is_moderator"
      ,r.is_banned AS "is_banned"
      ,r.include_guests AS "include_guests"
      ,r.include_users AS "include_users"
      ,r.can_create AS "can_create"
      ,r.can_read AS "can_read"
      ,r.can_update AS "can_update"
      ,r.can_delete AS "can_delete"
      ,r.can_close_own AS "can_close_own"
      ,r.can_open_own AS "can_open_own"
      ,r.can_read_others AS "can_read_others"
      ,r.created AS "meta.created"
      ,a.profile_id AS "meta.created_by.id"
      ,a.site_id AS "meta.created_by.site_id"
      ,a.user_id AS "meta.created_by.user_id"
      ,a.profile_name AS "meta.created_by.profile_name"
      ,a.is_visible AS "meta.created_by.visible"
      ,a.avatar AS "meta.created_by.avatar"
      ,r.edited AS "meta.edited"
      ,e.profile_id AS "meta.edited_by.id"
      ,e.site_id AS "meta.edited_by.site_id"
      ,e.user_id AS "meta.edited_by.user_id"
      ,e.profile_name AS "meta.edited_by.profile_name"
      ,e.is_visible AS "meta.edited_by.visible"
      ,e.avatar AS "meta.edited_by.avatar"
      ,r.edit_reason AS "meta.edit_reason"
  FROM microcosm.roles r
  LEFT JOIN microcosm.profiles a ON a.site_id = r.site_id AND a.profile_id = r.created_by
  LEFT JOIN microcosm.profiles e ON e.site_id = r.site_id AND e.profile_id = r.edited_by
 WHERE r.site_id = :site_id
   AND r.role_id = ANY (:role_ids::bigint[])
 ORDER BY r.is_moderator DESC, r.is_banned, r.title, r.role_id
 LIMIT :limit OFFSET :offset;

-- name: create
-- No row if there is no such microcosm.
-- unsettled: no counters
-- bind: site_id int, microcosm_id int, title text, is_moderator bool, is_banned bool, include_guests bool
-- bind: include_users bool, can_create bool, can_read bool, can_update bool, can_delete bool
-- bind: can_close_own bool, can_open_own bool, can_read_others bool, actor_id int, address text
-- row: change change
WITH place AS (
    SELECT m.microcosm_id
      FROM microcosm.microcosms m
     WHERE m.site_id = :site_id AND m.microcosm_id = :microcosm_id
       FOR KEY SHARE
), made AS (
    INSERT INTO microcosm.roles (site_id, microcosm_id, title, is_moderator, is_banned, include_guests, include_users,
                                 can_create, can_read, can_update, can_delete, can_close_own, can_open_own,
                                 can_read_others, created_by)
    SELECT :site_id, place.microcosm_id, :title, :is_moderator, :is_banned, :include_guests, :include_users,
           :can_create, :can_read, :can_update, :can_delete, :can_close_own, :can_open_own, :can_read_others, :actor_id
      FROM place
    RETURNING role_id
), @change(:site_id, 17, made.role_id, NULL, NULL, NULL, 'create', :actor_id, NULL, made)
, @audit('C', change)
SELECT c.change FROM change c;

-- name: edit
-- NULL doesn't change. No row if there is no such role, or it would both moderate and ban.
-- unsettled: no counters
-- bind: site_id int, role_id int, title text, is_moderator choice, is_banned choice, include_guests choice
-- bind: include_users choice, can_create choice, can_read choice, can_update choice, can_delete choice
-- bind: can_close_own choice, can_open_own choice, can_read_others choice, edit_reason text, action text
-- bind: audit_action text, actor_id int, address text
-- row: change change
WITH changed AS (
    UPDATE microcosm.roles r
       SET title = coalesce(:title, r.title)
          ,is_moderator = coalesce(:is_moderator, r.is_moderator)
          ,is_banned = coalesce(:is_banned, r.is_banned)
          ,include_guests = coalesce(:include_guests, r.include_guests)
          ,include_users = coalesce(:include_users, r.include_users)
          ,can_create = coalesce(:can_create, r.can_create)
          ,can_read = coalesce(:can_read, r.can_read)
          ,can_update = coalesce(:can_update, r.can_update)
          ,can_delete = coalesce(:can_delete, r.can_delete)
          ,can_close_own = coalesce(:can_close_own, r.can_close_own)
          ,can_open_own = coalesce(:can_open_own, r.can_open_own)
          ,can_read_others = coalesce(:can_read_others, r.can_read_others)
          ,edited = clock_timestamp()
          ,edited_by = :actor_id
          ,edit_reason = coalesce(:edit_reason, r.edit_reason, 'No reason given')
     WHERE r.site_id = :site_id AND r.role_id = :role_id
       AND NOT (coalesce(:is_moderator, r.is_moderator) AND coalesce(:is_banned, r.is_banned))
    RETURNING r.role_id
), @change(:site_id, 17, c.role_id, NULL, NULL, NULL, :action, :actor_id, NULL, changed c)
, @audit(:audit_action, change)
SELECT c.change FROM change c;

-- name: delete
-- unsettled: no counters
-- bind: site_id int, role_id int, actor_id int, address text
-- row: change change
WITH gone AS (
    DELETE FROM microcosm.roles r
     WHERE r.site_id = :site_id AND r.role_id = :role_id
    RETURNING r.role_id
), @change(:site_id, 17, g.role_id, NULL, NULL, NULL, 'delete', :actor_id, NULL, gone g)
, @audit('D', change)
SELECT c.change FROM change c;

-- name: listed
-- The profiles that each of the given roles lists, ascending.
-- unsettled: no counters
-- bind: site_id int, role_ids ints
-- row: role_id int, profile_ids text
SELECT r.role_id
      ,ARRAY(SELECT p.profile_id FROM microcosm.role_profiles p
              WHERE p.site_id = :site_id AND p.role_id = r.role_id ORDER BY p.profile_id) AS profile_ids
  FROM microcosm.roles r
 WHERE r.site_id = :site_id AND r.role_id = ANY (:role_ids::bigint[]);

-- name: everybody
-- Part of the profiles of the site, oldest first.
-- bind: site_id int, limit int, offset int
-- row: profile_id int
SELECT p.profile_id
  FROM microcosm.profiles p
 WHERE p.site_id = :site_id AND p.profile_name <> 'deleted'
 ORDER BY p.profile_id
 LIMIT :limit OFFSET :offset;

-- name: profiles
-- unsettled: no counters
-- bind: site_id int, profile_ids ints
-- row: profile
SELECT p.profile_id AS "id"
      ,p.site_id
      ,p.user_id
      ,p.profile_name
      ,p.is_visible AS "visible"
      ,p.avatar
  FROM microcosm.profiles p
 WHERE p.site_id = :site_id AND p.profile_id = ANY (:profile_ids::bigint[])
 ORDER BY p.profile_id;

-- name: candidates
-- What criteria compare of the oldest profiles of a site. is_for_owner: with what only its owner may know; else no email
-- matches, and nobody is banned.
-- bind: site_id int, most int, is_for_owner bool
-- row: profile_id int, profile_name text, email maybe_text, gender maybe_text, created time, item_count int
-- row: comment_count int, is_banned bool
SELECT p.profile_id
      ,p.profile_name
      ,CASE WHEN :is_for_owner THEN u.email END AS email
      ,p.gender
      ,p.created
      ,coalesce(t.item_count, 0)::bigint AS item_count
      ,coalesce(t.comment_count, 0)::bigint AS comment_count
      ,:is_for_owner AND EXISTS (SELECT FROM @ban_of(p.site_id, u) b) AS is_banned
  FROM (SELECT * FROM microcosm.profiles p
         WHERE p.site_id = :site_id AND p.profile_name <> 'deleted'
         ORDER BY p.profile_id LIMIT :most) p
  JOIN microcosm.users u ON u.user_id = p.user_id
  LEFT JOIN (SELECT n.profile_id, sum(n.item_count) AS item_count, sum(n.comment_count) AS comment_count
               FROM (SELECT c.profile_id, c.microcosm_id, c.item_count, c.comment_count
                       FROM microcosm.profile_counters c
                      WHERE c.site_id = :site_id
                      UNION ALL
                     SELECT d.profile_id, d.microcosm_id, d.item_count, d.comment_count
                       FROM microcosm.profile_deltas d
                      WHERE d.site_id = :site_id) n
               JOIN (SELECT m.microcosm_id FROM microcosm.microcosms m
                      WHERE m.site_id = :site_id AND NOT @hides(m) OFFSET 0) m ON m.microcosm_id = n.microcosm_id
              GROUP BY n.profile_id) t ON t.profile_id = p.profile_id
 ORDER BY p.profile_id;

-- name: candidate_attributes
-- The attributes with these keys of the same profiles, in the same order.
-- bind: site_id int, most int, keys texts
-- row: profile_id int, key text, value_text maybe_text, value_number double, is_number bool, value_boolean choice
SELECT p.profile_id
      ,@compared(a)
  FROM (SELECT p.profile_id FROM microcosm.profiles p
         WHERE p.site_id = :site_id AND p.profile_name <> 'deleted'
         ORDER BY p.profile_id LIMIT :most) p
  JOIN microcosm.attributes a ON a.site_id = :site_id AND a.item_type = 3 AND a.item_id = p.profile_id
 WHERE a.key = ANY (:keys::text[])
 ORDER BY p.profile_id, a.key;

-- fragment: role_audit(source)
audit AS (
    INSERT INTO microcosm.audit (site_id, item_type, item_id, profile_id, action, address)
    SELECT :site_id, 17, :role_id, :actor_id, 'U', :address::inet
     WHERE :address IS NOT NULL AND EXISTS (SELECT FROM {source})
)

-- name: add_profiles
-- A row for each profile that wasn't listed.
-- unsettled: no counters
-- bind: site_id int, role_id int, profile_ids ints, actor_id int, address text
-- row: change change
WITH added AS (
    INSERT INTO microcosm.role_profiles (site_id, role_id, profile_id)
    SELECT r.site_id, r.role_id, p.profile_id
      FROM microcosm.roles r
      JOIN microcosm.profiles p ON p.site_id = r.site_id AND p.profile_id = ANY (:profile_ids::bigint[])
     WHERE r.site_id = :site_id AND r.role_id = :role_id
        ON CONFLICT DO NOTHING
    RETURNING profile_id
), @change(:site_id, 14, 0, 3, added.profile_id, NULL, 'update', :actor_id, NULL, added)
, @role_audit(added)
SELECT c.change FROM change c;

-- name: remove_profiles
-- All of them if none are given.
-- unsettled: no counters
-- bind: site_id int, role_id int, profile_ids ints, actor_id int, address text
-- row: change change
WITH gone AS (
    DELETE FROM microcosm.role_profiles p
     WHERE p.site_id = :site_id AND p.role_id = :role_id
       AND (cardinality(:profile_ids::bigint[]) = 0 OR p.profile_id = ANY (:profile_ids::bigint[]))
    RETURNING p.profile_id
), @change(:site_id, 14, 0, 3, gone.profile_id, NULL, 'update', :actor_id, NULL, gone)
, @role_audit(gone)
SELECT c.change FROM change c;

-- name: criteria_of
-- unsettled: no counters
-- bind: site_id int, role_id int
-- row: criterion
SELECT c.criterion_id AS "id"
      ,c.or_group AS "or_group"
      ,c.profile_column AS "profile_column"
      ,c.attr_key AS "attr_key"
      ,c.predicate AS "predicate"
      ,c.value_text AS "value_text"
      ,c.value_number::float8 AS "value_number"
      ,c.value_boolean AS "value_boolean"
  FROM microcosm.role_criteria c
 WHERE c.site_id = :site_id AND c.role_id = :role_id
 ORDER BY c.or_group, c.profile_column, c.attr_key, c.criterion_id;

-- name: add_criterion
-- unsettled: no counters
-- bind: site_id int, role_id int, or_group int, profile_column text, attr_key text, predicate text, value_text text
-- bind: value_number maybe_double, value_boolean choice, actor_id int, address text
-- row: change change, criterion_id int
WITH role AS (
    SELECT r.role_id FROM microcosm.roles r WHERE r.site_id = :site_id AND r.role_id = :role_id FOR KEY SHARE
), made AS (
    INSERT INTO microcosm.role_criteria (site_id, role_id, or_group, profile_column, attr_key, predicate, value_text,
                                         value_number, value_boolean)
    SELECT :site_id, role.role_id, :or_group, nullif(:profile_column, ''), nullif(:attr_key, ''), :predicate,
           :value_text, :value_number::float8::text::numeric, :value_boolean
      FROM role
    RETURNING criterion_id
), @change(:site_id, 17, :role_id, NULL, NULL, NULL, 'update', :actor_id, NULL, made)
, @audit('U', change)
SELECT c.change, made.criterion_id FROM change c CROSS JOIN made;

-- name: edit_criterion
-- unsettled: no counters
-- bind: site_id int, role_id int, criterion_id int, or_group int, profile_column text, attr_key text, predicate text
-- bind: value_text text, value_number maybe_double, value_boolean choice, actor_id int, address text
-- row: change change
WITH changed AS (
    UPDATE microcosm.role_criteria c
       SET or_group = :or_group
          ,profile_column = nullif(:profile_column, '')
          ,attr_key = nullif(:attr_key, '')
          ,predicate = :predicate
          ,value_text = :value_text
          ,value_number = :value_number::float8::text::numeric
          ,value_boolean = :value_boolean
     WHERE c.site_id = :site_id AND c.role_id = :role_id AND c.criterion_id = :criterion_id
    RETURNING c.criterion_id
), @change(:site_id, 17, :role_id, NULL, NULL, NULL, 'update', :actor_id, NULL, changed)
, @audit('U', change)
SELECT c.change FROM change c;

-- name: remove_criteria
-- All of them if none are given.
-- unsettled: no counters
-- bind: site_id int, role_id int, criterion_ids ints, actor_id int, address text
-- row: change change
WITH gone AS (
    DELETE FROM microcosm.role_criteria c
     WHERE c.site_id = :site_id AND c.role_id = :role_id
       AND (cardinality(:criterion_ids::bigint[]) = 0 OR c.criterion_id = ANY (:criterion_ids::bigint[]))
    RETURNING c.criterion_id
), role AS (
    SELECT DISTINCT :role_id::bigint AS role_id FROM gone
), @change(:site_id, 17, role.role_id, NULL, NULL, NULL, 'update', :actor_id, NULL, role)
, @audit('U', change)
SELECT c.change FROM change c;
