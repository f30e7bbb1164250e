-- The actor: the facts about a profile that permissions and lists depend on.

-- name: facts
-- unsettled: criteria of roles see the counters of the author as they were
-- The counters only where criteria ask for them: they may take long in a transaction that has written much.
-- bind: site_id int, profile_id int
-- row: profile_id int, user_id int, profile_name text, email text, gender maybe_text, created time
-- row: now time, all_read_at time, huddles_read_at time, have_counts bool, item_count int, comment_count int
-- row: is_banned bool, ban_reason maybe_text, ban_ms_left int, role_ids text, ignored_profiles text, ignored_microcosms text, ignored_items text
-- row: ignored_comments text
SELECT p.profile_id
      ,p.user_id
      ,p.profile_name
      ,u.email
      ,p.gender
      ,p.created
      ,clock_timestamp() AS now
      ,p.all_read_at
      ,p.huddles_read_at
      ,k.have_counts
      ,CASE WHEN k.have_counts THEN @counted(p, item_count) ELSE 0 END AS item_count
      ,CASE WHEN k.have_counts THEN @counted(p, comment_count) ELSE 0 END AS comment_count
      ,ban.ban_id IS NOT NULL AS is_banned
      ,ban.display_reason AS ban_reason
      ,coalesce(floor(least(extract(epoch FROM ban.expires - clock_timestamp()), 86400) * 1000), 86400000)::bigint
           AS ban_ms_left
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
 CROSS JOIN (SELECT EXISTS (SELECT FROM microcosm.role_criteria c
                             WHERE c.site_id = :site_id
                               AND c.profile_column IN ('itemCount', 'commentCount')) AS have_counts) k
  LEFT JOIN LATERAL @ban_of(p.site_id, u) ban ON true
 WHERE p.site_id = :site_id
   AND p.profile_id = :profile_id;

-- fragment: compared(a)
-- What criteria compare of an attribute. A date is a text, as in JSON.
{a}.key
      ,coalesce({a}.value_text, {a}.value_date::text) AS value_text
      ,{a}.value_number::float8 AS value_number
      ,{a}.value_number IS NOT NULL AS is_number
      ,{a}.value_boolean

-- name: attributes
-- unsettled: no counters
-- bind: site_id int, profile_id int
-- row: key text, value_text maybe_text, value_number double, is_number bool, value_boolean choice
SELECT @compared(a)
  FROM microcosm.attributes a
 WHERE a.site_id = :site_id
   AND a.item_type = 3
   AND a.item_id = :profile_id
 ORDER BY a.key;
