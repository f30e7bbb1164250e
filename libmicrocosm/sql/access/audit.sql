-- The audit: who wrote what, newest first.

-- fragment: audit_looked(condition)
-- What a page looks at: at most so many rows at once, whatever it leaves out of them. Private rows are none of them, or the
-- place where it ends would tell of one.
(SELECT a.*
   FROM microcosm.audit a
  WHERE a.site_id = :site_id
    AND NOT a.is_private
    AND {condition}
    AND (a.created, a.audit_id) < (:before::timestamptz, :before_id::bigint)
    AND a.created >= :since::timestamptz
  ORDER BY a.created DESC, a.audit_id DESC
  LIMIT :most)

-- fragment: audit_page(condition)
SELECT a.audit_id AS "id"
      ,t.name AS "item_type"
      ,a.item_id
      ,CASE a.action WHEN 'C' THEN 'create' WHEN 'R' THEN 'replace' WHEN 'U' THEN 'update' WHEN 'F' THEN 'fail' ELSE 'delete' END AS "action"
      ,a.created
      ,host(a.address) AS "address"
      ,p.profile_id AS "profile.id"
      ,p.site_id AS "profile.site_id"
      ,p.user_id AS "profile.user_id"
      ,p.profile_name AS "profile.profile_name"
      ,p.is_visible AS "profile.visible"
      ,p.avatar AS "profile.avatar"
  FROM (SELECT l.*
          FROM @audit_looked({condition}) l
         WHERE (:item_type::smallint = 0 OR l.item_type = :item_type)
           AND (:item_id::bigint = 0 OR l.item_id = :item_id)
           AND (:profile_id::bigint = 0 OR l.profile_id = :profile_id)
           AND (:action::text IS NULL OR l.action = :action)
         ORDER BY l.created DESC, l.audit_id DESC
         LIMIT :limit) a
  JOIN microcosm.item_types t ON t.item_type = a.item_type
  LEFT JOIN microcosm.profiles p ON p.site_id = a.site_id AND p.profile_id = a.profile_id
 ORDER BY a.created DESC, a.audit_id DESC

-- fragment: audit_looked_to(condition)
-- The last row that a page has looked at; no row if there were fewer than it looks at.
SELECT l.audit_id, l.created FROM @audit_looked({condition}) l OFFSET :most - 1

-- name: page
-- 0 and NULL: any. Rows at before and later are left out.
-- bind: site_id int, profile_id int, item_type int, item_id int, action text, since time, before time, before_id int
-- bind: most int, limit int
-- row: audit_entry
@audit_page(true);

-- name: page_of_profile
-- bind: site_id int, profile_id int, item_type int, item_id int, action text, since time, before time, before_id int
-- bind: most int, limit int
-- row: audit_entry
@audit_page(a.profile_id = :profile_id);

-- name: page_of_item
-- bind: site_id int, profile_id int, item_type int, item_id int, action text, since time, before time, before_id int
-- bind: most int, limit int
-- row: audit_entry
@audit_page(a.item_type = :item_type AND a.item_id = :item_id);

-- name: looked_to
-- bind: site_id int, since time, before time, before_id int, most int
-- row: audit_id int, created time
@audit_looked_to(true);

-- name: looked_to_of_profile
-- bind: site_id int, profile_id int, since time, before time, before_id int, most int
-- row: audit_id int, created time
@audit_looked_to(a.profile_id = :profile_id);

-- name: looked_to_of_item
-- bind: site_id int, item_type int, item_id int, since time, before time, before_id int, most int
-- row: audit_id int, created time
@audit_looked_to(a.item_type = :item_type AND a.item_id = :item_id);
