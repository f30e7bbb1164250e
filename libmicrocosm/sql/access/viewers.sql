-- Who acts: all that decisions about permissions and lists need to know of a profile.

-- name: facts
-- $1 site_id, $2 profile_id
SELECT p.profile_id
      ,p.user_id
      ,p.profile_name
      ,u.email
      ,p.gender
      ,p.created
      ,p.last_active
      ,p.all_read_at
      ,p.huddles_read_at
      ,p.item_count
      ,p.comment_count
      ,EXISTS (SELECT FROM microcosm.site_bans b
                WHERE b.site_id = p.site_id AND b.user_id = p.user_id
                  AND (b.expires IS NULL OR b.expires > clock_timestamp())) AS is_banned
      ,ARRAY(SELECT r.role_id FROM microcosm.role_profiles r
              WHERE r.site_id = p.site_id AND r.profile_id = p.profile_id ORDER BY r.role_id) AS role_ids
      ,ARRAY(SELECT i.item_id FROM microcosm.ignores i
              WHERE i.site_id = p.site_id AND i.profile_id = p.profile_id AND i.item_type = 3
              ORDER BY i.item_id) AS ignored_profiles
      ,ARRAY(SELECT i.item_id FROM microcosm.ignores i
              WHERE i.site_id = p.site_id AND i.profile_id = p.profile_id AND i.item_type = 2
              ORDER BY i.item_id) AS ignored_microcosms
      ,ARRAY(SELECT i.item_id FROM microcosm.ignores i
              WHERE i.site_id = p.site_id AND i.profile_id = p.profile_id AND i.item_type = ANY (ARRAY(SELECT t.item_type FROM microcosm.item_types t WHERE t.lives_in_microcosm))
              ORDER BY i.item_id) AS ignored_items
      ,ARRAY(SELECT i.item_id FROM microcosm.ignores i
              WHERE i.site_id = p.site_id AND i.profile_id = p.profile_id AND i.item_type = 4
              ORDER BY i.item_id) AS ignored_comments
  FROM microcosm.profiles p
  JOIN microcosm.users u ON u.user_id = p.user_id
 WHERE p.site_id = $1
   AND p.profile_id = $2;

-- name: attributes
-- $1 site_id, $2 profile_id
SELECT a.key
      ,a.value_text
      ,a.value_number
      ,a.value_boolean
  FROM microcosm.attributes a
 WHERE a.site_id = $1
   AND a.item_type = 3
   AND a.item_id = $2
 ORDER BY a.key;
